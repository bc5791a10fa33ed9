"""How a set of whole numbers lies: the middle one, the one that nine of ten stay within, and the largest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from typing import Final

_NINE_OF_TEN: Final = Decimal("0.9")


@dataclass(frozen=True, slots=True)
class Spread:
    """`count` numbers: their median (of an even count, half-way between the two in the middle), and two of them.

    `ninetieth` is the smallest of them that at least nine of ten do not exceed (nearest rank).
    """

    count: int
    median: Decimal
    ninetieth: int
    longest: int


def spread(numbers: Mapping[int, int]) -> Spread | None:
    """Return how numbers lie that come with how often each occurs; None where there is none."""
    count = sum(numbers.values())
    if not count:
        return None
    low, high = _at(numbers, (count + 1) // 2), _at(numbers, count // 2 + 1)
    return Spread(count, Decimal(low + high) / 2, _at(numbers, ceil(_NINE_OF_TEN * count)), max(_held(numbers)))


def _held(numbers: Mapping[int, int]) -> Iterator[int]:
    return (number for number, times in numbers.items() if times)


def _at(numbers: Mapping[int, int], place: int) -> int:
    """Return the number at a place, from 1, of all of them in order."""
    passed = 0
    for number in sorted(numbers):
        passed += numbers[number]
        if passed >= place:
            return number
    raise AssertionError(f"there are only {passed} numbers")
