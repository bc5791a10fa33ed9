"""How long after the fact an entry was recorded, told from its published bytes alone.

When something happened is its author's claim; when it was recorded is the log's, and never falls. Neither is proof that
anything is wrong, so what is found here are notes and not failures.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final, NamedTuple

from ledger.actions import KINDS
from ledger.clock import england_and_wales
from ledger.errors import CandourError, Refused
from ledger.obligations import working_days_between
from ledger.process import LATE_AFTER_WORKING_DAYS
from ledger.when import LONDON, Occurrence
from ledger.words import N_

_OCCURS: Final = {name: kind.occurs for name, kind in KINDS.items()}
_OWN_WORD: Final = frozenset({"act", "report"})
"""The standings that the rule is about: documents are entered whenever they are found."""


class _Claim(NamedTuple):
    """What a text claims: the first instant it can mean, its last day, and the day by which it should be recorded."""

    start: datetime
    last_day: date
    due: date


def note_of(entry: Mapping[str, Any], recorded: datetime) -> CandourError | None:
    """Return what is to be noted of an entry recorded at an instant (UTC, aware), or None.

    `entry` is what its bytes say. An entry whose date is hidden, not stated or unreadable gives no note.
    """
    try:
        text = entry["data"][_OCCURS[entry["action"]]]
        standing = entry["standing"]
    except (LookupError, TypeError):
        return None
    claim = _claim(text) if type(text) is str else None
    if claim is None:
        return None
    if claim.start > recorded:
        return Refused(N_("It says that it happened on %(date)s, after it was recorded."), date=text)
    # A day of London may begin before that of UTC, and never more than one later.
    if recorded.date() < claim.due or standing not in _OWN_WORD:
        return None
    day = recorded.astimezone(LONDON).date()
    if day <= claim.due:
        return None
    # What is recorded when nobody works counts as recorded on the next working day, so that late is more than the rule.
    calendar = england_and_wales()
    while not calendar.is_working_day(day):
        day += timedelta(days=1)
    return Refused(
        N_("It was recorded %(lag)s working days after it happened, and the rule is %(days)s working days."),
        lag=working_days_between(claim.last_day, day, calendar),
        days=LATE_AFTER_WORKING_DAYS,
    )


@lru_cache(maxsize=4_096)
def _claim(text: str) -> _Claim | None:
    try:
        occurred = Occurrence.parse(text)
    except ValueError:
        return None
    last = occurred.last_day
    return _Claim(occurred.start, last, england_and_wales().add_working_days(last, LATE_AFTER_WORKING_DAYS))
