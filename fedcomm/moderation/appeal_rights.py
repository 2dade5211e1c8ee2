"""Who decides an appeal: nobody who took the measure, is its subject, or complained (product 13: the conflict rule).

Of a group's measures another of those who look after it decides; where there is none, and where somebody acted as the
group itself, those who run the instance. Of the instance's, another of these.
"""

from fedcomm.notifications.report_rights import cares_for
from fedcomm.permissions import INSTANCE_TABLE

_MANAGERS = ", ".join(f"'{role}'" for role in sorted(INSTANCE_TABLE["manage accounts"]))


def may_decide(viewer: str) -> str:
    """A condition on rows of `statement`. `viewer` is a placeholder or column with the id of an account."""
    return f"""({_is_outside(viewer)}
            AND CASE WHEN statement.group_id IS NULL THEN {_is_manager(viewer)}
                ELSE (statement.by_id IS DISTINCT FROM statement.group_id
                      AND {cares_for(viewer, "statement.group_id")})
                     OR ({_is_manager(viewer)}
                         AND NOT {cares_for(viewer, "statement.group_id")}
                         AND (statement.by_id IS NOT DISTINCT FROM statement.group_id
                              OR NOT EXISTS (SELECT
                                               FROM login another
                                              WHERE another.state = 'active'
                                                AND {_is_outside("another.account_id")}
                                                AND {cares_for("another.account_id", "statement.group_id")})))
                END)"""


def _is_outside(viewer: str) -> str:
    me = f"{viewer}::bigint"
    return f"""(statement.account_id <> {me}
            AND statement.by_id IS DISTINCT FROM {me}
            AND NOT EXISTS (SELECT
                              FROM report complaint
                             WHERE complaint.id = statement.report_id AND complaint.reporter_id = {me}))"""


def _is_manager(viewer: str) -> str:
    return f"""EXISTS (SELECT
                         FROM login manager
                        WHERE manager.account_id = {viewer}::bigint
                          AND manager.state = 'active'
                          AND manager.role IN ({_MANAGERS}))"""
