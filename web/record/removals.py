"""The information officer's page: what of an entry can be removed, what was, and which embargoes end soon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from flask import Response, request, url_for
from flask_babel import gettext

from ledger import vocabulary as v
from ledger.disclosure import PUBLIC, Slot, load_slots, value_of
from ledger.errors import NotFound
from ledger.kinds import UNDISCLOSED_WORDS
from ledger.process import History, Recorded
from ledger.voice import Voice
from ledger.when import LONDON
from ledger.wire import decode
from projections import entries, erasing, lookup, present, streams, withheld
from projections.entries import preview
from projections.hidden import field_words
from projections.organisations import Body
from projections.withheld import Chosen
from web.authority import answers_for
from web.language import voice
from web.people.access import current, open_to, people
from web.people.entering import form_page
from web.people.roles import INFORMATION_OFFICER, Grant
from web.public.paging import paging
from web.record.blueprint import record
from web.record.writing import store
from web.state import record as reading_record

SOON: Final = timedelta(days=30)
ENDING: Final = 50
"""Embargoes shown that end soon."""

REMOVED: Final = 20
"""Removals on a page."""

LATEST: Final = 10
"""Newest entries of each of the officer's organisations, to begin with."""

_KIND: Final = "ledger-entry-redacted"
_SHORT: Final = 200
_MOST_DIGITS: Final = 15


@dataclass(frozen=True, slots=True)
class Removable:
    """A value that can be removed: what it is, what it says where that is public, and the form that removes it."""

    path: str
    what: str
    says: str
    address: str


@dataclass(frozen=True, slots=True)
class Looked:
    """An entry that was asked for, and what of it can be removed."""

    index: int
    headline: str
    values: tuple[Removable, ...]
    is_own: bool
    """Whether the officer's organisation answers for it; nothing of another one's can be removed here."""


@record.get("/removals")
@open_to(INFORMATION_OFFICER)
def removals() -> Response:
    """Show what can be removed from an entry, what was removed and how far that has come, and embargoes ending soon."""
    said, now = voice(), people().clock()
    slugs = tuple(sorted({Body(each.scheme, each.organisation, each.name).slug for each in _own_grants()}))
    typed = request.args.get("entry", "").strip()
    looked, error = _asked(typed, now, said)
    with reading_record() as connection:
        soon = withheld.ending(connection, Chosen(slugs=slugs, until=now + SOON), ENDING)
        removed = Chosen(state="redacted", slugs=slugs)
        part = paging(withheld.count(connection, removed), REMOVED)
        gone = withheld.listed(connection, removed, part.size, part.offset)
        states = erasing.states(connection, [each.decision for each in gone if each.decision is not None])
        latest = entries.several(connection, _newest(connection, slugs))
        titles = streams.titles(connection, list(dict.fromkeys(each.stream for each in (*soon, *gone))), said)
    return form_page(
        "record/removals.html",
        422 if error else 200,
        typed=typed,
        error=error,
        looked=looked,
        soon=soon,
        days=SOON.days,
        gone=gone,
        paging=part,
        states=states,
        state_words=erasing.STATES.labels,
        latest=[present.listed(latest[index], said) for index in sorted(latest, reverse=True)],
        titles=titles,
        said=said,
    )


def _own_grants() -> list[Grant]:
    return [each for each in current().account.grants if each.role == INFORMATION_OFFICER]


def _newest(connection: Any, slugs: Sequence[str]) -> list[int]:
    return [index for slug in slugs for index in lookup.find(connection, lookup.Asked(organisation=slug), LATEST)]


def _asked(typed: str, now: datetime, said: Voice) -> tuple[Looked | None, str | None]:
    """Return what can be removed from the entry asked for, or what is wrong with its number."""
    if not typed:
        return None, None
    if not (typed.isascii() and typed.isdecimal()) or len(typed) > _MOST_DIGITS:
        return None, gettext("Give the number of an entry, such as 41. It stands at the top of its page.")
    try:
        state, stored = store().entry(int(typed))
    except NotFound:
        return None, gettext("There is no entry %(number)s. Check the number at the top of its page.", number=typed)
    found = decode(state, stored)
    is_own = answers_for([each.body for each in _own_grants()], found.statement)
    slots = [each for each in load_slots(stored) if is_own and each.disclosure is not None]
    values = tuple(_removable(found, each, now, said) for each in slots)
    headline = present.headline(preview(found, _before(found)), said)
    return Looked(found.index, headline, values, is_own), None


def _before(found: Recorded) -> History:
    """Return what was on record of the entry's stream before it: what it changed is told from that."""
    past = History(found.stream)
    for each in store().history(found.stream).entries():
        if each.index < found.index:
            past.add(each)
    return past


def _removable(found: Recorded, slot: Slot, now: datetime, said: Voice) -> Removable:
    day = now.astimezone(LONDON).date()
    begins = {
        "stream": str(found.stream),
        "data.target_entry": str(found.index),
        "data.fields": slot.path,
        "data.redacted_on.day": str(day.day),
        "data.redacted_on.month": str(day.month),
        "data.redacted_on.year": str(day.year),
        "data.decided_by": gettext("Information officer"),
        "data.digest_kept": "yes",
    }
    address = url_for("record.new", kind=_KIND, **begins)
    return Removable(slot.path, field_words(type(found.action), slot.path, said), _says(slot, said), address)


def _says(slot: Slot, said: Voice) -> str:
    """Say what the public reads there: the beginning of a text, or that it is not shown."""
    if slot.state not in PUBLIC or slot.disclosure is None:
        return said.words(UNDISCLOSED_WORDS[slot.state])
    value = value_of(slot.disclosure)
    return v.shorten(value, _SHORT) if isinstance(value, str) else gettext("all that stands there")
