"""Recommendation 5: flexible ways of engaging providers and service users, at every stage (`docs/measures/r05.md`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ledger.actions.advisory import AdvisoryGroupConvened, AdvisoryGroupStatusChanged
from ledger.actions.contract import ContractAwarded, ContractDetailsPublished
from ledger.actions.delivery import PerformanceReported, ServiceStarted
from ledger.actions.engagement import ServiceUsersInvolved
from ledger.actions.process import NeedsAssessmentPublished
from ledger.actions.procurement import ClarificationAnswered
from ledger.clock import add_months
from ledger.kinds import stated
from ledger.process import History, Recorded
from ledger.words import N_
from projections.measures.engagements import PROVIDERS, Engagement, engagements
from projections.measures.facts import Question, attested
from projections.measures.finding import Figure, Finding, Part, Result, Sentence, sentence
from projections.measures.issues import issues
from projections.measures.judging import Begun, begun, found_in_parts, is_before, share, start_of
from projections.measures.windows import deadline

VERSION: Final = 1
_TITLES: Final = {
    "needs": N_("Engagement on what is needed"),
    "design": N_("Engagement in the design"),
    "procurement": N_("Engagement during the tender"),
    "mobilisation": N_("Engagement in setting the service up"),
    "delivery": N_("Engagement once the service runs"),
}
_METHODS: Final = N_("Ways of engaging")
_LEAST_METHODS: Final = 2
_BEFORE_LAUNCH: Final = ("needs", "design")
_SERVICE_USERS: Final = frozenset({"service_user"})
_NOBODY: Final = False


def measure(question: Question) -> Finding:
    """Return the finding: a part for each stage reached, named as the stage is, and `methods`."""
    return found_in_parts(question, 5, VERSION, _judge, "delivery_due_months")


@dataclass(frozen=True, slots=True)
class _Engaged:
    """Who took part on one occasion: yes, no, or None where it is not on record. So with the stage and the ways."""

    entry: Recorded
    stage: str | None
    providers: bool | None
    service_users: bool | None
    methods: tuple[str, ...] = ()


def _judge(question: Question) -> tuple[Part, ...]:
    history = question.history
    launch = begun(history)
    engaged = [each for each in _engaged(history) if not _is_too_late(each, launch)]
    if launch is None:
        return tuple(_before_launch(history, stage, engaged) for stage in _BEFORE_LAUNCH)
    due = _delivery_due(question)
    stages = [*_BEFORE_LAUNCH, "procurement", *_later_stages(question, due)]
    parts = [_stage(history, stage, engaged, launch) for stage in stages]
    changes_at = due[0] if due is not None and due[0] > question.at else None
    asked_for = [part for part in parts if part.result != "not_applicable"]
    reach = share(N_("Stages covered"), sum(part.result == "met" for part in asked_for), len(asked_for))
    return (*parts, _methods(engaged, (reach, _caught_early(history, launch)), changes_at))


def _before_launch(history: History, stage: str, engaged: Sequence[_Engaged]) -> Part:
    part = _stage(history, stage, engaged, Begun(None, ()))
    if part.result == "breached":
        return part
    why = sentence(N_("The tender has not begun. There is still time to engage."))
    return Part(stage, _TITLES[stage], "pending", why, part.evidence)


# --- one stage --------------------------------------------------------------------------------------------------------


def _stage(history: History, stage: str, engaged: Sequence[_Engaged], launch: Begun) -> Part:
    pauses = _pauses(history, launch) if stage == "procurement" else ()
    if pauses:
        why = sentence(N_("The advisory group paused for the tender, so engagement at this stage is not asked for."))
        return _part(stage, "not_applicable", why, pauses)
    mine = [each for each in engaged if each.stage == stage]
    perhaps = [each for each in engaged if each.stage in {stage, None}]
    needs_users = stage != "procurement"
    providers = [each.entry.index for each in mine if each.providers]
    users = [each.entry.index for each in mine if each.service_users]
    if providers and (users or not needs_users):
        return _part(stage, "met", _who(needs_users), [*providers, *users])
    vouched = attested(history, [stage])
    absent = all(each.providers is False for each in perhaps)
    absent = absent or (needs_users and all(each.service_users is False for each in perhaps))
    if vouched and absent:
        why = sentence(
            N_("The record of this stage is attested to be complete, and it shows no engagement of %(whom)s."),
            whom=_missing(providers, users, needs_users=needs_users),
        )
        return _part(stage, "breached", why, [*vouched, *providers, *users])
    why = sentence(
        N_("No engagement of %(whom)s at this stage is on record. It may have taken place."),
        whom=_missing(providers, users, needs_users=needs_users),
    )
    return _part(stage, "not_evidenced", why, [*providers, *users])


def _part(stage: str, result: Result, why: Sentence, evidence: Iterable[int]) -> Part:
    return Part(stage, _TITLES[stage], result, why, tuple(sorted(set(evidence))))


def _who(needs_users: bool) -> Sentence:  # noqa: FBT001 - the one thing it depends on
    if needs_users:
        return sentence(N_("Providers and service users took part at this stage."))
    return sentence(N_("Providers took part at this stage, within its limits."))


def _missing(providers: Sequence[int], users: Sequence[int], *, needs_users: bool) -> Sentence:
    if providers:
        return sentence(N_("service users"))
    return sentence(N_("providers")) if users or not needs_users else sentence(N_("providers and service users"))


# --- who took part ----------------------------------------------------------------------------------------------------


def _engaged(history: History) -> Iterator[_Engaged]:
    yield from history.fact("engaged", lambda: tuple(_engaged_otherwise(history)))
    none: tuple[_Engaged, ...] = ()
    yield from history.folded("engaged by answers", none, _and_answered, ClarificationAnswered)


def _and_answered(engaged: tuple[_Engaged, ...], answer: Recorded) -> tuple[_Engaged, ...]:
    return (*engaged, _Engaged(answer, "procurement", providers=True, service_users=_NOBODY))


def _engaged_otherwise(history: History) -> Iterator[_Engaged]:
    for each in engagements(history):
        providers, users = _within_limits(history, each), each.asked(_SERVICE_USERS)
        yield _Engaged(each.entry, each.stage, providers, users, each.methods or ())
    for entry, involved in history.records(ServiceUsersInvolved):
        method, users = stated(involved.method), stated(involved.participants_count) != 0
        yield _Engaged(entry, stated(involved.stage), _NOBODY, users, () if method is None else (method,))
    for entry, assessed in history.records(NeedsAssessmentPublished):
        yield _Engaged(entry, "needs", stated(assessed.provider_input), stated(assessed.service_user_input))
    for entry, reported in history.records(PerformanceReported):
        yield _Engaged(entry, "delivery", _NOBODY, stated(reported.service_user_feedback))


def _within_limits(history: History, held: Engagement) -> bool | None:
    """Whether providers took part; in a group's meeting during the tender, only as far as its limits allow."""
    asked = held.asked(PROVIDERS)
    if not asked or not held.is_of_a_group or held.stage != "procurement":
        return asked
    convened = [action for entry, action in history.records(AdvisoryGroupConvened) if entry.stream == held.entry.stream]
    opens = stated(convened[0].window_opens) if convened else None
    closes = stated(convened[0].window_closes) if convened else None
    if closes is None or held.held is None:
        return None
    if opens is not None and held.held.first_day < opens:
        return None if held.held.last_day >= opens else False
    return held.held.by(closes)


def _is_too_late(engaged: _Engaged, launch: Begun | None) -> bool:
    """Whether what is called needs or design certainly came when the tender had begun."""
    if launch is None or engaged.stage not in _BEFORE_LAUNCH:
        return False
    return is_before(engaged.entry.occurred, launch.when) is False


def _pauses(history: History, launch: Begun) -> tuple[int, ...]:
    """Return the declared pauses of a group that certainly lay over the tender."""
    closes = deadline(history)
    last = closes.last if closes is not None else None if launch.when is None else launch.when.last_day
    changes = [(entry, stated(action.status)) for entry, action in history.records(AdvisoryGroupStatusChanged)]
    return tuple(
        paused.index
        for paused, status in changes
        if status == "paused" and last is not None and paused.occurred is not None and paused.occurred.by(last)
        if not any(_may_end(other, paused, launch) for other, then in changes if then == "reconvened")
    )


def _may_end(reconvened: Recorded, paused: Recorded, launch: Begun) -> bool:
    """Whether a group may have met again between its pause and the launch."""
    return (
        reconvened.stream == paused.stream
        and is_before(paused.occurred, reconvened.occurred) is not False
        and is_before(reconvened.occurred, launch.when) is not False
    )


# --- which stages -----------------------------------------------------------------------------------------------------


def _later_stages(question: Question, due: tuple[datetime, int] | None) -> Iterator[str]:
    kinds = (ContractAwarded, ContractDetailsPublished, ServiceStarted)
    if any(True for kind in kinds for _ in question.history.records(kind)):
        yield "mobilisation"
    if due is not None and question.at >= due[0]:
        yield "delivery"


def _delivery_due(question: Question) -> tuple[datetime, int] | None:
    """Return from when engagement in delivery is due, and the entry it is counted from: the first certain start."""
    starts = [
        (when.last_day, entry.index)
        for entry, _ in question.history.records(ServiceStarted)
        if (when := entry.occurred) is not None
    ]
    if not starts:
        return None
    day, index = min(starts)
    return start_of(add_months(day, question.thresholds.delivery_due_months)), index


# --- ways of engaging -------------------------------------------------------------------------------------------------


def _methods(engaged: Sequence[_Engaged], figures: tuple[Figure, ...], changes_at: datetime | None) -> Part:
    used = {method for each in engaged for method in each.methods}
    evidence = tuple(sorted({each.entry.index for each in engaged if each.methods}))
    enough = len(used) >= _LEAST_METHODS
    why = sentence(
        N_("Different ways of engaging on record: %(count)s. At least %(least)s are asked for."),
        count=len(used),
        least=_LEAST_METHODS,
    )
    result: Result = "met" if enough else "not_evidenced"
    return Part("methods", _METHODS, result, why, evidence, figures=figures, changes_at=changes_at)


def _caught_early(history: History, launch: Begun) -> Figure:
    resolved = [
        each.resolved[0]
        for each in issues(history)
        if each.resolved is not None and each.outcome in {"fixed", "mitigated"}
    ]
    early = sum(is_before(entry.occurred, launch.when) is True for entry in resolved)
    return share(N_("Issues put right before the launch, of those put right"), early, len(resolved))
