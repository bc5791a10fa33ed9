"""Many entries out of one table: every wrong cell is named, all or none, and nothing twice."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest

from ledger.actions import KINDS
from ledger.disclosure import HELD
from ledger.schema import load_submission
from ledger.voice import ENGLISH
from tests.projections.record import BY, issue
from web.record.table import Unusable, read, submissions
from web.record.writing import try_table

QUESTION = KINDS["clarification-question-received.v1"]
TIMETABLE = KINDS["timeline-published.v1"]
ENVELOPE = {"stream": "process/riverside", "standing": "act", "by": BY}
LOG = """Received at,topic,What is asked
02/03/2026 09:10,Specification,"Is the hall heated, or not?"
2026-03-02 09:20,costs,"How many visits a year; and where?"
"""
MILESTONES = """Milestone,Title,Date,firmness,Published on,consulted_entries
tender_deadline,Bidding closes,28/4/2026,firm,2/3/2026,none
award,Award,28/5/2026,Indicative,2/3/2026,none
"""


def faults(kind, text: str) -> list[tuple[int, str, str]]:
    with pytest.raises(Unusable) as caught:
        submissions(kind, read(text.encode()), ENVELOPE, ENGLISH)
    return [(each.line, each.column, ENGLISH.error(each.error)) for each in caught.value.faults]


def test_columns_are_matched_by_names_and_labels():
    """A spreadsheet's own headings, dates as Britain writes them, and labels of codes all mean what they say."""
    found: list[Any] = [each.action for each, _ in submissions(QUESTION, read(LOG.encode()), ENVELOPE, ENGLISH)]

    assert [each.topic for each in found] == ["specification", "costs"]
    assert [each.received_at.text for each in found] == ["2026-03-02T09:10:00Z", "2026-03-02T09:20:00Z"]
    assert found[0].text_or_summary == "Is the hall heated, or not?"


def test_lines_become_the_rows_of_one_entry():
    """A list of milestones is one timetable."""
    ((made, lines),) = submissions(TIMETABLE, read(MILESTONES.encode()), ENVELOPE, ENGLISH)

    action: Any = made.action
    assert lines == [2, 3]
    assert [(each.code, each.firmness) for each in action.milestones] == [
        ("tender_deadline", "firm"),
        ("award", "indicative"),
    ]
    assert action.consulted_entries == ()


WRONG = {
    "a wrong day": (QUESTION, LOG.replace("02/03", "32/03"), [(2, "Received at")]),
    "a wrong code": (QUESTION, LOG.replace("costs", "cost of it"), [(3, "topic")]),
    "an empty cell": (QUESTION, LOG.replace("costs", ""), [(3, "topic")]),
    "a wrong cell of a row": (TIMETABLE, MILESTONES.replace("28/5/2026", "soon"), [(3, "Date")]),
    "no such column": (QUESTION, LOG.replace("topic", "subject"), [(1, "subject")]),
    "two columns for one": (QUESTION, LOG.replace("topic", "received_at"), [(1, "received_at")]),
    "too many cells": (QUESTION, LOG.replace("costs,", "costs,,,x,"), [(3, ""), (3, "What is asked")]),
    "no lines": (QUESTION, "topic\n", [(1, "")]),
    "nothing": (QUESTION, "", [(1, "")]),
    "open quotes": (QUESTION, LOG + '"', [(0, "")]),
}


@pytest.mark.parametrize(("kind", "text", "where"), WRONG.values(), ids=WRONG)
def test_a_wrong_cell_is_named(kind, text, where):
    """Each fault says the line as the spreadsheet counts it, and the heading."""
    assert [(line, column) for line, column, _ in faults(kind, text)] == where


def upload(desk, text: str, kind: str = "clarification-question-received"):
    form = {
        "file": (io.BytesIO(text.encode()), "log.csv"),
        "standing": "act",
        "by.organisation.known": '["GB-GOR", "D18", "A body"]',
        "by.role": "procurement lead",
        "stream": "process/riverside",
    }
    return desk.send(f"/record/tables/{kind}", f"/record/tables/{kind}", **form)


def test_a_table_is_looked_at_and_then_recorded_once(desk):
    """Looking records nothing; recording records all; the same table again, grown by a line, records only that line."""
    now = desk.doors.now
    shown = upload(desk, LOG)
    assert "2 entries are new." in shown.text
    assert desk.ledger.head().size == 1
    assert record(desk, shown).headers["Location"].startswith("/record/tables/recorded")
    assert desk.ledger.head().size == 3

    grown = upload(desk, LOG + "2026-03-02,needs,A third?\n")

    assert "1 entry is new." in grown.text
    assert "2 are on record already" in grown.text
    record(desk, grown)
    texts = [vars(each.action)["text_or_summary"] for each in desk.ledger.read(1, 9, HELD)]
    assert texts == ["Is the hall heated, or not?", "How many visits a year; and where?", "A third?"]
    assert desk.doors.now == now


def record(desk, shown):
    action = re.findall(r'action="(/record/tables/drafts/[^"]+)"', shown.text)[0]
    token = re.findall(r'name="csrf_token" value="([^"]+)"', shown.text)[0]
    return desk.doors.browser.post(action, data={"csrf_token": token})


def test_a_table_is_recorded_whole_or_not_at_all(desk):
    """One line that a rule refuses keeps all others out."""
    shown = upload(desk, LOG + "2027-03-02,needs,From the future?\n")

    assert shown.status_code == 422
    assert "Line 4" in shown.text
    assert desk.ledger.head().size == 1


def test_another_body_cannot_find_what_is_kept_back_by_trying(desk):
    """Its table is new to it though the same stands on record; who kept it back is told that it does, as before."""
    same = {"data": issue("The scores are known.")["data"]}
    hidden = {"visibility": {"state": "withheld", "basis": "security"}}
    desk.record(issue("") | same | hidden)
    desk.record(issue("") | {"data": same["data"] | {"text": "Public."}})
    charity = {"organisation": {"scheme": "GB-CHC", "id": "1", "name": "A charity"}, "role": "director"}
    lines = [(load_submission(issue("") | same | {"by": by}), [2]) for by in (charity, BY)]
    public = load_submission(issue("Public.", by=charity))
    assert [try_table(desk.ledger, [line]) for line in lines] == [(1, 0), (0, 1)]
    assert try_table(desk.ledger, [(public, [2])]) == (0, 1)
