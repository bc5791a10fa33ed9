"""Recommendation 14: enough staff, time and expertise in procurement and project teams (`docs/measures/r14.md`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from ledger.actions.contract import ContractDetailsPublished
from ledger.actions.delivery import PostProcessReviewPublished
from ledger.actions.process import CommissioningProcessClosed
from ledger.actions.procurement import (
    BidsClosed,
    ClarificationAnswerCorrected,
    ClarificationAnswered,
    ProcurementTeamResourced,
    ProcurementTerminated,
)
from ledger.kinds import stated
from ledger.obligations import Obligation, end_of
from ledger.process import History, Recorded
from ledger.words import N_
from projections.measures.facts import Question, attested, owed, possibly_last
from projections.measures.finding import Figure, Finding, Part, Result, Sentence, sentence
from projections.measures.issues import SPECIFICATION_FAULTS, accepted, issues
from projections.measures.judging import Begun, begun, found, is_before, share, start_of
from projections.measures.specifications import specifications
from projections.measures.windows import deadline

VERSION: Final = 1
_TITLE: Final = N_("Resources of the team")
_OF_AUTHORS: Final = frozenset({11, 12})
"""Findings under these speak of those who write specifications, not of the procurement team."""

Statement = tuple[Recorded, ProcurementTeamResourced]


@dataclass(frozen=True, slots=True)
class Rate:
    """A symptom: how many cases of how many; `known` where that is enough to say whether there was none."""

    label: str
    cases: int
    whole: int
    known: bool
    evidence: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Case:
    """A question with what is asked of its history more than once."""

    question: Question
    statements: tuple[Statement, ...]
    asked: tuple[Obligation, ...]

    @property
    def history(self) -> History:
        return self.question.history

    @property
    def entries(self) -> tuple[int, ...]:
        """The entries of the statements."""
        return tuple(entry.index for entry, _ in self.statements)


def measure(question: Question) -> Finding:
    """Return the finding: one part, `resources`."""
    return found(question, 14, VERSION, _judge)


def _judge(question: Question) -> Part:
    case = _case(question)
    launch = begun(case.history)
    admitted = next(_admissions(case.history), None)
    if admitted is not None:
        return _part(case, "breached", *admitted)
    if launch is None:
        why = sentence(N_("The tender has not begun. The team's capacity is to be stated by then."))
        return _part(case, "pending", why, ())
    unskilled = _without_expertise(case, launch)
    if unskilled is not None:
        why = sentence(N_("The commissioner's own statement says that the team does not know the service."))
        return _part(case, "breached", why, (unskilled[0].index, *launch.evidence))
    uncovered = _why_not_covered(case, launch)
    changes_at = _next_boundary(case)
    if uncovered is not None:
        return _part(case, "not_evidenced", uncovered, case.entries or launch.evidence, changes_at)
    return _symptomatic(case, launch, changes_at)


def _symptomatic(case: _Case, launch: Begun, changes_at: datetime | None) -> Part:
    stated_by = (*case.entries, *launch.evidence)
    rates = _rates(case)
    shown = [each for each in rates if each.cases]
    evidence = (*stated_by, *(index for each in rates for index in each.evidence))
    if shown:
        why = sentence(
            N_(
                "%(symptom)s: %(cases)s. That is consistent with too few staff, but the record does not show the cause."
            ),
            symptom=sentence(shown[0].label),
            cases=shown[0].cases,
        )
        return _part(case, "not_evidenced", why, evidence, changes_at)
    unknown = [each for each in rates if not each.known]
    if not unknown:
        why = sentence(
            N_(
                "The team's capacity was stated before the launch and for the whole period, "
                "and none of three symptoms shows."
            )
        )
        return _part(case, "met", why, evidence, changes_at)
    why = sentence(
        N_("The team's capacity was stated for the whole period. Not known yet: %(symptom)s."),
        symptom=sentence(unknown[0].label),
    )
    ends = _tender_ends(case.question)
    if ends is not None:
        return _part(case, "pending", why, evidence, min(ends, changes_at or ends))
    return _part(case, "not_evidenced", why, evidence, changes_at)


def _part(
    case: _Case,
    result: Result,
    why: Sentence,
    evidence: Sequence[int],
    changes_at: datetime | None = None,
) -> Part:
    shown = tuple(sorted(set(evidence)))
    return Part("resources", _TITLE, result, why, shown, figures=tuple(_figures(case)), changes_at=changes_at)


def _figures(case: _Case) -> Iterator[Figure]:
    if case.question.with_figures:
        yield from (share(each.label, each.cases, each.whole) for each in _rates(case))
        yield from _workload(case)


# --- what is admitted or found ----------------------------------------------------------------------------------------


def _admissions(history: History) -> Iterator[tuple[Sentence, tuple[int, ...]]]:
    """Yield where the body responsible, or a review, gives capacity or expertise as a cause."""
    for issue in issues(history):
        causes = [stated(answer.cause_code) for _, answer in issue.standing_answers]
        of_authors = issue.type in SPECIFICATION_FAULTS
        if issue.is_accepted and all(_is_of_the_team(cause, of_authors=of_authors) for cause in causes):
            yield _why_admitted(causes[-1]), issue.evidence
    for entry, review in history.records(PostProcessReviewPublished):
        for finding in stated(review.findings) or ():
            cause = stated(finding.cause_code)
            if _is_of_the_team(cause, of_authors=stated(finding.recommendation) in _OF_AUTHORS):
                why = N_("A published review names a lack of expertise as a cause.")
                if cause == "capacity":
                    why = N_("A published review names a lack of capacity as a cause.")
                yield sentence(why), (entry.index,)


def _is_of_the_team(cause: str | None, *, of_authors: bool) -> bool:
    return cause == "capacity" or (cause == "expertise" and not of_authors)


def _why_admitted(cause: str | None) -> Sentence:
    if cause == "capacity":
        return sentence(N_("The body responsible accepted an issue and gave capacity as its cause."))
    return sentence(N_("The body responsible accepted an issue and gave expertise as its cause."))


# --- what is stated ---------------------------------------------------------------------------------------------------


def _case(question: Question) -> _Case:
    statements = tuple(question.history.records(ProcurementTeamResourced))
    return _Case(question, statements, owed(question, "question"))


def _in_force(statements: Sequence[Statement], day: date) -> list[Statement]:
    """Return the statements that cover a day and of which any may be the newest."""
    return possibly_last([each for each in statements if _covers(each[1], day)])


def _covers(statement: ProcurementTeamResourced, day: date) -> bool:
    first, last = stated(statement.from_date), stated(statement.to_date)
    return first is not None and last is not None and first <= day <= last


def _boundaries(statements: Sequence[Statement]) -> set[date]:
    """Return the days on which another statement, or none, comes to count."""
    firsts = {stated(statement.from_date) for _, statement in statements}
    lasts = {stated(statement.to_date) for _, statement in statements}
    return {day for day in firsts if day is not None} | {day + timedelta(days=1) for day in lasts if day is not None}


def _end(question: Question) -> date | None:
    """Return the last day of the period, where it is over: the contract signed, the tender stopped, or all closed."""
    history = question.history
    signed = [stated(action.signed_on) or entry.occurred for entry, action in history.records(ContractDetailsPublished)]
    stopped = [entry.occurred for entry, action in history.records(ProcurementTerminated) if action.scope == "process"]
    closed = [entry.occurred for entry, _ in history.records(CommissioningProcessClosed)]
    for ends in (signed, stopped, closed):
        known = [when.last_day for when in ends if when is not None]
        if known:
            return max(known)
    return None


def _last_day(question: Question) -> date:
    return min(_end(question) or question.today, question.today)


def _without_expertise(case: _Case, launch: Begun) -> Statement | None:
    """Return a statement of the commissioner that counts for a day of the period and says there is no expertise."""
    if launch.when is None:
        return None
    first, last, statements = launch.when.last_day, _last_day(case.question), case.statements
    days = sorted({first, *(day for day in _boundaries(statements) if first < day <= last)})
    for day in days if first <= last else []:
        counts = _in_force(statements, day)
        if counts and all(_says_unskilled(*each) for each in counts):
            return counts[-1]
    return None


def _says_unskilled(entry: Recorded, statement: ProcurementTeamResourced) -> bool:
    """Whether it is the commissioner's own statement, and says that the team does not know the service."""
    return entry.statement.standing != "report" and statement.service_expertise is False


def _why_not_covered(case: _Case, launch: Begun) -> Sentence | None:
    """Return why the period is not covered by statements of enough resources; None where it is."""
    statements = case.statements
    if not statements:
        return sentence(
            N_("No statement of the team's capacity is on record. That is not proof that it was too small.")
        )
    if launch.when is None:
        return sentence(N_("The team's capacity is stated, but not when the tender was launched."))
    first, last = launch.when.first_day, _last_day(case.question)
    at_launch = _in_force(statements, first)
    if not at_launch or any(is_before(entry.occurred, launch.when) is not True for entry, _ in at_launch):
        return sentence(
            N_("No statement of the team's capacity that covers the launch is known to have come before it.")
        )
    for day in sorted({first, *(day for day in _boundaries(statements) if first < day <= last)}):
        counts = _in_force(statements, day)
        if not counts:
            return sentence(N_("From %(day)s on, no statement of the team's capacity is on record."), day=day)
        if not all(_is_enough(statement) for _, statement in counts):
            return sentence(
                N_("The statement that counts from %(day)s on does not give posts, time and knowledge of the service."),
                day=day,
            )
    return None


def _is_enough(statement: ProcurementTeamResourced) -> bool:
    posts, time = stated(statement.fte), stated(statement.dedicated_share)
    return Decimal(posts or 0) > 0 and Decimal(time or 0) > 0 and statement.service_expertise is True


def _next_boundary(case: _Case) -> datetime | None:
    """Return the next moment at which another statement counts, a question falls due, or one is overdue."""
    ahead = [start_of(day) for day in _boundaries(case.statements) if day > case.question.today]
    due = [each.changes_at for each in case.asked if each.changes_at is not None]
    return min([*ahead, *due], default=None)


# --- symptoms ---------------------------------------------------------------------------------------------------------


def symptoms(question: Question) -> tuple[Rate, ...]:
    """Return the three rates that capacity shows in, each with what it is out of."""
    return _rates(_case(question))


def _rates(case: _Case) -> tuple[Rate, ...]:
    history = case.history
    vouched = bool(attested(history, ["procurement"]))
    answers = [entry.index for entry, _ in history.records(ClarificationAnswered)]
    corrected = [entry.index for entry, _ in history.records(ClarificationAnswerCorrected)]
    published = [each for each in specifications(history) if each.is_published]
    faulty = list(accepted(history, SPECIFICATION_FAULTS))
    return (
        _late(case.asked, vouched=vouched),
        Rate(
            N_("Answers put right"),
            len(corrected),
            len(answers),
            vouched or bool(answers),
            (*answers, *corrected),
        ),
        Rate(
            N_("Faults in specifications that were accepted"),
            len(faulty),
            len(published),
            vouched or bool(published),
            tuple(index for issue in faulty for index in issue.evidence),
        ),
    )


def _late(asked: Sequence[Obligation], *, vouched: bool) -> Rate:
    due = [each for each in asked if _fell_due(each)]
    late = [each for each in due if each.lapsed]
    # Without a promised time, or where the record leaves open when the answer came, nobody can say whether it was late.
    in_doubt = [each for each in asked if not _fell_due(each) and each.state != "open"]
    untimed = [each for each in asked if each.due is None]
    known = not in_doubt and not untimed and (bool(due) or (vouched and not asked))
    evidence = tuple(index for each in due for index in each.evidence)
    return Rate(N_("Answers that came late"), len(late), len(due), known, evidence)


def _fell_due(asked: Obligation) -> bool:
    return asked.state in {"in_time", "late"} or asked.lapsed


def _workload(case: _Case) -> tuple[Figure, ...]:
    counts = _in_force(case.statements, case.question.today)
    waiting = sum(each.is_owed for each in case.asked)
    posts = stated(counts[-1][1].fte) if counts else None
    if posts is None:
        return (Figure(N_("Open questions"), waiting),)
    told = sentence(N_("%(questions)s open questions, %(posts)s posts"), questions=waiting, posts=Decimal(posts))
    return (Figure(N_("Open questions for the team's full-time posts"), told),)


def _tender_ends(question: Question) -> datetime | None:
    """Return when bidding ends, where that is on record and still to come."""
    history = question.history
    if any(history.actions(BidsClosed)) or _end(question) is not None:
        return None
    closes = deadline(history)
    if closes is None or question.at >= end_of(closes.last):
        return None
    return end_of(closes.last)
