"""The description of the API and its behaviour are one: whatever is asked gets an answer that is described."""

from __future__ import annotations

import copy

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import CHECKS

from ledger.actions import KINDS
from tests.web.api.conftest import Programs
from web.api import catalogue

EXAMPLES = 8
"""Requests invented for each operation."""

JUDGED = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance")


def described(programs: Programs) -> dict:
    """Return the description, with what is sent told loosely: the sixty kinds would take minutes to invent."""
    told = copy.deepcopy(programs.site.get("/api/openapi.json").get_json())
    told["components"]["schemas"]["Submission"] = {"type": "object"}
    return told


def test_every_answer_is_described(sqlite_programs: Programs):
    """Invented requests to each operation, with a token, get no 5xx, no status, type or shape that is not described."""
    token = sqlite_programs.token()
    schema = schemathesis.openapi.from_dict(described(sqlite_programs))
    schema.app = sqlite_programs.site.app
    checks = [CHECKS.get_one(name) for name in JUDGED]
    asked = 0
    for found in schema.get_all_operations():
        operation = found.ok()  # type: ignore[union-attr]  # of an error there is none, and this fails

        @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def judge(case):
            nonlocal asked
            asked += 1
            case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, checks=checks)

        judge()
    assert asked > 100


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_that_can_be_recorded_is_described(name: str):
    """The description has the data of every kind: its fields, and which of them must be there."""
    schema = catalogue.group(KINDS[name], complete=True)
    assert set(schema["properties"]) == {each.name for each in KINDS[name].declared}
    assert set(schema.get("required", ())) == set(KINDS[name].required)
