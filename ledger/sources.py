"""Where a published log is read from to be verified: a folder or a web address. Neither is trusted."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import IO, Final, NoReturn, Protocol
from urllib.error import HTTPError
from urllib.parse import SplitResult, urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, Request, build_opener

from ledger.errors import Unavailable, Wrong
from ledger.files import read_file
from ledger.words import N_

TIMEOUT: Final = 30
"""Seconds in which a server must go on answering."""

MOST_STREAMED: Final = 2_000_000_000
"""The most bytes of the one file that is not read as a whole."""

_PIECE: Final = 1 << 16


class Source(Protocol):
    """A published log."""

    def fetch(self, path: str, most: int) -> bytes | None:
        """Return a file's content, at most one byte more than `most`; None if there is no such file.

        Raises `Unavailable` if that cannot be told.
        """

    def open(self, path: str) -> IO[bytes] | None:
        """Return a file to read piece by piece, or None if there is none. Raises `Unavailable`."""


def open_source(target: str, marker: str, folder: str) -> Source:
    """Return the log at a web address or in a folder: the one given, or `folder` in it, whichever holds `marker`.

    Raises:
        Wrong: The target is neither.
        Unavailable: It does not answer.
    """
    if "://" in target:
        return _find(Web(f"{target.rstrip('/')}/{folder}"), Web(target), marker)
    path = Path(target)
    if not path.is_dir():
        raise Wrong(N_("%(target)s is neither a folder nor an address that begins with https://."), target=target)
    return _find(Folder(path / folder), Folder(path), marker)


def _find(inside: Source, itself: Source, marker: str) -> Source:
    return itself if inside.fetch(marker, 0) is None else inside


class Folder:
    """A log in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def fetch(self, path: str, most: int) -> bytes | None:
        """Return a file's content; see `Source`."""
        return read_file(self._folder / path, most)

    def open(self, path: str) -> IO[bytes] | None:
        """Return an open file; see `Source`."""
        try:
            return (self._folder / path).open("rb")
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise Unavailable(N_("%(file)s cannot be read: %(error)s."), file=path, error=error) from error


class Web:
    """A log behind a web address. A redirect is refused: whoever verifies says whom to ask."""

    def __init__(self, address: str) -> None:
        parts = _split(address)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise Wrong(
                N_("“%(address)s” cannot be verified. Give an address such as https://ledger.example."),
                address=address,
            )
        self._address = address.rstrip("/")
        self._opener: OpenerDirector = build_opener(NoRedirects)

    def fetch(self, path: str, most: int) -> bytes | None:
        """Return what the server answers; see `Source`."""
        with self._answer(path) as answer:
            return None if answer is None else answer.read(most + 1)

    def open(self, path: str) -> IO[bytes] | None:
        """Return the answer, kept in a temporary file so that a slow reader does not lose it; see `Source`."""
        with self._answer(path) as answer:
            if answer is None:
                return None
            spool = tempfile.TemporaryFile()  # noqa: SIM115 - the caller reads it, and closing it removes it
            while piece := answer.read(_PIECE):
                spool.write(piece)
                if spool.tell() > MOST_STREAMED:
                    spool.close()
                    raise Unavailable(N_("%(address)s is too long to be what it should."), address=path)
            spool.seek(0)
            return spool

    @contextmanager
    def _answer(self, path: str) -> Iterator[IO[bytes] | None]:
        address = f"{self._address}/{path}"
        request = Request(address, headers={"User-Agent": "candour-verify", "Accept": "*/*"})  # noqa: S310 - checked to be http
        try:
            with self._opener.open(request, timeout=TIMEOUT) as answer:
                yield answer
        except HTTPError as error:
            with error:
                if error.code not in {404, 410}:
                    raise _unavailable(address, f"{error.code} {error.reason}") from error
                yield None
        except (OSError, HTTPException) as error:
            raise _unavailable(address, getattr(error, "reason", None) or error) from error


class NoRedirects(HTTPRedirectHandler):
    """Refuses to be sent elsewhere."""

    def redirect_request(  # its signature is the standard library's
        self,
        req: Request,
        fp: IO[bytes],
        code: int,  # noqa: ARG002
        msg: str,  # noqa: ARG002
        headers: HTTPMessage,  # noqa: ARG002
        newurl: str,
    ) -> NoReturn:
        fp.close()
        raise Unavailable(
            N_("%(address)s redirects to %(other)s. If that is where the log is, give that address instead."),
            address=req.full_url,
            other=newurl[:200],
        )


def _split(address: str) -> SplitResult:
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def _unavailable(address: str, why: object) -> Unavailable:
    return Unavailable(
        N_("%(address)s does not answer as it should: %(why)s. Nothing can be said about the log; try again later."),
        address=address,
        why=why,
    )
