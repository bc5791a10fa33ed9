"""Recommendation 4: clear, consistent and timely information for bidders (`docs/measures/r04.md`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from math import ceil
from statistics import median
from typing import Final

from ledger.actions.commitments import CommitmentDischarged, CommitmentMade
from ledger.actions.contract import ContractDetailsPublished
from ledger.actions.issues import IssueEscalated, IssueReported
from ledger.actions.process import CommissioningProcessClosed, CommissioningProcessRegistered
from ledger.actions.procurement import ClarificationAnswerCorrected, ClarificationAnswered, ProcurementTerminated
from ledger.actions.timeline import TimelineChanged
from ledger.kinds import NotStated, stated
from ledger.obligations import Obligation, end_of, is_about_questions, working_days_between
from ledger.process import History, Recorded
from ledger.streams import Stream
from ledger.when import LONDON, Occurrence
from ledger.words import N_
from projections.measures.contacts import Days, Spell, length, next_bound, spells, uncovered
from projections.measures.facts import Question, attested, owed
from projections.measures.finding import Figure, Finding, Part, Result, Sentence, sentence
from projections.measures.issues import Issue, accepted, issues
from projections.measures.judging import (
    Begun,
    begun,
    found_in_parts,
    is_committed,
    not_launched,
    share,
    start_of,
    yes_no,
)
from projections.measures.windows import deadline

VERSION: Final = 1
_CONTACT: Final = N_("A named contact throughout")
_GUARANTEE: Final = N_("A time to answer questions, told to bidders")
_CLOCK: Final = N_("Questions answered in that time")
_CONSISTENT: Final = N_("The same and right information for all")
_INFORMATION: Final = ("wrong_answer", "unclear_timeline", "portal_failure")
_NINETY_PER_CENT: Final = 0.9


def measure(question: Question) -> Finding:
    """Return the finding: the parts `contact`, `guarantee`, `clock` and `consistent`."""
    return found_in_parts(question, 4, VERSION, _judge)


def _judge(question: Question) -> tuple[Part, ...]:
    parts = (_contact(question), _guarantee(question), _clock(question), _consistent(question))
    return parts if begun(question.history) is not None else tuple(not_launched(part) for part in parts)


def _part(
    code: str,
    title: str,
    result: Result,
    why: Sentence,
    evidence: Iterable[int] = (),
    figures: Sequence[Figure] = (),
) -> Part:
    return Part(code, title, result, why, tuple(sorted(set(evidence))), figures=tuple(figures))


# --- a named contact --------------------------------------------------------------------------------------------------


def _contact(question: Question) -> Part:
    found = spells(question.history, "procurement_team")
    named = [each for each in found if each.name_published is not False]
    evidence = {index for each in found for index in each.evidence}
    if not found:
        return _part(
            "contact", _CONTACT, "not_evidenced", sentence(N_("No contact in the procurement team is on record."))
        )
    window = _days_to_cover(question)
    if not named or window is None:
        why = N_("The contact on record is known by a role, and it is not on record that a name is public.")
        return _part("contact", _CONTACT, "not_evidenced", sentence(why), evidence)
    (certain, possible, is_open), ends = window
    part = _covered(certain, possible, named, {*evidence, *ends})
    bound = next_bound(named, question.today) if is_open and part.result != "breached" else None
    return replace(part, changes_at=None if bound is None else start_of(bound))


def _covered(certain: Days | None, possible: Days, named: Sequence[Spell], evidence: Iterable[int]) -> Part:
    """Judge days: breached where a day was certainly missed, met where each was certainly covered."""
    missed = [] if certain is None else uncovered(certain, (each.possible for each in named))
    public = [each.certain for each in named if each.certain is not None and each.name_published]
    open_days = uncovered(possible, public)
    figures = [Figure(N_("Days without a named contact"), length(missed))]
    if missed:
        why = sentence(
            N_("No contact in the procurement team was available on %(days)s of %(all)s days, first on %(day)s."),
            days=length(missed),
            all=length([possible if certain is None else certain]),
            day=missed[0][0],
        )
        return _part("contact", _CONTACT, "breached", why, evidence, figures)
    if open_days:
        why = sentence(N_("It is open whether a contact with a public name was there on %(day)s."), day=open_days[0][0])
        return _part("contact", _CONTACT, "not_evidenced", why, evidence, figures)
    why = sentence(
        N_("A named contact in the procurement team was available on each day from %(first)s to %(last)s."),
        first=possible[0],
        last=possible[1],
    )
    return _part("contact", _CONTACT, "met", why, evidence, figures)


def _days_to_cover(question: Question) -> tuple[tuple[Days | None, Days, bool], set[int]] | None:
    """Return the days that a contact is needed on: those that certainly are, and those that may be.

    With them, whether the end is still open, and the entries that say so. None where no public action has a day.
    """
    begins = question.history.folded("first public actions", None, partial(_earlier, question.history.stream))
    if begins is None:
        return None
    first, sure = begins
    ended, last = _end(question.history) or (None, None)
    today = question.today
    certain = (sure[1].last_day, today if last is None else min(last.first_day, today))
    possible = (first[1].first_day, today if last is None else min(last.last_day, today))
    evidence = {first[0].index, sure[0].index, *(() if ended is None else (ended.index,))}
    return (certain if certain[0] <= certain[1] else None, possible, last is None), evidence


_NOT_ITS_OWN: Final = (CommissioningProcessRegistered, IssueReported, IssueEscalated)
"""Opening the record, and what others say, is no action of the process."""


_Dated = tuple[Recorded, Occurrence]


def _earlier(stream: Stream, found: tuple[_Dated, _Dated] | None, entry: Recorded) -> tuple[_Dated, _Dated] | None:
    """Return which public action may have been the first, and which certainly was on a day before all others."""
    when = entry.occurred
    if when is None or entry.stream != stream or not _is_public_action(entry):
        return found
    first, sure = found or ((entry, when), (entry, when))
    return (
        (entry, when) if when.first_day < first[1].first_day else first,
        (entry, when) if when.last_day < sure[1].last_day else sure,
    )


def _is_public_action(entry: Recorded) -> bool:
    public = entry.statement.visibility.state == "public" and entry.statement.standing != "report"
    return public and entry.action.declaration.stage != "record" and not isinstance(entry.action, _NOT_ITS_OWN)


def _end(history: History) -> tuple[Recorded, Occurrence] | None:
    """Return what ended the process for bidders: the last signature, or the stop or close of the whole."""
    launch = begun(history)
    signed = [
        (entry, when)
        for entry, contract in history.records(ContractDetailsPublished)
        if (when := stated(contract.signed_on)) is not None and not _was_before_launch(when, launch)
    ]
    if signed:
        return max(signed, key=lambda each: each[1].end)
    stops = [entry for entry, stop in history.records(ProcurementTerminated) if stop.scope == "process"]
    stops += [entry for entry, _ in history.records(CommissioningProcessClosed)]
    ended = [(entry, entry.occurred) for entry in stops if entry.occurred is not None]
    return min(ended, key=lambda each: each[1].start, default=None)


def _was_before_launch(when: Occurrence, launch: Begun | None) -> bool:
    return launch is not None and launch.when is not None and when.before(launch.when) is True


# --- a guaranteed time ------------------------------------------------------------------------------------------------


def _guarantee(question: Question) -> Part:
    history, launch = question.history, begun(question.history)
    promises = [(entry, action) for entry, action in history.records(CommitmentMade) if is_about_questions(action)]
    stood = [each for each in promises if launch is None or _stood(history, each[0], each[1], launch) is not False]
    if not stood:
        return _no_guarantee(history, [entry.index for entry, _ in promises])
    told = {entry.index: _told_in_time(history, entry, action, launch, question) for entry, action in stood}
    in_time = [index for index, was in told.items() if was]
    if in_time:
        why = sentence(N_("A time within which questions are answered was told to possible providers by the launch."))
        return _part("guarantee", _GUARANTEE, "met", why, in_time)
    if all(was is False for was in told.values()):
        why = sentence(N_("The time within which questions are answered was told only after the launch."))
        return _part("guarantee", _GUARANTEE, "breached", why, [*told, *(() if launch is None else launch.evidence)])
    why = sentence(N_("It is not on record that possible providers were told of the promised time by the launch."))
    return _part("guarantee", _GUARANTEE, "not_evidenced", why, told)


def _no_guarantee(history: History, evidence: Iterable[int]) -> Part:
    vouched = attested(history, ["procurement"])
    if vouched:
        why = sentence(
            N_(
                "No promise of a time to answer questions stood at the launch, and the record of the procurement stage "
                "is attested to be complete."
            )
        )
        return _part("guarantee", _GUARANTEE, "breached", why, [*vouched, *evidence])
    why = sentence(N_("No promise of a time to answer questions that stood at the launch is on record."))
    return _part("guarantee", _GUARANTEE, "not_evidenced", why, evidence)


def _stood(history: History, entry: Recorded, promise: CommitmentMade, launch: Begun) -> bool | None:
    """Whether a promise had not been taken back or replaced before the day of the launch."""
    name = stated(promise.commitment_id)
    ends = [
        (ended.occurred, launch.when)
        for ended, action in history.records(CommitmentDischarged)
        if ended.stream == entry.stream and name is not None and stated(action.commitment_id) == name
    ]
    if not ends:
        return True
    when, launched = ends[0]
    if when is None or launched is None:
        return None
    return False if when.last_day < launched.first_day else True if when.first_day >= launched.last_day else None


def _told_in_time(
    history: History, entry: Recorded, promise: CommitmentMade, launch: Begun | None, question: Question
) -> bool | None:
    """Whether possible providers were told of a promise on the day of the launch or before."""
    told, made, audience = stated(promise.communicated_on), entry.occurred, stated(promise.communicated_to)
    to_bidders = None if audience is None else "potential_provider" in audience
    if launch is None:
        return True if to_bidders and told is not None and told.start <= question.at else None
    if launch.when is None:
        return None
    earliest = max((each.first_day for each in (told, made) if each is not None), default=None)
    if earliest is not None and earliest > launch.when.last_day:
        return False
    in_time = told is not None and told.last_day <= launch.when.first_day
    return True if in_time and to_bidders and _stood(history, entry, promise, launch) else None


# --- the time kept ----------------------------------------------------------------------------------------------------


def _clock(question: Question) -> Part:
    asked = owed(question, "question")
    vouched = attested(question.history, ["procurement"])
    if not asked and vouched:
        why = sentence(N_("No question came, and the record of the procurement stage is attested to be complete."))
        return _part("clock", _CLOCK, "not_applicable", why, vouched)
    if not asked:
        return _part("clock", _CLOCK, "not_evidenced", sentence(N_("No question from a bidder is on record.")))
    part = _answered(asked, vouched)
    if question.with_figures:
        part = replace(part, figures=tuple(_times(asked, question)))
    running = [each.changes_at for each in asked if each.changes_at is not None]
    return replace(part, changes_at=None if part.result == "breached" else min(running, default=None))


def _answered(asked: Sequence[Obligation], vouched: tuple[int, ...]) -> Part:
    late = [each for each in asked if each.lapsed or (each.state in {"overdue", "unknown"} and vouched)]
    timed = [each for each in asked if each.due is not None]
    due = [each for each in timed if each.state != "open"]
    if late:
        attestation = () if any(each.lapsed for each in late) else vouched
        why = sentence(
            N_("%(late)s of %(all)s questions that had fallen due were not answered in time."),
            late=len(late),
            all=len(due),
        )
        return _part("clock", _CLOCK, "breached", why, [*_evidence(late), *attestation])
    if not timed:
        why = sentence(N_("No promised time applies to the questions on record, so none can be late or in time."))
        return _part("clock", _CLOCK, "not_evidenced", why, _evidence(asked))
    if not due:
        return _part("clock", _CLOCK, "pending", sentence(N_("No question has fallen due yet.")), _evidence(timed))
    open_to_doubt = [each for each in due if each.state != "in_time"]
    if open_to_doubt:
        why = sentence(
            N_("For %(open)s of %(all)s questions that had fallen due it is open whether they were in time."),
            open=len(open_to_doubt),
            all=len(due),
        )
        return _part("clock", _CLOCK, "not_evidenced", why, _evidence(open_to_doubt))
    why = sentence(N_("Each question that had fallen due was answered in time, %(all)s of %(all)s."), all=len(due))
    return _part("clock", _CLOCK, "met", why, _evidence(due))


def _evidence(asked: Iterable[Obligation]) -> set[int]:
    return {index for each in asked for index in each.evidence}


def _times(asked: Sequence[Obligation], question: Question) -> Iterator[Figure]:
    due = [each for each in asked if each.due is not None and each.state != "open"]
    yield share(N_("Answered in time"), sum(each.state == "in_time" for each in due), len(due))
    taken = sorted(_taken(asked, question))
    if taken:
        yield Figure(N_("Median time to an answer, in working days"), median(map(Decimal, taken)))
        nth = taken[ceil(_NINETY_PER_CENT * len(taken)) - 1]
        yield Figure(N_("Nine of ten answers came within, in working days"), nth)
    waiting = [each.opened.occurred for each in asked if each.ending is None and each.opened.occurred is not None]
    if waiting:
        yield Figure(N_("Oldest open question"), min(waiting, key=lambda each: each.start))
    closes = deadline(question.history)
    if closes is not None and closes.known is not None and question.at >= end_of(closes.known):
        unanswered = [each for each in asked if _was_open_at(each, closes.known)]
        yield share(N_("Unanswered at the deadline for bids"), len(unanswered), len(asked))


def _taken(asked: Iterable[Obligation], question: Question) -> Iterator[int]:
    """Yield the working days from question to answer, where the record knows both days."""
    for each in asked:
        received, ended = each.opened.occurred, each.ending
        if received is None or ended is None or ended.not_before is None or ended.not_after is None:
            continue
        day = ended.not_before.astimezone(LONDON).date()
        if received.first_day == received.last_day and ended.not_after <= end_of(day):
            yield max(0, working_days_between(received.first_day, day, question.calendar))


def _was_open_at(asked: Obligation, day: date) -> bool:
    return asked.ending is None or (asked.ending.not_before is not None and asked.ending.not_before >= end_of(day))


# --- the same for all -------------------------------------------------------------------------------------------------


def _consistent(question: Question) -> Part:
    history = question.history
    answers = [(entry, _was_shared(answer)) for entry, answer in history.records(ClarificationAnswered)]
    known = [
        (issue, _put_right(issue, question)) for issue in accepted(history, _INFORMATION) if _is_for_bidders(issue)
    ]
    closes = deadline(history)
    waiting = closes is not None and any(result in {"pending", "not_evidenced"} for _, result in known)
    part = _broken(answers, known) or _sound(answers, known)
    ahead = [end_of(day) for day in (closes.first, closes.last)] if closes is not None and waiting else []
    return replace(
        part,
        figures=(
            share(
                N_("Answers to all, or to one on a stated basis"), sum(was is True for _, was in answers), len(answers)
            ),
            share(N_("Answers put right"), len(list(history.actions(ClarificationAnswerCorrected))), len(answers)),
            *_incidents(question),
        ),
        changes_at=None
        if part.result == "breached"
        else min((end for end in ahead if end > question.at), default=None),
    )


def _broken(answers: Sequence[tuple[Recorded, bool | None]], known: Sequence[tuple[Issue, Result]]) -> Part | None:
    kept = [entry.index for entry, was in answers if was is False]
    if kept:
        why = sentence(
            N_("%(kept)s of %(all)s answers went only to the one who asked, and no basis for that is on record."),
            kept=len(kept),
            all=len(answers),
        )
        return _part("consistent", _CONSISTENT, "breached", why, kept)
    stood = [issue for issue, result in known if result == "breached"]
    if stood:
        why = sentence(
            N_(
                "%(stood)s of %(all)s faults in the information for bidders that were accepted stood past the deadline."
            ),
            stood=len(stood),
            all=len(known),
        )
        return _part("consistent", _CONSISTENT, "breached", why, [i for issue in stood for i in _all(issue)])
    return None


def _sound(answers: Sequence[tuple[Recorded, bool | None]], known: Sequence[tuple[Issue, Result]]) -> Part:
    evidence = [entry.index for entry, _ in answers] + [index for issue, _ in known for index in _all(issue)]
    results = {result for _, result in known}
    if not answers:
        why = sentence(N_("No answer to a question is on record."))
        return _part("consistent", _CONSISTENT, "not_evidenced", why, evidence)
    if any(was is None for _, was in answers):
        why = sentence(N_("Of some answers it is not on record to whom they went."))
        return _part("consistent", _CONSISTENT, "not_evidenced", why, evidence)
    if "not_evidenced" in results:
        why = sentence(N_("The record leaves open whether an accepted fault was put right by the deadline for bids."))
        return _part("consistent", _CONSISTENT, "not_evidenced", why, evidence)
    if "pending" in results:
        why = sentence(
            N_("An accepted fault in the information for bidders can still be put right before the deadline.")
        )
        return _part("consistent", _CONSISTENT, "pending", why, evidence)
    why = sentence(
        N_("Each answer went to all bidders, or to the one who asked on a stated basis, %(all)s of %(all)s."),
        all=len(answers),
    )
    return _part("consistent", _CONSISTENT, "met", why, evidence)


def _all(issue: Issue) -> tuple[int, ...]:
    return (*issue.evidence, *(() if issue.resolved is None else (issue.resolved[0].index,)))


def _was_shared(answer: ClarificationAnswered) -> bool | None:
    """Whether an answer went to all, or to the asker on a basis that was committed: yes, no, or not known."""
    if answer.released_to == "all_bidders":
        return True
    if answer.released_to != "asker_only" or isinstance(answer.asker_only_basis, NotStated):
        return None
    return is_committed(answer.asker_only_basis)


def _is_for_bidders(issue: Issue) -> bool:
    """Whether an issue is about information for bidders, and its reporter did not take it back."""
    taken_back = issue.resolved is not None and issue.resolved[1].outcome == "withdrawn"
    return not taken_back and issue.reported.stage not in {"mobilisation", "delivery"}


def _put_right(issue: Issue, question: Question) -> Result:
    """Return whether an accepted issue was put right, or eased, by the deadline for bids."""
    closes = deadline(question.history)
    if closes is None:
        return "not_evidenced"
    if issue.resolved is not None and issue.resolved[1].outcome != "not_fixed":
        entry, resolution = issue.resolved
        when = entry.occurred if stated(resolution.outcome) is not None else None
        if when is None:
            return "not_evidenced"
        return (
            "met" if when.last_day <= closes.first else "breached" if when.first_day > closes.last else "not_evidenced"
        )
    if question.at < end_of(closes.first):
        return "pending"
    # Closed without being put right is on record; mere silence about it counts only where the body itself is on record.
    said = issue.resolved or issue.answer
    vouched = said is not None and said[0].statement.standing in {"act", "import"}
    return "breached" if vouched and question.at >= end_of(closes.last) else "not_evidenced"


def _incidents(question: Question) -> Iterator[Figure]:
    for issue in issues(question.history):
        reported = issue.entry.occurred
        if issue.type != "portal_failure" or reported is None:
            continue
        ended = None if issue.resolved is None else issue.resolved[0].occurred
        last = question.today if ended is None else ended.first_day
        yield Figure(
            N_("Failure of the portal"),
            sentence(
                N_("Reported %(when)s, open for %(days)s days; the deadline moved afterwards: %(moved)s"),
                when=reported,
                days=max(0, (last - reported.first_day).days),
                moved=yes_no(_moved_after(question.history, reported)),
            ),
        )


def _moved_after(history: History, reported: Occurrence) -> bool:
    return any(
        entry.occurred is not None and entry.occurred.before(reported) is not True
        for entry, change in history.records(TimelineChanged)
        if any(moved.code == "tender_deadline" for moved in stated(change.changes) or ())
    )
