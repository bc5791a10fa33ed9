"""What a spreadsheet would run is only text in every table of ours."""

from __future__ import annotations

import csv
import io

import pytest

from projections.cells import harmless
from projections.review.export import csv_lines
from web.sheet import Sheet, as_csv

CELLS = {
    "a formula": ("=1+1", "'=1+1"),
    "a sign": ("+44 20", "'+44 20"),
    "a minus": ("-1", "'-1"),
    "a call": ("@SUM(A1)", "'@SUM(A1)"),
    "a formula after spaces": ("  =1", "'  =1"),
    "a formula after a tab": ("\t=1", "'\t=1"),
    "a formula after a line feed": ("\n=1", "'\n=1"),
    "a full-width formula": ("\uff1d1", "'\uff1d1"),
    "a word": ("Riverside", "Riverside"),
    "a formula inside": ("a=1", "a=1"),
    "nothing": ("", ""),
    "no value": (None, ""),
    "a number": (7, "7"),
}


@pytest.mark.parametrize(("value", "cell"), CELLS.values(), ids=CELLS)
def test_a_cell_is_never_a_formula(value, cell):
    """An apostrophe stands before what could be a formula, and before nothing else."""
    assert harmless(value) == cell


@pytest.mark.parametrize(("value", "cell"), CELLS.values(), ids=CELLS)
def test_every_writer_of_tables_keeps_to_it(value, cell):
    """The tables of a page and of a review write their texts in the same way."""
    sheet = Sheet("table", ("what",), [(value,)])
    review = b"".join(csv_lines(("what",), [(value,)])).decode("utf-8-sig")
    assert [_first(as_csv(sheet)), _first(review)] == [cell, cell]


def _first(text: str) -> str:
    """Return the first cell below the heading. A line of one empty cell is written with quotes."""
    return list(csv.reader(io.StringIO(text, newline="")))[1][0]
