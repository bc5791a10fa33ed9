"""The list of what is not shown: which values, by whose decision, on which basis and since when. Never the value."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from ledger.database import reading
from ledger.streams import Stream
from ledger.when import instant_text
from projections import withheld
from projections.follow import rebuild
from projections.follower import PROJECTIONS
from projections.forgetting import refresh
from projections.hidden import kept_back
from projections.withheld import Chosen, Listed, Withheld
from tests.projections.record import (
    MORNING,
    PROCESS,
    RECORD,
    SECRETS,
    TIMETABLE,
    Book,
    budget,
    disclosure,
    follower,
    issue,
    moved,
    opening,
    project,
    question,
    redaction,
)

END = MORNING + timedelta(days=3)
EMBARGOED: Any = {"visibility": {"state": "embargoed", "until": instant_text(END)}}
WITHHELD: Any = {"visibility": {"state": "withheld", "basis": "commercial_confidence"}}
LEGAL: Any = {"state": "withheld", "basis": "legal_privilege"}


def shown(engine: Engine, *raws: Any) -> list[Listed]:
    Book(engine).record_all(raws)
    project(engine, len(raws))
    with reading(engine) as connection:
        return withheld.listed(connection, Chosen(), 100)


CIRCUMSTANCES: dict[str, tuple[list[Any], list[tuple[Any, ...]]]] = {
    # what is recorded after an opening and a timetable -> (entry, path, state, basis, decided by entry, partial, waits)
    "nothing": ([], []),
    "an embargo is one row, whatever it holds": (
        [budget("1284000", **EMBARGOED)],
        [(2, "data", "embargoed", None, 2, False, False)],
    ),
    "so is what is withheld": (
        [budget("1284000", **WITHHELD)],
        [(2, "data", "withheld", "commercial_confidence", 2, False, False)],
    ),
    "with its reason for being late and its sources": (
        [issue("x", **WITHHELD, late_reason="late", sources=[{"title": "A letter"}])],
        [
            (2, "sources.0.title", "withheld", "commercial_confidence", 2, False, False),
            (2, "late_reason", "withheld", "commercial_confidence", 2, False, False),
            (2, "data", "withheld", "commercial_confidence", 2, False, False),
        ],
    ),
    "of which some was made public": (
        [budget("1284000", **WITHHELD), disclosure(2, "data.amount")],
        [(2, "data", "withheld", "commercial_confidence", 2, True, False)],
    ),
    "and then all": ([budget("1284000", **WITHHELD), disclosure(2, "data")], []),
    "the words of a question wait": (
        [question("Is it heated?")],
        [(2, "data.text_or_summary", "embargoed", None, 2, False, True)],
    ),
    "also where the embargo around them has ended": (
        [
            question("Is it heated?", **EMBARGOED),
            disclosure(2, "data.received_at", "data.topic", "data.question_id"),
        ],
        [(2, "data.text_or_summary", "embargoed", None, 2, False, True)],
    ),
    "a reason withheld on a basis": (
        [moved("launch", "2026-04-08", LEGAL)],
        [(2, "data.reason", "withheld", "legal_privilege", 2, False, False)],
    ),
    "a reason that is given or not given": (
        [
            moved("launch", "2026-04-08", {"state": "given", "text": "Rain."}),
            moved("launch", "2026-04-09", {"state": "not_given"}),
        ],
        [],
    ),
    "a value removed by law": (
        [issue("x"), redaction(2, "data.text")],
        [(2, "data.text", "redacted", "erasure_request", 3, False, False)],
    ),
    "several by the name of what holds them": (
        [redaction(1, "data.milestones")],
        [
            (1, "data.milestones.0.title", "redacted", "erasure_request", 2, False, False),
            (1, "data.milestones.1.title", "redacted", "erasure_request", 2, False, False),
        ],
    ),
    "removed inside what is withheld": (
        [issue("x", **WITHHELD), redaction(2, "data.text")],
        [
            (2, "data", "withheld", "commercial_confidence", 2, False, False),
            (2, "data.text", "redacted", "erasure_request", 3, False, False),
        ],
    ),
    "the account, once it is removed": (
        [issue("x", account="somebody"), redaction(2, "account")],
        [(2, "account", "redacted", "erasure_request", 3, False, False)],
    ),
    "removed twice": (
        [issue("x"), redaction(2, "data.text"), redaction(2, "data.text")],
        [(2, "data.text", "redacted", "erasure_request", 3, False, False)],
    ),
}


@pytest.mark.parametrize(("raws", "expected"), CIRCUMSTANCES.values(), ids=CIRCUMSTANCES)
def test_what_is_listed(sqlite_engine: Engine, raws: list[Any], expected: list[tuple[Any, ...]]):
    """Each value by its place, state, basis and the entry that decided it, and never more than is told elsewhere."""
    book = Book(sqlite_engine)
    book.record_all([opening(), TIMETABLE, *raws])
    found = kept_back(book.ledger.history(Stream.parse(PROCESS)))
    told = [(e.entry.index, e.path, e.state, e.ground, e.decision, e.is_partial, e.waits) for e in found]
    assert sorted(told, key=str) == sorted(expected, key=str)


def test_the_list_says_whose_decision_it_was_and_when_it_ends(engine: Engine):
    """The author's for what is kept back, the information officer's for what was removed; an end where one is set."""
    kept, gone = sorted(
        shown(engine, opening(), budget("1284000", **EMBARGOED), issue("x"), redaction(2, "data.text")),
        key=lambda each: each.index,
    )
    assert (kept.organisation, kept.role, kept.until) == ("Ministry of Justice", "commissioning lead", END)
    assert (gone.organisation, gone.role, gone.until) == ("Ministry of Justice", "information officer", None)
    assert kept.since < gone.since


def test_counts_choices_and_pages_fit_together(engine: Engine):
    """Every count is that of the rows which the same choice lists, and pages hold each row once."""
    with reading(engine) as connection:
        everything = shown(engine, *RECORD, budget("1", **EMBARGOED), moved("launch", "2026-04-09", LEGAL))
        assert withheld.count(connection) == len(everything) > 4
        assert sum(withheld.by_state(connection).values()) == len(everything)
        for name, counts in withheld.by_kind(connection).items():
            chosen = Chosen(action=name)
            assert sum(counts.values()) == withheld.count(connection, chosen) == len(page(connection, chosen))
        for body in withheld.by_body(connection, Chosen(), 10):
            chosen = Chosen(slugs=[body.slug])
            assert sum(body.counts.values()) == withheld.count(connection, chosen) == len(page(connection, chosen))
        assert withheld.count(connection, Chosen(stream=Stream.parse(PROCESS))) == len(everything)
        assert withheld.count(connection, Chosen(stream=Stream.parse("process/other"))) == 0
        assert [each.until for each in withheld.ending(connection, Chosen(), 10)] == [END]
        pages = [withheld.listed(connection, Chosen(), 2, start) for start in range(0, len(everything), 2)]
        assert [each for part in pages for each in part] == everything


def page(connection: Any, chosen: Chosen) -> list[Listed]:
    return withheld.listed(connection, chosen, 100)


def test_rows_hold_no_value_that_is_not_public(sqlite_engine: Engine):
    """Neither of the record's secrets stands in any column."""
    shown(sqlite_engine, *RECORD)
    with reading(sqlite_engine) as connection:
        rows = str(connection.execute(select(withheld.table)).all())
    assert rows.count("legal_privilege") >= 1
    assert [secret for secret in SECRETS if secret in rows] == []


def test_a_redaction_shows_before_it_is_sealed_and_a_rebuild_comes_out_the_same(engine: Engine, tmp_path: Path):
    """At once the value counts as removed, with no number; once the redaction is public, by that entry."""
    book, made = Book(engine), follower(engine, tmp_path)
    book.record_all([opening(), issue("x")])
    made.step()
    book.record(redaction(1, "data.text"))
    refresh(engine, PROJECTIONS, Stream.parse(PROCESS), 1)
    with reading(engine) as connection:
        (row,) = withheld.listed(connection, Chosen(), 10)
        assert (row.state, row.decision) == ("redacted", None)
    made.step()
    with reading(engine) as connection:
        (row,) = withheld.listed(connection, Chosen(), 10)
        assert (row.state, row.decision) == ("redacted", 2)
    assert rebuild(engine, Withheld())


def test_an_embargo_that_ended_is_listed_no_more(engine: Engine, tmp_path: Path):
    """The list and the count fall with the entry that ends it."""
    book = Book(engine)
    made: Any = follower(engine, tmp_path)
    book.record_all([opening(), budget("1284000", **EMBARGOED)])
    made.step()
    with reading(engine) as connection:
        assert withheld.count(connection) == 1
    made.clock.now = END
    made.step()
    with reading(engine) as connection:
        assert withheld.count(connection) == 0
