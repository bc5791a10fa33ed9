"""What a search asks for, as its address says it: words, what else narrows it down, and the labels of all that."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, cast
from urllib.parse import urlencode

from flask import request
from flask_babel import gettext as _
from sqlalchemy import Connection

from ledger.actions import KINDS
from ledger.streams import Stream
from ledger.voice import Voice
from ledger.words import N_
from projections import board, findings, lookup, organisations, streams
from projections.lookup import Asked, Days, Words
from projections.measures.catalogue import RECOMMENDATIONS
from projections.measures.finding import RESULTS, Result
from projections.publications import channels
from projections.publications.channels import KEYED, Filters
from projections.search import kind_of
from web.public.choosing import day_of, refuse

KIND_TITLES: Final[Mapping[str, str]] = {kind_of(name): kind.declaration.title for name, kind in KINDS.items()}
"""Kind of entry without its version -> its title, in the order of the catalogue."""

CLOCKS: Final[Mapping[str, tuple[str, str]]] = {
    "recorded": (N_("Recorded from"), N_("Recorded until")),
    "happened": (N_("Happened from"), N_("Happened until")),
    "published": (N_("Published from"), N_("Published until")),
}
"""The three clocks -> the labels of their first and last day (domain 1.1)."""

DAYS: Final[Mapping[str, str]] = {
    f"{clock}-{side}": label
    for clock, labels in CLOCKS.items()
    for side, label in zip(("from", "to"), labels, strict=True)
}

LABELS: Final[Mapping[str, str]] = {
    "process": N_("Process"),
    "kind": N_("Kind of entry"),
    "organisation": N_("Organisation"),
    "area": N_("Service"),
    "prison": N_("Prison"),
    "recommendation": N_("Recommendation"),
    "result": N_("Finding of the process"),
    **DAYS,
}
"""Name in the address -> label, in the order in which filters are shown."""

FOLLOWED: Final = {"kind": "action"} | {
    name: name for name in ("process", "organisation", "area", "prison", "recommendation")
}
"""Which filters a feed of one's own has too -> their names there."""

_LONGEST_VALUE: Final = 200
_SHOWN_AGAIN: Final = 80
_REFERENCE: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Search:
    """What is asked for. `parameters` keep it in an address, `labels` say each filter that is chosen."""

    asked: Asked
    text: str
    parameters: Mapping[str, str]
    labels: Mapping[str, str]

    def __bool__(self) -> bool:
        return bool(self.asked.words or self.labels)

    @property
    def query(self) -> str:
        """The one query of an address that asks for this: neither order nor case makes another."""
        words = " ".join(self.text.lower().split())
        given = {"q": words} if words else {}
        return urlencode(given | {name: self.parameters[name] for name in LABELS if name in self.parameters})

    @property
    def filters(self) -> Filters | None:
        """The same as filters of a feed of one's own; None where it asks for more than these can say."""
        if self.text or not self.parameters.keys() <= FOLLOWED.keys():
            return None
        return channels.filters([(FOLLOWED[name], value) for name, value in self.parameters.items()])

    def without(self, name: str) -> dict[str, str]:
        """Return the parameters without one filter."""
        return {key: value for key, value in self.parameters.items() if key != name}


def searched(connection: Connection, said: Voice) -> Search:
    """Return what the address of this request asks for. Raises `Unclear` (400), naming the value and what to do."""
    given = _given()
    typed = given.pop("q", "")
    words = _words(typed)
    finders = _finders(connection, said)
    labels = {name: finders[name](given[name]) for name in LABELS if name in given}
    parameters = {"q": typed, **given} if typed else given
    number = given.get("recommendation")
    asked = Asked(
        words=words,
        kind=given.get("kind"),
        process=given.get("process"),
        organisation=given.get("organisation"),
        area=given.get("area"),
        prison=given.get("prison"),
        recommendation=None if number is None else int(number),
        result=cast("Result | None", given.get("result")),
        **{clock: _days(clock, given) for clock in CLOCKS},
    )
    return Search(asked, typed, parameters, labels)


def _given() -> dict[str, str]:
    """Return what is given, each once; an empty value, as a form sends it, is none."""
    given: dict[str, str] = {}
    for name in request.args:
        values = request.args.getlist(name)
        if name not in LABELS and name not in {"q", "page"}:
            refuse(
                _(
                    "There is no filter “%(name)s”. Take it out of the address, or use one of these: %(names)s.",
                    name=name[:_SHOWN_AGAIN],
                    names=", ".join(("q", *LABELS)),
                )
            )
        if len(values) > 1:
            refuse(_("“%(name)s” is in the address more than once. Keep one of them.", name=name))
        if name != "page" and values[0].strip():
            given[name] = _spelled(name, values[0].strip())
    return given


def _spelled(name: str, value: str) -> str:
    """Return a value in its one spelling; as it is, where there is none, to be refused as somebody wrote it."""
    if name in FOLLOWED:
        return KEYED[FOLLOWED[name]](value[:_LONGEST_VALUE]) or value
    return value.lower() if name == "result" else value


def _words(typed: str) -> Words:
    if len(typed) > lookup.LONGEST:
        refuse(
            _(
                "The search has %(length)s characters; at most %(most)s fit. Use fewer words.",
                length=len(typed),
                most=lookup.LONGEST,
            )
        )
    words = lookup.words_of(typed)
    if typed and not words:
        refuse(_("The search has no letter and no digit in it. Write at least one word or number."))
    if len(words.each) > lookup.MOST_WORDS:
        refuse(_("The search has more than %(most)s words. Use fewer.", most=lookup.MOST_WORDS))
    return words


def _finders(connection: Connection, said: Voice) -> dict[str, Callable[[str], str]]:
    """Return, for each filter, what gives the label of a value; it refuses one that cannot be."""

    def one_of(name: str, labels: Mapping[str, str]) -> Callable[[str], str]:
        return lambda value: labels[value] if value in labels else _unknown(name, value)

    def process(value: str) -> str:
        stream = Stream("process", value)
        if _REFERENCE.fullmatch(value) is None or streams.one(connection, stream) is None:
            _unknown("process", value)
        return streams.titles(connection, [stream], said)[stream]

    def organisation(value: str) -> str:
        found = organisations.one(connection, value) if organisations.SLUG.fullmatch(value) else None
        return _unknown("organisation", value) if found is None else found.name

    def day(name: str) -> Callable[[str], str]:
        return lambda value: said.day(day_of(name, value))

    def place(name: str, facet: board.Facet) -> Callable[[str], str]:
        return one_of(name, {each.value: each.label for each in board.choices(connection, facet)})

    return {
        "process": process,
        "kind": one_of("kind", {name: said.words(title) for name, title in KIND_TITLES.items()}),
        "organisation": organisation,
        "area": place("area", "service_area"),
        "prison": place("prison", "prison"),
        "recommendation": one_of(
            "recommendation", {str(number): findings.title(number, said) for number in RECOMMENDATIONS}
        ),
        "result": one_of("result", {name: said.words(label) for name, label in RESULTS.labels.items()}),
        **{name: day(name) for name in DAYS},
    }


def _unknown(name: str, value: str) -> str:
    return refuse(
        _(
            "“%(text)s” is not among those to choose for “%(name)s”. Open the search without it, and choose one from "
            "its list.",
            text=value[:_SHOWN_AGAIN],
            name=name,
        )
    )


def _days(clock: str, given: Mapping[str, str]) -> Days:
    first, last = (day_of(name, given[name]) if name in given else None for name in (f"{clock}-from", f"{clock}-to"))
    if first is not None and last is not None and last < first:
        refuse(
            _(
                "The period ends before it begins. Put the earlier day in “%(first)s” and the later one in “%(last)s”.",
                first=f"{clock}-from",
                last=f"{clock}-to",
            )
        )
    return Days(first, last)
