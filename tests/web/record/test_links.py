"""Whoever may record in a process finds the way to it on the process's own page, and nobody else is shown one."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.projections.record import TIMETABLE, question, stated
from tests.web.record.conftest import Desk

PAGE = "/processes/riverside"
OTHERS = {"organisation": {"scheme": "GB-CHC", "id": "1000001", "name": "Families First"}, "role": "manager"}
WORDS = ("Record an action", "Answer this question", "Move this date", "Put this right")


@pytest.fixture
def process(desk: Desk) -> Desk:
    """A process with a timetable, an open question, and an issue that somebody else reported."""
    desk.record(TIMETABLE)  # 1
    desk.record(question("Is the hall heated?"))  # 2
    data: dict[str, Any] = {
        "type": "other",
        "stage": "procurement",
        "reported_at": "2026-03-02",
        "noticed_on": "2026-03-01",
    }
    data |= {
        "reporter_kind": "provider",
        "impact": [],
        "text": "The portal failed.",
        "severity": "low",
        "formal": False,
    }
    desk.record(stated("issue-reported", data, by=OTHERS, standing="report"))  # 3
    return desk


def signed_in(desk: Desk, role: str, body: tuple[str, str]) -> None:
    """Let somebody else sit down at a browser of their own."""
    desk.doors.person(role, "other@example.org", body)
    desk.doors.browser = desk.doors.app.test_client()
    desk.doors.sign_in("other@example.org")


def links_of(answer: TestResponse) -> dict[str, list[str]]:
    """Return the addresses of the links to recording, by their words."""
    main = answer.text[answer.text.index("<main") :].partition("</main>")[0]
    found: dict[str, list[str]] = {}
    for address, words in re.findall(r'<a href="(/record/[^"]*)"[^>]*>(.*?)</a>', main, re.DOTALL):
        text = re.sub(r"<span.*|<[^>]*>", "", words, flags=re.DOTALL).strip()
        found.setdefault(text, []).append(unescape(address))
    return found


def test_the_body_responsible_starts_from_the_things_themselves(process: Desk):
    """Each link opens its form with what is known filled in."""
    found = links_of(process.doors.browser.get(PAGE))

    assert set(found) == {*WORDS, "Answer this issue"}
    assert found["Record an action"] == ["/record/?stream=process/riverside#kinds"]
    assert len(found["Move this date"]) == 2
    assert len(found["Put this right"]) == 3
    form = process.open(found["Move this date"][1])
    assert '<option value="tender_deadline" selected>' in form
    assert '<option value="question-1" selected>' in process.open(found["Answer this question"][0])
    assert all("Put right: " in process.open(each) for each in found["Put this right"])
    listed = process.open("/record/?stream=process/riverside")
    assert 'href="/record/budget-published?stream=process/riverside"' in listed
    assert "/record/commissioning-process-registered" not in listed
    assert "/record/advisory-group-convened" not in listed


SHOWN = {
    "another body's recorder": ("recorder", ("GB-CHC", "7"), {"Record an action"}),
    "who reported the issue": ("provider", ("GB-CHC", "1000001"), {"Record an action", "Put this right"}),
    "an overseer": ("overseer", ("GB-CHC", "7"), {"Record an action"}),
    "an administrator": ("administrator", ("", ""), set()),
}


@pytest.mark.parametrize(("role", "body", "words"), SHOWN.values(), ids=SHOWN)
def test_nobody_is_shown_what_is_not_theirs_to_record(process: Desk, role: str, body: tuple[str, str], words: set[str]):
    """Others put right what is their own, and answer for nobody else."""
    signed_in(process, role, body)
    assert set(links_of(process.doors.browser.get(PAGE))) == words


def test_a_page_with_links_is_kept_by_nothing_between(process: Desk):
    """A reader's page is shared and told apart by the cookie; a recorder's is stored nowhere; the past has no links."""
    reader = process.doors.app.test_client().get(PAGE)
    recorder = process.doors.browser.get(PAGE)

    assert links_of(reader) == {}
    assert reader.headers["Cache-Control"] == "public, max-age=60"
    assert "Cookie" in reader.vary
    assert recorder.headers["Cache-Control"] == "no-store"
    assert links_of(process.doors.browser.get(f"{PAGE}?known=2")) == {}

    again = process.doors.browser.get(PAGE, headers={"If-None-Match": reader.headers["ETag"]})
    assert again.status_code == 200
