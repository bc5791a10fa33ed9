"""Official releases that were taken in, as they go out again: the same in every field that matters, in valid form."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from ledger.kinds import Json
from ledger.ocds.awards import reissued
from ledger.ocds.facts import Known
from ledger.ocds.material import Object, sort_key
from ledger.ocds.merge import Merging, counting
from ledger.ocds.removing import REMOVED
from ledger.when import LONDON

_STARTS: Final = frozenset(
    {"date", "datePublished", "dateMet", "startDate", "dateSigned", "dateAnswered", "futureNoticeDate"}
)
_ENDS: Final = frozenset({"endDate", "dueDate", "maxExtentDate"})
_AN_HOUR_ON: Final = dt.timezone(dt.timedelta(hours=1))
_AMOUNTS: Final = frozenset({"amount", "amountGross"})
_CODES: Final[Mapping[str, frozenset[str]]] = {
    "tender": frozenset({"planning", "planned", "active", "cancelled", "unsuccessful", "complete", "withdrawn"}),
    "awards": frozenset({"pending", "active", "cancelled", "unsuccessful"}),
    "contracts": frozenset({"pending", "active", "cancelled", "terminated"}),
    "milestones": frozenset({"scheduled", "met", "notMet", "partiallyMet"}),
    "procurementMethod": frozenset({"open", "selective", "limited", "direct"}),
    "scale": frozenset({"micro", "sme", "small", "medium", "large", "selfEmployed"}),
}
"""The closed code lists of what is kept. A status belongs to its part; lots have that of the tender."""

_STATUS_OF: Final = {"tender": "tender", "lots": "tender", "awards": "awards", "contracts": "contracts"}
_ADDRESS: Final = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]+)?([/?#][!#-;=?-\[\]_a-z~%]*)?", re.ASCII)
_UNTOLD: Final = frozenset({"ocid", "id", "date", "tag"})


def taken_in(releases: Iterable[Object]) -> Object:
    """Return, in JSON, what official releases say in all: in the order of their dates, an award issued again once."""
    merging, known = Merging(), Known()
    for release in sorted(counting(releases, lambda each: each), key=sort_key):
        merging.add(reissued(merging.state, release, known))
    whole = {name: held for name, held in merging.state.items() if name not in _UNTOLD}
    valid: Object = _valid(whole, "")
    return valid


def _valid(value: Json, part: str) -> Any:
    if isinstance(value, list):
        return [_valid(each, part) for each in value]
    if not isinstance(value, dict):
        return value
    made = {name: _member(name, held, part) for name, held in value.items()}
    made = {name: held for name, held in made.items() if held is not None}
    if part == "contracts" and "awardID" not in made:
        # The standard wants one. UK notices give a contract the id of its award.
        made["awardID"] = made["id"]
    return made


def _member(name: str, held: Json, part: str) -> Any:
    if isinstance(held, dict | list) and not (isinstance(held, list) and held and isinstance(held[0], str)):
        inside = _valid(held, name)
        return {each: text for each, text in inside.items() if each != "name"} if name == "contactPoint" else inside
    if held == REMOVED:
        return None
    if name in _STARTS or name in _ENDS:
        return instant(str(held), is_end=name in _ENDS)
    if name in _AMOUNTS:
        return Decimal(str(held))
    if name == "url" and _ADDRESS.fullmatch(str(held)) is None:
        return None
    codes = _CODES.get(_STATUS_OF.get(part, part) if name == "status" else name)
    return None if codes is not None and isinstance(held, str) and held not in codes else held


def instant(text: str, *, is_end: bool) -> str:
    """Return a date as OCDS wants it: a day is its beginning, or its end, in Europe/London."""
    if "T" in text:
        # Midnight in UTC and the minute before it would be taken for a day; an hour on they are what they are.
        is_edge = text.endswith("T00:00:00Z") or "T23:59" in text
        return dt.datetime.fromisoformat(text).astimezone(_AN_HOUR_ON).isoformat() if is_edge else text
    time = dt.time(23, 59, 59) if is_end else dt.time()
    return dt.datetime.combine(dt.date.fromisoformat(text), time, LONDON).isoformat()
