"""A reader's own policy: whose cosignatures a log must have, and which key it must be signed with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from ledger.errors import Wrong
from ledger.log import CHECKPOINT
from ledger.quorum import judge
from ledger.tlog.cosignature import CosignatureSigner
from ledger.tlog.note import Ed25519Signer, Note, Signature
from ledger.tlog.policy import Policy
from ledger.verify import verify
from tests.ledger.published import Published
from web.cli import cli

TIME = 1_772_532_000
"""3 March 2026, 10:00 UTC."""

WITNESSES = {name: CosignatureSigner.from_seed(f"{name}.example", name.encode().ljust(32)) for name in ("a", "b", "c")}
OTHER = Ed25519Signer.from_seed("ledger.example/log", bytes(32)).verifier.to_vkey()


def policy_text(quorum: str, *logs: str) -> str:
    lines = [f"log {each}" for each in logs]
    lines += [f"witness {name} {each.verifier.to_vkey()}" for name, each in WITNESSES.items()]
    return "\n".join([*lines, "group two 2 a b c", f"quorum {quorum}", ""])


def cosign(log: Published, names: Sequence[str], change: Callable[[Signature], Signature] = lambda each: each) -> bytes:
    """Let witnesses sign the published checkpoint."""
    path = log.folder / CHECKPOINT
    note = Note.from_bytes(path.read_bytes())
    lines = [change(WITNESSES[name].cosign(note.text, TIME)).to_line() for name in names]
    content = path.read_bytes() + "".join(lines).encode()
    path.write_bytes(content)
    history = log.folder / "checkpoints"
    history.write_bytes(history.read_bytes().removesuffix(note.to_bytes()) + content)
    return content


QUORUMS = {
    # who cosigned, quorum of the policy, whether it is met
    "nobody, and nobody is asked": ((), "none", True),
    "nobody": ((), "two", False),
    "one of two": (("a",), "two", False),
    "two of three": (("a", "c"), "two", True),
    "all": (("a", "b", "c"), "two", True),
    "the one that is asked": (("b",), "b", True),
    "others than the one that is asked": (("a", "c"), "b", False),
}


@pytest.mark.parametrize(("names", "quorum", "is_met"), QUORUMS.values(), ids=QUORUMS)
def test_the_cosignatures_must_meet_the_quorum(log: Published, names: Sequence[str], quorum: str, *, is_met: bool):
    """The report says who cosigned and who did not; an unmet quorum is a problem of the checkpoint."""
    log.grow_and_seal(3)
    cosign(log, names)
    report = verify(str(log.public), log.vkey, policy=Policy.from_bytes(policy_text(quorum).encode()))
    assert report.quorum is not None
    assert [each.witness for each in report.quorum.cosigned] == list(names)
    assert {each.time for each in report.quorum.cosigned} <= {TIME}
    assert sorted([*names, *report.quorum.missing]) == sorted(WITNESSES)
    assert (report.quorum.is_met, report.ok) == (is_met, is_met)
    assert [each.place for each in report.problems] == [CHECKPOINT] * (not is_met)


def test_a_cosignature_that_does_not_fit_fails_whatever_the_quorum(log: Published):
    """A line in the name of a known witness that is no signature of it is an attempt to deceive."""
    log.grow_and_seal(3)
    cosign(log, ["a"], lambda each: replace(each, signature=each.signature[:-1] + bytes([each.signature[-1] ^ 1])))
    report = verify(str(log.public), log.vkey, policy=Policy.from_bytes(policy_text("none").encode()))
    assert not report.ok
    assert report.quorum is not None
    assert (report.quorum.spoiled, report.quorum.cosigned) == (("a",), ())


def test_a_cosignature_of_another_checkpoint_does_not_count(log: Published):
    """What a witness signed of an earlier state of the log says nothing about this one."""
    log.grow_and_seal(3)
    earlier = cosign(log, ["a"]).splitlines(keepends=True)[-1]
    log.grow_and_seal(5)
    note = (log.folder / CHECKPOINT).read_bytes() + earlier
    found = judge(note, Policy.from_bytes(policy_text("a").encode()))
    assert (found.is_met, found.spoiled) == (False, ("a",))


def test_the_policy_gives_the_key_of_the_log(log: Published):
    """With a log line no key need be given; a log with another key does not verify."""
    log.grow_and_seal(3)
    known = verify(str(log.public), policy=Policy.from_bytes(policy_text("none", OTHER, log.vkey).encode()))
    assert (known.ok, known.trust, known.vkey) == (True, "given", log.vkey)
    other = verify(str(log.public), policy=Policy.from_bytes(policy_text("none", OTHER).encode()))
    assert not other.ok
    without = verify(str(log.public), policy=Policy.from_bytes(policy_text("none").encode()))
    assert without.self_consistent_only


def test_a_policy_for_another_log_than_the_key_is_refused(log: Published):
    """Whoever gives both must first find out which is right."""
    log.grow_and_seal(1)
    with pytest.raises(Wrong, match="for other logs"):
        verify(str(log.public), log.vkey, policy=Policy.from_bytes(policy_text("none", OTHER).encode()))


COMMANDS = {
    # who cosigned, policy, exit status, what is said
    "met": (("a", "b"), "two", 0, "The quorum “two” is met."),
    "unmet": (("a",), "two", 1, "The quorum “two” is NOT met."),
    "says when": (("a", "b"), "two", 0, "Cosigned by a at 2026-03-03 10:00:00 UTC."),
    "says who not": (("a", "b"), "two", 0, "Not cosigned by c."),
}


@pytest.mark.parametrize(("names", "quorum", "status", "says"), COMMANDS.values(), ids=COMMANDS)
def test_the_command_tells_who_cosigned(
    log: Published, tmp_path: Path, names: Sequence[str], quorum: str, status: int, says: str
):
    """Exit status 1 where the quorum is not met, 0 where it is."""
    log.grow_and_seal(3)
    cosign(log, names)
    policy = tmp_path / "policy.txt"
    policy.write_text(policy_text(quorum, log.vkey), encoding="utf-8")
    told = CliRunner().invoke(cli, ["verify", str(log.public), "--policy", str(policy)])
    assert told.exit_code == status, told.output
    assert says in told.output


@pytest.mark.parametrize("content", [None, "nonsense\n", "witness a b\nquorum a\n"])
def test_what_is_no_policy_is_said_in_a_sentence(tmp_path: Path, content: str | None):
    """A file that is missing or malformed ends the command before the log is looked at."""
    policy = tmp_path / "policy.txt"
    if content is not None:
        policy.write_text(content, encoding="utf-8")
    told = CliRunner().invoke(cli, ["verify", "nowhere", "--policy", str(policy)])
    assert told.exit_code == 1
    assert "policy" in str(told.exception)
