"""The protected key file: what opens it, what it shows, and that nothing of it is ever said aloud."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.errors import CandourError, NotFound, Wrong
from ledger.keys import create_key, key_of, look_at_key, origin_in, passphrase_of, read_key
from ledger.settings import Settings
from ledger.tlog.note import Ed25519Signer
from tests.ledger.published import ORIGIN, SEED

PASSPHRASE = "correct horse battery staple é"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    place = tmp_path / "signing.key"
    create_key(place, ORIGIN, SEED, PASSPHRASE)
    return place


def test_a_protected_key_opens_with_its_passphrase(path: Path):
    """It is the same key, its file is for its owner only, and neither the key nor the passphrase stands in it."""
    found = read_key(path, ORIGIN, PASSPHRASE)
    assert found.signer == Ed25519Signer.from_seed(ORIGIN, SEED)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    content = path.read_bytes()
    assert SEED not in content
    assert b"PRIVATE+KEY" not in content
    assert PASSPHRASE not in repr(found)


def test_the_public_part_needs_no_passphrase(path: Path, tmp_path: Path):
    """So that settings and `candour key show` know whose key it is; a plain file tells the same."""
    vkey = Ed25519Signer.from_seed(ORIGIN, SEED).verifier
    assert look_at_key(path) == (vkey, True)
    assert origin_in(path) == ORIGIN
    create_key(tmp_path / "plain", ORIGIN, SEED)
    assert look_at_key(tmp_path / "plain") == (vkey, False)
    assert look_at_key(tmp_path / "none") is None


def _without_first_line(content: bytes) -> bytes:
    return content.partition(b"\n")[2]


def _another_first_line(content: bytes) -> bytes:
    other = Ed25519Signer.from_seed(ORIGIN, SEED[::-1]).verifier.to_vkey().encode()
    return other + b"\n" + _without_first_line(content)


def _damaged(content: bytes) -> bytes:
    return content.replace(b"\nM", b"\nN")


FILES = {
    "no passphrase": (None, None, "CANDOUR_KEY_PASSPHRASE_FILE"),
    "another passphrase": (None, "not the passphrase at all", "The passphrase does not open"),
    "an empty one": (None, "", "The passphrase does not open"),
    "no first line": (_without_first_line, PASSPHRASE, "holds no signing key"),
    "the first line of another key": (_another_first_line, PASSPHRASE, "not the one that its first line names"),
    "damaged": (_damaged, PASSPHRASE, "The passphrase does not open"),
}


@pytest.mark.parametrize(("change", "given", "says"), FILES.values(), ids=FILES)
def test_what_does_not_open_says_so_in_a_sentence(path: Path, change, given: str | None, says: str):
    """The words name the file and what to do; no passphrase and no byte of the key is in them, or behind them."""
    if change is not None:
        path.write_bytes(change(path.read_bytes()))
    with pytest.raises(Wrong, match=says) as raised:
        read_key(path, ORIGIN, given)
    assert str(path) in str(raised.value)
    assert not given or given not in str(raised.value)
    assert raised.value.__cause__ is None


def test_a_short_passphrase_is_refused(tmp_path: Path):
    """It could be guessed, so no key is made."""
    with pytest.raises(Wrong, match="20 characters"):
        create_key(tmp_path / "key", ORIGIN, SEED, "nineteen characters")
    assert list(tmp_path.iterdir()) == []


def settings(path: Path, **given: str) -> Settings:
    names = {f"CANDOUR_{name.upper()}": value for name, value in given.items()}
    return Settings.from_environ({"CANDOUR_SIGNING_KEY": str(path), "CANDOUR_ORIGIN": ORIGIN, **names})


def test_the_passphrase_comes_from_a_file_or_the_environment(path: Path, tmp_path: Path):
    """One line feed at its end is none of it, as programs that write such files put one there."""
    held = tmp_path / "passphrase"
    for content in (PASSPHRASE, f"{PASSPHRASE}\n", f"{PASSPHRASE}\r\n"):
        held.write_bytes(content.encode())
        assert key_of(settings(path, key_passphrase_file=str(held))).origin == ORIGIN
    assert key_of(settings(path, key_passphrase=PASSPHRASE)).origin == ORIGIN
    assert passphrase_of(settings(path)) is None
    assert PASSPHRASE not in repr(settings(path, key_passphrase=PASSPHRASE))
    assert PASSPHRASE not in str(list(settings(path, key_passphrase=PASSPHRASE).shown()))


def test_two_passphrases_are_one_too_many(path: Path):
    """Which one counts would be a guess."""
    with pytest.raises(CandourError, match="not both"):
        settings(path, key_passphrase=PASSPHRASE, key_passphrase_file="x")


UNUSABLE = {
    "missing": (None, NotFound),
    "empty": (b"", Wrong),
    "not text": (b"\xff", Wrong),
    "lines": (b"a\nb\n", Wrong),
}


@pytest.mark.parametrize(("content", "error"), UNUSABLE.values(), ids=UNUSABLE)
def test_a_file_without_a_passphrase_is_said_to_be_one(path: Path, content: bytes | None, error: type[CandourError]):
    """By its name, and what the setting is called or what to put there."""
    held = path.with_name("passphrase")
    if content is not None:
        held.write_bytes(content)
    with pytest.raises(error, match="passphrase"):
        passphrase_of(replace(settings(path), key_passphrase_file=held))
