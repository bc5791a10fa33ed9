"""Story files: entries to import, told one by one.

A story is one YAML document:

    title, description   text
    fictional            true or false
    values               optional: name -> text or group, written elsewhere as {value: name}
    needs                optional: names of values that whoever tells the story must give
    defaults             optional: fields of the envelope, and `stream`, for entries that do not have their own
    entries              in the order in which they are recorded

An entry has the shape of `schema.load_submission` and beside it, if it likes, a `label`, by which later entries point
at it ({entry: label}), and in a fictional story `recorded`, the instant the ledger's clock is to show.

Everything is checked before anything is recorded. YAML's own guesses are switched off: an unquoted word is null, true,
false, a whole number, or the text that was written (`2017-10`, `1.10`, `no`). Tags, anchors and aliases are refused.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NoReturn, cast

import yaml

from ledger import kinds
from ledger.envelope import Statement
from ledger.errors import CandourError, Invalid, Refused, Wrong
from ledger.kinds import Entity, Json, Undisclosed
from ledger.process import Recorded, Submission
from ledger.schema import MOST_INPUT_BYTES, load_submission
from ledger.streams import Stream
from ledger.vocabulary import Struct, fields_of, join, pointers
from ledger.voice import Voice
from ledger.words import N_, Term

MOST_ENTRIES: Final = 5_000
MOST_DEPTH: Final = 20
"""Deeper nesting than any declared field has."""

MOST_VALUE: Final = 2_000
"""The longest value that may stand in many places, as characters of JSON: a small file must not grow huge."""

MOST_SHOWN: Final = 50
"""So many mistakes are named at once."""


@dataclass(frozen=True, slots=True)
class StoryEntry:
    """One entry as written, its defaults filled in, its labels and values not yet.

    `number` counts from 1; `line` is where it begins in the file; `recorded` is in UTC.
    """

    number: int
    line: int
    label: str | None
    recorded: datetime | None
    raw: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Story:
    """A story that was read and found in order. `needs` names the values that `tell` must be given."""

    title: str
    description: str
    fictional: bool
    needs: tuple[str, ...]
    entries: tuple[StoryEntry, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be recorded next: the submission, the version it must get in its stream, the clock it asks for."""

    number: int
    submission: Submission
    version: int
    recorded: datetime | None


@dataclass(frozen=True, slots=True)
class Told:
    """An entry of a story as it stands on record; `new` unless an earlier import recorded it."""

    recorded: Recorded
    new: bool


# --- telling ----------------------------------------------------------------------------------------------------------


def nothing_held(stream: Stream, version: int) -> None:
    """Say that no stream has any entry."""


def tell(
    story: Story,
    record: Callable[[Step], Recorded],
    *,
    held: Callable[[Stream, int], Recorded | None] = nothing_held,
    values: Mapping[str, Json] | None = None,
) -> Iterator[Told]:
    """Yield the entries of a story as they are on record, recording those that are not.

    `held` gives the entry with that version of a stream, or None. The story's nth entry of a stream is the stream's
    version n: so an import that was killed goes on where it stopped, and a second one records nothing. Where the two
    differ, `Refused` is raised and nothing more is recorded. `record` may raise if it cannot give the step's version;
    that it did is checked. Entries are told singly because each may point at the number given to an earlier one.
    Raises `Invalid` before anything is recorded if a needed value is missing or does not fit its field.
    """
    given = dict(values or {})
    _check_given(story, given)
    return _told(story, record, held, given)


def _told(
    story: Story,
    record: Callable[[Step], Recorded],
    held: Callable[[Stream, int], Recorded | None],
    given: Mapping[str, Json],
) -> Iterator[Told]:
    numbers: dict[str, int] = {}
    versions: Counter[Stream] = Counter()
    for entry in story.entries:
        submission = load_submission(_filled(entry.raw, numbers, given))
        versions[submission.stream] += 1
        step = Step(entry.number, submission, versions[submission.stream], entry.recorded)
        told = _told_step(step, entry, record, held)
        if entry.label is not None:
            numbers[entry.label] = told.recorded.index
        yield told


def _told_step(
    step: Step,
    entry: StoryEntry,
    record: Callable[[Step], Recorded],
    held: Callable[[Stream, int], Recorded | None],
) -> Told:
    found = held(step.submission.stream, step.version)
    if found is None:
        try:
            found = record(step)
        except Refused as refusal:
            raise Refused(
                N_("Entry %(number)s of the story (line %(line)s) was refused: %(why)s"),
                number=entry.number,
                line=entry.line,
                why=refusal,
            ) from refusal
        if found.version == step.version:
            return Told(found, new=True)
    if found.version != step.version or not is_told_by(step.submission, found):
        raise Refused(
            N_(
                "%(stream)s holds “%(found)s” (entry %(index)s) where the story has its entry %(number)s, "
                "“%(wanted)s”. The record and the story differ, so nothing more was recorded."
            ),
            stream=str(step.submission.stream),
            found=Term(found.action.declaration.title),
            index=found.index,
            number=step.number,
            wanted=Term(step.submission.action.declaration.title),
        )
    return Told(found, new=False)


def summary(story: Story, told: Sequence[Told], voice: Voice) -> str:
    """Say what an import did."""
    new = sum(each.new for each in told)
    slots = {"title": story.title, "new": new, "old": len(told) - new}
    if new == 0:
        return voice.words(N_("“%(title)s” is on record already, all %(old)s entries. Nothing was recorded."), **slots)
    if new < len(told):
        return voice.words(
            N_("“%(title)s”: %(old)s entries were on record already, %(new)s more were recorded."), **slots
        )
    return voice.words(N_("“%(title)s”: %(new)s entries recorded."), **slots)


def is_told_by(submission: Submission, found: Recorded) -> bool:
    """Whether an entry on record is what this submission would have recorded.

    An id that the ledger gave, a value that cannot be seen (removed since, or not public) and the account of whoever
    ran the import do not count as differences.
    """
    unlike = {"account"}
    return _fits(submission.action, found.action) and _fits(submission.statement, found.statement, unlike)


def _fits(wanted: object, found: object, leave_out: set[str] | None = None) -> bool:
    if isinstance(found, Undisclosed):
        return True
    if isinstance(wanted, Struct):
        return type(wanted) is type(found) and all(
            _is_given_id(each.kind, getattr(wanted, each.name))
            or _fits(getattr(wanted, each.name), getattr(found, each.name))
            for each in fields_of(type(wanted))
            if each.name not in (leave_out or ())
        )
    if isinstance(wanted, tuple):
        return isinstance(found, tuple) and len(wanted) == len(found) and all(map(_fits, wanted, found))
    return wanted == found


def _is_given_id(kind: kinds.Kind, wanted: object) -> bool:
    return wanted is None and isinstance(kind, Entity) and kind.role != "refers"


def _filled(raw: Json, numbers: Mapping[str, int], values: Mapping[str, Json]) -> Json:
    """Return `raw` with the labels' numbers and the named values in their places, as far as they are known."""
    match _reference(raw):
        case ("entry", label) if label in numbers:
            return numbers[label]
        case ("value", name) if name in values:
            return values[name]
    if isinstance(raw, Mapping):
        return {name: _filled(value, numbers, values) for name, value in raw.items()}
    if isinstance(raw, list):
        return [_filled(value, numbers, values) for value in raw]
    return raw


def _reference(raw: Json) -> tuple[str, str] | None:
    """Return what {entry: label} or {value: name} refers to."""
    if isinstance(raw, Mapping) and len(raw) == 1:
        ((name, value),) = raw.items()
        if name in {"entry", "value"} and isinstance(value, str):
            return name, value
    return None


def _references(raw: Json, path: str) -> Iterator[tuple[str, str, str]]:
    """Yield (path, "entry" or "value", name) of every reference inside."""
    found = _reference(raw)
    if found is not None:
        yield path, *found
    elif isinstance(raw, Mapping):
        for name, value in raw.items():
            yield from _references(value, join(path, name))
    elif isinstance(raw, list):
        for place, value in enumerate(raw):
            yield from _references(value, join(path, place))


# --- reading ----------------------------------------------------------------------------------------------------------


def read_story(content: bytes) -> Story:
    """Return the story of a file. Raises `Invalid`, each mistake under its entry, line and field."""
    document, lines = _document(content)
    return _Reader(lines).story(document)


_KEYS: Final = ("title", "fictional", "description", "values", "needs", "defaults", "entries")
_OPTIONAL: Final = {"values", "needs", "defaults"}
_ENVELOPE: Final = frozenset({"stream", *(each.name for each in fields_of(Statement))})

_MISSING: Final = Wrong(N_("This is missing. Fill it in."))
_UNKNOWN: Final = Wrong(N_("There is no such field here. Check the spelling, or take it out."))
_NOT_A_GROUP: Final = Wrong(N_("Give a group of named values here."))
_NUMBER_WRITTEN: Final = Wrong(
    N_("Point at another entry of the story by its label, as {entry: label}: its number is known only once recorded.")
)

_STAND_IN: Final = 10**9
"""Labels stand for numbers from here on while a story is checked, so that a number written out is told apart."""


@dataclass
class _Reader:
    """Collects the mistakes of one file, by place."""

    lines: Mapping[str, int]
    problems: dict[str, tuple[CandourError, ...]] = field(default_factory=dict)

    def story(self, document: Json) -> Story:
        """Return the story, or raise `Invalid` with all that is wrong."""
        if not isinstance(document, dict):
            self.wrong("", _NOT_A_GROUP)
            self.done()
        for name in document:
            if name not in _KEYS:
                self.wrong(name, _UNKNOWN)
        for name in _KEYS:
            if name not in document and name not in _OPTIONAL:
                self.wrong(name, _MISSING)
        title = self.value(kinds.Line(), document.get("title"), "title")
        description = self.value(kinds.Prose(), document.get("description"), "description")
        fictional = self.value(kinds.YesNo(), document.get("fictional"), "fictional")
        needs = self.value(kinds.Many(kinds.OPEN_CODE), document.get("needs", []), "needs") or ()
        values = self.group(document, "values")
        for name, value in values.items():
            if len(json.dumps(value)) > MOST_VALUE:
                self.wrong(f"values.{name}", Wrong(N_("This is too long to be used again and again. Shorten it.")))
        defaults = self.group(document, "defaults")
        for name in defaults:
            if name not in _ENVELOPE:
                self.wrong(f"defaults.{name}", _UNKNOWN)
        written = self.entries(document["entries"]) if "entries" in document else []
        self.done()
        entries = [self.entry(place, each, defaults, values) for place, each in enumerate(written)]
        self.order(entries, fictional=fictional is True)
        self.check(entries, needs)
        self.done()
        return Story(title, description, fictional, needs, tuple(entries))

    def wrong(self, path: str, problem: CandourError) -> None:
        """Note a mistake under the place of `path` in the file."""
        place = _place(self.lines, path)
        self.problems[place] = (*self.problems.get(place, ()), problem)

    def done(self) -> None:
        """Raise what was noted, if anything was."""
        if not self.problems:
            return
        shown = dict(list(self.problems.items())[:MOST_SHOWN])
        if len(self.problems) > len(shown):
            more = Wrong(N_("%(count)s more places have mistakes."), count=len(self.problems) - len(shown))
            shown["…"] = (more,)
        raise Invalid(shown)

    def value(self, kind: kinds.Kind, raw: Json, path: str) -> Any:
        """Return a value of the story's own, or note why it is none."""
        try:
            return kind.load(raw)
        except Wrong as wrong:
            if _place(self.lines, path) not in self.problems:
                self.wrong(path, wrong)
            return None

    def group(self, document: Mapping[str, Json], name: str) -> dict[str, Json]:
        """Return an optional group, or note that it is none."""
        held = document.get(name, {})
        if isinstance(held, dict):
            return held
        self.wrong(name, _NOT_A_GROUP)
        return {}

    def entries(self, written: Json) -> list[dict[str, Json]]:
        """Return the entries as written, or note what is none."""
        if not isinstance(written, list) or not 1 <= len(written) <= MOST_ENTRIES:
            self.wrong("entries", Wrong(N_("Give a list of 1 to %(most)s entries."), most=MOST_ENTRIES))
            return []
        for place, each in enumerate(written):
            if not isinstance(each, dict):
                self.wrong(f"entries.{place}", _NOT_A_GROUP)
        return written

    def entry(
        self, place: int, written: Mapping[str, Json], defaults: Mapping[str, Json], values: Mapping[str, Json]
    ) -> StoryEntry:
        """Return one entry with defaults and the story's own values filled in."""
        path = f"entries.{place}"
        own = {name: value for name, value in written.items() if name not in {"label", "recorded"}}
        label = self.value(kinds.REFERENCE, written["label"], f"{path}.label") if "label" in written else None
        recorded = (
            self.value(kinds.Instant(), written["recorded"], f"{path}.recorded") if "recorded" in written else None
        )
        return StoryEntry(place + 1, self.lines[path], label, recorded, _filled({**defaults, **own}, {}, values))

    def order(self, entries: Sequence[StoryEntry], *, fictional: bool) -> None:
        """Note labels given twice, and clocks that stand in a true story or run backwards."""
        labels: set[str] = set()
        latest: datetime | None = None
        for entry in entries:
            path = f"entries.{entry.number - 1}"
            if entry.label in labels:
                self.wrong(f"{path}.label", Wrong(N_("Another entry has this label already. Choose another.")))
            if entry.label is not None:
                labels.add(entry.label)
            if entry.recorded is None:
                continue
            if not fictional:
                self.wrong(
                    f"{path}.recorded",
                    Wrong(N_("Only a fictional story sets the ledger's clock. Take this out.")),
                )
            if latest is not None and entry.recorded < latest:
                self.wrong(
                    f"{path}.recorded",
                    Wrong(N_("This is earlier than the entry before it. The ledger's clock never goes back.")),
                )
            latest = entry.recorded

    def check(self, entries: Sequence[StoryEntry], needs: Sequence[str]) -> None:
        """Note every reference that leads nowhere and every field that is wrong."""
        numbers: dict[str, int] = {}
        for entry in entries:
            path = f"entries.{entry.number - 1}"
            open_values = self.references(entry, path, numbers, needs)
            if not open_values:
                self.submission(entry, path, numbers, {})
            if entry.label is not None:
                numbers[entry.label] = _STAND_IN + entry.number

    def references(
        self, entry: StoryEntry, path: str, numbers: Mapping[str, int], needs: Sequence[str]
    ) -> tuple[str, ...]:
        """Note references that lead nowhere; return the names of the values that are still to be given."""
        awaited = []
        for where, kind, name in _references(entry.raw, path):
            if kind == "entry" and name not in numbers:
                self.wrong(where, Wrong(N_("No earlier entry has the label “%(label)s”. Check it."), label=name[:100]))
            if kind == "value" and name in needs:
                awaited.append(name)
            elif kind == "value":
                self.wrong(
                    where,
                    Wrong(N_("The story has no value “%(name)s”. Add it under values, or needs."), name=name[:100]),
                )
        return tuple(awaited)

    def submission(self, entry: StoryEntry, path: str, numbers: Mapping[str, int], values: Mapping[str, Json]) -> None:
        """Note what the schema refuses, and numbers of entries written out."""
        if any(place.startswith(_prefix(self.lines, path)) for place in self.problems):
            return
        try:
            made = load_submission(_filled(entry.raw, numbers, values))
        except Invalid as invalid:
            for where, problems in invalid.problems.items():
                for problem in problems:
                    self.wrong(join(path, where) if where else path, problem)
            return
        if made.statement.corrects is not None and made.statement.corrects.index < _STAND_IN:
            self.wrong(f"{path}.corrects.index", _NUMBER_WRITTEN)
        for where, kind, value in pointers(made.action):
            if kind.name == "entry" and cast("int", value) < _STAND_IN:
                self.wrong(f"{path}.data.{where}", _NUMBER_WRITTEN)


def _check_given(story: Story, given: Mapping[str, Json]) -> None:
    """Raise `Invalid` where a needed value was not given, or does not fit where it is used."""
    reader = _Reader({f"entries.{entry.number - 1}": entry.line for entry in story.entries})
    numbers = {e.label: _STAND_IN + e.number for e in story.entries if e.label is not None}
    for name in story.needs:
        if name not in given:
            reader.wrong(name, Wrong(N_("The story needs this value. Give it.")))
    reader.done()
    for entry in story.entries:
        if any(kind == "value" for _, kind, _ in _references(entry.raw, "")):
            reader.submission(entry, f"entries.{entry.number - 1}", numbers, given)
    reader.done()


def _prefix(lines: Mapping[str, int], path: str) -> str:
    return _place(lines, path).partition(",")[0] + ","


def _place(lines: Mapping[str, int], path: str) -> str:
    """Return where `path` is: its entry, counted from 1, the line in the file, and the field."""
    line = next((lines[part] for part in _upwards(path) if part in lines), 1)
    match path.split(".", 2):
        case ["entries", place, *rest]:
            return ", ".join([f"entry {int(place) + 1}", f"line {line}", *rest])
        case _:
            return ", ".join([f"line {line}", *([path] if path else [])])


def _upwards(path: str) -> Iterator[str]:
    while path:
        yield path
        path = path.rpartition(".")[0]


# --- YAML -------------------------------------------------------------------------------------------------------------

_LOADER: Final = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
"""Only its parser is used. The one in C is some twenty times quicker."""

_UNREADABLE: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What YAML 1.1 calls not printable (section 5.1)."""

_INTEGER: Final = re.compile(r"0|-?[1-9][0-9]{0,14}", re.ASCII)
_WORDS: Final[Mapping[str, Json]] = {"": None, "~": None, "null": None, "true": True, "false": False}


def _document(content: bytes) -> tuple[Json, dict[str, int]]:
    """Return the document's value, and the line of every path in it."""
    if len(content) > MOST_INPUT_BYTES:
        raise Invalid({"": (Wrong(N_("This is longer than %(most)s bytes. Cut it in two."), most=MOST_INPUT_BYTES),)})
    text = _decoded(content)
    found = _UNREADABLE.search(text)
    if found is not None:
        _stop(text.count("\n", 0, found.start()), Wrong(N_("This line holds a character that cannot be printed.")))
    builder = _Builder()
    try:
        builder.read(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        _stop(
            0 if mark is None else mark.line,
            Wrong(
                N_("This cannot be read as YAML (%(problem)s). Check indents, quotes, colons and commas."),
                problem=str(error.problem or error.context)[:200],
            ),
        )
    return builder.document, builder.lines


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        _stop(content.count(b"\n", 0, error.start), Wrong(N_("This line is not UTF-8. Save the file as UTF-8.")))


def _stop(line: int, problem: Wrong) -> NoReturn:
    """Refuse a file that cannot be read any further; `line` counts from 0, as YAML's marks do."""
    raise Invalid({f"line {line + 1}": (problem,)})


class _Builder:
    """Makes plain values from the events of YAML's parser, and notes where each stands.

    Values are made here, and not by PyYAML's constructor, because that one guesses types, keeps the last of two equal
    keys, follows aliases and forgets lines.
    """

    def __init__(self) -> None:
        self.document: Json = None
        self.lines: dict[str, int] = {}
        self._events: Iterator[Any] = iter(())

    def read(self, events: Iterator[Any]) -> None:
        """Read a stream of exactly one document."""
        self._events = events
        next(self._events)  # the stream starts
        event = next(self._events)
        if isinstance(event, yaml.StreamEndEvent):
            _stop(0, Wrong(N_("The file is empty.")))
        self.document = self._value(next(self._events), "", 0)
        next(self._events)  # the document ends
        event = next(self._events)
        if not isinstance(event, yaml.StreamEndEvent):
            _stop(event.start_mark.line, Wrong(N_("A second document begins here. Keep one story in one file.")))

    def _value(self, event: Any, path: str, depth: int) -> Json:
        line = event.start_mark.line
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            _stop(line, Wrong(N_("Anchors (&) and aliases (*) are not read. Write it out, or use values.")))
        if event.tag is not None:
            _stop(line, Wrong(N_("Tags (!) are not read. Take it out.")))
        if depth > MOST_DEPTH:
            _stop(line, Wrong(N_("This is nested more than %(most)s deep."), most=MOST_DEPTH))
        self.lines[path] = line + 1
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(path, depth)
        return self._group(path, depth)

    def _list(self, path: str, depth: int) -> list[Json]:
        items: list[Json] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._value(event, join(path, len(items)), depth + 1))
        return items

    def _group(self, path: str, depth: int) -> dict[str, Json]:
        members: dict[str, Json] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            line = event.start_mark.line
            if not isinstance(event, yaml.ScalarEvent) or event.anchor is not None or event.tag is not None:
                _stop(line, Wrong(N_("The name of a field must be plain text.")))
            if event.value in members:
                _stop(
                    line,
                    Wrong(N_("“%(name)s” stands twice in one group. Keep one."), name=event.value[:100]),
                )
            members[event.value] = self._value(next(self._events), join(path, event.value[:100]), depth + 1)
        return members


def _scalar(event: Any) -> Json:
    if event.style is not None and event.style != "":
        return event.value
    if event.value in _WORDS:
        return _WORDS[event.value]
    return int(event.value) if _INTEGER.fullmatch(event.value) else event.value
