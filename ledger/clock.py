"""Working days of England and Wales, and months, counted in Europe/London."""

from __future__ import annotations

import calendar as _calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from importlib.metadata import version

from govuk_bank_holidays.bank_holidays import BankHolidays

_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Calendar:
    """Bank holidays and the version of the list they come from, which is shown wherever days were counted."""

    holidays: frozenset[date]
    version: str

    def is_working_day(self, day: date) -> bool:
        """Whether offices work on `day`."""
        return day.weekday() < _SATURDAY and day not in self.holidays

    def add_working_days(self, day: date, count: int) -> date:
        """Return the `count`th working day after `day`; `day` itself is day zero (domain 1.3).

        A `day` that is not a working day counts from the next one, which is then day zero.
        """
        return _add_working_days(self, day, count)


@lru_cache(maxsize=4_096)
def _add_working_days(calendar: Calendar, day: date, count: int) -> date:
    while not calendar.is_working_day(day):
        day += timedelta(days=1)
    for _ in range(count):
        day += timedelta(days=1)
        while not calendar.is_working_day(day):
            day += timedelta(days=1)
    return day


@cache
def england_and_wales() -> Calendar:
    """Return the calendar of the packaged list. Never asks the network."""
    held = BankHolidays(use_cached_holidays=True)
    days = held.get_holidays(division=BankHolidays.ENGLAND_AND_WALES)
    return Calendar(frozenset(each["date"] for each in days), f"govuk-bank-holidays {version('govuk-bank-holidays')}")


def add_months(day: date, months: int) -> date:
    """Return `day` that many calendar months later, clipped to the end of the month (domain 1.3)."""
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(years, month + 1, min(day.day, _calendar.monthrange(years, month + 1)[1]))


def utc_now() -> datetime:
    """Return the present instant. The only clock of the ledger; every rule takes the instant as an argument."""
    return datetime.now(UTC)
