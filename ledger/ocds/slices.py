"""Where each release stands in a stream of bytes, found without reading the whole of it.

JSON parsers that stream stop at the first mistake, so one broken release would cost all that follow it, and they give
no positions. Here brackets and strings alone are followed, in memory that does not grow; each release is then cut out
and parsed by itself. Only what is cut out is kept, and only up to a bound.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

MOST_BYTES: Final = 4_000_000
"""The longest release that is read."""

MOST_KEPT: Final = 100_000
"""What is kept of a longer one, to show what it was."""

SliceKind = Literal[
    "release", "compiled", "record-end", "root-end", "publisher", "answer", "root", "unfinished", "not-json", "too-deep"
]

_ITEMS: Final[dict[tuple[str, ...], SliceKind]] = {
    ("{", ".releases", "["): "release",
    ("{", ".records", "[", "{", ".releases", "["): "release",
    ("{", ".records", "[", "{", ".compiledRelease"): "compiled",
    ("{", ".compiledRelease"): "compiled",
    ("{", ".publisher"): "publisher",
    ("{", ".data"): "answer",
    ("{", ".data", "["): "answer",
    ("[",): "release",
}
"""Where an object begins that is cut out: the brackets and names around it."""

_HOLDERS: Final = {("{", ".releases"), ("{", ".records"), ("{", ".data"), ("{", ".compiledRelease")}
"""What tells that the root is no release itself."""
_RECORD: Final = ("{", ".records", "[")
_TRACKED: Final = 6
"""No object that is cut out begins deeper than this."""

MOST_OPEN: Final = 10_000
"""So many brackets open at once are no data, and what follows is not looked at."""

# Possessive, so that no text makes them slow: each byte is looked at once.
_IN_SLICE: Final = re.compile(rb'(?:[^"{}\[\]]++|"(?:[^"\\]++|\\.)*+")*+', re.DOTALL)
_AROUND: Final = re.compile(rb'[^"{}\[\]:,]*+')
_IN_STRING: Final = re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL)
_QUOTE, _BACKSLASH, _COLON, _COMMA = b'"\\:,'
_OPEN: Final = {b"{"[0]: "{", b"["[0]: "["}
_CLOSE: Final = frozenset(b"}]")
_MOST_KEY: Final = 100


class Slice(NamedTuple):
    """A piece of the stream. `position` is its first byte, `deepest` its nesting; `whole` unless it was too long."""

    kind: SliceKind
    position: int
    raw: bytes = b""
    deepest: int = 0
    whole: bool = True


@dataclass
class _Capture:
    kind: SliceKind
    position: int
    depth: int
    raw: bytearray
    deepest: int = 0
    whole: bool = True

    def add(self, piece: bytes) -> None:
        if self.whole:
            self.raw += piece
            if len(self.raw) > MOST_BYTES:
                self.whole = False
                del self.raw[MOST_KEPT:]

    def slice(self) -> Slice:
        return Slice(self.kind, self.position, bytes(self.raw), self.deepest - self.depth, self.whole)


class Slicer:
    """Yields what the bytes fed to it hold, in order. One root may follow another, as in JSON Lines."""

    def __init__(self) -> None:
        self._begin(0)

    def _begin(self, position: int) -> None:
        self.depth = 0
        self._position = position
        self._path: list[str] = []
        self._name = "."
        self._in_string = self._escaped = False
        self._key = bytearray()
        self._capture: _Capture | None = None
        self._root: _Capture | None = None
        self._odd: _Capture | None = None
        self._broken = False

    def feed(self, data: bytes) -> Iterator[Slice]:
        """Yield what ends in these bytes."""
        at = 0
        while at < len(data) and not self._broken:
            start = at
            if self._in_string:
                at = self._string(data, at)
                self._keep(data[start:at])
                continue
            found = (_AROUND if self._capture is None else _IN_SLICE).match(data, at)
            at = at if found is None else found.end()
            if self._odd is None and self._capture is None and (text := data[start:at].lstrip()):
                self._begin_odd(self._position + at - len(text))
            self._keep(data[start:at])
            if not self.depth and data[start:at].strip(b" \t\r\n\x1e"):
                yield self._stop("not-json", start, data[start:])
            elif at < len(data):
                yield from self._token(data, at)
                at += 1
        self._position += len(data)

    def end(self) -> Iterator[Slice]:
        """Yield what is unfinished where the stream, or its line, ends; and begin anew."""
        if self.depth and not self._broken:
            found = self._capture or self._root
            kept = (self._position, b"") if found is None else (found.position, bytes(found.raw[:MOST_KEPT]))
            yield Slice("unfinished", *kept)
        self._begin(self._position)

    def _stop(self, kind: SliceKind, at: int, data: bytes) -> Slice:
        self._broken = True
        return Slice(kind, self._position + at, data[:MOST_KEPT])

    def _keep(self, piece: bytes) -> None:
        if self._capture is not None:
            self._capture.add(piece)
        if self._root is not None:
            self._root.add(piece)
        if self._odd is not None:
            self._odd.add(piece)

    def _begin_odd(self, position: int) -> None:
        """Cut out text, a number or the like that stands in a list of releases, to be told that it is none."""
        if self._path and self._path[-1] == "[" and self.depth <= _TRACKED and (place := tuple(self._path)) in _ITEMS:
            self._odd = _Capture(_ITEMS[place], position, self.depth, bytearray(), self.depth)

    def _end_odd(self) -> Iterator[Slice]:
        if self._odd is not None and self._capture is None:
            odd, self._odd = self._odd.slice(), None
            yield odd._replace(raw=odd.raw.strip())

    def _string(self, data: bytes, at: int) -> int:
        """Return where the string ends, or the data does."""
        start = at
        if self._escaped:
            self._escaped, at = False, at + 1
        found = _IN_STRING.match(data, at)
        at = at if found is None else found.end()
        if self._capture is None and len(self._key) < _MOST_KEY:
            self._key += data[start : min(at, start + _MOST_KEY)]
        if at < len(data):
            self._in_string = data[at] != _QUOTE
            self._escaped = data[at] == _BACKSLASH  # the last byte, else it would have been passed with the next
            at += 1
        return at

    def _token(self, data: bytes, at: int) -> Iterator[Slice]:
        byte = data[at]
        if byte == _QUOTE and self._odd is None and self._capture is None:
            self._begin_odd(self._position + at)
        elif byte == _COMMA or byte in _CLOSE:
            yield from self._end_odd()
        if byte in _OPEN:
            self._open(_OPEN[byte], self._position + at)
            if self.depth > MOST_OPEN:
                yield self._stop("too-deep", at, b"")
        self._keep(data[at : at + 1])
        if byte == _QUOTE:
            self._in_string = True
            self._key.clear()
        elif byte == _COLON:
            if self._capture is None and self._path and self._path[-1] == "{" and self.depth <= _TRACKED:
                self._name = f".{self._key.decode(errors='replace')}"
        elif byte in _CLOSE:
            if self.depth:
                yield from self._close(self._position + at)
            else:
                yield self._stop("not-json", at, data[at:])

    def _open(self, bracket: str, position: int) -> None:
        self.depth += 1
        if self._root is not None:
            self._root.deepest = max(self._root.deepest, self.depth)
        if self._capture is not None:
            self._capture.deepest = max(self._capture.deepest, self.depth)
            return
        if self.depth > _TRACKED:
            return
        if self._path and self._path[-1] == "{":
            self._path.append(self._name)
            self._name = "."
        place = tuple(self._path)
        if place in _ITEMS and (bracket == "{" or place[-1] == "["):
            self._capture = _Capture(_ITEMS[place], position, self.depth, bytearray(), self.depth)
        if bracket == "{" and not place:
            self._root = _Capture("root", position, self.depth, bytearray(), self.depth)
        elif place in _HOLDERS:
            self._root = None
        self._path.append(bracket)

    def _close(self, position: int) -> Iterator[Slice]:
        capture, self.depth = self._capture, self.depth - 1
        if capture is not None and capture.depth <= self.depth:
            return
        if self.depth < _TRACKED and self._path:
            self._path.pop()
        if capture is not None:
            self._capture = None
            yield capture.slice()
        if tuple(self._path) == _RECORD:
            yield Slice("record-end", position)
        if self._path and self._path[-1].startswith("."):
            self._path.pop()
        if not self.depth and self._root is not None:
            root, self._root = self._root, None
            yield root.slice()
        if not self.depth:
            yield Slice("root-end", position)
