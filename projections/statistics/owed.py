"""What is owed, as facts that do not depend on when they are read: a clock's end is kept, and compared when read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

from ledger.clock import Calendar
from ledger.kinds import stated
from ledger.obligations import Kind, Obligation, State, end_of, obligations, working_days_between
from ledger.process import History
from ledger.sentences import Sentence
from ledger.when import LONDON
from projections.measures.thresholds import Thresholds
from projections.organisations import slug_of

_ALWAYS: Final = datetime(9999, 12, 31, tzinfo=UTC)
"""Later than anything that can be on record: what is cut off here is cut off when read."""

Answered = Literal["in_time", "late", "overdue", "unknown", "open", "no_clock", "given_up"]


@dataclass(frozen=True, slots=True)
class Owed:
    """One obligation. `state` is what it comes to once all its time has passed; instants are UTC, aware.

    `due` is the instant from which it is overdue, None without a clock. `ended` is how it ended: not before this
    instant, and by which entry. `taken` are the working days until then, where the record knows both days. `own` is
    false for what only concerns the stream that it was found in. `slug` is the word of who owes it in addresses.
    """

    id: int
    kind: Kind
    title: Sentence
    owed_by: str | None
    slug: str | None
    opened: datetime | None
    due: datetime | None
    state: State
    ended_by: int | None
    ended: datetime | None
    taken: int | None
    evidence: tuple[int, ...]
    own: bool

    def at(self, at: datetime) -> Answered:
        """Return what it comes to at an instant (UTC, aware), among those of its kind."""
        passed = None if self.due is None else self.due <= at
        has_ended = self.ended_by is not None and (self.ended is None or self.ended <= at)
        return outcome(self.state, passed=passed, has_ended=has_ended)


def outcome(state: State, *, passed: bool | None, has_ended: bool) -> Answered:
    """Return what an obligation comes to at an instant by which its clock had run out, or not (None: it has none).

    `unknown` is never counted as in time, nor as late.
    """
    if not has_ended and passed is False:
        return "open"
    if state in {"withdrawn", "superseded"}:
        return "given_up"
    if passed is None:
        return "late" if state == "late" else "no_clock"
    match state:
        case "in_time" | "late" | "overdue":
            return state
        case _:
            return "unknown"


def owed(history: History, calendar: Calendar, thresholds: Thresholds) -> Iterator[Owed]:
    """Yield all that a history shows to be or to have been owed, by its id."""
    for each in obligations(history, _ALWAYS, calendar, thresholds):
        opened, ended = each.opened.occurred, each.ending
        yield Owed(
            id=each.id,
            kind=each.kind,
            title=each.title,
            owed_by=None if each.owed_by is None else stated(each.owed_by.name),
            slug=None if each.owed_by is None else slug_of(each.owed_by),
            opened=None if opened is None else opened.start,
            due=None if each.due is None else each.due.until,
            state=each.state,
            ended_by=None if ended is None else ended.entry.index,
            ended=None if ended is None else ended.not_before,
            taken=_taken(each, calendar),
            evidence=each.evidence,
            own=each.opened.stream == history.stream,
        )


def _taken(each: Obligation, calendar: Calendar) -> int | None:
    opened, ended = each.opened.occurred, each.ending
    if opened is None or ended is None or ended.not_before is None or ended.not_after is None:
        return None
    day = ended.not_before.astimezone(LONDON).date()
    if opened.first_day != opened.last_day or ended.not_after > end_of(day):
        return None
    return max(0, working_days_between(opened.first_day, day, calendar))
