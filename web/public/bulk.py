"""Everything public as JSON Lines: files of fixed ranges that the follower finished, and all of them as one."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final, NamedTuple, cast

import orjson
from flask import Response, abort, request
from sqlalchemy import Engine
from werkzeug.wsgi import FileWrapper

from ledger.database import reading
from ledger.files import read_file
from ledger.ocds import packages
from projections import ocds
from projections.publications.published_data import FOLDER, RANGE, path_of
from web.answers import FOR_A_MINUTE, open_data
from web.public import published
from web.public.blueprint import public
from web.state import state

_LINES: Final = "application/jsonl"
_PACKED: Final = "application/gzip"
_MOST_PART: Final = 64_000_000
_CHUNK: Final = 65_536
_MOST_DIGITS: Final = 12


@public.get("/data/index.json")
def data_index() -> Response:
    """Return the addresses of all files."""
    return published.file(f"{FOLDER}/index.json", "application/json") or abort(404)


@public.get("/data/<any(entries, releases):name>/<part>.jsonl")
def data_part(name: str, part: str) -> Response:
    """Return one file: what belongs to 500 numbers of entries. Only the newest grows, at its end."""
    if not (part.isascii() and part.isdecimal() and len(part) <= _MOST_DIGITS):
        abort(404)
    return published.file(f"{FOLDER}/{path_of(name, int(part))}", _LINES) or abort(404)


@public.get("/ocds/releases.jsonl")
def releases_as_lines() -> Response:
    """Return every release, one a line."""
    return _whole("releases", packed=False) or _made_now()


@public.get("/data/<any(entries, releases):name>.jsonl")
def data_whole(name: str) -> Response:
    """Return every entry, or every release, one a line."""
    return _whole(name, packed=False) or abort(404)


@public.get("/data/<any(entries, releases):name>.jsonl.gz")
def data_packed(name: str) -> Response:
    """Return the same, packed: what gzip makes of one file after another, which unpacks to all of them."""
    return _whole(name, packed=True) or abort(404)


def is_written() -> bool:
    """Whether there are files of everything to take away."""
    return all(_path(name, 0).exists() for name in ("entries", "releases"))


def page_of_releases(first: int, stop: int) -> list[orjson.Fragment] | None:
    """Return the releases whose last entry is from number `first` on, before `stop`; None where no file holds all."""
    found: list[orjson.Fragment] = []
    last = -1
    for part in range(first // RANGE, (stop - 1) // RANGE + 1):
        content = read_file(_path("releases", part), _MOST_PART)
        if content is None:
            return None
        for line in content.splitlines():
            last = int(orjson.loads(line)["id"])
            if first <= last < stop:
                found.append(orjson.Fragment(line))
    is_all = last >= stop - 1 or _path("releases", (stop - 1) // RANGE + 1).exists()
    return found if is_all else None


# --- all of it as one file --------------------------------------------------------------------------------------------


class _Part(NamedTuple):
    path: Path
    size: int
    mark: tuple[int, int]


def _path(name: str, part: int) -> Path:
    return state().public_dir / FOLDER / path_of(name, part)


def _parts(name: str, *, packed: bool) -> Iterator[_Part]:
    """Yield the files of a list, in order, as far as they are written."""
    part = 0
    while True:
        path = _path(name, part)
        path = path.with_name(f"{path.name}.gz") if packed else path
        try:
            status = os.stat(path)  # noqa: PTH116 - half the cost of pathlib's, thousands of times
        except FileNotFoundError:
            return
        yield _Part(path, status.st_size, (status.st_ino, status.st_mtime_ns))
        part += 1


class _Joined(io.RawIOBase):
    """Files one after another as one, open one at a time. A reader is cut off where one of them was changed."""

    def __init__(self, parts: list[_Part]) -> None:
        super().__init__()
        self._parts, self._at, self._done = parts, 0, 0
        self._open: io.BufferedReader | None = None

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def seekable(self) -> bool:
        """Return that it can be read from anywhere."""
        return True

    def tell(self) -> int:
        """Return how many bytes come before what is read next."""
        return sum(each.size for each in self._parts[: self._at]) + self._done

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place counted from the beginning."""
        if whence != io.SEEK_SET:
            raise io.UnsupportedOperation
        self._next(0)
        self._done = offset
        while self._at < len(self._parts) and self._done >= self._parts[self._at].size:
            self._done -= self._parts[self._at].size
            self._at += 1
        return offset

    def read(self, size: int = -1) -> bytes:
        """Return some bytes, as many at most; none at the end."""
        while self._at < len(self._parts):
            part = self._parts[self._at]
            left = part.size - self._done
            if left:
                found = self._opened(part).read(min(left, _CHUNK if size < 0 else size))
                self._done += len(found)
                return found
            self._next(self._at + 1)
        return b""

    def _opened(self, part: _Part) -> io.BufferedReader:
        if self._open is None:
            self._open = part.path.open("rb")
            status = os.fstat(self._open.fileno())
            if (status.st_ino, status.st_mtime_ns) != part.mark:
                raise ConnectionAbortedError(f"{part.path} was written anew while it was read")
            self._open.seek(self._done)
        return self._open

    def _next(self, at: int) -> None:
        if self._open is not None:
            self._open.close()
        self._open, self._at, self._done = None, at, 0

    def close(self) -> None:
        """Close what is open."""
        self._next(len(self._parts))
        super().close()


def _whole(name: str, *, packed: bool) -> Response | None:
    parts = list(_parts(name, packed=packed))
    if not parts:
        return None
    length = sum(each.size for each in parts)
    tag = hashlib.sha256(repr([(each.size, each.mark) for each in parts]).encode()).hexdigest()
    media_type = _PACKED if packed else _LINES
    response = Response(
        FileWrapper(cast("IO[bytes]", _Joined(parts)), _CHUNK), content_type=media_type, direct_passthrough=True
    )
    response.content_length = length
    response.headers["Cache-Control"] = FOR_A_MINUTE
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.jsonl{".gz" if packed else ""}"'
    response.set_etag(tag)
    response.make_conditional(request, accept_ranges=True, complete_length=length)
    return open_data(response)


def _made_now() -> Response:
    """Return every release where no files are written: process by process, made as it is read."""
    response = Response(b"" if request.method == "HEAD" else _lines(state().engine), content_type=_LINES)
    response.headers["Cache-Control"] = FOR_A_MINUTE
    response.headers["Content-Disposition"] = 'attachment; filename="releases.jsonl"'
    return open_data(response)


def _lines(engine: Engine) -> Iterator[bytes]:
    with reading(engine) as connection:
        yield from packages.lines(ocds.everything(connection))
