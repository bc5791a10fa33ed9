"""The rows of the table about serving, each to nginx with the same bytes: a feed and its 304 from the application, and
finished files by nginx as `docs/nginx.conf` has it.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from benchmarks.publishing import BASE_URL, ORIGIN, Press
from benchmarks.store import Result, in_turns

ROUNDS: Final = 15
REQUESTS: Final = 50
"""Requests of one round, one after another over one connection."""
FEED: Final = "/feeds/process/invented-0002.atom"
_LENGTH: Final = re.compile(rb"^content-length: *(\d+)", re.IGNORECASE | re.MULTILINE)
_ETAG: Final = re.compile(rb"^etag: *(\S+)", re.IGNORECASE | re.MULTILINE)
_DOCUMENTED: Final = Path(__file__).parent.parent / "docs" / "nginx.conf"

# What the rival runs with: the same bytes as plain files, and nothing else.
_PLAIN: Final = "server { listen 127.0.0.1:%(port)s; root %(folder)s; gzip_static on; }"


class Client:
    """One connection, with as little of our own work around it as there can be."""

    def __init__(self, port: int, path: str) -> None:
        self.port, self.path = port, path
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._request = self._said()
        self.head = self._ask()

    def _said(self, **headers: str) -> bytes:
        lines = [f"GET {self.path} HTTP/1.1", "Host: 127.0.0.1", "Accept-Encoding: gzip"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "", ""]).encode()

    def remember(self) -> None:
        """Ask from now on for what has changed since."""
        found = _ETAG.search(self.head)
        if found is None:
            raise RuntimeError("There is no ETag to ask with.")
        self._request = self._said(If_None_Match=found[1].decode())
        self.head = self._ask()

    def status(self) -> int:
        """Return the status of the newest answer."""
        return int(self.head.split(b" ", 2)[1])

    def _ask(self) -> bytes:
        self._socket.sendall(self._request)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self._more()
        head, _, body = answer.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        left = (0 if length is None else int(length[1])) - len(body)
        while left > 0:
            left -= len(self._more())
        if b"connection: close" in head.lower():
            self._socket.close()
            self._socket = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        return head

    def _more(self) -> bytes:
        found = self._socket.recv(1_048_576)
        if not found:
            raise RuntimeError("The server ended the connection.")
        return found

    def round(self) -> float:
        """Return the seconds that one request took, of a round of them."""
        began = time.perf_counter()
        for _ in range(REQUESTS):
            self._ask()
        return (time.perf_counter() - began) / REQUESTS


def on_serving(folder: Path, press: Press) -> Iterator[Result]:
    """Measure the application and nginx over the same files, in turns; say so where nginx is missing."""
    program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        print("Serving was not measured: nginx, which it is measured against, is not installed.")
        return
    with ExitStack() as running:
        application = running.enter_context(_application(press))
        documented, plain = running.enter_context(_nginx(Path(program), folder, press.public_dir, application))
        yield from _against(application, plain)
        ours, rival = in_turns(Client(documented, FEED).round, Client(plain, FEED).round, ROUNDS)
        yield Result("A feed from nginx, as documented", "nginx, plain files", 0.9, ours, rival, ROUNDS * REQUESTS)


def _against(application: int, plain: int) -> Iterator[Result]:
    ours, theirs = Client(application, FEED), Client(plain, FEED)
    for work, status in (("A feed from the application", 200), ("Its 304", 304)):
        if {ours.status(), theirs.status()} != {status}:
            raise RuntimeError(f"{work}: {ours.status()} and {theirs.status()}.")
        for each in (ours, theirs):
            each.round()  # warm
        yield Result(
            work, "nginx, the same bytes", 0.12, *in_turns(ours.round, theirs.round, ROUNDS), ROUNDS * REQUESTS
        )
        for each in (ours, theirs):
            each.remember()


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@contextmanager
def _application(press: Press) -> Iterator[int]:
    """Serve a ledger as `candour serve` does, without its follower."""
    port = _free_port()
    settings = {
        "CANDOUR_DATABASE_URL": press.site.url,
        "CANDOUR_PUBLIC_DIR": str(press.public_dir),
        "CANDOUR_SIGNING_KEY": str(press.key_file),
        "CANDOUR_BASE_URL": BASE_URL,
        "CANDOUR_ORIGIN": ORIGIN,
    }
    command = [sys.executable, "-m", "web.cli", "serve", "--no-follow", "--port", str(port)]
    script = Path(sys.executable).with_name("candour")
    command = [str(script), *command[3:]] if script.exists() else command
    with _running(command, os.environ | settings, port):
        yield port


@contextmanager
def _nginx(program: Path, folder: Path, public_dir: Path, application: int) -> Iterator[tuple[int, int]]:
    """Run nginx with the configuration of the documentation and with a plain one; yield the port of each."""
    documented, plain = _free_port(), _free_port()
    parameters = folder / "proxy_params"
    parameters.write_text("proxy_set_header Host $http_host;\n")
    ours = _DOCUMENTED.read_text()
    for old, new in {
        "127.0.0.1:8000": f"127.0.0.1:{application}",
        "listen 80;": f"listen 127.0.0.1:{documented};",
        "/var/lib/candour/public": str(public_dir),
        "/etc/nginx/proxy_params": str(parameters),
    }.items():
        ours = ours.replace(old, new)
    user = "user root;\n" if os.geteuid() == 0 else ""
    temporary = "".join(
        f"{name}_temp_path {folder}/nginx-{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    configuration = folder / "nginx.conf"
    configuration.write_text(
        f"{user}daemon off;\npid {folder}/nginx.pid;\nerror_log {folder}/nginx.log;\nevents {{ }}\n"
        f"http {{\naccess_log off;\nkeepalive_requests 1000000;\n{temporary}"
        f"{_PLAIN % {'port': plain, 'folder': public_dir}}\n{ours}\n}}\n"
    )
    with _running([str(program), "-c", str(configuration), "-p", str(folder)], os.environ, plain):
        yield documented, plain


@contextmanager
def _running(command: list[str], environment: Mapping[str, str], port: int) -> Iterator[None]:
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            with socket.socket() as trying:
                if trying.connect_ex(("127.0.0.1", port)) == 0:
                    break
            if process.poll() is not None:
                raise RuntimeError(f"{command[0]} ended at once.")
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(20)
