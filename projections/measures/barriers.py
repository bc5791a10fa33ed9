"""When the answer to a reported barrier was due, and whether it was there: by a moment, and by its own day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ledger.when import Occurrence
from projections.measures.facts import Question
from projections.measures.issues import Issue
from projections.measures.judging import is_before, start_of


@dataclass(frozen=True, slots=True)
class Due:
    """One issue against its clock and against a moment, such as the launch.

    Each answer is yes, no, or None where the record leaves it open. `last` is the last day (Europe/London) on which the
    answer may be due; None where it is not on record when the issue was raised.
    """

    raised_before: bool | None
    fell_due_before: bool | None
    answered_before: bool | None
    answered_in_time: bool | None
    is_answered: bool
    is_over: bool
    last: date | None

    @property
    def ends(self) -> datetime | None:
        """The instant (UTC) from which an answer is overdue."""
        return None if self.last is None else start_of(self.last + timedelta(days=1))


def due(question: Question, issue: Issue, moment: Occurrence | None) -> Due:
    """Hold an issue to its clock: working days from the report on, the day of it being day zero (domain 1.3)."""
    reported, count = issue.entry.occurred, question.thresholds.issue_answer_working_days
    answers = [entry.occurred for entry, _ in issue.answers]
    answered_before = _any(is_before(when, moment) for when in answers)
    if reported is None:
        return Due(None, None, answered_before, None if answers else False, bool(answers), is_over=False, last=None)
    first = question.calendar.add_working_days(reported.first_day, count)
    last = question.calendar.add_working_days(reported.last_day, count)
    return Due(
        raised_before=is_before(reported, moment),
        fell_due_before=_fell_before(first, last, moment),
        answered_before=answered_before,
        answered_in_time=_any(_is_in_time(when, first, last) for when in answers),
        is_answered=bool(answers),
        is_over=question.today > last,
        last=last,
    )


def _fell_before(first: date, last: date, moment: Occurrence | None) -> bool | None:
    """Whether the last day for an answer was over before the moment: an answer is due at the end of its day."""
    if moment is None:
        return None
    if last < moment.first_day:
        return True
    return False if first >= moment.last_day else None


def _is_in_time(when: Occurrence | None, first: date, last: date) -> bool | None:
    if when is None:
        return None
    if when.last_day <= first:
        return True
    return False if when.first_day > last else None


def _any(answers: Iterable[bool | None]) -> bool | None:
    found = set(answers)
    return True if True in found else None if None in found else False
