"""A worker of gunicorn's that slow clients cannot take from everybody else.

Gunicorn reads a request in the thread that answers it. With as few threads as there are answers to compute at a time,
as many clients that send a byte a second keep everybody else out. So there are far more threads than that, which cost
nothing while they wait, and a client has so long to send a request and no longer.

An event loop in front of the threads was rejected: gunicorn's own (gevent) waits for nothing while a database answers.
"""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from typing import Any, Final

from gunicorn.workers.gthread import ThreadWorker

CONNECTIONS: Final = 200
"""Requests that one process reads, answers or sends at a time."""

HEAD_SECONDS: Final = 10.0
"""From the first byte of a request to the last of its head."""

BODY_SECONDS: Final = 30.0
"""For any body, and a second more for each `BODY_RATE` bytes that it says it has."""

BODY_RATE: Final = 32_768


class PatientWorker(ThreadWorker):
    """A threaded worker that stops reading from a client who takes too long to send a request."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._ends: dict[Any, float] = {}
        """Connection -> when its request must have been read (monotonic, in seconds)."""

    def handle(self, conn: Any) -> Any:
        """Handle a request, in a thread."""
        self._ends[conn] = time.monotonic() + HEAD_SECONDS
        try:
            return super().handle(conn)
        finally:
            self._ends.pop(conn, None)

    def handle_request(self, req: Any, conn: Any) -> Any:
        """Answer a request whose head has been read."""
        self._ends[conn] = time.monotonic() + BODY_SECONDS + _length(req.headers) / BODY_RATE
        return super().handle_request(req, conn)

    def murder_pending(self) -> None:
        """End what is overdue. The worker's main loop comes by here each second at least."""
        super().murder_pending()
        now = time.monotonic()
        for conn, end in list(self._ends.items()):
            if end < now:
                self._ends.pop(conn, None)
                # For reading alone: an answer that takes long to compute or to send is not cut short by this.
                with suppress(OSError):
                    conn.sock.shutdown(socket.SHUT_RD)


def _length(headers: list[tuple[str, str]]) -> int:
    """Return how many bytes a request says that its body has; 0 where it does not say."""
    said = next((value for name, value in headers if name == "CONTENT-LENGTH"), "")
    return int(said) if said.isdecimal() and len(said) < 10 else 0  # noqa: PLR2004
