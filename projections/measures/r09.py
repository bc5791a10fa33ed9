"""Recommendation 9: a full equality impact assessment, published, made in partnership (`docs/measures/r09.md`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ledger.actions.commitments import CommitmentMade
from ledger.actions.design import EqualityImpactAssessmentPublished
from ledger.codes import CHARACTERISTICS
from ledger.kinds import stated
from ledger.obligations import Obligation
from ledger.process import Recorded
from ledger.when import Occurrence
from ledger.words import N_
from projections.measures.facts import Question, attested, owed
from projections.measures.finding import Figure, Finding, Part, Sentence, sentence
from projections.measures.judging import Begun, begun, found, share, yes_no

VERSION: Final = 1
_TITLE: Final = N_("Equality impact assessment")
_NAMED: Final = "equality impact assessment"


@dataclass(frozen=True, slots=True)
class _Tested:
    """One assessment and its four tests: passed, failed, or None where the record does not say."""

    entry: Recorded
    action: EqualityImpactAssessmentPublished
    full: bool | None
    partners: bool | None
    service_users: bool | None
    in_time: bool | None

    @property
    def tests(self) -> tuple[bool | None, ...]:
        return (self.full, self.partners, self.service_users, self.in_time)


def measure(question: Question) -> Finding:
    """Return the finding: one part, `assessment`."""
    return found(question, 9, VERSION, _judge, "equality_before_launch")


def _judge(question: Question) -> Part:
    launch = begun(question.history)
    tested = [
        _test(question, launch, entry, action)
        for entry, action in question.history.records(EqualityImpactAssessmentPublished)
    ]
    promises = [] if tested else _promises(question)
    overdue = [(each, each.due.last) for each in promises if each.lapsed and each.due is not None]
    if overdue:
        promise, due = overdue[0]
        why = sentence(N_("It was promised for %(due)s. That day is over, and none is on record."), due=due)
        return Part("assessment", _TITLE, "breached", why, promise.evidence)
    if launch is None:
        return _not_begun(tested, promises)
    if not tested:
        return _silent(question, launch, promises)
    return _tested(launch, tested)


def _not_begun(tested: list[_Tested], promises: list[Obligation]) -> Part:
    evidence = tuple(each.entry.index for each in tested) or tuple(
        index for each in promises for index in each.evidence
    )
    why = sentence(N_("The tender has not begun. The assessment is due by then."))
    return Part("assessment", _TITLE, "pending", why, evidence, changes_at=_next(promises))


def _silent(question: Question, launch: Begun, promises: list[Obligation]) -> Part:
    vouched = attested(question.history, ["design"]) if question.thresholds.equality_before_launch else ()
    if vouched:
        why = sentence(
            N_("None is on record, and the body responsible vouches that the record of the design stage is complete.")
        )
        return Part("assessment", _TITLE, "breached", why, tuple(sorted({*vouched, *launch.evidence})))
    why = sentence(N_("The tender has begun, and none is on record. That is not proof that none was made."))
    return Part("assessment", _TITLE, "not_evidenced", why, launch.evidence, changes_at=_next(promises))


def _next(promises: list[Obligation]) -> datetime | None:
    return min((each.changes_at for each in promises if each.changes_at is not None), default=None)


def _tested(launch: Begun, tested: list[_Tested]) -> Part:
    passed = [each for each in tested if all(each.tests)]
    failed = [each for each in tested if False in each.tests]
    if passed:
        why = sentence(
            N_(
                "A full assessment, made with specialist voluntary organisations and with service users, "
                "was published %(when)s."
            ),
            when=passed[0].entry.occurred,
        )
        return _part("met", why, launch, passed[0])
    if failed:
        return _part("breached", _failing(launch, failed[0]), launch, failed[0])
    # The newest is the one of which a reader asks what is missing.
    return _part("not_evidenced", _missing(tested[-1]), launch, tested[-1])


def _part(result: str, why: Sentence, launch: Begun, tested: _Tested) -> Part:
    evidence = tuple(sorted({tested.entry.index, *launch.evidence}))
    looked_at = set(stated(tested.action.characteristics_assessed) or ())
    figures = (
        Figure(N_("Full assessment"), yes_no(tested.full)),
        Figure(N_("With specialist voluntary partners"), yes_no(tested.partners)),
        Figure(N_("With service users who have protected characteristics"), yes_no(tested.service_users)),
        Figure(N_("Published in time"), yes_no(tested.in_time)),
        share(N_("Protected characteristics looked at"), len(looked_at), len(CHARACTERISTICS.labels)),
    )
    return Part("assessment", _TITLE, result, why, evidence, figures=figures)  # type: ignore[arg-type]


def _failing(launch: Begun, tested: _Tested) -> Sentence:
    if tested.full is False:
        return sentence(N_("The assessment is recorded as not a full one."))
    if tested.partners is False:
        return sentence(N_("It is recorded that no specialist voluntary organisation was a partner in the assessment."))
    if tested.service_users is False:
        return sentence(N_("It is recorded that no service users with protected characteristics took part in it."))
    return sentence(
        N_("The assessment was published %(when)s, after the tender was launched %(launch)s."),
        when=tested.entry.occurred,
        launch=launch.when,
    )


def _missing(tested: _Tested) -> Sentence:
    if tested.full is None:
        return sentence(N_("An assessment is on record, but not whether it is a full one."))
    if tested.partners is None:
        return sentence(
            N_("An assessment is on record, but not whether specialist voluntary organisations were partners.")
        )
    if tested.service_users is None:
        return sentence(N_("An assessment is on record, but not whether service users took part in it."))
    return sentence(N_("An assessment is on record, but it is open whether it came before the launch of the tender."))


def _test(
    question: Question, launch: Begun | None, entry: Recorded, action: EqualityImpactAssessmentPublished
) -> _Tested:
    partners = stated(action.partners_specialist_vcs)
    return _Tested(
        entry=entry,
        action=action,
        full=stated(action.full),
        partners=None if partners is None else bool(partners),
        service_users=stated(action.service_users_with_protected_characteristics_took_part),
        in_time=_in_time(question, launch, entry.occurred),
    )


def _in_time(question: Question, launch: Begun | None, published: Occurrence | None) -> bool | None:
    if not question.thresholds.equality_before_launch:
        return True
    launched = None if launch is None else launch.when
    if published is None or launched is None:
        return None
    if launched.before(published):
        return False
    # "Not after launch" (domain R9): the same day counts, where neither is known more closely than to the day.
    by_the_day = "T" not in published.text + launched.text
    return published.before(launched) or (by_the_day and published.last_day <= launched.first_day) or None


def _promises(question: Question) -> list[Obligation]:
    """Return the standing promises to publish the assessment whose silent passing counts (domain 1.2)."""
    if not any(_is_to_publish_it(action) for action in question.history.actions(CommitmentMade)):
        return []
    return [
        each
        for each in owed(question, "promise")
        if isinstance(each.opened.action, CommitmentMade)
        and _is_to_publish_it(each.opened.action)
        and each.is_owed
        and each.vouched_for
    ]


def _is_to_publish_it(promise: CommitmentMade) -> bool:
    about = (stated(promise.applies_to) or "").lower()
    return stated(promise.kind) == "publication" and _NAMED in about.replace("-", " ").replace("_", " ")
