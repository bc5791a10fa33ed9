"""The course of a process's findings: how each turns as entries are recorded and as time passes. Pure.

    entry:  time passes up to its recording  ->  it is folded in  ->  what asked for its kind is measured again
    time:   the instants at which a finding may change are reached one after the other, oldest first

A turn is dated by when it was known: the recording of the entry, or the instant at which a clock ran out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

import orjson

from ledger.actions import KINDS
from ledger.actions.ledger import CoverageAttested
from ledger.clock import england_and_wales
from ledger.process import History, Recorded
from ledger.sentences import Sentence
from ledger.streams import Stream
from ledger.vocabulary import Action
from projections.follow import changed_by
from projections.measures.catalogue import RECOMMENDATIONS
from projections.measures.facts import Question
from projections.measures.finding import Finding, Result
from projections.measures.thresholds import DEFAULT


@dataclass(frozen=True, slots=True)
class Standing:
    """A finding as it stands. `asked` holds a bit for each kind of entry that the measure asked for; see `_bits`."""

    recommendation: int
    version: int
    result: Result
    reported: bool
    disputed_by: tuple[int, ...]
    attested: bool
    evidence: tuple[int, ...]
    ground: str
    asked: int
    changes_at: datetime | None
    since: datetime
    cause: int | None

    def is_turned_from(self, before: Standing) -> bool:
        """Whether it says something else, or says the same for another reason."""
        return self._said() != before._said()

    def _said(self) -> tuple[object, ...]:
        return self.result, self.reported, bool(self.disputed_by), self.ground


_BITS: Final = {kind: 1 << place for place, kind in enumerate(KINDS.values(), 1)}
_ALL: Final = 1
"""The bit of a measure that asked for entries of every kind."""


def _bits(kinds: Iterable[type[Action]]) -> int:
    found = 0
    for kind in kinds:
        found |= _BITS.get(kind, _ALL)
    return found


def measure(history: History, number: int, at: datetime, ahead: Sequence[datetime], cause: int | None) -> Standing:
    """Return one finding at an instant (UTC, aware), as if `cause` had turned it. `ahead`: see `ahead_of`."""
    with history.watched() as asked:
        found = RECOMMENDATIONS[number].measure(Question(history, at, england_and_wales(), DEFAULT, with_figures=False))
    later = [each for each in (found.changes_at, *ahead) if each is not None and each > at]
    return Standing(
        recommendation=number,
        version=found.version,
        result=found.result,
        reported=found.reported,
        disputed_by=found.disputed_by,
        attested=any(_is_attestation(history, index) for index in found.evidence),
        evidence=found.evidence,
        ground=_ground(found),
        asked=_bits(asked),
        changes_at=min(later, default=None),
        since=at,
        cause=cause,
    )


def _is_attestation(history: History, index: int) -> bool:
    entry = history.at(index)
    return entry is not None and isinstance(entry.action, CoverageAttested)


def _ground(found: Finding) -> str:
    """Return a digest of why: each part with its result and its sentence, without what fills the sentence's slots."""
    parts = [(part.code, part.result, part.reported, list(_templates(part.why))) for part in found.parts]
    return hashlib.sha256(orjson.dumps(parts)).hexdigest()[:16]


def _templates(said: Sentence) -> Iterator[str]:
    yield said.template
    for each in said.parameters.values():
        if isinstance(each, Sentence):
            yield from _templates(each)


def ahead_of(entries: Iterable[Recorded]) -> list[datetime]:
    """Return when things are to happen that were recorded before: then measures begin to look at them."""
    dated = ((entry, entry.occurred) for entry in entries)
    return [when.start for entry, when in dated if when is not None and when.start > entry.recorded]


@dataclass(frozen=True, slots=True)
class Turned:
    """A change of a finding, numbered within its process. `known` is the newest entry of the process by then."""

    number: int
    before: Standing | None
    after: Standing
    known: int


@dataclass
class Course:
    """The findings of a process so far, and the turns that came since they were taken up.

    `turns` counts all turns, `last` is the instant of the newest; `ahead`: see `ahead_of`. Each history that is handed
    in is the process's own, with what concerns it.
    """

    stream: Stream
    findings: dict[int, Standing] = field(default_factory=dict)
    ahead: list[datetime] = field(default_factory=list)
    turns: int = 0
    last: datetime | None = None
    turned: list[Turned] = field(default_factory=list)
    changed: set[int] = field(default_factory=set)

    def reach(self, history: History, moment: datetime) -> None:
        """Let time pass up to an instant, with it, on what is on record."""
        while True:
            ahead = [each.changes_at for each in self.findings.values() if each.changes_at is not None]
            at = min(ahead, default=None)
            if at is None or at > moment:
                return
            for number, each in self.findings.items():
                if each.changes_at == at:
                    self._hold(history, measure(history, number, at, self.ahead, None))

    def extend(self, added: Recorded, history: History) -> None:
        """Measure anew what an entry that was just folded in may have changed."""
        new = ahead_of([added] if self.findings else history.entries())
        self.ahead += new
        bit = _BITS[type(added.action)] | _ALL
        everything = not self.findings or bool(new) or changed_by(added) is not None
        for number in RECOMMENDATIONS:
            if everything or self.findings[number].asked & bit:
                self._hold(history, measure(history, number, added.recorded, self.ahead, added.index))

    def _hold(self, history: History, now: Standing) -> None:
        before = self.findings.get(now.recommendation)
        if before is None or now.is_turned_from(before):
            self._turn(history, before, now)
        else:
            now = replace(now, since=before.since, cause=before.cause)
        if now != before:
            self.findings[now.recommendation] = now
            self.changed.add(now.recommendation)

    def _turn(self, history: History, before: Standing | None, now: Standing) -> None:
        newest = history.last_index
        assert newest is not None, "nothing is measured before the first entry"  # noqa: S101 - see has_findings
        self.turned.append(Turned(self.turns, before, now, newest))
        self.turns += 1
        self.last = now.since


def has_findings(history: History) -> bool:
    """Whether findings are kept of a stream: of processes, once they have an entry of their own."""
    return history.stream.kind == "process" and history.version > 0


def course_of(history: History) -> Course:
    """Return the course of a process from its first entry to its last."""
    course, past = Course(history.stream), History(history.stream)
    for each in history.entries():
        if has_findings(past):
            course.reach(past, each.recorded)
        past.add(each)
        if has_findings(past):
            course.extend(each, past)
    return course
