"""Facts to be entered from old papers, in any order, for the properties of measures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

from hypothesis import strategies as st

from projections.measures.facts import Question
from tests.projections.measures.build import Given

ENTERED = datetime(2027, 3, 1, 12, tzinfo=UTC)
ASKED = datetime(2027, 6, 1, 12, tzinfo=UTC)
Facts = list[tuple[Any, ...]]

WHEN = st.sampled_from(
    [None, "2026", "2026-01", "2026-02", "2026-03", "2026-01-12", "2026-02-10", "2026-03-02", "2026-02-10/2026-03-20"]
)
YES_NO = st.sampled_from([True, False, None])


def fact(kind: Any, stream: str = "process/family-services", /, **fields: Any) -> st.SearchStrategy[tuple[Any, ...]]:
    """Draw one entry of a kind; a field that is no strategy is always that."""
    drawn = {name: each if isinstance(each, st.SearchStrategy) else st.just(each) for name, each in fields.items()}
    return st.tuples(st.just(kind), WHEN, st.just(stream), st.fixed_dictionaries(drawn))


def rows(**fields: Any) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Draw one or two rows of a field, each of another thing."""
    return st.lists(
        st.fixed_dictionaries({n: f if isinstance(f, st.SearchStrategy) else st.just(f) for n, f in fields.items()}),
        min_size=1,
        max_size=2,
        unique_by=lambda row: row.get("lot_id") or row.get("code") or str(row),
    )


def entered(facts: Facts) -> Given:
    """Enter facts from documents, one minute after the other, in the order given."""
    given = Given("2026-01-05")
    for minute, (kind, when, stream, fields) in enumerate(facts):
        at = (ENTERED + timedelta(minutes=minute)).isoformat()
        given.records(kind, when, standing="reconstruction", recorded=at, stream=stream, **fields)
    return given


def said(number: int, question: Question) -> tuple[Any, ...]:
    """What a measure says: each part with its words, and when it can next change."""
    finding = import_module(f"projections.measures.r{number:02}").measure(question)
    return [(part.code, part.result, part.reported, part.why) for part in finding.parts], finding.changes_at
