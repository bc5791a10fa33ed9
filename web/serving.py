"""`candour serve`: the pages by gunicorn, and beside them one follower in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from threading import Event, Thread
from typing import Any, Final

from gunicorn.app.base import BaseApplication

from ledger.settings import Settings
from web.app import create_app
from web.patience import CONNECTIONS, PatientWorker

_RESTART_SECONDS: Final = 1.0
_STOP_SECONDS: Final = 20.0

CORRUPT: Final = 3
"""Exit status of a follower that stopped because the log contradicts itself: starting it again would not help."""


class Server(BaseApplication):
    """Gunicorn with our application; `ready` is called once it listens."""

    def __init__(self, settings: Settings, host: str, port: int, workers: int, ready: Callable[[], None]) -> None:
        self._settings = settings
        self._options = {
            "bind": f"{host}:{port}",
            "workers": workers,
            "worker_class": PatientWorker,
            "threads": CONNECTIONS,
            "limit_request_line": 8190,  # gunicorn's most; the pages themselves refuse what is longer than they read
            "control_socket_disable": True,
            "loglevel": "warning",
            "when_ready": lambda _: ready(),
        }
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return create_app(self._settings)


class FollowerProcess:
    """A follower as a child process, started again when it dies, unless the log contradicts itself."""

    def __init__(self) -> None:
        self._stopping = Event()
        self._owner = os.getpid()
        self._child: subprocess.Popen[bytes] | None = None
        self._thread = Thread(target=self._keep, daemon=True)

    def start(self) -> None:
        """Start following."""
        self._thread.start()

    def stop(self) -> None:
        """End the child in good order, by force where it does not end."""
        if os.getpid() != self._owner:
            return  # a worker was forked from here and leaves by the same way; the follower is not its child
        self._stopping.set()
        child = self._child
        if child is None or child.poll() is not None:
            return
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()

    def _keep(self) -> None:
        while not self._stopping.is_set():
            command = [sys.executable, "-m", "web.cli", "follow", "--parent", str(os.getpid())]
            self._child = subprocess.Popen(command)  # noqa: S603 - our own program
            if self._child.wait() == CORRUPT:
                return
            self._stopping.wait(_RESTART_SECONDS)


def serve(settings: Settings, *, host: str, port: int, workers: int, follow: bool, ready: Callable[[], None]) -> None:
    """Serve until the process is told to end."""
    follower = FollowerProcess()
    server = Server(settings, host, port, workers, ready)
    if follow:
        follower.start()
    try:
        server.run()
    finally:
        follower.stop()


def stop_with_parent(parent: int | None, stop: Event) -> None:
    """Set `stop` when the process is told to end, or when its parent is gone, even by SIGKILL."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if parent is not None:
        Thread(target=_watch, args=(parent, stop), daemon=True).start()


def _watch(parent: int, stop: Event) -> None:
    while os.getppid() == parent and not stop.wait(0.5):
        pass
    stop.set()
