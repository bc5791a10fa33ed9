"""The rules: what may be recorded, given what is on record. Pure; nothing here reads a clock or a database."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Any, Final, NamedTuple, TypeVar, cast

from ledger.actions.advisory import AdvisoryGroupConvened
from ledger.actions.ledger import LedgerEntryDisclosed, LedgerEntryRedacted, LedgerEntryWithdrawn
from ledger.actions.process import CommissioningProcessRegistered
from ledger.clock import Calendar
from ledger.envelope import Correction, Statement
from ledger.errors import Refused
from ledger.kinds import Entity, stated
from ledger.streams import LEDGER, Stream
from ledger.vocabulary import Action, pointers, with_values
from ledger.when import LONDON, Occurrence
from ledger.words import N_, Term, Terms

A = TypeVar("A", bound=Action)
T = TypeVar("T")

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
        when = getattr(self.action, self.action.occurs)
        return when if isinstance(when, Occurrence) else None

    @property
    def published(self) -> Occurrence | None:
        """The earliest date that a source claims."""
        dates = [each.dated for each in self.statement.sources if each.dated is not None]
        return min(dates, key=lambda each: each.start, default=None)

    @property
    def corrects(self) -> int | None:
        """The entry this one replaces."""
        return None if self.statement.corrects is None else self.statement.corrects.index


class _Fact(NamedTuple):
    """What was worked out from a history, from which kinds of entry, and whether it outlives one of another kind.

    What is `shared` also holds for views.
    """

    value: Any
    asked: frozenset[type[Action]]
    shared: bool
    lasts: bool


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
        self._withdrawals: list[int] = []
        self._withdrawn: dict[int, int] = {}
        self._standing: dict[int, Recorded] = {}
        self._by_kind: dict[type[Action], dict[int, Recorded]] = {}
        self._things: dict[tuple[str, str], dict[int, bool]] = {}
        self._about: dict[tuple[str, str], dict[int, None]] = {}
        self._names: dict[str, set[str]] = {}
        self._facts: dict[Hashable, _Fact] = {}
        self._folded: dict[Hashable, tuple[Any, int]] = {}
        self._watching: list[set[type[Action]]] = []

    def add(self, entry: Recorded) -> None:
        """Fold the next entry in. Entries come in the order of their index."""
        is_asked = bool(self._facts or self._folded)
        if is_asked:
            self._forget_facts(entry)
        self._entries[entry.index] = entry
        if entry.stream == self.stream:
            self.version = entry.version
            for (entity, name), role in _things_of(entry.action):
                if role != "refers":
                    self._names.setdefault(entity, set()).add(name)
        root = self._root.get(entry.corrects, entry.index) if entry.corrects is not None else entry.index
        self._root[entry.index] = root
        self._chains.setdefault(root, []).append(entry.index)
        self._settle(root)
        if isinstance(entry.action, LedgerEntryWithdrawn):
            if root == entry.index:
                self._withdrawals.append(root)
            self._settle_withdrawals()
        if is_asked:
            self._tell_views(entry)

    @property
    def size(self) -> int:
        """How many entries were folded in, those that only concern the stream included."""
        return len(self._entries)

    def fact(self, key: Hashable, make: Callable[[], T], *, shared: bool = True, lasts: bool = True) -> T:
        """Return what `make` works out from this history, worked out once until an entry is added that may change it.

        `key` says all that it depends on besides the history. What is `shared` also holds for views that see all the
        entries it asked for; what holds on to the history itself, as a view does, is not. A view kept so goes on seeing
        what is added. What does not last is forgotten with the next entry: worked out for one instant, it would only
        fill the memory.
        """
        if key not in self._facts:
            with self.watched() as asked:
                made = make()
            self._facts[key] = _Fact(made, frozenset(asked), shared, lasts)
        held = self._facts[key]
        self._ask(*held.asked)
        return cast("T", held.value)

    def _forget_facts(self, added: Recorded) -> None:
        """Forget what an entry may change: what asked for its kind, and all of it where it changes other entries."""
        if added.corrects is not None or isinstance(added.action, LedgerEntryWithdrawn):
            self._facts.clear()
            self._folded.clear()
            return
        kinds = {type(added.action), Action}
        gone = [key for key, held in self._facts.items() if not held.lasts or not kinds.isdisjoint(held.asked)]
        for key in gone:
            del self._facts[key]

    def _tell_views(self, added: Recorded) -> None:
        for held in self._facts.values():
            if isinstance(held.value, _View):
                held.value._see(added)  # noqa: SLF001 - of the same class

    def folded(self, key: Hashable, start: T, fold: Callable[[T, Recorded], T], *kinds: type[Action]) -> T:
        """Return what `fold` makes of `start` and each entry that stands, of these kinds or of all, in their order.

        What is added later is folded into what was held, unless it changes other entries. `key` says what is folded.
        """
        self._ask(*(kinds or (Action,)))
        value: T
        value, last = self._folded.get(key, (start, -1))
        held = [self._by_kind.get(kind, {}) for kind in kinds] if kinds else [self._standing]
        # New ones are at the end; where the order was another, nothing is held, and all are gone through.
        newer = sorted(root for roots in held for root in takewhile(lambda each: each > last, reversed(roots)))
        for root in newer:
            if self._sees(root):
                value = fold(value, self._standing[root])
        self._folded[key] = value, newer[-1] if newer else last
        return value

    @contextmanager
    def watched(self) -> Iterator[set[type[Action]]]:
        """Give the kinds of entry that are asked for inside, by this history or a view of it.

        `Action` among them means all. What never asked for a kind comes out the same once one more entry of that kind
        is on record, unless the entry corrects or withdraws another.
        """
        asked: set[type[Action]] = set()
        self._watching.append(asked)
        try:
            yield asked
        finally:
            self._watching.pop()
            self._ask(*asked)

    def _roots(self, kind: type[Action]) -> Collection[int]:
        """Return the originals of the standing entries of a kind."""
        return self._by_kind.get(kind, {})

    def _ask(self, *kinds: type[Action]) -> None:
        if self._watching:
            self._watching[-1].update(kinds)

    @property
    def last_index(self) -> int | None:
        """The index of the newest entry that was folded in."""
        return next(reversed(self._entries), None)

    def entries(self) -> Iterator[Recorded]:
        """Yield every entry as recorded, in the order of the log."""
        self._ask(Action)
        yield from self._entries.values()

    def standing(self, *kinds: type[Action]) -> Iterator[Recorded]:
        """Yield the entries that stand, of these kinds or of all, in the order of their originals."""
        self._ask(*(kinds or (Action,)))
        held = self._standing
        if kinds:
            held = {root: entry for kind in kinds for root, entry in self._by_kind.get(kind, {}).items()}
        yield from (held[root] for root in sorted(held) if self._sees(root))

    def at(self, index: int) -> Recorded | None:
        """Return the entry of that index, whether or not it stands."""
        return self._entries.get(index)

    def own(self, index: int) -> Recorded | None:
        """Return the entry of that index if it belongs to this very stream."""
        entry = self._entries.get(index)
        return entry if entry is not None and entry.stream == self.stream else None

    def records(self, kind: type[A]) -> Iterator[tuple[Recorded, A]]:
        """Yield the standing entries of a kind with their actions, in order."""
        self._ask(kind)
        held = self._by_kind.get(kind, {})
        yield from ((held[root], cast("A", held[root].action)) for root in sorted(held) if self._sees(root))

    def has(self, kind: type[Action]) -> bool:
        """Whether an entry of that kind stands."""
        self._ask(kind)
        return any(self._sees(root) for root in self._by_kind.get(kind, ()))

    def actions(self, kind: type[A]) -> Iterator[A]:
        """Yield the standing actions of a kind, in order."""
        yield from (action for _, action in self.records(kind))

    def holds(self, index: int, kind: type[Action]) -> bool:
        """Whether that entry is of that kind and stands, itself or as corrected."""
        self._ask(kind)
        root = self._root.get(index)
        return root is not None and root in self._by_kind.get(kind, {}) and self._sees(root)

    def opened(self, entity: str, name: str) -> Recorded | None:
        """Return the standing entry of this stream that brought a thing into being, else the first that names it."""
        self._ask(Action)
        held = self._things.get((entity, name), {})
        roots = [(not opens, root) for root, opens in held.items() if self._sees(root)]
        return self._standing[min(roots)[1]] if roots else None

    def opens(self, entity: str, name: str) -> bool:
        """Whether a standing entry of this stream brings that thing into being, rather than only naming it."""
        self._ask(Action)
        return any(opens and self._sees(root) for root, opens in self._things.get((entity, name), {}).items())

    def about(self, kind: type[A], entity: str, name: str) -> Iterator[A]:
        """Yield the standing actions of a kind that refer to a thing of this stream, in order."""
        self._ask(kind)
        for root in sorted(self._about.get((entity, name), ())):
            action = self._standing[root].action
            if isinstance(action, kind) and self._sees(root):
                yield action

    def new_id(self, entity: str) -> str:
        """Return an id that no entry of this stream ever used, also none that was withdrawn since."""
        used = self._names.get(entity, set())
        number = len(used) + 1
        while f"{entity}-{number}" in used:
            number += 1
        return f"{entity}-{number}"

    def newest(self, index: int) -> int:
        """Return the entry that stands for the chain of corrections of `index`; where none does, the original."""
        root = self._root[index]
        newest = self._newest(root)
        return root if newest is None else newest

    def chain(self, index: int) -> tuple[int, ...]:
        """Return the original and its corrections, oldest first."""
        return tuple(self._chains[self._root[index]])

    def is_withdrawn(self, index: int) -> bool:
        """Whether that entry, or the original it corrects, was withdrawn and not brought back."""
        self._ask(LedgerEntryWithdrawn)
        by = self._withdrawn.get(index, self._withdrawn.get(self._root.get(index, index)))
        return by is not None and self._sees(self._root[by])

    def withdrawn_by(self, index: int) -> int | None:
        """Return the entry that withdrew `index` itself."""
        return self._withdrawn.get(index)

    def without(self, left_out: Callable[[int, Recorded], bool]) -> History:
        """Return this history as if some standing entries were not there; for looking at, not for adding to.

        `left_out` is asked with the index of the original and the entry that stands in its place.
        """
        return _View(self, self._sees, left_out)

    def _sees(self, root: int) -> bool:  # noqa: ARG002 - a view sees less
        return True

    def _newest(self, root: int) -> int | None:
        """Return the newest entry of a chain that is not withdrawn. With the original, its corrections go too."""
        if root in self._withdrawn:
            return None
        return next(index for index in reversed(self._chains[root]) if index not in self._withdrawn)

    def _settle(self, root: int) -> None:
        """Let the newest entry of a chain stand in the place of the original."""
        before = self._standing.pop(root, None)
        if before is not None:
            del self._by_kind[type(before.action)][root]
            for key, _ in self._own_things(before):
                self._things.get(key, {}).pop(root, None)
                self._about.get(key, {}).pop(root, None)
        newest = self._newest(root)
        if newest is None:
            return
        entry = self._entries[newest]
        self._standing[root] = entry
        self._by_kind.setdefault(type(entry.action), {})[root] = entry
        for key, role in self._own_things(entry):
            if role == "refers":
                self._about.setdefault(key, {})[root] = None
                continue
            roots = self._things.setdefault(key, {})
            roots[root] = role == "opens" or roots.get(root, False)

    def _own_things(self, entry: Recorded) -> Iterator[tuple[tuple[str, str], str]]:
        """Yield what an entry of this stream is about. Other streams have lots and questions of their own."""
        if entry.stream == self.stream:
            yield from _things_of(entry.action)

    def _settle_withdrawals(self) -> None:
        """Work out anew which entries are withdrawn; a withdrawal itself withdrawn has no effect.

        The last chain comes first: a withdrawal, corrected or not, points to before its original, so what is said
        about a chain of withdrawals is all said by chains that began after it.
        """
        before, self._withdrawn = self._withdrawn, {}
        for root in reversed(self._withdrawals):
            newest = self._newest(root)
            if newest is not None:
                self._withdrawn[cast("LedgerEntryWithdrawn", self._entries[newest].action).target] = newest
        for index in before.keys() ^ self._withdrawn.keys():
            if index in self._root:
                self._settle(self._root[index])


class _View(History):
    """A history that shares what another holds, and sees less of it."""

    def __init__(self, whole: History, sees: Callable[[int], bool], left_out: Callable[[int, Recorded], bool]) -> None:
        vars(self).update(vars(whole))
        self._facts = {}
        self._folded = {}
        self._seen: dict[type[Action], tuple[int, ...]] = {}
        self._whole = whole
        self._whole_sees = sees
        self._left_out = left_out

    def _see(self, added: Recorded) -> None:
        """Take note of an entry of the whole, which no other entry is changed by."""
        self.version = self._whole.version
        self._seen.pop(type(added.action), None)
        self._forget_facts(added)
        self._tell_views(added)

    def _sees(self, root: int) -> bool:
        entry = self._standing.get(root)
        return entry is not None and self._whole_sees(root) and not self._left_out(root, entry)

    def fact(self, key: Hashable, make: Callable[[], T], *, shared: bool = True, lasts: bool = True) -> T:
        of_whole = self._whole._facts.get(key) if shared else None  # noqa: SLF001 - of the same class
        if of_whole is not None and key not in self._facts and self._sees_all(of_whole.asked):
            self._facts[key] = of_whole
        return super().fact(key, make, shared=shared, lasts=lasts)

    def _sees_all(self, kinds: frozenset[type[Action]]) -> bool:
        """Whether it sees every entry of these kinds that the whole sees."""
        seen, whole = self._roots, self._whole._roots  # noqa: SLF001 - of the same class
        return Action not in kinds and all(len(seen(kind)) == len(whole(kind)) for kind in kinds)

    def _roots(self, kind: type[Action]) -> Collection[int]:
        if kind not in self._seen:
            self._seen[kind] = tuple(root for root in sorted(self._by_kind.get(kind, ())) if self._sees(root))
        return self._seen[kind]

    def records(self, kind: type[A]) -> Iterator[tuple[Recorded, A]]:
        self._ask(kind)
        held = self._by_kind.get(kind, {})
        yield from ((held[root], cast("A", held[root].action)) for root in self._roots(kind))


def _things_of(action: Action) -> Iterator[tuple[tuple[str, str], str]]:
    """Yield ((entity, name), role) for the things that an action opens, names or refers to."""
    for _, kind, value in pointers(action):
        if isinstance(kind, Entity):
            yield (kind.entity, cast("str", value)), kind.role


def decide(history: History, submission: Submission, moment: Moment) -> Recorded:
    """Return the entry to record, or raise `Refused` in words that say what to do.

    An act is refused where a rule is broken. Under the other standings it is recorded, and `contradictions` shows what
    does not fit: back-filling arrives in any order. Rules about the log itself (what may be corrected, withdrawn or
    pointed at) hold under every standing.
    """
    correction = submission.statement.corrects
    corrected = None if correction is None else history.own(correction.index)
    entry = Recorded(
        index=moment.index,
        stream=submission.stream,
        version=history.version + 1,
        recorded=moment.recorded,
        action=_with_ids(submission.action, history, corrected),
        statement=submission.statement,
    )
    replaced = None if corrected is None else history.chain(corrected.index)[0]
    others = history.without(lambda root, other: root == replaced or other.stream != history.stream)
    for refusal in _rules_of_the_log(others, entry, moment):
        raise refusal
    if submission.statement.standing == "act":
        for refusal in _rules_of_the_domain(others, entry, correcting=correction is not None):
            raise refusal
    return entry


def contradictions(history: History) -> dict[int, tuple[Refused, ...]]:
    """Return, for each standing entry of the stream that does not fit the rest of the record, why.

    Each entry is judged against all the others, in whatever order they arrived; a correction as its original.
    """
    found: dict[int, tuple[Refused, ...]] = {}
    for entry in history.standing():
        if entry.stream != history.stream:
            continue
        refusals = tuple(_rules_of_the_domain(_others(history, entry), entry, correcting=False))
        if refusals:
            found[entry.index] = refusals
    return found


def _others(history: History, entry: Recorded) -> History:
    """Return the own stream's history as if a standing entry were not there, nor later ones of its own kind.

    Two answers to one question contradict at the second, not twice.
    """
    own = history.chain(entry.index)[0]

    def is_left_out(root: int, other: Recorded) -> bool:
        if root == own or other.stream != history.stream:
            return True
        return type(other.action) is type(entry.action) and _is_later(other, entry, by_record=root > own)

    return history.without(is_left_out)


def _is_later(other: Recorded, entry: Recorded, *, by_record: bool) -> bool:
    """Whether `other` counts as later than `entry`: as it happened where that is certain, else as it was recorded.

    An act was judged when it was recorded: what others enter later is the second of two, whenever it happened.
    """
    acts = "act" in {entry.statement.standing, other.statement.standing}
    if acts or entry.occurred is None or other.occurred is None:
        return by_record
    happened = entry.occurred.before(other.occurred)
    return by_record if happened is None else happened


# --- rules of the log: they hold under every standing -----------------------------------------------------------------


def _rules_of_the_log(history: History, entry: Recorded, moment: Moment) -> Iterator[Refused]:
    about, statement = entry.action.declaration, entry.statement
    if entry.stream.kind not in about.streams:
        yield Refused(
            N_("“%(kind)s” does not belong in the record of a %(stream)s. Record it in that of: %(streams)s."),
            kind=Term(about.title),
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
    if statement.concerns and entry.stream in statement.concerned_streams():
        yield Refused(N_("An entry always concerns its own process. Leave %(stream)s out."), stream=str(entry.stream))
    if isinstance(entry.action, _ABOUT_ENTRIES):
        if statement.visibility.state != "public":
            yield Refused(N_("“%(kind)s” must be seen by everyone. Make this entry public."), kind=Term(about.title))
        yield from _checked(entry.action, history)
    yield from _rules_of_time(entry, moment)


_ABOUT_ENTRIES: Final = (LedgerEntryWithdrawn, LedgerEntryRedacted, LedgerEntryDisclosed)
"""What changes how other entries are shown holds for every reader, so none of it may itself be hidden."""


def _rules_of_references(entry: Recorded) -> Iterator[Refused]:
    for path, kind, value in pointers(entry.action):
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
            N_("Entry %(number)s is not an entry of %(stream)s. Correct it where it stands."),
            number=correction.index,
            stream=str(history.stream),
        )
        return
    if type(corrected.action) is not type(entry.action):
        yield Refused(
            N_("Entry %(number)s is “%(kind)s”. Correct it by the same kind of entry."),
            number=correction.index,
            kind=Term(corrected.action.declaration.title),
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
    if isinstance(entry.action, LedgerEntryWithdrawn) and entry.action.target >= history.chain(correction.index)[0]:
        yield Refused(
            N_("Entry %(number)s came after the withdrawal that this corrects. Withdraw it by an entry of its own."),
            number=entry.action.target,
        )


def _rules_of_time(entry: Recorded, moment: Moment) -> Iterator[Refused]:
    standing, occurred = entry.statement.standing, entry.occurred
    if occurred is None or standing not in {"act", "report"}:
        return
    if occurred.start > entry.recorded:
        yield _not_yet(entry)
        return
    if entry.statement.late_reason is not None:
        return
    due = moment.calendar.add_working_days(occurred.last_day, LATE_AFTER_WORKING_DAYS)
    if moment.recorded.astimezone(LONDON).date() > due:
        yield Refused(
            N_("This is recorded more than %(days)s working days after it happened. Say why it is late."),
            days=LATE_AFTER_WORKING_DAYS,
        )


# --- rules of the domain: they refuse an act, and show beside any other entry -----------------------------------------


def _rules_of_the_domain(history: History, entry: Recorded, *, correcting: bool) -> Iterator[Refused]:
    about = entry.action.declaration
    # A correction stands in the original's place: exempt from order and from "no second one" (domain 1.1).
    if not correcting:
        yield from _rules_of_order(history, entry)
    if about.once and not correcting and history.has(type(entry.action)):
        yield Refused(
            N_("“%(kind)s” is on record already, and there can be only one. To put it right, correct that entry."),
            kind=Term(about.title),
        )
    if _is_yet_to_come(entry):
        yield _not_yet(entry)
    yield from _rules_of_entities(history, entry)
    yield from _checked(entry.action, history)


_OPENERS: Final[Mapping[str, type[Action]]] = {
    "process": CommissioningProcessRegistered,
    "group": AdvisoryGroupConvened,
}


def _rules_of_order(history: History, entry: Recorded) -> Iterator[Refused]:
    about, opener = entry.action.declaration, _OPENERS.get(entry.stream.kind)
    if about.after and not any(history.has(kind) for kind in about.after):
        yield Refused(
            N_("“%(kind)s” needs an earlier entry: %(after)s. Record that first."),
            kind=Term(about.title),
            after=Terms(tuple(kind.declaration.title for kind in about.after)),
        )
    # What is about the record itself must be possible also where the first entry was the wrong one.
    unopened = opener is not None and not isinstance(entry.action, opener) and not any(history.actions(opener))
    if unopened and not about.after and about.stage != "record":
        yield Refused(N_("There is no record of %(stream)s yet. Open it first."), stream=str(entry.stream))


def _is_yet_to_come(entry: Recorded) -> bool:
    occurred = entry.occurred
    return occurred is not None and occurred.start > entry.recorded


def _not_yet(entry: Recorded) -> Refused:
    return Refused(
        N_("It has not happened yet: it is dated %(date)s. Record it when it has happened."),
        date="" if entry.occurred is None else entry.occurred.text,
    )


def _rules_of_entities(history: History, entry: Recorded) -> Iterator[Refused]:
    """Yield where an id that must exist does not, or one that must be new is not."""
    mine = {key for key, role in _things_of(entry.action) if role != "refers"}
    seen: set[tuple[str, str]] = set()
    for path, kind, value in pointers(entry.action):
        if not isinstance(kind, Entity):
            continue
        key = (kind.entity, cast("str", value))
        if kind.role == "refers" and key not in mine and history.opened(*key) is None:
            yield Refused(
                N_("%(field)s: no %(entity)s “%(id)s” is on record. Record it first, or choose one that is."),
                field=path,
                entity=kind.entity,
                id=value,
            )
        if kind.role == "opens" and (key in seen or history.opens(*key)):
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


def _with_ids(action: Action, history: History, corrected: Recorded | None) -> Action:
    """Give an id to what the action brings into being where the recorder gave none: question-1, then question-2.

    A correction that gives none is about the same thing as before.
    """
    given: dict[str, str] = {}
    for field in action.pointing:
        kind = field.kind
        if not isinstance(kind, Entity) or kind.role == "refers" or stated(getattr(action, field.name)) is not None:
            continue
        same = corrected is not None and type(corrected.action) is type(action)
        kept = stated(getattr(corrected.action, field.name)) if corrected is not None and same else None
        given[field.name] = history.new_id(kind.entity) if kept is None else kept
    return with_values(action, given) if given else action
