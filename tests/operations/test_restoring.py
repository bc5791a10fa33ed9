"""Backups and restores as docs/operations/backup.md tells them: nothing is forked, and what is lost is said."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from projections.follower import leading
from tests.operations.conftest import Place
from tests.operations.search import in_files
from tests.projections.record import issue, opening

LATE = {"late_reason": "Entered to try it."}
TOKEN = "zqxj77kvwb"


def documented(root: Path, name: str) -> list[str]:
    """Return the commands of a page of docs/operations, in order."""
    text = (root / "docs/operations" / name).read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    return [line.strip().removeprefix("candour ") for block in blocks for line in block.strip().splitlines()]


@pytest.fixture
def commands(root: Path) -> list[str]:
    found = documented(root, "backup.md")
    assert [each.split()[0] for each in found] == ["backup", "restore", "follow", "verify"]
    return found


@pytest.fixture
def backed_up(place: Place, commands: list[str]) -> Place:
    """Two entries in a backup, and three that came after it: one redacts a text of the first."""
    place.run("init")
    place.record(LATE | opening(title=f"Services {TOKEN}"))
    place.record(LATE | issue("The portal failed."))
    place.run("follow --once")
    assert place.run(commands[0]) == (0, "backups/ledger.db holds the ledger with 2 entries.\n")
    place.record(LATE | issue("It failed again."))
    place.run("follow --once")
    place.record(LATE | issue("It failed once more."))
    assert place.run("redact 0 data.title --basis erasure_request --as officer")[0] == 0
    return place


def test_a_restore_goes_on_from_the_published_files(backed_up: Place, commands: list[str]):
    """Entries that the backup lacks are back, redactions done again, losses named, and the log extends what it was."""
    backed_up.run("verify var/public --since remembered")
    before = backed_up.public / "log/checkpoint"
    note = before.read_bytes()

    status, told = backed_up.run(commands[1])

    assert status == 0, told
    assert "holds 5 entries; 3 came from the published files" in told
    assert "Entry 4 removes values by law, and they are removed here again." in told
    assert "Lost: 2 values of entry 2" in told
    assert [backed_up.run(each)[0] for each in commands[2:]] == [0, 0]
    assert before.read_bytes() == note
    shutil.rmtree(backed_up.folder / "backups")
    for aside in backed_up.folder.glob("var/*.replaced-*"):
        aside.unlink()
    assert in_files(backed_up.folder, [TOKEN]) == {}
    backed_up.record(LATE | issue("It works now."))
    backed_up.run("follow --once")
    assert "extends the log of 5 entries" in backed_up.run("verify var/public --since remembered")[1]
    assert "differed" not in backed_up.run("rebuild")[1]


def test_an_older_copy_in_place_is_served_but_not_signed(backed_up: Place):
    """It is noticed before anything is signed, every page says so, and a restore in place mends it."""
    for part in backed_up.database.parent.glob("candour.db*"):
        part.unlink()
    shutil.copy("backups/ledger.db", backed_up.database)
    head = (backed_up.folder / "var/signing.key.head").read_bytes()

    status, told = backed_up.run("follow --once")

    assert (status, "an older copy" in told) == (1, True)
    assert (backed_up.folder / "var/signing.key.head").read_bytes() == head
    for path in ("/", "/processes/riverside", "/entries/0"):
        page = backed_up.app().test_client().get(path)
        assert (page.status_code, "an older copy" in page.get_data(as_text=True)) == (200, True), path
    status, told = backed_up.run("restore")
    assert (status, "holds 5 entries" in told) == (0, True), told
    assert backed_up.run("follow --once")[0] == 0
    assert not (backed_up.public / "ALERT").exists()


def test_a_backup_of_another_log_is_refused(backed_up: Place, commands: list[str]):
    """Other entries under the same key would be a fork: nothing is changed."""
    backed_up.database.rename("real.db")
    (backed_up.folder / "backups/ledger.db").unlink()
    backed_up.public.rename("public")
    (backed_up.folder / "var/signing.key.head").rename("head")
    backed_up.run("init")
    backed_up.record(LATE | opening(title="Other services"))
    backed_up.run(commands[0])
    backed_up.close()
    for part in backed_up.database.parent.glob("candour.db*"):
        part.unlink()
    shutil.rmtree(backed_up.public)
    Path("public").rename(backed_up.public)
    Path("head").rename("var/signing.key.head")
    Path("real.db").rename(backed_up.database)
    before = backed_up.database.read_bytes()

    status, told = backed_up.run(commands[1])

    assert (status, "holds other entries than the first 1 that were published" in told) == (1, True), told
    assert backed_up.database.read_bytes() == before


def test_signed_entries_that_would_be_gone_stop_a_restore(backed_up: Place, commands: list[str]):
    """With neither backup nor public files of them, the log cannot go on, and nothing is changed."""
    shutil.rmtree(backed_up.public)
    before = backed_up.database.read_bytes()
    status, told = backed_up.run(commands[1])
    assert (status, "signed over 5 entries" in told, "hold only 2" in told) == (1, True, True), told
    assert backed_up.database.read_bytes() == before


def test_published_files_that_were_changed_restore_nothing(backed_up: Place, commands: list[str]):
    """Entries are only taken from files that verify."""
    bundle = next(backed_up.public.glob("log/tile/entries/000.p/5"))
    bundle.write_bytes(bundle.read_bytes().replace(b"issue-reported", b"issue-repeated"))
    status, told = backed_up.run(commands[1])
    assert (status, "do not verify" in told) == (1, True), told


def test_a_restore_waits_for_the_ledger_to_be_stopped(backed_up: Place, commands: list[str]):
    """While a follower leads, the command refuses; without --replace a database in place is never touched."""
    with leading(backed_up.engine(), backed_up.folder / "var/signing.key") as is_leading:
        assert is_leading
        assert "is running" in backed_up.run(commands[1])[1]
    assert "already" in backed_up.run(commands[1].removesuffix(" --replace"))[1]
    assert backed_up.run(commands[0])[0] == 1
