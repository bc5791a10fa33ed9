"""The parameters of addresses, each checked by the same kinds of value as what is recorded."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from marshmallow import RAISE, Schema, ValidationError, fields, post_load

from ledger import kinds
from ledger.actions import KINDS
from ledger.errors import Wrong
from ledger.kinds import Code, CodeList, Count, Kind
from ledger.words import N_
from projections.board import Filter
from projections.measures.finding import RESULTS
from web.api.catalogue import STREAM, schema_of

LARGEST: Final = 10**15 - 1
MOST: Final = 500
"""Items in one answer."""

_DIGITS: Final = re.compile(r"0|[1-9][0-9]{0,14}", re.ASCII)
_UNKNOWN: Final = Wrong(N_("There is no such parameter here. Check the spelling, or take it out."))


class _Parameter(fields.Field[Any]):
    """One parameter: text from an address, judged by its kind of value."""

    def __init__(self, kind: Kind, description: str, *, otherwise: Any = None) -> None:
        shown = schema_of(kind) | {"description": description} | ({} if otherwise is None else {"default": otherwise})
        super().__init__(metadata=shown, **({} if otherwise is None else {"load_default": otherwise}))
        self._kind = kind

    def _deserialize(self, value: Any, attr: str | None, data: Any, **keywords: Any) -> Any:  # noqa: ARG002
        if isinstance(self._kind, kinds.YesNo):
            value = {"true": True, "false": False}.get(value, value)
        if isinstance(self._kind, Count) and _DIGITS.fullmatch(value):
            value = int(value)
        try:
            return self._kind.load(value)
        except Wrong as wrong:
            raise ValidationError([wrong]) from wrong


class Parameters(Schema):
    """What may stand after the question mark; anything else is named as a mistake."""

    class Meta:
        unknown = RAISE

    error_messages: dict[str, Any] = {"unknown": [_UNKNOWN]}  # noqa: RUF012 - as marshmallow

    @post_load
    def _complete(self, loaded: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {name: loaded.get(name) for name in self.fields}


STREAM_NAME: Final = kinds.pattern_kind(
    "stream",
    STREAM.strip("^$"),
    N_("Write process/ or group/ and the reference, such as process/family-services, in small letters."),
    most=80,
)
_FACET: Final = kinds.Line(most=300)


def limit(otherwise: int = 100) -> Any:
    """How many items an answer holds at most."""
    return _Parameter(Count(least=1, most=MOST), N_("How many items the answer holds at most."), otherwise=otherwise)


def offset() -> Any:
    """How many items to leave out at the beginning."""
    return _Parameter(Count(most=10**6), N_("How many items to leave out at the beginning."), otherwise=0)


class Listing(Parameters):
    """A part of a list."""

    limit = limit()
    offset = offset()


class Following(Parameters):
    """A part of the log, for programs that follow."""

    after = _Parameter(Count(most=LARGEST), N_("Only entries after this one. Left out: from the first on."))
    limit = limit()
    stream = _Parameter(STREAM_NAME, N_("Only entries of this process or group, such as process/family-services."))
    action = _Parameter(Code(CodeList("action", dict.fromkeys(KINDS, ""))), N_("Only entries of this kind."))


class Choosing(Parameters):
    """Which processes are meant."""

    organisation = _Parameter(_FACET, N_("Only processes of this body, as scheme:id, or its name where it has none."))
    area = _Parameter(kinds.OPEN_CODE, N_("Only processes of this service area."))
    prison = _Parameter(kinds.PRISON, N_("Only processes about this prison."))
    first = _Parameter(kinds.Day(), N_("Only processes of which something happened on this day or later."))
    last = _Parameter(kinds.Day(), N_("Only processes of which something happened on this day or earlier."))
    closed = _Parameter(kinds.YesNo(), N_("Only processes that are closed, or only those that are not."))


class Findings(Choosing):
    """Which findings are meant."""

    recommendation = _Parameter(Count(least=1, most=15), N_("Only findings on this recommendation, from 1 to 15."))
    result = _Parameter(Code(RESULTS), N_("Only findings with this result."))
    limit = limit()
    offset = offset()


class Turns(Choosing):
    """Which turns of findings are meant."""

    process = _Parameter(kinds.REFERENCE, N_("Only turns in this process."))
    recommendation = _Parameter(Count(least=1, most=15), N_("Only turns on this recommendation, from 1 to 15."))
    since = _Parameter(kinds.Instant(), N_("Only turns after this moment."))
    after = _Parameter(Count(most=LARGEST), N_("Only turns after this entry was recorded."))
    until = _Parameter(kinds.Instant(), N_("Only turns up to this moment."))
    words_only = _Parameter(kinds.YesNo(), N_("Only turns to another result."), otherwise=False)
    limit = limit()
    offset = offset()


class ListingOfProcesses(Choosing):
    """Which part of the chosen processes is meant."""

    limit = limit()
    offset = offset()


class AsKnown(Parameters):
    """At which moment to look back: each a day (its end in London); `known` also the number of an entry."""

    known = fields.String(metadata={"description": N_("As known here on this day, or just after this entry.")})
    published = fields.String(metadata={"description": N_("As published by this day.")})
    happened = fields.String(metadata={"description": N_("As had happened by this day.")})


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a list."""

    limit: int
    offset: int


def part(given: dict[str, Any]) -> Part:
    """Return which part of a list is asked for."""
    return Part(given["limit"], given["offset"])


def chosen(given: dict[str, Any]) -> Filter:
    """Return which processes are asked for."""
    days: tuple[date | None, date | None] = (given["first"], given["last"])
    return Filter(
        organisation=given["organisation"],
        service_area=given["area"],
        prison=given["prison"],
        first=days[0],
        last=days[1],
        closed=given["closed"],
    )


def since(given: dict[str, Any]) -> datetime | int | None:
    """Return since when turns are asked for: an entry's number before a moment."""
    return given["since"] if given["after"] is None else given["after"]
