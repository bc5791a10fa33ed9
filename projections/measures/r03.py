"""Recommendation 3: keep published dates, say what changed and why, give time back (`docs/measures/r03.md`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

from ledger.actions.contract import ContractAwarded
from ledger.actions.delivery import ServiceStarted
from ledger.actions.design import SpecificationCorrected
from ledger.actions.process import CommissioningProcessClosed, NeedsAssessmentPublished
from ledger.actions.procurement import BidsClosed, ProcurementLaunched, ProcurementTerminated, TenderAmended
from ledger.actions.timeline import MilestoneReached, TimelineChangeCommunicated, TimelineChanged, TimelinePublished
from ledger.clock import add_months
from ledger.codes import MILESTONES
from ledger.kinds import Undisclosed, stated
from ledger.obligations import end_of, working_days_between
from ledger.process import History, Recorded
from ledger.structs import Reason
from ledger.vocabulary import Action
from ledger.when import LONDON, Occurrence, in_order
from ledger.words import N_, Term
from projections.measures.facts import Question, attested
from projections.measures.finding import Figure, Finding, Part, Result, Sentence, sentence, worst
from projections.measures.judging import begun, found_in_parts, not_launched, share
from projections.measures.windows import Window, windows

VERSION: Final = 1
_DATES: Final = N_("Each firm date kept, or moved beforehand")
_REASONS: Final = N_("Each change with its reason")
_NOTICE: Final = N_("Each change told at the earliest opportunity")
_TIME: Final = N_("Time to bid given back")
_PROVIDERS: Final = frozenset({"existing_provider", "potential_provider"})

_SHOWS: Final[Mapping[str, type[Action]]] = {
    "launch": ProcurementLaunched,
    "tender_deadline": BidsClosed,
    "award": ContractAwarded,
    "service_start": ServiceStarted,
    "needs_assessment": NeedsAssessmentPublished,
}
"""Step of the timetable -> what else on record shows that it was reached."""

_AFTER_LAUNCH: Final = frozenset({"award", "service_start"})


def measure(question: Question) -> Finding:
    """Return the finding: the parts `dates`, `reasons`, `notice` and `time`."""
    return found_in_parts(
        question,
        3,
        VERSION,
        _judge,
        "tell_within_working_days",
        "reason_within_working_days",
        "month_length_days",
    )


def _judge(question: Question) -> tuple[Part, ...]:
    baselines = list(question.history.records(TimelinePublished))
    moves = _moves(question.history)
    parts = (
        _dates(question, baselines, moves),
        _reasons(question, baselines, moves),
        _notice(question, baselines, moves),
        _time(question, baselines),
    )
    return parts if begun(question.history) is not None else tuple(not_launched(part) for part in parts)


@dataclass(frozen=True, slots=True)
class _Judged:
    """What one date, or one change, comes to; the worst of them decides the part."""

    result: Result
    why: Sentence
    evidence: tuple[int, ...]
    changes_at: datetime | None = None


def _part(code: str, title: str, judged: Sequence[_Judged], figures: Sequence[Figure] = ()) -> Part:
    """Return a part as bad as the worst that was judged, resting on all that came to the same."""
    result = worst(each.result for each in judged)
    deciding = [each for each in judged if each.result == result]
    ahead = [each.changes_at for each in judged if each.changes_at is not None]
    return Part(
        code,
        title,
        result,
        deciding[0].why,
        tuple(sorted({index for each in deciding for index in each.evidence})),
        figures=tuple(figures),
        changes_at=min(ahead, default=None),
    )


# --- changes of the timetable -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Move:
    """One change of the timetable: who was told of it, and the dates that it moved, as they stood."""

    entry: Recorded
    action: TimelineChanged
    messages: tuple[tuple[Recorded, TimelineChangeCommunicated], ...]
    old_dates: tuple[date, ...]

    @property
    def decided(self) -> Occurrence | None:
        return self.entry.occurred

    @property
    def latest_day(self) -> date:
        """The last day on which it can have been decided: what is not stated was decided when it was recorded."""
        return self.entry.recorded.astimezone(LONDON).date() if self.decided is None else self.decided.last_day

    @property
    def evidence(self) -> tuple[int, ...]:
        return (self.entry.index, *(entry.index for entry, _ in self.messages))


def _moves(history: History) -> list[_Move]:
    """Return the changes of the timetable in the order in which they were decided."""
    dates = {
        code: day
        for timetable in history.actions(TimelinePublished)
        for milestone in stated(timetable.milestones) or ()
        if (code := stated(milestone.code)) is not None and (day := stated(milestone.date)) is not None
    }
    told = list(history.records(TimelineChangeCommunicated))
    moves = []
    for entry, action in in_order(list(history.records(TimelineChanged)), lambda each: each[0].occurred):
        chain = history.chain(entry.index)
        old: list[date] = []
        new: dict[str, date] = {}
        for change in stated(action.changes) or ():
            code, day = stated(change.code), stated(change.new_date)
            old += [dates[code]] if code in dates else []
            new |= {code: day} if code is not None and day is not None else {}
        messages = tuple((sent, message) for sent, message in told if stated(message.change) in chain)
        moves.append(_Move(entry, action, messages, tuple(old)))
        dates |= new
    return moves


def _nothing_moved(baselines: Sequence[tuple[Recorded, TimelinePublished]]) -> _Judged:
    if not baselines:
        return _Judged("not_evidenced", sentence(N_("No timetable is on record.")), ())
    why = sentence(N_("No change of the timetable is on record, so there was nothing to explain or to tell."))
    return _Judged("met", why, tuple(entry.index for entry, _ in baselines))


# --- dates ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Promise:
    """A date that stood for a step: by which entry, until which change took it away, and whether it is called firm."""

    code: str
    title: str | Term
    day: date
    entry: Recorded
    firm: bool
    moved: Recorded | None


def _dates(question: Question, baselines: Sequence[tuple[Recorded, TimelinePublished]], moves: Sequence[_Move]) -> Part:
    promises = list(_promises(baselines, moves))
    stopped = _stopped(question.history)
    judged = [
        _kept(each, question)
        for each in promises
        if _is_binding(each, question.history) and not any(end.by(each.day) for end in stopped)
    ]
    if not judged:
        missing = N_("No firm date of a timetable is on record.") if baselines else N_("No timetable is on record.")
        judged = [_Judged("not_evidenced", sentence(missing), tuple(entry.index for entry, _ in baselines))]
    kept = [each for each in judged if each.result == "met"]
    if kept:
        # Dates still to come do not keep from saying that those so far were kept.
        judged = [_ahead(each, kept) for each in judged]
    return _part("dates", _DATES, judged, tuple(_adherence(question, promises)))


def _ahead(judged: _Judged, kept: Sequence[_Judged]) -> _Judged:
    """Return a date still to come as kept so far, which it is until its moment comes."""
    return judged if judged.result != "pending" else _Judged("met", kept[0].why, (), judged.changes_at)


def _promises(baselines: Sequence[tuple[Recorded, TimelinePublished]], moves: Sequence[_Move]) -> Iterator[_Promise]:
    """Yield every date that ever stood for a step of the timetable, in the order in which they stood."""
    for entry, timetable in baselines:
        for milestone in stated(timetable.milestones) or ():
            code, day = stated(milestone.code), stated(milestone.date)
            if code is None:
                continue
            steps = [(entry, day), *_new_dates(code, moves)]
            known = [(each, when) for each, when in steps if when is not None]
            for place, (by, when) in enumerate(known):
                after = known[place + 1][0] if place + 1 < len(known) else None
                yield _Promise(code, _name(code, milestone.title), when, by, milestone.firmness == "firm", after)


def _new_dates(code: str, moves: Sequence[_Move]) -> Iterator[tuple[Recorded, date | None]]:
    for move in moves:
        for change in stated(move.action.changes) or ():
            if change.code == code:
                yield move.entry, stated(change.new_date)


def _name(code: str, title: object) -> str | Term:
    usual = MILESTONES.labels.get(code) if code != "other" else None
    if usual is not None:
        return Term(usual)
    return title if isinstance(title, str) else code


def _is_binding(promise: _Promise, history: History) -> bool:
    """Whether a date is firm, or passes after the launch, from which on dates still called indicative count as firm."""
    launch = begun(history)
    return promise.firm or (launch is not None and launch.when is not None and launch.when.by(promise.day) is True)


def _stopped(history: History) -> list[Occurrence]:
    ends = [entry for entry, stop in history.records(ProcurementTerminated) if stop.scope == "process"]
    ends += [entry for entry, _ in history.records(CommissioningProcessClosed)]
    return [entry.occurred for entry in ends if entry.occurred is not None]


def reached(history: History, code: str) -> list[Recorded]:
    """Return what shows that a step was reached."""
    shown = [entry for entry, reached in history.records(MilestoneReached) if reached.milestone_code == code]
    others = [entry for entry, _ in history.records(_SHOWS[code])] if code in _SHOWS else []
    return shown + [entry for entry in others if code not in _AFTER_LAUNCH or _is_of_this_tender(entry, history)]


def _is_of_this_tender(entry: Recorded, history: History) -> bool:
    """Whether an award, or a start, certainly came after the launch: one before it is of another contract."""
    launch = begun(history)
    if launch is None or launch.when is None or entry.occurred is None:
        return False
    return launch.when.before(entry.occurred) is True


def _by(entry: Recorded | None, day: date) -> bool | None:
    return None if entry is None or entry.occurred is None else entry.occurred.by(day)


def _kept(promise: _Promise, question: Question) -> _Judged:
    """Judge one date: reached or moved by its end, or passed without."""
    shown = reached(question.history, promise.code)
    slots = {"step": promise.title, "day": promise.day}
    moved = False if promise.moved is None else _by(promise.moved, promise.day)
    kept_by = [entry for entry in shown if _by(entry, promise.day)]
    kept_by += [promise.moved] if moved and promise.moved is not None else []
    if kept_by:
        why = sentence(N_("Each firm date so far was kept, or moved before it had passed."))
        return _Judged("met", why, (promise.entry.index, kept_by[0].index))
    if question.at < end_of(promise.day):
        why = sentence(N_("The next firm date has not passed yet."))
        return _Judged("pending", why, (promise.entry.index,), end_of(promise.day))
    others = (*(entry.index for entry in shown), *(() if promise.moved is None else (promise.moved.index,)))
    evidence = (promise.entry.index, *others)
    if (promise.moved is not None and moved is None) or any(_by(entry, promise.day) is None for entry in shown):
        why = sentence(N_("%(step)s: the record leaves open whether %(day)s was kept, or moved beforehand."), **slots)
        return _Judged("not_evidenced", why, evidence)
    if others:
        why = sentence(N_("%(step)s: %(day)s had passed before it was reached or moved."), **slots)
        return _Judged("breached", why, evidence)
    if promise.entry.statement.standing in {"act", "import"}:
        why = sentence(N_("%(step)s: %(day)s passed, and nothing shows that it was reached or moved."), **slots)
        return _Judged("breached", why, evidence)
    why = sentence(
        N_("%(step)s: what became of %(day)s is not on record, and others or old papers alone name it."), **slots
    )
    return _Judged("not_evidenced", why, evidence)


def _adherence(question: Question, promises: Sequence[_Promise]) -> Iterator[Figure]:
    """Yield how many steps were reached by their first and by their present date, and how far each has slipped."""
    first: dict[str, _Promise] = {}
    now: dict[str, _Promise] = {}
    for promise in promises:
        first.setdefault(promise.code, promise)
        now[promise.code] = promise
    for label, stood in (
        (N_("Steps reached by their first date"), first),
        (N_("Steps reached by their present date"), now),
    ):
        due = [each for each in stood.values() if question.at >= end_of(each.day)]
        in_time = [each for each in due if any(_by(entry, each.day) for entry in reached(question.history, each.code))]
        yield share(label, len(in_time), len(due))
    for code, begin in first.items():
        actual = [entry.occurred for entry in reached(question.history, code) if entry.occurred is not None]
        day = min((each.first_day for each in actual if each.first_day == each.last_day), default=now[code].day)
        if day != begin.day:
            slip = sentence(N_("%(step)s: %(days)s"), step=begin.title, days=(day - begin.day).days)
            yield Figure(N_("Days later than first planned"), slip)


# --- reasons ----------------------------------------------------------------------------------------------------------


def _reasons(
    question: Question, baselines: Sequence[tuple[Recorded, TimelinePublished]], moves: Sequence[_Move]
) -> Part:
    judged = [_reasoned(each, question) for each in moves] or [_nothing_moved(baselines)]
    told = sum(any(message.reason_included is True for _, message in each.messages) for each in moves)
    return _part("reasons", _REASONS, judged, (share(N_("Changes told with their reason"), told, len(moves)),))


def _reasoned(move: _Move, question: Question) -> _Judged:
    """Judge the reason of one change: told, withheld, kept back, or missing."""
    slots = {"entry": move.entry.index}
    state = _reason_state(move)
    included = [message.reason_included for _, message in move.messages]
    if state == "withheld":
        why = sentence(N_("The reason of the change in entry %(entry)s is withheld on a stated basis."), **slots)
        return _Judged("breached_explained", why, (move.entry.index,))
    if True in included:
        why = sentence(N_("Each change of the timetable was told with its reason."))
        return _Judged("met", why, move.evidence)
    if state == "not_stated" or (state == "given" and any(stated(each) is None for each in included)):
        why = sentence(N_("It is not stated whether the change in entry %(entry)s was told with a reason."), **slots)
        return _Judged("not_evidenced", why, move.evidence)
    if included and _is_embargoed(move):
        why = sentence(N_("The reason of the change in entry %(entry)s was kept back and is not public yet."), **slots)
        return _Judged("breached_explained", why, move.evidence)
    return _untold(move, state, question)


def _untold(move: _Move, state: str, question: Question) -> _Judged:
    """Judge a change whose reason nothing shows to have been told, and nothing keeps back."""
    within = question.thresholds.reason_within_working_days
    until = end_of(question.calendar.add_working_days(move.latest_day, within))
    slots = {"entry": move.entry.index, "days": within}
    if question.at < until:
        why = sentence(N_("There is still time to give the reason of the change in entry %(entry)s."), **slots)
        return _Judged("pending", why, move.evidence, until)
    if state == "not_given":
        why = sentence(N_("No reason is given for the change in entry %(entry)s after %(days)s working days."), **slots)
        return _Judged("breached", why, move.evidence)
    if not move.messages:
        why = sentence(N_("It is not on record that anybody was told why, in entry %(entry)s, dates moved."), **slots)
        return _Judged("not_evidenced", why, move.evidence)
    why = sentence(N_("The reason of the change in entry %(entry)s was left out of the messages about it."), **slots)
    return _Judged("breached", why, move.evidence)


def _reason_state(move: _Move) -> Literal["given", "withheld", "not_given", "not_stated"]:
    """Return what is on record of a reason; one that was committed and is not shown counts as given."""
    reason = move.action.reason
    if isinstance(reason, Reason):
        return reason.state
    return "given" if isinstance(reason, Undisclosed) else "not_stated"


def _is_embargoed(move: _Move) -> bool:
    reason = move.action.reason
    hidden = reason.text if isinstance(reason, Reason) else reason
    kept_back = isinstance(hidden, Undisclosed) and hidden.state == "embargoed"
    return kept_back or move.entry.statement.visibility.state == "embargoed"


# --- notice -----------------------------------------------------------------------------------------------------------


def _notice(
    question: Question, baselines: Sequence[tuple[Recorded, TimelinePublished]], moves: Sequence[_Move]
) -> Part:
    vouched = attested(question.history, ["procurement"])
    judged = [_told(each, question, vouched) for each in moves] or [_nothing_moved(baselines)]
    return _part("notice", _NOTICE, judged, tuple(_lags(question, moves)))


def _told(move: _Move, question: Question, vouched: tuple[int, ...]) -> _Judged:
    """Judge whether all who were to be told of one change were told in time."""
    within = question.thresholds.tell_within_working_days
    slots = {"entry": move.entry.index, "days": within}
    complete = _complete(move, question.history)
    if complete is None:
        return _not_told(move, question, vouched)
    sent = [message.occurred for message in complete]
    lags = [_lag(move, each, question) for each in sent]
    if any(least > within for least, _ in lags):
        why = sentence(
            N_("Some were told of the change in entry %(entry)s later than %(days)s working days after it."), **slots
        )
        return _Judged("breached", why, move.evidence)
    warned = [None if each is None else each.by(old) for each in sent for old in move.old_dates]
    if False in warned:
        why = sentence(
            N_("Some were told of the change in entry %(entry)s only when the old date had passed."), **slots
        )
        return _Judged("breached", why, move.evidence)
    if None in warned or any(most is None or most > within for _, most in lags):
        why = sentence(N_("The record leaves open how soon all were told of the change in entry %(entry)s."), **slots)
        return _Judged("not_evidenced", why, move.evidence)
    why = sentence(
        N_("Each change of the timetable was told within %(days)s working days, before the old date."), **slots
    )
    return _Judged("met", why, move.evidence)


def _not_told(move: _Move, question: Question, vouched: tuple[int, ...]) -> _Judged:
    within = question.thresholds.tell_within_working_days
    slots = {"entry": move.entry.index, "days": within}
    until = end_of(question.calendar.add_working_days(move.latest_day, within))
    if question.at < until:
        why = sentence(N_("There is still time to tell of the change in entry %(entry)s."), **slots)
        return _Judged("pending", why, move.evidence, until)
    if vouched and not move.messages:
        why = sentence(
            N_("Nobody was told of the change in entry %(entry)s, and the record of the stage is attested."), **slots
        )
        return _Judged("breached", why, (*move.evidence, *vouched))
    why = sentence(N_("It is not on record that providers were told of the change in entry %(entry)s."), **slots)
    return _Judged("not_evidenced", why, move.evidence)


def _complete(move: _Move, history: History) -> list[Recorded] | None:
    """Return the messages that each reached somebody first; None where providers are not among those told."""
    reached: frozenset[str] = frozenset()
    firsts = []
    for entry, message in in_order(list(move.messages), lambda each: each[0].occurred):
        audience = frozenset(stated(message.audience) or ())
        if audience - reached:
            firsts.append(entry)
        reached |= audience
    return firsts if reached & _to_be_told(move, history) else None


def _to_be_told(move: _Move, history: History) -> frozenset[str]:
    """Return of whom one must be told: possible providers, or any provider once a contract is awarded."""
    decided = move.decided
    awards = [entry.occurred for entry, _ in history.records(ContractAwarded) if entry.occurred is not None]
    awarded = decided is not None and any(each.before(decided) for each in awards)
    return _PROVIDERS if awarded else frozenset({"potential_provider"})


def _lag(move: _Move, sent: Occurrence | None, question: Question) -> tuple[int, int | None]:
    """Return the least and the most working days from a decision to a message; the most is None where it is open."""
    decided = move.decided
    if sent is None:
        return 0, None
    least = working_days_between(move.latest_day, sent.first_day, question.calendar)
    if decided is None:
        return least, None
    return least, working_days_between(decided.first_day, sent.last_day, question.calendar)


def _lags(question: Question, moves: Sequence[_Move]) -> Iterator[Figure]:
    for move in moves:
        sent = [entry.occurred for entry in _complete(move, question.history) or () if entry.occurred is not None]
        if not sent:
            continue
        last = max(sent, key=lambda each: each.end)
        lag = max(0, working_days_between(move.latest_day, last.last_day, question.calendar))
        warning = min(((old - last.last_day).days for old in move.old_dates), default=None)
        slots = {"entry": move.entry.index, "lag": lag, "warning": warning}
        template = (
            N_("Entry %(entry)s: %(lag)s")
            if warning is None
            else N_("Entry %(entry)s: %(lag)s; %(warning)s before the old date")
        )
        yield Figure(N_("Working days until all were told, and days of warning"), sentence(template, **slots))


# --- time given back --------------------------------------------------------------------------------------------------


def _time(question: Question, baselines: Sequence[tuple[Recorded, TimelinePublished]]) -> Part:
    first = _first_window(baselines)
    now = windows(question.history)
    evidence = tuple(entry.index for entry, _ in baselines)
    if first is None:
        missing = (
            N_("The first timetable does not say from when to when there was to be time to bid.")
            if baselines
            else N_("No timetable is on record.")
        )
        return _part("time", _TIME, [_Judged("not_evidenced", sentence(missing), evidence)])
    if now is None:
        why = sentence(N_("From when to when there is time to bid is not on record."))
        return _part("time", _TIME, [_Judged("not_evidenced", why, evidence)])
    limit = question.thresholds.month_length_days
    lost = [(_lost(first, each, limit), each) for each in now.effective]
    least = max(losses[0] for losses, _ in lost)
    most = _largest(losses[1] for losses, _ in lost)
    planned = (first[1] - first[0]).days
    figures = (Figure(N_("Days to bid first planned"), planned), Figure(N_("Days to bid lost"), least))
    if least > 0:
        worst_of_all = next(each for losses, each in lost if losses[0] == least)
        return _part(
            "time", _TIME, [_eroded(question.history, least, planned, (*evidence, *worst_of_all.evidence))], figures
        )
    evidence = (*evidence, *(index for _, each in lost for index in each.evidence))
    if most is None or most > 0:
        why = sentence(N_("The record leaves open whether bidders had as much time as was first planned."))
        return _part("time", _TIME, [_Judged("not_evidenced", why, evidence)], figures)
    why = sentence(N_("Bidders had no less time than the %(days)s days first planned."), days=planned)
    return _part("time", _TIME, [_Judged("met", why, evidence)], figures)


def _first_window(baselines: Iterable[tuple[Recorded, TimelinePublished]]) -> tuple[date, date] | None:
    """Return the first planned time to bid: from the launch, or a later release of the papers, to the deadline."""
    for _, timetable in baselines:
        planned = {stated(each.code): stated(each.date) for each in stated(timetable.milestones) or ()}
        launch, closes = planned.get("launch"), planned.get("tender_deadline")
        if launch is not None and closes is not None:
            return max(launch, planned.get("pack_released") or launch), closes
    return None


def _lost(first: tuple[date, date], now: Window, limit: int) -> tuple[int, int | None]:
    """Return the least and the most days that were lost; the most is None where it has no bound."""
    least = _eroded_days(first, (now.start.first, now.deadline.last), limit)
    if now.start.last is None:
        return least, None
    return least, _eroded_days(first, (now.start.last, now.deadline.first), limit)


def _eroded_days(first: tuple[date, date], now: tuple[date, date], limit: int) -> int:
    """Return how many days shorter a window is; few days that only the lengths of months took do not count."""
    lost = max(0, (first[1] - first[0]).days - (now[1] - now[0]).days)
    return 0 if lost <= limit and now[1] >= _as_long(first, now[0]) else lost


def _as_long(first: tuple[date, date], start: date) -> date:
    """Return when a window of as many calendar months and days as the first one would end."""
    months = (first[1].year - first[0].year) * 12 + first[1].month - first[0].month
    while add_months(first[0], months) > first[1]:
        months -= 1
    return add_months(start, months) + (first[1] - add_months(first[0], months))


def _largest(days: Iterable[int | None]) -> int | None:
    known = list(days)
    return None if None in known else max(each for each in known if each is not None)


def _eroded(history: History, lost: int, planned: int, evidence: tuple[int, ...]) -> _Judged:
    explained = [index for index, reason in _why_not_extended(history) if _is_committed(reason)]
    slots = {"lost": lost, "days": planned}
    if explained:
        why = sentence(
            N_(
                "Bidders lost %(lost)s of the %(days)s days first planned; why more time was not possible is on record."
            ),
            **slots,
        )
        return _Judged("breached_explained", why, (*evidence, *explained))
    why = sentence(N_("Bidders lost %(lost)s of the %(days)s days first planned, with no word on why."), **slots)
    return _Judged("breached", why, evidence)


def _why_not_extended(history: History) -> Iterator[tuple[int, object]]:
    for moved, change in history.records(TimelineChanged):
        yield moved.index, change.extension_not_possible_reason
    for corrected, correction in history.records(SpecificationCorrected):
        yield corrected.index, correction.extension_not_possible_reason
    for amended, amendment in history.records(TenderAmended):
        yield amended.index, amendment.extension_not_possible_reason


def _is_committed(reason: object) -> bool:
    """Whether a reason is given, or withheld on a basis, or was committed and is not shown."""
    return isinstance(reason, Undisclosed) or (isinstance(reason, Reason) and reason.state != "not_given")
