"""A worker of gunicorn's that slow clients cannot take from everybody else.

Gunicorn reads a request in the thread that answers it. With as few threads as there are answers to compute at a time,
as many clients that send a byte a second keep everybody else out. So there are far more threads than that, which cost
nothing while they wait, and a client has so long to send a request, and to take the answer, and no longer.

An event loop in front of the threads was rejected: gunicorn's own (gevent) waits for nothing while a database answers.
"""

from __future__ import annotations

import math
import select
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any, Final

from gunicorn.workers.gthread import ThreadWorker

CONNECTIONS: Final = 200
"""Requests that one process reads, answers or sends at a time."""

HEAD_SECONDS: Final = 10.0
"""From the first byte of a request to the last of its head."""

BODY_SECONDS: Final = 30.0
"""For any body, and a second more for each `BODY_RATE` bytes that it says it has."""

BODY_RATE: Final = 32_768

SEND_SECONDS: Final = 30.0
"""That a client may let an answer wait, and a second more for each `SEND_RATE` bytes of what it takes next."""

SEND_RATE: Final = 8_192

AT_ONCE_MILLISECONDS: Final = 2
"""For which a thread stays with a client that was answered."""

_PIECE: Final = 65_536

_END_SECONDS: Final = 2.0
_END_BYTES: Final = 65_536
"""What is still read, for so long, from a client whose connection is to end: to end it at once would cut the answer."""

_AT_ONCE: Final = struct.pack("ii", 1, 0)
"""SO_LINGER: on, for no second."""


class Outlet(socket.socket):
    """A connection that counts the time for which a client lets its answer wait."""

    ends: float = math.inf
    """When the client must have taken the piece that is being sent (monotonic, in seconds)."""

    _patience: float = SEND_SECONDS

    def begin(self) -> None:
        """Begin an answer, for which a client may take as long as for any other."""
        self._patience = SEND_SECONDS

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Send bytes, in pieces."""
        whole = memoryview(data)
        for start in range(0, len(whole), _PIECE):
            piece = whole[start : start + _PIECE]
            with self._sending(len(piece)):
                super().sendall(piece, flags)

    def sendfile(self, file: IO[bytes], offset: int = 0, count: int | None = None) -> int:  # type: ignore[override]
        """Send a part of a file, in pieces, and return how many bytes it was."""
        sent = 0
        while count is None or sent < count:
            size = _PIECE if count is None else min(_PIECE, count - sent)
            with self._sending(size):
                taken = super().sendfile(file, offset + sent, size)
            sent += taken
            if taken < size:
                break
        return sent

    @contextmanager
    def _sending(self, size: int) -> Iterator[None]:
        begun = time.monotonic()
        self._patience = min(self._patience, SEND_SECONDS) + size / SEND_RATE
        self.ends = begun + self._patience
        try:
            yield
        finally:
            self.ends = math.inf
            self._patience -= time.monotonic() - begun

    def give_up(self) -> None:
        """End the connection, with what is not yet taken."""
        self.ends = math.inf
        with suppress(OSError):
            self.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
            self.shutdown(socket.SHUT_RDWR)

    def part(self) -> None:
        """Say that nothing follows, and wait a little for the client to say so too."""
        end, read = time.monotonic() + _END_SECONDS, 0
        with suppress(OSError):
            self.shutdown(socket.SHUT_WR)
            while read < _END_BYTES and (left := end - time.monotonic()) > 0:
                self.settimeout(left)
                last = len(self.recv(4096))
                if not last:
                    break
                read += last
        with suppress(OSError):
            self.shutdown(socket.SHUT_RD)


class PatientWorker(ThreadWorker):
    """A threaded worker that leaves a client who takes too long to send a request, or to take the answer."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._ends: dict[Any, float] = {}
        """Connection in a thread -> when its request must have been read (monotonic, in seconds)."""

    def enqueue_req(self, conn: Any) -> None:
        """Leave a connection to a thread."""
        if not isinstance(conn.sock, Outlet):
            conn.sock = Outlet(conn.sock.family, conn.sock.type, conn.sock.proto, conn.sock.detach())
        super().enqueue_req(conn)

    def handle(self, conn: Any) -> Any:
        """Handle a request, in a thread, and those that follow it at once."""
        try:
            kept = self._handle_one(conn)
            while kept is True and self._asks_again(conn):
                kept = self._handle_one(conn)
            if not kept:
                # Here, because gunicorn waits for the client's end in the main loop, where nobody else is let in.
                conn.sock.part()
            return kept
        finally:
            self._ends.pop(conn, None)

    def _handle_one(self, conn: Any) -> Any:
        self._ends[conn] = time.monotonic() + HEAD_SECONDS
        conn.sock.begin()
        return super().handle(conn)

    def _asks_again(self, conn: Any) -> bool:
        """Whether the next request is here within milliseconds: handing it to a thread anew takes as long as a feed.

        Not where many are being served: then each request waits its turn.
        """
        if not self.alive or len(self._ends) > CONNECTIONS // 2:
            return False
        waiting = select.poll()
        waiting.register(conn.sock, select.POLLIN)
        return bool(waiting.poll(AT_ONCE_MILLISECONDS))

    def handle_request(self, req: Any, conn: Any) -> Any:
        """Answer a request whose head has been read."""
        self._ends[conn] = time.monotonic() + BODY_SECONDS + _length(req.headers) / BODY_RATE
        return super().handle_request(req, conn)

    def murder_pending(self) -> None:
        """End what is overdue. The worker's main loop comes by here each second at least."""
        super().murder_pending()
        now = time.monotonic()
        for conn, end in list(self._ends.items()):
            if conn.sock.ends < now:
                conn.sock.give_up()
            if end < now:
                self._ends[conn] = math.inf
                # For reading alone: an answer that takes long to compute is not cut short by this.
                with suppress(OSError):
                    conn.sock.shutdown(socket.SHUT_RD)


def _length(headers: list[tuple[str, str]]) -> int:
    """Return how many bytes a request says that its body has; 0 where it does not say."""
    said = next((value for name, value in headers if name == "CONTENT-LENGTH"), "")
    return int(said) if said.isdecimal() and len(said) < 10 else 0  # noqa: PLR2004
