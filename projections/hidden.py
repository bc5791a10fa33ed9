"""What of an entry is not shown: which values, in the words of their fields, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from ledger import vocabulary as v
from ledger.actions.ledger import LedgerEntryRedacted
from ledger.disclosure import Slot, covered, covers
from ledger.envelope import Statement
from ledger.kinds import Many, State, Undisclosed, stated
from ledger.process import History, Recorded
from ledger.structs import Party, Reason
from ledger.vocabulary import kind_at
from ledger.voice import Voice
from ledger.words import N_

_NEVER_SHOWN: Final = "account"
"""Who was signed in is kept back in every entry, and says nothing about one of them."""


@dataclass(frozen=True, slots=True)
class KeptBack:
    """A value that is on record and not shown, or a reason that was withheld. Never the value itself.

    `path` is its place in the entry. `data` is all that an entry states which is not public, of which `is_partial` says
    that some was made public since; which fields it has is not told. `ground` is the code of the basis, where one is
    stated. `by` and `role` decided it, at `since` (UTC), by the entry `decision`: this one, or a redaction; a redaction
    that is not public yet has no number. `until` is when an embargo ends by itself.
    """

    entry: Recorded
    path: str
    state: State
    by: Party
    role: str
    ground: str | None
    since: datetime
    decision: int | None
    until: datetime | None = None
    is_partial: bool = False

    waits: bool = False
    """Whether it waits for its release, as the words of a question do."""


def kept_back(history: History) -> Iterator[KeptBack]:
    """Yield what is not shown of a stream's own entries, entry by entry, as the public sees that history."""
    removals: dict[int, list[Removal]] = {}
    for entry in history.entries():
        if entry.stream == history.stream and isinstance(entry.action, LedgerEntryRedacted):
            removals.setdefault(entry.action.target_entry, []).append((entry, entry.action))
    for entry in history.entries():
        if entry.stream == history.stream:
            yield from _of_entry(entry, removals.get(entry.index, ()))


Removal = tuple[Recorded, LedgerEntryRedacted]


def _of_entry(entry: Recorded, removals: Sequence[Removal]) -> Iterator[KeptBack]:
    found = list(_unseen(entry))
    whole = _whole(entry, found)
    if whole:
        shown = any(_is_shown(getattr(entry.action, each.name)) for each in v.fields_of(type(entry.action)))
        yield replace(_decided(entry, "data", entry.statement.visibility.state), is_partial=shown)  # type: ignore[arg-type]  # not public
    for path, value in found:
        if path not in whole:
            yield _because(entry, path, value, removals)
    removed = [path for path, value in found if value.state == "redacted"]
    for removal, action in removals:
        for field in dict.fromkeys(action.fields):
            # What is gone from inside a value that is not shown anyway, and the account, which never is.
            if not any(covers(field, path) for path in removed):
                yield _removed(entry, field, (removal, action))


def _whole(entry: Recorded, found: Sequence[tuple[str, Undisclosed | Reason]]) -> frozenset[str]:
    """Return the paths that an entry which is not public keeps back as one."""
    state = entry.statement.visibility.state
    kept = [path for path, value in found if isinstance(value, Undisclosed) and value.state == state]
    inside = frozenset(path for path in kept if path.startswith("data."))
    return inside if any(not _waits(entry, path) for path in inside) else frozenset()


def _waits(entry: Recorded, path: str) -> bool:
    """Whether the kind of value itself waits for its release, as the words of a question do."""
    group, _, inside = path.partition(".")
    return group == "data" and inside != "" and kind_at(type(entry.action), inside).first_state == "embargoed"


def _is_shown(value: object) -> bool:
    return value is not None and not isinstance(value, Undisclosed)


def _because(entry: Recorded, path: str, value: Undisclosed | Reason, removals: Sequence[Removal]) -> KeptBack:
    if isinstance(value, Reason):
        return _decided(entry, path, "withheld", stated(value.basis))
    if value.state != "redacted":
        return _decided(entry, path, value.state)
    return _removed(entry, path, next((each for each in removals if _names(each[1], path)), None))


def _names(action: LedgerEntryRedacted, path: str) -> bool:
    return any(covers(field, path) for field in action.fields)


def _decided(entry: Recorded, path: str, state: State, ground: str | None = None) -> KeptBack:
    """Return what the entry itself keeps back, by its own author."""
    visibility, by = entry.statement.visibility, entry.statement.by
    waits = state == "embargoed" and _waits(entry, path)
    until = visibility.until if state == "embargoed" and not waits else None
    ground = visibility.basis if ground is None and state == "withheld" else ground
    return KeptBack(
        entry, path, state, by.organisation, by.role, ground, entry.recorded, entry.index, until, waits=waits
    )


def _removed(entry: Recorded, path: str, removal: Removal | None) -> KeptBack:
    if removal is None:
        by = entry.statement.by
        return KeptBack(entry, path, "redacted", by.organisation, by.role, None, entry.recorded, None)
    recorded, action = removal
    by, role = recorded.statement.by, stated(action.decided_by) or recorded.statement.by.role
    ground = stated(action.basis_code)
    return KeptBack(entry, path, "redacted", by.organisation, role, ground, recorded.recorded, recorded.index)


def _unseen(entry: Recorded) -> Iterator[tuple[str, Undisclosed | Reason]]:
    """Yield (path, value) for what is not shown and for reasons withheld, outermost values only."""
    for each in v.fields_of(Statement):
        if each.name != _NEVER_SHOWN:
            yield from _unseen_in(getattr(entry.statement, each.name), each.name)
    yield from _unseen_in(entry.action, "data")


def _unseen_in(value: object, path: str) -> Iterator[tuple[str, Undisclosed | Reason]]:
    if isinstance(value, Undisclosed):
        if value.state != "disclosed":
            yield path, value
    elif isinstance(value, Reason) and value.state == "withheld":
        yield path, value
    elif isinstance(value, v.Struct):
        for each in v.fields_of(type(value)):
            yield from _unseen_in(getattr(value, each.name), f"{path}.{each.name}")
    elif isinstance(value, tuple):
        for place, item in enumerate(value):
            yield from _unseen_in(item, f"{path}.{place}")


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
