"""A table as data: CSV that no spreadsheet runs as a formula, and JSON. The same rows, in the same order, bounded."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import orjson

from projections.cells import harmless

Value = str | int | bool | None | date | datetime | tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page of a table: `columns` are names for programs; `pages` is how many pages there are."""

    name: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[Value, ...]]
    page: int = 1
    pages: int = 1


def as_csv(sheet: Sheet) -> str:
    """Return a sheet as CSV (RFC 4180). Lists of entries are their numbers with spaces between."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(sheet.columns)
    writer.writerows([_cell(value) for value in row] for row in sheet.rows)
    return out.getvalue()


def as_json(sheet: Sheet, about: Mapping[str, object]) -> bytes:
    """Return a sheet as JSON: what it is about, and its rows as objects."""
    body = {
        **about,
        "table": sheet.name,
        "page": sheet.page,
        "pages": sheet.pages,
        "rows": [dict(zip(sheet.columns, row, strict=True)) for row in sheet.rows],
    }
    return orjson.dumps(body, option=orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z)


def _cell(value: Value) -> str | int:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int():
            return value
        case str():
            return harmless(value)
        case datetime() | date():
            return value.isoformat()
        case _:
            return " ".join(map(str, value))
