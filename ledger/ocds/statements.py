"""An entry in full, as the local extension of open contracting data tells it: every field by its path, and back again.

What OCDS has no field for, and what it would round, is here. Nothing undisclosed is: only that it is there, and why.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from ledger.kinds import EntryIndex, Json, Kind, Many, NotStated, Undisclosed
from ledger.process import Recorded
from ledger.unseen import kept_fields
from ledger.vocabulary import Struct, fields_of, with_values
from ledger.when import instant_text

Object = dict[str, Any]

NOT_PUBLIC: Final = "[not public in the ledger that this was read from]"
"""What a reader of the extension writes for a text that was committed there and is not shown."""

_ALL: Final = "data"
"""The path of all that an entry states."""

_NEVER: Final = frozenset({"account"})
"""Who was signed in is kept to answer for an entry, and shown to nobody."""


def statement(entry: Recorded, *, status: str, replaced_by: int | None, notice: str | None) -> Object:
    """Return an entry as an item of `ledgerEntries`. `status`: stands, corrected or withdrawn."""
    said: Object = {
        "id": str(entry.index),
        "kind": entry.action.declaration.name,
        "stream": str(entry.stream),
        "recorded": instant_text(entry.recorded),
        "status": status,
        "facts": [*_facts(entry.statement, ""), *_stated(entry)],
    }
    if replaced_by is not None:
        said["replacedBy"] = str(replaced_by)
    if notice is not None:
        said["noticeType"] = notice
    return said


def _stated(entry: Recorded) -> Iterator[Object]:
    kept = kept_fields(entry)
    if kept:
        yield {"id": _ALL, "status": entry.statement.visibility.state}
    for each in fields_of(type(entry.action)):
        value = getattr(entry.action, each.name)
        if value is not None and each.name not in kept:
            yield from _said(each.kind, value, f"{_ALL}.{each.name}")


def _facts(struct: Struct, prefix: str) -> Iterator[Object]:
    for each in fields_of(type(struct)):
        value = getattr(struct, each.name)
        if value is not None and f"{prefix}{each.name}" not in _NEVER:
            yield from _said(each.kind, value, f"{prefix}{each.name}")


def _said(kind: Kind, value: Any, path: str) -> Iterator[Object]:
    if isinstance(value, NotStated):
        yield {"id": path, "status": "notStated"}
    elif isinstance(value, Undisclosed):
        yield {"id": path, "status": value.state}
    elif isinstance(value, Struct):
        yield from _facts(value, f"{path}.")
    elif isinstance(value, tuple):
        inside = kind.item if isinstance(kind, Many) else kind
        if not value:
            yield {"id": path, "status": "empty"}
        for place, item in enumerate(value):
            yield from _said(inside, item, f"{path}.{place}")
    else:
        yield from _scalar(kind, value, path)


def _scalar(kind: Kind, value: Any, path: str) -> Iterator[Object]:
    dumped = kind.dump(value, _hide_nothing, path)
    if isinstance(kind, EntryIndex):
        yield {"id": path, "entry": str(dumped)}
    elif isinstance(dumped, dict):
        for name, held in dumped.items():
            yield {"id": f"{path}.{name}", "value": held}
    else:
        yield {"id": path, "value": dumped}


def _hide_nothing(path: str, name: str | int, value: Json, state: str) -> str:  # noqa: ARG001 - the shape of Hide
    raise AssertionError(f"{path}.{name} is no group, and has nothing inside to put aside")


# --- what was not public yet ------------------------------------------------------------------------------------------


def masked(entry: Recorded, fields: Iterable[str]) -> Recorded:
    """Return an entry as it was while these fields (such as `data.reason.text`) were not public."""
    wanted = tuple(fields)
    if not wanted:
        return entry
    return Recorded(
        entry.index,
        entry.stream,
        entry.version,
        entry.recorded,
        _mask(entry.action, "data.", wanted),
        _mask(entry.statement, "", wanted),
    )


def _mask(value: Any, prefix: str, fields: tuple[str, ...]) -> Any:
    held = {each.name: getattr(value, each.name) for each in fields_of(type(value))}
    return with_values(value, {name: _hidden(inside, f"{prefix}{name}", fields) for name, inside in held.items()})


def _hidden(value: Any, path: str, fields: tuple[str, ...]) -> Any:
    if value is not None and any(path == each or path.startswith(f"{each}.") for each in fields):
        return Undisclosed("embargoed")
    if isinstance(value, Struct):
        return _mask(value, f"{path}.", fields)
    if isinstance(value, tuple):
        return tuple(_hidden(each, f"{path}.{place}", fields) for place, each in enumerate(value))
    return value


# --- and back ---------------------------------------------------------------------------------------------------------


def submission_of(said: Mapping[str, Any], numbers: Mapping[int, int], today: dt.date) -> Json | None:
    """Return plain input for an entry that `statement` told; None where its content is not public.

    `numbers` says under which number an entry that it names stands here; one that does not is left out. An act or
    report that gave no reason for being late needs one now, because it is recorded again `today`. Raises `KeyError`,
    `TypeError`, `ValueError` or `AttributeError` where the entry is not told as `statement` tells it.
    """
    if any(fact["id"] == _ALL and fact.keys() - {"id"} for fact in said["facts"]):
        return None
    nested: Object = {}
    for fact in said["facts"]:
        if not fact.keys() - {"id"}:
            continue  # it stood for a group that is told by its members since it is public
        *parents, last = fact["id"].split(".")
        place = nested
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = _value(fact, numbers)
    raw = _lists(nested)
    data = raw.get("data", {})
    if raw["visibility"]["state"] != "public" and NOT_PUBLIC in data.values():
        return None
    late = f"Read on {today.isoformat()} from another ledger, where it was recorded at {said['recorded']}."
    wants_reason = raw["standing"] in {"act", "report"}
    return {
        **({"late_reason": late} if wants_reason else {}),
        **raw,
        "action": said["kind"],
        "stream": said["stream"],
    }


_GONE: Final = object()
"""An entry that stayed behind."""


def _value(fact: Mapping[str, Any], numbers: Mapping[int, int]) -> Json:
    if "entry" in fact:
        return numbers.get(int(fact["entry"]), _GONE)
    if "value" in fact:
        return fact["value"]
    return {"notStated": None, "empty": []}.get(fact["status"], NOT_PUBLIC)


def _lists(value: Json) -> Json:
    """Return groups whose names are all places as the lists that they are."""
    if not isinstance(value, dict):
        return value
    is_list = bool(value) and all(name.isdecimal() for name in value)
    inside = {name: _lists(held) for name, held in value.items() if held is not _GONE}
    return [inside[name] for name in sorted(inside, key=int)] if is_list else inside
