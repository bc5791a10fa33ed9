"""A witness never signs two histories: not for a fork, not when it is asked at once, not when it is killed."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ledger.errors import Conflict, NotFound, Unavailable, Wrong
from ledger.tlog.note import parse_signature
from ledger.tlog.witness import AddCheckpoint
from ledger.witness import DATABASE, KEY, Witness, create_witness, open_witness
from tests.ledger.submissions import NOON
from tests.ledger.witnesses import LOG, Chain, new_witness

VKEY = LOG.verifier.to_vkey()


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    return new_witness(tmp_path, "w", VKEY)


def status(witness: Witness, body: bytes) -> int:
    return witness.add_checkpoint(body, NOON).verdict.status


def test_a_log_that_grows_is_cosigned_at_each_size(witness: Witness):
    """Each signature fits the checkpoint, and the size is remembered."""
    entries = [b"%d" % number for number in range(40)]
    old = 0
    for size in (0, 1, 2, 7, 8, 40):
        body = Chain(*entries[:size]).request(old)
        verdict, answer = witness.add_checkpoint(body, NOON)
        assert verdict.status == 200
        signature = parse_signature(answer.removesuffix("\n"))
        text = AddCheckpoint.from_bytes(body).checkpoint().to_text()
        assert witness.signer.verifier.verify(text.encode(), signature.signature)
        old = size
    assert witness.logs() == [(LOG.name, 40)]
    assert witness.alarms() == []


def test_a_fork_gets_no_cosignature_and_raises_the_alarm(witness: Witness):
    """Two roots for one size: both are kept, once, as what proves it; the first history goes on."""
    assert status(witness, Chain(b"a", b"b").request(0)) == 200
    forked = Chain(b"a", b"x")
    for _ in range(2):
        verdict, answer = witness.add_checkpoint(forked.request(2), NOON)
        assert (verdict.status, verdict.forked, answer) == (409, True, "2\n")
    (alarm,) = witness.alarms()
    assert alarm.origin == LOG.name
    assert alarm.later.encode() == AddCheckpoint.from_bytes(forked.request(0)).note
    assert alarm.earlier != alarm.later
    assert status(witness, Chain(b"a", b"x", b"c").request(2)) == 422
    assert status(witness, Chain(b"a", b"b", b"c").request(2)) == 200


def test_whoever_has_not_the_log_s_key_can_raise_no_alarm(witness: Witness):
    """A root that the log did not sign is refused, and nothing is kept of it."""
    status(witness, Chain(b"a", b"b").request(0))
    other = type(LOG).from_seed(LOG.name, b"another seed used in tests 1-2..")
    assert status(witness, Chain(b"a", b"x").request(2, signer=other)) == 403
    assert witness.alarms() == []


def test_of_many_at_once_one_history_is_signed(witness: Witness):
    """Twenty threads with twenty different second entries: one gets a cosignature, as often as it asks."""
    status(witness, Chain(b"a").request(0))
    chains = [Chain(b"a", b"%d" % number) for number in range(20)]
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda chain: status(witness, chain.request(1)), chains))
    assert sorted(answers) == [200] + [409] * 19
    winner = chains[answers.index(200)]
    assert [status(witness, chain.request(2)) for chain in chains if chain is not winner] == [409] * 19
    assert status(witness, winner.request(2)) == 200
    assert len(witness.alarms()) == 19


def _submit_for_ever(witness: Witness, body: bytes, pipe: int) -> None:
    """Ask again and again, and hand each signature on; ends by SIGKILL."""
    while True:
        _, answer = witness.add_checkpoint(body, NOON)
        if answer.startswith("—"):
            os.write(pipe, answer.encode())


def _killed(witness: Witness, bodies: list[bytes], wait: float) -> list[list[str]]:
    """Let a process for each body ask until all are killed; return the signatures that each got out."""
    children = []
    for body in bodies:
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                _submit_for_ever(witness, body, writing)
            finally:
                os._exit(1)
        os.close(writing)
        children.append((child, reading))
    time.sleep(wait)
    for child, _ in children:
        os.kill(child, signal.SIGKILL)
    found = []
    for child, reading in children:
        os.waitpid(child, 0)
        with os.fdopen(reading) as pipe:
            found.append(pipe.read().splitlines())
    return found


ROUNDS = pytest.mark.parametrize("rounds", [60, pytest.param(3_000, marks=pytest.mark.soak)])


@ROUNDS
def test_a_witness_that_is_killed_never_signs_two_roots_for_one_size(tmp_path: Path, rounds: int):
    """Two processes race with two histories, killed at any moment: over all rounds each size has one root signed."""
    chance = random.Random(6)
    witness = new_witness(tmp_path, "w", VKEY)
    history = [b"start"]
    status(witness, Chain(*history).request(0))
    signed: dict[int, set[bytes]] = defaultdict(set)
    cut_short = 0
    for number in range(rounds):
        size = len(history)
        options = [[*history, b"%d %d" % (number, side)] for side in (0, 1)]
        bodies = [Chain(*entries).request(size) for entries in options]
        outcome = _killed(witness, bodies, chance.uniform(0, 0.02))
        cut_short += not any(outcome)
        reopened = open_witness(tmp_path / "w")
        again = [reopened.add_checkpoint(Chain(*entries).request(size), NOON) for entries in options]
        same = [reopened.add_checkpoint(Chain(*entries).request(size + 1), NOON) for entries in options]
        for entries, lines, *answers in zip(options, outcome, again, same, strict=True):
            if lines or any(answer.verdict.status == 200 for answer in answers):
                signed[size + 1].add(entries[-1])
        assert len(signed[size + 1]) == 1, f"round {number}"
        history.append(signed[size + 1].pop())
    assert 0 < cut_short < rounds  # both happened: killed before anything was signed, and after


def test_hostile_bodies_are_refused_and_remembered_nowhere(witness: Witness):
    """Each with 400, and the memory stays as it was."""
    body = Chain(b"a").request(0)
    for wrong in (b"", b"\0" * 100, body[:-1], body * 2, b"old 1\n" * 9_000, b"\xff" * 64_001, body + b"x" * 70_000):
        assert status(witness, wrong) == 400
    assert witness.logs() == [(LOG.name, None)]


def test_a_log_that_it_was_not_told_of_is_unknown(tmp_path: Path):
    """404, until its key is trusted; a second key of the same log counts as well."""
    witness = new_witness(tmp_path, "w")
    assert status(witness, Chain(b"a").request(0)) == 404
    assert witness.trust(f"{VKEY}\n") == LOG.name
    assert status(witness, Chain(b"a").request(0)) == 200
    with pytest.raises(Wrong, match="no log's key"):
        witness.trust(witness.vkey)


def test_what_stops_a_witness_is_said_in_words(tmp_path: Path):
    """A second key, a lost memory, a damaged key, a memory that cannot be read."""
    witness = new_witness(tmp_path, "w", VKEY)
    folder = tmp_path / "w"
    key = (folder / KEY).read_bytes()
    assert (folder / KEY).stat().st_mode & 0o777 == 0o600
    with pytest.raises(Conflict, match="already"):
        create_witness(folder, "other.example", bytes(32))
    with pytest.raises(Wrong, match="cannot be a witness"):
        create_witness(tmp_path / "v", "a name with spaces", bytes(32))
    assert open_witness(folder).vkey == witness.vkey
    (folder / KEY).write_bytes(b"nothing")
    with pytest.raises(Wrong, match="no witness's key"):
        open_witness(folder)
    (folder / KEY).write_bytes(key)
    (folder / DATABASE).unlink()
    with pytest.raises(NotFound, match="no whole witness"):
        open_witness(folder)
    with pytest.raises(Unavailable, match="Nothing was signed"):
        witness.add_checkpoint(Chain(b"a").request(0), NOON)
    assert not (folder / DATABASE).exists()


def test_an_update_that_the_disk_refuses_is_not_signed(witness: Witness):
    """A memory that can only be read gives no signature."""
    with sqlite3.connect(witness.database) as connection:
        connection.execute(
            "CREATE TRIGGER full BEFORE INSERT ON cosigned BEGIN SELECT RAISE(ABORT, 'disk is full'); END"
        )
    connection.close()
    with pytest.raises(Unavailable, match="disk is full"):
        witness.add_checkpoint(Chain(b"a").request(0), NOON)
