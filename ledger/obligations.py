"""What is owed, by whom and by when: questions, promises, issues and visits as one derived notion (domain 1.3 and 3).

An obligation is opened by an entry, whose index is its id, and discharged by a later one. Nothing of it is stored: its
state is worked out for the instant that is asked about, so that overdue appears without anybody writing it down.
`docs/measures/obligations.md` is the table of what opens, sets the clock of and discharges each.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache, partial
from typing import Final, Literal, Protocol, TypeAlias, TypeVar, cast, get_args

from ledger.actions.advisory import AdvisoryGroupConvened
from ledger.actions.commitments import CommitmentDischarged, CommitmentMade
from ledger.actions.delivery import ReviewRecommendationAnswered
from ledger.actions.issues import IssueAnswered, IssueReported, IssueResolved
from ledger.actions.process import CommissioningProcessRegistered
from ledger.actions.procurement import (
    ClarificationAnswered,
    ClarificationQuestionReceived,
    ProcurementLaunched,
    SiteVisitOutcomeRecorded,
    SiteVisitRequested,
)
from ledger.actions.timeline import current_dates
from ledger.clock import Calendar, add_months
from ledger.kinds import CodeList, NotStated, stated
from ledger.process import History, Recorded
from ledger.sentences import Sentence, sentence
from ledger.streams import Stream
from ledger.structs import Party
from ledger.vocabulary import Action
from ledger.when import LONDON, Occurrence, in_order
from ledger.words import N_

A = TypeVar("A", bound=Action)

Kind = Literal["question", "promise", "issue", "visit"]
State = Literal["open", "overdue", "unknown", "in_time", "late", "discharged", "withdrawn", "superseded"]
Unit = Literal["working_days", "calendar_days", "months"]

KINDS: Final = CodeList(
    "kind of obligation",
    {
        "question": N_("Answer to a question"),
        "promise": N_("Promise"),
        "issue": N_("Answer to an issue"),
        "visit": N_("Visit to a prison"),
    },
)
STATES: Final = CodeList(
    "state of an obligation",
    {
        "open": N_("Open"),
        "overdue": N_("Overdue"),
        "unknown": N_("Not known"),
        "in_time": N_("In time"),
        "late": N_("Late"),
        "discharged": N_("Discharged"),
        "withdrawn": N_("Withdrawn"),
        "superseded": N_("Replaced"),
    },
)
"""`discharged` says nothing about time: there was no clock, or the record leaves open whether it was met.

`unknown`: its clock ran out in silence, but it is only known from old papers, which need not hold its end.
"""


class Assumed(Protocol):
    """The lengths that are ours and not the paper's; an operator may change them."""

    @property
    def issue_answer_working_days(self) -> int:
        """Working days to answer an issue."""

    @property
    def evidence_request_working_days(self) -> int:
        """Working days to answer a request for evidence."""


# --- clocks -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Clock:
    """How long something may take; what comes after `cut_off` (time of day in London) counts from the next day."""

    length: int
    unit: Unit
    cut_off: time | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """The last day, between the earliest and the latest that the record allows (Europe/London), and how it was found.

    `calendar` is the version of the list of bank holidays. `assumed` is true where the length is ours.
    """

    first: date
    last: date
    steps: tuple[Sentence, ...]
    calendar: str
    assumed: bool = False

    @property
    def certainly_until(self) -> datetime:
        """The instant (UTC, exclusive) until which it was certainly still in time."""
        return end_of(self.first)

    @property
    def until(self) -> datetime:
        """The instant (UTC, exclusive) from which it is overdue: the end of the last day in London."""
        return end_of(self.last)


def end_of(day: date) -> datetime:
    """Return the instant at which a day in Europe/London is over, as UTC."""
    return Occurrence(day.isoformat()).end


@lru_cache(maxsize=16_384)  # each is asked for again and again as a history grows
def due_on(day: date, calendar: Calendar) -> Due:
    """Return the clock of something due on a fixed day."""
    steps = (sentence(N_("Due on a fixed day.")), _by_the_end_of(day))
    return Due(day, day, steps, calendar.version)


@lru_cache(maxsize=16_384)
def due_after(received: Occurrence, clock: Clock, calendar: Calendar, *, assumed: bool = False) -> Due:
    """Return when something is due that counts from `received` (domain 1.3)."""
    instant = timedelta(microseconds=1)
    first, _ = _day_zero(received.start, clock, calendar)
    zero, reasons = _day_zero(received.end - instant, clock, calendar)
    last = _count(zero, clock, calendar)
    open_to_doubt = [sentence(N_("The record leaves open when exactly, so the latest possible time counts."))]
    steps = [
        sentence(N_("Counted from: %(when)s."), when=received),
        *(open_to_doubt if first != zero else []),
        *reasons,
        sentence(N_("Day zero: %(day)s."), day=zero),
        *_counted(zero, last, clock, calendar),
        _by_the_end_of(last),
    ]
    return Due(_count(first, clock, calendar), last, tuple(steps), calendar.version, assumed)


def working_days_between(first: date, last: date, calendar: Calendar) -> int:
    """Return how many working days after `first` the day `last` is; negative where it is before.

    As in `Calendar.add_working_days`, a `first` that is no working day counts as the next one.
    """
    while not calendar.is_working_day(first):
        first += timedelta(days=1)
    if last < first:
        return -_working_days(last, first, calendar)
    return _working_days(first, last, calendar)


def _working_days(after: date, until: date, calendar: Calendar) -> int:
    weeks, rest = divmod((until - after).days, 7)
    days = weeks * 5 + sum((after + timedelta(days=1 + each)).weekday() < _SATURDAY for each in range(rest))
    holidays = _on_weekdays(calendar)
    return days - (bisect_right(holidays, until) - bisect_right(holidays, after) if after < until else 0)


@lru_cache(maxsize=8)
def _on_weekdays(calendar: Calendar) -> tuple[date, ...]:
    return tuple(sorted(day for day in calendar.holidays if day.weekday() < _SATURDAY))


_SATURDAY: Final = 5


def _day_zero(moment: datetime, clock: Clock, calendar: Calendar) -> tuple[date, list[Sentence]]:
    """Return the day from which is counted, and why it is not the day of receipt."""
    local = moment.astimezone(LONDON)
    day, reasons = local.date(), []
    # Times are stated to the second, and a second lasts until the next: what comes on the very minute is not late.
    came = local.time().replace(microsecond=0)
    missed = clock.cut_off is not None and calendar.is_working_day(day) and came > clock.cut_off
    if missed:
        reasons.append(
            sentence(N_("What comes after %(time)s counts from the next day."), time=f"{clock.cut_off:%H:%M}")
        )
        day += timedelta(days=1)
    while (missed or clock.unit == "working_days") and not calendar.is_working_day(day):
        reasons.append(sentence(_no_working_day(day), day=day))
        day += timedelta(days=1)
    return day, reasons


def _no_working_day(day: date) -> str:
    return N_("%(day)s is at the weekend.") if day.weekday() >= _SATURDAY else N_("%(day)s is a bank holiday.")


def _count(zero: date, clock: Clock, calendar: Calendar) -> date:
    match clock.unit:
        case "working_days":
            return calendar.add_working_days(zero, clock.length)
        case "calendar_days":
            return zero + timedelta(days=clock.length)
        case _:
            return add_months(zero, clock.length)


def _counted(zero: date, last: date, clock: Clock, calendar: Calendar) -> Iterator[Sentence]:
    match clock.unit:
        case "working_days":
            yield from _counted_working_days(zero, last, calendar)
        case "calendar_days":
            yield sentence(N_("Every day counts. Day %(number)s: %(day)s."), number=clock.length, day=last)
        case _:
            yield sentence(
                N_("Calendar months counted: %(number)s. They end on %(day)s."), number=clock.length, day=last
            )


def _counted_working_days(zero: date, last: date, calendar: Calendar) -> Iterator[Sentence]:
    """Yield runs of counted days with the bank holidays between them: as many steps as holidays, however long."""
    yield sentence(N_("Working days are counted: weekends and bank holidays are not."))
    skipped = [day for day in _on_weekdays(calendar) if zero < day < last]
    begin = zero
    for holiday in [*skipped, last + timedelta(days=1)]:
        yield from _run(zero, begin, holiday, calendar)
        if holiday < last:
            yield sentence(N_("Skipped: %(day)s, a bank holiday."), day=holiday)
        begin = holiday
    yield sentence(N_("Bank holidays of England and Wales as in %(version)s."), version=calendar.version)
    if calendar.holidays and not min(calendar.holidays).year <= zero.year <= last.year <= max(calendar.holidays).year:
        yield sentence(
            N_("That list runs from %(first)s to %(last)s. Bank holidays outside it are not known here."),
            first=min(calendar.holidays),
            last=max(calendar.holidays),
        )


def _run(zero: date, after: date, before: date, calendar: Calendar) -> Iterator[Sentence]:
    """Yield the counted days between two days, both left out."""
    number, until = _working_days(zero, after, calendar) + 1, _working_days(zero, before - timedelta(days=1), calendar)
    if number == until:
        yield sentence(N_("Day %(number)s: %(day)s."), number=number, day=calendar.add_working_days(zero, number))
    elif number < until:
        yield sentence(
            N_("Day %(number)s to day %(until)s: %(day)s to %(last)s."),
            number=number,
            until=until,
            day=calendar.add_working_days(zero, number),
            last=calendar.add_working_days(zero, until),
        )


def _by_the_end_of(day: date) -> Sentence:
    return sentence(N_("Due by the end of %(day)s, time in London."), day=day)


# --- obligations ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ending:
    """How and when it ended: not before and not after these instants (UTC; the second exclusive; None: not known)."""

    entry: Recorded
    outcome: str
    not_before: datetime | None
    not_after: datetime | None


@dataclass(frozen=True, slots=True)
class Obligation:
    """Something owed, as it stands at one instant.

    `id` is the index of the entry that opened it, also after corrections; `opened` is the entry that stands in its
    place. `name` is the id of the question, promise, issue or visit in its stream. `promises` are the entries of the
    promises that set its clock. `owed_by` is None where the record does not say.
    """

    id: int
    kind: Kind
    name: str | None
    title: Sentence
    opened: Recorded
    owed_by: Party | None
    promises: tuple[Recorded, ...]
    due: Due | None
    ending: Ending | None
    state: State

    @property
    def evidence(self) -> tuple[int, ...]:
        """The entries it rests on, in the order of the log."""
        ended = [] if self.ending is None else [self.ending.entry]
        return tuple(sorted({entry.index for entry in (self.opened, *self.promises, *ended)}))

    @property
    def vouched_for(self) -> bool:
        """Whether its clock was set going by acts and official releases alone, so that its silent passing counts."""
        return all(each.statement.standing in {"act", "import"} for each in (self.opened, *self.promises))

    @property
    def lapsed(self) -> bool:
        """Whether its clock certainly ran out: discharged late, or in silence where silence counts."""
        return self.state == "late" or (self.state == "overdue" and self.vouched_for)

    @property
    def is_owed(self) -> bool:
        """Whether somebody is waiting for it now: a standing promise without a date is not waited for."""
        return self.ending is None and self.state != "unknown" and (self.due is not None or self.kind != "promise")

    @property
    def changes_at(self) -> datetime | None:
        """The next instant (UTC) at which time alone changes its state."""
        return self.due.until if self.state == "open" and self.due is not None else None


def obligations(
    history: History, at: datetime, calendar: Calendar, assumed: Assumed, kinds: Iterable[Kind] = get_args(Kind)
) -> tuple[Obligation, ...]:
    """Return what a history shows to be or to have been owed at an instant (UTC, aware), by its id.

    What happened after the instant is not looked at.
    """
    found = [
        each
        for kind in kinds
        for each in history.fact(
            ("owed", kind, at, calendar, assumed),
            partial(_of_kind, history, at, calendar, assumed, kind),
            lasts=False,
        )
    ]
    return tuple(sorted(found, key=lambda each: each.id))


def _of_kind(
    history: History, at: datetime, calendar: Calendar, assumed: Assumed, kind: Kind
) -> tuple[Obligation, ...]:
    once = history.fact(
        ("owed once", kind, calendar, assumed), partial(_once_all_has_happened, history, calendar, assumed, kind)
    )
    if once.from_when <= at:
        return tuple(_as_of(each, at) for each in once.owed)
    past = history.fact(("happened by", at), lambda: _happened_by(history, at), shared=False, lasts=False)
    return _Book(past, at, calendar, assumed).of_kind(kind)


@dataclass(frozen=True, slots=True)
class _Once:
    """What is owed once all that is on record has happened, and from when (UTC) that is so."""

    owed: tuple[Obligation, ...]
    from_when: datetime


def _once_all_has_happened(history: History, calendar: Calendar, assumed: Assumed, kind: Kind) -> _Once:
    """Return what is owed at any instant after the last of the entries that it rests on: only clocks run on."""
    with history.watched() as asked:
        owed = _Book(history, _NEVER, calendar, assumed).of_kind(kind)
    kinds = () if Action in asked else tuple(sorted(asked, key=lambda each: each.__name__))
    happened = history.folded(("last start", kinds), _EVER, _later_start, *kinds)
    released = history.folded("last release", _EVER, _later_release, ClarificationAnswered)
    return _Once(owed, max(happened, released))


def _later_start(last: datetime, entry: Recorded) -> datetime:
    return last if entry.occurred is None else max(last, entry.occurred.start)


def _later_release(last: datetime, entry: Recorded) -> datetime:
    answer = cast("ClarificationAnswered", entry.action)
    known = [stated(when) for when in (answer.answered_at, answer.released_at)]
    return max([last, *(each.start for each in known if each is not None)])


def _as_of(owed: Obligation, at: datetime) -> Obligation:
    """Return what is owed once all its time has passed as it stands at an instant."""
    is_running = owed.ending is None and owed.due is not None and at < owed.due.until
    return replace(owed, state="open") if is_running and owed.state != "open" else owed


def _happened_by(history: History, at: datetime) -> History:
    return history.without(lambda _, entry: entry.occurred is not None and entry.occurred.start > at)


def working_days_left(due: Due, at: datetime, calendar: Calendar) -> int:
    """Return the working days until something is due: 0 on the last day, negative for the days since."""
    today = at.astimezone(LONDON).date()
    if today <= due.last:
        return working_days_between(today, due.last, calendar)
    return -_working_days(due.last, today, calendar)


@dataclass(frozen=True, slots=True)
class Silence:
    """Days on which nothing happened while something was owed (Europe/London, both included).

    `after` is the entry before it, `until` the one that ended it (None: it lasts); `owed` are ids of obligations.
    """

    first: date
    last: date
    working_days: int
    after: int
    until: int | None
    owed: tuple[int, ...]


def silences(
    history: History, owed: Iterable[Obligation], at: datetime, calendar: Calendar, working_days: int
) -> tuple[Silence, ...]:
    """Return the silences of at least so many working days up to an instant (UTC, aware), oldest first.

    A day on which something may have happened is not silent. What has no date is left out. `owed` are the obligations
    as they stand at that instant.
    """
    found: list[Silence] = []
    waiting = [each for each in owed if each.state != "unknown" and (each.kind != "promise" or each.due is not None)]
    over = (at + timedelta(microseconds=1)).astimezone(LONDON).date()
    before, covered = -1, date.max
    for index, (first, last) in [*_happenings(history, at), (None, (over, over))]:
        if first > covered:
            passed = _working_days(covered, first - _DAY, calendar)
            ids = tuple(each.id for each in waiting if _was_owed(each, covered, first))
            if ids and passed >= working_days:
                found.append(Silence(covered + _DAY, first - _DAY, passed, before, index, ids))
        if index is not None and (before < 0 or last > covered):
            before, covered = index, last
    return tuple(found)


_DAY: Final = timedelta(days=1)


def _happenings(history: History, at: datetime) -> list[tuple[int | None, tuple[date, date]]]:
    """Return what had happened by an instant, and between which days, in the order of the earliest day."""
    dated = [(entry.index, entry.occurred) for entry in history.standing()]
    known: list[tuple[int | None, tuple[date, date]]] = [
        (index, (when.first_day, when.last_day)) for index, when in dated if when is not None and when.start <= at
    ]
    return sorted(known, key=lambda each: each[1])


def _was_owed(owed: Obligation, after: date, before: date) -> bool:
    """Whether something was certainly owed on each of the days between two days."""
    opened, ending = owed.opened.occurred, owed.ending
    if opened is None or opened.last_day > after:
        return False
    return ending is None or (ending.not_before is not None and ending.not_before >= end_of(before - _DAY))


_ISSUES: Final = re.compile(r"\b(issue|complaint)s?\b", re.IGNORECASE)
_QUESTIONS: Final = re.compile(r"\bquestions?\b", re.IGNORECASE)
_LOTS: Final = re.compile(r"\blots?\b", re.IGNORECASE)


def is_about_issues(promise: CommitmentMade) -> bool:
    """Whether a promise of an answer time speaks of issues or complaints."""
    return promise.kind == "response_time" and _ISSUES.search(stated(promise.applies_to) or "") is not None


def is_about_questions(promise: CommitmentMade) -> bool:
    """Whether a promise of an answer time is one about questions: unless it speaks of issues alone."""
    if promise.kind != "response_time":
        return False
    return not is_about_issues(promise) or _QUESTIONS.search(stated(promise.applies_to) or "") is not None


@dataclass(frozen=True, slots=True)
class _Promised:
    """A promise of an answer time, and from when to when it certainly stood (days in London; None: no end)."""

    entry: Recorded
    action: CommitmentMade
    stream: Stream
    clock: Clock
    ended: Ending | None

    def stood_on(self, received: Occurrence) -> bool:
        made = stated(self.action.made_on)
        if made is None or made.last_day > received.first_day:
            return False
        if self.ended is None:
            return True
        return self.ended.not_before is not None and self.ended.not_before >= end_of(received.last_day)


_ByThing: TypeAlias = dict[tuple[Stream, str | None], list[tuple[Recorded, A]]]


class _Book:
    """What is owed of one kind, from the entries of one history that had happened at one instant."""

    def __init__(self, history: History, at: datetime, calendar: Calendar, assumed: Assumed) -> None:
        self.history = history
        self.at = at
        self.calendar = calendar
        self.assumed = assumed

    def of_kind(self, kind: Kind) -> tuple[Obligation, ...]:
        """Return the obligations of one kind."""
        match kind:
            case "question":
                return tuple(self.questions())
            case "promise":
                return (*self.promises(), *self.answers(), *self.reviews())
            case "issue":
                return tuple(self.issues())
            case _:
                return tuple(self.visits())

    @property
    def discharges(self) -> _ByThing[CommitmentDischarged]:
        return self.history.fact("discharges", lambda: self._by_thing(CommitmentDischarged, "commitment_id"))

    @property
    def answer_times(self) -> tuple[_Promised, ...]:
        return self.history.fact("answer times", lambda: tuple(self._answer_times()))

    @property
    def bodies(self) -> dict[Stream, Party]:
        return self.history.fact("bodies", lambda: dict(self._bodies()))

    def questions(self) -> Iterator[Obligation]:
        """Yield the answers owed to bidders. Each is worked out once for the answers to it."""
        asked = list(self.history.records(ClarificationQuestionReceived))
        answers = self._by_thing(ClarificationAnswered, "question_id")
        if not asked:
            return
        known = self.history.fact(("questions", self.at, self.calendar, self.assumed), self._no_questions)
        for entry, action in asked:
            name = stated(action.question_id)
            mine = answers.get((entry.stream, name), ())
            key = (entry.index, *(each.index for each, _ in mine))
            if key not in known:
                known[key] = self._question(entry, action, name, mine)
            yield known[key]

    def _no_questions(self) -> dict[tuple[int, ...], Obligation]:
        """Return room for questions, for as long as nothing else changes that decides their clocks."""
        list(self._answer_times())
        dict(self._bodies())
        return {}

    def _question(
        self,
        entry: Recorded,
        action: ClarificationQuestionReceived,
        name: str | None,
        answers: Iterable[tuple[Recorded, ClarificationAnswered]],
    ) -> Obligation:
        released = (self._released(each, answer) for each, answer in answers)
        ending = next((each for each in released if each is not None), None)
        title = sentence(N_("Answer to question %(id)s"), id=name or "")
        return self._owed("question", entry, name, title, self._promised_to(entry, action), ending)

    def promises(self) -> Iterator[Obligation]:
        """Yield what was promised as such."""
        for entry, action in self.history.records(CommitmentMade):
            name, day = stated(action.commitment_id), stated(action.due_on)
            due = due_on(day, self.calendar) if day is not None else self._from_its_making(action)
            title = sentence(N_("Promise %(id)s"), id=name or "")
            owed = self._owed("promise", entry, name, title, (due, None), self._discharged(entry.stream, name))
            yield _by(owed, stated(action.made_by))

    def issues(self) -> Iterator[Obligation]:
        """Yield the answers owed to those who reported an issue or asked for evidence."""
        answers = self._by_thing(IssueAnswered, "issue_id")
        resolutions = self._by_thing(IssueResolved, "issue_id")
        for entry, action in self.history.records(IssueReported):
            key = (entry.stream, stated(action.issue_id))
            answered = [_ending(each, "answered") for each, _ in answers.get(key, ())]
            resolved = [_ending(each, str(end.outcome)) for each, end in resolutions.get(key, ())]
            title = sentence(N_("Answer to issue %(id)s"), id=key[1] or "")
            ended = _first([*answered, *resolved])
            yield self._owed("issue", entry, key[1], title, self._issue_due(entry, action), ended)

    def answers(self) -> Iterator[Obligation]:
        """Yield what answers to issues promised by a date."""
        answers = self._by_thing(IssueAnswered, "issue_id")
        resolutions = self._by_thing(IssueResolved, "issue_id")
        for key, given in answers.items():
            resolved = [_ending(each, _of_promise(end)) for each, end in resolutions.get(key, ())]
            for place, (entry, action) in enumerate(given):
                day = stated(action.due_on)
                moved = [_ending(each, "superseded") for each, a in given[place + 1 :] if stated(a.due_on) is not None]
                title = sentence(N_("What the answer to issue %(id)s promises"), id=key[1] or "")
                if day is not None:
                    yield self._promise_of_an_answer(entry, key[1], title, day, _first([*moved, *resolved]))

    def reviews(self) -> Iterator[Obligation]:
        """Yield what answers to a review's recommendations promised by a date."""
        given: dict[tuple[Stream, str | None, str | None], list[tuple[Recorded, ReviewRecommendationAnswered]]] = {}
        for entry, action in self._ordered(ReviewRecommendationAnswered):
            key = (entry.stream, stated(action.review_id), stated(action.recommendation_id))
            given.setdefault(key, []).append((entry, action))
        for (_, review, name), answers in given.items():
            again = answers if review is not None and name is not None else []
            for place, (entry, action) in enumerate(answers):
                day = stated(action.due_on)
                moved = [_ending(each, "superseded") for each, _ in again[place + 1 :]]
                title = sentence(N_("What the answer to recommendation %(id)s of the review promises"), id=name or "")
                if day is not None:
                    yield self._promise_of_an_answer(entry, name, title, day, _first(moved))

    def visits(self) -> Iterator[Obligation]:
        """Yield the visits to prisons that bidders asked for."""
        outcomes = self._by_thing(SiteVisitOutcomeRecorded, "visit_id")
        deadline = self._deadline_for_questions()
        for entry, action in self.history.records(SiteVisitRequested):
            name = stated(action.visit_id)
            day = stated(action.needed_by) or deadline
            due = None if day is None else due_on(day, self.calendar)
            ended = _first(_ending(each, str(end.outcome)) for each, end in outcomes.get((entry.stream, name), ()))
            title = sentence(N_("Visit %(id)s to %(prison)s"), id=name or "", prison=stated(action.prison) or "")
            yield self._owed("visit", entry, name, title, (due, None), ended)

    def _owed(
        self,
        kind: Kind,
        entry: Recorded,
        name: str | None,
        title: Sentence,
        clock: tuple[Due | None, _Promised | None],
        ending: Ending | None,
    ) -> Obligation:
        due, promised = clock
        return Obligation(
            id=self.history.chain(entry.index)[0],
            kind=kind,
            name=name,
            title=title,
            opened=entry,
            owed_by=self.bodies.get(entry.stream) if promised is None else _promiser(promised, self.bodies),
            promises=() if promised is None else (promised.entry,),
            due=due,
            ending=ending,
            state=_state(due, ending, self.at, [entry, *([] if promised is None else [promised.entry])]),
        )

    def _promise_of_an_answer(
        self, entry: Recorded, name: str | None, title: Sentence, day: date, ending: Ending | None
    ) -> Obligation:
        owed = self._owed("promise", entry, name, title, (due_on(day, self.calendar), None), ending)
        said_by = entry.statement.on_behalf_of or entry.statement.by.organisation
        return _by(owed, said_by if entry.statement.standing == "act" else None)

    def _promised_to(
        self, entry: Recorded, question: ClarificationQuestionReceived
    ) -> tuple[Due | None, _Promised | None]:
        """Return the clock of a question: the promise it names, else the newest that stood when it came."""
        received, named = stated(question.received_at), stated(question.commitment_id)
        mine = [each for each in self.answer_times if each.stream == entry.stream]
        wanted = [each for each in mine if named is not None and stated(each.action.commitment_id) == named]
        if received is None:
            return None, None
        standing = [
            each
            for each in mine
            if is_about_questions(each.action)
            and each.stood_on(received)
            and _LOTS.search(stated(each.action.applies_to) or "") is None
        ]
        promised = next(reversed(wanted or standing), None)
        return (None if promised is None else due_after(received, promised.clock, self.calendar)), promised

    def _issue_due(self, entry: Recorded, issue: IssueReported) -> tuple[Due | None, _Promised | None]:
        reported = stated(issue.reported_at)
        if reported is None:
            return None, None
        promised = [
            each
            for each in self.answer_times
            if each.stream == entry.stream and is_about_issues(each.action) and each.stood_on(reported)
        ]
        if promised:
            return due_after(reported, promised[-1].clock, self.calendar), promised[-1]
        asked = issue.type == "evidence_requested"
        length = self.assumed.evidence_request_working_days if asked else self.assumed.issue_answer_working_days
        return due_after(reported, Clock(length, "working_days"), self.calendar, assumed=True), None

    def _from_its_making(self, promise: CommitmentMade) -> Due | None:
        """Return the clock of a promise that counts from its making, and neither from something else nor each time."""
        made, clock = stated(promise.made_on), _clock(promise)
        if made is None or clock is None or promise.kind == "response_time" or promise.trigger is not None:
            return None
        return due_after(made, clock, self.calendar)

    def _released(self, entry: Recorded, answer: ClarificationAnswered) -> Ending | None:
        """Return how an answer ended the wait: only once released, to all or to the asker on a stated basis."""
        if answer.released_to == "asker_only" and answer.asker_only_basis is None:
            return None
        answered, released = stated(answer.answered_at), stated(answer.released_at)
        begun = max((each.start for each in (answered, released) if each is not None), default=None)
        if begun is not None and begun > self.at:
            return None
        known = [each.end for each in (answered, released) if each is not None]
        doubtful = answer.released_to == "asker_only" and isinstance(answer.asker_only_basis, NotStated)
        if released is None or doubtful or stated(answer.released_to) is None:
            known = []
        return Ending(entry, "answered", begun, max(known, default=None))

    def _discharged(self, stream: Stream, name: str | None) -> Ending | None:
        """Return how a promise ended; where the day is not stated, the entry that shows it may have one."""
        for entry, action in self.discharges.get((stream, name), ()):
            shown = stated(action.evidence_entry)
            proof = None if shown is None else self.history.at(shown)
            when = entry.occurred or (None if proof is None else proof.occurred)
            return _ending(entry, str(stated(action.outcome) or "met"), when)
        return None

    def _answer_times(self) -> Iterator[_Promised]:
        """Yield the promises of an answer time in the order in which they were made."""
        for entry, action in self._ordered(CommitmentMade):
            clock = _clock(action)
            if action.kind == "response_time" and clock is not None:
                ended = self._discharged(entry.stream, stated(action.commitment_id))
                yield _Promised(entry, action, entry.stream, clock, ended)

    def _bodies(self) -> Iterator[tuple[Stream, Party]]:
        """Yield who answers for each stream: the lead commissioner, or who convened the group."""
        for entry, process in self.history.records(CommissioningProcessRegistered):
            lead = stated(process.lead_commissioner)
            if lead is not None:
                yield entry.stream, lead
        for entry, group in self.history.records(AdvisoryGroupConvened):
            convener = stated(group.convened_by)
            if convener is not None:
                yield entry.stream, convener

    def _deadline_for_questions(self) -> date | None:
        launched = (stated(each.clarification_deadline) for each in self.history.actions(ProcurementLaunched))
        return current_dates(self.history).get("clarification_deadline") or next(
            (day for day in launched if day is not None), None
        )

    def _by_thing(self, kind: type[A], field: str) -> _ByThing[A]:
        """Return the entries of a kind by the thing they are about: its stream and its id, as they happened."""
        found: dict[tuple[Stream, str | None], list[tuple[Recorded, A]]] = {}
        for entry, action in self._ordered(kind):
            name = stated(getattr(action, field))
            if name is not None:
                found.setdefault((entry.stream, cast("str", name)), []).append((entry, action))
        return found

    def _ordered(self, kind: type[A]) -> list[tuple[Recorded, A]]:
        return in_order(list(self.history.records(kind)), lambda each: each[0].occurred)


def _clock(promise: CommitmentMade) -> Clock | None:
    length, unit, cut_off = stated(promise.duration), stated(promise.unit), stated(promise.cut_off_time)
    if length is None or unit is None:
        return None
    return Clock(length, cast("Unit", unit), None if cut_off is None else time.fromisoformat(cut_off))


def _ending(entry: Recorded, outcome: str, when: Occurrence | None = None) -> Ending:
    happened = when or entry.occurred
    return Ending(entry, outcome, *((None, None) if happened is None else (happened.start, happened.end)))


def _of_promise(resolved: IssueResolved) -> str:
    """Return what the end of an issue is for what its answer promised: closed without being put right, not kept."""
    return "withdrawn" if resolved.outcome in {"withdrawn", "not_fixed"} else "kept"


def _promiser(promised: _Promised, bodies: dict[Stream, Party]) -> Party | None:
    return stated(promised.action.made_by) or bodies.get(promised.stream)


def _by(owed: Obligation, party: Party | None) -> Obligation:
    """Return an obligation as owed by whoever promised it, where that is stated."""
    return owed if party is None else replace(owed, owed_by=party)


def _first(endings: Iterable[Ending]) -> Ending | None:
    """Return the ending that came first; what has no date comes after what has one."""
    return min(endings, key=lambda each: each.not_before or _NEVER, default=None)


_EVER: Final = datetime.min.replace(tzinfo=UTC)
_NEVER: Final = datetime.max.replace(tzinfo=UTC)
_GIVEN_UP: Final[dict[str, State]] = {"withdrawn": "withdrawn", "cancelled": "withdrawn", "superseded": "superseded"}


def _state(due: Due | None, ending: Ending | None, at: datetime, rests_on: Iterable[Recorded]) -> State:
    if ending is None:
        if due is None or at < due.until:
            return "open"
        from_papers = any(each.statement.standing == "reconstruction" for each in rests_on)
        return "unknown" if from_papers else "overdue"
    if ending.outcome == "no_reply":
        return "late"
    in_time = None if due is None else _in_time(due, ending)
    if in_time is False and ending.outcome != "cancelled":
        return "late"
    if ending.outcome in _GIVEN_UP:
        return _GIVEN_UP[ending.outcome]
    return "in_time" if in_time else "discharged"


def _in_time(due: Due, ending: Ending) -> bool | None:
    if ending.not_after is not None and ending.not_after <= due.certainly_until:
        return True
    return False if ending.not_before is not None and ending.not_before >= due.until else None
