"""A review as data: tables as comma-separated values that no spreadsheet runs, and the whole as plain JSON values."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from ledger.process import Recorded
from ledger.voice import Voice
from projections import present
from projections.cells import harmless
from projections.present import Change
from projections.review.narrative import Narrator, Passage
from projections.review.quotes import Quote
from projections.telling import Section

STORY_COLUMNS: Final = (
    "entry",
    "happened_from",
    "happened_to",
    "recorded",
    "days_late",
    "standing",
    "kind",
    "recorded_by",
    "what",
    "changes",
    "reasons",
    "sources",
    "tags",
    "corrects",
    "corrected_by",
    "withdrawn_by",
    "from_another_record",
)
"""Names for programs, the same in every language. Instants are ISO 8601 in UTC; the interval's end is exclusive."""

_AT_ONCE: Final = 200


def csv_lines(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """Yield a table as UTF-8 with a byte order mark, which spreadsheets need to read it, and CRLF (RFC 4180)."""
    yield b"\xef\xbb\xbf" + _line(columns)
    for row in rows:
        yield _line(row)


def _line(cells: Sequence[object]) -> bytes:
    held = io.StringIO()
    csv.writer(held).writerow([harmless(each) for each in cells])
    return held.getvalue().encode()


def section_rows(section: Section) -> Iterator[list[str]]:
    """Yield the rows of a section: each cell's lines, and in a last cell the entries of the row."""
    for row in section.rows:
        entries = dict.fromkeys(line.entry for cell in row for line in cell if line.entry is not None)
        yield [*("\n".join(line.text for line in cell) for cell in row), " ".join(map(str, entries))]


def story_rows(story: Narrator) -> Iterator[list[object]]:
    """Yield the whole story, oldest first, a few passages at a time."""
    for first in range(0, len(story.ordered), _AT_ONCE):
        views = story.ordered[first : first + _AT_ONCE]
        for view, passage in zip(views, story.passages(first, _AT_ONCE), strict=True):
            entry, occurred = view.entry, view.entry.occurred
            yield [
                entry.index,
                None if occurred is None else occurred.start.isoformat(),
                None if occurred is None else occurred.end.isoformat(),
                entry.recorded.isoformat(),
                present.days_late(entry),
                entry.statement.standing,
                entry.action.declaration.name,
                passage.by,
                passage.headline,
                "\n".join(_change(each) for each in passage.changes),
                "\n".join(passage.reasons),
                "\n".join(passage.sources),
                "; ".join(passage.tags),
                entry.corrects,
                view.corrected_by,
                view.withdrawn_by,
                "yes" if passage.elsewhere else "no",
            ]


def _change(change: Change) -> str:
    return f"{change.label}: {change.before or ''} -> {change.now}"


def quotes_json(quotes: Sequence[Quote]) -> list[dict[str, Any]]:
    """Return the opening as JSON values."""
    return [{"text": each.text, "entries": list(each.entries)} for each in quotes]


def section_json(section: Section) -> dict[str, Any]:
    """Return a table as JSON values: each row a list of cells, each cell a list of lines."""
    return {
        "name": section.name,
        "title": section.title,
        "columns": list(section.columns),
        "rows": [[[{"text": line.text, "entry": line.entry} for line in cell] for cell in row] for row in section.rows],
        "nothing": section.nothing if not section.rows else None,
    }


def story_json(story: Narrator, first: int, count: int) -> list[dict[str, Any]]:
    """Return a part of the story as JSON values."""
    views = story.ordered[first : first + count]
    return [_passage(view.entry, each) for view, each in zip(views, story.passages(first, count), strict=True)]


def _passage(entry: Recorded, passage: Passage) -> dict[str, Any]:
    occurred = entry.occurred
    return {
        "entry": passage.index,
        "stream": str(entry.stream),
        "kind": entry.action.declaration.name,
        "happened": None if occurred is None else occurred.text,
        "recorded": entry.recorded.isoformat(),
        "days_late": present.days_late(entry),
        "standing": entry.statement.standing,
        "recorded_by": passage.by,
        "what": passage.headline,
        "tags": list(passage.tags),
        "changes": [_change_json(each) for each in passage.changes],
        "reasons": list(passage.reasons),
        "sources": list(passage.sources),
        "corrections": [
            {
                "entry": each.entry,
                "what": each.what,
                "headline": each.headline,
                "reason": each.reason,
                "stood": each.stood,
                "changes": [_change_json(change) for change in each.changes],
            }
            for each in passage.corrections
        ],
    }


def _change_json(change: Change) -> dict[str, str | None]:
    return {"label": change.label, "before": change.before, "now": change.now}


def place_of(section_name: str, sections: Sequence[Section]) -> Section | None:
    """Return the section of a name."""
    return next((each for each in sections if each.name == section_name), None)


def section_columns(section: Section, voice: Voice, entries: str) -> tuple[str, ...]:
    """Return a section's columns, with one more for the entries of a row (`entries`, to be translated)."""
    return (*section.columns, voice.words(entries))
