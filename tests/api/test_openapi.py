"""The description of the client API for machines, and what comes of asking all it describes with odd values.

The description is drawn from the code, so what it says is checked against the code from outside (schemathesis): no 5xx,
and answers of the declared status, type and form. Source: compliance-and-testing, section 3.
"""

import asyncio
import json
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from hypothesis import HealthCheck, Phase, given, settings

from fedcomm.accounts import scopes
from fedcomm.api import openapi, routing
from tests.api import clients, shapes
from tests.api.callers import caller, new_group
from tests.conftest import MakeDatabase
from tests.running import Instance, instance

# Its types are known in part only, which strict checking refuses.
schemathesis = cast("Any", import_module("schemathesis"))
checks = cast("Any", import_module("schemathesis.checks"))
conformance = cast("Any", import_module("schemathesis.specs.openapi.checks"))

EXAMPLES = 4
CHECKS = [
    checks.not_a_server_error,
    conformance.status_code_conformance,
    conformance.content_type_conformance,
    conformance.response_schema_conformance,
]
LEFT_OUT = {
    "/oauth/token", "/oauth/revoke",  # they would end what the others need
    "/api/v1/streaming", "/api/v1/streaming/{stream}",  # these stay open
}  # fmt: skip


def described() -> dict[str, Any]:
    return openapi.document(routing.routes, base_url="https://alpha.example", name="Alpha")


def test_every_route_is_described_with_its_text_and_its_scope() -> None:
    paths = described()["paths"]

    for route in routing.routes:
        if not route.path.startswith(("/api/", "/oauth/")):
            continue
        for method in route.methods:
            operation = paths[route.path.replace(":int}", "}")][method.lower()]
            assert operation["summary"], route.path
            named = {scope for each in operation["security"] for scope in each.get("oauth", [])}
            assert named <= scopes.KNOWN
    assert paths["/api/v1/timelines/home"]["get"]["security"] == [{"oauth": ["read:statuses"]}]
    assert paths["/api/v1/timelines/public"]["get"]["security"] == [{}, {"oauth": ["read:statuses"]}]


def test_parameters_come_from_the_forms_that_an_endpoint_reads() -> None:
    document = described()
    asked = {each["name"] for each in document["paths"]["/api/v2/search"]["get"]["parameters"]}
    tagged = {each["name"] for each in document["paths"]["/api/v1/timelines/tag/{name}"]["get"]["parameters"]}
    body = document["paths"]["/api/v1/accounts/{id}/follow"]["post"]["requestBody"]["content"]["application/json"]
    (form,) = body["schema"]["allOf"]

    assert asked == {
        "q",
        "type",
        "resolve",
        "following",
        "account_id",
        "limit",
        "offset",
        "max_id",
        "since_id",
        "min_id",
    }
    assert tagged >= {"name", "any[]", "all[]", "none[]", "local", "max_id"}
    fields = document["components"]["schemas"][form["$ref"].rpartition("/")[2]]["properties"]
    assert set(fields) == {"reblogs", "notify", "languages"}


def test_what_the_description_says_of_answers_is_what_answers_are_checked_against() -> None:
    """Otherwise: `python -m tests.api.shapes`."""
    written = json.loads(Path(openapi.SHAPES).read_bytes())["answers"]
    assert {name: answer for name, answer in shapes.made()["answers"].items() if name in written} == {
        name: answer for name, answer in written.items() if tuple(name.split(" ")) in clients.ANSWERS
    }


def test_all_references_lead_somewhere() -> None:
    document = described()
    names = set(document["components"]["schemas"])
    text = json.dumps(document)
    assert {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]} <= names


async def test_odd_values_in_all_that_is_described_break_nothing(database_url: MakeDatabase, tmp_path: Path) -> None:
    async with instance(await database_url(), tmp_path, FEDCOMM_RATE_LIMITS="off") as here, caller(here) as ada:
        group = await new_group(here, ada)
        post = await ada.write(f"@{group.handle} Which oven?")
        known = {"id": [post["id"], ada.id, str(group.id)]}
        asked = await asyncio.to_thread(_ask_all, here, ada.token, known)

    assert asked > 100


def _ask_all(here: Instance, token: str, known: dict[str, list[str]]) -> int:
    document = openapi.document(routing.routes, base_url=here.url, name="Alpha")
    for path, operations in document["paths"].items():
        for operation in operations.values():
            for parameter in operation["parameters"]:
                if parameter["in"] == "path" and parameter["name"] in known and "/accounts/" not in path:
                    parameter["schema"] = {"anyOf": [{"enum": known["id"]}, parameter["schema"]]}
    schema = schemathesis.openapi.from_dict(document)
    schema.config.update(base_url=here.url)
    asked = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        if operation.path in LEFT_OUT:
            continue

        @given(case=operation.as_strategy())
        @settings(
            max_examples=EXAMPLES,
            database=None,
            deadline=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow, HealthCheck.data_too_large],
        )
        def ask(case: Any) -> None:
            case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, checks=CHECKS)

        ask()
        asked += 1
    return asked
