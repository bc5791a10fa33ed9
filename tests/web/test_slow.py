"""Nobody takes the site from others by being slow, or by sending more than is asked for: as `candour serve` runs it."""

from __future__ import annotations

import http.client
import os
import select
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

import pytest

from tests.projections.record import ORIGIN
from tests.web.test_nginx import free_port
from web.patience import HEAD_SECONDS

pytestmark = pytest.mark.xdist_group("slow")  # one server for all of them

SLOW = 50
HEAD = b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "
FORM = (
    b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 4000\r\n\r\na="
)
CHUNKED = b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Type: %b\r\nTransfer-Encoding: chunked\r\n\r\n"
MULTIPART = b"multipart/form-data; boundary=line"
CHUNK = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
SEND_SECONDS = 2
SERVE = f"from web import cli, patience; patience.SEND_SECONDS = {SEND_SECONDS}; cli.main()"
"""`candour serve` with less patience than it has, so that nobody has to wait for its end."""

STYLES = "/static/built/candour.css"
MANY = 60
"""Of the styles, answered into one connection: more than the machine keeps for who does not take them."""


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Where `candour serve` listens, over an empty ledger."""
    folder, number = tmp_path_factory.mktemp("serve"), free_port()
    environ = {name: value for name, value in os.environ.items() if not name.startswith("CANDOUR_")} | {
        "CANDOUR_BASE_URL": f"http://127.0.0.1:{number}",
        "CANDOUR_ORIGIN": ORIGIN,
        "CANDOUR_SECRET_KEY": "a secret of the tests, long enough",
    }
    command = [sys.executable, "-m", "web.cli"]
    subprocess.run([*command, "init"], cwd=folder, env=environ, check=True, capture_output=True, timeout=60)
    with (folder / "log").open("wb") as log:
        serve = [sys.executable, "-c", SERVE, "serve", "--port", str(number), "--no-follow"]
        process = subprocess.Popen(serve, cwd=folder, env=environ, stdout=log, stderr=log)
    try:
        _until_it_answers(number, folder / "log")
        yield number
    finally:
        process.terminate()
        process.wait(60)
    assert "Traceback" not in (folder / "log").read_text(encoding="utf-8")


def _until_it_answers(port: int, log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with suppress(OSError):
            get(port)
            return
        time.sleep(0.1)
    pytest.fail(log.read_text(encoding="utf-8"))


def get(port: int, path: str = "/about") -> int:
    """Ask as anybody does, and return the status."""
    return ask(port, path)[0]


def ask(port: int, path: str) -> tuple[int, bytes]:
    """Ask as anybody does, and return the status and the body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=8)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@contextmanager
def dribbling(port: int, beginnings: list[bytes]) -> Iterator[list[socket.socket]]:
    """Hold a connection for each beginning of a request, and send each a byte five times a second."""
    held = [socket.create_connection(("127.0.0.1", port), timeout=10) for _ in beginnings]
    stop = Event()

    def dribble() -> None:
        for each, beginning in zip(held, beginnings, strict=True):
            each.sendall(beginning)
        while not stop.wait(0.2):
            for each in held:
                with suppress(OSError):
                    each.send(b"x")

    thread = Thread(target=dribble)
    thread.start()
    try:
        yield held
    finally:
        stop.set()
        thread.join()
        for each in held:
            each.close()


def still_open(held: list[socket.socket]) -> int:
    """Return how many connections the other side has neither ended nor answered."""
    with selectors.DefaultSelector() as selector:
        for each in held:
            selector.register(each, selectors.EVENT_READ)
        return len(held) - len(selector.select(0))


def test_slow_heads_keep_nobody_out_and_are_not_waited_for(port: int):
    """Beside fifty requests that never end, everybody else is answered; after ten seconds nobody waits for these."""
    with dribbling(port, [HEAD] * SLOW) as held:
        time.sleep(0.5)
        assert {get(port) for _ in range(10)} == {200}
        assert still_open(held) == SLOW
        end = time.monotonic() + HEAD_SECONDS + 20
        while still_open(held) and time.monotonic() < end:
            time.sleep(0.5)
        assert still_open(held) == 0
    assert get(port) == 200


@contextmanager
def asking(port: int, requests: list[str], *, kept: int) -> Iterator[socket.socket]:
    """Ask many things of one connection, of whose answers the client's machine keeps few bytes."""
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, kept)
        connection.settimeout(30)
        connection.connect(("127.0.0.1", port))
        for path in requests:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        yield connection


def test_who_does_not_take_an_answer_is_left(port: int):
    """Beside twenty clients who ask and never read, all is answered; these lose what they let wait."""
    with ExitStack() as stack:
        held = [stack.enter_context(asking(port, [STYLES] * MANY, kept=4096)) for _ in range(20)]
        ended = select.poll()
        for each in held:
            ended.register(each, 0)  # of an end by force alone
        time.sleep(0.5)
        assert {get(port) for _ in range(5)} == {200}
        assert ended.poll(0) == []
        end = time.monotonic() + SEND_SECONDS + 40
        while len(ended.poll(1_000)) < len(held) and time.monotonic() < end:
            time.sleep(0.2)
        assert len(ended.poll(0)) == len(held)
    assert get(port) == 200


def test_who_takes_an_answer_slowly_is_given_all_of_it(port: int):
    """A client who goes on reading has as long as that takes, many times the patience for one who does not."""
    with asking(port, [STYLES] * MANY, kept=65_536) as connection:
        begun, taken, size = time.monotonic(), 0, len(ask(port, STYLES)[1]) * MANY
        while taken < size:
            piece = connection.recv(65_536)
            assert piece, f"cut after {taken} of {size} bytes"
            taken += len(piece)
            time.sleep(0.04)
    assert time.monotonic() - begun > 2 * SEND_SECONDS


def test_who_does_not_end_a_connection_that_ends_keeps_nobody_out(port: int):
    """Beside twenty clients who leave open what the server ends, everybody else is answered at once."""
    last = b"GET /about HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with ExitStack() as stack:
        for _ in range(20):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))
            connection.sendall(last)
        time.sleep(1)
        begun = time.monotonic()
        assert {get(port) for _ in range(3)} == {200}
        assert time.monotonic() - begun < 5  # gunicorn itself waits for two seconds, for one after another


def test_slow_and_silent_bodies_keep_nobody_out(port: int):
    """Beside fifty forms, tables and entries that trickle in, and fifty connections without a word, all is answered."""
    places = [b"/sign-in", b"/verify", b"/record/issue-reported", b"/api/v1/entries", b"/nothing"]
    beginnings = [FORM % place for place in places for _ in range(SLOW // len(places))]
    with dribbling(port, beginnings), dribbling(port, [b""] * SLOW) as silent:
        time.sleep(0.5)
        assert {get(port, path) for path in ("/about", "/", "/sign-in", "/processes/") * 3} == {200}
        assert len(silent) == SLOW


@pytest.mark.parametrize("path", [b"/sign-in", b"/verify", b"/api/v1/entries/preview", b"/record/issue-reported"])
@pytest.mark.parametrize("declared", [True, False], ids=["Content-Length", "chunked"])
def test_what_is_too_large_is_refused_before_all_of_it_is_read(port: int, path: bytes, declared: bool):  # noqa: FBT001 - both are tried
    """A body of a gigabyte, said or in chunks, is answered long before its end: 413, or who may send at all."""
    head = CHUNKED % (path, MULTIPART)
    if declared:
        head = head.replace(b"Transfer-Encoding: chunked", b"Content-Length: 1000000000")
    sent = 0
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(head)
        with suppress(OSError), selectors.DefaultSelector() as selector:
            selector.register(connection, selectors.EVENT_READ)
            while sent < 100_000_000 and not selector.select(0):
                sent += connection.send(CHUNK)
        status = http.client.HTTPResponse(connection)
        status.begin()
    assert status.status in {401, 403, 413}
    assert sent < 60_000_000


def test_a_long_address_is_refused_with_our_page(port: int):
    """What is longer than pages read is told so in words, not by the server's own page."""
    assert get(port, f"/search?q={'x' * 7_900}") == 400
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=8)
    connection.request("GET", f"/search?q={'x' * 8_050}")
    answer = connection.getresponse()
    assert (answer.status, b"This address is too long" in answer.read()) == (414, True)
    connection.close()


def test_clients_who_ask_on_and_on_keep_nobody_out(port):
    """A connection is answered each time it asks, and 150 that never stop asking leave room for others."""
    stop = Event()

    def ask_on_and_on(answered: list[int]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while not stop.is_set():
            connection.request("HEAD", STYLES)
            answer = connection.getresponse()
            answer.read()
            answered.append(answer.status)
        connection.close()

    each_answered: list[list[int]] = [[] for _ in range(150)]
    threads = [Thread(target=ask_on_and_on, args=(answered,)) for answered in each_answered]
    for thread in threads:
        thread.start()
    try:
        time.sleep(1)
        assert get(port) == 200
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert {status for answered in each_answered for status in answered} == {200}
    assert all(each_answered)
