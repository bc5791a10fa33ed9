"""What a recorder chooses from: the things, entries and organisations that are on record already. Values only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from ledger import vocabulary as v
from ledger.actions.timeline import current_dates
from ledger.codes import MILESTONES
from ledger.kinds import Entity, NotStated, Undisclosed, stated
from ledger.process import History
from ledger.structs import Party
from ledger.vocabulary import say_struct, shorten
from ledger.voice import Voice
from ledger.words import N_
from projections.organisations import parts
from web.people.roles import Grant
from web.record.controls import Choices, Option
from web.record.forms import party_key

MOST_ENTRIES: Final = 300
MOST_THINGS: Final = 300
_MILESTONE: Final = "milestone"


def choices_of(
    history: History, parties: Iterable[Mapping[str, str]], grants: Iterable[Grant], voice: Voice
) -> Choices:
    """Return what there is to choose from in a stream, and one's own organisations.

    `parties` are further organisations as {"scheme", "id", "name"}.
    """
    bodies = [*_own(grants), *_named(history), *parties]
    return Choices(
        things=_things(history, voice),
        entries=tuple(_entries(history, voice)),
        parties=tuple(party_options(bodies, voice)),
        own=tuple(party_options(_own(grants), voice)),
    )


def party_options(parties: Iterable[Mapping[str, str]], voice: Voice) -> Iterator[Option]:
    """Yield each organisation once, by its number and not by its spelling, under the first spelling given."""
    seen: set[tuple[str, str]] = set()
    for party in parties:
        body = (party["scheme"].casefold(), party["id"].casefold())
        if body not in seen:
            seen.add(body)
            words = N_("%(name)s (%(scheme)s %(id)s)")
            yield Option(party_key(party), voice.words(words, **party))


def _own(grants: Iterable[Grant]) -> list[Mapping[str, str]]:
    named = sorted(grants, key=lambda each: (each.name, each.scheme, each.organisation))
    return [{"scheme": each.scheme, "id": each.organisation, "name": each.name} for each in named if each.organisation]


def _named(history: History) -> Iterator[Mapping[str, str]]:
    for entry in history.standing():
        for _, party in parts(entry):
            found = complete(party)
            if found is not None:
                yield found


def complete(party: Party) -> Mapping[str, str] | None:
    """Return an organisation as plain input, where all of it is stated and shown."""
    held = {"scheme": stated(party.scheme), "id": stated(party.id), "name": stated(party.name)}
    found = {name: text for name, text in held.items() if text is not None}
    return found if len(found) == len(held) else None


def _entries(history: History, voice: Voice) -> Iterator[Option]:
    own = [each for each in history.entries() if each.stream == history.stream]
    for each in reversed(own[-MOST_ENTRIES:]):
        said = shorten(say_struct(each.action, voice), 90)
        yield Option(str(each.index), voice.words(N_("%(number)s: %(text)s"), number=each.index, text=said))


def _things(history: History, voice: Voice) -> dict[str, tuple[Option, ...]]:
    found: dict[str, dict[str, str]] = {}
    for each in history.standing():
        for entity, name, struct in _opened(each.action):
            found.setdefault(entity, {}).setdefault(name, _said(name, struct, voice))
    found[_MILESTONE] = dict(_milestones(history, voice))
    return {
        entity: tuple(Option(name, text) for name, text in list(named.items())[:MOST_THINGS])
        for entity, named in found.items()
    }


def _said(name: str, struct: v.Struct, voice: Voice) -> str:
    said = shorten(say_struct(struct, voice), 90)
    return voice.words(N_("%(number)s: %(text)s"), number=name, text=said)


def _opened(struct: v.Struct) -> Iterator[tuple[str, str, v.Struct]]:
    """Yield (entity, id, the group that holds it) for each thing that a group brings into being."""
    for each in v.fields_of(type(struct)):
        value = getattr(struct, each.name)
        if value is None or isinstance(value, NotStated | Undisclosed):
            continue
        if isinstance(each.kind, Entity) and each.kind.role != "refers":
            yield each.kind.entity, value, struct
        for item in value if isinstance(value, tuple) else (value,):
            if isinstance(item, v.Struct):
                yield from _opened(item)


def _milestones(history: History, voice: Voice) -> Iterator[tuple[str, str]]:
    for code, day in current_dates(history).items():
        name = voice.words(MILESTONES.labels[code]) if code in MILESTONES.labels else code
        yield code, voice.words(N_("%(name)s (now %(day)s)"), name=name, day=voice.day(day))
