"""The failures that the paper narrates (F1 to F19), and what on record shows them (`docs/measures/rollups.md`).

A failure that is not seen may have happened all the same. What is seen is told with how far it can be relied on: shown
by acts, official releases or an accepted issue; only claimed; or disputed by the body responsible.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from statistics import median
from typing import Final, Literal

from ledger.actions.contract import FINDERS, VALUES, ContractAwarded, ContractDetailsPublished, ContractValueCorrected
from ledger.actions.delivery import PostProcessReviewPublished, ServiceStarted
from ledger.actions.design import BiddingRequirementsPublished, LotStructureRevised, SpecificationAuthorAssigned
from ledger.actions.process import BudgetPublished, value_on_record
from ledger.actions.procurement import ClarificationAnswerCorrected, ClarificationAnswered, ProcurementLaunched
from ledger.actions.timeline import TimelineChanged, TimelinePublished, possible_dates
from ledger.kinds import CodeList, Maybe, Money, stated
from ledger.process import History, Recorded
from ledger.when import Occurrence
from ledger.words import N_
from projections.measures import r14
from projections.measures.facts import STATING_VALUES, Question, attested, milestones, owed
from projections.measures.finding import Figure, Sentence, sentence
from projections.measures.issues import Issue, issues
from projections.measures.judging import begun, established_only, is_before, share
from projections.measures.r10 import comparisons
from projections.measures.specifications import Specification, specifications
from projections.measures.windows import deadline, is_blank

Seen = Literal["shown", "claimed", "disputed", "no"]

SEEN: Final = CodeList(
    "how far a failure is seen",
    {
        "shown": N_("Shown by the record"),
        "claimed": N_("Claimed"),
        "disputed": N_("Claimed and disputed"),
        "no": N_("Not seen on record"),
    },
)


@dataclass(frozen=True, slots=True)
class Sighting:
    """One thing on record that shows a failure: in a sentence, with the entries it rests on."""

    why: Sentence
    evidence: tuple[int, ...]
    seen: Seen


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure of the paper. `credit` is true for what was caught in time (F17)."""

    code: str
    title: str
    recommendations: tuple[int, ...]
    sightings: tuple[Sighting, ...]
    figures: tuple[Figure, ...]
    credit: bool = False

    @property
    def seen(self) -> Seen:
        """How far it is seen: by its strongest sighting."""
        found = {each.seen for each in self.sightings}
        return next((seen for seen in _STRONGEST_FIRST if seen in found), "no")


_STRONGEST_FIRST: Final[tuple[Seen, ...]] = ("shown", "claimed", "disputed")

Found = tuple[Sentence, tuple[int, ...]]
"""What is seen, in a sentence, with the entries it rests on: first the one that shows it."""

Looks = Callable[[Question], Iterator[Found]]
Counts = Callable[[Question], Iterator[Figure]]


def failures(question: Question) -> tuple[Failure, ...]:
    """Return F1 to F19, each with what shows it."""
    known = issues(question.history)
    return tuple(_look(question, detector, known) for detector in _DETECTORS)


@dataclass(frozen=True, slots=True)
class _Detector:
    code: str
    title: str
    recommendations: tuple[int, ...]
    looks: Looks
    counts: Counts
    issues: tuple[str, ...] = ()
    impacts: tuple[str, ...] = ()
    credit: bool = False


def _look(question: Question, detector: _Detector, known: Sequence[Issue]) -> Failure:
    return Failure(
        detector.code,
        detector.title,
        detector.recommendations,
        (*_sightings(question, detector.looks), *_told_by_issues(detector, known)),
        tuple(detector.counts(question)),
        detector.credit,
    )


def _sightings(question: Question, looks: Looks) -> Iterator[Sighting]:
    """Yield what is seen; only claimed where it would not be seen without reports and reconstructions."""
    everything = list(looks(question))
    if not everything:
        return
    established = established_only(question.history)
    without_others = Question(established, question.at, question.calendar, question.thresholds)
    shown = {evidence[0] for _, evidence in looks(without_others)}
    for why, evidence in everything:
        yield Sighting(why, tuple(sorted(set(evidence))), "shown" if evidence[0] in shown else "claimed")


def _told_by_issues(detector: _Detector, known: Sequence[Issue]) -> Iterator[Sighting]:
    for issue in known:
        withdrawn = issue.resolved is not None and issue.resolved[1].outcome == "withdrawn"
        impacts = set(stated(issue.reported.impact) or ())
        tells = issue.type in detector.issues or not impacts.isdisjoint(detector.impacts)
        if tells and not withdrawn:
            seen: Seen = "shown" if issue.is_accepted else "disputed" if issue.is_disputed else "claimed"
            yield Sighting(_TOLD[seen], issue.evidence, seen)


_TOLD: Final[dict[Seen, Sentence]] = {
    "shown": sentence(N_("An issue tells of it, and the body responsible accepted it.")),
    "claimed": sentence(N_("An issue tells of it. The body responsible has not accepted it.")),
    "disputed": sentence(N_("An issue tells of it, and the body responsible disputes it.")),
}


def _of(which: object, days: int) -> Sentence:
    return sentence(N_("%(which)s: %(days)s"), which=which, days=days)


def _nothing(question: Question) -> Iterator[Found]:  # noqa: ARG001 - there is nothing to look at but issues
    yield from ()


def _uncounted(question: Question) -> Iterator[Figure]:  # noqa: ARG001 - there is nothing to count
    yield from ()


def _day(when: Maybe[Occurrence] | Occurrence | None) -> date | None:
    """Return the day something happened, where it is known to the day."""
    known = stated(when)
    return known.first_day if known is not None and known.first_day == known.last_day else None


# --- specifications (F1 to F7) ----------------------------------------------------------------------------------------


def _blank(question: Question) -> Iterator[Found]:
    for each in specifications(question.history):
        for index in each.blank:
            yield sentence(N_("Specification %(name)s held nothing at all."), name=each.name), (index,)


def _gaps(question: Question) -> Iterator[Found]:
    for each in specifications(question.history):
        for entry, published in each.versions:
            blank = [section for section in stated(published.sections) or () if section.state == "blank"]
            if blank and not is_blank(published):
                why = sentence(
                    N_("Sections of specification %(name)s were blank: %(count)s."), name=each.name, count=len(blank)
                )
                yield why, (entry.index,)
        yield from _put_right(each, "missing_section")


def _put_right(specification: Specification, defect: str) -> Iterator[Found]:
    for entry, fix in specification.fixes:
        if stated(fix.defect_code) == defect:
            yield (
                sentence(N_("A fault in specification %(name)s was put right."), name=specification.name),
                (entry.index,),
            )


def _count_gaps(question: Question) -> Iterator[Figure]:
    told = sum(1 for _ in _gaps(question)) + sum(each.type == "spec_missing_info" for each in issues(question.history))
    yield Figure(N_("Faults on record"), told)
    days = [days for each in specifications(question.history) for days in _until_put_right(each)]
    if days:
        yield Figure(N_("Days until put right, at the median"), median(map(Decimal, days)))


def _until_put_right(specification: Specification) -> Iterator[int]:
    published = [day for entry, _ in specification.versions if (day := _day(entry.occurred)) is not None]
    fixes = [fix for _, fix in specification.fixes if stated(fix.defect_code) == "missing_section"]
    for fixed in map(_day, (fix.corrected_on for fix in fixes)):
        if fixed is not None and published:
            yield (fixed - min(published)).days


def _no_tupe(question: Question) -> Iterator[Found]:
    for each in specifications(question.history):
        for entry, published in each.versions:
            if stated(published.tupe_status) == "missing":
                why = sentence(N_("Specification %(name)s came without TUPE information."), name=each.name)
                yield why, (entry.index,)
        yield from _put_right(each, "missing_tupe")


def _count_tupe(question: Question) -> Iterator[Figure]:
    lacking = [
        (each, entry, stated(published.prison))
        for each in specifications(question.history)
        for entry, published in each.versions
        if stated(published.tupe_status) == "missing"
    ]
    prisons = sorted({prison for _, _, prison in lacking if prison is not None})
    if prisons:
        yield Figure(N_("Prisons"), ", ".join(prisons))
    for each, entry, prison in lacking:
        since, until = _day(entry.occurred), _tupe_given(each)
        if since is not None and until is not None:
            named = prison or each.name
            yield Figure(N_("Days until given"), _of(named, (until - since).days))
            yield from _left_to_bid(question, until, named)


def _tupe_given(specification: Specification) -> date | None:
    versions = [entry for entry, each in specification.versions if stated(each.tupe_status) == "provided"]
    fixes = [entry for entry, fix in specification.fixes if stated(fix.defect_code) == "missing_tupe"]
    return min((day for entry in (*versions, *fixes) if (day := _day(entry.occurred)) is not None), default=None)


def _left_to_bid(question: Question, given: date, named: str) -> Iterator[Figure]:
    launch, closes = begun(question.history), deadline(question.history)
    launched = None if launch is None else _day(launch.when)
    if launched is not None and closes is not None and closes.known is not None:
        left = max(0, (closes.known - max(given, launched)).days)
        whole = (closes.known - launched).days
        told = sentence(N_("%(which)s: %(part)s of %(all)s"), which=named, part=left, all=whole)
        yield Figure(N_("Days left to bid"), told)


def _incumbent(question: Question) -> Iterator[Found]:
    for each in specifications(question.history):
        yield from _put_right(each, "incumbent_error")


def _undeliverable(question: Question) -> Iterator[Found]:
    for each in comparisons(question.history):
        if each.fits is False:
            why = sentence(
                N_("What specification %(name)s must have costs more than the budget."), name=each.specification
            )
            yield why, each.evidence
    for known in specifications(question.history):
        yield from _put_right(known, "undeliverable")


def _outside(question: Question) -> Iterator[Found]:
    for entry, author in question.history.records(SpecificationAuthorAssigned):
        if author.works_in_service is False:
            role = stated(author.author_role) or sentence(N_("role not stated"))
            yield sentence(N_("An author does not work in the service: %(role)s."), role=role), (entry.index,)


def _count_outside(question: Question) -> Iterator[Figure]:
    authors = list(question.history.actions(SpecificationAuthorAssigned))
    outside = [author for author in authors if author.works_in_service is False]
    roles = [role for author in outside if (role := stated(author.author_role)) is not None]
    yield share(N_("Authors outside the service"), len(outside), len(authors))
    if roles:
        yield Figure(N_("Roles"), ", ".join(roles))


def _budget_untold(question: Question) -> Iterator[Found]:
    for entry, author in question.history.records(SpecificationAuthorAssigned):
        support = stated(author.support_offered)
        if support is not None and "budget_info" not in support:
            yield sentence(N_("The support offered to an author did not include the budget.")), (entry.index,)
    for entry, budget in question.history.records(BudgetPublished):
        if budget.given_to_specification_authors is False:
            yield sentence(N_("The budget was not given to those who write specifications.")), (entry.index,)


# --- a wrong value (F8) -----------------------------------------------------------------------------------------------


def _wrong_value(question: Question) -> Iterator[Found]:
    launch = begun(question.history)
    for entry, _ in question.history.records(ContractValueCorrected):
        if launch is not None and is_before(launch.when, entry.occurred):
            why = sentence(
                N_("A value was put right %(when)s, after the tender had been launched."), when=entry.occurred
            )
            yield why, (entry.index, *launch.evidence)


def _count_wrong_value(question: Question) -> Iterator[Figure]:
    for _, evidence in _wrong_value(question):
        entry = question.history.at(evidence[0])
        if entry is not None and isinstance(entry.action, ContractValueCorrected):
            yield from _count_value(question, entry, entry.action)


def _count_value(question: Question, entry: Recorded, put_right: ContractValueCorrected) -> Iterator[Figure]:
    wrong, which = _wrong_since(question.history, entry, put_right), _which(put_right)
    began, until = None if wrong is None else _day(wrong.occurred), _day(entry.occurred)
    if began is not None and until is not None:
        yield Figure(N_("Days wrong"), _of(which, (until - began).days))
        yield from _relied_upon(question, which, began, until)
    before, after = _wrong_amount(wrong, put_right), stated(put_right.after)
    if before is not None and after is not None and before.currency == after.currency and before.value:
        times = sentence(N_("%(which)s: %(times)s"), which=which, times=round(after.value / before.value, 2))
        yield Figure(N_("Right value, in times the wrong one"), times)
    finder = stated(put_right.found_by)
    if finder is not None:
        told = sentence(N_("%(which)s: %(who)s"), which=which, who=sentence(FINDERS.labels[finder]))
        yield Figure(N_("Found by"), told)
    effect = stated(put_right.effect_on_bidders)
    if effect is not None:
        yield Figure(N_("Effect on bidders"), sentence(N_("%(which)s: %(effect)s"), which=which, effect=effect))


def _which(put_right: ContractValueCorrected) -> object:
    """Return which value it is: the lot, award or contract, else what it is the value of."""
    of = stated(put_right.value_of)
    return stated(put_right.target_id) or (sentence(VALUES.labels[of]) if of is not None else _UNNAMED)


_UNNAMED: Final = sentence(N_("not on record"))


def _relied_upon(question: Question, which: object, began: date, until: date) -> Iterator[Figure]:
    launch, closes = begun(question.history), deadline(question.history)
    launched = None if launch is None else _day(launch.when)
    if launched is not None and closes is not None and closes.known is not None:
        days = (min(until, closes.known) - max(began, launched)).days
        yield Figure(N_("Days wrong while bidders relied on it"), _of(which, max(0, days)))


def _wrong_since(history: History, entry: Recorded, put_right: ContractValueCorrected) -> Recorded | None:
    """Return the entry from which the value was wrong: the one named, else the last that stated it before."""
    named = stated(put_right.wrong_since)
    if named is not None:
        return None if history.at(named) is None else history.at(history.newest(named))
    key = (stated(put_right.value_of), stated(put_right.target_id))
    earlier = [
        each
        for each in history.standing(*STATING_VALUES)
        if is_before(each.occurred, entry.occurred) and any((of, which) == key for of, which, _ in each.action.values())
    ]
    return max(earlier, key=lambda each: each.occurred.start if each.occurred else entry.recorded, default=None)


def _wrong_amount(wrong: Recorded | None, put_right: ContractValueCorrected) -> Money | None:
    key = (stated(put_right.value_of), stated(put_right.target_id))
    held = [] if wrong is None else [amount for of, which, amount in wrong.action.values() if (of, which) == key]
    return held[0] if held else stated(put_right.before_stated)


# --- answers and dates (F9 to F12) ------------------------------------------------------------------------------------


def _late(question: Question) -> Iterator[Found]:
    for each in owed(question, "question"):
        if each.lapsed:
            yield sentence(N_("The answer to a question was not there in time.")), each.evidence


def _count_late(question: Question) -> Iterator[Figure]:
    late, *_ = r14.symptoms(question)
    yield share(N_("Late answers"), late.cases, late.whole)


def _answers_put_right(question: Question) -> Iterator[Found]:
    for entry, action in question.history.records(ClarificationAnswerCorrected):
        answers = question.history.records(ClarificationAnswered)
        told = [each.index for each, answer in answers if stated(answer.question_id) == stated(action.question_id)]
        yield sentence(N_("An answer to bidders was wrong and was put right.")), (entry.index, *told)


def _count_put_right(question: Question) -> Iterator[Figure]:
    corrected = sum(1 for _ in question.history.actions(ClarificationAnswerCorrected))
    answers = sum(1 for _ in question.history.actions(ClarificationAnswered))
    yield share(N_("Answers put right"), corrected, answers)


def _unclear_dates(question: Question) -> Iterator[Found]:
    history = question.history
    launch = begun(history)
    if launch is None:
        return
    vouched = attested(history, ["design"])
    if vouched and not any(history.actions(TimelinePublished)):
        why = sentence(
            N_("The tender was launched without a timetable, and the record of the design stage is attested.")
        )
        yield why, (*vouched, *launch.evidence)
    for entry, timetable in history.records(TimelinePublished):
        loose = [each for each in stated(timetable.milestones) or () if stated(each.firmness) == "indicative"]
        if loose:
            why = sentence(
                N_("Dates still called indicative when the tender was launched: %(count)s."), count=len(loose)
            )
            yield why, (entry.index, *launch.evidence)
    yield from _conflicting_dates(history)


def _conflicting_dates(history: History) -> Iterator[Found]:
    timetables = tuple(entry.index for entry, _ in history.records(TimelinePublished))
    for entry, launched in history.records(ProcurementLaunched):
        said = {
            "tender_deadline": stated(launched.tender_deadline),
            "clarification_deadline": stated(launched.clarification_deadline),
            "answers_deadline": stated(launched.answers_deadline),
        }
        for code, day in said.items():
            possible = possible_dates(history, code, launched.launched_on)
            if day is not None and possible and day not in possible:
                why = sentence(
                    N_("Two documents give different dates: %(day)s and %(other)s."), day=day, other=min(possible)
                )
                yield why, (entry.index, *timetables)


def _interrupted(question: Question) -> Iterator[Found]:
    for entry, started in question.history.records(ServiceStarted):
        ended, began = stated(started.predecessor_ended_on), _day(started.actual_on)
        if ended is not None and began is not None and (began - ended).days > 1:
            why = sentence(N_("There was no service for %(days)s days."), days=(began - ended).days - 1)
            yield why, (entry.index,)
    late = start_delay(question)
    if late is not None and late[0] > 0:
        yield sentence(N_("The service started %(days)s days after the first date planned."), days=late[0]), late[1]


def _count_interrupted(question: Question) -> Iterator[Figure]:
    late = start_delay(question)
    if late is not None:
        yield Figure(N_("Days from the first planned start to the service's start"), late[0])
    for started in question.history.actions(ServiceStarted):
        ended, began = stated(started.predecessor_ended_on), _day(started.actual_on)
        if ended is not None and began is not None:
            named = stated(started.prison) or stated(started.contract_id) or ""
            yield Figure(N_("Days without a service"), _of(named, max(0, (began - ended).days - 1)))


def start_delay(question: Question) -> tuple[int, tuple[int, ...]] | None:
    """Return the days from the first planned start of the service to its first start, with the entries.

    None where the record does not know both days.
    """
    planned = milestones(question.history).get("service_start")
    starts = [
        (day, entry.index)
        for entry, _ in question.history.records(ServiceStarted)
        if (day := _day(entry.occurred)) is not None
    ]
    if planned is None or not starts:
        return None
    day, index = min(starts)
    return (day - planned.first).days, (planned.evidence[0], index)


# --- prisons, people and money (F13 to F19) ---------------------------------------------------------------------------


def _visits(question: Question) -> Iterator[Found]:
    for each in owed(question, "visit"):
        if each.lapsed:
            yield sentence(N_("A visit that was asked for did not take place in time.")), each.evidence
        elif each.ending is not None and each.ending.outcome == "refused" and _without_reason(each.ending.entry):
            yield sentence(N_("A visit was refused without a reason.")), each.evidence


def _without_reason(entry: Recorded) -> bool:
    reason = getattr(entry.action, "reason", None)
    return reason is None or getattr(reason, "state", None) == "not_given"


def _count_visits(question: Question) -> Iterator[Figure]:
    asked = owed(question, "visit")
    yield share(N_("Visits not held in time"), sum(each.lapsed for each in asked), len(asked))


def _capacity(question: Question) -> Iterator[Found]:
    (part,) = r14.measure(question).parts
    if part.result == "breached":
        yield part.why, part.evidence


def _baseless_budget(question: Question) -> Iterator[Found]:
    for entry, budget in question.history.records(BudgetPublished):
        if stated(budget.cost_evidence_entries) == ():
            yield sentence(N_("A budget rests on no evidence of what good practice costs.")), (entry.index,)


def caught_in_time(question: Question) -> Iterator[Found]:
    """Yield what an accepted issue changed before the launch: a later deadline, or lots cut anew (GP3, F17).

    Where the dates leave the order open, a review that credits the change to the concern decides.
    """
    history = question.history
    launch = begun(history)
    if launch is None:
        return
    for entry, issue, why, surely in _heeded(history):
        before = is_before(entry.occurred, launch.when)
        if before and surely:
            yield why, (entry.index, *issue.evidence, *launch.evidence)
        elif before is not False and (review := _crediting(history, entry, issue)) is not None:
            credit = sentence(
                N_("A published review says that the change was made because of the concern, and credits it.")
            )
            yield credit, (entry.index, *issue.evidence, review)


def _heeded(history: History) -> Iterator[tuple[Recorded, Issue, Sentence, bool]]:
    """Yield what an accepted issue changed, with the issue, and whether the change certainly gave way to it."""
    accepted = [issue for issue in issues(history) if issue.is_accepted]
    lots = sentence(N_("Lots were cut anew before the launch, after an issue that was accepted."))
    for entry, revised in history.records(LotStructureRevised):
        causes = set(stated(revised.cause_issue_ids) or ())
        caused = [
            each for each in accepted if each.entry.stream == entry.stream and stated(each.reported.issue_id) in causes
        ]
        if caused:
            yield entry, caused[0], lots, True
    dates = sentence(N_("The deadline for bids moved to a later day before the launch, after an accepted issue."))
    for entry, change in history.records(TimelineChanged):
        causes_of = _entries_of(history, stated(change.cause_entries) or ())
        caused = [each for each in accepted if not causes_of.isdisjoint(each.evidence)]
        if caused and (not stated(change.changes) or _gives_more_time(history, change)):
            yield entry, caused[0], dates, bool(stated(change.changes))


_ON_TIME_AND_LOTS: Final = frozenset({2, 7})


def _crediting(history: History, changed: Recorded, issue: Issue) -> int | None:
    """Return the review whose finding on time or lots rests on both the issue and what it changed."""
    for entry, review in history.records(PostProcessReviewPublished):
        for finding in stated(review.findings) or ():
            cited = _entries_of(history, stated(finding.entries) or ())
            both = changed.index in cited and not cited.isdisjoint(issue.evidence)
            if both and stated(finding.recommendation) in _ON_TIME_AND_LOTS:
                return entry.index
    return None


def _entries_of(history: History, indexes: Iterable[int]) -> frozenset[int]:
    return frozenset(history.newest(index) for index in indexes if history.at(index) is not None)


def _gives_more_time(history: History, change: TimelineChanged) -> bool:
    """Whether a change certainly moves the deadline for bids to a later day than any at which it may have stood."""
    before = possible_dates(history, "tender_deadline", change.decided_on)
    moved = [stated(each.new_date) for each in stated(change.changes) or () if stated(each.code) == "tender_deadline"]
    return any(day is not None and any(day > other for other in before) and day == max({day, *before}) for day in moved)


def _count_caught(question: Question) -> Iterator[Figure]:
    launch = begun(question.history)
    launched = None if launch is None else _day(launch.when)
    for _, evidence in caught_in_time(question):
        entry = question.history.at(evidence[0])
        day = None if entry is None else _day(entry.occurred)
        if day is not None and launched is not None:
            yield Figure(N_("Days before the launch"), (launched - day).days)


def _out_of_proportion(question: Question) -> Iterator[Found]:
    most = question.thresholds.turnover_ratio
    for entry, asked in question.history.records(BiddingRequirementsPublished):
        value = value_on_record(question.history, "lot_estimate", stated(asked.lot_id))
        turnover, basis = stated(asked.min_turnover), stated(asked.payment_basis)
        if value is not None and turnover is not None and turnover.currency == value.currency and value.value:
            times = turnover.value / value.value
            if times > most:
                why = sentence(N_("The turnover asked for is %(times)s times the yearly value."), times=round(times, 1))
                yield why, (entry.index,)
        if basis == "in_arrears":
            yield sentence(N_("Payment comes in arrears.")), (entry.index,)
        if basis == "by_results":
            yield sentence(N_("Payment is by results.")), (entry.index,)


def _count_set_up(question: Question) -> Iterator[Figure]:
    decided = {stated(award.award_id): _day(award.decided_on) for award in question.history.actions(ContractAwarded)}
    for contract in question.history.actions(ContractDetailsPublished):
        since, until = decided.get(stated(contract.award_id)), _day(contract.signed_on)
        if since is not None and until is not None:
            yield Figure(
                N_("Days from award to signature"), _of(stated(contract.contract_id) or "", (until - since).days)
            )
    late = start_delay(question)
    if late is not None:
        yield Figure(N_("Days from the first planned start to the service's start"), late[0])


_DETECTORS: Final = (
    _Detector("F1", N_("An entirely blank specification"), (12, 11, 2), _blank, _uncounted, ("spec_blank",)),
    _Detector("F2", N_("Missing information"), (12, 11), _gaps, _count_gaps, ("spec_missing_info",)),
    _Detector("F3", N_("No TUPE information"), (12, 11), _no_tupe, _count_tupe, ("spec_missing_tupe",)),
    _Detector(
        "F4", N_("Errors about the present provider"), (12, 11), _incumbent, _uncounted, ("spec_incumbent_error",)
    ),
    _Detector(
        "F5", N_("Not deliverable within the budget"), (10,), _undeliverable, _uncounted, ("spec_undeliverable",)
    ),
    _Detector("F6", N_("An author who is not involved in the service"), (12,), _outside, _count_outside),
    _Detector("F7", N_("Authors not told the budget"), (11,), _budget_untold, _uncounted, ("budget_untold",)),
    _Detector(
        "F8",
        N_("A value wrongly worked out, and not put right before the tender"),
        (1, 5),
        _wrong_value,
        _count_wrong_value,
        ("value_error",),
    ),
    _Detector("F9", N_("Late answers to questions"), (4,), _late, _count_late, ("late_answer",)),
    _Detector("F10", N_("Wrong answers"), (4, 14), _answers_put_right, _count_put_right, ("wrong_answer",)),
    _Detector("F11", N_("An unclear timetable"), (3, 4), _unclear_dates, _uncounted, ("unclear_timeline",)),
    _Detector(
        "F12",
        N_("Changes of timetable that leave gaps in funding, or cost staff"),
        (3,),
        _interrupted,
        _count_interrupted,
        impacts=("funding_gap", "redundancies", "staff_turnover", "continuity_of_service"),
    ),
    _Detector("F13", N_("Contacts in prisons out of reach"), (13,), _nothing, _uncounted, ("contact_unreachable",)),
    _Detector("F14", N_("Visits not arranged in time"), (13,), _visits, _count_visits, ("visit_not_arranged",)),
    _Detector("F15", N_("Too little capacity in the procurement team"), (14,), _capacity, _uncounted),
    _Detector("F16", N_("An unrealistic budget"), (10,), _baseless_budget, _uncounted),
    _Detector(
        "F17",
        N_("Lots and timescales that would have shut out good bidders, caught in time"),
        (7, 2),
        caught_in_time,
        _count_caught,
        credit=True,
    ),
    _Detector(
        "F18",
        N_("Thresholds out of proportion, payment in arrears or by results"),
        (8,),
        _out_of_proportion,
        _uncounted,
        ("financial_barrier",),
    ),
    _Detector(
        "F19", N_("Long talks with the winner, and a hard start"), (5,), _nothing, _count_set_up, ("mobilisation",)
    ),
)
