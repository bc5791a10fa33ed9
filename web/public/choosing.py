"""Which processes a page is about, as its address asks: a body, a service area, a prison, a period; and since when."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final, NoReturn

from flask import request
from flask_babel import gettext as _
from sqlalchemy import Connection

from ledger.clock import utc_now
from ledger.when import LONDON, YEARS
from projections import board, entries
from projections.board import Choice, Facet, Filter
from projections.knowledge import end_of
from web.errors import Unclear

FACETS: Final[Mapping[str, Facet]] = {"organisation": "organisation", "area": "service_area", "prison": "prison"}
"""The name in an address -> what is chosen by it."""

STATUSES: Final = ("open", "closed")
_DAY: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_INDEX: Final = re.compile(r"0|[1-9][0-9]{0,14}", re.ASCII)
_MOST: Final = 80
"""Characters of a wrong value that are shown again."""


@dataclass(frozen=True, slots=True)
class Since:
    """From when on changes are shown: the end of a day in London or an entry. `at` is aware, in UTC."""

    text: str
    asked: datetime | int
    at: datetime

    @property
    def is_day(self) -> bool:
        """Whether a day was given, not an entry."""
        return isinstance(self.asked, datetime)

    @property
    def day(self) -> date:
        """The day in Europe/London."""
        return self.at.astimezone(LONDON).date()


@dataclass(frozen=True, slots=True)
class Chosen:
    """What an address chooses. `choices` are those there are, by name in the address; `parameters` keep it there."""

    filter: Filter
    since: Since | None
    choices: Mapping[str, list[Choice]]
    parameters: Mapping[str, str]

    @property
    def narrows(self) -> bool:
        """Whether fewer than all processes may be meant."""
        return self.filter != board.EVERYTHING

    def label(self, name: str) -> str | None:
        """Return the name of what is chosen by a facet; None where nothing is."""
        value = self.parameters.get(name)
        return next((each.label for each in self.choices[name] if each.value == value), None)


def chosen(connection: Connection) -> Chosen:
    """Return what the address of this request chooses. Raises `Unclear` (400), naming the value and what to do."""
    choices = {name: board.choices(connection, facet) for name, facet in FACETS.items()}
    choices["area"] = [replace(each, label=readable(each.label)) for each in choices["area"]]
    values = {name: text for name in (*FACETS, "from", "to", "status", "since") if (text := _given(name))}
    for facet in FACETS:
        _refuse_unknown(facet, values.get(facet), [each.value for each in choices[facet]])
    _refuse_unknown("status", values.get("status"), list(STATUSES))
    first, last = (day_of(name, values[name]) if name in values else None for name in ("from", "to"))
    if first is not None and last is not None and last < first:
        refuse(_("The period ends before it begins. Put the earlier day in “from” and the later one in “to”."))
    made = Filter(
        organisation=values.get("organisation"),
        service_area=values.get("area"),
        prison=values.get("prison"),
        first=first,
        last=last,
        closed=None if "status" not in values else values["status"] == "closed",
    )
    since = None if "since" not in values else _since(connection, values["since"])
    return Chosen(made, since, choices, values)


def readable(code: str) -> str:
    """Return a service area in words; its code is whatever recorders agreed on."""
    return code.replace("_", " ").replace("-", " ")


def _given(name: str) -> str:
    """Return a value of the address; an empty one, as a form sends it, is none. Raises `Unclear` where it is twice."""
    given = request.args.getlist(name)
    if len(given) > 1:
        refuse(_("“%(name)s” is in the address more than once. Keep one of them.", name=name))
    return given[0].strip() if given else ""


def _refuse_unknown(name: str, value: str | None, known: list[str]) -> None:
    if value is not None and value not in known:
        refuse(
            _(
                "“%(text)s” is not among those to choose for “%(name)s”. Open the dashboard without it, and choose one "
                "from its list.",
                text=value[:_MOST],
                name=name,
            )
        )


def day_of(name: str, text: str) -> date:
    """Return the day that a value of the address names. Raises `Unclear`."""
    found = _DAY.fullmatch(text)
    if found is None or int(found[1]) not in YEARS:
        refuse(
            _(
                "“%(text)s” is not a day. Write %(name)s= with a day as in 2017-03-01 (year, month, day).",
                text=text[:_MOST],
                name=name,
            )
        )
    try:
        return date(*map(int, found.groups()))
    except ValueError:
        refuse(
            _(
                "There is no such day as “%(text)s” in the calendar. Check the day and the month in %(name)s=.",
                text=text,
                name=name,
            )
        )


def _since(connection: Connection, text: str) -> Since:
    if _INDEX.fullmatch(text):
        view = entries.one(connection, int(text))
        if view is None:
            refuse(
                _(
                    "No entry %(number)s is on record yet. Give since= the number of an entry, or a day.",
                    number=text,
                )
            )
        return Since(text, int(text), view.entry.recorded)
    day, now = day_of("since", text), utc_now()
    if day > now.astimezone(LONDON).date():
        refuse(_("That day has not come yet. Give since= today or an earlier day."))
    return Since(text, min(end_of(day), now), min(end_of(day), now))


def refuse(advice: str) -> NoReturn:
    """Answer with a plain page that says what is wrong and what to do."""
    raise Unclear(400, _("This choice cannot be shown"), advice)
