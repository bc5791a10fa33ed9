"""Verifying: what is right is accepted, and every single change to what is published is found and named."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ledger.sources
from ledger.audit import Envelopes
from ledger.database import connect
from ledger.errors import CandourError, Unavailable, Wrong
from ledger.keys import create_key
from ledger.tlog.note import Checkpoint, Ed25519Signer
from ledger.tlog.note import sign as sign_note
from ledger.verify import MOST_PROBLEMS, Report, verify
from tests.ledger.published import ORIGIN, SEED, Published, canonical, entry_bytes, files_of, sample

SIZES = (0, 1, 3, 256, 259, 300)


def places(report: Report) -> list[str]:
    return [problem.place for problem in report.problems]


@contextmanager
def served(handler: Callable[..., BaseHTTPRequestHandler]) -> Iterator[str]:
    """Serve on 127.0.0.1 and give the address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


# --- what is right ----------------------------------------------------------------------------------------------------


def test_a_whole_log_is_accepted_and_counted(log: Published):
    """From the folder above or from the log's own, with the same counts."""
    log.grow_and_seal(*SIZES)
    for target in (log.public, log.folder):
        report = verify(str(target), log.vkey)
        assert report.ok
        assert (report.size, report.entries, report.streams, report.checkpoints) == (300, 300, 1, len(SIZES))
        assert (report.vkey, report.trust) == (log.vkey, "given")
        # Full: 0/000. Partial: 0/001 at 3 and 44, 1/000 at 1; each tile and bundle of an old size counts once.
        assert report.tiles == 4


def test_a_log_behind_a_web_server_is_accepted(log: Published):
    """By its address or the one above it, with or without a slash at the end."""
    log.grow_and_seal(*SIZES)
    with served(partial(Quiet, directory=str(log.public))) as address:
        for target in (address, f"{address}/", f"{address}/log", f"{address}/log/"):
            report = verify(target, log.vkey)
            assert (report.problems, report.entries) == ([], 300)


def test_a_log_that_moves_on_while_it_is_verified_is_accepted(log: Published, monkeypatch: pytest.MonkeyPatch):
    """The checkpoint is read first; what is published after that does not disturb."""
    log.grow_and_seal(3, 200)
    read = ledger.sources.Folder.fetch

    def fetch(self: ledger.sources.Folder, path: str, most: int) -> bytes | None:
        found = read(self, path, most)
        if path == "checkpoint" and most > 0:
            log.grow_and_seal(259, 520)
        return found

    monkeypatch.setattr(ledger.sources.Folder, "fetch", fetch)
    report = log.verify()
    assert (report.problems, report.size, report.entries) == ([], 200, 200)


# --- whose log it is --------------------------------------------------------------------------------------------------


def test_without_a_key_the_log_is_only_self_consistent(log: Published):
    """All fits, but a forger's log would fit as well, and the report says so."""
    log.grow_and_seal(5)
    report = verify(str(log.public))
    assert report.ok
    assert report.self_consistent_only
    assert not log.verify().self_consistent_only


def test_a_log_signed_with_another_key_is_refused(log: Published):
    """A key that was given is the only one that counts."""
    log.grow_and_seal(5)
    other = Ed25519Signer.from_seed(ORIGIN, SEED[::-1]).verifier.to_vkey()
    report = verify(str(log.public), other)
    assert not report.ok
    assert places(report) == ["key", "checkpoint"]


def test_a_checkpoint_is_remembered_and_must_be_extended(log: Published, tmp_path: Path):
    """The first time the key is pinned; from then on a larger log must begin with the one remembered."""
    memory = tmp_path / "memory"
    log.grow_and_seal(5)
    first = verify(str(log.public), since=memory)
    assert (first.ok, first.trust, first.remembered) == (True, "none", None)
    assert memory.read_bytes() == f"{log.vkey}\n".encode() + (log.folder / "checkpoint").read_bytes()
    log.grow_and_seal(300)
    second = verify(str(log.public), since=memory)
    assert (second.ok, second.trust, second.remembered) == (True, "remembered", 5)
    third = log.verify(since=memory)
    assert (third.ok, third.trust, third.remembered) == (True, "given", 300)


def test_a_log_that_took_entries_away_is_refused(log: Published, tmp_path: Path):
    """A log smaller than the one remembered is no extension of it, and the memory stays."""
    memory = tmp_path / "memory"
    log.grow_and_seal(5)
    small = files_of(log.folder)
    log.grow_and_seal(10)
    assert log.verify(since=memory).ok
    before = memory.read_bytes()
    for name, content in small.items():
        (log.folder / name).write_bytes(content)
    report = log.verify(since=memory)
    assert not report.ok
    assert "entries were taken away" in str(report.problems[0])
    assert memory.read_bytes() == before


def test_a_log_that_was_rewritten_is_refused(log: Published, tmp_path: Path):
    """Signed by the right key and consistent in itself, but not with what was remembered."""
    memory = tmp_path / "memory"
    log.grow_and_seal(5)
    other = sign_note(Checkpoint(ORIGIN, 4, bytes(32)).to_text(), [log.key.signer])
    memory.write_bytes(f"{log.vkey}\n".encode() + other)
    report = log.verify(since=memory)
    assert places(report) == ["remembered checkpoint"]
    assert memory.read_bytes().endswith(other)


def test_a_changed_key_is_noticed_by_who_remembers_the_old_one(log: Published, tmp_path: Path):
    """The pinned key is held against the published one."""
    memory = tmp_path / "memory"
    log.grow_and_seal(5)
    assert log.verify(since=memory).ok
    (tmp_path / "new").mkdir()
    new = Published(log.engine, create_key(tmp_path / "new" / "key", ORIGIN, SEED[::-1]), tmp_path / "new")
    new.edit("DELETE FROM checkpoint")
    new.seal()
    assert new.verify().ok
    assert places(verify(str(new.public), since=memory)) == ["key", "checkpoint"]
    with pytest.raises(Wrong, match="not the one remembered"):
        verify(str(new.public), new.vkey, memory)


# --- every single change ----------------------------------------------------------------------------------------------


@pytest.fixture
def small(new_sqlite: Callable[[], Any], tmp_path: Path) -> Iterator[Published]:
    """A small published log with a history; its files are what matters here, so one database will do."""
    engine = connect(new_sqlite())
    log = Published(engine, create_key(tmp_path / "signing.key", ORIGIN, SEED), tmp_path / "public")
    log.grow_and_seal(*SIZES)
    yield log
    engine.dispose()


def flipped(content: bytes, at: int) -> bytes:
    changed = bytearray(content)
    changed[at] ^= 1 << at % 8
    return bytes(changed)


def injuries(content: bytes) -> Iterator[tuple[str, bytes | None]]:
    """One change each: bits flipped at both ends, in the middle and at random, cut, extended, emptied, removed."""
    spots = {0, 1, len(content) // 2, len(content) - 1, *random.sample(range(len(content)), 6)}
    for at in sorted(spots):
        yield f"bit flipped at {at}", flipped(content, at)
    yield "cut short", content[:-1]
    yield "cut to half", content[: len(content) // 2]
    yield "extended", content + b"\n"
    yield "doubled", content + content
    yield "emptied", b""
    yield "removed", None


def test_every_single_change_to_a_file_is_found(small: Published):
    """Each file of the log, changed in each way, fails the verification; put back, it passes."""
    files = files_of(small.folder)
    assert files.keys() == {
        *("key", "checkpoint", "checkpoints", "tile/1/000.p/1"),
        *("tile/0/000", "tile/0/001.p/3", "tile/0/001.p/44"),
        *("tile/entries/000", "tile/entries/001.p/3", "tile/entries/001.p/44"),
    }
    for name, content in files.items():
        path = small.folder / name
        for what, changed in injuries(content):
            path.unlink() if changed is None else path.write_bytes(changed)
            report = small.verify()
            assert not report.ok, f"{name}: {what}"
            path.write_bytes(content)
    assert small.verify().ok


def test_every_swap_of_two_files_is_found(small: Published):
    """Any two files in each other's place fail the verification."""
    files = files_of(small.folder)
    names = [*files]
    for number, one in enumerate(names):
        for other in names[number + 1 :]:
            (small.folder / one).write_bytes(files[other])
            (small.folder / other).write_bytes(files[one])
            assert not small.verify().ok, f"{one} and {other}"
            (small.folder / one).write_bytes(files[one])
            (small.folder / other).write_bytes(files[other])
    assert small.verify().ok


def test_a_changed_entry_is_named(small: Published):
    """One bit of one entry is said to be in that entry."""
    path = small.folder / "tile/entries/000"
    content = path.read_bytes()
    for index in (0, 100, 255):
        at = content.index(entry_bytes(index)) + 20
        path.write_bytes(flipped(content, at))
        assert f"entry {index}" in places(small.verify())


def test_a_changed_tile_is_named(small: Published):
    """One bit of one hash is said to be of that entry; one in a higher tile, of that tile."""
    path = small.folder / "tile/0/000"
    content = path.read_bytes()
    path.write_bytes(flipped(content, 32 * 100))
    assert places(small.verify()) == ["entry 100"]
    path.write_bytes(content)
    path = small.folder / "tile/1/000.p/1"
    path.write_bytes(flipped(path.read_bytes(), 5))
    assert places(small.verify()) == ["tile/1/000.p/1"]


def test_a_missing_bundle_does_not_hide_what_comes_after_it(small: Published):
    """Its hashes are taken from the tile, and the rest of the log is still verified."""
    (small.folder / "tile/entries/000").unlink()
    report = small.verify()
    assert places(report) == ["tile/entries/000"]
    assert report.entries == 44


# --- envelopes --------------------------------------------------------------------------------------------------------

GOOD = sample()


def with_(**changes: Any) -> bytes:
    """Entry 2 of the log below, with changes."""
    return canonical(GOOD | {"index": 2, "version": 3} | changes)


def without(field: str) -> bytes:
    return canonical({name: value for name, value in (GOOD | {"index": 2, "version": 3}).items() if name != field})


WITHDRAWN = "ledger-entry-withdrawn.v1"
ENVELOPES = {
    "not JSON": (b"nothing", "not JSON"),
    "empty": (b"", "not JSON"),
    "a list": (b"[1]", "not a JSON object"),
    "a number": (b"2", "not a JSON object"),
    "half a character": (b'"\xff"', "not JSON"),
    "too deep": (b"[" * 2000 + b"]" * 2000, "not JSON"),
    "white space": (with_() + b" ", "canonical"),
    "white space inside": (with_().replace(b":", b": ", 1), "canonical"),
    "unsorted": (b'{"b":1,"a":2}', "canonical"),
    "a key twice": (with_().replace(b'"index":2', b'"index":2,"index":2'), "canonical"),
    "a needless escape": (with_().replace(b"one", b"\\u006fne"), "canonical"),
    "a number beyond 2^53": (with_(more=2**53), "not JSON that an entry can be"),
    "another index": (with_(index=3), "its number is 3"),
    "an index of another type": (with_(index="2"), "its number is 2"),
    "no index": (without("index"), "its number is None"),
    "a version left out": (with_(version=4), "version 4 of process/one, where 3 comes next"),
    "a version twice": (with_(version=2), "version 2 of process/one, where 3 comes next"),
    "a version of another type": (with_(version="3"), "which stream"),
    "no version": (without("version"), "which stream"),
    "no stream": (without("stream"), "which stream"),
    "a stream of another type": (with_(stream=["process/one"]), "which stream"),
    "a new stream that does not begin": (with_(stream="process/two"), "version 3 of process/two, where 1"),
    "a stream without a name": (with_(stream="Process/One", version=1), "not the name of a stream"),
    "recorded earlier": (with_(recorded="2026-03-02T11:59:59.999999Z"), "before the entry that stands before"),
    "recorded in another zone": (with_(recorded="2026-03-02T13:00:00+01:00"), "as an instant in UTC"),
    "recorded in no zone": (with_(recorded="2026-03-02T13:00:00"), "as an instant in UTC"),
    "recorded with idle zeros": (with_(recorded="2026-03-02T13:00:00.000000Z"), "as an instant in UTC"),
    "recorded on no day": (with_(recorded="2026-02-31T13:00:00Z"), "as an instant in UTC"),
    "recorded is a number": (with_(recorded=5), "as an instant in UTC"),
    "recorded is empty": (with_(recorded=""), "as an instant in UTC"),
    "recorded is null": (with_(recorded=None), "as an instant in UTC"),
    "not recorded": (without("recorded"), "as an instant in UTC"),
    "an unknown kind": (with_(action="coffee-made.v1"), "no kind of entry known"),
    "no kind": (without("action"), "no kind of entry known"),
    "a kind of another type": (with_(action={}), "no kind of entry known"),
    "corrects itself": (with_(corrects={"index": 2}), "refers to entry 2"),
    "corrects a later entry": (with_(corrects={"index": 3}), "refers to entry 3"),
    "corrects nothing": (with_(corrects={}), "refers to entry None"),
    "corrects a word": (with_(corrects="1"), "refers to entry None"),
    "corrects a negative entry": (with_(corrects={"index": -1}), "refers to entry -1"),
    "withdraws a later entry": (with_(action=WITHDRAWN, data={"target": 9}), "refers to entry 9"),
    "withdraws yes": (with_(action=WITHDRAWN, data={"target": True}), "refers to entry True"),
}


def seal_with(log: Published, state: bytes) -> Report:
    """Put bytes between good entries, properly hashed, signed and published, as a dishonest operator could."""
    log.grow(2)
    log.store([state])
    log.grow(4)
    log.seal()
    return log.verify()


@pytest.mark.parametrize(("state", "words"), ENVELOPES.values(), ids=ENVELOPES)
def test_an_entry_that_breaks_a_rule_is_named(log: Published, state: bytes, words: str):
    """Though everything is signed, the entry that cannot be is named, with what is wrong with it."""
    report = seal_with(log, state)
    assert words in " ".join(str(problem) for problem in report.problems if problem.place == "entry 2")
    # The entry after it continues the stream as if all were well; only a gap that entry 2 left may show there.
    assert set(places(report)) <= {"entry 2", "entry 3"}


ACCEPTED = {
    "recorded later": with_(recorded="2026-03-02T12:00:00Z"),
    "corrects an earlier entry": with_(corrects={"index": 1}),
    "withdraws an earlier entry": with_(action=WITHDRAWN, data={"target": 0}),
    "withdraws, but not in public": with_(action=WITHDRAWN, data={"_sd": ["hidden"]}),
    "letters of many languages": with_(standing="é \u2028 \U0001f600"),
}


@pytest.mark.parametrize("state", ACCEPTED.values(), ids=ACCEPTED)
def test_an_entry_that_keeps_the_rules_is_accepted(log: Published, state: bytes):
    """What the rules allow is no problem."""
    report = seal_with(log, state)
    assert report.problems == []


@given(st.lists(st.binary(max_size=30) | st.sampled_from([b"{}", b"[", b"]", b"[{}", b"{}]", b"{},{}"]), max_size=40))
def test_entries_are_never_taken_for_canonical_together_when_one_is_not(entries: Sequence[bytes]):
    """Encoded together or one by one, exactly the same entries are found to be wrong."""
    together = {index for index, _ in Envelopes().check(0, entries)}
    apart = {index for index, state in enumerate(entries) if any(True for _ in Envelopes().check(index, [state]))}
    assert together == apart == set(range(len(entries)))


# --- hostile or broken hosts ------------------------------------------------------------------------------------------


def answering(*, status: int = 200, body: bytes = b"", location: str = "") -> type[BaseHTTPRequestHandler]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            if location:
                self.send_header("Location", location)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Answer


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_refused(status: int):
    """Whoever verifies says whom to ask; the other address is named, and not asked."""
    with (
        served(answering(status=status, location="http://127.0.0.1:9/elsewhere")) as address,
        pytest.raises(Unavailable, match=r"redirects to http://127\.0\.0\.1:9/elsewhere"),
    ):
        verify(address)


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
def test_a_server_that_refuses_says_nothing_about_the_log(status: int):
    """That is not a failed verification: nothing can be said."""
    with served(answering(status=status)) as address, pytest.raises(Unavailable, match=str(status)):
        verify(address)


def test_a_server_that_is_not_there_says_nothing_about_the_log():
    """The same when nobody listens."""
    with served(answering()) as address:
        pass
    with pytest.raises(Unavailable, match="does not answer"):
        verify(address)


def test_a_page_is_not_a_log():
    """A server that answers everything with a page is found out at once."""
    with served(answering(body=b"<!doctype html>")) as address:
        assert places(verify(address)) == ["key"]
        assert places(verify(address, Ed25519Signer.from_seed(ORIGIN, SEED).verifier.to_vkey())) == [
            "handovers",
            "key",
            "checkpoint",
        ]


def test_an_answer_is_read_only_as_far_as_it_may_reach(monkeypatch: pytest.MonkeyPatch):
    """A file larger than it can be is not read to its end."""
    with served(answering(body=b"x" * 100_000)) as address:
        assert ledger.sources.Web(address).fetch("any", 10) == b"x" * 11
        monkeypatch.setattr(ledger.sources, "MOST_STREAMED", 10)
        with pytest.raises(Unavailable, match="too long"):
            ledger.sources.Web(address).open("any")


def test_a_checkpoint_over_more_than_exists_is_found_out_at_once(tmp_path: Path):
    """A log that claims 2^62 entries and has none stops the walk at its first missing tile."""
    key = create_key(tmp_path / "signing.key", ORIGIN, SEED)
    folder = tmp_path / "log"
    folder.mkdir()
    note = sign_note(Checkpoint(ORIGIN, 2**62, bytes(32)).to_text(), [key.signer])
    (folder / "key").write_text(f"{key.verifier.to_vkey()}\n")
    for name in ("checkpoint", "checkpoints"):
        (folder / name).write_bytes(note)
    report = verify(str(tmp_path))
    assert places(report) == ["tile/entries/000", "tile/0/000"]
    assert report.stopped


def test_problems_are_bounded(log: Published):
    """A log that is wrong everywhere is not listed to its end, and the report says that it stopped."""
    log.store([canonical({"index": 5, "number": number}) for number in range(MOST_PROBLEMS)])
    log.seal()
    report = log.verify()
    assert len(report.problems) == MOST_PROBLEMS
    assert report.stopped
    assert not report.ok


USAGE: dict[str, tuple[Callable[[Path], Report], type[CandourError], str]] = {
    "a folder that is not there": (lambda tmp: verify(str(tmp / "nowhere")), Wrong, "neither a folder nor"),
    "a file": (lambda tmp: verify(str(tmp / "file")), Wrong, "neither a folder nor"),
    "another protocol": (lambda _: verify("ftp://127.0.0.1/log"), Wrong, "cannot be verified"),
    "a file address": (lambda _: verify("file:///etc"), Wrong, "cannot be verified"),
    "an address without host": (lambda _: verify("https://"), Wrong, "cannot be verified"),
    "a malformed address": (lambda _: verify("http://[::1"), Wrong, "cannot be verified"),
    "an address with a query": (lambda _: verify("http://127.0.0.1/?a=b"), Wrong, "cannot be verified"),
    "no key": (lambda tmp: verify(str(tmp), "nonsense"), Wrong, "The key must be given as name"),
    "no memory": (lambda tmp: verify(str(tmp), since=tmp / "file"), Wrong, "no remembered checkpoint"),
}


@pytest.mark.parametrize(("attempt", "error", "words"), USAGE.values(), ids=USAGE)
def test_what_cannot_be_asked_is_said_in_words(
    tmp_path: Path, attempt: Callable[[Path], Report], error: type[CandourError], words: str
):
    """A target, key or file that cannot be used is refused before anything is verified."""
    (tmp_path / "file").write_bytes(b"\xff some file\n")
    with pytest.raises(error, match=words):
        attempt(tmp_path)


def test_an_empty_folder_is_no_log(tmp_path: Path):
    """Nothing there is a failed verification, whether or not a key is given."""
    assert places(verify(str(tmp_path))) == ["key"]
    vkey = Ed25519Signer.from_seed(ORIGIN, SEED).verifier.to_vkey()
    assert places(verify(str(tmp_path), vkey)) == ["key", "checkpoint"]
