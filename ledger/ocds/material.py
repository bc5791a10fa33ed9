"""What matters of a release: its ids, dates, values, organisations, statuses and reasons, checked and in one form.

The result is itself a release of the standard, smaller: it holds nothing that no entry could come of, no names of
people, and no nulls (null is no statement). Where a single value is odd, it is left out and noted; where the shape of a
part as such is wrong or an id cannot be one, the release cannot be used.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import orjson

from ledger.errors import Wrong
from ledger.kinds import Json, MoneyKind
from ledger.when import LONDON, YEARS, instant_text
from ledger.words import N_

MOST_TEXT: Final = 2_000
"""Longer descriptions are kept up to here, with the digest of the whole: a change further down is still noticed."""

MOST_ITEMS: Final = 2_000
"""More lots, awards, contracts or parties than this are more than one release is read with."""

Object = dict[str, Json]
Shape = Mapping[str, "Reader"]
Reader = Callable[[Any, str, "Notes"], Any]


class Notes(list[tuple[str, str]]):
    """(path, what is odd about it) of values that were left out or look like placeholders."""


# --- readers of one value: they return None where there is nothing to keep -------------------------------------------


def identifier(value: Any, path: str, _notes: Notes) -> str | None:
    """Return an id as text; OCDS allows whole numbers too."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Wrong(N_("%(path)s: an id must be text or a whole number."), path=path)
    return text_of(str(value), 300) or None


def line(value: Any, path: str, notes: Notes) -> str | None:
    """Return text in one line."""
    found = prose(value, path, notes)
    return None if found is None else text_of(found, 300)


def prose(value: Any, path: str, notes: Notes) -> str | None:
    """Return text; a long one is cut, and its digest added."""
    if not isinstance(value, str):
        notes.append((path, "not text"))
        return None
    cleaned = text_of(value, None)
    if len(cleaned) <= MOST_TEXT or _CUT.fullmatch(cleaned):
        return cleaned or None
    digest = hashlib.sha256(cleaned.encode()).hexdigest()[:16]
    return f"{cleaned[:MOST_TEXT]}… [SHA-256 {digest}]"


_CUT: Final = re.compile(rf".{{{MOST_TEXT}}}… \[SHA-256 [0-9a-f]{{16}}\]")
"""A text as another ledger cut it, and gave it out again."""

_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


def text_of(value: str, most: int | None) -> str:
    """Return text in one line, without what cannot be printed."""
    cleaned = " ".join(_UNPRINTABLE.sub(" ", value).split())
    return cleaned if most is None or len(cleaned) <= most else f"{cleaned[: most - 1]}…"


def code(value: Any, path: str, notes: Notes) -> str | None:
    """Return a code."""
    return line(value, path, notes)


def codes(value: Any, path: str, notes: Notes) -> list[str] | None:
    """Return a list of codes."""
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list):
        notes.append((path, "not a list"))
        return None
    # Ids of lots, which a list of codes may also hold, can be numbers.
    found = [line(str(each) if type(each) is int else each, path, notes) for each in value[:100]]
    return [each for each in found if each]


def yes_no(value: Any, path: str, notes: Notes) -> bool | None:
    """Return yes or no."""
    if isinstance(value, bool):
        return value
    notes.append((path, "neither yes nor no"))
    return None


_DATE: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d))?(?:\.\d+)?(Z|z|[+-]\d\d:?\d\d)?)?", re.ASCII
)


def date(value: Any, path: str, notes: Notes) -> str | None:
    """Return a day, or an instant in UTC; None for what is no date."""
    found = read_date(value)
    if found is None:
        notes.append((path, "not a date"))
    return found


def read_date(value: Any) -> str | None:
    """Return a day (2025-01-31) or an instant (…Z) as `Occurrence` writes it.

    A time without a zone tells the day alone. The first second or the last minute of a day is how systems write a day.
    """
    match = _DATE.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None or int(match[1]) not in YEARS:
        return None
    day = f"{match[1]}-{match[2]}-{match[3]}"
    try:
        if match[7] is None:
            return datetime.fromisoformat(day).date().isoformat()
        zone = match[7].upper() if len(match[7]) != len("+0000") else f"{match[7][:3]}:{match[7][3:]}"
        moment = datetime.fromisoformat(f"{day}T{match[4]}:{match[5]}:{match[6] or '00'}{zone}")
        if (match[4], match[5]) == ("23", "59") or (match[4], match[5], match[6] or "00") == ("00", "00", "00"):
            return moment.date().isoformat()
        return instant_text(moment)
    except (ValueError, OverflowError):
        return None


def day_of(text: str) -> str:
    """Return the day in Europe/London of a date that `read_date` gave."""
    return text if "T" not in text else datetime.fromisoformat(text).astimezone(LONDON).date().isoformat()


def money(value: Any, path: str, notes: Notes) -> Object | None:
    """Return {"amount", "amountGross", "currency"} with amounts as exact text, or None."""
    if not isinstance(value, dict):
        notes.append((path, "not an amount"))
        return None
    currency = value.get("currency")
    found: Object = {}
    for name in ("amount", "amountGross"):
        amount = _amount(value.get(name), f"{path}/{name}", notes)
        if amount is not None:
            found[name] = amount
    if not found:
        return None
    try:
        MoneyKind().load({"amount": next(iter(found.values())), "currency": currency})
    except Wrong:
        notes.append((path, "no amount of money that can be read"))
        return None
    return {**found, "currency": currency}


def _amount(value: Any, path: str, notes: Notes) -> str | None:
    if value is None:
        return None
    try:
        number = None if isinstance(value, bool) else Decimal(str(value)[:50])
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite() or number < 0:
        notes.append((path, "no amount of zero or more"))
        return None
    rounded = number.quantize(Decimal("0.0001")) if number.adjusted() < 15 else number  # noqa: PLR2004 - as kinds.Number
    text = format(rounded.normalize(), "f")
    if number <= _PLACEHOLDER:
        notes.append((path, f"{text}: probably a placeholder"))
    return text


_PLACEHOLDER: Final = Decimal("0.01")


# --- readers of groups ------------------------------------------------------------------------------------------------


_EMPTY: Final[tuple[Any, ...]] = ([], {}, "")
"""How some systems write that there is nothing, whatever would stand there: PHP knows one kind of empty list."""


def group(shape: Shape, *, must: bool = False) -> Reader:
    """Return a reader of an object with these members; what is none is left out and noted, unless it `must` be one."""

    def read(value: Any, path: str, notes: Notes) -> Object | None:
        if value in _EMPTY:
            return None
        if not isinstance(value, dict):
            if must:
                raise Wrong(N_("%(path)s must be a group of named values."), path=path)
            notes.append((path, "not a group of named values"))
            return None
        found = {}
        for name, reader in shape.items():
            held = value.get(name)
            if held is None:
                continue
            kept = reader(held, f"{path}/{name}" if path else name, notes)
            if kept not in (None, {}, []):
                found[name] = kept
        return found

    return read


def _list(value: list[Any], path: str, one: Reader, notes: Notes) -> list[Any]:
    if len(value) > MOST_ITEMS:
        raise Wrong(N_("%(path)s has more than %(most)s items."), path=path, most=MOST_ITEMS)
    return [one(each, f"{path}/{place}", notes) for place, each in enumerate(value)]


def rows(shape: Shape, *, must: bool = False) -> Reader:
    """Return a reader of a list of objects with ids of their own.

    Where it `must` be right, because entries are told apart by these ids, one that is missing or stands twice makes the
    release unusable. Elsewhere what has no id is left out, and the first of two with the same stands.
    """
    one = group({"id": identifier, **shape}, must=must)

    def read(value: Any, path: str, notes: Notes) -> list[Object] | None:
        if value in _EMPTY:
            return None
        if not isinstance(value, list):
            if must:
                raise Wrong(N_("%(path)s must be a list."), path=path)
            notes.append((path, "not a list"))
            return None
        found: dict[str, Object] = {}
        for place, kept in enumerate(_list(value, path, one, notes)):
            if not kept:
                continue
            if "id" not in kept:
                if not must:
                    continue
                raise Wrong(N_("%(path)s has no id, so it cannot be told from others."), path=f"{path}/{place}")
            if must and found.get(kept["id"], kept) != kept:
                raise Wrong(
                    N_("%(path)s: two have the id %(id)s, so it is unclear which counts."), path=path, id=kept["id"]
                )
            found.setdefault(kept["id"], kept)
        return list(found.values())

    return read


def _suppliers(value: Any, path: str, notes: Notes) -> list[Object] | None:
    """Return suppliers. Those of a list in which one has no id have none, so that merging replaces the whole list."""
    if isinstance(value, list) and not all(isinstance(each, dict) and each.get("id") for each in value):
        found = _list(value, path, _NAMED, notes)
        return [each for each in found if each]
    read: list[Object] | None = _SUPPLIERS(value, path, notes)
    return read


_NAMED: Final = group({"name": line})
_SUPPLIERS: Final = rows({"name": line})


_REACHED: Final = group({"email": line, "telephone": line})


def _contact(value: Any, path: str, notes: Notes) -> Object | None:
    """Return how to reach a contact. Of the name only enough to notice that it changed: two bytes of its digest."""
    found = _REACHED(value, path, notes) or {}
    name = value.get("name") if isinstance(value, dict) else None
    if isinstance(name, str) and name.strip():
        found["name"] = hashlib.sha256(text_of(name, None).casefold().encode()).hexdigest()[:4]
    return found


_PERIOD: Final = group({"startDate": date, "endDate": date, "maxExtentDate": date})
_AMENDMENTS: Final = rows(
    {
        "date": date,
        "rationale": prose,
        "description": prose,
        "releaseID": line,
        "rationaleClassifications": rows({"description": line}),
    }
)
_DOCUMENTS: Final = rows(
    {"documentType": code, "noticeType": code, "title": line, "description": line, "url": line, "datePublished": date},
)
_MILESTONES: Final = rows({"type": code, "title": line, "dueDate": date, "dateMet": date, "status": code})
_ORGANISATION: Final = group({"id": identifier, "name": line})

_RELEASE: Final = group(
    {
        "ocid": identifier,
        "id": identifier,
        "tag": codes,
        "buyer": _ORGANISATION,
        "parties": rows(
            {
                "name": line,
                "identifier": group({"scheme": line, "id": identifier}),
                "roles": codes,
                "contactPoint": _contact,
                "details": group({"scale": code, "vcse": yes_no}),
            }
        ),
        "planning": group(
            {
                "budget": group({"amount": money}),
                "milestones": _MILESTONES,
                "documents": _DOCUMENTS,
            },
            must=True,
        ),
        "tender": group(
            {
                "id": identifier,
                "title": line,
                "description": prose,
                "status": code,
                "statusDetails": prose,
                "value": money,
                "legalBasis": group({"id": identifier}),
                "procurementMethod": code,
                "specialRegime": codes,
                "datePublished": date,
                "tenderPeriod": _PERIOD,
                "enquiryPeriod": _PERIOD,
                "awardPeriod": _PERIOD,
                "contractPeriod": _PERIOD,
                "communication": group({"futureNoticeDate": date}),
                "lots": rows({"title": line, "status": code, "value": money}, must=True),
                "milestones": _MILESTONES,
                "documents": _DOCUMENTS,
                "amendments": _AMENDMENTS,
                "enquiries": rows(
                    {"date": date, "title": line, "description": prose, "answer": prose, "dateAnswered": date},
                    must=True,
                ),
            },
            must=True,
        ),
        "awards": rows(
            {
                "title": line,
                "status": code,
                "date": date,
                "value": money,
                "suppliers": _suppliers,
                "contractPeriod": _PERIOD,
                "relatedLots": codes,
                "amendments": _AMENDMENTS,
            },
            must=True,
        ),
        "contracts": rows(
            {
                "awardID": identifier,
                "title": line,
                "status": code,
                "value": money,
                "period": _PERIOD,
                "dateSigned": date,
                "amendments": _AMENDMENTS,
                "documents": _DOCUMENTS,
                "terminationRationale": prose,
                "terminationRationaleClassifications": rows({"description": line}),
            },
            must=True,
        ),
    },
    must=True,
)


def material(release: Object) -> tuple[Object, Notes]:
    """Return what matters of a release, and what is odd in it. Raises `Wrong` where the release cannot be used."""
    notes = Notes()
    for name, words in _NEEDED.items():
        if release.get(name) in (None, ""):
            raise Wrong(words)
    when = read_date(release["date"])
    if when is None:
        raise Wrong(N_("The date of this release cannot be read. Without it, its place among the others is unknown."))
    found = _RELEASE(release, "", notes)
    for name in ("ocid", "id"):
        if name not in found:
            raise Wrong(_NEEDED[name])
    return {**found, "date": when}, notes


_NEEDED: Final = {
    "ocid": N_("This release has no ocid, so it is unclear which process it belongs to."),
    "id": N_("This release has no id, so it cannot be told from others."),
    "date": N_("This release has no date, so its place among the others is unknown."),
}


def digest_of(release: Object) -> str:
    """Return the SHA-256 digest of a release: of its JSON with sorted names and no spaces (RFC 8785)."""
    try:
        return hashlib.sha256(orjson.dumps(release, default=_plain, option=orjson.OPT_SORT_KEYS)).hexdigest()
    except (orjson.JSONEncodeError, TypeError) as error:
        raise Wrong(N_("This holds half a character or a number that is too long, so it has no digest.")) from error


def _plain(value: object) -> int | float:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError


def sort_key(release: Object) -> tuple[datetime, str]:
    """Return what orders releases: when, then which. A day alone counts from its beginning, in UTC."""
    text = release["date"]
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)), release["id"]
