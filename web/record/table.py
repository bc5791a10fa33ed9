"""Many entries at once, out of a table: columns matched by name, every wrong cell named. Values only.

A column is named after a field, or its label; what lies deeper is joined with dots: `document.title`. Where a kind of
entry holds rows itself, such as the milestones of a timetable, the columns of those rows may stand alone, and lines
that are otherwise the same become one entry.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from ledger import kinds, schema
from ledger import vocabulary as v
from ledger.errors import CandourError, Invalid, Wrong
from ledger.kinds import CodeList, Json, Kind, Many
from ledger.process import Submission
from ledger.structs import REASON_STATES, Document, ReasonKind
from ledger.voice import Voice
from ledger.when import LONDON
from ledger.words import N_
from web.record.forms import YES_NO, plain_number

MOST_LINES: Final = 500
"""Entries that one transaction takes (`ledger.store.PAGE`)."""

MOST_BYTES: Final = 1_000_000
MOST_COLUMNS: Final = 100
ENVELOPE: Final = ("late_reason",)
"""Fields beside the data that a column may fill."""

_DATE: Final = re.compile(r"([0-9]{1,2})[/.]([0-9]{1,2})[/.]([0-9]{4})(?:[ T]+([0-9]{1,2}:[0-9]{2}))?", re.ASCII)
_ISO_TIME: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[ T]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)", re.ASCII)
_MONEY: Final = re.compile(r"(?P<pound>£)?\s*(?P<amount>[0-9.,]+)\s*(?P<currency>[A-Za-z]{3})?", re.ASCII)
_NONE: Final = frozenset({"none", "-", "–"})
_NOT_STATED: Final = "not stated"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a cell: the line as spreadsheets count, from 1; the column's heading, or "" for the line."""

    line: int
    column: str
    error: CandourError


class Unusable(Exception):
    """The table cannot be recorded. Nothing was."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class Column:
    """A heading, and the value it fills: its path in the input and its kind; `row`: in the rows of the kind."""

    heading: str
    path: tuple[str, ...]
    kind: Kind
    row: bool = False


@dataclass(slots=True)
class Line:
    """One entry to be: its plain input, and where in the table its values came from."""

    raw: dict[str, Json]
    lines: list[int] = field(default_factory=list)


def read(content: bytes) -> list[list[str]]:
    """Return the cells of a CSV file in UTF-8 (or the Windows code page of western Europe). Raises `Unusable`."""
    if len(content) > MOST_BYTES:
        raise Unusable([Fault(0, "", Wrong(N_("The file is longer than %(most)s bytes. Split it."), most=MOST_BYTES))])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    first = text.partition("\n")[0]
    mark = max(",;\t", key=first.count)
    try:
        found = list(csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True))
    except csv.Error:
        wrong = Wrong(N_("This cannot be read as CSV. Save it again as “CSV UTF-8” in your spreadsheet."))
        raise Unusable([Fault(0, "", wrong)]) from None
    return found


def written(cells: Sequence[Sequence[str]]) -> str:
    """Return a table as text that `read` reads as the same cells."""
    out = io.StringIO()
    csv.writer(out).writerows(cells)
    return out.getvalue()


def submissions(
    kind: type[v.Action], cells: Sequence[Sequence[str]], envelope: Mapping[str, Json], voice: Voice
) -> list[tuple[Submission, list[int]]]:
    """Return what each line means, with the numbers of its lines. Raises `Unusable` with every wrong cell.

    `envelope` is what holds for all lines: stream, standing, by, account.
    """
    columns = _columns(kind, cells[0] if cells else [], voice)
    body = [(number, line) for number, line in enumerate(cells[1:], 2) if any(cell.strip() for cell in line)]
    if not body:
        raise Unusable(
            [Fault(1, "", Wrong(N_("There is no table here, or no line below its headings. Choose another file.")))]
        )
    if len(body) > MOST_LINES:
        raise Unusable(
            [Fault(1, "", Wrong(N_("At most %(most)s lines fit at once. Split the file."), most=MOST_LINES))]
        )
    width = len(cells[0])
    faults = [
        Fault(number, "", Wrong(N_("This line has more cells than there are headings. Check its commas and quotes.")))
        for number, line in body
        if any(cell.strip() for cell in line[width:])
    ]
    made: list[tuple[Submission, list[int]]] = []
    for each in _lines(kind, columns, body):
        try:
            made.append((schema.load_submission(dict(envelope) | each.raw), each.lines))
        except Invalid as invalid:
            faults += _faults(kind, columns, each, invalid)
    if faults:
        raise Unusable(faults)
    return made


# --- headings ---------------------------------------------------------------------------------------------------------


def _columns(kind: type[v.Action], headings: Sequence[str], voice: Voice) -> list[Column | None]:
    known = dict(reversed(list(_known(kind, voice))))
    found: list[Column | None] = []
    faults = []
    for heading in list(headings)[:MOST_COLUMNS]:
        column = known.get(_plain(heading))
        if column is None and heading.strip():
            faults.append(Fault(1, heading.strip()[:100], Wrong(_NO_COLUMN, kind=voice.words(kind.declaration.title))))
        if column is not None and any(each is not None and each.path == column.path for each in found):
            faults.append(Fault(1, heading.strip()[:100], Wrong(N_("Two columns hold this. Keep one."))))
        found.append(None if column is None else Column(heading.strip(), column.path, column.kind, column.row))
    if faults:
        raise Unusable(faults)
    return found


_NO_COLUMN: Final = N_("No field of “%(kind)s” has this name. Rename the column, or take it out.")


def _plain(heading: str) -> str:
    return " ".join(heading.replace("_", " ").casefold().split()).replace(" . ", ".")


def _known(kind: type[v.Action], voice: Voice) -> Iterator[tuple[str, Column]]:
    """Yield each name that a heading may have, the nearest ones first."""
    for each in v.fields_of(kind):
        yield from _named(each, ("data",), voice, row=False)
    for name in ENVELOPE:
        yield _plain(name), Column(name, (name,), kinds.Prose())
    rows = rows_of(kind)
    if rows is not None:
        for each in v.fields_of(rows[1]):
            yield from _named(each, (), voice, row=True)
            yield from ((f"{_plain(rows[0])}.{name}", column) for name, column in _named(each, (), voice, row=True))


def rows_of(kind: type[v.Action]) -> tuple[str, type[v.Struct]] | None:
    """Return the field of a kind that cannot be without rows, with their group."""
    for each in v.fields_of(kind):
        if isinstance(each.kind, Many) and each.kind.least and isinstance(each.kind.item, v.Nested):
            return each.name, each.kind.item.struct
    return None


def _named(each: v.Field, above: tuple[str, ...], voice: Voice, *, row: bool) -> Iterator[tuple[str, Column]]:
    path = (*above, each.name)
    if not isinstance(each.kind, Many) or not isinstance(each.kind.item, v.Nested):
        for name in (each.name, voice.words(each.label)):
            yield _plain(name), Column(each.name, path, each.kind, row)
    if isinstance(each.kind, v.Nested):
        for inner in v.fields_of(each.kind.struct):
            for name, column in _named(inner, path, voice, row=row):
                yield f"{_plain(each.name)}.{name}", column
                yield f"{_plain(voice.words(each.label))}.{name}", column


# --- cells ------------------------------------------------------------------------------------------------------------


def _lines(
    kind: type[v.Action], columns: Sequence[Column | None], body: Sequence[tuple[int, Sequence[str]]]
) -> Iterator[Line]:
    rows = rows_of(kind)
    joined = rows is not None and any(each is not None and each.row for each in columns)
    before: Line | None = None
    for number, cells in body:
        raw: dict[str, Json] = {"action": kind.declaration.name, "data": {}}
        row: dict[str, Json] = {}
        for column, cell in zip(columns, cells, strict=False):
            if column is not None and cell.strip():
                _put(row if column.row else raw, column.path, value_of(column.kind, cell.strip()))
        if not joined or rows is None:
            yield Line(raw, [number])
            continue
        held = {} if before is None else {**before.raw, "data": _without(before.raw["data"], rows[0])}
        if before is not None and held == raw:
            before.raw["data"][rows[0]].append(row)
            before.lines.append(number)
            continue
        if before is not None:
            yield before
        raw["data"][rows[0]] = [row]
        before = Line(raw, [number])
    if before is not None:
        yield before


def _without(data: Mapping[str, Json], name: str) -> dict[str, Json]:
    return {each: value for each, value in data.items() if each != name}


def _put(raw: dict[str, Json], path: tuple[str, ...], value: Json) -> None:
    for name in path[:-1]:
        inner = raw.setdefault(name, {})
        if not isinstance(inner, dict):
            return
        raw = inner
    raw[path[-1]] = value | raw.get(path[-1], {}) if isinstance(value, dict) else value


def value_of(kind: Kind, text: str) -> Json:  # noqa: C901, PLR0911 - one line for each kind of value
    """Return the plain input that a cell means for a kind of value; the schema judges it."""
    if text.casefold() == _NOT_STATED:
        return None
    match kind:
        case Many():
            return [] if text.casefold() in _NONE else [value_of(kind.item, part.strip()) for part in _parts(text)]
        case ReasonKind():
            state = _code(REASON_STATES, text)
            return {"state": state} if state in REASON_STATES.labels else {"state": "given", "text": text}
        case v.Nested(struct=struct) if struct is Document:
            return {"title": text}
        case kinds.Code(codes=codes):
            return _code(codes, text)
        case kinds.YesNo():
            return YES_NO.get(text.casefold(), text)
        case kinds.MoneyKind():
            return _money(text)
        case kinds.When() | kinds.Instant():
            return _time(text)
        case kinds.Day():
            return _time(text).partition("T")[0]
        case kinds.Count() | kinds.Number():
            plain = plain_number(text.removesuffix("%").strip())
            return int(plain) if isinstance(kind, kinds.Count) and re.fullmatch("[0-9]{1,18}", plain) else plain
        case _:
            return text


def _parts(text: str) -> list[str]:
    return [part for part in re.split(r"[;\n]", text) if part.strip()]


def _code(codes: CodeList, text: str) -> str:
    """Return the code that a code or its English label names."""
    wanted = text.casefold()
    return next((code for code, label in codes.labels.items() if wanted in {code, label.casefold()}), text)


def _money(text: str) -> Json:
    match = _MONEY.fullmatch(text)
    if match is None:
        return text
    return {"amount": plain_number(match["amount"]), "currency": (match["currency"] or "GBP").upper()}


def _time(text: str) -> str:
    """Return a date as spreadsheets in Britain write it (27/3/2027 14:30), day first, as the schema reads it."""
    match = _DATE.fullmatch(text)
    if match is not None:
        day = f"{match[3]}-{match[2].zfill(2)}-{match[1].zfill(2)}"
        return _instant(day, match[4].zfill(5)) if match[4] else day
    match = _ISO_TIME.fullmatch(text)
    return text if match is None else _instant(match[1], match[2])


def _instant(day: str, time: str) -> str:
    try:
        return datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=LONDON).isoformat()
    except ValueError:
        return f"{day}T{time}"


# --- faults -----------------------------------------------------------------------------------------------------------


def _faults(kind: type[v.Action], columns: Sequence[Column | None], line: Line, invalid: Invalid) -> Iterator[Fault]:
    rows = rows_of(kind)
    for path, errors in invalid.problems.items():
        parts = path.split(".")
        number = line.lines[0]
        if rows is not None and parts[:2] == ["data", rows[0]] and len(parts) > 2 and len(line.lines) > int(parts[2]):  # noqa: PLR2004
            number, parts = line.lines[int(parts[2])], parts[3:]
        heading = _heading(columns, tuple(parts)) or ".".join(part for part in parts if part != "data")
        yield from (Fault(number, heading, error) for error in errors)


def _heading(columns: Sequence[Column | None], path: tuple[Any, ...]) -> str | None:
    """Return the heading of the column that filled a path, or a value around it."""
    fitting = [each for each in columns if each is not None and each.path == path[: len(each.path)]]
    return max(fitting, key=lambda each: len(each.path)).heading if fitting else None
