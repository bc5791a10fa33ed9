"""What the writers of OCDS fragments share: where an entry stands, and the ledger's values as those of the standard."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, NamedTuple

from ledger import structs as s
from ledger.kinds import Json, Maybe, Money, stated
from ledger.ocds.state import Items, Object
from ledger.ocds.values import entity_id
from ledger.vocabulary import Action
from ledger.when import LONDON, Occurrence, instant_text

_MAIL: Final = re.compile(r"[^@\s,]+@[^@\s,]+\.[^@\s,]+")


@dataclass
class Place:
    """Where an entry stands when its fragment is written.

    `name` is what its own documents and amendments are called, the same for a correction as for its original; `state`
    is what was said before it; `terms` holds the length of each lot in months.
    """

    name: str
    release: str
    amends: str | None
    recorded: dt.datetime
    state: Object
    terms: dict[str, int] = field(default_factory=dict)

    def known(self, path: tuple[str, ...], name: Maybe[str] | None) -> str | None:
        """Return the id under which a thing stands in a list; an official release may write it in other letters."""
        wanted = stated(name)
        held: Any = self.state
        for step in path:
            held = held.get(step, {})
        if wanted is None or not isinstance(held, Items) or wanted in held:
            return wanted
        return next((each for each in held if entity_id(each) == wanted), wanted)

    def lot(self, name: Maybe[str] | None) -> str | None:
        """Return the id of a lot."""
        return self.known(("tender", "lots"), name)

    @property
    def buyer(self) -> str:
        """The id of the buyer among the parties."""
        return str(self.state.get("buyer", {}).get("id", "buyer"))

    @property
    def is_launched(self) -> bool:
        """Whether the tender has opened."""
        return self.state.get("tender", {}).get("status") not in {None, "planning", "planned"}


Write = Callable[[Any, Place], Object]


class Home(NamedTuple):
    """Where a kind of entry belongs in OCDS: what writes its fragment, and the UK notice that carries such a fact."""

    write: Write | None = None
    notice: str | None = None


Homes = dict[type[Action], Home]


def some(**members: Json) -> Object:
    """Return the members that hold something."""
    return {
        name: value
        for name, value in members.items()
        if value is not None and not (isinstance(value, dict | list) and not value)
    }


def money(value: Maybe[Money] | None) -> Object:
    """Return an amount; nothing where it is not stated."""
    known = stated(value)
    return {} if known is None else {"amount": known.value, "currency": known.currency}


def worth(value: Maybe[Money] | None, vat: Maybe[str] | None) -> Object:
    """Return an amount in the place that says whether VAT is in it."""
    made = money(value)
    if made and stated(vat) == "gross":
        made["amountGross"] = made.pop("amount")
    return made


def value_of(value: Maybe[s.Value] | None) -> Object:
    """Return a value without and with VAT."""
    known = stated(value)
    net, gross = (None, None) if known is None else (stated(known.net), stated(known.gross))
    first = net or gross
    if first is None:
        return {}
    return some(
        amount=None if net is None else net.value,
        amountGross=None if gross is None else gross.value,
        currency=first.currency,
    )


def total(annual: Maybe[Money] | None, months: int | None) -> Object:
    """Return what a lot is worth in its whole term. OCDS has no value for a year, and one could be taken for it."""
    known = stated(annual)
    if known is None or not months:
        return {}
    return {"amount": (known.value * months / 12).quantize(Decimal("0.01")), "currency": known.currency}


def starts(day: Maybe[dt.date] | None) -> str | None:
    """Return the beginning of a day in Europe/London."""
    known = stated(day)
    return None if known is None else dt.datetime.combine(known, dt.time(), LONDON).isoformat()


def ends(day: Maybe[dt.date] | None) -> str | None:
    """Return the end of a day in Europe/London."""
    known = stated(day)
    return None if known is None else dt.datetime.combine(known, dt.time(23, 59, 59), LONDON).isoformat()


def when(occurred: Maybe[Occurrence] | None) -> str | None:
    """Return an instant, or the beginning of a day; None for what is not exact to the day, which OCDS cannot say."""
    known = stated(occurred)
    if known is None or known.first_day != known.last_day:
        return None
    return known.text if "T" in known.text and "/" not in known.text else starts(known.first_day)


def closes(occurred: Maybe[Occurrence] | None) -> str | None:
    """Return an instant, or the end of the last day."""
    known = stated(occurred)
    if known is None:
        return None
    return known.text if "T" in known.text and "/" not in known.text else ends(known.last_day)


def period(value: Maybe[s.Period] | None) -> Object:
    """Return a period with its first and last day."""
    known = stated(value)
    return {} if known is None else some(startDate=starts(known.first), endDate=ends(known.last))


def document(place: Place, held: Maybe[s.Document] | None, kind: str, published: Maybe[Occurrence]) -> Object:
    """Return a document under the name of its entry."""
    known = stated(held)
    title, address = (None, None) if known is None else (stated(known.title), stated(known.address))
    return some(id=place.name, documentType=kind, title=title, url=address, datePublished=when(published))


def party(name: str, held: Maybe[s.Party] | None, *roles: str) -> Object:
    """Return an organisation in a part that it plays.

    It is known by its part and not by its number: put right, the part is another's, and nobody stays by mistake.
    """
    known = stated(held)
    if known is None:
        return {}
    identifier = some(scheme=stated(known.scheme), id=stated(known.id), legalName=stated(known.name))
    return some(id=name, name=stated(known.name), identifier=identifier, roles=[*roles])


def reference(made: Object) -> Object:
    """Return a reference to a party."""
    return some(id=made.get("id"), name=made.get("name"))


def reason(value: Maybe[s.Reason] | None) -> str | None:
    """Return a reason in words; None where none is given or shown."""
    known = stated(value)
    if known is None or known.state != "given":
        return None
    return stated(known.text) or stated(known.code)


def amendment(
    place: Place, decided: Maybe[Occurrence] | None, why: Maybe[s.Reason] | None, what: Iterable[str | None] = ()
) -> list[Object]:
    """Return the amendment that an entry makes: from which release to which, when, why, and what."""
    description = "; ".join(each for each in what if each)
    return [
        some(
            id=place.name,
            date=when(decided) or instant_text(place.recorded),
            rationale=reason(why),
            description=description or None,
            amendsReleaseID=place.amends,
            releaseID=place.release,
        )
    ]


def contact(role: str | None, channel: str | None) -> Object:
    """Return how to reach a contact: by a role and never by a name, and by what the channel is."""
    mail = None if channel is None else _MAIL.search(channel)
    address = channel if channel is not None and channel.startswith(("https://", "http://")) else None
    phone = channel if channel is not None and re.fullmatch(r"[+()\d ][()\d -]{5,}", channel) else None
    return some(name=role, email=None if mail is None else mail[0], telephone=phone, url=address)
