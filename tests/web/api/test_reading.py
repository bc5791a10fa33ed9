"""What programs read: the same facts as the pages, bounded, with errors that name the parameter."""

from __future__ import annotations

import json

import pytest

from tests.projections.record import SECRETS
from tests.web.api.conftest import Programs
from web.public.sheets import TABLES

LISTS = ("/entries", "/processes", "/groups", "/organisations", "/findings", "/turns", "/overdue")
ONES = (
    "/entries/0",
    "/processes/riverside",
    "/processes/riverside/findings",
    "/processes/riverside/obligations",
    "/groups/forum",
    "/organisations/gb-gor-d18",
    "/kinds",
    "/kinds/timeline-changed.v1",
    "/recommendations",
    "/log",
    *(f"/statistics/{name}" for name in TABLES),
)


def test_every_entry_is_met_once_by_a_program_that_follows(programs: Programs):
    """Asking again and again with `after` gives each entry once, in the order of the log, and then nothing."""
    seen, after, more = [], None, True
    while more:
        part = programs.read("/entries?limit=3" + ("" if after is None else f"&after={after}"))
        seen += [each["index"] for each in part["entries"]]
        after, more = part["after"], part["more"]
    assert seen == list(range(part["size"]))
    assert len(seen) > 3
    rest = programs.read(f"/entries?after={after}")
    assert (rest["entries"], rest["after"], rest["more"]) == ([], after, False)


def test_an_empty_record_is_followed_from_its_beginning(empty_site):
    """Before the first entry there is nothing, and a program can wait there."""
    part = Programs(empty_site).read("/entries")
    assert (part["entries"], part["after"], part["more"], part["size"]) == ([], None, False, 0)


@pytest.mark.parametrize("path", [*LISTS, *ONES])
def test_each_address_answers_and_shows_nothing_hidden(sqlite_programs: Programs, path: str):
    """What is embargoed, withheld or about an account is in no answer."""
    answer = sqlite_programs.site.get(f"/api/v1{path}")
    assert answer.status_code == 200
    assert answer.content_type == "application/json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    shown = json.dumps(answer.get_json(), ensure_ascii=False)
    assert [secret for secret in SECRETS if secret in shown] == []


COUNTED_AT_AN_INSTANT = ("/statistics/", "/processes/riverside/")


@pytest.mark.parametrize("path", [each for each in (*LISTS, *ONES) if not each.startswith(COUNTED_AT_AN_INSTANT)])
def test_what_was_read_is_not_sent_again(sqlite_programs: Programs, path: str):
    """An answer has an entity tag, and whoever shows it gets 304; HEAD has the same head."""
    first = sqlite_programs.site.get(f"/api/v1{path}")
    again = sqlite_programs.site.get(f"/api/v1{path}", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.get_data()) == (304, b"")
    head = sqlite_programs.site.head(f"/api/v1{path}")
    assert (head.status_code, head.headers["ETag"], head.get_data()) == (200, first.headers["ETag"], b"")


def test_an_entry_reads_like_what_was_handed_in(sqlite_programs: Programs):
    """The data of an entry have the shape of a submission, and what is not shown says so."""
    first = sqlite_programs.read("/entries/0")
    assert first["action"] == "commissioning-process-registered.v1"
    assert first["data"]["title"] == "Family services, Riverside"
    assert first["data"]["prisons"] == ["LEI"]
    assert first["statement"]["by"]["organisation"]["id"] == "D18"
    assert first["url"] == "https://candour.example/entries/0"
    everything = sqlite_programs.read("/entries?limit=500")["entries"]
    assert any({"undisclosed": "embargoed"} in each["data"].values() for each in everything)


def test_entries_are_chosen_by_stream_and_kind(sqlite_programs: Programs):
    """A program can follow one process or one kind."""
    of_group = sqlite_programs.read("/entries?stream=group/forum")["entries"]
    assert {each["stream"] for each in of_group} == {"group/forum"}
    opened = sqlite_programs.read("/entries?action=commissioning-process-registered.v1")["entries"]
    assert {each["action"] for each in opened} == {"commissioning-process-registered.v1"}


def test_findings_of_a_process_are_seen_as_they_were_known(sqlite_programs: Programs):
    """The axes work as on the page: after the first entry nothing of the later ones is known."""
    now = sqlite_programs.read("/processes/riverside/findings")
    then = sqlite_programs.read("/processes/riverside/findings?known=0")
    assert len(now["findings"]) == len(then["findings"]) == 15
    assert all(max(each["evidence"], default=0) == 0 for each in then["findings"])
    assert any(max(each["evidence"], default=0) > 0 for each in now["findings"])


WRONG = {
    "a limit of none": ("/entries?limit=0", 422, "limit"),
    "a limit too high": ("/processes?limit=501", 422, "limit"),
    "a limit that is no number": ("/entries?limit=many", 422, "limit"),
    "an entry that cannot be": ("/entries?after=-1", 422, "after"),
    "a number with a sign": ("/entries?after=%2B1", 422, "after"),
    "a stream that is none": ("/entries?stream=nothing", 422, "stream"),
    "a stream with a null byte": ("/entries?stream=process/%00", 422, "stream"),
    "a kind that is none": ("/entries?action=x", 422, "action"),
    "a parameter misspelled": ("/entries?limits=3", 422, "limits"),
    "a day that is none": ("/processes?first=2026-02-30", 422, "first"),
    "yes in other words": ("/processes?closed=yes", 422, "closed"),
    "a recommendation beyond the fifteen": ("/findings?recommendation=16", 422, "recommendation"),
    "a moment without a zone": ("/turns?since=2026-03-01T10:00:00", 422, "since"),
    "an axis that is no day": ("/processes/riverside/findings?known=soon", 400, None),
    "an entry that is not there": ("/entries/99999", 404, None),
    "a number in another spelling": ("/entries/007", 404, None),
    "a process that is not there": ("/processes/nowhere", 404, None),
    "a process that is not there, measured": ("/processes/nowhere/findings", 404, None),
    "a body that is not there": ("/organisations/nobody", 404, None),
    "a kind that is not there": ("/kinds/nothing.v1", 404, None),
    "a table that is not there": ("/statistics/nothing", 404, None),
    "an address that is not there": ("/nothing", 404, None),
    "an address too long": (f"/entries?stream={'x' * 8_001}", 414, None),
}


@pytest.mark.parametrize(("path", "status", "parameter"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_a_problem_that_names_the_parameter(
    sqlite_programs: Programs, path: str, status: int, parameter: str | None
):
    """Each wrong request gets its status, RFC 9457's media type, and words about what to do."""
    answer = sqlite_programs.site.get(f"/api/v1{path}")
    told = answer.get_json()
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert told["status"] == status
    assert told["title"]
    assert told["detail"]
    assert [each["parameter"] for each in told.get("errors", [])] == ([parameter] if parameter else [])
    assert all(each["detail"] for each in told.get("errors", []))
