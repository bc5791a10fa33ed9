"""Calendars as another hand reads them: ical.js, the parser of Thunderbird."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL

from ledger.database import connect, reading
from ledger.voice import ENGLISH
from projections import calendar, dates
from projections.calendar import written
from tests.projections.demonstration import STREAMS, demonstrate
from tests.projections.record import RECORD, Book, moved, project, withdrawal
from tests.projections.test_calendar import GIVEN, HOSTILE, SITE, announced, check, events, shown

Judge = Callable[..., list[list[dict[str, Any]]]]


@pytest.fixture
def judge(root: Path, tmp_path: Path) -> Judge:
    """Give calendars to ical.js, and return what it finds in each."""
    beside = os.pathsep.join([os.environ["PATH"], str(Path(sys.executable).parent)])
    node = shutil.which("node", path=beside)
    if node is None or not (root / "tests" / "node_modules" / "ical.js").is_dir():
        pytest.fail("ical.js is not installed. Run: tools/setup.sh test")

    def read(*calendars: bytes) -> list[list[dict[str, Any]]]:
        paths = [tmp_path / f"{number}.ics" for number in range(len(calendars))]
        for path, content in zip(paths, calendars, strict=True):
            path.write_bytes(content)
        command = [node, str(root / "tests" / "ical_judge.cjs"), *map(str, paths)]
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        found: list[list[dict[str, Any]]] = json.loads(done.stdout)
        return found

    return read


@pytest.fixture
def book(new_sqlite: Callable[[], URL]) -> Book:
    """A ledger that holds nothing yet."""
    return Book(connect(new_sqlite()))


def test_a_broken_calendar_is_noticed(judge: Judge):
    """The judge can say no: an event that does not end is refused."""
    with pytest.raises(AssertionError, match="Error"):
        judge(written([shown(date(2026, 3, 29))], "A title", SITE).replace(b"END:VEVENT\r\n", b""))


def made(book: Book, key: str = calendar.ALL) -> bytes:
    """Return a calendar after everything was taken in."""
    project(book.engine, book.ledger.head().size)
    with reading(book.engine) as connection:
        found = calendar.of(connection, key, SITE, ENGLISH)
    assert found is not None
    check(found)
    return found


def test_both_judges_read_the_same_of_every_calendar_of_the_demonstration(root: Path, book: Book, judge: Judge):
    """Each date on record once, with its number, state, day and words, in the calendars of all and of each process."""
    demonstrate(root, book.engine)
    calendars = [made(book, key) for key in (calendar.ALL, *STREAMS)]
    read = judge(*calendars)
    with reading(book.engine) as connection:
        wanted = {calendar.uid(each, SITE) for each in dates.everything(connection, calendar.MOST)}
    assert {each["uid"] for each in read[0]} == wanted
    assert {"milestone", "question", "promise", "consultation"} <= {each.split("/")[2] for each in wanted}
    for ics, found in zip(calendars, read, strict=True):
        ours = {str(each["UID"]): each for each in events(ics).values()}
        assert len(found) == len(ics.split(b"BEGIN:VEVENT")) - 1 > 5
        assert len({each["uid"] for each in found}) == len(found)
        for each in found:
            event = ours[each["uid"]]
            assert (each["sequence"], each["status"]) == (event["SEQUENCE"], str(event["STATUS"]))
            assert (each["summary"], each["description"]) == (str(event["SUMMARY"]), str(event["DESCRIPTION"]))
            start = event.decoded("DTSTART")
            if isinstance(start, datetime):
                assert datetime.fromisoformat(each["instant"]) == start.astimezone(UTC)
            else:
                assert each["start"] == start.isoformat()


def test_a_moved_deadline_is_the_same_date_moved(book: Book, judge: Judge):
    """Whoever has the old one sees one date of that name with a higher number, then a cancelled one."""
    book.record_all([*RECORD, announced("2026-05-01", "2026-05-20")])
    before = made(book)
    book.record(moved("tender_deadline", "2026-07-01", GIVEN))
    after = made(book)
    book.record(withdrawal(16))
    first, second, third = judge(before, after, made(book))

    name = f"process/riverside/milestone/tender_deadline@{SITE.origin}"
    old, new = (next(each for each in found if each["uid"] == name) for found in (first, second))
    assert (old["start"], new["start"]) == ("2026-06-22", "2026-07-01")
    assert new["sequence"] > old["sequence"]
    assert [each["status"] for each in third if "consultation/16" in each["uid"]] == ["CANCELLED"]


@pytest.mark.parametrize(
    "start",
    [
        datetime(2026, 3, 29, 0, 30, tzinfo=UTC),
        datetime(2026, 3, 29, 1, 0, tzinfo=UTC),
        datetime(2026, 10, 24, 23, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 2, 0, tzinfo=UTC),
        datetime(2031, 7, 1, 12, 0, tzinfo=UTC),
    ],
    ids=str,
)
def test_a_time_of_day_is_the_same_instant_for_both(judge: Judge, start: datetime):
    """By the rules that stand in the calendar itself, before and after each change of clocks."""
    ((found,),) = judge(written([shown(start, start + timedelta(days=200))], "A title", SITE))
    assert datetime.fromisoformat(found["instant"]) == start


def test_whatever_somebody_wrote_is_one_date_for_both(judge: Judge):
    """No text begins another date, and what can be shown of it is shown."""
    calendars = [written([shown(date(2026, 3, 29), text=text)], text, SITE) for text in HOSTILE.values()]
    for ics, found in zip(calendars, judge(*calendars), strict=True):
        (ours,) = events(ics).values()
        assert [(each["summary"], each["description"]) for each in found] == [
            (str(ours["SUMMARY"]), str(ours["DESCRIPTION"]))
        ]
