"""The rules: what may be recorded, given what is on record. Pure; nothing here reads a clock or a database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeVar, cast

from ledger.actions.ledger import LedgerEntryWithdrawn
from ledger.clock import Calendar
from ledger.envelope import Correction, Statement
from ledger.errors import Refused
from ledger.kinds import Entity, stated
from ledger.streams import LEDGER, Stream
from ledger.vocabulary import Action, entities_of, fields_of, walk
from ledger.when import LONDON, Occurrence
from ledger.words import N_

A = TypeVar("A", bound=Action)

LATE_AFTER_WORKING_DAYS: Final = 10
"""Later than this after the fact, an act or a report says why (domain 1.1; assumed, not the paper's)."""


@dataclass(frozen=True, slots=True)
class Submission:
    """What a recorder hands in: where it belongs, what is stated, and who states it."""

    stream: Stream
    action: Action
    statement: Statement


@dataclass(frozen=True, slots=True)
class Moment:
    """What only the ledger knows when it accepts an entry.

    The next index, its clock (UTC), the calendar, and which of the streams an entry concerns have no entry yet.
    """

    index: int
    recorded: datetime
    calendar: Calendar
    unknown: frozenset[Stream] = frozenset()


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry: an action with its envelope, for ever. `index` is its number everywhere."""

    index: int
    stream: Stream
    version: int
    recorded: datetime
    action: Action
    statement: Statement

    @property
    def occurred(self) -> Occurrence | None:
        """When it happened, where that is stated and can be seen."""
        return stated(self.action.occurred)

    @property
    def published(self) -> Occurrence | None:
        """The earliest date that a source claims."""
        dates = [each.dated for each in self.statement.sources if each.dated is not None]
        return min(dates, key=lambda each: each.start, default=None)

    @property
    def corrects(self) -> int | None:
        """The entry this one replaces."""
        return None if self.statement.corrects is None else self.statement.corrects.index


class History:
    """What is on record of one stream, folded entry by entry in the order of the log.

    The entries that stand are the newest of each chain of corrections, in the place of the original, without those
    withdrawn. Entries of other streams that concern this one may be added too: rules look only at the own stream,
    measures at the whole (domain 1.1).
    """

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.version = 0
        self._entries: dict[int, Recorded] = {}
        self._root: dict[int, int] = {}
        self._chains: dict[int, list[int]] = {}
        self._withdrawn: dict[int, int] = {}
        self._standing: dict[int, Recorded] = {}
        self._by_kind: dict[type[Action], dict[int, Recorded]] = {}
        self._opened: dict[tuple[str, str], int] = {}

    def add(self, entry: Recorded) -> None:
        """Fold the next entry in. Entries come in the order of their index."""
        self._entries[entry.index] = entry
        if entry.stream == self.stream:
            self.version = entry.version
        root = self._root.get(entry.corrects, entry.index) if entry.corrects is not None else entry.index
        self._root[entry.index] = root
        self._chains.setdefault(root, []).append(entry.index)
        self._settle(root)
        if isinstance(entry.action, LedgerEntryWithdrawn):
            self._settle_withdrawals()

    @property
    def size(self) -> int:
        """How many entries were folded in, those that only concern the stream included."""
        return len(self._entries)

    def entries(self) -> Iterator[Recorded]:
        """Yield every entry as recorded, in the order of the log."""
        yield from self._entries.values()

    def standing(self) -> Iterator[Recorded]:
        """Yield the entries that stand, in the order of their originals."""
        yield from (self._standing[root] for root in sorted(self._standing))

    def at(self, index: int) -> Recorded | None:
        """Return the entry of that index, whether or not it stands."""
        return self._entries.get(index)

    def own(self, index: int) -> Recorded | None:
        """Return the entry of that index if it belongs to this very stream."""
        entry = self._entries.get(index)
        return entry if entry is not None and entry.stream == self.stream else None

    def records(self, kind: type[A]) -> Iterator[tuple[Recorded, A]]:
        """Yield the standing entries of a kind with their actions, in order."""
        held = self._by_kind.get(kind, {})
        yield from ((held[root], cast("A", held[root].action)) for root in sorted(held))

    def actions(self, kind: type[A]) -> Iterator[A]:
        """Yield the standing actions of a kind, in order."""
        yield from (action for _, action in self.records(kind))

    def holds(self, index: int, kind: type[Action]) -> bool:
        """Whether that entry is of that kind and stands, itself or as corrected."""
        root = self._root.get(index)
        return root is not None and root in self._by_kind.get(kind, {})

    def opened(self, entity: str, name: str) -> Recorded | None:
        """Return the standing entry that brought a thing into being."""
        root = self._opened.get((entity, name))
        return None if root is None else self._standing.get(root)

    def count_opened(self, entity: str) -> int:
        """Return how many things of that sort are on record."""
        return sum(1 for kind, _ in self._opened if kind == entity)

    def newest(self, index: int) -> int:
        """Return the newest entry of the chain of corrections that `index` belongs to."""
        return self._live(self._root[index])[-1]

    def chain(self, index: int) -> tuple[int, ...]:
        """Return the original and its corrections, oldest first."""
        return tuple(self._chains[self._root[index]])

    def is_withdrawn(self, index: int) -> bool:
        """Whether that entry was withdrawn and not brought back."""
        return index in self._withdrawn

    def withdrawn_by(self, index: int) -> int | None:
        """Return the entry that withdrew `index`."""
        return self._withdrawn.get(index)

    def _live(self, root: int) -> list[int]:
        return [index for index in self._chains[root] if index not in self._withdrawn] or [root]

    def _settle(self, root: int) -> None:
        """Let the newest entry of a chain stand in the place of the original."""
        before = self._standing.pop(root, None)
        if before is not None:
            self._by_kind[type(before.action)].pop(root, None)
            for key in _opened_by(before.action):
                if self._opened.get(key) == root:
                    del self._opened[key]
        newest = self._live(root)[-1]
        if newest in self._withdrawn:
            return
        entry = self._entries[newest]
        self._standing[root] = entry
        self._by_kind.setdefault(type(entry.action), {})[root] = entry
        for key in _opened_by(entry.action):
            self._opened.setdefault(key, root)

    def _settle_withdrawals(self) -> None:
        """Work out anew which entries are withdrawn; a withdrawal itself withdrawn or replaced has no effect."""
        changed = dict(self._withdrawn)
        withdrawals = [e for e in self._entries.values() if isinstance(e.action, LedgerEntryWithdrawn)]
        self._withdrawn = {}
        for entry in reversed(withdrawals):
            superseded = self._chains[self._root[entry.index]][-1] != entry.index
            if entry.index not in self._withdrawn and not superseded:
                self._withdrawn[cast("LedgerEntryWithdrawn", entry.action).target] = entry.index
        for index in changed.keys() ^ self._withdrawn.keys():
            if index in self._root:
                self._settle(self._root[index])


def _opened_by(action: Action) -> Iterator[tuple[str, str]]:
    if not entities_of(type(action)):
        return
    for _, kind, value in walk(action):
        if isinstance(kind, Entity) and kind.role != "refers":
            yield kind.entity, cast("str", value)


def decide(history: History, submission: Submission, moment: Moment) -> Recorded:
    """Return the entry to record, or raise `Refused` in words that say what to do.

    An act is refused where a rule is broken. Under the other standings it is recorded, and `contradictions` shows what
    does not fit: back-filling arrives in any order. Rules about the log itself (what may be corrected, withdrawn or
    pointed at) hold under every standing.
    """
    action = _with_ids(submission.action, history)
    entry = Recorded(
        index=moment.index,
        stream=submission.stream,
        version=history.version + 1,
        recorded=moment.recorded,
        action=action,
        statement=submission.statement,
    )
    for refusal in _rules_of_the_log(history, entry, moment):
        raise refusal
    if submission.statement.standing == "act":
        for refusal in _rules_of_the_domain(history, entry):
            raise refusal
    return entry


def contradictions(history: History) -> dict[int, tuple[Refused, ...]]:
    """Return, for each standing entry that does not fit the rest of the record, why.

    Each entry is judged against all the others, in whatever order they arrived.
    """
    found: dict[int, tuple[Refused, ...]] = {}
    for entry in history.standing():
        if entry.stream != history.stream:
            continue
        refusals = tuple(_rules_of_the_domain(_without(history, entry), entry))
        if refusals:
            found[entry.index] = refusals
    return found


def _without(history: History, left_out: Recorded) -> History:
    """Return the history as if a standing entry, with what it corrects, were not there.

    Later entries stay, but for those of its own kind: two answers to one question contradict at the second, not twice.
    """
    others = History(history.stream)
    place = history.chain(left_out.index)[0]
    for entry in history.standing():
        later_twin = history.chain(entry.index)[0] > place and type(entry.action) is type(left_out.action)
        if entry.index != left_out.index and not later_twin:
            others.add(replace(entry, statement=replace(entry.statement, corrects=None)))
    return others


# --- rules of the log: they hold under every standing -----------------------------------------------------------------


def _rules_of_the_log(history: History, entry: Recorded, moment: Moment) -> Iterator[Refused]:
    about, statement = entry.action.declaration, entry.statement
    if entry.stream.kind not in about.streams:
        yield Refused(
            N_("“%(kind)s” does not belong in the record of a %(stream)s. It belongs to: %(streams)s."),
            kind=about.title,
            stream=entry.stream.kind,
            streams=", ".join(about.streams),
        )
    if entry.stream.kind == "ledger" and entry.stream != LEDGER:
        yield Refused(N_("There is one ledger. Write the stream as %(stream)s."), stream=str(LEDGER))
    yield from _rules_of_references(entry)
    if statement.corrects is not None:
        yield from _rules_of_corrections(history, entry, statement.corrects)
    for stream in sorted(moment.unknown):
        yield Refused(
            N_("There is no record of %(stream)s, which this entry concerns. Open it first, or leave it out."),
            stream=str(stream),
        )
    if entry.stream in statement.concerned_streams():
        yield Refused(N_("An entry always concerns its own process. Leave %(stream)s out."), stream=str(entry.stream))
    if isinstance(entry.action, LedgerEntryWithdrawn):
        yield from _checked(entry.action, history)
    yield from _rules_of_time(entry, moment)


def _rules_of_references(entry: Recorded) -> Iterator[Refused]:
    for path, kind, value in walk(entry.action):
        if kind.name == "entry" and cast("int", value) >= entry.index:
            yield Refused(
                N_("%(field)s: entry %(number)s is not on record yet. Give the number of an earlier entry."),
                field=path,
                number=value,
            )


def _rules_of_corrections(history: History, entry: Recorded, correction: Correction) -> Iterator[Refused]:
    corrected = history.own(correction.index)
    if corrected is None:
        yield Refused(
            N_("Entry %(number)s is not an entry of %(stream)s, so it cannot be corrected here."),
            number=correction.index,
            stream=str(history.stream),
        )
        return
    if type(corrected.action) is not type(entry.action):
        yield Refused(
            N_("Entry %(number)s is “%(kind)s”. A correction is the same kind of entry again."),
            number=correction.index,
            kind=corrected.action.declaration.title,
        )
    if history.is_withdrawn(correction.index):
        yield Refused(
            N_("Entry %(number)s is withdrawn. Record the right entry as a new one."), number=correction.index
        )
    elif history.newest(correction.index) != correction.index:
        yield Refused(
            N_("Entry %(number)s was corrected already, by entry %(newest)s. Correct that one."),
            number=correction.index,
            newest=history.newest(correction.index),
        )


def _rules_of_time(entry: Recorded, moment: Moment) -> Iterator[Refused]:
    standing, occurred = entry.statement.standing, entry.occurred
    if occurred is None or standing not in {"act", "report"}:
        return
    if occurred.start > moment.recorded:
        yield Refused(
            N_("It has not happened yet: it is dated %(date)s. Record it when it has happened."),
            date=occurred.text,
        )
        return
    due = moment.calendar.add_working_days(occurred.last_day, LATE_AFTER_WORKING_DAYS)
    if moment.recorded.astimezone(LONDON).date() > due and entry.statement.late_reason is None:
        yield Refused(
            N_("This is recorded more than %(days)s working days after it happened. Say why it is late."),
            days=LATE_AFTER_WORKING_DAYS,
        )


# --- rules of the domain: they refuse an act, and show beside any other entry -----------------------------------------


def _rules_of_the_domain(history: History, entry: Recorded) -> Iterator[Refused]:
    about = entry.action.declaration
    opening = not about.after
    correcting = entry.statement.corrects is not None
    if correcting:
        # A correction stands in the original's place: exempt from order and from "no second one" (domain 1.1).
        history = _without_chain(history, cast("Correction", entry.statement.corrects).index)
    elif about.after and not any(True for kind in about.after for _ in history.records(kind)):
        yield Refused(
            N_("“%(kind)s” needs an earlier entry: %(after)s. Record that first."),
            kind=about.title,
            after=", ".join(kind.declaration.title for kind in about.after),
        )
    elif opening and about.name not in _OPENERS and history.version == 0 and entry.stream.kind != "ledger":
        yield Refused(N_("There is no record of %(stream)s yet. Open it first."), stream=str(entry.stream))
    if about.once and not correcting and any(True for _ in history.records(type(entry.action))):
        yield Refused(
            N_("“%(kind)s” is on record already, and there can be only one. To put it right, correct that entry."),
            kind=about.title,
        )
    yield from _rules_of_entities(history, entry)
    yield from _checked(entry.action, history)


_OPENERS: Final = frozenset({"commissioning-process-registered.v1", "advisory-group-convened.v1"})


def _without_chain(history: History, index: int) -> History:
    others = History(history.stream)
    chain = set(history.chain(index)) if history.own(index) is not None else set()
    for entry in history.standing():
        if entry.index not in chain:
            others.add(replace(entry, statement=replace(entry.statement, corrects=None)))
    return others


def _rules_of_entities(history: History, entry: Recorded) -> Iterator[Refused]:
    """Yield where an id that must exist does not, or one that must be new is not."""
    mine = set(_opened_by(entry.action))
    seen: set[tuple[str, str]] = set()
    for path, kind, value in walk(entry.action):
        if not isinstance(kind, Entity):
            continue
        key = (kind.entity, cast("str", value))
        known = history.opened(*key) is not None
        if kind.role == "refers" and not known and key not in mine:
            yield Refused(
                N_("%(field)s: no %(entity)s “%(id)s” is on record. Record it first, or choose one that is."),
                field=path,
                entity=kind.entity,
                id=value,
            )
        if kind.role == "opens" and (known or key in seen):
            yield Refused(
                N_("%(field)s: %(entity)s “%(id)s” is on record already. Choose another id."),
                field=path,
                entity=kind.entity,
                id=value,
            )
        if kind.role == "opens":
            seen.add(key)


def _checked(action: Action, history: History) -> Iterator[Refused]:
    try:
        action.check(history)
    except Refused as refusal:
        yield refusal


def _with_ids(action: Action, history: History) -> Action:
    """Give an id to what the action brings into being where the recorder gave none: question-1, then question-2."""
    given: dict[str, str] = {}
    for field in fields_of(type(action)):
        kind = field.kind
        if isinstance(kind, Entity) and kind.role != "refers" and getattr(action, field.name) is None:
            number = history.count_opened(kind.entity) + 1
            while history.opened(kind.entity, f"{kind.entity}-{number}") is not None:
                number += 1
            given[field.name] = f"{kind.entity}-{number}"
    return replace(action, **given) if given else action
