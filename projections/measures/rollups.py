"""What the fifteen findings come to: principles, benefits, good practice and coverage (`docs/measures/rollups.md`).

There is no score. What decides nothing is a figure; a check answers yes, no or None, which is not on record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from statistics import median
from typing import Final

from ledger.actions.advisory import (
    AdvisoryGroupConvened,
    AdvisoryGroupMeetingHeld,
    AdvisoryGroupStatusChanged,
    OversightUpdateReported,
)
from ledger.actions.contract import ContractAwarded
from ledger.actions.delivery import ServiceStarted
from ledger.actions.design import SpecificationAuthorAssigned
from ledger.actions.engagement import ServiceUsersInvolved
from ledger.actions.process import NeedsAssessmentPublished, OutcomesFrameworkPublished
from ledger.actions.procurement import BidsClosed, ClarificationAnswered
from ledger.actions.timeline import TimelineChangeCommunicated, TimelineChanged
from ledger.kinds import Maybe, stated
from ledger.obligations import working_days_between
from ledger.process import History, Recorded
from ledger.structs import Party
from ledger.when import Occurrence
from ledger.words import N_
from projections.measures.engagements import PROVIDERS, Engagement, engagements
from projections.measures.facts import Question, attested
from projections.measures.failures import Failure, caught_in_time, failures, start_delay
from projections.measures.finding import Figure, Finding, Result, Sentence, sentence, worst
from projections.measures.issues import Issue, issues
from projections.measures.judging import Begun, begun, is_before, share, yes_no
from projections.measures.windows import deadline

_DECIDED: Final = frozenset({"met", "breached", "breached_explained"})
_NOT_ON_RECORD: Final = sentence(N_("not on record"))

PRINCIPLES: Final[Mapping[int, tuple[str, tuple[int, ...]]]] = {
    1: (N_("Market engagement"), (1, 2, 3, 4, 5)),
    2: (N_("Market stewardship"), (6, 7, 8)),
    3: (N_("Equalities"), (9,)),
    4: (N_("Developing high quality services"), (10, 11, 12, 13, 14)),
    5: (N_("Service user involvement"), (15,)),
}
"""Number -> title and recommendations. The fifth has the half of recommendation 5 about service users besides."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many recommendations the record allows to judge, of how many that are due; 0 due is "none due yet"."""

    judged: int
    due: int


@dataclass(frozen=True, slots=True)
class Principle:
    """One core principle: its results by what they are of, and plain facts beside it."""

    number: int
    title: str
    results: Mapping[str, Result]
    figures: tuple[Figure, ...]

    @property
    def counts(self) -> dict[Result, int]:
        """How many there are of each result, those with none left out, from worst to best."""
        held = list(self.results.values())
        return {code: held.count(code) for code in _RESULTS if code in held}

    @property
    def worst(self) -> Result:
        """The worst of its results."""
        return worst(self.results.values())


_RESULTS: Final[tuple[Result, ...]] = (
    "breached",
    "breached_explained",
    "not_evidenced",
    "pending",
    "met",
    "not_applicable",
)


@dataclass(frozen=True, slots=True)
class Benefit:
    """One benefit of engaging through groups and umbrella bodies, as figures."""

    code: str
    title: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """One check of good practice. `answer` is None where the record does not say."""

    code: str
    title: str
    answer: bool | None
    evidence: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Box:
    """One good-practice box of the paper, as checks."""

    code: str
    title: str
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class Rollups:
    """All of them, for one process at one instant."""

    coverage: Coverage
    principles: tuple[Principle, ...]
    benefits: tuple[Benefit, ...]
    boxes: tuple[Box, ...]
    failures: tuple[Failure, ...]


def rollups(question: Question, findings: Sequence[Finding]) -> Rollups:
    """Return what the fifteen findings on a question come to, with the facts beside them."""
    return Rollups(
        coverage(finding.result for finding in findings),
        principles(question, findings),
        benefits(question),
        boxes(question),
        failures(question),
    )


def coverage(results: Iterable[Result]) -> Coverage:
    """Return the evidence coverage (domain 1.2)."""
    due = [result for result in results if result not in {"not_applicable", "pending"}]
    return Coverage(sum(result in _DECIDED for result in due), len(due))


# --- principles -------------------------------------------------------------------------------------------------------


def principles(question: Question, findings: Sequence[Finding]) -> tuple[Principle, ...]:
    """Return the five core principles."""
    by_number = {finding.recommendation: finding for finding in findings}
    figures: Mapping[int, Callable[[Question], Iterator[Figure]]] = {
        2: _stewardship,
        3: _equalities,
        4: _quality,
        5: lambda asked: _service_users(asked, by_number.get(5)),
    }
    found = []
    for number, (title, recommendations) in PRINCIPLES.items():
        results = {str(each): by_number[each].result for each in recommendations if each in by_number}
        if number == _OF_SERVICE_USERS and _HALF_OF in by_number:
            results[_HALF] = _half(question, by_number[_HALF_OF])
        facts = tuple(figures[number](question)) if number in figures else ()
        found.append(Principle(number, title, results, facts))
    return tuple(found)


_OF_SERVICE_USERS: Final = 5
_HALF_OF: Final = 5
_HALF: Final = "5, service users"


def _stewardship(question: Question) -> Iterator[Figure]:
    bids = _bids(question.history)
    told = "; ".join(f"{lot}: {count}" for lot, count in bids.items())
    yield Figure(N_("Bids for each lot"), told or _NOT_ON_RECORD)
    for label, wanted in ((N_("Lots with one bid"), 1), (N_("Lots without a bid"), 0)):
        few = sum(count == wanted for count in bids.values())
        yield share(label, few, len(bids)) if bids else Figure(label, _NOT_ON_RECORD)
    yield from _shares(question.history)


def _bids(history: History) -> dict[str, int]:
    found: dict[str, int] = {}
    for closed in history.actions(BidsClosed):
        rows = ((stated(row.lot_id), stated(row.bids)) for row in stated(closed.bids_by_lot) or ())
        found |= {lot: bids for lot, bids in rows if lot is not None and bids is not None}
        found |= {lot: 0 for lot in stated(closed.no_bid_lots) or () if lot not in found}
    return found


def _shares(history: History) -> Iterator[Figure]:
    awards = list(history.actions(ContractAwarded))
    values = [_worth(award) for award in awards]
    known = [each for each in values if each is not None]
    whole = sum((amount for amount, _ in known), Decimal(0))
    comparable = len(known) == len(values) and len({currency for _, currency in known}) == 1 and whole > 0
    voluntary = [stated(award.supplier_is_vcse) for award in awards]
    to_voluntary: object = _NOT_ON_RECORD
    to_largest: object = _NOT_ON_RECORD
    if comparable and None not in voluntary:
        held = sum((amount for (amount, _), is_vcse in zip(known, voluntary, strict=True) if is_vcse), Decimal(0))
        to_voluntary = _per_cent(held, whole)
    suppliers = [_party(award.supplier) for award in awards]
    if comparable and None not in suppliers:
        by_supplier: dict[object, Decimal] = {}
        for supplier, (amount, _) in zip(suppliers, known, strict=True):
            by_supplier[supplier] = by_supplier.get(supplier, Decimal(0)) + amount
        to_largest = _per_cent(max(by_supplier.values()), whole)
    yield Figure(N_("Share of the awarded value to voluntary bodies"), to_voluntary)
    yield Figure(N_("Share of the awarded value to the largest supplier"), to_largest)


def _worth(award: ContractAwarded) -> tuple[Decimal, str] | None:
    """Return what an award is worth: without VAT, since with it some would weigh more than others."""
    value = stated(award.value)
    net = None if value is None else stated(value.net)
    return None if net is None else (net.value, net.currency)


def _party(party: Maybe[Party] | None) -> tuple[object, object] | None:
    """Return what names a body: its identifier in a scheme, else its name."""
    known = stated(party)
    if known is None:
        return None
    scheme, number, name = stated(known.scheme), stated(known.id), stated(known.name)
    if scheme is not None and number is not None:
        return scheme, number
    return None if name is None else ("", name.casefold())


def _per_cent(part: Decimal, whole: Decimal) -> Sentence:
    number = (100 * part / whole).quantize(Decimal(1), ROUND_HALF_UP)
    return sentence(N_("%(number)s per cent"), number=number)


def _equalities(question: Question) -> Iterator[Figure]:
    concerns = [issue for issue in issues(question.history) if issue.type == "equality_concern"]
    answered = sum(bool(issue.answers) for issue in concerns)
    yield share(N_("Concerns about equality that were answered"), answered, len(concerns))


def _quality(question: Question) -> Iterator[Figure]:
    launch = begun(question.history)
    published = list(question.history.records(OutcomesFrameworkPublished))
    order = [is_before(entry.occurred, None if launch is None else launch.when) for entry, _ in published]
    early = True if True in order else False if order and set(order) == {False} else None
    yield Figure(N_("Outcomes framework before the launch"), yes_no(early))
    consulted = [stated(action.inspectorates_consulted) for _, action in published]
    known = {each for inspectorates in consulted for each in inspectorates or ()}
    unknown = not any(each is not None for each in consulted)
    yield Figure(N_("Inspectorates consulted"), _NOT_ON_RECORD if unknown else len(known))


# --- the half of recommendation 5 -------------------------------------------------------------------------------------

_WITH_SERVICE_USERS: Final = ("needs", "design", "mobilisation", "delivery")


def _due(finding: Finding | None) -> list[str]:
    """Return the stages at which service users are due by now, as recommendation 5 finds them."""
    parts = () if finding is None else finding.parts
    return [part.code for part in parts if part.code in _WITH_SERVICE_USERS and part.result != "pending"]


def _half(question: Question, finding: Finding) -> Result:
    due = _due(finding)
    if not due:
        return "pending"
    certain, perhaps = _stages(question)
    missing = [stage for stage in due if stage not in certain]
    vouched = [stage for stage in missing if attested(question.history, [stage])]
    if any(stage not in perhaps and None not in perhaps for stage in vouched):
        return "breached"
    return "not_evidenced" if missing else "met"


def _stages(question: Question) -> tuple[set[str | None], set[str | None]]:
    """Return the stages at which service users certainly took part, and those at which they may have; None is any."""
    launch = begun(question.history)
    told = [each for each in _took_part(question.history) if not _is_too_late(each, launch)]
    return {stage for _, stage, sure in told if sure}, {stage for _, stage, _ in told}


_TookPart = tuple[Recorded, str | None, bool]


def _took_part(history: History) -> Iterator[_TookPart]:
    """Yield what was, or may have been, with service users: its entry, its stage, and whether it certainly was."""
    for entry, involved in history.records(ServiceUsersInvolved):
        if stated(involved.participants_count) != 0:
            yield entry, stated(involved.stage), True
    for held in engagements(history):
        asked = held.asked(["service_user"])
        if asked is not False:
            yield held.entry, held.stage, asked is True
    for entry, assessed in history.records(NeedsAssessmentPublished):
        if assessed.service_user_input is not False:
            yield entry, "needs", assessed.service_user_input is True


def _is_too_late(told: _TookPart, launch: Begun | None) -> bool:
    entry, stage, _ = told
    when = None if launch is None else launch.when
    return stage in {"needs", "design"} and is_before(entry.occurred, when) is False


def _service_users(question: Question, finding: Finding | None) -> Iterator[Figure]:
    due, (certain, _) = _due(finding), _stages(question)
    yield share(N_("Stages with service users on record"), sum(stage in certain for stage in due), len(due))


# --- benefits ---------------------------------------------------------------------------------------------------------


def benefits(question: Question) -> tuple[Benefit, ...]:
    """Return the four benefits that the paper's conclusion names."""
    return (
        Benefit("transparency", N_("Transparency"), tuple(_transparency(question))),
        Benefit("independence", N_("Independence"), tuple(_independence(question))),
        Benefit("communication", N_("Communication"), tuple(_communication(question))),
        Benefit("efficiency", N_("Efficiency"), tuple(_efficiency(question))),
    )


def _day(when: Maybe[Occurrence] | None) -> date | None:
    known = stated(when)
    return known.first_day if known is not None and known.first_day == known.last_day else None


def _last_day(when: Maybe[Occurrence] | None) -> date | None:
    """Return the last day of something that may have lasted, where it was not just a vague date."""
    known = stated(when)
    if known is None:
        return None
    last = Occurrence(known.text.rpartition("/")[2])
    return last.last_day if last.first_day == last.last_day else None


def _middle(label: str, numbers: Sequence[int]) -> Figure:
    if not numbers:
        return Figure(label, _NOT_ON_RECORD)
    return Figure(label, median(map(Decimal, numbers)))


def _transparency(question: Question) -> Iterator[Figure]:
    held = engagements(question.history)
    yield share(N_("Engagement with public notes or a response"), sum(bool(each.papers) for each in held), len(held))
    yield _middle(N_("Median days from an event to its notes"), [days for each in held for days in _until_notes(each)])
    answers = list(question.history.actions(ClarificationAnswered))
    gaps = [
        max(0, (released - answered).days)
        for answer in answers
        if stated(answer.released_to) == "all_bidders"
        and (released := _day(answer.released_at)) is not None
        and (answered := _day(answer.answered_at)) is not None
    ]
    label = N_("Longest time from the first to hear until all did, in days")
    yield Figure(label, max(gaps) if gaps else _NOT_ON_RECORD)
    kept = sum(stated(answer.released_to) == "asker_only" for answer in answers)
    yield share(N_("Answers kept to the one who asked"), kept, len(answers))


def _until_notes(engagement: Engagement) -> Iterator[int]:
    held = _last_day(engagement.held)
    first = min((day for paper in engagement.papers if (day := _day(paper.occurred)) is not None), default=None)
    if held is not None and first is not None:
        yield max(0, (first - held).days)


def _independence(question: Question) -> Iterator[Figure]:
    history = question.history
    groups = {stated(action.group_id): action for action in history.actions(AdvisoryGroupConvened)}
    meetings = list(history.actions(AdvisoryGroupMeetingHeld))
    convened = [groups.get(stated(meeting.group_id)) for meeting in meetings]
    delivers = [stated(group.delivers_services) for group in convened if group is not None]
    known = [each for each in delivers if each is not None]
    yield share(N_("Meetings whose secretariat delivers no services"), known.count(False), len(known))
    individuals = [stated(group.members_as_individuals) for group in groups.values()]
    serve = [each for each in individuals if each is not None]
    yield share(N_("Groups whose members serve as individuals"), serve.count(True), len(serve))
    declared = [stated(meeting.conflicts_declared) for meeting in meetings]
    counted = [len(each) for each in declared if each is not None]
    yield Figure(N_("Conflicts of interest declared, in all meetings"), sum(counted) if counted else _NOT_ON_RECORD)
    present = {_party(party) for meeting in meetings for party in stated(meeting.attendee_organisations) or ()} - {None}
    awards = list(history.actions(ContractAwarded))
    winners = [{_party(award.supplier), *map(_party, stated(award.consortium_members) or ())} for award in awards]
    won = sum(not present.isdisjoint(winner) for winner in winners)
    yield share(N_("Awards to organisations that were at a meeting"), won, len(awards) if present else 0)


def _communication(question: Question) -> Iterator[Figure]:
    history = question.history
    messages: dict[int, list[tuple[Recorded, TimelineChangeCommunicated]]] = {}
    for entry, sent in history.records(TimelineChangeCommunicated):
        about = stated(sent.change)
        if about is not None and history.at(about) is not None:
            messages.setdefault(history.chain(about)[0], []).append((entry, sent))
    changes = [
        (entry, messages.get(history.chain(entry.index)[0], [])) for entry, _ in history.records(TimelineChanged)
    ]
    told = [
        number for _, sent in changes for _, each in sent if (number := stated(each.organisations_notified)) is not None
    ]
    yield _middle(N_("Organisations told of a change, at the median"), told)
    lags = [
        working_days_between(decided, min(days), question.calendar)
        for entry, sent in changes
        if (decided := _day(entry.occurred)) is not None
        and (days := [day for each, _ in sent if (day := _day(each.occurred)) is not None])
    ]
    yield _middle(N_("Working days from a change to the first message, at the median"), lags)
    reasoned = sum(any(each.reason_included is True for _, each in sent) for _, sent in changes)
    yield share(N_("Changes with the reason in the message"), reasoned, len(changes))


def _efficiency(question: Question) -> Iterator[Figure]:
    known = issues(question.history)
    answered = [days for issue in known for days in _working_days(question, issue, _first_answer(issue))]
    yield _middle(N_("Working days from an issue to its answer, at the median"), answered)
    ended = [(issue, issue.resolved[0].occurred) for issue in known if issue.resolved is not None]
    taken = [days for issue, when in ended for days in _working_days(question, issue, when)]
    yield _middle(N_("Working days from an issue to its end, at the median"), taken)
    launch, starts = begun(question.history), list(question.history.records(ServiceStarted))
    # An end of which it is open whether it came before is in neither number.
    early = [is_before(when, None if launch is None else launch.when) for _, when in ended]
    yield share(N_("Issues ended before the launch"), early.count(True), len(early) - early.count(None))
    early = [_every([is_before(when, entry.occurred) for entry, _ in starts]) for _, when in ended]
    yield share(N_("Issues ended before the service started"), early.count(True), len(early) - early.count(None))
    late = start_delay(question)
    label = N_("Days from the first planned start to the service's start")
    yield Figure(label, _NOT_ON_RECORD if late is None else late[0])


def _first_answer(issue: Issue) -> Occurrence | None:
    dated = [when for entry, _ in issue.answers if (when := entry.occurred) is not None]
    return min(dated, key=lambda when: when.start, default=None)


def _working_days(question: Question, issue: Issue, until: Occurrence | None) -> Iterator[int]:
    since, last = _day(issue.entry.occurred), _day(until)
    if since is not None and last is not None:
        yield max(0, working_days_between(since, last, question.calendar))


# --- good practice ----------------------------------------------------------------------------------------------------


def boxes(question: Question) -> tuple[Box, ...]:
    """Return the paper's good-practice boxes as checks."""
    return (
        Box("GP1", N_("A group of providers, and a meeting with contract holders"), _meeting_holders(question)),
        Box("GP2", N_("Open, noted, within clear limits, and reconvened"), _open_and_limited(question)),
        Box("GP3", N_("Timescales extended and lots changed after concerns"), (_listened(question),)),
        Box("GP4", N_("A resource that helps governors to specify"), (_guide(question.history),)),
    )


def _convened(history: History) -> list[tuple[Recorded, AdvisoryGroupConvened]]:
    return list(history.records(AdvisoryGroupConvened))


def _meeting_holders(question: Question) -> tuple[Check, ...]:
    history = question.history
    launch = begun(history)
    groups = _convened(history)
    order = [True if launch is None else is_before(entry.occurred, launch.when) for entry, _ in groups]
    existed = _any(order)
    awards = [entry.occurred for entry, _ in history.records(ContractAwarded)]
    met = [
        held.entry.index
        for held in engagements(history)
        if held.asked(["existing_provider"]) and any(is_before(award, held.held) for award in awards)
    ]
    return (
        Check("group", N_("A group existed before the launch"), existed, tuple(entry.index for entry, _ in groups)),
        Check("holders", N_("Contract holders were met after the award"), bool(met) or None, tuple(met)),
    )


def _any(answers: Sequence[bool | None]) -> bool | None:
    """Return yes where one is, no where there are some and all are, else None."""
    if True in answers:
        return True
    return False if answers and set(answers) == {False} else None


def _every(answers: Sequence[bool | None]) -> bool | None:
    """Return no where one is, yes where there are some and all are, else None."""
    if False in answers:
        return False
    return True if answers and set(answers) == {True} else None


def _open_and_limited(question: Question) -> tuple[Check, ...]:
    history = question.history
    groups, meetings = _convened(history), [held for held in engagements(history) if held.is_of_a_group]
    recruited = _every([stated(group.open_recruitment) for _, group in groups])
    noted = True if meetings and all(held.papers for held in meetings) else None
    updates = tuple(entry.index for entry, _ in history.records(OversightUpdateReported))
    limits = _every([_was_within_limits(question, held) for held in meetings])
    again = _reconvened_for_delivery(history)
    notes = tuple(paper.index for held in meetings for paper in held.papers)
    return (
        Check("recruitment", N_("Recruitment was open"), recruited, tuple(entry.index for entry, _ in groups)),
        Check("notes", N_("Each meeting's notes were published"), noted, notes),
        Check("updates", N_("The body above the group was kept informed"), bool(updates) or None, updates),
        Check(
            "limits",
            N_("No meeting with providers outside the window, or during the tender"),
            limits,
            tuple(held.entry.index for held in meetings),
        ),
        Check("reconvened", N_("The group met again once the service ran"), bool(again) or None, again),
    )


def _was_within_limits(question: Question, held: Engagement) -> bool | None:
    """Whether a meeting kept to the limits of its group: without providers it always does."""
    with_providers = held.asked(PROVIDERS)
    if with_providers is False:
        return True
    history = question.history
    if _was_reconvened_before(history, held):
        kept = _avoided_the_tender(history, held)
    else:
        kept = _every([_was_in_window(history, held), _avoided_the_tender(history, held)])
    return kept if with_providers or kept else None


def _was_reconvened_before(history: History, held: Engagement) -> bool:
    return any(
        change.stream == held.entry.stream and is_before(change.occurred, held.held)
        for change, action in history.records(AdvisoryGroupStatusChanged)
        if action.status == "reconvened"
    )


def _was_in_window(history: History, held: Engagement) -> bool | None:
    groups = [group for entry, group in _convened(history) if entry.stream == held.entry.stream]
    opens = stated(groups[0].window_opens) if groups else None
    closes = stated(groups[0].window_closes) if groups else None
    if held.held is None or closes is None:
        return None
    too_early = opens is not None and held.held.last_day < opens
    too_late = held.held.first_day > closes
    if too_early or too_late:
        return False
    inside = (opens is None or held.held.first_day >= opens) and held.held.last_day <= closes
    return True if inside else None


def _avoided_the_tender(history: History, held: Engagement) -> bool | None:
    launch, closes = begun(history), deadline(history)
    if launch is None:
        return True
    if launch.when is None or held.held is None:
        return None
    if held.held.before(launch.when):
        return True
    if closes is None:
        return None
    if held.held.first_day > closes.last:
        return True
    during = launch.when.before(held.held) and held.held.last_day <= closes.first
    return False if during else None


def _reconvened_for_delivery(history: History) -> tuple[int, ...]:
    starts = [entry.occurred for entry, _ in history.records(ServiceStarted)]
    return tuple(
        entry.index
        for entry, change in history.records(AdvisoryGroupStatusChanged)
        if change.status == "reconvened" and any(is_before(start, entry.occurred) for start in starts)
    )


def _listened(question: Question) -> Check:
    evidence = tuple(sorted({index for _, entries in caught_in_time(question) for index in entries}))
    title = N_("An accepted concern led to a later deadline or other lots, before the launch")
    return Check("listened", title, bool(evidence) or None, evidence)


def _guide(history: History) -> Check:
    authors = list(history.records(SpecificationAuthorAssigned))
    offered = [
        None if (support := stated(author.support_offered)) is None else "guidance" in support for _, author in authors
    ]
    evidence = tuple(entry.index for entry, _ in authors)
    return Check("guide", N_("Guidance was offered to those who specify"), _any(offered), evidence)
