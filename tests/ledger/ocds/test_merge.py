"""Merging by the standard's rules, held against the standard's own schema and worked example."""

from __future__ import annotations

import json

import pytest
from ocdsmerge.rules import get_merge_rules

from ledger.ocds.merge import RULES, compiled, versioned


def test_the_rules_are_those_of_the_standard_s_schema(shared):
    """Our small table of merge rules is what the release schema of OCDS 1.1.5 says."""
    assert get_merge_rules(str(shared / "data" / "ocds" / "schema" / "release-schema-1.1.5.json")) == RULES


@pytest.fixture(scope="module")
def barnet(shared):
    folder = shared / "data" / "ocds" / "standard-examples"
    record = json.loads((folder / "barnet-record-expected.json").read_text())["records"][0]
    files = [each for each in folder.glob("barnet-*.json") if "record" not in each.name]
    releases = [json.loads(each.read_text())["releases"][0] for each in files if "tenderAmendment" not in each.name]
    return releases, record


def test_the_worked_example_compiles_to_its_record(barnet):
    """The seven releases of the standard's example give its compiled release."""
    releases, record = barnet
    assert compiled(releases) == record["compiledRelease"]


def test_the_worked_example_s_versions_are_its_record_s(barnet):
    """They give its versioned release too."""
    releases, record = barnet
    assert versioned(releases) == record["versionedRelease"]
