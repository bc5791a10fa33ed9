"""What a body keeps back is in no answer to people of another body, signed in or by token, whatever their role."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from projections.follower import Follower
from tests.operations.search import found_in, in_files
from tests.projections.record import TIMETABLE, budget, follower, issue, moved, opening, question
from tests.routes import addresses, answers
from tests.web.people.conftest import PASSWORD, Doors
from tests.web.record.conftest import PROCESS, Desk
from web.people import accounts, sessions
from web.people.accounts import changing
from web.people.roles import ADMINISTRATOR, INFORMATION_OFFICER, OVERSEER, PROVIDER, RECORDER, Grant
from web.problems import PROGRAMS

CHARITY: Any = {"organisation": {"scheme": "GB-CHC", "id": "1", "name": "A charity"}, "role": "director"}
OTHERS = ("GB-CHC", "1")
MINISTRY = ("GB-GOR", "D18")
OF_MINISTRY = ("zqxj11kvwb", "7315909", "2027-04-19", "zqxj12kvwb")
OF_CHARITY = ("zqxj21kvwb", "7315911", "zqxj22kvwb")
QUESTION = "zqxj31kvwb"
EMBARGOED: Any = {"visibility": {"state": "embargoed"}}
WITHHELD: Any = {"visibility": {"state": "withheld", "basis": "commercial_confidence"}}

KEPT_BACK = (
    issue(f"It says {OF_MINISTRY[0]}.", **EMBARGOED),
    budget(OF_MINISTRY[1], **WITHHELD),
    moved("launch", OF_MINISTRY[2], {"state": "given", "text": OF_MINISTRY[3]}) | EMBARGOED,
    issue(f"It says {OF_CHARITY[0]}.", by=CHARITY, **EMBARGOED),
    budget(OF_CHARITY[1], standing="report", by=CHARITY, **EMBARGOED),
    issue("Public.", by=CHARITY, late_reason=OF_CHARITY[2], **WITHHELD),
    question(f"Is it {QUESTION}?"),
)
FIRST = 2
KINDS = ("issue-reported", "issue-answered", "budget-published", "timeline-changed", "clarification-answered")


@pytest.fixture
def desk(doors: Doors, tmp_path: Path) -> tuple[Desk, Follower]:
    """A process in which two bodies keep something back, published with all its files."""
    made = Desk(doors)
    for raw in (opening(), TIMETABLE, *KEPT_BACK):
        made.record(raw)
    leading = follower(doors.engine, tmp_path, files=True)
    leading.step()
    return made, leading


READERS = {
    # roles, body -> what they must not find; the body responsible sees the questions that it is to answer
    "every role of another body": (
        (RECORDER, PROVIDER, OVERSEER, INFORMATION_OFFICER, ADMINISTRATOR),
        OTHERS,
        (*OF_MINISTRY, QUESTION),
    ),
    "a recorder of the body responsible": ((RECORDER,), MINISTRY, OF_CHARITY),
}


@pytest.mark.parametrize(("roles", "body", "secrets"), READERS.values(), ids=READERS)
def test_nobody_of_another_body_finds_it(
    desk: tuple[Desk, Follower], roles: tuple[str, ...], body: tuple[str, str], secrets: tuple[str, ...]
):
    """Every page, form, file and answer for programs, asked for by somebody who is signed in and by their token."""
    doors = desk[0].doors
    person = doors.person(None)
    with changing(doors.engine) as connection:
        for role in roles:
            grant = Grant(role) if role == ADMINISTRATOR else Grant(role, *body, "A body")
            accounts.give(connection, person.id, grant, doors.now)
    doors.sign_in(password=PASSWORD)
    paths = everything(doors)
    asked = [*answers(doors.browser, paths), *answers(by_token(doors, person.id), [p for p in paths if PROGRAMS in p])]
    assert sum(status == 200 for _, status, _ in asked) > 60
    assert [status for _, status, _ in asked if status >= 500] == []
    found = {path: texts for path, _, answer in asked if (texts := found_in(answer, secrets))}
    assert found == {}


def test_no_published_file_holds_it(desk: tuple[Desk, Follower]):
    """Feeds in all forms, archives, calendars, tiles: nothing of either body."""
    files = [each for each in desk[1].public_dir.rglob("*") if each.is_file()]
    assert {".atom", ".rss", ".json", ".ics", ".gz"} <= {each.suffix for each in files}
    assert in_files(desk[1].public_dir, (*OF_MINISTRY, *OF_CHARITY, QUESTION)) == {}


def everything(doors: Doors) -> list[str]:
    last = FIRST + len(KEPT_BACK)
    known: dict[str, Any] = {
        "index": range(FIRST, last),
        "name": ["riverside", "all", "changes", "corrections", "findings", "overdue", "process/riverside", "data.text"],
        "slug": ["gb-gor-d18", "gb-chc-1"],
        "number": range(1, 16),
        "reference": ["riverside"],
        "table": ["bids", "overdue", "answers", "timetables", "errors", "moves", "dates"],
        "kind": KINDS,
    }
    stream = "stream=process/riverside"
    paths = set(addresses(doors.app, known))
    paths |= {f"/record/{kind}?{stream}&corrects={index}" for kind in KINDS for index in range(FIRST, last)}
    paths |= {f"/record/{kind}?{stream}{about}" for kind in KINDS for about in ("", "&data.question_id=question-1")}
    paths |= {f"/record/removals?entry={index}" for index in range(FIRST, last)}
    paths |= {f"/search?q={text}" for text in ("says", "Public")}
    return sorted(paths)


def by_token(doors: Doors, account: int) -> FlaskClient:
    with changing(doors.engine) as connection:
        word = sessions.create_token(connection, account, "x", frozenset({"read", "record"}), doors.now)
    client = doors.app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {word}"
    return client


def test_a_draft_is_its_owners_alone(desk: tuple[Desk, Follower]):
    """Nobody else can open it, check it or see what came of it, by whatever address; nor does it stand in any file."""
    doors = desk[0].doors
    doors.person(RECORDER)
    doors.sign_in()
    kept = desk[0].send(
        f"/record/issue-reported?stream={PROCESS}", "/record/issue-reported", do="save", **{"data.text": QUESTION}
    )
    assert kept.status_code == 303
    (number,) = set(re.findall(r"/record/drafts/([A-Za-z0-9_-]+)", desk[0].open("/record/")))
    assert QUESTION in desk[0].open(f"/record/drafts/{number}")
    other = doors.app.test_client()
    doors.person(RECORDER, "bo@example.org")
    doors.post_from(other, "/sign-in", email="bo@example.org", password=PASSWORD)
    paths = [f"/record/drafts/{number}{rest}" for rest in ("", "/check", "/problems")] + [f"/record/receipts/{number}"]
    asked = list(answers(other, [*paths, "/record/"]))
    assert [status for _, status, _ in asked] == [404] * len(paths) + [200]
    assert [path for path, _, answer in asked if found_in(answer, [QUESTION])] == []
