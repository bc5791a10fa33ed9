"""Witness policies: what is one, and which cosignatures meet its quorum."""

from __future__ import annotations

from contextlib import suppress
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.tlog.cosignature import CosignatureSigner
from ledger.tlog.errors import TlogError
from ledger.tlog.note import Checkpoint, Ed25519Signer, Signature, sign
from ledger.tlog.policy import Policy, PolicyError, cosigned

LOG = Ed25519Signer.from_seed("ledger.example/log", b"a seed that is used in tests 1-2")
SIGNERS = {
    name: CosignatureSigner.from_seed(f"{name}.example", name.encode() * 16) for name in ("x1", "x2", "y1", "y2")
}
LINES = "".join(f"witness {name} {each.verifier.to_vkey()}\n" for name, each in SIGNERS.items())
LOG_LINE = f"log {LOG.verifier.to_vkey()}\n"


def read(text: str) -> Policy:
    return Policy.from_bytes(text.encode())


def by(*names: str) -> list[Signature]:
    return [SIGNERS[name].cosign("o\n1\nr\n", 7) for name in names]


QUORUMS = {
    "none": ("quorum none\n", lambda _: True),
    "one witness": ("quorum x2\n", lambda signed: "x2" in signed),
    "any of two": ("group g any x1 x2\nquorum g\n", lambda signed: bool({"x1", "x2"} & signed)),
    "all of two": ("group g all x1 x2\nquorum g\n", lambda signed: {"x1", "x2"} <= signed),
    "two of three": ("group g 2 x1 x2 y1\nquorum g\n", lambda signed: len({"x1", "x2", "y1"} & signed) >= 2),
    "any of each of two groups": (
        "group x any x1 x2\ngroup y any y1 y2\ngroup g all x y\nquorum g\n",
        lambda signed: bool({"x1", "x2"} & signed) and bool({"y1", "y2"} & signed),
    ),
    "a group beside a witness": (
        "group x all x1 x2\ngroup g any x y1\nquorum g\n",
        lambda signed: {"x1", "x2"} <= signed or "y1" in signed,
    ),
}


@pytest.mark.parametrize(("lines", "expected"), QUORUMS.values(), ids=QUORUMS)
def test_a_quorum_is_met_by_exactly_the_witnesses_it_says(lines, expected):
    """Tried with every set of the four witnesses."""
    policy = read(LINES + lines)
    for count in range(len(SIGNERS) + 1):
        for names in combinations(SIGNERS, count):
            assert policy.is_met(by(*names)) is expected(set(names)), names


def test_cosigning_twice_counts_once():
    """A threshold counts witnesses, not signatures."""
    assert not read(f"{LINES}group g 2 x1 x2\nquorum g\n").is_met(by("x1", "x1"))


WRONG = {
    "no quorum": LINES,
    "two quorums": f"{LINES}quorum x1\nquorum x1\n",
    "an unknown quorum": f"{LINES}quorum z\n",
    "a quorum before its witness": f"quorum x1\n{LINES}",
    "a group before its member": f"group g any x1\n{LINES}quorum g\n",
    "a group of nobody": f"{LINES}group g any\nquorum g\n",
    "a threshold of none": f"{LINES}group g 0 x1\nquorum g\n",
    "a threshold above all": f"{LINES}group g 3 x1 x2\nquorum g\n",
    "a threshold with a zero before it": f"{LINES}group g 01 x1 x2\nquorum g\n",
    "a threshold in words": f"{LINES}group g most x1 x2\nquorum g\n",
    "none as a member": f"{LINES}group g any none\nquorum g\n",
    "a member of two groups": f"{LINES}group g any x1\ngroup h any x1\nquorum g\n",
    "a member twice": f"{LINES}group g 2 x1 x1\nquorum g\n",
    "a group in itself": f"{LINES}group g any g\nquorum g\n",
    "a name taken by a witness": f"{LINES}group x1 any x2\nquorum x1\n",
    "a name taken twice": f"{LINES}{LINES}quorum none\n",
    "the name none": LINES.replace("x1 ", "none ", 1) + "quorum none\n",
    "one key under two names": f"{LINES}witness z {SIGNERS['x1'].verifier.to_vkey()}\nquorum none\n",
    "a log twice": f"{LOG_LINE}{LOG_LINE}quorum none\n",
    "a log's key for a witness": f"witness z {LOG.verifier.to_vkey()}\nquorum none\n",
    "a witness's key for a log": f"log {SIGNERS['x1'].verifier.to_vkey()}\nquorum none\n",
    "no key": "witness z\nquorum none\n",
    "a word too many": f"witness z {SIGNERS['x1'].verifier.to_vkey()} https://w.example more\nquorum none\n",
    "an unknown line": f"{LINES}threshold 3\nquorum none\n",
    "a quorum of two words": f"{LINES}quorum x1 x2\n",
    "a carriage return": f"{LINES}quorum none\r\n",
    "a zero byte": f"{LINES}# \0\nquorum none\n",
    "nothing": "",
    "too long": "#" * 100_001,
    "too many lines": "\n" * 1_000 + "quorum none\n",
}


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG)
def test_what_is_no_policy_is_refused_in_a_sentence(text):
    """One sentence that ends with a full stop; never another error."""
    with pytest.raises(PolicyError, match=r"\.$"):
        read(text)


def test_a_policy_may_be_laid_out_freely():
    """Comments, empty lines, tabs, spaces around, names beyond ASCII, and addresses."""
    vkey = SIGNERS["x1"].verifier.to_vkey()
    text = f"# ours\n\n \t{LOG_LINE}  witness\twächter  {vkey}\thttps://w.example/prefix \n\t# more\nquorum  wächter"
    policy = read(text)
    assert [(each.name, each.url) for each in policy.witnesses] == [("wächter", "https://w.example/prefix")]
    assert [each.verifier for each in policy.logs] == [LOG.verifier]
    assert policy.is_met(by("x1"))
    assert not policy.is_met(by("x2"))


def test_octets_that_are_no_text_stay_what_they_are():
    """A name in another encoding is a name, and the same name only where its octets are the same."""
    lines = LINES.encode().replace(b"witness x1 ", b"witness \xe9 ")
    assert Policy.from_bytes(lines + b"quorum \xe9\n").is_met(by("x1"))
    with pytest.raises(PolicyError):
        Policy.from_bytes(lines + "quorum é\n".encode())


@pytest.mark.parametrize(("lines", "_"), QUORUMS.values(), ids=QUORUMS)
def test_a_policy_written_again_means_the_same(lines, _):
    """Without the addresses, which those who only verify do not need."""
    policy = read(LOG_LINE + LINES.replace("=\n", "= https://w.example\n") + lines)
    again = Policy.from_bytes(policy.to_bytes())
    assert b"https" not in policy.to_bytes()
    assert (again.verifiers, again.groups, again.quorum) == (policy.verifiers, policy.groups, policy.quorum)


@given(st.binary(max_size=200), st.binary(max_size=60))
def test_no_bytes_break_the_parser(noise, more):
    """Whatever a file holds, it is a policy or it is refused."""
    for content in (noise, LINES.encode() + noise, b"group " + noise + b"\nquorum " + more):
        with suppress(TlogError):
            assert Policy.from_bytes(content).quorum


def test_cosignatures_by_others_and_damaged_ones_do_not_count():
    """Of a checkpoint's lines only valid ones by the policy's witnesses are taken."""
    text = Checkpoint(LOG.name, 0, bytes(32)).to_text()
    good, other = SIGNERS["x1"].cosign(text, 7), SIGNERS["y1"].cosign(text, 7)
    bad = Signature(SIGNERS["x2"].verifier.name, SIGNERS["x2"].verifier.key_id, bytes(72))
    note = sign(text, [LOG]) + "".join(each.to_line() for each in (good, other, bad)).encode()
    policy = read("".join(LINES.splitlines(keepends=True)[:2]) + "group g 2 x1 x2\nquorum g\n")
    assert cosigned(note, policy) == (good,)
    assert not policy.is_met(cosigned(note, policy))
