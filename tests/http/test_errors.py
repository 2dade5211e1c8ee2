"""How refusals leave the server."""

import json

import asyncpg
import pytest
from starlette.exceptions import HTTPException

from fedcomm.database import Down
from fedcomm.errors import Conflict, Gone, Invalid, NotAllowed, NotFound, TooMany
from fedcomm.http import errors


@pytest.mark.parametrize(
    ("raised", "status", "said"),
    [
        (NotFound("There is no such post."), 404, "Record not found"),
        (HTTPException(404, "secret reason"), 404, "Record not found"),
        (Gone("This post was deleted."), 410, "This post was deleted."),
        (NotAllowed("Only members write here."), 403, "Only members write here."),
        (NotAllowed(), 403, "This action is not allowed"),
        (Invalid("Too long."), 422, "Too long."),
        (Conflict("Not now."), 422, "Not now."),
        (HTTPException(401, "The access token is invalid"), 401, "The access token is invalid"),
        (HTTPException(405), 405, "Method Not Allowed"),
        (Down("gone"), 503, "The server cannot answer just now. Please try again shortly."),
        (asyncpg.QueryCanceledError("slow"), 503, "The server cannot answer just now. Please try again shortly."),
        (ZeroDivisionError("our secret"), 500, "Something went wrong on our side. It has been logged."),
    ],
)
def test_each_refusal_has_its_status_and_a_sentence(raised: Exception, status: int, said: str) -> None:
    answer = errors.json_answer(raised)

    assert answer.status_code == status
    assert json.loads(bytes(answer.body))["error"] == said
    assert answer.headers["content-type"] == "application/json"


def test_too_many_says_when_to_come_again() -> None:
    answer = errors.json_answer(TooMany("Slowly.", retry_after=17))
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "17")


def test_database_trouble_says_when_to_come_again() -> None:
    assert errors.json_answer(Down("gone")).headers["retry-after"] == "5"


def test_the_field_at_fault_is_named() -> None:
    answer = errors.json_answer(Invalid("Too long.", field="note"))
    assert json.loads(bytes(answer.body)) == {"error": "Too long.", "field": "note"}
