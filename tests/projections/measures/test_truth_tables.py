"""Each measure says what `docs/measures` says it should, circumstance by circumstance."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from importlib import import_module

import pytest

from ledger.process import History
from projections.knowledge import Axes, as_known
from projections.measures.finding import Sentence
from tests.projections.measures.build import DOCS, Row, circumstances, later, said, truth_table

NUMBERS = sorted(int(page.stem[1:]) for page in DOCS.glob("r[0-9][0-9].md"))
TABLE = [(number, row) for number in NUMBERS for row in truth_table(number)]
ROWS = [pytest.param(number, row, id=f"r{number:02}: {row}") for number, row in TABLE]
CASES = sorted({(number, row.function) for number, row in TABLE})


def _measure(number):
    return import_module(f"projections.measures.r{number:02}").measure


def _circumstances(number):
    return circumstances(import_module(f"tests.projections.measures.circumstances_r{number:02}"))


@pytest.mark.parametrize(("number", "row"), ROWS)
def test_the_measure_says_what_the_table_says(number: int, row: Row):
    """Given the circumstance, the result, and whether it is only reported, are those of the table."""
    question = _circumstances(number)[row.function]()
    finding = _measure(number)(question)
    assert said(finding, row.part) == (row.result, row.reported), [(p.code, p.result, p.why) for p in finding.parts]


@pytest.mark.parametrize("number", NUMBERS)
def test_the_table_and_the_circumstances_name_each_other(number):
    """Every circumstance of the table can be built, and none is built that the table does not name."""
    assert set(_circumstances(number)) == {row.function for row in truth_table(number)}


@pytest.mark.parametrize(("number", "name"), CASES)
def test_a_finding_rests_on_entries_and_can_be_read(number, name):
    """Evidence is on record, met and breached have some, and every sentence has what its slots ask for."""
    question = _circumstances(number)[name]()
    finding = _measure(number)(question)
    assert finding.recommendation == number
    for part in finding.parts:
        assert all(question.history.at(index) is not None for index in part.evidence)
        assert part.evidence or part.result not in {"met", "breached", "breached_explained"}
        assert _is_complete(part.why)
        assert all(_is_complete(each.value) for each in part.figures if isinstance(each.value, Sentence))


@pytest.mark.parametrize(("number", "name"), CASES)
def test_nothing_changes_before_the_moment_a_finding_names(number, name):
    """Until `changes_at` the results stay as they are; where there is none, time alone changes nothing."""
    question = _circumstances(number)[name]()
    finding = _measure(number)(question)
    end = finding.changes_at
    assert end is None or end > question.at
    last = question.at + timedelta(days=3650) if end is None else end - timedelta(microseconds=1)
    for moment in (question.at + (last - question.at) / 2, last):
        then = _measure(number)(later(question, moment))
        assert [(p.code, p.result) for p in then.parts] == [(p.code, p.result) for p in finding.parts]


@pytest.mark.parametrize(("number", "name"), CASES)
def test_a_finding_as_known_then_does_not_depend_on_what_was_recorded_later(number, name):
    """At each entry, the whole record cut there gives the finding that the record gave when it ended there."""
    question = _circumstances(number)[name]()
    entries = list(question.history.entries())
    grown = History(question.history.stream)
    for entry in entries:
        grown.add(entry)
        cut = as_known(question.history.stream, entries, Axes(known=entry.index))
        assert _measure(number)(replace(question, history=cut)) == _measure(number)(replace(question, history=grown))


def _is_complete(sentence: Sentence) -> bool:
    slots = set(re.findall(r"%\((\w+)\)s", sentence.template))
    return slots <= set(sentence.parameters)
