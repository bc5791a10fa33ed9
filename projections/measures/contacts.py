"""From when to when each contact was available, as far as the record says; and the days on which there was none.

A day that the record leaves open is neither a day with a contact nor one without: each spell has the days on which it
certainly ran and the days on which it may have run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from ledger.actions.procurement import ContactPointChanged, ContactPointNamed
from ledger.kinds import Maybe, NotStated, stated
from ledger.process import History, Recorded
from ledger.when import in_order

_DAY: Final = timedelta(days=1)
_EVER: Final = date.min
_NEVER: Final = date.max
Days = tuple[date, date]
"""The first and the last of a run of days, both included."""


@dataclass(frozen=True, slots=True)
class Spell:
    """One contact over some days, with details that stayed the same.

    `certain` is None where it is not known of any day that the contact was available then. `name_published` is None
    where it is not stated. `is_replaced` tells whether the contact is on record as replaced or withdrawn at any time.
    """

    contact: str
    certain: Days | None
    possible: Days
    name_published: bool | None
    is_replaced: bool
    evidence: tuple[int, ...]


def spells(history: History, function: str) -> tuple[Spell, ...]:
    """Return the spells of every contact of a function, in the order of the log."""
    return history.fact(("spells", function), lambda: _spells_of(history, function))


def _spells_of(history: History, function: str) -> tuple[Spell, ...]:
    changes: dict[tuple[object, str], list[tuple[Recorded, ContactPointChanged]]] = {}
    for entry, change in in_order(list(history.records(ContactPointChanged)), lambda each: each[0].occurred):
        contact = stated(change.contact_id)
        if contact is not None:
            changes.setdefault((entry.stream, contact), []).append((entry, change))
    return tuple(
        spell
        for entry, named in history.records(ContactPointNamed)
        if named.function == function
        for spell in _spells(entry, named, changes.get((entry.stream, stated(named.contact_id) or ""), ()))
    )


@dataclass(frozen=True, slots=True)
class _Draft:
    """A spell while its changes are gone through: the bounds of its first and of its last day."""

    first: Days
    last: Days
    name_published: bool | None
    evidence: tuple[int, ...]

    def until(self, change: Days) -> _Draft:
        """End it the day before a change that happened between two days."""
        return replace(self, last=(min(self.last[0], _before(change[0])), min(self.last[1], _before(change[1]))))


def _spells(
    entry: Recorded, named: ContactPointNamed, changes: Sequence[tuple[Recorded, ContactPointChanged]]
) -> Iterator[Spell]:
    since = (_EVER, _NEVER if entry.occurred is None else entry.occurred.last_day)
    draft = _Draft(
        _bounds(named.available_from, since),
        _end(named.available_to),
        stated(named.name_published),
        (entry.index,),
    )
    drafts = [draft]
    for changed, change in changes:
        drafts = [*drafts[:-1], *_changed(drafts[-1], changed, change)]
    is_replaced = any(change.change in {"replaced", "withdrawn"} for _, change in changes)
    for each in drafts:
        possible = (each.first[0], each.last[1])
        certain = (each.first[1], each.last[0])
        if possible[0] <= possible[1]:
            yield Spell(
                contact=str(stated(named.contact_id) or entry.index),
                certain=certain if certain[0] <= certain[1] else None,
                possible=possible,
                name_published=each.name_published,
                is_replaced=is_replaced,
                evidence=each.evidence,
            )


def _changed(draft: _Draft, entry: Recorded, change: ContactPointChanged) -> Iterator[_Draft]:
    """Yield the spell up to a change and, unless the contact is withdrawn, the one from it on."""
    occurred, after = entry.occurred, stated(change.after)
    day = (draft.first[0], _NEVER) if occurred is None else (occurred.first_day, occurred.last_day)
    draft = replace(draft, evidence=(*draft.evidence, entry.index))
    if change.change == "withdrawn" or after is None:
        yield draft.until(day) if change.change == "withdrawn" else draft
        return
    published = after.name_published
    public = draft.name_published if published is None else stated(published)
    if change.change == "replaced":
        yield draft.until(day)
        yield _Draft(_bounds(after.available_from, day), _end(after.available_to), public, draft.evidence)
        return
    # Details put right were wrong from the start; but a name became public only when it was published.
    first = draft.first if after.available_from is None else _bounds(after.available_from, draft.first)
    last = draft.last if after.available_to is None else _end(after.available_to)
    right = replace(draft, first=first, last=last)
    if public == draft.name_published:
        yield right
        return
    yield right.until(day)
    yield replace(right, first=(max(first[0], day[0]), max(first[1], day[1])), name_published=public)


def _before(day: date) -> date:
    return day if day in {_EVER, _NEVER} else day - _DAY


def _bounds(day: Maybe[date] | None, otherwise: Days) -> Days:
    known = stated(day)
    return otherwise if known is None else (known, known)


def _end(day: Maybe[date] | None) -> Days:
    """Return the bounds of the last day: left out, it has none; not stated, it may have been any."""
    if day is None:
        return _NEVER, _NEVER
    return (_EVER, _NEVER) if isinstance(day, NotStated) else _bounds(day, (_EVER, _NEVER))


def uncovered(window: Days, runs: Iterable[Days]) -> list[Days]:
    """Return the runs of days in a window that none of the given runs covers."""
    free, day = [], window[0]
    for first, last in sorted(runs):
        if first > window[1]:
            break
        if first > day:
            free.append((day, first - _DAY))
        if last >= day:
            if last >= window[1]:
                return free
            day = last + _DAY
    return [*free, (day, window[1])] if day <= window[1] else free


def overlap(one: Days, other: Days) -> Days | None:
    """Return the days that two runs share."""
    first, last = max(one[0], other[0]), min(one[1], other[1])
    return (first, last) if first <= last else None


def length(runs: Iterable[Days]) -> int:
    """Return how many days there are in several runs that do not overlap."""
    return sum((last - first).days + 1 for first, last in runs)


def next_bound(found: Iterable[Spell], after: date) -> date | None:
    """Return the next day after `after` from which some spell no longer, or no longer certainly, runs."""
    lasts = [last for each in found for last in (each.possible[1], (each.certain or each.possible)[1])]
    return min((last + _DAY for last in lasts if after <= last < _NEVER), default=None)
