"""What releases say so far, and what a further one adds: the merge rules of OCDS 1.1 on values that can be changed.

Lists of objects with ids are merged by id, so they are held as `Items`. Everything else in a list is replaced whole.
"""

from __future__ import annotations

from typing import Any, Final

from ledger.kinds import Json

Object = dict[str, Any]


class Items(dict[str, Object]):
    """A list of objects, by their ids, in the order in which they came."""


def keyed(value: Json) -> Any:
    """Return JSON with its lists of objects as `Items`."""
    if isinstance(value, dict):
        return {name: keyed(held) for name, held in value.items()}
    if has_ids(value):
        return Items((each["id"], keyed(each)) for each in value)
    return value


def plain(value: Any) -> Json:
    """Return the JSON of what `keyed` made."""
    if isinstance(value, Items):
        return [plain(each) for each in value.values()]
    if isinstance(value, dict):
        return {name: plain(held) for name, held in value.items()}
    return value


def has_ids(value: Any) -> bool:
    """Whether this is a list that is merged by id."""
    return isinstance(value, list) and bool(value) and all(isinstance(each, dict) and "id" in each for each in value)


def put(state: Object, said: Object, *, keep_nulls: bool = False) -> Object:
    """Change the state by what is said in addition, in JSON; return the part of that which was not so before.

    A null takes a value away, unless nulls are kept because the state is itself something to be said.
    """
    new: Object = {}
    for name, value in said.items():
        if value is None and not keep_nulls:
            if state.pop(name, None) is not None:
                new[name] = None
        elif isinstance(value, dict):
            held = state.setdefault(name, {})
            inside = put(held, _filled(held, value, name), keep_nulls=keep_nulls)
            if inside:
                new[name] = inside
        elif has_ids(value):
            items = _put_items(state.setdefault(name, Items()), value, keep_nulls=keep_nulls)
            if items:
                new[name] = items
        elif name not in state or state[name] != value:
            state[name] = new[name] = value
    return new


def _put_items(held: Items, said: list[Object], *, keep_nulls: bool) -> list[Object]:
    found = []
    for each in said:
        inside = put(held.setdefault(each["id"], {}), each, keep_nulls=keep_nulls)
        if inside:
            found.append({"id": each["id"], **inside})
    return found


def difference(old: Object, new: Object) -> Object:
    """Return what must be said so that the old state becomes the new one, in JSON.

    An item of a list cannot be taken away (the standard has no way to), so all but its id is.
    """
    said: Object = {}
    for name in {**old, **new}:
        if name not in new:
            gone = _emptied(old[name], name)
            if gone is not _NOTHING:
                said[name] = gone
        elif name not in old:
            said[name] = plain(new[name])
        elif old[name] != new[name]:
            changed = _changed(old[name], new[name])
            if changed not in ({}, []) or not new[name]:
                said[name] = changed
    return said


def _changed(old: Any, new: Any) -> Json:
    if isinstance(new, Items) and isinstance(old, Items):
        return _changed_items(old, new)
    if isinstance(new, dict) and isinstance(old, dict):
        return difference(old, new)
    return plain(new)


def _changed_items(old: Items, new: Items) -> list[Object]:
    said = []
    for name, held in new.items():
        inside = difference(old[name], held) if name in old else plain(held)
        if inside:
            said.append({"id": name, **inside})
    for name, held in old.items():
        gone = _NOTHING if name in new else _emptied(held)
        if gone is not _NOTHING:
            said.append({"id": name, **gone})
    return said


_NOTHING: Final[Any] = object()

WITHDRAWN: Final = "Withdrawn"
"""What a group says of which all else was taken away: merging would leave it empty, which is not valid."""

_WORDS: Final = {
    "contactPoint": "name",
    "identifier": "legalName",
    "legalBasis": "description",
    "lotDetails": "noLotsDivisionRationale",
    "selectionCriteria": "description",
    **dict.fromkeys(
        ("tenderPeriod", "enquiryPeriod", "awardPeriod", "contractPeriod", "period", "standstillPeriod"), "description"
    ),
}
"""The member of a group that can hold that word."""


def _emptied(value: Any, name: str = "") -> Any:
    """Return what takes a value away, except for ids, by which things are known; `_NOTHING` where that is all."""
    if isinstance(value, Items):
        emptied = [{"id": each, **gone} for each, held in value.items() if (gone := _emptied(held)) is not _NOTHING]
        return emptied or _NOTHING
    if isinstance(value, dict):
        return _emptied_group(value, name)
    # Merging has no way to take away a list of things without ids.
    return _NOTHING if isinstance(value, list) and value and isinstance(value[0], dict) else None


def _emptied_group(value: Object, name: str) -> Any:
    if "measure" in value and "value" in value and "id" in value:
        return {"notes": WITHDRAWN}  # a statistic must have its value
    stays = {"id"} | ({"currency"} if "amount" in value or "amountGross" in value else set())
    inside = {each: _emptied(held, each) for each, held in value.items() if each not in stays}
    gone = {each: held for each, held in inside.items() if held is not _NOTHING}
    return ({**gone, _WORDS[name]: WITHDRAWN} if name in _WORDS else gone) or _NOTHING


def _filled(held: Object, said: Object, name: str) -> Object:
    """Return what is said of a group, and that it is not withdrawn any more."""
    word = _WORDS.get(name)
    if word is None or held.get(word) != WITHDRAWN or word in said:
        return said
    return {word: None, **said}
