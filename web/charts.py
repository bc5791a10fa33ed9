"""The geometry of our bar charts: from numbers to places on a drawing, wide for screens and narrow for phones.

A bar is made of segments that follow each other; a mark stands where a bar should reach. Colours and patterns are the
template's. Nothing is scaled by the browser: on a phone a wide drawing would have letters of 4 pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final, Literal

Fill = Literal["enough", "short", "before", "late", "unknown"]


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a bar: how long, how it is drawn, and whether its number stands in it."""

    length: int
    fill: Fill
    shown: bool = True


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar with its name, the mark it is measured against (None: none), and what stands after it."""

    name: str
    segments: tuple[Segment, ...]
    mark: int | None = None
    note: str = ""

    @property
    def reach(self) -> int:
        """How far it and its mark reach."""
        return max(sum(each.length for each in self.segments), self.mark or 0)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A segment on the drawing, in pixels. `text` is its number where it has room."""

    x: float
    width: float
    fill: Fill
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """A bar on the drawing: its top, its segments, where it ends, its mark, and where the note stands."""

    name: str
    top: float
    drawn: tuple[Drawn, ...]
    end: float
    mark: float | None
    note: str
    note_at: float


@dataclass(frozen=True, slots=True)
class Chart:
    """A whole drawing: its size, the height of a bar, where the axis stands, and (place, number) of its ticks."""

    width: int
    height: float
    left: int
    bar: int
    names_above: bool
    rows: tuple[Row, ...]
    ticks: tuple[tuple[float, int], ...]
    axis: float


_WIDE: Final = 1100
_NARROW: Final = 290
_LEFT: Final = 380
_NOTE: Final = 210
_DIGIT: Final = 9
_STEPS: Final = (1, 2, 5, 10, 15, 30, 60, 90, 180, 365)


def wide(bars: Sequence[Bar]) -> Chart:
    """Return the drawing for screens: names to the left of the bars, notes behind them."""
    return _chart(bars, _WIDE, left=_LEFT, right=_NOTE, bar=26, pitch=38, names_above=False)


def narrow(bars: Sequence[Bar]) -> Chart:
    """Return the drawing for phones: names and notes above the bars."""
    return _chart(bars, _NARROW, left=1, right=14, bar=20, pitch=62, names_above=True)


def _chart(bars: Sequence[Bar], width: int, *, left: int, right: int, bar: int, pitch: int, names_above: bool) -> Chart:
    longest = max([each.reach for each in bars], default=0) or 1
    scale = (width - left - right) / longest
    above = 22 if names_above else 4
    rows = tuple(_row(each, place * pitch + above, left, scale) for place, each in enumerate(bars))
    axis = len(bars) * pitch + 8
    return Chart(width, axis + 26, left, bar, names_above, rows, tuple(_ticks(longest, left, scale)), axis)


def _row(bar: Bar, top: float, left: int, scale: float) -> Row:
    starts = [0, *accumulate(each.length for each in bar.segments)]
    drawn = tuple(
        Drawn(
            round(left + start * scale, 1),
            round(each.length * scale, 1),
            each.fill,
            str(each.length) if each.shown and each.length * scale > _DIGIT * (len(str(each.length)) + 1) else "",
        )
        for start, each in zip(starts, bar.segments, strict=False)
        if each.length
    )
    end = round(left + starts[-1] * scale, 1)
    mark = None if bar.mark is None else round(left + bar.mark * scale, 1)
    return Row(bar.name, top, drawn, end, mark, bar.note, max(end, mark or 0) + 8)


def _ticks(longest: int, left: int, scale: float) -> list[tuple[float, int]]:
    """Return at most six round numbers along the axis."""
    step = next((each for each in _STEPS if longest / each <= 5), -(-longest // 5))  # noqa: PLR2004 - six with the 0
    return [(round(left + each * scale, 1), each) for each in range(0, longest + 1, step)]
