"""The pages keys.md, loss.md and compromise.md of docs/operations, each followed command by command."""

from __future__ import annotations

import stat
from pathlib import Path

import orjson
import pytest

from ledger.clock import utc_now
from ledger.files import read_file
from ledger.keys import passphrase_of, read_key
from ledger.tlog.note import MAX_NOTE, Checkpoint, Ed25519Signer, sign
from ledger.tlog.witness import AddCheckpoint
from ledger.witness import open_witness
from tests.operations.conftest import LATE, Place
from tests.operations.pages import Done, commands, follow_page, run_line
from tests.projections.record import issue, opening, stated
from web.doctor import known_settings


def told_by(done: list[Done], command: str) -> str:
    return next(each.told for each in done if each.command.startswith(command))


@pytest.fixture
def made(place: Place, root: Path) -> Place:
    """A ledger with a protected key, made as keys.md says, with two entries, and a copy of its key."""
    follow_page(place, commands(root, "keys.md", "Make it"))
    place.record(LATE | opening())
    place.record(LATE | issue("The portal failed."))
    assert place.run("follow --once")[0] == 0
    follow_page(place, commands(root, "keys.md", "Keep it"))
    return place


def test_a_key_is_made_and_kept(made: Place):
    """Protected, for its owner only, and a copy of it with the passphrase is the same key."""
    assert stat.S_IMODE((made.folder / "var/signing.key").stat().st_mode) == 0o600
    assert "protected by a passphrase" in made.run("key show")[1]
    status, told = made.run("doctor")
    assert (status, "protected by a passphrase" in told) == (0, True), told
    settings = known_settings(made.environ)
    copy = read_key(made.folder / "offline/signing.key", settings.origin, passphrase_of(settings))
    assert copy.verifier.to_vkey() == (made.folder / "key.txt").read_text().strip()
    assert "There is a file" in made.run("key new")[1]


def test_without_a_passphrase_nothing_can_be_signed(made: Place):
    """Missing or wrong, it is said in a sentence; what was published stays."""
    del made.environ["CANDOUR_KEY_PASSPHRASE_FILE"]
    (made.folder / "wrong").write_text("not the passphrase of this key\n")
    # The variable that was set for the commands before is still there, as in a shell.
    for value, says in (("", "none is given"), ("wrong", "The passphrase does not open"), ("gone", "no passphrase at")):
        made.environ["CANDOUR_KEY_PASSPHRASE_FILE"] = value
        for command in ("follow --once", "key new --next --plain", "restore", "init"):
            status, told = made.run(command)
            assert (status, says in told, "Traceback" in told) == (1, True, False), told
        assert made.run("verify var/public")[0] == 0


def test_a_key_is_changed(made: Place, root: Path):
    """As the page says: the log verifies with the key that readers have and with the new one, and goes on."""
    made.run("verify var/public --since remembered")
    first = (made.folder / "key.txt").read_text().strip()

    done = follow_page(made, commands(root, "keys.md", "Change it"))

    last = (made.public / "log/key").read_text().strip()
    assert last != first
    assert last in told_by(done, "candour key new --next")
    assert "by entry 2" in told_by(done, "candour key rotate")
    assert "each signed by the old key and the new one: 1." in told_by(done, "candour verify")
    assert not list((made.folder / "var").glob("*.retired-*"))
    made.record(LATE | issue("It works now."))
    assert made.run("follow --once")[0] == 0
    assert f"Signed by {last}" in made.run("verify", "var/public", "--vkey", first)[1]
    assert "extends the log of 2 entries" in made.run("verify var/public --since remembered")[1]
    assert f"Entry 2 changed {first} to {last}." in made.run("key show")[1]
    assert made.run("doctor")[0] == 0
    assert "differed" not in made.run("rebuild")[1]
    page = made.app().test_client().get("/entries/2")
    assert (page.status_code, "Signing key changed" in page.get_data(as_text=True)) == (200, True)
    handovers = made.app().test_client().get("/log/handovers")
    assert handovers.get_data() == (made.public / "log/handovers").read_bytes()
    handovers.close()


def test_no_entry_alone_changes_the_key(made: Place):
    """The commands that record and import refuse this kind, and say which command does it."""
    first = (made.folder / "key.txt").read_text().strip()
    other = Ed25519Signer.from_seed(first.partition("+")[0], bytes(32)).verifier.to_vkey()
    raw = stated("signing-key-rotated", {"old_vkey": first, "new_vkey": other}, "ledger/ledger") | LATE
    raw["data"] |= {"rotated_on": "2026-03-02", "reason": {"state": "not_given"}}
    (made.folder / "entry.json").write_bytes(orjson.dumps(raw))
    (made.folder / "entries.csv").write_text("old_vkey\n")
    by = "--stream ledger/ledger --organisation GB-GOR:D18:MoJ --role keeper"
    for command in (
        "record signing-key-rotated --input entry.json",
        f"import csv signing-key-rotated entries.csv {by}",
    ):
        status, told = made.run(command)
        assert (status, "is recorded by candour key rotate" in told) == (1, True), told
    assert "2 entries are sealed" in made.run("follow --once")[1]


# --- lost -------------------------------------------------------------------------------------------------------------


def test_a_lost_key_is_put_back_from_its_copy(made: Place, root: Path):
    """Without it nothing is sealed and reading goes on; with the copy the log goes on as if nothing had been."""
    (made.folder / "var/signing.key").unlink()
    made.record(LATE | issue("It works now."))
    status, told = made.run("follow --once")
    assert (status, "There is no signing key" in told) == (1, True)
    assert made.app().test_client().get("/entries/1").status_code == 200

    done = follow_page(made, commands(root, "loss.md", "There is a copy"))

    assert "3 entries are sealed and public." in told_by(done, "candour follow")


def test_a_copy_from_before_a_change_signs_nothing(made: Place, root: Path):
    """It is refused with the name of the key that must sign, and nothing is signed or published."""
    (made.folder / "older.key").write_bytes((made.folder / "offline/signing.key").read_bytes())
    follow_page(made, commands(root, "keys.md", "Change it"))
    (made.folder / "var/signing.key").write_bytes((made.folder / "older.key").read_bytes())
    made.record(LATE | issue("It works now."))
    before = (made.public / "log/checkpoint").read_bytes()
    status, told = made.run("follow --once")
    assert (status, "must sign" in told) == (1, True), told
    assert (made.public / "log/checkpoint").read_bytes() == before
    status, told = made.run("doctor")
    assert (status, "Put the right file there" in told) == (1, True), told


def test_without_any_copy_a_new_log_is_begun(made: Place, root: Path):
    """The old one stays as it was and still verifies; the new one has another name and key, and the public entries."""
    (made.folder / "var/signing.key").unlink()

    done = follow_page(made, commands(root, "loss.md", "There is none"))

    assert told_by(done, "candour import ledger").startswith("2 entries = 2 recorded")
    assert (made.public / "log/key").read_text().startswith("ledger.example/log-2+")
    old = made.run("verify", "ended-log", "--vkey", (made.folder / "key.txt").read_text().strip())
    assert (old[0], "2 entries" in old[1]) == (0, True), old
    assert made.app().test_client().get("/processes/riverside").status_code == 200


# --- stolen -----------------------------------------------------------------------------------------------------------


def test_a_stolen_key_is_left_at_once(made: Place, root: Path):
    """The log goes on under a new key; a witness that was told cosigns nothing more for the thief."""
    first = (made.folder / "key.txt").read_text().strip()
    stolen = read_key(made.folder / "var/signing.key", known_settings(made.environ).origin, _passphrase(made))
    assert made.run("witness init --name w.example")[0] == 0
    assert made.run("witness", "trust", first)[0] == 0
    witness = open_witness(made.folder / "var/witness")
    note = read_file(made.public / "log/checkpoint", MAX_NOTE) or b""
    assert witness.add_checkpoint(AddCheckpoint(0, (), note).to_bytes(), utc_now()).verdict.status == 200
    assert made.run("verify", "var/public", "--vkey", first, "--since", "remembered")[0] == 0

    done = follow_page(made, commands(root, "compromise.md"))

    assert told_by(done, "candour witness alarms") == "No alarms.\n"
    assert "Entry 2 changed" in told_by(done, "candour key show")
    forged = sign(Checkpoint(stolen.origin, 2, bytes(32)).to_text(), [stolen.signer])
    assert witness.add_checkpoint(AddCheckpoint(2, (), forged).to_bytes(), utc_now()).verdict.status == 403
    (made.public / "log/checkpoint").write_bytes(forged)
    assert made.run("verify", "var/public", "--vkey", first)[0] == 1
    watched = made.run("witness", "watch", "var/public", "--vkey", first, "--once", "--folder", "watched")
    assert watched[0] == 1


def _passphrase(made: Place) -> str | None:
    return passphrase_of(known_settings(made.environ))


def test_every_command_of_the_pages_is_rehearsed(root: Path):
    """Each fenced command of the three pages lies in a section that a test above follows."""
    rehearsed = {
        "keys.md": ["Make it", "Keep it", "Change it"],
        "loss.md": ["There is a copy", "There is none"],
        "compromise.md": ["What to do, within the hour"],
    }
    for page, sections in rehearsed.items():
        assert commands(root, page) == [line for each in sections for line in commands(root, page, each)]


def test_a_command_that_fails_on_a_page_is_noticed(place: Place):
    """The rehearsal itself can fail."""
    assert run_line(place, "candour key show").status == 1
    assert run_line(place, "false").status == 1
