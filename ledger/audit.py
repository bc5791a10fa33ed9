"""What an entry's bytes must be, judged by nothing but the entries before it.

The rules of `ledger.process` need the disclosed values and are not repeated here: this is what a stranger can hold
against the published log.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any, Final

import orjson

from ledger.actions import KINDS
from ledger.errors import CandourError, Corrupt, Wrong
from ledger.kinds import EntryIndex, Many
from ledger.lag import note_of
from ledger.streams import Stream
from ledger.vocabulary import Nested, Struct
from ledger.words import N_

_CANONICAL: Final = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER
_FIELDS: Final = itemgetter("action", "stream", "version", "index", "recorded")
_EVERY: Final = "*"

_AT_ONCE: Final = 32
"""Entries encoded together. More would gain nothing, and so few objects at a time do not wake the garbage collector."""


class Envelopes:
    """Checks entries in order. `versions` holds the newest version of each stream, `noted` what is no failure.

    That an entry is canonical is shown by encoding it again. Fractions, which no entry of ours has, come out as they
    went in: to look for them would cost as much as everything else.
    """

    def __init__(self) -> None:
        self.versions: dict[str, int] = {}
        self.noted: list[tuple[int, CandourError]] = []
        self._recorded = datetime.min.replace(tzinfo=UTC)
        self._recorded_text: object = self  # equal to nothing that an entry can hold
        self._skipped = False

    def skip(self) -> None:
        """Go on after entries that could not be read: any version may follow."""
        self.versions.clear()
        self._skipped = True

    def check(self, first: int, entries: Sequence[bytes]) -> Iterator[tuple[int, Corrupt]]:
        """Yield what is wrong with entries from number `first` on, each with its number."""
        for start in range(0, len(entries), _AT_ONCE):
            some = entries[start : start + _AT_ONCE]
            parsed = _parse(some)
            if parsed is None:
                yield from self._check_each(first + start, some)
            else:
                yield from self._check_parsed(first + start, parsed)

    def _check_each(self, first: int, entries: Sequence[bytes]) -> Iterator[tuple[int, Corrupt]]:
        for index, data in enumerate(entries, first):
            error = _unreadable(data)
            if error is not None:
                yield index, error
            else:
                yield from self._check_parsed(index, [orjson.loads(data)])

    def _check_parsed(self, first: int, parsed: Sequence[Any]) -> Iterator[tuple[int, Corrupt]]:
        # The loop over every entry of a log: what is plainly right is told in few steps, and the rest judged in words.
        versions = self.versions
        for index, entry in enumerate(parsed, first):
            try:
                action, stream, version, number, recorded = _FIELDS(entry)
                if (
                    version == versions[stream] + 1
                    and number == index
                    and action in _WITHOUT_REFERENCES
                    and type(version) is type(number) is int
                    and "corrects" not in entry
                    and (recorded == self._recorded_text or self._is_later(recorded))
                ):
                    versions[stream] = version
                    self._note(index, entry)
                    continue
            except (LookupError, TypeError):
                pass
            yield from ((index, error) for error in self._judge(index, entry))
            self._note(index, entry)

    def _note(self, index: int, entry: Any) -> None:
        found = note_of(entry, self._recorded)
        if found is not None:
            self.noted.append((index, found))

    def _is_later(self, recorded: object) -> bool:
        moment = _instant(recorded)
        if moment is None or moment < self._recorded:
            return False
        self._recorded, self._recorded_text = moment, recorded
        return True

    def _judge(self, index: int, entry: Any) -> Iterator[Corrupt]:
        if type(entry) is not dict:
            yield Corrupt(N_("It is not a JSON object."))
            return
        found = entry.get("index")
        if found != index or type(found) is not int:
            yield Corrupt(N_("It says that its number is %(number)s."), number=_brief(found))
        yield from self._check_version(entry.get("stream"), entry.get("version"))
        yield from self._check_recorded(entry.get("recorded"))
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
        elif not self._is_later(text):
            yield Corrupt(N_("It was recorded at %(text)s, before the entry that stands before it."), text=_brief(text))
            self._recorded, self._recorded_text = moment, text


def _parse(entries: Sequence[bytes]) -> list[Any] | None:
    """Return the entries' objects, if all of them are canonical.

    They are encoded together, many times quicker than one by one. Each was read by itself before, so two ways of
    dividing the same bytes into JSON texts and commas are one and the same.
    """
    try:
        parsed = [orjson.loads(entry) for entry in entries]
        again = orjson.dumps(parsed, option=_CANONICAL)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return None
    return parsed if again == b"[%b]" % b",".join(entries) else None


def _unreadable(data: bytes) -> Corrupt | None:
    try:
        again = orjson.dumps(orjson.loads(data), option=_CANONICAL)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return Corrupt(N_("It is not JSON, or not JSON that an entry can be."))
    return None if again == data else Corrupt(N_("It is not in the canonical form of RFC 8785."))


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


_WITHOUT_REFERENCES: Final = frozenset(name for name, paths in _REFERENCES.items() if not paths)


def _instant(text: object) -> datetime | None:
    """Return the instant that `ledger.when.instant_text` would write in this way."""
    try:
        moment = datetime.fromisoformat(text) if type(text) is str and text.endswith("Z") else None
    except ValueError:
        return None
    return moment if moment is not None and f"{moment.isoformat()[:-6]}Z" == text else None


def _brief(value: object) -> str:
    return str(value)[:80]
