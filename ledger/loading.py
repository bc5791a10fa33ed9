"""Input that is right in every respect becomes its struct here, at a tenth of what marshmallow takes.

Made of the same declarations, and of the same `load` of each kind of value, as the schemas. Nothing is said here about
what is wrong: whoever gets no struct asks the schema, which names every wrong field.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from ledger import vocabulary as v
from ledger.errors import Wrong
from ledger.kinds import NOT_STATED, Json, Kind, Many, YesNo

Load = Callable[[Json], Any]
"""Returns the value of input, or raises `Wrong` or `_NotRight`."""


class Leniency(NamedTuple):
    """What input may do instead of giving a field's value."""

    may_be_null: bool
    may_be_left_out: bool


class _NotRight(Exception):
    """Something is wrong with the input; what it is, is for the schema to find."""


def leniency(declared: v.Field, *, complete: bool, strict: bool) -> Leniency:
    """Return what a field may do: `complete` where all must be stated, `strict` where its struct always is."""
    return Leniency(
        may_be_null=declared.statable and not strict and (not complete or isinstance(declared.kind, YesNo)),
        may_be_left_out=not declared.required or (declared.statable and not complete),
    )


def load_right(struct: type[v.Struct], raw: Json, *, complete: bool) -> v.Struct | None:
    """Return the struct that `raw` means, as the schema would load it, or None if anything about it is wrong."""
    try:
        made: v.Struct = _loader_of(struct, complete or struct.strict)(raw)
    except (Wrong, _NotRight):
        return None
    return made


_loaders: Final[dict[tuple[type[v.Struct], bool], Load]] = {}


def _loader_of(struct: type[v.Struct], complete: bool) -> Load:  # noqa: FBT001 - a key taken apart
    key = (struct, complete)
    if key not in _loaders:
        _loaders[key] = _build(*key)
    return _loaders[key]


def _build(struct: type[v.Struct], complete: bool) -> Load:  # noqa: FBT001 - the same
    loads: dict[str, Load] = {}
    required: set[str] = set()
    not_stated: dict[str, Any] = {}
    for each in v.fields_of(struct):
        allowed = leniency(each, complete=complete, strict=struct.strict)
        load = _load_of(each.kind, complete)
        loads[each.name] = _or_null(load) if allowed.may_be_null else load
        if not allowed.may_be_left_out:
            required.add(each.name)
        elif each.required:
            not_stated[each.name] = NOT_STATED

    def load_struct(raw: Json) -> v.Struct:
        if not isinstance(raw, Mapping) or not required <= raw.keys():
            raise _NotRight
        values = not_stated.copy()
        for name, value in raw.items():
            values[name] = loads.get(name, _refuse)(value)
        made = v.make(struct, values)
        for _ in made.problems():
            raise _NotRight
        return made

    return load_struct


def _load_of(kind: Kind, complete: bool) -> Load:  # noqa: FBT001 - the same
    if isinstance(kind, v.Nested):
        return _loader_of(kind.struct, complete or kind.struct.strict)
    if isinstance(kind, Many):
        bounded, load = kind.bounded, _load_of(kind.item, complete)
        return lambda raw: tuple([load(item) for item in bounded(raw)])
    return kind.load


def _or_null(load: Load) -> Load:
    return lambda raw: NOT_STATED if raw is None else load(raw)


def _refuse(_: Json) -> Any:
    raise _NotRight
