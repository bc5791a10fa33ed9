"""What differs between a process as known at one moment and at another, with the entries that made the difference.

Every entry that one side knows and the other does not is behind some difference. The passing of time alone is no
difference in facts; where it turned a finding, that is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Final, Literal

from ledger import vocabulary as v
from ledger.actions.process import CommissioningProcessRegistered
from ledger.clock import Calendar
from ledger.kinds import say
from ledger.process import History, Recorded
from ledger.voice import Voice
from ledger.words import N_
from projections import findings
from projections.account import lasting
from projections.measures.catalogue import RECOMMENDATIONS
from projections.measures.finding import Finding, Result
from projections.telling import SHORT, Cell, Row, Section

Group = Literal["process", "dates", "values", "people", "documents", "exchanges", "findings", "other"]

GROUPS: Final[Mapping[Group, tuple[str, str]]] = {
    "process": (N_("The process itself"), N_("No difference in what the process is, and who is responsible.")),
    "dates": (N_("Dates"), N_("No difference. The dates are the same.")),
    "values": (N_("Lots and values"), N_("No difference. Lots, awards and values are the same.")),
    "people": (N_("People"), N_("No difference. The people to contact are the same.")),
    "documents": (
        N_("Documents"),
        N_("No difference. Specifications, assessments and requirements are the same."),
    ),
    "exchanges": (
        N_("Questions, promises and issues"),
        N_("No difference. Questions, promises and issues are the same."),
    ),
    "findings": (N_("Findings"), N_("No difference. The findings are the same, for the same reasons.")),
    "other": (N_("Other records"), N_("No difference in anything else on record.")),
}
"""Each group in the order of the page, with what it means that nothing differs."""

_GROUP_OF: Final[Mapping[str, Group]] = {
    "dates": "dates",
    "lots": "values",
    "contracts": "values",
    "contacts": "people",
    "specifications": "documents",
    "equality": "documents",
    "requirements": "documents",
    "questions": "exchanges",
    "promises": "exchanges",
    "issues": "exchanges",
}

Texts = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Aspect:
    """One column that differs: its label, and its lines on either side. No line means that nothing is on record."""

    label: str
    before: Texts
    after: Texts


@dataclass(frozen=True, slots=True)
class Difference:
    """One fact or finding that differs. `entries` made the difference, in the order of the log.

    `results` are those of a finding on either side. `note` says what kind of difference it is, where that is not plain.
    """

    group: Group
    what: str
    aspects: tuple[Aspect, ...]
    entries: tuple[int, ...]
    results: tuple[Result, Result] | None = None
    note: str | None = None


@dataclass(frozen=True)
class Side:
    """A history and the instant (UTC, aware) that it is seen at."""

    history: History
    at: datetime

    @cached_property
    def known(self) -> frozenset[int]:
        """The indexes of its entries."""
        return frozenset(each.index for each in self.history.entries())


@dataclass(frozen=True)
class _Pair:
    """Both sides, and what is computed from them once."""

    before: Side
    after: Side
    calendar: Calendar
    voice: Voice
    since: frozenset[int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "since", self.before.known ^ self.after.known)

    def made_by(self, named: Iterable[int]) -> set[int]:
        """Return, of the entries that only one side knows, those named and those that replace or withdraw one named."""
        wanted = set(named)
        for side in (self.before, self.after):
            for index in list(wanted & side.known):
                wanted |= set(side.history.chain(index))
                by = side.history.withdrawn_by(index)
                wanted |= set() if by is None else {by}
        return wanted & self.since


def differences(before: Side, after: Side, calendar: Calendar, voice: Voice) -> tuple[Difference, ...]:
    """Return what differs, in the order of `GROUPS`. Both sides are of one process; `before` may be the later one."""
    pair = _Pair(before, after, calendar, voice)
    found = [*_of_the_process(pair), *_of_tables(pair), *_of_findings(pair)]
    credited = {index for each in found for index in each.entries if each.group != "findings"}
    found += _of_the_rest(pair, credited)
    order = list(GROUPS)
    return tuple(sorted(found, key=lambda each: order.index(each.group)))


# --- facts ------------------------------------------------------------------------------------------------------------


def _of_the_process(pair: _Pair) -> Iterator[Difference]:
    """Yield what the process is called, who is responsible, and each other field of its opening that differs."""
    (old, was), (new, now) = (_opening(side.history) for side in (pair.before, pair.after))
    if old is None or new is None or was is None or now is None:
        return
    for each in v.fields_of(CommissioningProcessRegistered):
        before, after = getattr(was, each.name), getattr(now, each.name)
        if before != after:
            texts = [v.shorten(say(each.kind, value, pair.voice), SHORT) for value in (before, after)]
            label = pair.voice.words(each.label)
            aspect = Aspect(label, (texts[0],), (texts[1],))
            yield Difference("process", label, (aspect,), tuple(sorted(pair.made_by({old.index, new.index}))))


def _opening(history: History) -> tuple[Recorded | None, CommissioningProcessRegistered | None]:
    return next(history.records(CommissioningProcessRegistered), (None, None))


def _of_tables(pair: _Pair) -> Iterator[Difference]:
    tables = zip(
        lasting(pair.before.history, pair.voice),
        lasting(pair.after.history, pair.voice),
        strict=True,
    )
    for was, now in tables:
        old, new = _rows(was, pair.before.history), _rows(now, pair.after.history)
        for key in dict.fromkeys((*new, *old)):
            yield from _of_row(pair, now, old.get(key), new.get(key))


def _rows(section: Section, history: History) -> dict[object, Row]:
    """Return the rows by what they are about: a milestone, a lot, or the entry that first stated it."""
    found: dict[object, Row] = {}
    for row in section.rows:
        first = row[0][0]
        named = section.name in {"dates", "lots"} or first.entry is None
        found[first.text if named or first.entry is None else history.chain(first.entry)[0]] = row
    return found


def _of_row(pair: _Pair, section: Section, old: Row | None, new: Row | None) -> Iterator[Difference]:
    if old == new:
        return
    columns = range(1, len(section.columns))
    aspects = [
        Aspect(section.columns[place], _texts(old, place), _texts(new, place))
        for place in columns
        if _texts(old, place) != _texts(new, place)
    ]
    head = _texts(old, 0), _texts(new, 0)
    if old is not None and new is not None and head[0] != head[1]:
        aspects.insert(0, Aspect(section.columns[0], *head))
    elif head[0][1:] != head[1][1:]:
        aspects.insert(0, Aspect(section.columns[0], head[0][1:], head[1][1:]))
    shown = new if new is not None else old
    if aspects and shown is not None:
        made = pair.made_by(_named(old) ^ _named(new)) or pair.made_by(_named(old) | _named(new))
        what = shown[0][0].text
        yield Difference(_GROUP_OF[section.name], what, tuple(aspects), tuple(sorted(made)))


def _texts(row: Row | None, place: int) -> Texts:
    return () if row is None else tuple(line.text for line in row[place])


def _named(row: Row | None) -> set[int]:
    cells: Iterable[Cell] = row or ()
    return {line.entry for cell in cells for line in cell if line.entry is not None}


def _of_the_rest(pair: _Pair, credited: set[int]) -> Iterator[Difference]:
    """Yield what every other entry states that only one side knows, so that none is left out."""
    for index in sorted(pair.since - credited):
        entry = pair.after.history.at(index) or pair.before.history.at(index)
        if entry is None:  # pragma: no cover - one of the two sides knows it
            continue
        texts = [
            () if index not in side.known else (v.shorten(v.say_struct(entry.action, pair.voice), SHORT),)
            for side in (pair.before, pair.after)
        ]
        title = pair.voice.words(entry.action.declaration.title)
        yield Difference("other", title, (Aspect(pair.voice.words(N_("On record")), *texts),), (index,))


# --- findings ---------------------------------------------------------------------------------------------------------


def _of_findings(pair: _Pair) -> Iterator[Difference]:
    was = findings.measured(pair.before.history, pair.before.at, pair.calendar)
    now = findings.measured(pair.after.history, pair.after.at, pair.calendar)
    changed = [(old, new) for old, new in zip(was, now, strict=True) if _gist(old, pair) != _gist(new, pair)]
    if not changed:
        return
    later = max(pair.before.at, pair.after.at)
    old_then = findings.measured(pair.before.history, later, pair.calendar)
    new_then = findings.measured(pair.after.history, later, pair.calendar)
    for old, new in changed:
        place = old.recommendation - 1
        by_time = _gist(old_then[place], pair) == _gist(new_then[place], pair)
        if by_time and _word(old) == _word(new):
            continue
        yield _of_finding(pair, old, new, by_time=by_time)


def _word(finding: Finding) -> tuple[object, ...]:
    return finding.result, finding.reported, bool(finding.disputed_by)


def _gist(finding: Finding, pair: _Pair) -> tuple[object, ...]:
    return (*_word(finding), findings.reasons(finding, pair.voice))


def _of_finding(pair: _Pair, old: Finding, new: Finding, *, by_time: bool) -> Difference:
    number = new.recommendation
    title = pair.voice.words(
        N_("%(number)s. %(title)s"), number=number, title=pair.voice.words(RECOMMENDATIONS[number].title)
    )
    note = None
    if by_time:
        note = pair.voice.words(N_("Turned by the passing of time alone; no entry made the difference."))
    elif _word(old) == _word(new):
        note = pair.voice.words(N_("Same word, other reason"))
    aspects = (
        Aspect(
            pair.voice.words(N_("Finding")),
            (findings.result_word(old, pair.voice), *findings.reasons(old, pair.voice)),
            (findings.result_word(new, pair.voice), *findings.reasons(new, pair.voice)),
        ),
    )
    made = () if by_time else _made_finding(pair, old, new)
    return Difference("findings", title, aspects, made, (old.result, new.result), note)


def _made_finding(pair: _Pair, old: Finding, new: Finding) -> tuple[int, ...]:
    """Return the entries that it rests on newly or no longer; where there are none, the one after which it held."""
    resting = {*old.evidence, *old.disputed_by} ^ {*new.evidence, *new.disputed_by}
    return tuple(sorted(pair.made_by(resting))) or _turning_entry(pair, new.recommendation)


def _turning_entry(pair: _Pair, number: int) -> tuple[int, ...]:
    """Return an entry after which the finding is as it is at last, though just before it was not, by halving.

    Where one side's entries are not the beginning of the other's, no single entry need have made the difference.
    """
    shorter, longer = sorted((pair.before, pair.after), key=lambda side: len(side.known))
    added = sorted(longer.known - shorter.known)
    if not shorter.known < longer.known:
        return ()
    measure, at = RECOMMENDATIONS[number].measure, max(pair.before.at, pair.after.at)

    def gist(known: frozenset[int]) -> tuple[object, ...]:
        history = History(longer.history.stream)
        for entry in longer.history.entries():
            if entry.index in known:
                history.add(entry)
        return _gist(measure(findings.question(history, at, pair.calendar)), pair)

    wanted, low, high = gist(longer.known), 0, len(added)
    while high - low > 1:
        middle = (low + high) // 2
        if gist(shorter.known | set(added[:middle])) == wanted:
            high = middle
        else:
            low = middle
    return (added[high - 1],)
