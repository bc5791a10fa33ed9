"""Gives finished files again without the framework: most readers ask for a feed that was given before.

A reader polls, and what it gets is the same file with the same headers as the reader before it got. So the headers that
an answer with a finished file had are kept with the entity tag of the file, and given again while it has that tag.
Whatever else a request asks for, such as a part of a file, or whoever signs in, goes the long way.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header, remove_entity_headers

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MOST: Final = 4_096
"""Of so many addresses, the headers are kept: some 4 MB."""

_FINISHED: Final = "candour.finished"
_ELSE: Final = frozenset(
    {"HTTP_COOKIE", "HTTP_AUTHORIZATION", "HTTP_RANGE", "HTTP_IF_MATCH", "HTTP_IF_UNMODIFIED_SINCE"}
)
"""What a request may carry that can make its answer another one."""

Headers = list[tuple[str, str]]
Read = Callable[[Path], tuple[bytes, str] | None]
"""(file) -> its bytes and its entity tag; None where there is none."""


class _Given(NamedTuple):
    """An answer that was given: with which file, of which entity tag, under which headers."""

    path: Path
    tag: str
    headers: Headers


def note(environ: WSGIEnvironment, path: Path, tag: str) -> None:
    """Say of the answer to a request that it is a finished file as a whole, of this entity tag."""
    environ[_FINISHED] = path, tag


class Again:
    """An application in front of another, which answers what that one has answered before."""

    def __init__(self, application: WSGIApplication, read: Read) -> None:
        self._application, self._read = application, read
        self._given: OrderedDict[tuple[str, bool], _Given] = OrderedDict()
        self._lock = Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request (PEP 3333)."""
        key = _key(environ)
        if key is None:
            return self._application(environ, start_response)
        given = self._given.get(key)
        found = None if given is None else self._read(given.path)
        if given is not None and found is not None and found[1] == given.tag:
            asked = environ.get("HTTP_IF_NONE_MATCH")
            if asked is None:
                start_response("200 OK", given.headers)
                return [found[0]]
            if asked in (f'"{given.tag}"', f'W/"{given.tag}"'):
                start_response("304 NOT MODIFIED", _without_entity(given.headers))
                return []
        return self._application(environ, self._noting(key, environ, start_response))

    def _noting(self, key: tuple[str, bool], environ: WSGIEnvironment, start: StartResponse) -> StartResponse:
        def noting(status: str, headers: Headers, *rest: Any) -> Any:
            if _FINISHED in environ and status == "200 OK":
                path, tag = environ[_FINISHED]
                self._keep(key, _Given(path, tag, list(headers)))
            return start(status, headers, *rest)

        return noting

    def _keep(self, key: tuple[str, bool], given: _Given) -> None:
        with self._lock:
            self._given[key] = given
            self._given.move_to_end(key)
            while len(self._given) > MOST:
                self._given.popitem(last=False)


def _key(environ: WSGIEnvironment) -> tuple[str, bool] | None:
    """Return what the answer depends on; None where it may depend on more than that."""
    if environ["REQUEST_METHOD"] != "GET" or environ.get("QUERY_STRING") or not _ELSE.isdisjoint(environ):
        return None
    if "HTTP_IF_MODIFIED_SINCE" in environ and "HTTP_IF_NONE_MATCH" not in environ:
        return None
    return environ.get("PATH_INFO", ""), takes_gzip(environ.get("HTTP_ACCEPT_ENCODING", ""))


@lru_cache(maxsize=256)
def takes_gzip(accepted: str) -> bool:
    """Whether a client takes what is packed, by its Accept-Encoding."""
    return parse_accept_header(accepted, Accept)["gzip"] > 0


def _without_entity(headers: Headers) -> Headers:
    kept = list(headers)
    remove_entity_headers(kept)
    return kept
