"""What of an entry is not shown: which values, in the words of their fields, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ledger import vocabulary as v
from ledger.actions.ledger import LedgerEntryRedacted
from ledger.disclosure import PUBLIC, Slot, covered
from ledger.envelope import Statement
from ledger.kinds import Many, State
from ledger.process import Recorded
from ledger.voice import Voice
from ledger.words import N_

_NEVER_SHOWN: Final = "account"
"""Who was signed in is kept back in every entry, and says nothing about one of them."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """A value that is not shown: its path, what it is in words, and the state in which it is."""

    path: str
    what: str
    state: State


def hidden(kind: type[v.Action], slots: Sequence[Slot], voice: Voice) -> tuple[Hidden, ...]:
    """Return the values of an entry of a kind that are not shown, outer values before those inside them."""
    found = [each for each in slots if each.state not in PUBLIC and each.path != _NEVER_SHOWN]
    return tuple(Hidden(each.path, field_words(kind, each.path, voice), each.state) for each in found)


def field_words(kind: type[v.Action], path: str, voice: Voice) -> str:
    """Say what stands at a path of an entry, such as `data.reason.text`, as its fields are called: “Reason: Text”."""
    group, _, inside = path.partition(".")
    labels = list(_labels(kind, inside) if group == "data" else _labels(Statement, path))
    if not labels:
        return voice.words(N_("All that it states"))
    said = voice.words(labels[0])
    for label in labels[1:]:
        said = voice.words(N_("%(what)s: %(label)s"), what=said, label=voice.words(label))
    return said


def _labels(struct: type[v.Struct], path: str) -> Iterator[str]:
    name, _, rest = path.partition(".")
    for each in v.fields_of(struct):
        if each.name == name:
            yield each.label
            kind = each.kind
            if isinstance(kind, Many):
                kind, rest = kind.item, rest.partition(".")[2]
            if rest and isinstance(kind, v.Nested):
                yield from _labels(kind.struct, rest)


def redaction_of(slot: Slot, later: Sequence[Recorded]) -> Recorded | None:
    """Return the first of later entries that redacted a value of this slot's entry."""
    for each in later:
        if isinstance(each.action, LedgerEntryRedacted) and covered([slot], each.action.fields):
            return each
    return None
