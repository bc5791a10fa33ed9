"""The main job as a newcomer meets it: a demonstration ledger is built, served, read in a feed and verified."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import feedparser
import pytest

from ledger.verify import verify

ISSUE = (
    *("record", "issue-reported", "--stream", "process/family-services", "--standing", "report"),
    *("--organisation", "XI-TEST:1:Readers", "--role", "reader", "--type", "other", "--stage", "delivery"),
    *("--text", "Seen-by-a-reader", "--reporter-kind", "public", "--impact", "[]", "--severity", "low"),
    *("--formal", "no", "--not-stated", "noticed_on"),
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("CANDOUR_")}


def candour(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "web.cli", *arguments]
    return subprocess.run(
        command, cwd=directory, env=environment(), capture_output=True, text=True, timeout=120, check=False
    )


@contextmanager
def demonstration(directory: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "web.cli", "demo", "--port", str(port)]
    with (directory / "log").open("ab") as log:
        process = subprocess.Popen(
            command, cwd=directory, env=environment(), stdout=log, stderr=log, start_new_session=True
        )
    try:
        until(lambda: fetch(port, "/health") is not None, directory)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def fetch(port: int, path: str) -> bytes | None:
    try:
        with urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            content: bytes = answer.read()
            return content
    except (URLError, ConnectionError):
        return None


def until(condition: Callable[[], bool], directory: Path, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, (directory / "log").read_text(encoding="utf-8")[-4000:]
        time.sleep(0.05)


def newest_title(port: int) -> str:
    feed = feedparser.parse(fetch(port, "/feeds/all.atom"))
    assert feed.bozo == 0
    return str(feed.entries[0].title)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """An empty directory to work in."""
    return tmp_path


def test_the_demonstration_is_served_followed_and_verified(directory: Path):
    """One command serves it; what is recorded reaches the feed; a verifier accepts the log; it ends cleanly."""
    port = free_port()
    with demonstration(directory, port) as process:
        key = (fetch(port, "/log/key") or b"").decode().strip()
        before = verify(f"http://127.0.0.1:{port}", vkey=key)
        assert (before.ok, before.trust) == (True, "given")

        recorded = candour(directory, *ISSUE, "--reported-at", time.strftime("%Y-%m-%d"))
        assert recorded.returncode == 0, recorded.stderr
        until(lambda: "Seen-by-a-reader" in newest_title(port), directory)

        after = verify(f"http://127.0.0.1:{port}", vkey=key)
        assert (after.ok, after.size) == (True, (before.size or 0) + 1)
    assert process.returncode == 0
    assert "Traceback" not in (directory / "log").read_text(encoding="utf-8")


def tour(root: Path) -> list[str]:
    """The commands of the README's tour, in order."""
    text = (root / "README.md").read_text(encoding="utf-8")
    part = text.split("## A two-minute tour")[1].split("\n## ")[0]
    return [textwrap.dedent(block) for block in re.findall(r"```sh\n(.*?)```", part, re.DOTALL)]


def test_the_tour_of_the_readme_can_be_taken(directory: Path, root: Path):
    """Each command of the README's tour does what it says, beside a running demonstration."""
    port = free_port()
    as_installed = f'candour() {{ "{sys.executable}" -m web.cli "$@"; }}\n'
    with demonstration(directory, port):
        size = verify(f"http://127.0.0.1:{port}").size or 0
        for command in tour(root):
            script = as_installed + command.replace(".venv/bin/candour", "candour").replace(":8000", f":{port}")
            done = subprocess.run(
                ["bash", "-ec", script],
                cwd=directory,
                env=environment(),
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
            assert (done.returncode, done.stderr) == (0, ""), command
            until(lambda: (verify(f"http://127.0.0.1:{port}").size or 0) >= size, directory)
        assert verify(f"http://127.0.0.1:{port}").size == size + 1


def test_a_second_demonstration_goes_on_from_the_first(directory: Path):
    """Started again, also at another port, it keeps its log, its name and its entries."""
    with demonstration(directory, port := free_port()):
        first = fetch(port, "/log/checkpoint")
    with demonstration(directory, port := free_port()):
        assert fetch(port, "/log/checkpoint") == first
        page = (fetch(port, "/") or b"").decode()
        assert f":{port}" not in page or "8000" not in page


def test_killed_as_a_whole_it_leaves_no_follower_behind_and_starts_again(directory: Path):
    """Its server killed, the follower ends by itself, and the next start serves a log that verifies."""
    port = free_port()
    with demonstration(directory, port) as process:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        until(lambda: followers(directory) == [], directory)
    with demonstration(directory, port := free_port()):
        report = verify(f"http://127.0.0.1:{port}")
        assert [str(problem) for problem in report.problems] == []


def followers(directory: Path) -> list[str]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command, cwd = (entry / "cmdline").read_bytes(), (entry / "cwd").readlink()
        except OSError:
            continue
        if b"follow" in command and cwd == directory:
            found.append(entry.name)
    return found
