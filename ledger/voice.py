"""How values are said to a reader: one language, its dates, money and lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Final

from babel.dates import format_date, format_datetime
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal

from ledger.errors import CandourError
from ledger.when import LONDON, Occurrence
from ledger.words import N_, Term, Terms

_FORMATS: Final = {4: "yyyy", 7: "MMMM yyyy"}


@dataclass(frozen=True, slots=True)
class Voice:
    """A language: `locale` for Babel, and `translate` from an English text to this language's."""

    locale: str
    translate: Callable[[str], str]

    def words(self, template: str, /, **parameters: object) -> str:
        """Translate `template`, then fill its `%(name)s` slots."""
        text = self.translate(template)
        return text % parameters if parameters else text

    def error(self, error: CandourError) -> str:
        """Say an error in this language."""
        return self.words(error.template, **{name: self._term(each) for name, each in error.parameters.items()})

    def _term(self, value: object) -> object:
        match value:
            case Term():
                return self.translate(value.label)
            case Terms():
                return ", ".join(map(self.translate, value.labels))
            case _:
                return value

    def day(self, day: date) -> str:
        """Say a date: 3 March 2017."""
        return _day(day, "d MMMM yyyy", self.locale)

    def instant(self, moment: datetime) -> str:
        """Say an instant in Europe/London: 3 March 2017 at 14:30."""
        return self.words(
            N_("%(day)s at %(time)s"),
            day=self.day(moment.astimezone(LONDON).date()),
            time=format_datetime(moment, "HH:mm", tzinfo=LONDON, locale=self.locale),
        )

    def occurrence(self, occurrence: Occurrence) -> str:
        """Say an interval exactly as precisely as it was given."""
        first, _, last = occurrence.text.partition("/")
        if last:
            return self.words(
                N_("some time from %(first)s to %(last)s"), first=self._point(first), last=self._point(last)
            )
        return self._point(first)

    def money(self, amount: Decimal, currency: str) -> str:
        """Say an amount with its currency; pence only where there are some."""
        whole = amount == amount.to_integral_value()
        return format_currency(
            amount,
            currency,
            "¤#,##0" if whole else None,
            locale=self.locale,
            currency_digits=not whole,
            decimal_quantization=False,  # every digit given is said: nothing is rounded
        )

    def number(self, number: int | Decimal) -> str:
        """Say a number with the separators of the language."""
        return format_decimal(number, locale=self.locale, decimal_quantization=False)

    def items(self, texts: Sequence[str]) -> str:
        """Say a list: a, b and c."""
        return format_list(list(texts), locale=self.locale) if texts else self.words(N_("none"))

    def _point(self, point: str) -> str:
        if "T" in point:
            return self.instant(datetime.fromisoformat(point))
        start = date.fromisoformat((point + "-01-01")[:10])
        return _day(start, _FORMATS.get(len(point), "d MMMM yyyy"), self.locale)


@lru_cache(maxsize=16_384)  # the same days are said again and again, and Babel reads its pattern each time
def _day(day: date, pattern: str, locale: str) -> str:
    return format_date(day, pattern, locale=locale)


ENGLISH: Final = Voice("en_GB", str)
