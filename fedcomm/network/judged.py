"""Conditions on what was decided about the server of somebody, for statements that look at many posts or accounts."""

from typing import Literal


def is_judged(authority: str, policy: Literal["suspended", "limited"]) -> str:
    """A condition: this peer, or a domain it lies in, is suspended (or limited).

    Its few domains are looked up one by one, so that a block list of a thousand costs no more than one of ten; and none
    is, where nobody is judged so, which is found out once for the statement.
    """
    labels = f"string_to_array({authority}, '.')"
    return f"""(EXISTS (SELECT FROM peer any_judged WHERE any_judged.policy = '{policy}')
                AND EXISTS (SELECT
                              FROM peer judged
                             WHERE judged.policy = '{policy}'
                               AND judged.authority = ANY(ARRAY(
                                       SELECT array_to_string(({labels})[label:], '.')
                                         FROM generate_series(1, cardinality({labels})) label))))"""
