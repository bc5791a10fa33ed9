"""What an entry's bytes must be, judged by nothing but the entries before it.

The rules of `ledger.process` need the disclosed values and are not repeated here: this is what a stranger can hold
against the published log.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from ledger.actions import KINDS
from ledger.errors import Corrupt, Wrong
from ledger.kinds import EntryIndex, Many
from ledger.streams import Stream
from ledger.vocabulary import Nested, Struct
from ledger.when import instant_text
from ledger.words import N_

_CANONICAL: Final = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER
# In canonical JSON a number follows one of these; inside a text the same characters prove nothing yet.
_LIKE_A_FLOAT: Final = re.compile(rb"[:,\[]-?[0-9]+[.eE]")
_EVERY: Final = "*"


class Envelopes:
    """Checks entries one after another. `versions` holds the newest version of each stream."""

    def __init__(self) -> None:
        self.versions: dict[str, int] = {}
        self._recorded = datetime.min.replace(tzinfo=UTC)
        self._recorded_text = ""
        self._skipped = False

    def skip(self) -> None:
        """Go on after entries that could not be read: any version may follow."""
        self.versions.clear()
        self._skipped = True

    def check(self, index: int, data: bytes) -> Iterator[Corrupt]:
        """Yield what is wrong with entry `index`."""
        try:
            entry = orjson.loads(data)
            again = orjson.dumps(entry, option=_CANONICAL)
        except (orjson.JSONDecodeError, orjson.JSONEncodeError):
            yield Corrupt(N_("It is not JSON, or not JSON that an entry can be."))
            return
        if type(entry) is not dict:
            yield Corrupt(N_("It is not a JSON object."))
            return
        if again != data or (_LIKE_A_FLOAT.search(data) and _has_float(entry)):
            yield Corrupt(N_("It is not in the canonical form of RFC 8785."))
        found = entry.get("index")
        if found != index or type(found) is not int:
            yield Corrupt(N_("It says that its number is %(number)s."), number=_brief(found))
        yield from self._check_version(entry.get("stream"), entry.get("version"))
        recorded = entry.get("recorded")
        if recorded != self._recorded_text or not recorded:
            yield from self._check_recorded(recorded)
        yield from _check_references(index, entry)

    def _check_version(self, stream: object, version: object) -> Iterator[Corrupt]:
        if type(stream) is not str or type(version) is not int:
            yield Corrupt(N_("It does not say which stream it belongs to, and as which version."))
            return
        before = self.versions.get(stream)
        if before is None:
            try:
                Stream.parse(stream)
            except Wrong:
                yield Corrupt(N_("“%(stream)s” is not the name of a stream."), stream=_brief(stream))
        if version != (before or 0) + 1 and not (before is None and self._skipped):
            yield Corrupt(
                N_("It is version %(version)s of %(stream)s, where %(expected)s comes next."),
                version=version,
                stream=_brief(stream),
                expected=(before or 0) + 1,
            )
        self.versions[stream] = version

    def _check_recorded(self, text: object) -> Iterator[Corrupt]:
        moment = _instant(text)
        if moment is None:
            yield Corrupt(N_("“%(text)s” is not when it was recorded, as an instant in UTC."), text=_brief(text))
            return
        if moment < self._recorded:
            yield Corrupt(N_("It was recorded at %(text)s, before the entry that stands before it."), text=_brief(text))
        self._recorded, self._recorded_text = moment, str(text)


def _check_references(index: int, entry: Mapping[str, Any]) -> Iterator[Corrupt]:
    action, data, corrects = entry.get("action"), entry.get("data"), entry.get("corrects")
    if type(action) is not str or action not in _REFERENCES:
        yield Corrupt(
            N_("“%(action)s” is no kind of entry known to this version of the program."), action=_brief(action)
        )
        return
    if corrects is not None:
        yield from _check_reference(index, corrects.get("index") if type(corrects) is dict else None)
    for path in _REFERENCES[action]:
        for target in _values(data, path):
            yield from _check_reference(index, target)


def _check_reference(index: int, target: object) -> Iterator[Corrupt]:
    if type(target) is not int or not 0 <= target < index:
        yield Corrupt(N_("It refers to entry %(number)s, which is not an earlier one."), number=_brief(target))


def _values(value: Any, path: tuple[str, ...]) -> Iterator[object]:
    """Yield what stands at a path; nothing where it is not stated, or hidden with the rest of the action."""
    if value is None:
        return
    if not path:
        yield value
    elif path[0] == _EVERY:
        for item in value if type(value) is list else ():
            yield from _values(item, path[1:])
    elif type(value) is dict:
        yield from _values(value.get(path[0]), path[1:])


def _paths(struct: type[Struct]) -> Iterator[tuple[str, ...]]:
    """Yield the paths of a struct's fields that hold the number of an entry."""
    for each in struct.declared:
        is_many = isinstance(each.kind, Many)
        kind = each.kind.item if isinstance(each.kind, Many) else each.kind
        path = (each.name, _EVERY) if is_many else (each.name,)
        if isinstance(kind, EntryIndex):
            yield path
        elif isinstance(kind, Nested):
            yield from ((*path, *inside) for inside in _paths(kind.struct))


_REFERENCES: Final = {name: tuple(_paths(kind)) for name, kind in KINDS.items()}


def _instant(text: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text) if type(text) is str else None
        return moment if moment is not None and moment.tzinfo and instant_text(moment) == text else None
    except (ValueError, OverflowError):
        return None


def _has_float(value: object) -> bool:
    # Not deep: what is nested deeper than the encoder goes was refused before.
    if type(value) is dict:
        return any(_has_float(item) for item in value.values())
    if type(value) is list:
        return any(_has_float(item) for item in value)
    return type(value) is float


def _brief(value: object) -> str:
    return str(value)[:80]
