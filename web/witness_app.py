"""A witness over HTTP (C2SP tlog-witness): one call that may change something, and a page for people."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Final

from gunicorn.app.base import BaseApplication
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.wrappers import Request, Response

from ledger.clock import utc_now
from ledger.errors import Unavailable
from ledger.tlog.witness import MAX_REQUEST, PATH, SIZE_TYPE
from ledger.witness import Witness
from web.patience import CONNECTIONS, PatientWorker

TEXT: Final = "text/plain; charset=utf-8"

_log = logging.getLogger(__name__)


class WitnessApp:
    """The WSGI application of one witness."""

    def __init__(self, witness: Witness, clock: Callable[[], datetime] = utc_now) -> None:
        self._witness = witness
        self._clock = clock

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request."""
        request = Request(environ)
        request.max_content_length = MAX_REQUEST
        try:
            response = self._answer(request)
        except RequestEntityTooLarge:
            response = _text(f"A request has at most {MAX_REQUEST} bytes.", 413)
        except HTTPException as error:
            response = _text("This request cannot be read.", error.code or 400)
        except Unavailable as error:
            _log.error("%s", error)
            response = _text("The witness cannot read or write its memory. Nothing was signed. Try again later.", 503)
        return response(environ, start_response)

    def _answer(self, request: Request) -> Response:
        if request.path == PATH:
            return self._add_checkpoint(request) if request.method == "POST" else _text("Use POST.", 405, Allow="POST")
        if request.method not in {"GET", "HEAD"}:
            return _text("Use GET.", 405, Allow="GET, HEAD")
        if request.path == "/key":
            return _text(self._witness.vkey, 200)
        return _text(self._about(), 200) if request.path == "/" else _text("There is nothing here.", 404)

    def _add_checkpoint(self, request: Request) -> Response:
        verdict, body = self._witness.add_checkpoint(request.get_data(cache=False), self._clock())
        if verdict.forked:
            _log.critical("ALARM: %s The evidence is kept: candour witness alarms shows it.", verdict.why)
        kind = SIZE_TYPE if verdict.known is not None else TEXT
        return Response(body, verdict.status, content_type=kind)

    def _about(self) -> str:
        logs = [f"log {origin}: {'nothing yet' if size is None else size}" for origin, size in self._witness.logs()]
        alarms = [f"ALARM: {each.origin} has signed two roots for one size" for each in self._witness.alarms()]
        return "\n".join(["This is a witness of transparency logs.", self._witness.vkey, *logs, *alarms])


def _text(body: str, status: int, **headers: str) -> Response:
    return Response(f"{body}\n", status, headers, content_type=TEXT)


class WitnessServer(BaseApplication):
    """Gunicorn with a witness."""

    def __init__(self, witness: Witness, host: str, port: int) -> None:
        self._app = WitnessApp(witness)
        self._options = {
            "bind": f"{host}:{port}",
            "workers": 1,
            "worker_class": PatientWorker,
            "threads": CONNECTIONS,
            "control_socket_disable": True,
            "loglevel": "warning",
        }
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> WitnessApp:
        return self._app
