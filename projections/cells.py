"""Cells of tables that people open in a spreadsheet."""

from __future__ import annotations

from typing import Final

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""How a cell begins that a spreadsheet would take for a formula, full-width forms included (OWASP, CSV injection)."""


def harmless(value: object) -> str:
    """Return a cell's text so that no spreadsheet runs it: with an apostrophe before what could be a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
