"""The kinds of entry as JSON Schema (2020-12), made of the declarations that also check what comes in.

Each group of fields has two schemas: one for the standing `act`, under which all that is asked for must be stated, and
one for entries made from what others wrote, where what a source does not say may be left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from ledger import kinds
from ledger import vocabulary as v
from ledger.actions import KINDS
from ledger.codes import STANDINGS
from ledger.envelope import Statement
from ledger.kinds import Kind, Many
from ledger.loading import leniency
from ledger.reference import when_to_use
from ledger.schema import kind_named
from ledger.words import N_

Schema = dict[str, Any]

STREAM: Final = r"^(process|group|ledger)/[a-z0-9][a-z0-9-]{0,62}$"
_ACCOUNT: Final = "account"
_PREFIX: Final = "#/components/schemas/"


def schema_of(kind: Kind, *, complete: bool = True) -> Schema:  # noqa: C901, PLR0911, PLR0912 - one line for each kind
    """Return what JSON a kind of value takes."""
    match kind:
        case v.Nested(struct=struct):
            return {"$ref": _PREFIX + name_of(struct, complete=complete)}
        case Many():
            items = schema_of(kind.item, complete=complete)
            return {"type": "array", "items": items, "minItems": kind.least, "maxItems": kind.most}
        case kinds.Code():
            return {"type": "string", "enum": list(kind.codes.labels)}
        case kinds.YesNo():
            return {"type": "boolean"}
        case kinds.Count():
            return {"type": "integer", "minimum": kind.least, "maximum": kind.most}
        case kinds.Number():
            return {"type": "string", "pattern": r"^(0|[1-9][0-9]{0,14})(\.[0-9]{1,4})?$"}
        case kinds.MoneyKind():
            return _MONEY
        case kinds.Day():
            return {"type": "string", "format": "date"}
        case kinds.Instant():
            return {"type": "string", "format": "date-time"}
        case kinds.Pattern():
            return {"type": "string", "pattern": f"^(?:{kind.pattern})$", "maxLength": kind.most}
        case kinds.Entity():
            return {"type": "string", "pattern": r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$"}
        case kinds.Line() | kinds.Prose():
            return {"type": "string", "minLength": 1, "maxLength": kind.most}
        case _:
            return {"type": "string", "minLength": 1, "maxLength": 80}


_MONEY: Final[Schema] = {
    "type": "object",
    "required": ["amount", "currency"],
    "additionalProperties": False,
    "properties": {
        "amount": {"type": "string", "pattern": r"^(0|[1-9][0-9]{0,14})(\.[0-9]{1,4})?$"},
        "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
    },
}


def name_of(struct: type[v.Struct], *, complete: bool) -> str:
    """Return the name of a group's schema: that of its kind where it is an entry's data."""
    base = struct.declaration.name if issubclass(struct, v.Action) else struct.__name__
    return base if complete or struct.strict else f"{base}.from-documents"


def group(struct: type[v.Struct], *, complete: bool) -> Schema:
    """Return the schema of a group of fields."""
    about: Schema = {
        "type": "object",
        "additionalProperties": False,
        "properties": {each.name: _member(struct, each, complete=complete) for each in v.fields_of(struct)},
    }
    required = [each.name for each in v.fields_of(struct) if not _leniency(struct, each, complete=complete)[1]]
    if required:
        about["required"] = required
    if issubclass(struct, v.Action):
        about |= {"title": struct.declaration.title, "description": when_to_use(struct)}
    return about


def _leniency(struct: type[v.Struct], field: v.Field, *, complete: bool) -> tuple[bool, bool]:
    return leniency(field, complete=complete or struct.strict, strict=struct.strict)


def _member(struct: type[v.Struct], field: v.Field, *, complete: bool) -> Schema:
    taken = schema_of(field.kind, complete=complete)
    may_be_null, _ = _leniency(struct, field, complete=complete)
    described = {"title": field.label} | ({"description": field.hint} if field.hint else {})
    if may_be_null:
        return {"anyOf": [taken, {"type": "null"}], **described}
    return taken | described


def submission_of(kind: type[v.Action]) -> Schema:
    """Return the schema of what is sent to record one kind of entry: its data depend on whose word it is."""
    about = group(Statement, complete=True)
    properties = {name: taken for name, taken in about["properties"].items() if name not in {_ACCOUNT, "standing"}}
    data = {standing: name_of(kind, complete=standing == "act") for standing in STANDINGS.labels}
    return {
        "title": kind.declaration.title,
        "description": when_to_use(kind),
        "type": "object",
        "additionalProperties": False,
        "required": ["action", "stream", "data", *about["required"]],
        "properties": {
            "action": {"enum": _names(kind)},
            "stream": {"type": "string", "pattern": STREAM},
            "standing": {"type": "string", "enum": list(STANDINGS.labels)},
            **properties,
            "data": {"anyOf": [{"$ref": _PREFIX + name} for name in dict.fromkeys(data.values())]},
        },
        "if": {"properties": {"standing": {"const": "act"}}},
        "then": {"properties": {"data": {"$ref": _PREFIX + data["act"]}}},
    }


def _names(kind: type[v.Action]) -> list[str]:
    """Return the names by which a kind is known: without its version too, where it is the newest."""
    name = kind.declaration.name
    base = name.rpartition(".")[0]
    return [name, base] if kind_named(base) is kind else [name]


def components() -> Iterator[tuple[str, Schema]]:
    """Yield the name and the schema of every group of fields that an entry can hold."""
    tops: list[type[v.Struct]] = [Statement, *KINDS.values()]
    structs = dict.fromkeys(struct for top in tops for struct in _groups(top))
    for struct in structs:
        for complete in (True, False):
            if complete or not struct.strict:
                yield name_of(struct, complete=complete), group(struct, complete=complete)


def _groups(struct: type[v.Struct]) -> Iterator[type[v.Struct]]:
    if issubclass(struct, v.Action):
        yield struct
    for field in v.fields_of(struct):
        item = field.kind.item if isinstance(field.kind, Many) else field.kind
        if isinstance(item, v.Nested):
            yield item.struct
            yield from _groups(item.struct)


SUBMISSION: Final = "Submission"


def submission() -> Schema:
    """Return the schema of what is sent to record an entry of any kind."""
    return {
        "description": N_("An entry to record: its kind, where it belongs, who says so, and the data of its kind."),
        "oneOf": [submission_of(kind) for kind in KINDS.values()],
    }
