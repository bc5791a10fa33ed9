"""From untrusted input to a submission: the only builder of marshmallow schemas.

A schema is made of the declared fields of a group. Under `act` every required field must be there (yes/no questions may
be answered "not stated", written null); under the other standings a required field that is left out, or null, is
*not stated* (domain 1.1). Every wrong field is named at once. What is right needs no schema: `ledger.loading` is
quicker.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final, cast

from marshmallow import RAISE, Schema, ValidationError, fields, post_load

from ledger import vocabulary as v
from ledger.actions import KINDS
from ledger.envelope import Statement
from ledger.errors import Invalid, Wrong
from ledger.kinds import NOT_STATED, Json, Kind, Many
from ledger.loading import leniency, load_right
from ledger.process import Submission
from ledger.streams import Stream
from ledger.words import N_

MOST_INPUT_BYTES: Final = 2_000_000
"""The longest input that is looked at."""

MISSING: Final = Wrong(N_("This is missing. Fill it in."))
"""What is wrong with a field that was left out and must not be."""
_NOT_NULL: Final = Wrong(N_("This cannot be left “not stated” here. Fill it in."))
_UNKNOWN: Final = Wrong(N_("There is no such field here. Check the spelling, or take it out."))
_NO_KIND: Final = Wrong(N_("Name the kind of entry, such as timeline-changed. `candour kinds` lists them."))
_NOT_A_GROUP: Final = Wrong(N_("Give a group of named values here."))


_MESSAGES: Final[dict[str, Any]] = {"required": [MISSING], "null": [_NOT_NULL], "type": [_NOT_A_GROUP]}


class _Value(fields.Field[Any]):
    """One scalar value: its kind decides."""

    def __init__(self, kind: Kind, **keywords: Any) -> None:
        super().__init__(**keywords)
        self._kind = kind

    def _deserialize(self, value: Any, attr: str | None, data: Any, **keywords: Any) -> Any:  # noqa: ARG002
        try:
            return self._kind.load(value)
        except Wrong as wrong:
            raise ValidationError([wrong]) from wrong


class _List(fields.List[Any]):
    """A list of values, bounded before it is looked into."""

    def __init__(self, kind: Many, item: fields.Field[Any], **keywords: Any) -> None:
        super().__init__(item, **keywords)
        self._kind = kind

    def _deserialize(self, value: Any, attr: str | None, data: Any, **keywords: Any) -> Any:
        try:
            bounded = self._kind.bounded(value)
        except Wrong as wrong:
            raise ValidationError([wrong]) from wrong
        return tuple(super()._deserialize(bounded, attr, data, **keywords))


class _Group(Schema):
    """A declared group of fields."""

    class Meta:
        unknown = RAISE

    struct: ClassVar[type[v.Struct]]
    error_messages: dict[str, Any] = {"unknown": [_UNKNOWN], "type": [_NOT_A_GROUP]}  # noqa: RUF012 - as marshmallow

    @post_load
    def _make(self, loaded: dict[str, Any], **_: Any) -> v.Struct:
        made = self.struct(**loaded)
        problems: dict[str, list[Wrong]] = {}
        for name, wrong in made.problems():
            problems.setdefault(name, []).append(wrong)
        if problems:
            raise ValidationError(cast("dict[str, Any]", problems))
        return made


_schemas: dict[tuple[type[v.Struct], bool], Schema] = {}


def schema_of(struct: type[v.Struct], *, complete: bool) -> Schema:
    """Return the schema of a group; `complete` under standing `act`, else required fields may be not stated."""
    key = (struct, complete or struct.strict)
    if key not in _schemas:
        _schemas[key] = _build(*key)
    return _schemas[key]


def _build(struct: type[v.Struct], complete: bool) -> Schema:  # noqa: FBT001 - a key taken apart
    members = {each.name: _field(each, complete=complete, strict=struct.strict) for each in v.fields_of(struct)}
    schema = type(f"{struct.__name__}Schema", (_Group,), {"struct": struct, **members})
    return cast("Schema", schema())


def _field(declared: v.Field, *, complete: bool, strict: bool) -> fields.Field[Any]:
    may_be_null, may_be_left_out = leniency(declared, complete=complete, strict=strict)
    keywords: dict[str, Any] = {
        "required": not may_be_left_out,
        "metadata": {"label": declared.label, "hint": declared.hint},
    }
    if declared.required and may_be_left_out:
        keywords["load_default"] = NOT_STATED
    made = _field_of(declared.kind, complete=complete, **keywords)
    if may_be_null:
        made.allow_none = True
        made.deserialize = _null_is_not_stated(made.deserialize)  # type: ignore[method-assign]
    return made


def _null_is_not_stated(deserialize: Any) -> Any:
    def deserialize_value(value: Any, *rest: Any, **keywords: Any) -> Any:
        return NOT_STATED if value is None else deserialize(value, *rest, **keywords)

    return deserialize_value


def _field_of(kind: Kind, *, complete: bool, **keywords: Any) -> fields.Field[Any]:
    keywords |= {"allow_none": False, "error_messages": _MESSAGES}
    if isinstance(kind, v.Nested):
        return fields.Nested(lambda: schema_of(kind.struct, complete=complete), **keywords)
    if isinstance(kind, Many):
        return _List(kind, _field_of(kind.item, complete=complete), **keywords)
    return _Value(kind, **keywords)


def load_submission(raw: Json) -> Submission:
    """Return the submission that `raw` from outside means. Raises `Invalid` with every wrong field.

    Shape: {"action": name, "stream": "process/<reference>", "data": {the action's fields}} and beside them the fields
    of `Statement`. The version may be left off the action's name: the newest is meant.
    """
    if not isinstance(raw, Mapping):
        raise Invalid({"": (_NOT_A_GROUP,)})
    rest = dict(raw)
    problems: dict[str, tuple[Wrong, ...]] = {}
    kind = kind_named(rest.pop("action", None))
    if kind is None:
        problems["action"] = (_NO_KIND,)
    stream: Stream | None = None
    try:
        stream = Stream.parse(rest.pop("stream", None))
    except Wrong as wrong:
        problems["stream"] = (wrong,)
    data = rest.pop("data", {})
    statement = _load(Statement, rest, "", complete=True, problems=problems)
    complete = rest.get("standing", "act") == "act"
    action = None if kind is None else _load(kind, data, "data", complete=complete, problems=problems)
    if problems or stream is None:
        raise Invalid(problems)
    return Submission(stream, cast("v.Action", action), cast("Statement", statement))


def _newest_versions() -> dict[str, type[v.Action]]:
    newest: dict[str, type[v.Action]] = {}
    for name in sorted(KINDS, key=lambda known: int(known.rpartition(".v")[2])):
        newest[name.rpartition(".")[0]] = KINDS[name]
    return newest


_KINDS: Final = {**_newest_versions(), **KINDS}
"""Each kind by its name, and by its name without the version where that is the newest."""


def kind_named(name: object) -> type[v.Action] | None:
    """Return a kind of entry by its name; without a version, the newest. None where there is none."""
    return _KINDS.get(name) if isinstance(name, str) else None


def _load(
    struct: type[v.Struct], raw: Json, path: str, *, complete: bool, problems: dict[str, tuple[Wrong, ...]]
) -> v.Struct | None:
    made = load_right(struct, raw, complete=complete)
    if made is not None:
        return made
    try:
        return cast("v.Struct", schema_of(struct, complete=complete).load(raw))
    except ValidationError as error:
        for place, wrong in _flat(error.messages, path):
            problems[place] = (*problems.get(place, ()), wrong)
        return None


def _flat(messages: object, path: str) -> Iterator[tuple[str, Wrong]]:
    """Yield (path, error) for marshmallow's nested messages; `_schema` is its name for the group itself."""
    if isinstance(messages, Wrong):
        yield path, messages
    elif isinstance(messages, Mapping):
        for name, inner in messages.items():
            yield from _flat(inner, path if name == "_schema" else v.join(path, _printable(name)))
    elif isinstance(messages, list | tuple):
        for inner in messages:
            yield from _flat(inner, path)
    else:
        raise TypeError(f"marshmallow says {messages!r} of {path}, which has no words of ours")


def _printable(name: object) -> str:
    """Return a name from outside as text that can be shown anywhere, also where it holds half a character."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in str(name)[:100])


def parse_json(text: str | bytes) -> Json:
    """Return strictly parsed JSON. Raises `Invalid` on duplicate keys, floats, NaN and nesting without end."""
    size = len(text) if isinstance(text, bytes) else len(text.encode(errors="surrogatepass"))
    if size > MOST_INPUT_BYTES:
        raise _unreadable(Wrong(N_("This is longer than %(most)s bytes. Send less at once."), most=MOST_INPUT_BYTES))
    try:
        return json.loads(text, object_pairs_hook=_no_duplicates, parse_float=_no_floats, parse_constant=_no_floats)
    except Wrong as wrong:
        raise _unreadable(wrong) from wrong
    except (ValueError, RecursionError) as error:
        raise _unreadable(Wrong(N_("This cannot be read as JSON. Check its quotes, commas and brackets."))) from error


def _unreadable(wrong: Wrong) -> Invalid:
    return Invalid({"": (wrong,)})


def _no_duplicates(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    made: dict[str, Json] = {}
    for name, value in pairs:
        if name in made:
            raise Wrong(N_("“%(name)s” stands twice in one group. Keep one."), name=_printable(name))
        made[name] = value
    return made


def _no_floats(text: str) -> Json:
    raise Wrong(N_("Write %(number)s as text in quotes: decimals are kept exactly as written."), number=text[:40])
