"""What differs between two moments: every entry is behind a difference, time alone behind none, and either side can
come first.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.actions.design import LotStructurePublished
from ledger.actions.process import CommissioningProcessRegistered
from ledger.actions.timeline import TimelineChanged, TimelinePublished
from ledger.clock import england_and_wales
from ledger.disclosure import PUBLIC
from ledger.process import Recorded
from ledger.streams import Stream
from ledger.voice import ENGLISH
from projections.compare import GROUPS, Aspect, Difference, Side, differences
from projections.knowledge import Axes, as_known
from tests.ledger.test_stories import LEDGERS
from tests.projections.demonstration import STREAMS
from tests.projections.measures.build import GIVEN, PROCESS, Given

LATER = datetime(2026, 12, 1, tzinfo=UTC)


@cache
def entries(stream: str) -> tuple[Recorded, ...]:
    """A process of the demonstration, with what concerns it."""
    about = Stream.parse(stream)
    told = LEDGERS["demonstration"].entries(PUBLIC)
    return tuple(each for each in told if each.stream == about or about in each.statement.concerned_streams())


def side(stream: str, number: int) -> Side:
    """A process as it was known after so many of its entries."""
    known = entries(stream)[:number]
    history = as_known(Stream.parse(stream), known, Axes())
    return Side(history, known[-1].recorded if known else LATER - timedelta(days=400))


def differ(before: Side, after: Side) -> tuple[Difference, ...]:
    return differences(before, after, england_and_wales(), ENGLISH)


def mirrored(each: Difference) -> Difference:
    """The same difference seen from the other side, without its name: that is the later side's."""
    aspects = tuple(Aspect(aspect.label, aspect.after, aspect.before) for aspect in each.aspects)
    results = None if each.results is None else (each.results[1], each.results[0])
    return Difference(each.group, "", aspects, each.entries, results, each.note)


def nameless(each: Difference) -> Difference:
    return Difference(each.group, "", each.aspects, each.entries, each.results, each.note)


@st.composite
def moments(draw: st.DrawFn) -> tuple[Side, Side]:
    stream = draw(st.sampled_from(STREAMS))
    number = st.integers(0, len(entries(stream)))
    return side(stream, draw(number)), side(stream, draw(number))


@settings(max_examples=25)
@given(moments())
def test_a_comparison_read_backwards_is_its_mirror(pair: tuple[Side, Side]):
    """Who asks for the later day first sees the same differences, before and after exchanged."""
    before, after = pair
    forwards = sorted(map(mirrored, differ(before, after)), key=repr)
    backwards = sorted(map(nameless, differ(after, before)), key=repr)

    assert backwards == forwards


@settings(max_examples=25)
@given(moments())
def test_every_entry_in_between_is_behind_some_difference(pair: tuple[Side, Side]):
    """No entry that one side knows and the other does not is left out, and no other entry is blamed."""
    before, after = pair
    behind = {index for each in differ(before, after) if each.group != "findings" for index in each.entries}

    assert behind == before.known ^ after.known
    assert all(set(each.entries) <= behind for each in differ(before, after))


@pytest.mark.parametrize("stream", STREAMS)
def test_a_moment_does_not_differ_from_itself(stream: str):
    """Comparing a day with itself shows nothing."""
    whole = side(stream, len(entries(stream)))

    assert differ(whole, whole) == ()


@pytest.mark.parametrize("stream", STREAMS)
def test_time_alone_changes_no_fact(stream: str):
    """A year later, with nothing recorded, at most findings have turned; each says that time did it."""
    whole = side(stream, 30)
    found = differ(whole, Side(whole.history, whole.at + timedelta(days=365)))

    assert {each.group for each in found} <= {"findings"}
    assert all(each.results is not None and each.results[0] != each.results[1] for each in found)
    assert all(each.entries == () and each.note is not None and "time alone" in each.note for each in found)


def test_a_finding_that_time_turned_is_found():
    """The check above can fail: in some process of the demonstration, time alone does turn a finding."""
    wholes = [side(stream, 30) for stream in STREAMS]

    assert any(differ(whole, Side(whole.history, whole.at + timedelta(days=365))) for whole in wholes)


# --- one circumstance after the other ---------------------------------------------------------------------------------


def timetable() -> Given:
    milestones = [
        {"code": "launch", "title": "Launch", "date": "2026-04-01", "firmness": "firm"},
        {"code": "tender_deadline", "title": "Bids", "date": "2026-06-01", "firmness": "firm"},
    ]
    return Given().records(TimelinePublished, "2026-02-02", milestones=milestones, consulted_entries=[])


def move(made: Given, day: str, **more: object) -> Given:
    changes = [{"code": "tender_deadline", "new_date": day}]
    fields = {"changes": changes, "reason": GIVEN, "cause_entries": [], "extension_considered": None}
    return made.records(TimelineChanged, "2026-03-02", **fields, **more)


def seen(made: Given, number: int | None = None) -> Side:
    known = [each for each in made.entries[:number] if str(each.stream) == PROCESS]
    return Side(as_known(Stream.parse(PROCESS), known, Axes()), LATER)


def facts(found: tuple[Difference, ...]) -> list[Difference]:
    return [each for each in found if each.group != "findings"]


def test_a_moved_date_is_one_difference_with_the_entry_that_moved_it():
    """Before and after stand in one row; a date that did not move is not there."""
    made = move(timetable(), "2026-06-22")
    (found,) = facts(differ(seen(made, 2), seen(made)))

    assert (found.group, found.what, found.entries) == ("dates", "Bidding closes", (2,))
    assert found.aspects[0] == Aspect("Current date", ("1 June 2026",), ("22 June 2026",))


def test_a_corrected_move_names_the_correction():
    """What a correction changes is put down to the correction, not to what it corrects."""
    made = move(move(timetable(), "2026-06-22"), "2026-06-29", corrects=2)
    (found,) = facts(differ(seen(made, 3), seen(made)))

    assert found.entries == (3,)
    assert found.aspects[0] == Aspect("Current date", ("22 June 2026",), ("29 June 2026",))


def test_a_corrected_title_is_a_difference_in_the_process_itself():
    """Also what the process is called can differ, and is never shown as if it had always been so."""
    made = Given(title="Family servces")
    made.records(
        CommissioningProcessRegistered,
        "2026-01-05",
        reference="family-services",
        title="Family services",
        corrects=0,
        recorded="2026-02-02",
    )
    found = facts(differ(seen(made, 1), seen(made)))

    assert [(each.group, each.entries) for each in found] == [("process", (1,))]
    assert found[0].aspects[0].before == ("Family servces",)


def test_a_lot_that_is_new_is_not_on_record_before():
    """What did not exist has no line before, and all its columns after."""
    made = timetable().records(
        LotStructurePublished,
        "2026-03-02",
        lots=[{"lot_id": "north", "title": "North", "prisons": ["LEI"]}],
    )
    found = [each for each in differ(seen(made, 2), seen(made)) if each.group == "values"]

    assert [each.what for each in found] == ["Lot north"]
    assert all(aspect.before == () for aspect in found[0].aspects)


def test_every_group_says_what_it_means_that_nothing_differs():
    """A reader who finds a group empty is told what stayed the same."""
    assert all(nothing.startswith("No difference") for _, nothing in GROUPS.values())
