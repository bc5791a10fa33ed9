"""Taking in releases in a browser: bounded, safe to repeat, accounted for; and erasing what the quarantine keeps."""

from __future__ import annotations

import gzip
import io
import re
import zlib
from pathlib import Path

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from ledger.clock import utc_now
from ledger.database import imported_release, quarantined
from ledger.errors import Wrong
from ledger.ocds import quarantine
from tests.ledger.ocds.releases import OCID, package, release
from tests.web.people.conftest import Doors
from tests.web.record.conftest import Desk
from web.record import releases

MOST = 100_000
"""The longest file in these tests. Longer ones lie in files of the test client itself, which it forgets to close."""

GOOD = release(1, "2026-01-01T09:00:00Z", "tender", tender={"status": "active", "title": "Services"})
BAD = {"ocid": OCID, "date": "2026-01-01", "note": "ring Ada Hill on 020 7946 0000"}


def send(desk: Desk, content: bytes, name: str = "releases.json") -> TestResponse:
    return desk.send("/record/releases/", "/record/releases/", file=(io.BytesIO(content), name))


def counts_of(desk: Desk, answer: TestResponse) -> list[int]:
    """Return what the page says of releases: in the file, recorded, on record already, in quarantine."""
    assert answer.status_code == 303, answer.text
    page = desk.open(answer.headers["Location"])
    return [int(each) for each in re.findall(r'list__value">([0-9]+)</dd>', page)]


def test_a_file_is_taken_in_and_every_release_accounted_for(desk: Desk):
    """The page says what became of each; sent again, the same file adds nothing."""
    content = package(GOOD, BAD)
    assert counts_of(desk, send(desk, content)) == [2, 1, 0, 1]
    size = desk.ledger.head().size
    assert counts_of(desk, send(desk, gzip.compress(content), "again.json.gz")) == [2, 0, 1, 1]
    assert desk.ledger.head().size == size
    desk.catch_up()
    assert "Services" in desk.open(f"/processes/{OCID}")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b" " * (MOST + 1), "candour import ocds"),
        (gzip.compress(b" " * 41_000_000), "candour import ocds"),
        (gzip.compress(package(GOOD))[:-9], "damaged"),
        (b"PK\x03\x04 an archive", "ZIP"),
        (b"# Read me\n\nThis is text.\n", "Nothing in releases.json is a release"),
    ],
    ids=["nothing", "too long", "too long unpacked", "cut short", "an archive", "a text"],
)
def test_what_a_page_does_not_take_is_refused_before_anything_is_recorded(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, content: bytes, why: str
):
    """Each bound is said in words, with the way that has none."""
    monkeypatch.setattr(releases, "MOST_BYTES", MOST)
    answer = send(desk, content)
    assert answer.status_code == 422
    assert why in answer.text
    with desk.doors.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(imported_release)) == 0
        assert quarantine.count(connection) == 0


def test_of_a_file_with_too_many_releases_the_first_are_taken_and_the_page_says_so(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    """A browser does not wait for ever, and nothing is left out in silence."""
    monkeypatch.setattr(releases, "MOST_RELEASES", 2)
    many = [release(n, f"2026-01-0{n}T09:00:00Z") for n in range(1, 4)]
    answer = send(desk, package(*many))
    assert counts_of(desk, answer) == [2, 2, 0, 0]
    assert "Only the first 2 releases" in desk.open(answer.headers["Location"])
    assert "Only the first" not in desk.open(send(desk, package(*many[:2])).headers["Location"])


def test_no_file_at_all_is_asked_for(desk: Desk):
    """Without a file, the form comes again and says so."""
    answer = desk.send("/record/releases/", "/record/releases/")
    assert (answer.status_code, "Choose a file." in answer.text) == (422, True)


def test_a_file_is_not_taken_without_the_proof_against_forgery(desk: Desk):
    """Another site cannot have a recorder's browser send a file."""
    answer = desk.doors.browser.post("/record/releases/", data={"file": (io.BytesIO(package(GOOD)), "a.json")})
    assert answer.status_code == 400


def test_the_page_of_counts_shows_none_that_do_not_add_up(desk: Desk):
    """Nobody is led to a page that claims what cannot be."""
    assert desk.doors.browser.get("/record/releases/taken-in?found=5&recorded=1").status_code == 404


@pytest.fixture
def office(doors: Doors) -> Desk:
    """An information officer, signed in."""
    made = Desk(doors)
    doors.person("information_officer")
    doors.sign_in()
    return made


def hold(desk: Desk, *raws: bytes) -> None:
    refusals = [
        quarantine.Refusal(f"file-{n}.json", n, Wrong("This is not right."), raw, complete=True)
        for n, raw in enumerate(raws)
    ]
    quarantine.put(desk.doors.engine, refusals, utc_now())


def rows(desk: Desk) -> list[tuple[str, bytes]]:
    with desk.doors.engine.connect() as connection:
        found = connection.execute(select(quarantined.c.reason, quarantined.c.raw).order_by(quarantined.c.number))
        return [(each.reason, zlib.decompress(each.raw)) for each in found]


SECRET = b'{"name": "Ada Hill <b>"}'


def test_an_officer_erases_what_is_kept_and_the_list_says_so(office: Desk):
    """The text is gone from every place where it was, and does not come back; that it was erased is public."""
    hold(office, SECRET, b"other", SECRET)
    assert "Ada Hill &lt;b&gt;" in office.open("/record/releases/quarantine")
    answer = office.send("/record/releases/quarantine", "/record/releases/quarantine/1", basis="erasure_request")
    assert answer.status_code == 303
    assert [raw for _, raw in rows(office)] == [b"", b"other", b""]
    hold(office, b"", b"", b"", SECRET)
    assert SECRET not in [raw for _, raw in rows(office)]
    told = office.open("/imports/quarantine")
    assert told.count("erased by law") == 3
    assert "Request for erasure" in told
    database = Path(str(office.doors.engine.url.database))
    for file in (database, database.with_name(f"{database.name}-wal")):
        assert zlib.compress(SECRET) not in file.read_bytes()


def test_erasing_needs_a_basis_and_something_to_erase(office: Desk):
    """Without a legal basis nothing goes, and what is not there is not found."""
    hold(office, SECRET)
    for basis in ("", "because"):
        answer = office.send("/record/releases/quarantine", "/record/releases/quarantine/1", basis=basis)
        assert (answer.status_code, "Choose the legal basis." in answer.text) == (422, True)
    assert rows(office)[0][1] == SECRET
    answer = office.send("/record/releases/quarantine", "/record/releases/quarantine/7", basis="personal_data")
    assert answer.status_code == 404


def test_recorders_do_not_see_what_is_in_quarantine(desk: Desk):
    """What it holds is for information officers alone."""
    assert desk.doors.browser.get("/record/releases/quarantine").status_code == 403
