"""What was known when, as an address asks for it: `?known=`, `?happened=` and `?published=` (domain 1.1).

Each takes a day (2017-03-01, which means its end in Europe/London); `known` also takes the index of an entry, and then
means the moment it was recorded. A form of three fields for a day, month and year leads to the plain address.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NoReturn

from flask import Response, g, has_request_context, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy import Connection

from ledger.clock import utc_now
from ledger.voice import Voice
from ledger.when import LONDON, YEARS
from ledger.words import N_
from projections import entries, replay
from projections.board import Moment
from projections.knowledge import Axes, end_of
from web.errors import Unclear
from web.public.blueprint import public

AXES: Final = {
    "known": N_("been recorded here"),
    "published": N_("been published"),
    "happened": N_("happened"),
}
"""Each axis, and what had to be done by its day."""

EVERYTHING: Final = N_("Everything")

KEEPING: Final = frozenset(
    {
        "public.process",
        "public.group",
        "public.dashboard",
        "public.recommendation",
        "public.review",
        "public.entry",
    }
)
"""The pages that can be seen as of a day. Links from one to another keep it."""

_DAY: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_INDEX: Final = re.compile(r"0|[1-9][0-9]{0,14}", re.ASCII)
_FIELD: Final = re.compile(r"[0-9]{1,6}", re.ASCII)
_PARTS_OF_A_DAY: Final = ("year", "month", "day")
_MOST: Final = 80
"""Characters of a wrong value that are shown again."""


@dataclass(frozen=True, slots=True)
class Point:
    """A moment that an address names, and what it means: a day's end or an entry. `at` is aware, in UTC."""

    text: str
    known: datetime | int
    at: datetime

    @property
    def day(self) -> date:
        """The day in Europe/London."""
        return self.at.astimezone(LONDON).date()

    def said(self, voice: Voice) -> str:
        """Say it after "on": a day, or the moment of an entry."""
        if isinstance(self.known, int):
            return voice.words(N_("%(when)s (entry %(number)s)"), when=voice.instant(self.at), number=self.known)
        return voice.day(self.day)


@dataclass(frozen=True, slots=True)
class AsOf:
    """What an address asks to see. `points` holds what was given for each axis; empty for the present.

    `at` is the instant (UTC, aware) that findings are measured at: the earliest of those given, else now.
    """

    points: Mapping[str, Point]
    at: datetime

    @property
    def is_past(self) -> bool:
        """Whether anything but the present is asked for."""
        return bool(self.points)

    @property
    def axes(self) -> Axes:
        """Where each axis is cut."""
        happened, published = self.points.get("happened"), self.points.get("published")
        return Axes(
            known=self.points["known"].known if "known" in self.points else None,
            published=None if published is None else published.at,
            happened=None if happened is None else happened.at,
        )

    @property
    def parameters(self) -> dict[str, str]:
        """What keeps it in an address."""
        return {axis: point.text for axis, point in self.points.items()}

    @property
    def day(self) -> date:
        """The day of `at` in Europe/London."""
        return self.at.astimezone(LONDON).date()

    def when(self, voice: Voice) -> str:
        """Say the moment in headings: the one given, or the day of the earliest of several."""
        if len(self.points) == 1:
            (point,) = self.points.values()
            return point.said(voice)
        return voice.day(self.day)

    def banner(self, voice: Voice) -> str:
        """Say what a reader is looking at; empty for the present."""
        said = {axis: point.said(voice) for axis, point in self.points.items()}
        if len(said) == 1:
            ((axis, when),) = said.items()
            return voice.words(_BANNERS[axis], when=when)
        return " ".join(voice.words(_PARTS[axis], when=when) for axis, when in said.items())


_BANNERS: Final = {
    "known": N_("You are looking at what was known on %(when)s."),
    "published": N_("You are looking at what had been published by %(when)s."),
    "happened": N_("You are looking at what had happened by %(when)s, as known today."),
}
_PARTS: Final = {
    "known": N_("You are looking only at what was known on %(when)s."),
    "published": N_("You are looking only at what had been published by %(when)s."),
    "happened": N_("You are looking only at what had happened by %(when)s."),
}


def asked(connection: Connection) -> AsOf:
    """Return what this request asks for. Raises `Unclear`: 400 for what is no day or yet to come, 404 for no entry."""
    now = utc_now()
    points = {axis: point(connection, axis, now) for axis in AXES if axis in request.args}
    g.seen = AsOf(points, min((each.at for each in points.values()), default=now))
    return g.seen


def moment(connection: Connection, seen: AsOf) -> Moment | None:
    """Return the moment of the record that is asked for; None for the present, and where other axes are cut."""
    if set(seen.points) != {"known"}:
        return None
    return replay.moment(connection, seen.points["known"].known, seen.at)


def point(connection: Connection, name: str, now: datetime) -> Point:
    """Return the moment that a parameter of this request names. Raises `Unclear`."""
    text = request.args[name]
    if name in _TAKING_ENTRIES and _INDEX.fullmatch(text):
        return _of_entry(connection, int(text))
    found = _DAY.fullmatch(text)
    if found is None:
        refuse(
            _(
                "“%(text)s” is not a day. Write %(name)s= with a day as in 2017-03-01 (year, month, day).",
                text=text[:_MOST],
                name=name,
            )
        )
    return _of_day(_checked(*found.groups()), now)


_TAKING_ENTRIES: Final = frozenset({"known", "from", "to"})


def _of_entry(connection: Connection, index: int) -> Point:
    view = entries.one(connection, index)
    if view is None:
        raise Unclear(
            404,
            _("There is no entry of that number"),
            _(
                "No entry %(number)s is on record yet. There are %(size)s, the first is entry 0.",
                number=index,
                size=entries.size(connection),
            ),
        )
    return Point(str(index), index, view.entry.recorded)


def _of_day(day: date, now: datetime) -> Point:
    today = now.astimezone(LONDON).date()
    if day > today:
        refuse(_("That day has not come yet. Choose today or an earlier day."))
    end = end_of(day)
    return Point(day.isoformat(), end, min(end, now))


def _checked(year: str, month: str, day: str) -> date:
    """Return the day that three fields name. Raises `Unclear`, naming the field that is wrong."""
    for field, value in ((_("Day"), day), (_("Month"), month), (_("Year"), year)):
        if _FIELD.fullmatch(value) is None:
            refuse(
                _(
                    "%(field)s: “%(text)s” is not a number. Write the date in numbers, for example 1 3 2017.",
                    field=field,
                    text=value[:_MOST],
                )
            )
    if int(year) not in YEARS:
        refuse(_("Year: write all four figures, from %(first)s to %(last)s.", first=YEARS.start, last=YEARS.stop - 1))
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        refuse(_("There is no such day in the calendar. Check the day and the month."))


def refuse(advice: str) -> NoReturn:
    """Answer that the date in the address cannot be used, and why, in the reader's language (400)."""
    raise Unclear(400, _("That date cannot be used"), advice)


def given_day(name: str) -> date | None:
    """Return the day that the three fields of a form name; None where they are not in the address. Raises `Unclear`."""
    fields = [request.args.get(f"{name}-{part}") for part in _PARTS_OF_A_DAY]
    if all(each is None for each in fields):
        return None
    year, month, day = ((each or "").strip() for each in fields)
    return _checked(year, month, day)


def plain_address() -> Response | None:
    """Return the way from the date control's form to the plain address; None where no form was sent."""
    day = given_day("on")
    if day is None:
        return None
    axis = request.args.get("axis", "known")
    if axis not in AXES:
        refuse(_("Choose one of: %(axes)s.", axes=", ".join(AXES)))
    left = {axis, "axis", "page", *(f"on-{part}" for part in _PARTS_OF_A_DAY)}
    kept = {name: text for name, text in request.args.items() if name not in left}
    _of_day(day, utc_now())
    values: dict[str, Any] = {**(request.view_args or {}), **kept, axis: day.isoformat()}
    return to(url_for(request.endpoint or "", **values))


def to(address: str) -> Response:
    """Return the way to another address of this site."""
    answer = redirect(address, 303)
    return Response(answer.get_data(), answer.status_code, answer.headers)


@public.app_url_defaults
def _keep(endpoint: str, values: dict[str, Any]) -> None:
    """Let every link between the pages that can be seen as of a day keep the day of this page."""
    seen = g.get("seen") if has_request_context() else None
    if seen is not None and endpoint in KEEPING:
        for axis, text in seen.parameters.items():
            values.setdefault(axis, text)
