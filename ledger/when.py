"""When something happened: an interval as exact as the source, no narrower and no wider.

A text in the manner of ISO 8601 and EDTF level 0: a year, a month, a day, an instant with its zone, or two of these
with a slash between them. Days, months and years are those of Europe/London; instants are stored in UTC.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from ledger.errors import Wrong
from ledger.words import N_

LONDON: Final = ZoneInfo("Europe/London")
_EARLIEST: Final = datetime(1, 1, 1, tzinfo=UTC)
T = TypeVar("T")
YEARS: Final = range(1900, 2201)
_POINT: Final = re.compile(
    r"(?P<year>\d{4})"
    r"(?:-(?P<month>\d{2})"
    r"(?:-(?P<day>\d{2})"
    r"(?P<time>T\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2}))?)?)?",
    re.ASCII,
)
_HELP: Final = N_(
    "“%(text)s” is not a date. Write a year (2017), a month (2017-10), a day (2017-10-05), a time with its zone "
    "(2017-10-05T14:30:00Z), or two of these with a slash between them."
)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """An interval in time, kept as the text that was given.

    `Occurrence("2017-10")` is all of October 2017. Build it with `Occurrence.parse`, which checks the text;
    the constructor is for text that was checked before.
    """

    text: str

    @classmethod
    def parse(cls, text: str) -> Occurrence:
        """Return the occurrence that `text` names, instants rewritten to UTC. Raises `Wrong` in plain words."""
        points = text.split("/")
        if len(points) > 2:  # noqa: PLR2004 - an interval has two ends
            raise Wrong(_HELP, text=text[:80])
        occurrence = cls("/".join(_normal(point) for point in points))
        if occurrence.start >= occurrence.end:
            raise Wrong(N_("“%(text)s” ends before it begins. Put the earlier date first."), text=text[:80])
        return occurrence

    @property
    def start(self) -> datetime:
        """The first instant it can have happened (UTC, inclusive)."""
        return _bounds(self.text)[0]

    @property
    def end(self) -> datetime:
        """The instant after the last at which it can have happened (UTC, exclusive)."""
        return _bounds(self.text)[1]

    @property
    def first_day(self) -> date:
        """The earliest possible day, in Europe/London."""
        return _bounds(self.text)[2]

    @property
    def last_day(self) -> date:
        """The latest possible day, in Europe/London."""
        return _bounds(self.text)[3]

    def before(self, other: Occurrence) -> bool | None:
        """Whether this happened before `other` began: yes, no, or None where the intervals leave it open."""
        if self.end <= other.start:
            return True
        return False if self.start >= other.end else None

    def by(self, day: date) -> bool | None:
        """Whether it happened on or before `day` (Europe/London): yes, no, or None where it cannot be known."""
        if self.last_day <= day:
            return True
        return False if self.first_day > day else None


def in_order(items: list[T], occurred: Callable[[T], Occurrence | None]) -> list[T]:
    """Return items in the order in which they happened; those whose order is not certain keep the order given."""
    ordered: list[T] = []
    latest = _EARLIEST
    for item in items:
        when = occurred(item)
        place = len(ordered)
        if when is not None and when.end <= latest:
            place = next((i for i, other in enumerate(ordered) if _certainly_before(when, occurred(other))), place)
        ordered.insert(place, item)
        latest = latest if when is None else max(latest, when.start)
    return ordered


def _certainly_before(when: Occurrence, other: Occurrence | None) -> bool:
    return other is not None and when.before(other) is True


@lru_cache(maxsize=256)  # entries of one batch share theirs
def instant_text(moment: datetime) -> str:
    """Return an aware `moment` as UTC text; fractions of a second only where it has them."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _normal(point: str) -> str:
    match = _POINT.fullmatch(point)
    if match is None or int(match["year"]) not in YEARS:
        raise Wrong(_HELP, text=point[:80])
    try:
        date(int(match["year"]), int(match["month"] or 1), int(match["day"] or 1))
        return instant_text(datetime.fromisoformat(point)) if match["time"] else point
    except (ValueError, OverflowError):
        raise Wrong(N_("“%(text)s” is not a date in the calendar. Check the day and the month."), text=point) from None


@lru_cache(maxsize=65_536)
def _bounds(text: str) -> tuple[datetime, datetime, date, date]:
    first, _, last = text.partition("/")
    start, end = _point_bounds(first)[0], _point_bounds(last or first)[1]
    last_instant = end - timedelta(microseconds=1)
    return start, end, start.astimezone(LONDON).date(), last_instant.astimezone(LONDON).date()


def _point_bounds(point: str) -> tuple[datetime, datetime]:
    if "T" in point:
        instant = datetime.fromisoformat(point)
        return instant, instant + timedelta(seconds=1)
    parts = [int(part) for part in point.split("-")]
    start = date(*[*parts, 1, 1][:3])
    match parts:
        case [year]:
            end = date(year + 1, 1, 1)
        case [year, month]:
            end = date(year + month // 12, month % 12 + 1, 1)
        case _:
            end = start + timedelta(days=1)
    return _midnight(start), _midnight(end)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=LONDON).astimezone(UTC)
