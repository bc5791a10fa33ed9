"""The addresses of calendars, and the links that lead to them."""

from __future__ import annotations

import pytest

from tests.web.conftest import Site


@pytest.mark.parametrize(
    "path",
    [
        "/calendar/all.ics",
        "/calendar/process/riverside.ics",
        "/calendar/group/forum.ics",
        "/calendar/organisation/gb-gor-d18.ics",
    ],
)
def test_each_calendar_has_its_address(sqlite_site: Site, path: str):
    """Any calendar program can subscribe to it, and asks in vain for what has not changed."""
    answer = sqlite_site.get(path)
    assert answer.status_code == 200
    assert answer.content_type == "text/calendar; charset=utf-8"
    assert answer.data.startswith(b"BEGIN:VCALENDAR\r\n")
    assert sqlite_site.get(path, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


@pytest.mark.parametrize(
    "path",
    [
        "/calendar/process/nowhere.ics",
        "/calendar/organisation/nobody-1.ics",
        "/calendar/organisation/A%00.ics",
        "/calendar/ledger/ledger.ics",
    ],
)
def test_what_is_not_on_record_has_no_calendar(sqlite_site: Site, path: str):
    """Unknown and hostile names: a plain page with status 404."""
    assert sqlite_site.get(path).status_code == 404


def test_pages_lead_to_their_calendars(sqlite_site: Site):
    """The first page, a process, a group and an organisation."""
    for path, calendar in (
        ("/", "/calendar/all.ics"),
        ("/processes/riverside", "/calendar/process/riverside.ics"),
        ("/groups/forum", "/calendar/group/forum.ics"),
        ("/organisations/gb-gor-d18", "/calendar/organisation/gb-gor-d18.ics"),
    ):
        assert f'href="{calendar}"' in sqlite_site.get(path).get_data(as_text=True)
