"""Values of a release as the ledger's: organisations, money, dates, reasons. What is not said is not stated."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Final

from ledger import structs as s
from ledger.codes import SIZES
from ledger.kinds import NOT_STATED, Json, Maybe, Money
from ledger.ocds.material import day_of
from ledger.when import Occurrence

Object = dict[str, Json]

_ENTITY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,99}", re.ASCII)
_REFERENCE: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}", re.ASCII)
_TOLERANCE: Final = Decimal("0.005")
_MOST_POWER: Final = 6


def at(value: Json, *path: str) -> Json:
    """Return what stands at a path of names and ids; None where there is nothing."""
    for name in path:
        if isinstance(value, list):
            value = next((each for each in value if each.get("id") == name), None)
        else:
            value = value.get(name) if isinstance(value, dict) else None
    return value


def rows_of(value: Json, *path: str) -> list[Object]:
    """Return the objects of a list; none where there is no list."""
    found = at(value, *path)
    return found if isinstance(found, list) else []


def entity_id(text: str) -> str:
    """Return an id as the ledger writes ids; one that it could not write is told apart by its digest."""
    if _ENTITY.fullmatch(text):
        return text
    return f"{re.sub(r'[^A-Za-z0-9._/-]+', '-', text).strip('-._/')[:80]}-{_short(text)}".lstrip("-")


def reference_of(ocid: str) -> str:
    """Return the reference of the process that an ocid names, for ever the same."""
    if _REFERENCE.fullmatch(ocid):
        return ocid
    return f"{re.sub(r'[^a-z0-9]+', '-', ocid.lower()).strip('-')[:50]}-{_short(ocid)}".lstrip("-")


def _short(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:12]


def occurrence(text: str | None) -> Maybe[Occurrence]:
    """Return a date of a release as a time."""
    return NOT_STATED if text is None else Occurrence(text)


def day(text: str | None) -> Maybe[dt.date]:
    """Return a date of a release as a day in Europe/London."""
    return NOT_STATED if text is None else dt.date.fromisoformat(day_of(text))


def text(value: str | None) -> Maybe[str]:
    """Return a text, or that it is not stated."""
    return NOT_STATED if value is None else value


def line(value: str | None) -> Maybe[str]:
    """Return a text that fits one line of an entry, or that it is not stated."""
    return NOT_STATED if not value else value[:300].strip()


def party(state: Object, organisation: Object | None) -> Maybe[s.Party]:
    """Return an organisation by the scheme of its identifier, else by the id that the publisher gave it."""
    if not organisation:
        return NOT_STATED
    known = at(state, "parties", organisation.get("id", "")) or {}
    identifier = known.get("identifier", {})
    name = organisation.get("name") or known.get("name")
    return s.Party(
        scheme=line(identifier.get("scheme") if "id" in identifier else None),
        id=line(identifier.get("id") or organisation.get("id")),
        name=line(name),
    )


def publisher(raw: Object | None) -> s.Party:
    """Return the publisher that a package names."""
    named = raw or {}
    known = {name: held.strip() for name, held in named.items() if isinstance(held, str) and held.strip()}
    return s.Party(scheme=line(known.get("scheme")), id=line(known.get("uid")), name=line(known.get("name")))


def size_of(state: Object, organisation: Object) -> Maybe[str]:
    """Return the size of an organisation where it is one of the ledger's; "sme" alone does not say which."""
    scale = at(state, "parties", organisation.get("id", ""), "details", "scale")
    return scale if scale in SIZES.labels else NOT_STATED


def vcse_of(state: Object, organisation: Object) -> Maybe[bool]:
    """Return whether an organisation is a voluntary one or a social enterprise."""
    found = at(state, "parties", organisation.get("id", ""), "details", "vcse")
    return found if isinstance(found, bool) else NOT_STATED


def worth(value: Object | None) -> Money | None:
    """Return the amount to compare by: without VAT where both are stated."""
    if not value:
        return None
    return Money(value.get("amount") or value["amountGross"], value["currency"])


def value_of(value: Object | None) -> Maybe[s.Value]:
    """Return a value without and with VAT. An amount that does not say which is without it (EU profile of OCDS)."""
    if not value:
        return NOT_STATED
    net, gross = value.get("amount"), value.get("amountGross")
    return s.Value(
        net=None if net is None else Money(net, value["currency"]),
        gross=None if gross is None else Money(gross, value["currency"]),
    )


def vat_of(value: Object) -> Maybe[str]:
    """Return whether the amount to compare by is with VAT, where the release says both or only that."""
    return ("net" if "amount" in value else "gross") if "amountGross" in value else NOT_STATED


def period_of(period: Object | None) -> Maybe[s.Period]:
    """Return a period; one that ends before it begins is not stated."""
    if not period or not {"startDate", "endDate"} & period.keys():
        return NOT_STATED
    first, last = day(period.get("startDate")), day(period.get("endDate"))
    if isinstance(first, dt.date) and isinstance(last, dt.date) and last < first:
        return NOT_STATED
    return s.Period(first=first, last=last)


def power_of_ten(one: Money | None, other: Money | None) -> bool:
    """Whether one amount is, to half a per cent, ten, a hundred … times the other: a slip of digits, probably."""
    if one is None or other is None or one.currency != other.currency:
        return False
    small, large = sorted((one.value, other.value))
    if small <= 0:
        return False
    ratio = large / small
    return any(abs(ratio / 10**power - 1) <= _TOLERANCE for power in range(1, _MOST_POWER + 1))


def reason(before: Json, after: Json) -> s.Reason:
    """Return the reason that new amendments of this part give; none given where there is none."""
    words = [found for each in new_amendments(before, after) if (found := _words(each))]
    if not words:
        return s.Reason(state="not_given")
    return s.Reason(state="given", text=" ".join(dict.fromkeys(words)))


def new_amendments(before: Json, after: Json) -> Iterator[Object]:
    """Yield the amendments that this release adds to a part."""
    known = {each["id"] for each in rows_of(before, "amendments")}
    yield from (each for each in rows_of(after, "amendments") if each["id"] not in known)


def _words(amendment: Object) -> str | None:
    classified = [
        each["description"] for each in rows_of(amendment, "rationaleClassifications") if "description" in each
    ]
    return amendment.get("rationale") or "; ".join(classified) or amendment.get("description")


def names_of(organisations: Iterable[Object]) -> str:
    """Return organisations by name, in the order in which a release gives them."""
    return ", ".join(each.get("name") or each["id"] for each in organisations)


def said(value: Object | None) -> str | None:
    """Return an amount as it stands in a change."""
    found = worth(value)
    return None if found is None else f"{found.currency} {found.amount}"
