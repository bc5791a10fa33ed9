"""Histories in a few lines, and the truth tables of `docs/measures` read as rows.

A circumstance is a function without arguments that returns a `Question`:

    def answered_on_the_last_day():
        given = Given().records(CommitmentMade, "2026-03-02", kind="response_time", duration=5, unit="working_days")
        given.records(ClarificationQuestionReceived, "2026-03-03T10:00:00Z", question_id="question-1")
        return given.at("2026-03-20")

A field that is not given, or given as `...`, is not stated. `given.last` is the index of the newest entry, for fields
that point to it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

from ledger.actions.process import CommissioningProcessRegistered
from ledger.clock import england_and_wales
from ledger.envelope import Author, Correction, Statement
from ledger.kinds import stated
from ledger.process import History, Moment, Recorded, Submission, decide
from ledger.schema import schema_of
from ledger.streams import Stream
from ledger.structs import Party, Source
from ledger.vocabulary import Action, occurrence_field
from ledger.when import Occurrence
from projections.knowledge import Axes, as_known, end_of
from projections.measures.facts import Question
from projections.measures.finding import RESULTS, Finding
from projections.measures.thresholds import DEFAULT, Thresholds

REFERENCE = "family-services"
PROCESS = f"process/{REFERENCE}"
MINISTRY = {"scheme": "GB-GOR", "id": "D18", "name": "Ministry of Justice"}
CHARITY = {"scheme": "GB-CHC", "id": "1000001", "name": "Families First"}
GIVEN = {"state": "given", "code": "provider_feedback"}
NOT_GIVEN = {"state": "not_given"}
WITHHELD = {"state": "withheld", "basis": "commercial_confidence"}

DOCS = Path(__file__).resolve().parents[3] / "docs" / "measures"


class Given:
    """What is on record: entries of one process, and of other streams that concern it, numbered together.

    The process is registered as entry 0; keywords are fields of its registration. The rules of the ledger hold, so no
    circumstance shows a history that could not be recorded.
    """

    def __init__(self, registered: str = "2026-01-05", **fields: Any) -> None:
        self.entries: list[Recorded] = []
        self._histories: dict[Stream, History] = {}
        self.records(CommissioningProcessRegistered, registered, reference=REFERENCE, **fields)

    @property
    def last(self) -> int:
        """The index of the newest entry."""
        return self.entries[-1].index

    def records(  # noqa: PLR0913 - the envelope's parts, by name
        self,
        kind: type[Action],
        occurred: str | None,
        /,
        *,
        # Any: a circumstance hands on whole sets of fields, and the type checker cannot tell these from them.
        standing: Any = "act",
        recorded: Any = None,
        corrects: Any = None,
        stream: Any = PROCESS,
        concerns: Any = None,
        published: Any = "2026-01",
        by: Any = MINISTRY,
        **fields: Any,
    ) -> Given:
        """Record one entry. `occurred` is when it happened, as text; None leaves it not stated.

        `recorded` is a day (noon, UTC) or an instant; without it, the entry is recorded when it has happened, or right
        after the entry before it. An entry of another stream concerns the process, unless `concerns` says otherwise.
        """
        occurrence = {} if occurred is None else {occurrence_field(kind): occurred}
        given = {name: value for name, value in fields.items() if value is not ...}
        action = schema_of(kind, complete=False).load(occurrence | given)
        own = stream == PROCESS
        statement = Statement(
            standing=standing,
            by=Author(organisation=Party(**by), role="commissioning lead"),
            concerns=((() if own else (REFERENCE,)) if concerns is None else concerns),
            sources=(Source(title="A document", dated=Occurrence(published)),) if standing != "act" else (),
            late_reason="It was entered late.",
            corrects=None if corrects is None else Correction(index=corrects, reason="It was wrong."),
        )
        parsed = Stream.parse(stream)
        history = self._histories.setdefault(parsed, History(parsed))
        moment = Moment(len(self.entries), self._clock(action, recorded), england_and_wales())
        entry = decide(history, Submission(parsed, action, statement), moment)
        history.add(entry)
        self.entries.append(entry)
        return self

    def at(self, at: str | datetime, *, known: str | None = None, thresholds: Thresholds = DEFAULT) -> Question:
        """Ask at the end of a day in Europe/London, or at an instant; with `known`, of what was on record by then."""
        axes = Axes(known=None if known is None else _end(known))
        mine = [entry for entry in self.entries if _is_about_the_process(entry)]
        history = as_known(Stream.parse(PROCESS), mine, axes)
        return Question(history, _end(at) if isinstance(at, str) else at, england_and_wales(), thresholds)

    def _clock(self, action: Action, recorded: str | None) -> datetime:
        before = self.entries[-1].recorded if self.entries else datetime(1900, 1, 1, tzinfo=UTC)
        if recorded is not None:
            moment = _instant(recorded)
            if moment < before:
                raise AssertionError(f"recorded {moment}, before the entry before it, {before}")
            return moment
        occurred = stated(action.occurred)
        return before + timedelta(minutes=1) if occurred is None else max(occurred.end, before + timedelta(minutes=1))


def _is_about_the_process(entry: Recorded) -> bool:
    return str(entry.stream) == PROCESS or REFERENCE in entry.statement.concerns


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text if "T" in text else f"{text}T12:00:00Z")
    return moment.astimezone(UTC)


def _end(text: str) -> datetime:
    return _instant(text) if "T" in text else end_of(date.fromisoformat(text))


# --- truth tables -----------------------------------------------------------------------------------------------------

Circumstance = Callable[[], Question]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a truth table: `part` is the code of a part, or empty for the finding as a whole."""

    circumstance: str
    part: str
    result: str
    reported: bool
    why: str

    def __str__(self) -> str:
        return f"{self.circumstance} [{self.part}]" if self.part else self.circumstance

    @property
    def function(self) -> str:
        """The name of the function that builds it: the words, with underscores."""
        return named(self.circumstance)


def named(circumstance: str) -> str:
    """Return the name of the function that builds a circumstance."""
    return re.sub(r"[^a-z0-9]+", "_", circumstance.lower()).strip("_")


def truth_table(number: int) -> list[Row]:
    """Return the rows of every table in `docs/measures/rNN.md` whose first column is “Circumstance”.

    Columns: Circumstance, Part (may be missing), Result (the words of the result; “, reported” where it is), Why.
    """
    codes = {label: code for code, label in RESULTS.labels.items()}
    rows = []
    for cells in tables((DOCS / f"r{number:02}.md").read_text(encoding="utf-8"), "Circumstance"):
        said, _, word = cells["Result"].partition(", reported")
        assert not word, f"{cells['Result']!r} ends in words that mean nothing"
        reported = said != cells["Result"]
        rows.append(Row(cells["Circumstance"], cells.get("Part", ""), codes[said], reported, cells["Why"]))
    return rows


def tables(text: str, first: str) -> Iterator[dict[str, str]]:
    """Yield the rows of every Markdown table whose first column has that heading."""
    header: list[str] = []
    for line in text.splitlines():
        cells = [cell.strip().strip("`") for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|"):
            header = []
        elif not header:
            header = cells
        elif header[0] == first and not set(cells[0]) <= set("-: "):
            yield dict(zip(header, cells, strict=True))


def circumstances(module: ModuleType) -> dict[str, Circumstance]:
    """Return the public functions of a module of circumstances."""
    return {
        name: made
        for name, made in vars(module).items()
        if callable(made) and not name.startswith("_") and getattr(made, "__module__", "") == module.__name__
    }


def said(finding: Finding, part: str) -> tuple[str, bool]:
    """Return what a finding, or one part of it, comes to, and whether that is only reported."""
    if not part:
        return finding.result, finding.reported
    (found,) = [each for each in finding.parts if each.code == part]
    return found.result, found.reported


def later(question: Question, at: datetime) -> Question:
    """Return the same question at another instant."""
    return replace(question, at=at)


def shown_as(given: Given, **fields: object) -> Given:
    """Show fields of the newest entry as they are read back later, such as `Undisclosed("redacted")`."""
    entry = given.entries[-1]
    given.entries[-1] = replace(entry, action=replace(entry.action, **fields))
    return given
