"""Between what a person types into a form and the plain input of an entry, in both directions. Values only.

A form is a mapping of names to the texts sent under them. A name is the path of the value in the input, so that an
error's path leads to its control; what one value takes several controls for stands below it: `data.held_on.month`.
What is left empty is left out: `ledger.schema` then says whether that can be.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from ledger import kinds
from ledger import vocabulary as v
from ledger.envelope import Statement
from ledger.kinds import Json, Kind, Many, NotStated, Undisclosed
from ledger.structs import Party
from ledger.vocabulary import join
from ledger.when import LONDON

Form = Mapping[str, Sequence[str]]

MOST_ROWS: Final = 200
"""Rows of one list in a form; longer lists come by file."""

YES_NO: Final = {"yes": True, "no": False, "not-stated": None}

_ENVELOPE: Final = frozenset({"account"})
"""What the site states itself, whatever a form says."""

_BLANK: Final = object()
_GROUPED: Final = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?", re.ASCII)
_WHOLE: Final = re.compile(r"[0-9]{1,18}", re.ASCII)
_TIME: Final = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?(Z|[+-][0-9]{2}:[0-9]{2})?", re.ASCII)
_PARTS: Final = ("scheme", "id", "name")


def one(form: Form, name: str) -> str:
    """Return the first text sent under a name, without space around it; "" where there is none."""
    return next(iter(form.get(name, ())), "").strip()


def ticked(form: Form, name: str) -> bool:
    """Whether a box of a name is ticked."""
    return one(form, name) == "yes"


def row_count(form: Form, path: str) -> int:
    """Return how many rows of a list the form shows."""
    text = one(form, f"{path}.rows")
    return min(int(text), MOST_ROWS) if _WHOLE.fullmatch(text) else 0


# --- what a form means ------------------------------------------------------------------------------------------------


def meant(kind: type[v.Action], form: Form) -> dict[str, Json]:
    """Return the plain input (the shape of `ledger.schema.load_submission`) that a form means, right or wrong."""
    raw = _group(Statement, form, "", leaving_out=_ENVELOPE)
    data = _group(kind, form, "data")
    return raw | {"action": kind.declaration.name, "stream": one(form, "stream"), "data": data}


def _group(struct: type[v.Struct], form: Form, path: str, leaving_out: frozenset[str] = frozenset()) -> dict[str, Json]:
    found = {
        each.name: _field(each.kind, form, join(path, each.name))
        for each in v.fields_of(struct)
        if each.name not in leaving_out
    }
    return {name: value for name, value in found.items() if value is not _BLANK}


def _field(kind: Kind, form: Form, path: str) -> Json:
    value = _value(kind, form, path)
    return None if value is _BLANK and ticked(form, f"{path}.not_stated") else value


def _value(kind: Kind, form: Form, path: str) -> Json:  # noqa: PLR0911 - one line for each kind of value
    match kind:
        case Many():
            return _list(kind, form, path)
        case v.Nested(struct=struct) if struct is Party:
            return _party(form, path)
        case v.Nested(struct=struct):
            return _group(struct, form, path) or _BLANK
        case kinds.MoneyKind():
            amount = plain_number(one(form, f"{path}.amount").removeprefix("£"))
            return {"amount": amount, "currency": one(form, f"{path}.currency").upper()} if amount else _BLANK
        case kinds.When() | kinds.Instant():
            return _when(form, path)
        case kinds.Day():
            return _point(form, path, timed=False) or _BLANK
        case kinds.Entity() | kinds.EntryIndex():
            return _scalar(kind, one(form, path) or one(form, f"{path}.other"))
        case _:
            return _scalar(kind, one(form, path))


def _scalar(kind: Kind, text: str) -> Json:
    if not text:
        return _BLANK
    match kind:
        case kinds.YesNo():
            return YES_NO.get(text, text)
        case kinds.Count():
            whole = plain_number(text)
            return int(whole) if _WHOLE.fullmatch(whole) else text
        case kinds.Number():
            return plain_number(text)
        case _:
            return text


def plain_number(text: str) -> str:
    """Return a number without the commas between its thousands; anything else as it is."""
    return text.replace(",", "") if _GROUPED.fullmatch(text) else text


def _list(kind: Many, form: Form, path: str) -> Json:
    match kind.item:
        case v.Nested():
            rows = (_value(kind.item, form, f"{path}.{place}") for place in range(row_count(form, path)))
            items: list[Json] = [row for row in rows if row is not _BLANK]
        case kinds.Code():
            items = list(form.get(path, ()))
        case kinds.Entity() | kinds.EntryIndex():
            typed = [*form.get(path, ()), *_lines(one(form, f"{path}.other"))]
            items = [_scalar(kind.item, text) for text in typed if text]
        case _:
            items = [_scalar(kind.item, text) for text in _lines(one(form, path))]
    return items if items or ticked(form, f"{path}.none") else _BLANK


def _lines(text: str) -> Iterator[str]:
    return (line.strip() for line in text.replace("\r", "\n").split("\n") if line.strip())


def _party(form: Form, path: str) -> Json:
    chosen = one(form, f"{path}.known")
    if chosen:
        return party_named(chosen)
    typed = {name: one(form, f"{path}.{name}") for name in _PARTS}
    return {name: text for name, text in typed.items() if text} or _BLANK


def party_key(party: Mapping[str, Json]) -> str:
    """Return a complete organisation as the text that a list of organisations sends."""
    return json.dumps([party[name] for name in _PARTS], ensure_ascii=False)


def party_named(key: str) -> Json:
    """Return what `party_key` was made of; the text itself where it never made that."""
    try:
        found = json.loads(key)
    except (ValueError, RecursionError):
        return key
    right = isinstance(found, list) and len(found) == len(_PARTS) and all(isinstance(each, str) for each in found)
    return dict(zip(_PARTS, found, strict=True)) if right else key


def _when(form: Form, path: str) -> Json:
    first, last = _point(form, path, timed=True), _point(form, f"{path}.until", timed=True)
    if not first and not last:
        return _BLANK
    return f"{first}/{last}" if last else first


def _point(form: Form, path: str, *, timed: bool) -> str:
    """Return a year, a month, a day or an instant as text; what cannot be read is put together as it was typed."""
    day, month, year = (one(form, f"{path}.{part}") for part in ("day", "month", "year"))
    time = one(form, f"{path}.time") if timed else ""
    if not any((day, month, year, time)):
        return ""
    shown = [year] if not (month or day) else [year, _two(month), _two(day)] if day else [year, _two(month)]
    text = "-".join(shown)
    return _instant(text, time) if time else text


def _two(text: str) -> str:
    return text.zfill(2) if _WHOLE.fullmatch(text) else text


def _instant(day: str, time: str) -> str:
    """Return a time on a clock in Europe/London as an instant (UTC), unless it says another zone itself."""
    match = _TIME.fullmatch(time)
    if match is None:
        return f"{day}T{time}"
    clock = f"{match[1].zfill(2)}:{match[2]}:{match[3] or '00'}"
    if match[4]:
        return f"{day}T{clock}{match[4]}"
    try:
        local = datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=LONDON)
        there = local.astimezone(UTC)
    except (ValueError, OverflowError):
        return f"{day}T{clock}"
    # In the hour that a clock skips in spring there is no such time.
    exists = there.astimezone(LONDON).replace(tzinfo=None) == local.replace(tzinfo=None)
    return there.isoformat().replace("+00:00", "Z") if exists else f"{day}T{clock}"


# --- the form of plain input ------------------------------------------------------------------------------------------


def typed(kind: type[v.Action], raw: Mapping[str, Json]) -> dict[str, list[str]]:
    """Return the form that means `raw`, which is input that was right, or a part of it."""
    found: dict[str, list[str]] = {}
    if "stream" in raw:
        found["stream"] = [raw["stream"]]
    for name, text in _typed_group(Statement, raw, ""):
        found.setdefault(name, []).append(text)
    for name, text in _typed_group(kind, raw.get("data", {}), "data"):
        found.setdefault(name, []).append(text)
    return found


Typed = Iterator[tuple[str, str]]


def _typed_group(struct: type[v.Struct], raw: Mapping[str, Json], path: str) -> Typed:
    for each in v.fields_of(struct):
        if each.name in raw:
            yield from _typed_value(each.kind, raw[each.name], join(path, each.name))


def _typed_value(kind: Kind, raw: Json, path: str) -> Typed:
    match kind:
        case kinds.YesNo():
            yield path, {True: "yes", False: "no"}.get(raw, "not-stated")
        case _ if raw is None:
            yield f"{path}.not_stated", "yes"
        case Many():
            yield from _typed_list(kind, raw, path)
        case v.Nested(struct=struct) if struct is Party and all(raw.get(name) for name in _PARTS):
            yield f"{path}.known", party_key(raw)
        case v.Nested(struct=struct):
            yield from _typed_group(struct, raw, path)
        case kinds.MoneyKind():
            yield f"{path}.amount", raw["amount"]
            yield f"{path}.currency", raw["currency"]
        case kinds.When() | kinds.Instant() | kinds.Day():
            first, _, last = raw.partition("/")
            yield from _typed_point(first, path)
            yield from _typed_point(last, f"{path}.until")
        case _:
            yield path, str(raw)


def _typed_list(kind: Many, raw: Sequence[Json], path: str) -> Typed:
    if not raw:
        yield f"{path}.none", "yes"
    match kind.item:
        case v.Nested():
            yield f"{path}.rows", str(len(raw))
            for place, item in enumerate(raw):
                yield from _typed_value(kind.item, item, f"{path}.{place}")
        case kinds.Code() | kinds.Entity() | kinds.EntryIndex():
            yield from ((path, str(item)) for item in raw)
        case _:
            yield path, "\n".join(map(str, raw))


def _typed_point(text: str, path: str) -> Typed:
    day, _, time = text.partition("T")
    if time:
        instant = datetime.fromisoformat(text)
        local = instant.astimezone(LONDON)
        day, clock = local.date().isoformat(), local.time().isoformat("seconds").removesuffix(":00")
        # Only the zone tells apart the two hours that a clock shows twice in autumn.
        twice = local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset()
        yield f"{path}.time", f"{clock}{local.isoformat()[-6:]}" if twice else clock
    parts = day.split("-") if day else []
    yield from ((f"{path}.{name}", part) for name, part in zip(("year", "month", "day"), parts, strict=False))


def raw_of(value: v.Struct) -> dict[str, Json]:
    """Return the plain input that means a struct on record; what is not shown is left out, to be typed anew."""
    held = ((each, getattr(value, each.name)) for each in v.fields_of(type(value)))
    return {
        each.name: _raw(each.kind, one_)
        for each, one_ in held
        if one_ is not None and not isinstance(one_, Undisclosed)
    }


def _raw(kind: Kind, value: object) -> Json:
    if isinstance(value, NotStated):
        return None
    if isinstance(value, v.Struct):
        return raw_of(value)
    if isinstance(kind, Many):
        return [_raw(kind.item, item) for item in value if not isinstance(item, Undisclosed)]  # type: ignore[attr-defined]
    return kind.dump(value, _never_hidden, "")


def _never_hidden(path: str, name: str | int, value: Json, state: str) -> str:  # noqa: ARG001 - the shape of Hide
    raise TypeError(f"{path}.{name} is no single value")


# --- rows -------------------------------------------------------------------------------------------------------------


def with_row(form: Form, path: str) -> dict[str, list[str]]:
    """Return the form with one empty row more in a list."""
    return _as_lists(form) | {f"{path}.rows": [str(min(row_count(form, path) + 1, MOST_ROWS))]}


def without_row(form: Form, path: str, place: int) -> dict[str, list[str]]:
    """Return the form without one row of a list; those behind it move up."""
    rows = row_count(form, path)
    if not 0 <= place < rows:
        return _as_lists(form)
    kept: dict[str, list[str]] = {}
    for name, texts in form.items():
        moved = _moved(name, f"{path}.", place)
        if moved is not None:
            kept[moved] = list(texts)
    return kept | {f"{path}.rows": [str(rows - 1)]}


def _moved(name: str, below: str, place: int) -> str | None:
    if not name.startswith(below):
        return name
    number, dot, rest = name.removeprefix(below).partition(".")
    if not _WHOLE.fullmatch(number) or int(number) < place:
        return name
    return None if int(number) == place else f"{below}{int(number) - 1}{dot}{rest}"


def without_blank_rows(kind: type[v.Action], form: Form) -> dict[str, list[str]]:
    """Return the form without rows that nothing was typed into, so that its rows are those of what it means."""
    tidy = _as_lists(form)
    for struct, path in ((Statement, ""), (kind, "data")):
        tidy = _tidy(struct, tidy, path)
    return tidy


def _tidy(struct: type[v.Struct], form: dict[str, list[str]], path: str) -> dict[str, list[str]]:
    for each in v.fields_of(struct):
        here = join(path, each.name)
        if isinstance(each.kind, Many) and isinstance(each.kind.item, v.Nested):
            for place in reversed(range(row_count(form, here))):
                form = _tidy(each.kind.item.struct, form, f"{here}.{place}")
                if _value(each.kind.item, form, f"{here}.{place}") is _BLANK:
                    form = without_row(form, here, place)
        elif isinstance(each.kind, v.Nested):
            form = _tidy(each.kind.struct, form, here)
    return form


def _as_lists(form: Form) -> dict[str, list[str]]:
    return {name: list(texts) for name, texts in form.items()}
