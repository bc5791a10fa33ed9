"""What is recorded as plain JSON, in the shape in which it is handed in, with what is not shown said to be so."""

from __future__ import annotations

from typing import Any

from ledger import vocabulary as v
from ledger.kinds import Json, Kind, Many, NotStated, Undisclosed
from ledger.process import Recorded
from ledger.unseen import kept_fields
from ledger.when import instant_text
from projections.entries import EntryView


def of_struct(struct: v.Struct) -> dict[str, Json]:
    """Return a group of fields: those left out are left out, what is not stated is null.

    A value that is not shown is {"undisclosed": state}: embargoed, withheld or redacted.
    """
    values = ((each, getattr(struct, each.name)) for each in v.fields_of(type(struct)))
    return {each.name: _value(each.kind, value) for each, value in values if value is not None}


def _value(kind: Kind, value: Any) -> Json:
    match value:
        case NotStated():
            return None
        case Undisclosed(state=state):
            return {"undisclosed": state}
        case v.Struct():
            return of_struct(value)
        case tuple() if isinstance(kind, Many):
            return [_value(kind.item, item) for item in value]
        case _:
            return kind.dump(value, _never, "")


def _never(path: str, name: str | int, value: Json, state: str) -> str:  # noqa: ARG001 - the shape of Hide
    raise AssertionError("a single value hides nothing inside")


def _data(entry: Recorded) -> dict[str, Json]:
    kept = kept_fields(entry)
    return {name: value for name, value in of_struct(entry.action).items() if name not in kept}


def of_entry(view: EntryView) -> dict[str, Json]:
    """Return what is public of an entry, and what later entries make of it.

    Of one that is not public, `data` has what was made public since; its visibility says that there is more.
    """
    entry = view.entry
    statement = {name: value for name, value in of_struct(entry.statement).items() if name != "account"}
    return {
        "index": entry.index,
        "action": entry.action.declaration.name,
        "stream": str(entry.stream),
        "version": entry.version,
        "recorded": instant_text(entry.recorded),
        "happened": None if entry.occurred is None else entry.occurred.text,
        "statement": statement,
        "data": _data(entry),
        "corrected_by": view.corrected_by,
        "withdrawn_by": view.withdrawn_by,
        "updated": instant_text(view.updated),
    }
