"""Removing a value by law changes the verdict of no measure: that it was committed counts, never what it says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from ledger import vocabulary as v
from ledger.clock import england_and_wales
from ledger.database import connect
from ledger.disclosure import dump_slots, load_slots, redacted
from ledger.kinds import Many, NotStated, Undisclosed
from ledger.process import History, Recorded
from ledger.store import Ledger
from ledger.streams import Stream
from ledger.wire import decode
from projections.findings import measured
from projections.measures.facts import Question
from tests.projections.demonstration import STREAMS, demonstrate
from tests.projections.measures.build import circumstances

Stored = Mapping[int, tuple[bytes, bytes | None]]


@pytest.fixture(scope="module")
def stored(root: Path, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Stored:
    """The demonstration's entries with their disclosures, as they are stored."""
    file = tmp_path_factory.mktemp("demonstration") / "candour.db"
    file.write_bytes(sqlite_template.read_bytes())
    engine = connect(f"sqlite:///{file}")
    demonstrate(root, engine)
    found = {index: (state, slots) for index, state, slots in Ledger(engine).read_stored()}
    engine.dispose()
    return found


def verdicts(stored: Stored, stream: Stream) -> list[tuple[object, ...]]:
    """Return result, standing, dispute and evidence of all fifteen, as the public record leads to them."""
    history = History(stream)
    at = decode(*stored[max(stored)]).recorded
    for state, slots in stored.values():
        found = decode(state, slots)
        if found.stream == stream or stream in found.statement.concerned_streams():
            history.add(found)
    return [
        (each.recommendation, each.result, each.evidence, each.disputed_by)
        for each in measured(history, at, england_and_wales())
    ]


def removable(stored: Stored) -> Iterator[tuple[int, str]]:
    """Yield (entry, path) of every value that can be removed and that anyone sees."""
    for index, (_, slots) in stored.items():
        yield from ((index, each.path) for each in load_slots(slots) if each.state == "disclosed")


def without(stored: Stored, index: int, *paths: str) -> Stored:
    state, slots = stored[index]
    return {**stored, index: (state, dump_slots(redacted(load_slots(slots), paths)))}


@pytest.mark.parametrize("name", STREAMS)
def test_no_verdict_changes_when_a_value_is_removed(stored: Stored, name: str):
    """Each value in turn, and all of them at once, over all fifteen measures."""
    stream = Stream.parse(name)
    mine = {index for index, (state, _) in stored.items() if decode(state, None).stream == stream}
    before = verdicts(stored, stream)
    assert len(before) == 15
    values = [(index, path) for index, path in removable(stored) if index in mine]
    assert any(path.endswith("reason.text") for _, path in values)
    everything = stored
    for index, path in values:
        assert verdicts(without(stored, index, path), stream) == before, (index, path)
        everything = without(everything, index, path)
    assert verdicts(everything, stream) == before


# --- every circumstance of the truth tables ---------------------------------------------------------------------------

REMOVED = Undisclosed("redacted")
STATE_NO_TEXT = {11, 14}
"""Recommendations whose circumstances hold no value that could be removed."""


def places(struct: v.Struct, path: tuple[object, ...] = ()) -> Iterator[tuple[object, ...]]:
    """Yield the way to each value in a group that can be removed, and is stated and shown."""
    for each in v.fields_of(type(struct)):
        value, kind, here = getattr(struct, each.name), each.kind, (*path, each.name)
        items = list(enumerate(value)) if isinstance(value, tuple) else []
        if kind.private and value is not None and not isinstance(value, NotStated | Undisclosed):
            yield here
        elif isinstance(value, v.Struct):
            yield from places(value, here)
        elif isinstance(kind, Many) and kind.item.private:
            yield from ((*here, place) for place, item in items if not isinstance(item, Undisclosed))
        else:
            for place, item in items:
                if isinstance(item, v.Struct):
                    yield from places(item, (*here, place))


def removed(value: Any, way: Sequence[object]) -> Any:
    """Return a value without what stands at the end of a way into it."""
    if not way:
        return REMOVED
    step, *rest = way
    if isinstance(step, int):
        return (*value[:step], removed(value[step], rest), *value[step + 1 :])
    return replace(value, **{str(step): removed(getattr(value, str(step)), rest)})


def words(question: Question, number: int) -> list[tuple[object, ...]]:
    finding = import_module(f"projections.measures.r{number:02}").measure(question)
    return [(each.code, each.result, each.reported) for each in finding.parts]


def with_entry(question: Question, changed: Recorded) -> Question:
    history = History(question.history.stream)
    for each in question.history.entries():
        history.add(changed if each.index == changed.index else each)
    return replace(question, history=history)


@pytest.mark.parametrize("number", range(1, 16))
def test_no_part_of_a_measure_looks_at_the_words_of_a_value(number: int):
    """In every circumstance of its truth table, with each value removed in turn, each part says the same."""
    made = circumstances(import_module(f"tests.projections.measures.circumstances_r{number:02}"))
    tried = 0
    for name, circumstance in made.items():
        question = circumstance()
        before = words(question, number)
        for entry in question.history.entries():
            for way in places(entry.action):
                without_it = replace(entry, action=removed(entry.action, way))
                assert words(with_entry(question, without_it), number) == before, (name, entry.index, way)
                tried += 1
    assert bool(tried) is (number not in STATE_NO_TEXT)
