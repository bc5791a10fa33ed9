"""Finished files from the public folder. Any web server may serve that folder in this one's place."""

from __future__ import annotations

import hashlib
import os
from collections import OrderedDict
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import Final, NamedTuple

from flask import Response, request

from ledger.files import read_file
from web import again
from web.answers import FOR_A_MINUTE, open_data
from web.state import state

MOST_BYTES: Final = 64_000_000
_KEPT_BYTES: Final = 32_000_000
_LARGEST_KEPT: Final = 4_000_000


class _File(NamedTuple):
    """A file as it was read: `mark` tells whether it is still the same."""

    mark: tuple[int, int, int]
    content: bytes
    tag: str


class _Shelf:
    """The files asked for last, in memory, so that a feed that a million readers ask for is read and hashed once."""

    def __init__(self) -> None:
        self._files: OrderedDict[Path, _File] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def read(self, path: Path) -> _File | None:
        """Return a file; None if it does not exist. Raises `Unavailable`."""
        try:
            status = os.stat(path)  # noqa: PTH116 - half the cost of pathlib's, at each request
        except (FileNotFoundError, NotADirectoryError):
            return None
        # Files are replaced and never written into: another one has another inode or time.
        mark = (status.st_ino, status.st_mtime_ns, status.st_size)
        with self._lock:
            held = self._files.get(path)
            if held is not None and held.mark == mark:
                self._files.move_to_end(path)
                return held
        content = read_file(path, MOST_BYTES)
        if content is None:
            return None
        found = _File(mark, content, hashlib.sha256(content).hexdigest())
        self._keep(path, found)
        return found

    def _keep(self, path: Path, found: _File) -> None:
        with self._lock:
            old = self._files.pop(path, None)
            self._bytes -= 0 if old is None else len(old.content)
            if len(found.content) > _LARGEST_KEPT:
                return
            self._files[path] = found
            self._bytes += len(found.content)
            while self._bytes > _KEPT_BYTES:
                _, dropped = self._files.popitem(last=False)
                self._bytes -= len(dropped.content)


_shelf: Final = _Shelf()


def file(path: str, media_type: str, keep: str = FOR_A_MINUTE) -> Response | None:
    """Return a file below the public folder, packed for who takes it so; None where there is none.

    `path` is one that the caller made of checked parts.
    """
    plain = state().public_dir / path
    packed = _shelf.read(_packed(plain)) if _takes_gzip() else None
    found = _shelf.read(plain) if packed is None else packed
    if found is None:
        return None
    response = Response(found.content, content_type=media_type)
    response.headers["Cache-Control"] = keep
    response.vary.add("Accept-Encoding")
    if packed is not None:
        response.headers["Content-Encoding"] = "gzip"
    response.set_etag(found.tag)
    response.last_modified = datetime.fromtimestamp(found.mark[1] // 1_000_000_000, UTC)
    response.make_conditional(request, accept_ranges=True, complete_length=len(found.content))
    again.note(request.environ, plain if packed is None else _packed(plain), found.tag)
    return open_data(response)


def read(path: Path) -> tuple[bytes, str] | None:
    """Return a file's bytes and its entity tag; None where there is none."""
    found = _shelf.read(path)
    return None if found is None else (found.content, found.tag)


def _packed(plain: Path) -> Path:
    return plain.with_name(f"{plain.name}.gz")


def _takes_gzip() -> bool:
    return "Range" not in request.headers and again.takes_gzip(request.headers.get("Accept-Encoding", ""))
