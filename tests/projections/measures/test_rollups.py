"""What the findings come to is what `docs/measures/rollups.md` says, and nothing is a score."""

from __future__ import annotations

import pytest

from projections.measures.catalogue import RECOMMENDATIONS, measure_all
from projections.measures.failures import SEEN, failures
from projections.measures.finding import RESULTS, Sentence
from projections.measures.rollups import benefits, boxes, coverage, principles, rollups
from tests.projections.measures import circumstances_rollups
from tests.projections.measures.build import DOCS, circumstances, named, tables

CIRCUMSTANCES = circumstances(circumstances_rollups)
TEXT = (DOCS / "rollups.md").read_text(encoding="utf-8")
CODES = {label: code for code, label in RESULTS.labels.items()}
ANSWERS = {"yes": True, "no": False, "not on record": None}


def _rows(column, first="Circumstance"):
    return [row for row in tables(TEXT, first) if column in row]


def _params(column):
    return [pytest.param(row, id=" ".join([*list(row.values())[:2], list(row.values())[-2]])) for row in _rows(column)]


def _question(row):
    return CIRCUMSTANCES[named(row["Circumstance"])]()


def _told(value):
    """Say a value plainly, as far as these tables need it."""
    if not isinstance(value, Sentence):
        return f"{value.normalize():f}" if hasattr(value, "normalize") else str(value)
    return value.template % {name: _told(each) for name, each in value.parameters.items()}


def _figures(holder):
    return {figure.label: _told(figure.value) for figure in holder.figures}


@pytest.mark.parametrize("row", list(tables(TEXT, "Results of the fifteen")), ids=lambda row: next(iter(row.values())))
def test_coverage_counts_what_can_be_judged_of_what_is_due(row):
    """Pending and not applicable are not due; met and both kinds of breach can be judged."""
    results = []
    for told in row["Results of the fifteen"].split(", "):
        number, code = told.split(" ")
        results += [code] * int(number)
    found = coverage(results)
    said = f"{found.judged} of {found.due}" if found.due else "none due yet"
    assert (len(results), said) == (15, row["Coverage"])


@pytest.mark.parametrize("row", _params("Principle"))
def test_a_principle_counts_its_results_and_shows_plain_facts(row):
    """Given the circumstance, the worst result and the fact are those of the table."""
    question = _question(row)
    found = {str(each.number): each for each in principles(question, measure_all(question))}[row["Principle"]]
    assert found.worst == CODES[row["Worst"]], found.results
    assert sum(found.counts.values()) == len(found.results)
    if row["Fact"]:
        assert _figures(found)[row["Fact"]] == row["Says"]


@pytest.mark.parametrize("row", _params("Benefit"))
def test_a_benefit_is_shown_in_figures(row):
    """Given the circumstance, the figure is that of the table."""
    found = {each.code: each for each in benefits(_question(row))}[row["Benefit"]]
    assert _figures(found)[row["Figure"]] == row["Says"]


@pytest.mark.parametrize("row", _params("Box"))
def test_a_box_is_checked_against_the_record(row):
    """Given the circumstance, the check answers as the table does, and a yes or a no rests on entries."""
    question = _question(row)
    box = {each.code: each for each in boxes(question)}[row["Box"]]
    check = {each.code: each for each in box.checks}[row["Check"]]
    assert check.answer is ANSWERS[row["Answer"]]
    assert check.evidence or check.answer is None
    assert all(question.history.at(index) is not None for index in check.evidence)


@pytest.mark.parametrize("row", _params("Failure"))
def test_a_failure_is_seen_as_far_as_the_record_shows_it(row):
    """Given the circumstance, the failure is seen as in the table, with the fact beside it."""
    question = _question(row)
    failure = {each.code: each for each in failures(question)}[row["Failure"]]
    assert failure.seen == row["Seen"], failure.sightings
    assert all(each.evidence and question.history.at(each.evidence[0]) is not None for each in failure.sightings)
    assert all(_told(each.why) for each in failure.sightings)
    if row["Fact"]:
        assert _figures(failure)[row["Fact"]] == row["Says"]


def test_the_tables_and_the_circumstances_name_each_other():
    """Every circumstance of the tables can be built, and none is built that no table names."""
    assert set(CIRCUMSTANCES) == {named(row["Circumstance"]) for row in tables(TEXT, "Circumstance")}


def test_every_failure_of_the_paper_is_looked_for():
    """F1 to F19 are there, each with at least one line in the table that sees it and is named by a known word."""
    found = failures(circumstances_rollups.nothing_on_record())
    assert [each.code for each in found] == [f"F{number}" for number in range(1, 20)]
    assert {each.seen for each in found} == {"no"}
    seen = {row["Failure"] for row in _rows("Failure") if row["Seen"] != "no"}
    assert seen == {each.code for each in found}
    assert {row["Seen"] for row in _rows("Failure")} == set(SEEN.labels)


def test_the_catalogue_has_the_fifteen_in_the_papers_order():
    """Each number has its measure, its rule's version and one of five principles, and no title is told twice."""
    assert list(RECOMMENDATIONS) == list(range(1, 16))
    assert {each.principle for each in RECOMMENDATIONS.values()} == {1, 2, 3, 4, 5}
    assert len({each.title for each in RECOMMENDATIONS.values()}) == 15
    findings = measure_all(circumstances_rollups.nothing_on_record())
    assert [(f.recommendation, f.version) for f in findings] == [
        (each.number, each.version) for each in RECOMMENDATIONS.values()
    ]


def test_an_empty_ledger_accuses_nobody():
    """With a process opened and nothing else on record, nothing is breached and nothing is met."""
    question = circumstances_rollups.nothing_on_record()
    findings = measure_all(question)
    assert {finding.result for finding in findings} <= {"pending", "not_evidenced"}
    found = rollups(question, findings)
    assert found.coverage.judged == 0
    assert {check.answer for box in found.boxes for check in box.checks} == {None}
    assert {failure.seen for failure in found.failures} == {"no"}


@pytest.mark.parametrize("name", CIRCUMSTANCES)
def test_whatever_is_on_record_comes_to_something(name):
    """Each circumstance has fifteen findings, five principles, four benefits, four boxes, nineteen failures."""
    question = CIRCUMSTANCES[name]()
    found = rollups(question, measure_all(question))
    sizes = [len(found.principles), len(found.benefits), len(found.boxes), len(found.failures)]
    assert sizes == [5, 4, 4, 19]
    assert found.coverage.judged <= found.coverage.due <= 15
