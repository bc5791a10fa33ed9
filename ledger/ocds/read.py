"""Files of open contracting data as a stream of releases, each parsed by itself, in memory that does not grow.

A file is a release package, a record package, `{"releases": […]}` alone, one release, JSON Lines of any of these, or
an answer of the ProZorro API; plain or in gzip; in UTF-8 or UTF-16. What cannot be used is yielded with the reason.
"""

from __future__ import annotations

import codecs
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import IO, Any, Final

from ledger.errors import Wrong
from ledger.kinds import Json
from ledger.ocds import prozorro
from ledger.ocds.slices import MOST_BYTES, MOST_KEPT, Slice, Slicer
from ledger.words import N_

CHUNK: Final = 65_536
MOST_DEPTH: Final = 40
"""Deeper nesting than any release of the standard and its extensions has."""
MOST_TEXT: Final = 1_000_000
"""The longest single text inside a release, in characters."""
MOST_NUMBER: Final = 40
MOST_UNPACKED: Final = 100_000_000_000
"""The longest file that is read, after unpacking, in bytes."""
MOST_RATIO: Final = 200
"""What unpacks to more than so many times its size, beyond the first 64 MB, is no data but an attack."""
_FREE: Final = 64_000_000
MOST_USELESS: Final = 10_000
"""So many things in a row that are no releases are no data: keeping each would fill the quarantine."""
_USELESS: Final = Wrong(
    N_("%(most)s things in a row are no releases, so the rest of this file was not read."), most=MOST_USELESS
)


@dataclass(frozen=True, slots=True)
class Found:
    """One release as it stands in a file, or why none can be made of what stands there.

    `position` is the byte (of the unpacked text, in UTF-8) at which it begins; `raw` is at most `MOST_KEPT` bytes of
    what could not be used; `complete` says whether that is all of it, so that it can be tried again.
    """

    position: int
    release: dict[str, Json] | None = None
    publisher: dict[str, Json] | None = None
    problem: Wrong | None = None
    raw: bytes = b""
    complete: bool = True


@dataclass
class _Counted:
    """Reads from a file and counts how far it got."""

    source: IO[bytes]
    done: int = 0

    def read(self, size: int = -1) -> bytes:
        data = self.source.read(size)
        self.done += len(data)
        return data


def read(
    source: IO[bytes],
    again: Callable[[], IO[bytes]] | None = None,
    moved: Callable[[int], None] | None = None,
    *,
    by_line: bool = False,
) -> Iterator[Found]:
    """Yield what a file holds, in order.

    `again` opens it once more, for a publisher that is named only after its releases. `moved` is told how many bytes
    of the file, as it lies there, were read. `by_line` says that the file is known to be JSON Lines.
    """
    counted, in_a_row = _Counted(source), 0
    try:
        for found in _found(_slices(_utf8(_plain(counted)), by_line=by_line), again):
            if moved is not None:
                moved(counted.done)
            yield found
            in_a_row = in_a_row + 1 if found.release is None else 0
            if in_a_row == MOST_USELESS:
                yield Found(counted.done, problem=_USELESS)
                break
    except _Stopped as stopped:
        yield Found(counted.done, problem=stopped.why)
    if moved is not None:
        moved(counted.done)


class _Stopped(Exception):
    def __init__(self, why: Wrong) -> None:
        self.why = why


# --- bytes ------------------------------------------------------------------------------------------------------------


def _plain(counted: _Counted) -> Iterator[bytes]:
    """Yield the bytes of a file, unpacked."""
    first = counted.read(CHUNK)
    if first.startswith(b"PK\x03\x04"):
        raise _Stopped(Wrong(N_("This is a ZIP archive. Unpack it, and import the files in it.")))
    chunks = _unpacked(counted, first) if first.startswith(b"\x1f\x8b") else _chunks(counted, first)
    total = 0
    for chunk in chunks:
        total += len(chunk)
        if total > MOST_UNPACKED:
            raise _Stopped(Wrong(N_("This is longer than %(most)s bytes. Split it."), most=MOST_UNPACKED))
        yield chunk


def refuse_longer(source: IO[bytes], most: int) -> None:
    """Raise `Wrong` where a file is longer than so many bytes once it is unpacked, or cannot be unpacked."""
    total = 0
    try:
        for chunk in _plain(_Counted(source)):
            total += len(chunk)
            if total > most:
                raise Wrong(N_("This is longer than %(most)s bytes. Split it."), most=most)
    except _Stopped as stopped:
        raise stopped.why from None


def _chunks(counted: _Counted, first: bytes) -> Iterator[bytes]:
    while first:
        yield first
        first = counted.read(CHUNK)


def _unpacked(counted: _Counted, packed: bytes) -> Iterator[bytes]:
    total, unpacking = 0, zlib.decompressobj(_GZIP)
    while packed or not unpacking.eof:
        if unpacking.eof:  # gzip files may follow one another in one
            unpacking = zlib.decompressobj(_GZIP)
        packed = packed or counted.read(CHUNK)
        try:
            chunk = unpacking.decompress(packed, CHUNK)
        except zlib.error as error:
            raise _Stopped(_DAMAGED) from error
        if not chunk and not packed:
            raise _Stopped(_DAMAGED)
        packed = unpacking.unused_data or unpacking.unconsumed_tail or (counted.read(CHUNK) if unpacking.eof else b"")
        total += len(chunk)
        if total > _FREE and total > counted.done * MOST_RATIO:
            raise _Stopped(
                Wrong(N_("This unpacks to more than %(most)s times its size, so it was not read on."), most=MOST_RATIO)
            )
        yield chunk


_GZIP: Final = 16 + zlib.MAX_WBITS
_DAMAGED: Final = Wrong(N_("The packed file is damaged or cut short here. Fetch it again."))


def _utf8(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the same text in UTF-8, without a mark of its order of bytes."""
    first = next(chunks, b"")
    coding = _coding(first)
    if coding == "utf-8":
        yield first.removeprefix(codecs.BOM_UTF8)
        yield from chunks
        return
    decoder = codecs.getincrementaldecoder(coding)()
    try:
        yield decoder.decode(first).removeprefix("\ufeff").encode()
        for chunk in chunks:
            yield decoder.decode(chunk).encode()
        decoder.decode(b"", final=True)
    except UnicodeError as error:
        raise _Stopped(Wrong(N_("This is neither UTF-8 nor proper UTF-16. Save it as UTF-8."))) from error


def _coding(first: bytes) -> str:
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    # JSON begins with an ASCII character, so a zero byte beside it tells (RFC 4627, section 3).
    return {b"\x00": "utf-16-be"}.get(first[:1], "utf-16-le" if first[1:2] == b"\x00" else "utf-8")


# --- slices -----------------------------------------------------------------------------------------------------------


@dataclass
class _File:
    """What is known of a file while it is read."""

    again: Callable[[], IO[bytes]] | None
    publisher: dict[str, Json] | None = None
    compiled: Slice | None = None
    releases: int = 0
    root: int = 0
    """How many roots came before this one, as in JSON Lines."""
    later: dict[int, dict[str, Json] | None] | None = None
    """The publishers of roots, once the file was looked through for them."""


def _found(pieces: Iterator[Slice], again: Callable[[], IO[bytes]] | None) -> Iterator[Found]:
    about, seen = _File(again), False
    for piece in pieces:
        for found in _of_slice(piece, about):
            seen = True
            yield found
    if not seen:
        yield Found(0, problem=Wrong(N_("There is no release in this file.")))


def _slices(chunks: Iterator[bytes], *, by_line: bool = False) -> Iterator[Slice]:
    """Yield the slices of a stream. Where each line is a root, each is read by itself: a broken one costs no other.

    The lines of the first chunk tell which it is, unless the name of the file does.
    """
    slicer = Slicer()
    for number, chunk in enumerate(chunks):
        for line in chunk.splitlines(keepends=True) if by_line or not number else (chunk,):
            yield from slicer.feed(line)
            by_line = by_line or (slicer.depth == 0 and bool(line.strip()))
            if by_line and line.endswith(b"\n"):
                yield from slicer.end()
    yield from slicer.end()


def _of_slice(piece: Slice, about: _File) -> Iterator[Found]:
    match piece.kind:
        case "publisher":
            about.publisher = _publisher(piece)
        case "compiled":
            about.compiled = piece
        case "record-end" | "root-end":
            if about.compiled is not None and not about.releases:
                yield from _releases(about.compiled, about)
            about.compiled, about.releases = None, 0
            if piece.kind == "root-end":
                about.publisher, about.root = None, about.root + 1
        case "release":
            for found in _releases(piece, about):
                about.releases += found.release is not None
                yield found
        case "root" | "answer":
            yield from _releases(piece, about)
        case _:
            yield _useless(piece, _BROKEN[piece.kind])


_NOT_JSON: Final = Wrong(N_("This is not JSON. Open contracting data is."))
_NOT_ONE: Final = Wrong(N_("This is not a release, but a list or a single value."))
_NO_SIGN: Final = Wrong(N_("This is not a release: it has no ocid, no id and no date."))
NO_DATA: Final = (_NOT_JSON, _NOT_ONE, _NO_SIGN)
"""Problems of what was never meant as a release, unlike one that is broken, cut short or elsewhere."""
_TOO_DEEP: Final = Wrong(N_("This is nested more than %(most)s deep."), most=MOST_DEPTH)
_BROKEN: Final[dict[str, Wrong]] = {
    "unfinished": Wrong(N_("The text ends in the middle of this. Fetch the file again.")),
    "not-json": _NOT_JSON,
    "too-deep": _TOO_DEEP,
}


def _releases(piece: Slice, about: _File) -> Iterator[Found]:
    """Yield the releases of one slice: one, unless it is a package or a record inside a list or on a line."""
    try:
        value = parse(piece)
    except Wrong as wrong:
        yield _useless(piece, wrong, about)
        return
    publisher = about.publisher
    if publisher is None and piece.kind in {"release", "compiled"}:  # a root alone would name its publisher inside
        publisher = _named_later(about)
    yield from releases_of(_compiled(value) if piece.kind == "compiled" else value, publisher, piece)


def _compiled(value: Json) -> Json:
    """Return a compiled release with the tag that says so: it only repeats what the releases themselves say."""
    return {**value, "tag": ["compiled"]} if isinstance(value, dict) else value


def again(piece: Slice, publisher: dict[str, Json] | None) -> Iterator[Found]:
    """Yield the releases of a slice that was kept apart, as `read` would have found them."""
    about = _File(None, publisher)
    yield from _releases(piece, about)


def releases_of(value: Json, publisher: dict[str, Json] | None, piece: Slice) -> Iterator[Found]:
    """Yield the releases inside a parsed value."""
    if isinstance(value, dict) and isinstance(value.get("publisher"), dict):
        publisher = value["publisher"]
    inner = _inside(value)
    if inner is not None:
        for each in inner:
            yield from releases_of(each, publisher, piece)
        return
    try:
        release = prozorro.as_release(value)
        if release is not None:
            publisher = prozorro.PUBLISHER
        else:
            release = _release(value)
    except Wrong as wrong:
        raw = json.dumps(value, ensure_ascii=False, default=str).encode(errors="replace")
        whole = len(raw) <= MOST_KEPT
        yield Found(piece.position, publisher=publisher, problem=wrong, raw=raw[:MOST_KEPT], complete=whole)
        return
    yield Found(piece.position, release=release, publisher=publisher)


def _release(value: Json) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise _NOT_ONE
    if not value.keys() & _OF_A_RELEASE:
        raise _NO_SIGN
    if _is_link(value):
        raise Wrong(N_("This only says where a release can be fetched. Fetch it, and import that file."))
    return value


_OF_A_RELEASE: Final = frozenset({"ocid", "id", "date", "url"})


def _inside(value: Json) -> list[Json] | None:
    """Return what a package, a record or an answer holds; None of what is one thing."""
    if not isinstance(value, dict) or ("ocid" in value and not isinstance(value.get("releases"), list)):
        if isinstance(value, dict) and isinstance(value.get("compiledRelease"), dict):
            return [_compiled(value["compiledRelease"])]
        return None
    compiled = [_compiled(value["compiledRelease"])] if isinstance(value.get("compiledRelease"), dict) else []
    for name in ("releases", "records"):
        if isinstance(value.get(name), list) and value[name]:
            return [*value[name], *(compiled if all(map(_is_link, value[name])) else ())]
    return compiled or prozorro.parts(value)


def _is_link(value: Json) -> bool:
    return isinstance(value, dict) and "ocid" not in value and "url" in value


def _useless(piece: Slice, why: Wrong, about: _File | None = None) -> Found:
    publisher = None if about is None else about.publisher
    complete = piece.whole and len(piece.raw) <= MOST_KEPT and piece.kind in {"release", "compiled", "root", "answer"}
    return Found(piece.position, publisher=publisher, problem=why, raw=piece.raw[:MOST_KEPT], complete=complete)


def _publisher(piece: Slice) -> dict[str, Json] | None:
    try:
        value = parse(piece)
    except Wrong:
        return None
    return value if isinstance(value, dict) else None


def _named_later(about: _File) -> dict[str, Json] | None:
    """Return the publisher of a package that names it after its releases."""
    if about.later is None:
        about.later = {} if about.again is None else _publishers(about.again)
    return about.later.get(about.root)


def _publishers(again: Callable[[], IO[bytes]]) -> dict[int, dict[str, Json] | None]:
    """Return the publishers that a file names, by the number of their root."""
    named: dict[int, dict[str, Json] | None] = {}
    root = 0
    with again() as source:
        try:
            for piece in _slices(_utf8(_plain(_Counted(source)))):
                if piece.kind == "publisher" and len(named) < _MOST_PUBLISHERS:
                    named[root] = _publisher(piece)
                root += piece.kind == "root-end"
        except _Stopped:
            pass  # the reading proper comes to the same place, and says why
    return named


_MOST_PUBLISHERS: Final = 10_000
"""In a file of so many packages, each names its publisher before its releases, or has none."""


# --- JSON -------------------------------------------------------------------------------------------------------------


def parse(piece: Slice) -> Json:
    """Return the value of a slice, decimals exact. Raises `Wrong` on what readers could understand differently."""
    if not piece.whole:
        raise Wrong(N_("This release is longer than %(most)s bytes."), most=MOST_BYTES)
    if piece.deepest > MOST_DEPTH:
        raise _TOO_DEEP
    try:
        return json.loads(
            piece.raw.decode(),
            object_pairs_hook=_group,
            parse_float=_decimal,
            parse_int=_integer,
            parse_constant=_constant,
        )
    except UnicodeDecodeError as error:
        raise Wrong(N_("This is not UTF-8. Save the file as UTF-8, and import it again.")) from error
    except Wrong:
        raise
    except (ValueError, RecursionError) as error:
        raise Wrong(N_("This cannot be read as JSON: %(why)s."), why=error) from error


def _group(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Wrong(N_("“%(name)s” stands twice in one group, so it is unclear which one counts."), name=twice[:100])
    for value in made.values():
        if type(value) is str and len(value) > MOST_TEXT:
            raise Wrong(N_("A single text in this is longer than %(most)s characters."), most=MOST_TEXT)
    return made


def _integer(text: str) -> int:
    if len(text) > MOST_NUMBER:
        raise Wrong(N_("A number in this has more than %(most)s digits."), most=MOST_NUMBER)
    return int(text)


def _decimal(text: str) -> Decimal:
    try:
        value = Decimal(text) if len(text) <= MOST_NUMBER else None
    except InvalidOperation:
        value = None
    if value is None or not -MOST_NUMBER <= value.adjusted() <= MOST_NUMBER:
        raise Wrong(N_("A number in this has more than %(most)s digits."), most=MOST_NUMBER)
    return value


def _constant(text: str) -> Json:
    raise Wrong(N_("%(text)s is not a number that JSON knows."), text=text)
