"""Backups and restores as docs/operations/backup.md tells them: nothing is forked, and what is lost is said."""

from __future__ import annotations

import shutil
from pathlib import Path

import orjson
import pytest

from ledger.database import connect
from ledger.store import Ledger
from projections.follower import leading
from tests.operations.conftest import LATE, TOKEN, Place
from tests.operations.pages import commands as commands_of
from tests.operations.pages import run_line
from tests.operations.search import in_files, in_rows
from tests.projections.record import issue, opening
from web.cli import STORIES


@pytest.fixture(name="commands")
def commands_of_the_page(root: Path) -> list[str]:
    """Those of the page for SQLite, without the program's name."""
    found = commands_of(root, "backup.md")
    names = ["candour backup", "pg_dump --format=custom", "candour restore", "pg_restore --no-owner", "candour restore"]
    assert [" ".join(each.split()[:2]) for each in found] == [*names, "candour follow", "candour verify"]
    return [found[place].removeprefix("candour ") for place in (0, 2, 5, 6)]


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


# --- PostgreSQL -------------------------------------------------------------------------------------------------------


def use(place: Place, database: str) -> None:
    place.environ["CANDOUR_DATABASE_URL"] = place.environ[database].replace("postgresql:", "postgresql+psycopg:", 1)


def test_postgresql_is_restored_from_its_own_backup_and_the_published_files(on_postgresql: Place, root: Path):
    """By the page's commands: what came after the backup is back, redactions and a change of key too, losses named."""
    place, page = on_postgresql, commands_of(root, "backup.md")
    assert "pg_dump" in place.run("backup x.db")[1]
    dump, load, restore, *rest = (page[number] for number in (1, 3, 4, 5, 6))
    assert run_line(place, dump).status == 0
    place.record(LATE | issue("It failed again."))
    assert place.run("redact 0 data.title --basis erasure_request --as officer")[0] == 0
    assert place.run("key new --next --plain")[0] == 0
    assert place.run("key rotate --organisation GB-GOR:D18:MoJ --as keeper --reason 'Once a year.'")[0] == 0
    assert place.run("verify var/public --since remembered")[0] == 0
    note = (place.public / "log/checkpoint").read_bytes()

    loaded = run_line(place, load)
    assert loaded.status == 0, loaded
    use(place, "EMPTY_DATABASE")
    status, told = place.run("follow --once")
    assert (status, "an older copy" in told) == (1, True), told
    restored = run_line(place, restore)

    assert restored.status == 0, restored
    assert "holds 5 entries; 3 came from the published files" in restored.told
    assert "Entry 3 removes values by law, and they are removed here again." in restored.told
    assert "of entry 2" in restored.told
    assert [run_line(place, each).status for each in rest] == [0, 0]
    assert (place.public / "log/checkpoint").read_bytes() == note
    engine = connect(place.environ["CANDOUR_DATABASE_URL"])
    assert in_rows(engine, [TOKEN]) == {}
    engine.dispose()
    place.record(LATE | issue("It works now."))
    assert place.run("follow --once")[0] == 0
    assert "extends the log of 5 entries" in place.run("verify var/public --since remembered")[1]


def test_an_older_postgresql_database_in_place_is_read_only(on_postgresql: Place, root: Path):
    """It is noticed before anything is signed; commands record nothing until the restore."""
    place, page = on_postgresql, commands_of(root, "backup.md")
    assert run_line(place, page[1]).status == 0
    place.record(LATE | issue("It failed again."))
    assert place.run("follow --once")[0] == 0
    assert run_line(place, page[3]).status == 0
    use(place, "EMPTY_DATABASE")
    assert place.run("follow --once")[0] == 1
    before = Ledger(place.opened()).head().size
    (place.folder / "entry.json").write_bytes(orjson.dumps(LATE | issue("It works.")))
    for command in (
        "record issue-reported --input entry.json",
        "redact 0 data.title --basis erasure_request --as officer",
        "import ocds entry.json",
        f"import story {STORIES / 'family-services.yaml'}",
    ):
        status, told = place.run(command)
        assert (status, "Nothing can be recorded at the moment" in told) == (1, True), told
    assert Ledger(place.opened()).head().size == before
    assert place.run("doctor")[0] == 1
    assert run_line(place, page[4]).status == 0
    assert place.run("follow --once")[0] == 0
    assert place.run("record issue-reported --input entry.json")[0] == 0
