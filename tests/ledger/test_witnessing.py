"""Asking witnesses: what is published waits for the quorum, and a log that a witness contradicts stops."""

from __future__ import annotations

import shutil
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler
from itertools import cycle
from pathlib import Path

import pytest

from ledger.cosignatures import brackets, newest_met
from ledger.database import reading
from ledger.errors import Corrupt, NotFound, Unavailable, Wrong
from ledger.log import Signed, prove, published_head, sign
from ledger.publishing import publish
from ledger.tlog.policy import Policy, cosigned
from ledger.tlog.proof import OfflineProof
from ledger.witness import Witness
from ledger.witnessing import Witnesses, post, read_policy
from tests.ledger.published import Published, entry_bytes, files_of
from tests.ledger.submissions import NOON
from tests.ledger.test_verify import served
from tests.ledger.witnesses import LOG, Chain, Exchange, new_witness, policy_of

TWO_OF_THREE = "group g 2 a b c\nquorum g\n"


@pytest.fixture
def three(log: Published, tmp_path: Path) -> dict[str, Witness]:
    return {name: new_witness(tmp_path, name, log.vkey) for name in "abc"}


class Sealed:
    """A log and those who witness it."""

    def __init__(self, log: Published, witnesses: dict[str, Witness], quorum: str) -> None:
        self.log = log
        self.exchange = Exchange(witnesses)
        self.policy = policy_of(witnesses, quorum)
        self.witnesses = Witnesses(self.policy, self.exchange, timeout=20, grace=2)

    def seal(self, *sizes: int) -> Signed:
        """Grow, sign, ask and publish at each size; return what is published at the end."""
        published = self.try_seal(*sizes)
        assert published is not None
        return published

    def try_seal(self, *sizes: int) -> Signed | None:
        published = None
        for size in sizes:
            self.log.grow(size)
            signed = sign(self.log.engine, self.log.key, self.log.public, NOON)
            self.witnesses.ask(self.log.engine, signed)
            published = publish(self.log.engine, self.log.key, self.log.public, self.policy)
        return published

    def restart(self) -> None:
        self.witnesses = Witnesses(self.policy, self.exchange, timeout=20, grace=2)

    def history(self) -> bytes:
        return (self.log.folder / "checkpoints").read_bytes()


def forget(log: Published) -> None:
    """Lose the rows of cosignatures, past the triggers."""
    if log.engine.dialect.name == "postgresql":
        log.edit("ALTER TABLE cosignature DISABLE TRIGGER USER")
    else:
        log.edit("DROP TRIGGER cosignature_refuses_delete")
    log.edit("DELETE FROM cosignature")


@pytest.fixture
def sealed(log: Published, three: dict[str, Witness]) -> Sealed:
    return Sealed(log, three, TWO_OF_THREE)


def test_what_is_published_carries_its_cosignatures(sealed: Sealed, other_verifier: Path):
    """At every size, in the checkpoint, its history and the proofs; and the Go project's verifier accepts all of it."""
    log, policy = sealed.log, sealed.policy
    for size in (0, 1, 2, 255, 256, 300):
        published = sealed.seal(size)
        assert len(cosigned(published.note, policy)) == 3
        assert (log.folder / "checkpoint").read_bytes() == published.note
        keys = [each.verifier.to_vkey() for each in policy.witnesses]
        done = subprocess.run(
            [other_verifier, log.folder, log.vkey, *keys], check=False, capture_output=True, text=True, timeout=60
        )
        assert (done.stderr, done.stdout) == ("", f"verified {size} entries\n")
    assert sealed.history().count("— ".encode()) == 6 * 4
    assert log.verify().ok
    with reading(log.engine) as connection:
        proof = OfflineProof.from_bytes(prove(connection, published_head(log.public, log.key.verifier), 7))
    assert proof.verify(entry_bytes(7), log.key.verifier, policy.verifiers).size == 300
    assert len(cosigned(proof.checkpoint, policy)) == 3


def test_a_cosignature_that_was_changed_is_refused_by_the_other_verifier(sealed: Sealed, other_verifier: Path):
    """So the acceptance above means something."""
    sealed.seal(5)
    path = sealed.log.folder / "checkpoint"
    lines = path.read_text().splitlines(keepends=True)
    other = "A" if lines[-1][-6] != "A" else "B"
    path.write_text("".join(lines[:-1]) + lines[-1][:-6] + other + lines[-1][-5:])
    keys = [each.verifier.to_vkey() for each in sealed.policy.witnesses]
    done = subprocess.run(
        [other_verifier, sealed.log.folder, sealed.log.vkey, *keys], check=False, capture_output=True, timeout=60
    )
    assert done.returncode == 1


def test_nothing_newer_is_published_until_the_quorum_is_met(sealed: Sealed):
    """With one of three up the published log stays; once two are, everything since appears, witnessed."""
    assert sealed.seal(3).checkpoint.size == 3
    before = files_of(sealed.log.folder)
    sealed.exchange.down = {"a", "b"}
    for size in (5, 8):
        assert sealed.seal(size).checkpoint.size == 3
    assert files_of(sealed.log.folder) == before
    sealed.exchange.down = {"a"}
    published = sealed.seal(8)
    assert published.checkpoint.size == 8
    assert len(cosigned(published.note, sealed.policy)) == 2
    # What was signed without being published is in the history too: a witness has seen it.
    assert sealed.log.verify().checkpoints == 3


def test_a_first_checkpoint_without_its_quorum_is_not_published(sealed: Sealed):
    """Nothing is there, rather than something unwitnessed."""
    sealed.exchange.down = {"a", "b"}
    assert sealed.try_seal(3) is None
    assert not (sealed.log.folder / "checkpoint").exists()


def test_a_policy_without_quorum_publishes_what_it_gets(log: Published, three: dict[str, Witness]):
    """`quorum none` never waits; what a witness signs later is added to the checkpoint and its history."""
    sealed = Sealed(log, three, "quorum none")
    sealed.exchange.down = {"a", "b", "c"}
    sealed.seal(3, 5)
    assert cosigned((log.folder / "checkpoint").read_bytes(), sealed.policy) == ()
    sealed.exchange.down = {"b"}
    published = sealed.seal(5)
    assert len(cosigned(published.note, sealed.policy)) == 2
    assert sealed.history().endswith(published.note)
    assert log.verify().checkpoints == 2
    assert sealed.exchange.asked.count("a") == 3
    sealed.exchange.down = set()
    sealed.seal(5)
    assert sealed.exchange.asked.count("a") == 3  # whoever has signed is not asked again
    assert sealed.exchange.asked.count("b") == 4


def test_a_witness_that_lost_touch_is_met_where_it_stands(sealed: Sealed):
    """It was away for some checkpoints, or has one that our rows do not know of: the 409 says where to begin."""
    sealed.seal(3)
    sealed.exchange.down = {"a"}
    sealed.seal(6, 9)
    sealed.exchange.down = set()
    assert len(cosigned(sealed.seal(12).note, sealed.policy)) == 3
    forget(sealed.log)
    sealed.log.grow(15)
    assert len(cosigned(sealed.seal(15).note, sealed.policy)) == 3


def test_an_older_copy_of_everything_is_noticed_by_a_witness_before_it_signs(sealed: Sealed):
    """Database, key folder and public files of yesterday fit each other; one witness has seen today's."""
    sealed.seal(3)
    yesterday = sign(sealed.log.engine, sealed.log.key, sealed.log.public, NOON)
    sealed.seal(8)
    sealed.restart()
    forget(sealed.log)
    with pytest.raises(Corrupt, match="has seen this log with 8 entries, and here it has 3"):
        sealed.witnesses.confirm(sealed.log.engine, yesterday)


def test_a_fork_of_the_log_is_stopped_by_its_witness(log: Published, three: dict[str, Witness], sealed: Sealed):
    """Other entries than those cosigned, in a copy where all else fits: the log stops, nothing is published."""
    other = Chain(b"not", b"these", b"entries")
    witness = three["a"]
    witness.add_checkpoint(other.request(0, signer=log.key.signer, origin=log.key.origin), NOON)
    for size in (3, 5):  # of the same size as what the witness has seen, and a larger one
        with pytest.raises(Corrupt, match="has seen other entries"):
            sealed.seal(size)
        assert published_head(log.public, log.key.verifier) is None
    assert len(witness.alarms()) == 1


ANSWERS = {
    "not found": (404, b"nothing\n"),
    "an error": (500, b""),
    "no signature": (200, b""),
    "a page": (200, b"<html>welcome</html>"),
    "a size that is none": (409, b"many\n"),
    "a conflict that never ends": None,
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_a_witness_that_answers_nonsense_only_counts_as_absent(sealed: Sealed, answer):
    """The two others make up the quorum, and why the third did not is told."""
    sizes = cycle([b"1\n", b"2\n", b"3\n"])

    def send(url: str, body: bytes) -> tuple[int, bytes]:
        if "a.example" not in url:
            return sealed.exchange(url, body)
        return answer or (409, next(sizes))

    sealed.witnesses.send = send
    sealed.log.grow(4)
    signed = sign(sealed.log.engine, sealed.log.key, sealed.log.public, NOON)
    answered = sealed.witnesses.ask(sealed.log.engine, signed)
    assert answered.cosigned == {"b", "c"}
    assert list(answered.failed) == ["a"]
    assert sealed.seal(4).checkpoint.size == 4


def test_a_slow_witness_does_not_hold_up_the_others(sealed: Sealed):
    """Once the quorum is met, only the grace is waited for."""
    release = threading.Event()

    def send(url: str, body: bytes) -> tuple[int, bytes]:
        if "a.example" in url:
            release.wait(60)
            raise Unavailable("Too late.")
        return sealed.exchange(url, body)

    sealed.witnesses.send = send
    start = time.monotonic()
    published = sealed.seal(4)
    took = time.monotonic() - start
    release.set()
    assert published.checkpoint.size == 4
    assert took < 15  # the timeout is twenty, the grace two seconds


def test_the_bracket_of_an_entry_is_between_two_cosignatures(sealed: Sealed):
    """For each witness: the last it signed without the entry, and the first with it."""
    sealed.seal(3, 6)
    sealed.exchange.down = {"c"}
    sealed.seal(9, 12)
    with reading(sealed.log.engine) as connection:
        found = brackets(connection, 7)
        first = brackets(connection, 0)
    assert [(each.before and each.before.size, each.after and each.after.size) for each in found] == [
        (6, 9),
        (6, 9),
        (6, None),
    ]
    assert {(each.before, each.after and each.after.size) for each in first} == {(None, 3)}
    assert {each.after.time for each in found if each.after} == {int(NOON.timestamp())}


def test_the_policy_is_published_without_addresses(sealed: Sealed):
    """Anybody's verifier can use it; the addresses to submit to are nobody's business."""
    sealed.seal(2)
    content = (sealed.log.folder / "witnesses").read_bytes()
    policy = Policy.from_bytes(content)
    assert b"https" not in content
    assert [each.verifier.to_vkey() for each in policy.logs] == [sealed.log.vkey]
    assert policy.is_met(cosigned((sealed.log.folder / "checkpoint").read_bytes(), policy))
    publish(sealed.log.engine, sealed.log.key, sealed.log.public)
    assert not (sealed.log.folder / "witnesses").exists()


def test_a_lost_public_folder_comes_back_with_its_cosignatures(sealed: Sealed):
    """From the database alone, byte for byte."""
    sealed.seal(2, 300)
    before = files_of(sealed.log.folder)
    shutil.rmtree(sealed.log.folder)
    sealed.seal(300)
    assert files_of(sealed.log.folder) == before


def test_the_newest_that_meets_the_quorum_may_be_an_older_one(sealed: Sealed):
    """Above the size asked for, from the newest down."""
    sealed.seal(3)
    sealed.exchange.down = {"a", "b"}
    sealed.seal(5)
    with reading(sealed.log.engine) as connection:
        assert newest_met(connection, sealed.policy, 2) == (sealed.log.folder / "checkpoint").read_bytes()
        assert newest_met(connection, sealed.policy, 3) is None


# --- the network ------------------------------------------------------------------------------------------------------


class Hostile(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.startswith("/elsewhere"):
            self.send_response(307)
            self.send_header("Location", "/fine/add-checkpoint")
            self.end_headers()
            return
        self.send_response(409 if self.path.startswith("/conflict") else 200)
        self.end_headers()
        self.wfile.write(b"7\n" if "long" not in self.path else b"x" * 200_000)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_answers_are_bounded_and_redirects_refused():
    """Only the address of the policy is asked; what it says is read up to a bound, whatever the status."""
    with served(Hostile) as address:
        assert post(f"{address}/fine", b"x") == (200, b"7\n")
        assert post(f"{address}/conflict", b"x") == (409, b"7\n")
        with pytest.raises(Unavailable, match="too long"):
            post(f"{address}/long", b"x")
        with pytest.raises(Unavailable, match="redirects"):
            post(f"{address}/elsewhere", b"x")
    with pytest.raises(Unavailable, match="does not answer"):
        post(f"{address}/fine", b"x")


POLICIES = {
    "no file": (None, NotFound, "no witness policy"),
    "malformed": ("quorum z\n", Wrong, "Line 1"),
    "for another log": ("log {other}\nquorum none\n", Wrong, "for other logs"),
    "without an address": ("witness a {witness}\nquorum a\n", Wrong, "no address for the witness a"),
    "with a file's address": ("witness a {witness} file:///etc/passwd\nquorum a\n", Wrong, "no address"),
    "with a password": ("witness a {witness} https://me:you@w.example\nquorum a\n", Wrong, "no address"),
    "with a query": ("witness a {witness} https://w.example?x=1\nquorum a\n", Wrong, "no address"),
}


@pytest.mark.parametrize(("content", "error", "words"), POLICIES.values(), ids=POLICIES)
def test_a_policy_that_cannot_be_used_is_refused(tmp_path: Path, content, error, words):
    """Before anything is asked, in words that name the file."""
    witness = new_witness(tmp_path, "a")
    path = tmp_path / "policy"
    if content is not None:
        other = type(LOG).from_seed("other.example", bytes(32)).verifier.to_vkey()
        path.write_text(content.format(witness=witness.vkey, other=other))
    with pytest.raises(error, match=words):
        read_policy(path, LOG.verifier)
    path.write_text(f"log {LOG.verifier.to_vkey()}\nwitness a {witness.vkey} https://w.example/p\nquorum a\n")
    assert read_policy(path, LOG.verifier).quorum == "a"
