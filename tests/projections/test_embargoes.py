"""Embargoes end by themselves, once, by an entry that followers see."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from ledger.actions.ledger import LedgerEntryDisclosed
from ledger.database import reading
from ledger.kinds import Undisclosed
from ledger.store import Ledger
from ledger.when import instant_text
from projections import embargoes
from projections.embargoes import table
from projections.follow import rebuild
from tests.projections.record import (
    MORNING,
    PROCESS,
    Book,
    budget,
    disclosure,
    follower,
    issue,
    moved,
    opening,
    question,
    redaction,
)

HOUR = timedelta(hours=1)
SOON: Any = {"visibility": {"state": "embargoed", "until": instant_text(MORNING + 24 * HOUR)}}
LATER: Any = {"visibility": {"state": "embargoed", "until": instant_text(MORNING + 48 * HOUR)}}
OPEN_END: Any = {"visibility": {"state": "embargoed"}}
CLAIM: Any = {"standing": "report"}


def begun(engine: Engine, folder: Path) -> tuple[Book, Any]:
    return Book(engine), follower(engine, folder)


def ends(engine: Engine) -> list[Any]:
    return [each for each in Ledger(engine).read() if isinstance(each.action, LedgerEntryDisclosed)]


def test_an_embargo_ends_by_an_entry_of_its_own_and_only_once(engine: Engine, tmp_path: Path):
    """At its instant and not before, what it kept back is public, one entry says so, and further steps add nothing."""
    book, made = begun(engine, tmp_path)
    book.record_all([opening(), budget("1284000", **SOON), issue("Kept back.", **LATER), issue("No end.", **OPEN_END)])
    made.clock.now = MORNING + 23 * HOUR
    assert made.step() == 4

    made.clock.now = MORNING + 24 * HOUR
    assert made.step() == made.step() == 5

    (end,) = ends(engine)
    assert (end.index, end.action.target, end.action.basis) == (4, 1, "embargo_ended")
    assert end.statement.by.role == embargoes.ROLE
    stored: dict[int, Any] = {each.index: each.action for each in Ledger(engine).read()}
    assert str(stored[1].amount.amount) == "1284000"
    assert type(stored[2].text).__name__ == "Undisclosed"
    with reading(engine) as connection:
        assert embargoes.next_end(connection) == MORNING + 48 * HOUR
    assert rebuild(engine, embargoes.Embargoes())
    made.clock.now = MORNING + 72 * HOUR
    assert made.step() == 6
    with reading(engine) as connection:
        assert connection.execute(select(table)).all() == []


def test_the_words_of_a_question_stay_back_when_the_embargo_of_its_entry_ends(engine: Engine, tmp_path: Path):
    """They wait for the answer to be released, whatever became of the entry around them."""
    book, made = begun(engine, tmp_path)
    book.record_all([opening(), question("Is it heated?", **SOON)])
    made.step()
    made.clock.now = MORNING + 24 * HOUR
    made.step()
    asked: Any = next(each.action for each in Ledger(engine).read(1))
    assert (asked.topic, type(asked.text_or_summary).__name__) == ("costs", "Undisclosed")


def test_two_followers_end_an_embargo_once(engine: Engine, tmp_path: Path):
    """Whoever comes second finds nothing left to end, though its rows still name the embargo."""
    book, made = begun(engine, tmp_path)
    book.record_all([opening(), budget("1284000", **SOON)])
    made.step()
    now = MORNING + 24 * HOUR
    store = Ledger(engine, clock=lambda: now)
    assert [embargoes.end_due(engine, store, now), embargoes.end_due(engine, store, now)] == [1, 0]


def test_what_was_made_public_before_needs_no_end(engine: Engine, tmp_path: Path):
    """An embargo lifted early by a person leaves nothing for the ledger to say."""
    book, made = begun(engine, tmp_path)
    book.record_all([opening(), issue("Kept back.", **SOON), disclosure(1, "data")])
    made.step()
    made.clock.now = MORNING + 24 * HOUR
    made.step()
    assert len(ends(engine)) == 1
    assert str(ends(engine)[0].stream) == PROCESS


def test_an_embargo_ends_though_a_value_inside_was_removed(engine: Engine, tmp_path: Path):
    """What is gone stays gone; the value around it, and all else of the entry, becomes public on time."""
    book, made = begun(engine, tmp_path)
    given = {"state": "given", "code": "capacity", "text": "pangolin"}
    book.record_all([opening(), moved("launch", "2026-05-05", given) | SOON | CLAIM, redaction(1, "data.reason.text")])
    made.step()
    made.clock.now = MORNING + 24 * HOUR
    made.step()
    changed: Any = next(each.action for each in Ledger(engine).read(1))
    assert (changed.reason.code, changed.reason.text) == ("capacity", Undisclosed("redacted"))
    assert [each.action.basis for each in ends(engine)] == ["embargo_ended"]
