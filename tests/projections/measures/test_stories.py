"""The stories that ship give the findings that a careful reader expects."""

from __future__ import annotations

import re
from functools import cache

import pytest

from ledger.clock import england_and_wales
from ledger.disclosure import PUBLIC
from ledger.process import History
from ledger.streams import Stream
from projections.measures.catalogue import measure_all
from projections.measures.facts import Question
from projections.measures.failures import failures
from projections.measures.finding import RESULTS, Finding
from projections.measures.rollups import boxes
from projections.measures.thresholds import DEFAULT
from tests.ledger.test_stories import LEDGERS, NOW, ROOT, runs_of_words

PAGE = ROOT / "docs" / "stories" / "family-services-findings.md"


def rows(heading: str) -> dict[str, list[str]]:
    """The rows of the table under a heading, by their first cell."""
    part = PAGE.read_text(encoding="utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line.strip("|").split("|") for line in part.splitlines() if line.startswith("| ")]
    return {first.strip(): [cell.strip() for cell in others] for first, *others in lines[1:]}


def indexes(cell: str) -> tuple[int, ...]:
    """Entries are numbered from 1 in the page, and from 0 in the record."""
    return tuple(int(number) - 1 for number in re.findall(r"\d+", cell))


@cache
def question(story: str, reference: str) -> Question:
    stream = Stream("process", reference)
    history = History(stream)
    for entry in LEDGERS[story].entries(PUBLIC):
        if stream in {entry.stream, *entry.statement.concerned_streams()}:
            history.add(entry)
    return Question(history, NOW, england_and_wales(), DEFAULT)


def said(finding: Finding) -> str:
    word = RESULTS.labels[finding.result]
    return f"{word}, reported" if finding.reported else word


FINDINGS = rows("The fifteen findings")
FAILURES = rows("The failures")


def test_the_page_names_every_recommendation_and_every_failure():
    """No finding and no failure is left without a reason."""
    assert list(FINDINGS) == [str(number) for number in range(1, 16)]
    assert list(FAILURES) == [f"F{number}" for number in range(1, 20)]


@pytest.mark.parametrize("number", FINDINGS)
def test_each_finding_of_the_family_services_story_is_the_one_that_a_reader_expects(number):
    """Result, whose word it is, and the entries are those written down from the paper."""
    result, entries, _ = FINDINGS[number]
    finding = measure_all(question("family-services", "family-services"))[int(number) - 1]
    assert (said(finding), finding.evidence) == (result, indexes(entries))


@pytest.mark.parametrize("code", FAILURES)
def test_each_failure_of_the_family_services_story_is_seen_as_a_reader_expects(code):
    """A failure that the paper tells of this process is claimed; one that it describes in general is not seen."""
    seen, entries, _ = FAILURES[code]
    failure = next(each for each in failures(question("family-services", "family-services")) if each.code == code)
    shown = tuple(sorted({index for each in failure.sightings for index in each.evidence}))
    assert (failure.seen, shown) == (seen, indexes(entries))


def test_the_good_practice_of_the_family_services_story_is_seen_where_the_record_can_show_it():
    """Yes for what is told as done, not on record for what the rules cannot count, and never no."""
    asked = question("family-services", "family-services")
    answers = {check.code: check.answer for box in boxes(asked) for check in box.checks}
    assert {code for code, answer in answers.items() if answer} == {"recruitment", "updates", "listened"}
    assert False not in answers.values()


def test_the_invented_process_that_is_done_well_breaches_nothing():
    """Thirteen of fifteen are met, and what even this body left unsaid is not evidenced."""
    results = {each.recommendation: said(each) for each in measure_all(question("demonstration", "wrenmoor-families"))}
    assert results == {number: "Not evidenced" if number in {11, 14} else "Met" for number in range(1, 16)}


def test_no_sentence_of_the_reasons_is_the_paper_s(shared):
    """Not eight words in a row are taken from the paper."""
    paper = (shared / "paper.txt").read_text(encoding="utf-8")
    assert runs_of_words(PAGE.read_text(encoding="utf-8")) & runs_of_words(paper) == set()
