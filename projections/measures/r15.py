"""Recommendation 15: service users identify needs and design services, with help (`docs/measures/r15.md`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ledger.actions.engagement import ServiceUsersInvolved
from ledger.actions.process import NeedsAssessmentPublished
from ledger.kinds import stated
from ledger.process import History, Recorded
from ledger.vocabulary import STAGES
from ledger.words import N_
from projections.measures.engagements import engagements
from projections.measures.facts import Question, attested
from projections.measures.finding import Finding, Part, Result, Sentence, sentence
from projections.measures.judging import Begun, begun, found, is_before, is_committed, share

VERSION: Final = 1
_TITLE: Final = N_("Service users involved")
_STAGES: Final = ("needs", "design")

_Involved = tuple[Recorded, ServiceUsersInvolved]


def measure(question: Question) -> Finding:
    """Return the finding: one part, `service_users`."""
    return found(question, 15, VERSION, _judge)


def _judge(question: Question) -> Part:
    history = question.history
    launch = begun(history)
    involved = list(history.records(ServiceUsersInvolved))
    vouched = [stage for stage in _STAGES if attested(history, [stage]) and not _may_have_been(history, stage, launch)]
    if vouched:
        return _vouched(history, vouched[0], involved)
    if launch is None:
        why = sentence(N_("The tender has not begun. Service users are to be involved in needs and design by then."))
        return _part("pending", why, involved, ())
    early = [each for each in involved if is_before(each[0].occurred, launch.when) is True]
    missing = [stage for stage in _STAGES if not any(stated(action.stage) == stage for _, action in early)]
    if missing:
        return _part("not_evidenced", _why_missing(missing[0], launch, involved), involved, launch.evidence)
    return _complete(launch, involved, early)


def _complete(launch: Begun, involved: list[_Involved], early: list[_Involved]) -> Part:
    counted = [each for each in early if stated(each[1].stage) in _STAGES]
    evidence = (*launch.evidence, *(entry.index for entry, _ in counted))
    if any(stated(action.facilitator_is_voluntary) for _, action in counted):
        why = sentence(
            N_("Service users took part in finding the needs and in the design before the launch, with voluntary help.")
        )
        return _part("met", why, involved, evidence)
    why = sentence(
        N_("Service users took part in needs and design, but no entry says that a voluntary body ran any of it.")
    )
    return _part("not_evidenced", why, involved, evidence)


def _vouched(history: History, stage: str, involved: list[_Involved]) -> Part:
    why = sentence(
        N_(
            "No entry shows service users at the stage “%(stage)s”, and the body responsible vouches that "
            "its record is complete."
        ),
        stage=sentence(STAGES.labels[stage]),
    )
    return _part("breached", why, involved, attested(history, [stage]))


def _why_missing(stage: str, launch: Begun, involved: list[_Involved]) -> Sentence:
    at_stage = [entry for entry, action in involved if stated(action.stage) == stage]
    told = sentence(STAGES.labels[stage])
    if any(is_before(entry.occurred, launch.when) is None for entry in at_stage):
        return sentence(
            N_("Service users took part at the stage “%(stage)s”. Whether that was before the launch is open."),
            stage=told,
        )
    if at_stage:
        return sentence(N_("Service users took part at the stage “%(stage)s” only after the launch."), stage=told)
    return sentence(
        N_("No entry shows service users at the stage “%(stage)s”. That is not proof that none took part."), stage=told
    )


def _part(result: Result, why: Sentence, involved: list[_Involved], evidence: tuple[int, ...]) -> Part:
    changed = [each for each in involved if is_committed(each[1].what_changed)]
    helped = [each for each in involved if stated(each[1].facilitator_is_voluntary)]
    figures = (
        share(N_("Involvements that changed something"), len(changed), len(involved)),
        share(N_("Involvements run by a voluntary body"), len(helped), len(involved)),
    )
    shown = evidence or tuple(entry.index for entry, _ in involved)
    return Part("service_users", _TITLE, result, why, tuple(sorted(set(shown))), figures=figures)


def _may_have_been(history: History, stage: str, launch: Begun | None) -> bool:
    """Whether anything that may have come before the launch shows, or may show, that service users were asked."""
    launched = None if launch is None else launch.when
    return any(
        told in {None, stage} and is_before(entry.occurred, launched) is not False
        for entry, told in _with_service_users(history)
    )


def _with_service_users(history: History) -> Iterator[tuple[Recorded, str | None]]:
    """Yield what was, or may have been, with service users, and its stage; None where that is not stated."""
    for entry, involved in history.records(ServiceUsersInvolved):
        yield entry, stated(involved.stage)
    yield from ((each.entry, each.stage) for each in engagements(history) if each.asked(["service_user"]) is not False)
    for entry, assessed in history.records(NeedsAssessmentPublished):
        if assessed.service_user_input is True:
            yield entry, "needs"
