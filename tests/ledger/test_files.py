"""Files: whole or absent, whatever fails."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from ledger.errors import Unavailable
from ledger.files import alone, create_file, read_file, write_file, write_files


def test_many_files_are_put_in_their_places(tmp_path: Path):
    """More files than share one round of fsyncs, in folders that did not exist, with nothing left beside them."""
    contents = {f"a/{number % 7}/{number}": [b"%d" % number, b"!"] for number in range(300)}
    write_files(tmp_path / "new" / "folder", contents.items())
    found = {str(p.relative_to(tmp_path / "new/folder")): p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    assert found == {name: b"".join(pieces) for name, pieces in contents.items()}


def test_content_may_come_in_pieces_that_are_made_on_the_way(tmp_path: Path):
    """A file of unknown length is streamed, and replaces the one that was there."""
    write_file(tmp_path / "file", b"old")
    write_files(tmp_path, [("file", (b"%d," % number for number in range(1000)))])
    assert (tmp_path / "file").read_bytes().endswith(b",998,999,")


@pytest.mark.parametrize("call", ["fsync", "replace", "write", "open"])
def test_a_file_that_cannot_be_replaced_stays_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str):
    """Whatever the system refuses, the old content is whole, and the error names the trouble."""
    write_file(tmp_path / "file", b"old")

    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, call, refuse)
        with pytest.raises(Unavailable, match="No space left on device"):
            write_file(tmp_path / "file", b"new")
    assert (tmp_path / "file").read_bytes() == b"old"
    write_file(tmp_path / "file", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_short_write_is_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The system may take fewer bytes than it was given; the rest follows."""
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, bytes(data)[:3]))
    write_file(tmp_path / "file", b"0123456789")
    assert (tmp_path / "file").read_bytes() == b"0123456789"


def test_content_is_on_disk_before_it_is_in_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Write, fsync, rename, fsync of the folders: in this order and no other."""
    done: list[str] = []
    for name in ("write", "fsync", "replace"):

        def step(*args: object, name: str = name, real: object = getattr(os, name)) -> object:
            done.append(name)
            return real(*args)  # type: ignore[operator]

        monkeypatch.setattr(os, name, step)
    write_files(tmp_path, [("a/one", [b"1"]), ("a/two", [b"2"])])
    assert done == ["write", "write", "fsync", "fsync", "replace", "replace", "fsync", "fsync"]


def test_a_new_file_never_replaces_one(tmp_path: Path):
    """Creating is refused where there is a file already, which stays."""
    create_file(tmp_path / "file", b"first", 0o600)
    with pytest.raises(FileExistsError):
        create_file(tmp_path / "file", b"second", 0o600)
    assert (tmp_path / "file").read_bytes() == b"first"


def test_reading_is_bounded_and_tells_missing_from_unreadable(tmp_path: Path):
    """At most one byte more than asked for; nothing for what is not there; an error for what cannot be read."""
    (tmp_path / "file").write_bytes(b"0123456789")
    assert read_file(tmp_path / "file", 4) == b"01234"
    assert read_file(tmp_path / "file", 100) == b"0123456789"
    assert read_file(tmp_path / "missing", 4) is None
    assert read_file(tmp_path / "file" / "below", 4) is None
    with pytest.raises(Unavailable, match="cannot be read"):
        read_file(tmp_path, 4)


def test_only_one_is_inside_at_a_time(tmp_path: Path):
    """Threads that want the same folder wait for each other."""
    inside = 0
    most = 0

    def work() -> None:
        nonlocal inside, most
        with alone(tmp_path):
            inside += 1
            most = max(most, inside)
            time.sleep(0.005)
            inside -= 1

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (most, inside) == (1, 0)
