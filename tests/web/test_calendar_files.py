"""Calendars as finished files: each change writes the dates it touches; a removal leaves nothing behind."""

from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path

import pytest

from ledger.files import replace_file
from projections.publications import publisher
from tests.projections.record import (
    BASE_URL,
    PROCESS,
    SECRETS,
    SOURCE,
    TIMETABLE,
    budget,
    issue,
    moved,
    opening,
    redaction,
    withdrawal,
)
from tests.projections.test_calendar import GIVEN, announced, check, events, parts
from tests.web.conftest import Site

KEYS = ("all", "process/riverside", "group/forum", "organisation/gb-gor-d18")


def calendars(site: Site) -> dict[str, bytes]:
    """Every calendar, by its path."""
    folder = site.public_dir / "calendar"
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.ics")}


def numbers(site: Site) -> dict[str, int]:
    """Which file each calendar is: another number is another file."""
    folder = site.public_dir / "calendar"
    return {str(path.relative_to(folder)): path.stat().st_ino for path in folder.rglob("*.ics")}


def test_what_is_in_the_files_is_what_is_made_of_the_rows(files_site: Site):
    """A file and the same calendar made anew are the same bytes, and the packed file holds them too."""
    found = calendars(files_site)
    assert {f"{key}.ics" for key in KEYS} <= found.keys()
    for name, written in found.items():
        check(written)
        path = files_site.public_dir / "calendar" / name
        packed = path.with_name(f"{path.name}.gz")
        assert gzip.decompress(packed.read_bytes()) == written
        path.unlink()
        packed.unlink()
        assert files_site.get(f"/calendar/{name}").get_data() == written, name


def test_calendars_are_served_with_all_that_caches_use(files_site: Site):
    """A strong tag for each packing, 304 by tag and by date, HEAD, ranges, and how long to keep it."""
    for key in KEYS:
        path = f"/calendar/{key}.ics"
        whole = files_site.get(path)
        assert whole.content_type == "text/calendar; charset=utf-8"
        assert whole.get_etag()[1] is False
        assert whole.headers["Cache-Control"] == "public, max-age=60"
        packed = files_site.get(path, headers={"Accept-Encoding": "gzip"})
        assert packed.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed.get_data()) == whole.get_data()
        assert packed.headers["ETag"] != whole.headers["ETag"]
        for asked in ({"If-None-Match": whole.headers["ETag"]}, {"If-Modified-Since": whole.headers["Last-Modified"]}):
            answered = files_site.get(path, headers=asked)
            assert (answered.status_code, answered.get_data()) == (304, b"")
        part = files_site.get(path, headers={"Range": "bytes=6-14"})
        assert (part.status_code, part.get_data()) == (206, b"VCALENDAR")
        head = files_site.head(path)
        assert (head.headers["Content-Length"], head.get_data()) == (str(len(whole.get_data())), b"")


def test_a_moved_deadline_moves_in_every_file_and_nothing_else_does(files_site: Site):
    """Its UID stays and its SEQUENCE rises in each calendar that holds it; all other dates keep their bytes."""
    files_site.publish(opening("elsewhere", "Elsewhere"))
    before = {key: events(files_site.get(f"/calendar/{key}.ics").get_data()) for key in KEYS}
    untouched = numbers(files_site)["process/elsewhere.ics"]
    files_site.publish(moved("tender_deadline", "2026-07-01", GIVEN))

    name = "milestone/tender_deadline"
    for key in ("all", "process/riverside", "organisation/gb-gor-d18"):
        now = events(files_site.get(f"/calendar/{key}.ics").get_data())
        assert now.keys() == before[key].keys()
        assert now[name].decoded("DTSTART") == date(2026, 7, 1)
        assert (now[name]["UID"], now[name]["SEQUENCE"]) == (
            before[key][name]["UID"],
            before[key][name]["SEQUENCE"] + 1,
        )
        assert "Moved from 22 June 2026 to 1 July 2026." in now[name]["DESCRIPTION"]
        assert {each for each in now if now[each].to_ical() != before[key][each].to_ical()} == {name}
    assert numbers(files_site)["process/elsewhere.ics"] == untouched


def test_a_withdrawn_timetable_is_cancelled_in_every_file(files_site: Site):
    """A calendar takes a date out only if it is told to."""
    files_site.publish(announced("2026-05-01", "2026-05-20"), withdrawal(16))
    for key in ("all", "process/riverside", "organisation/gb-gor-d18"):
        found = events(files_site.get(f"/calendar/{key}.ics").get_data())["consultation/16"]
        assert (str(found["STATUS"]), found["SEQUENCE"]) == ("CANCELLED", 1)


def test_an_entry_that_moves_no_date_writes_no_calendar(files_site: Site):
    """A budget is no date: every file stays the one it was."""
    before = numbers(files_site)
    files_site.publish(budget("5"))
    assert numbers(files_site) == before


def test_a_body_gets_the_dates_of_a_process_that_it_joins(files_site: Site):
    """The calendar of a body holds every process it has a part in, from its first entry there on."""
    joining = {"organisation": {"scheme": "GB-CHC", "id": "1234567", "name": "A charity"}, "role": "officer"}
    assert files_site.get("/calendar/organisation/gb-chc-1234567.ics").status_code == 404
    files_site.publish(issue("We take part.", by=joining))

    made = files_site.get("/calendar/organisation/gb-chc-1234567.ics").get_data()
    check(made)
    assert "milestone/tender_deadline" in events(made)
    assert (files_site.public_dir / "calendar" / "organisation" / "gb-chc-1234567.ics").read_bytes() == made


def test_a_new_title_is_in_every_date_of_its_process(files_site: Site):
    """Dates are called by what their process is called today."""
    files_site.publish(opening(title="Riverside, renamed", corrects={"index": 0, "reason": "Misspelt."}))
    for key in ("all", "process/riverside", "organisation/gb-gor-d18"):
        found = events(files_site.get(f"/calendar/{key}.ics").get_data())
        assert all(str(each["SUMMARY"]).endswith("Riverside, renamed") for each in found.values())


def test_a_removal_is_in_no_calendar_before_anything_is_signed(files_site: Site, monkeypatch: pytest.MonkeyPatch):
    """A reason that was removed is in no file any more, although nothing could be signed since."""
    said = b"Robin Doe asked for it."
    files_site.publish(moved("launch", "2026-04-20", GIVEN | {"text": said.decode()}))
    assert any(said in made.replace(b"\r\n ", b"") for made in calendars(files_site).values())

    files_site.book.record(redaction(16, "data.reason.text"))
    monkeypatch.setattr("projections.follower.sign", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        files_site.follower.step()
    for path in (files_site.public_dir / "calendar").rglob("*.ics*"):
        held = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        for secret in (said, *(each.encode() for each in SECRETS)):
            assert secret not in held.replace(b"\r\n ", b""), path.name


def test_an_import_writes_each_calendar_once(files_site: Site, monkeypatch: pytest.MonkeyPatch):
    """However many entries come in one go, each calendar that they touch is put in place once."""
    put: list[str] = []
    replace = replace_file

    def counted(path: Path, content: bytes) -> None:
        put.append(str(path))
        replace(path, content)

    monkeypatch.setattr(publisher, "replace_file", counted)
    days = [f"2026-{month:02}-{day:02}" for month in (7, 8) for day in range(1, 29)]
    files_site.publish(*(moved("launch", day, {"state": "not_given"}) for day in days))

    written = [path for path in put if "/calendar/" in path]
    assert len(written) == len(set(written)) >= 6
    launch = events(files_site.get("/calendar/process/riverside.ics").get_data())["milestone/launch"]
    assert (launch.decoded("DTSTART"), launch["SEQUENCE"]) == (date(2026, 8, 28), 1 + len(days))


def test_a_lost_folder_is_written_again(files_site: Site):
    """Files are derived: without them, the next step makes the same ones."""
    before = calendars(files_site)
    for path in (files_site.public_dir / "calendar").rglob("*.*"):
        path.unlink()
    files_site.follower.step()
    assert calendars(files_site) == before


def test_a_calendar_without_a_date_is_a_calendar(files_site: Site):
    """What has no date yet can be subscribed to; a calendar without any component would be none (RFC 5545, 3.6)."""
    files_site.publish(opening("quiet", "Nothing planned"))
    made = files_site.get("/calendar/process/quiet.ics").get_data()
    check(made)
    assert not parts(made, "VEVENT")
    assert parts(made, "VTIMEZONE")
    files_site.publish(TIMETABLE | {"stream": "process/quiet"})
    assert len(parts(files_site.get("/calendar/process/quiet.ics").get_data(), "VEVENT")) == 2


HOSTILE = {
    "ends of lines": "a\r\nEND:VEVENT\r\nBEGIN:VALARM",
    "long": "x" * 300,
    "marks of direction": "\u200fa\u200eb\u061c",
    "right to left": "شكرا \U0001f600",
    "the language of calendars": "a;b,c\\n:d",
    "a formula": "=cmd|' /C calc'!A0",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_words_stay_in_their_own_date(files_site: Site, text: str):
    """Whatever a title or a reason holds, dates are found again in their files and no other date changes."""
    before = events(files_site.get("/calendar/all.ics").get_data())
    stream = {"stream": "process/hostile"}
    statement = {"standing": "reconstruction", "sources": [SOURCE]}
    files_site.publish(opening("hostile", text.replace("\r\n", " "), **statement), TIMETABLE | stream)
    files_site.publish(moved("launch", "2026-09-01", GIVEN | {"text": text}) | stream)

    for key in ("all", "process/hostile"):
        made = files_site.get(f"/calendar/{key}.ics").get_data()
        check(made)
        assert not parts(made, "VALARM")
        now = {str(each["UID"]): each for each in parts(made, "VEVENT")}
        assert sum("process/hostile" in each for each in now) == 2
    found = events(files_site.get("/calendar/all.ics").get_data())
    assert all(found[name].to_ical() == each.to_ical() for name, each in before.items())


def test_links_of_dates_lead_to_their_entries(files_site: Site):
    """The address in each date is that of a page that answers."""
    assert PROCESS == "process/riverside"
    for each in events(files_site.get("/calendar/process/riverside.ics").get_data()).values():
        assert files_site.get(str(each["URL"]).removeprefix(BASE_URL)).status_code == 200
