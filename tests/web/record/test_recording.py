"""From the form to the record: checked, declared, recorded once, by those who may, in words that cannot do harm."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest

from ledger.actions import KINDS
from ledger.disclosure import HELD
from projections.follower import ALERT
from tests.databases import on_both
from tests.ledger.samples import SAMPLES
from tests.projections.record import stated
from tests.web.record.conftest import PROCESS, Desk, errors_of
from web.people.roles import KINDS_OF
from web.record import drafts, forms
from web.state import KEY

ISSUE = {
    "type": "other",
    "stage": "procurement",
    "reported_at": "2026-03-02",
    "noticed_on": "2026-03-01",
    "reporter_kind": "provider",
    "impact": [],
    "text": "The form asks for the same thing twice.",
    "severity": "low",
    "formal": False,
}
QUESTION = {"received_at": "2026-03-02T09:33:00Z", "topic": "needs", "text_or_summary": "Is the hall heated?"}


def form_of(action: str, data, **statement):
    return forms.typed(KINDS[f"{action}.v1"], stated(action, data, **statement))


@on_both
def test_the_check_is_exactly_what_is_recorded(desk: Desk):
    """The title and the facts on the check page are those of the entry's own page afterwards."""
    check = desk.fill_in("issue-reported", form_of("issue-reported", ISSUE))
    before = desk.open(check)
    receipt = desk.open(desk.confirm(check).headers["Location"])
    desk.catch_up()
    after = desk.open("/entries/1")

    title = re.findall(r"<h1[^>]*><bdi>(.*?)</bdi></h1>", after)[0]
    assert f"<h3><bdi>{title}</bdi></h3>" in before
    facts = after[after.index('id="stated"') :].partition("</section>")[0]
    assert re.findall(r"<dl.*?</dl>", facts, re.DOTALL)[0] in before
    assert "Entry 1" in receipt


def test_nothing_is_recorded_without_the_declaration(desk: Desk):
    """Who has not said that it is right is asked again."""
    check = desk.fill_in("issue-reported", form_of("issue-reported", ISSUE))
    answer = desk.confirm(check, declared="")

    assert answer.status_code == 422
    assert errors_of(answer) == ["Tick the box to say that this is right, or go back and change it."]
    assert desk.ledger.head().size == 1


@on_both
def test_a_form_sent_twice_is_recorded_once(desk: Desk):
    """A second press of the button leads to the receipt of the first."""
    check = desk.fill_in("issue-reported", form_of("issue-reported", ISSUE))
    page = desk.open(check)
    sent = dict(re.findall(r'name="(csrf_token|seen)" value="([^"]+)"', page)) | {"declared": "yes"}
    first, second = (desk.doors.browser.post(check, data=sent) for _ in range(2))

    assert first.headers["Location"] == second.headers["Location"]
    assert desk.ledger.head().size == 2


@on_both
def test_the_second_of_two_people_sees_what_changed_and_loses_nothing(desk: Desk):
    """What another recorded meanwhile stops the first press only, and stands beside what was typed."""
    check = desk.fill_in("issue-reported", form_of("issue-reported", ISSUE))
    page = desk.open(check)
    desk.record(stated("clarification-question-received", QUESTION))
    sent = dict(re.findall(r'name="(csrf_token|seen)" value="([^"]+)"', page)) | {"declared": "yes"}
    answer = desk.doors.browser.post(check, data=sent)

    assert answer.status_code == 409
    assert "Recorded by others since you began" in answer.text
    assert "Question 1 received on Needs" in answer.text
    assert "The form asks for the same thing twice." in answer.text
    assert desk.confirm(check).status_code == 303
    assert desk.ledger.head().size == 3


@on_both
def test_of_two_who_press_at_the_same_moment_one_is_asked_again(desk: Desk):
    """Whichever comes first is recorded; the other is shown it, and nothing is recorded behind anybody's back."""
    desk.doors.person("recorder", "bo@example.org")
    seats = [desk.doors.browser, desk.doors.app.test_client()]
    desk.doors.browser = seats[1]
    desk.doors.sign_in("bo@example.org")
    presses = []
    for seat in seats:
        desk.doors.browser = seat
        check = desk.fill_in("issue-reported", form_of("issue-reported", ISSUE))
        sent = dict(re.findall(r'name="(csrf_token|seen)" value="([^"]+)"', desk.open(check)))
        presses.append(partial(seat.post, check, data=sent | {"declared": "yes"}))
    with ThreadPoolExecutor() as pool:
        answers = list(pool.map(lambda press: press().status_code, presses))

    assert sorted(answers) == [303, 409]
    assert desk.ledger.head().size == 2


def test_every_wrong_field_is_named_with_a_link_to_it(desk: Desk):
    """The summary leads to what is wrong, and what was typed stays."""
    form = form_of("issue-reported", ISSUE | {"reported_at": "2026-02-31"}) | {"data.type": [""]}
    answer = desk.send("/record/issue-reported?stream=" + PROCESS, "/record/issue-reported", **form | {"do": ["check"]})

    assert answer.status_code == 422
    links = re.findall(r'<li>\s*<a href="#([^"]+)">', answer.text)
    assert links == ["data.type", "data.reported_at.day"]
    assert all(f'id="{link}"' in answer.text for link in links)
    assert "The form asks for the same thing twice." in answer.text


def test_what_is_missing_is_told_with_the_choice_that_says_so(desk: Desk):
    """Where a box says that there is none, or an answer that nobody says, the error names it."""
    address = f"/record/timeline-changed?stream={PROCESS}"
    told = errors_of(desk.send(address, "/record/timeline-changed", standing="act", do="check"))
    missing = "Entries that caused it: This is missing. Fill it in, or tick “None: Entries that caused it”."
    assert missing in told

    told = errors_of(desk.send(f"/record/issue-reported?stream={PROCESS}", "/record/issue-reported", do="check"))
    assert any(each.endswith("This is missing. Choose “Yes”, “No” or “Not stated”.") for each in told), told


@on_both
def test_rows_are_added_and_removed_without_a_script(desk: Desk):
    """The buttons send the form back with a row more or fewer, and nothing typed is lost."""
    address = f"/record/timeline-changed?stream={PROCESS}"
    typed = {"data.changes.rows": "1", "data.changes.0.code.other": "award", "by.role": "lead"}
    added = desk.send(address, "/record/timeline-changed", **typed | {"do": "add:data.changes"})
    draft = added.headers["Location"]
    page = desk.open(draft)
    assert 'name="data.changes.1.new_date.day"' in page
    assert 'value="award"' in page

    typed |= {"data.changes.rows": "2", "data.changes.1.code.other": "launch", "do": "remove:data.changes:0"}
    left = desk.open(desk.send(draft, "/record/timeline-changed", **typed).headers["Location"])
    assert 'value="launch"' in left
    assert 'value="award"' not in left
    assert "data.changes.1." not in left


def test_a_draft_is_seen_by_its_owner_alone(desk: Desk):
    """Another account finds nothing at its address."""
    check = desk.fill_in("issue-reported", form_of("issue-reported", ISSUE))
    desk.doors.person("recorder", "bo@example.org")
    desk.doors.browser = desk.doors.app.test_client()
    desk.doors.sign_in("bo@example.org")

    for address in (check, check.removesuffix("/check"), check.replace("drafts", "receipts").removesuffix("/check")):
        assert desk.doors.browser.get(address).status_code == 404


def test_nobody_records_for_another_organisation(desk: Desk):
    """An organisation that was not in the list is refused, however it is sent."""
    form = form_of("issue-reported", ISSUE) | {"by.organisation.known": ['["GB-CHC", "1", "Another"]']}
    answer = desk.send("/record/issue-reported?stream=" + PROCESS, "/record/issue-reported", **form | {"do": ["check"]})

    assert answer.status_code == 422
    assert errors_of(answer) == ["Organisation: You record for your own organisation only. Choose it from the list."]


@pytest.mark.parametrize(
    ("role", "kind", "status"),
    [
        ("provider", "timeline-changed", 403),
        ("provider", "clarification-question-received", 200),
        ("overseer", "issue-reported", 200),
        ("overseer", "contract-awarded", 403),
        ("information_officer", "issue-reported", 403),
        ("recorder", "signing-key-rotated", 403),
        ("recorder", "no-such-kind", 404),
    ],
)
def test_each_role_is_offered_its_own_kinds(desk: Desk, role: str, kind: str, status: int):
    """A form that is not theirs does not open."""
    desk.doors.person(role, "other@example.org")
    desk.doors.browser = desk.doors.app.test_client()
    desk.doors.sign_in("other@example.org")

    assert desk.doors.browser.get(f"/record/{kind}?stream={PROCESS}").status_code == status


@on_both
def test_a_provider_asks_without_being_named(desk: Desk):
    """The clock starts when the question is sent; who asked stands nowhere in the record; its words stay back."""
    desk.doors.person("provider", "petra@example.org", ("GB-CHC", "1000001"))
    desk.doors.browser = desk.doors.app.test_client()
    desk.doors.sign_in("petra@example.org")
    form = {"data.topic": ["needs"], "data.text_or_summary": ["Is the hall heated?"]}
    desk.confirm(desk.fill_in("clarification-question-received", form))
    (made,) = desk.ledger.read(1, 2, HELD)
    bytes_of, slots = desk.ledger.entry(1)

    assert vars(made.action)["received_at"].start == desk.doors.now.replace(microsecond=0)
    assert made.statement.by.organisation.name == "Candour"
    assert made.statement.account is None
    assert b"1000001" not in bytes_of + (slots or b"")
    (shown,) = desk.ledger.read(1, 2)
    assert vars(shown.action)["text_or_summary"] != "Is the hall heated?"


def test_the_body_responsible_sees_what_it_is_to_answer(desk: Desk):
    """The question stands among what is owed, leads to its answer, and shows its words to those who answer."""
    desk.record(stated("clarification-question-received", QUESTION))
    desk.doors.pass_by(timedelta(minutes=1))
    page = desk.open(f"/record/clarification-answered?stream={PROCESS}&data.question_id=question-1")

    assert "Is the hall heated?" in page
    assert '<option value="question-1" selected>' in page


@on_both
def test_putting_right_begins_with_what_stands(desk: Desk):
    """The form holds what the entry says, and the correction names it."""
    desk.record(stated("issue-reported", ISSUE))
    address = f"/record/issue-reported?stream={PROCESS}&corrects=1"
    page = desk.open(address)
    assert "The form asks for the same thing twice." in page
    form = form_of("issue-reported", ISSUE | {"severity": "high"}, corrects={"index": 1, "reason": "It is worse."})
    check = desk.fill_in("issue-reported", form, query="&corrects=1")
    desk.confirm(check)

    (made,) = desk.ledger.read(2, 3)
    assert made.corrects == 1
    assert vars(made.action)["severity"] == "high"


HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def test_no_field_can_put_markup_into_a_form(desk: Desk):
    """Whatever is typed into any control of any kind comes back as text."""
    desk.doors.person("information_officer", "ines@example.org")
    officer = desk.doors.app.test_client()
    recorder, desk.doors.browser = desk.doors.browser, officer
    desk.doors.sign_in("ines@example.org")
    tried = 0
    for sample in SAMPLES:
        role = next((role for role in ("recorder", "information_officer") if sample.kind in KINDS_OF[role]), None)
        if role is None:
            continue  # recorded by commands alone: there is no form
        desk.doors.browser = recorder if role == "recorder" else officer
        form = {
            name: [text if name.endswith(".rows") else HOSTILE for text in texts]
            for name, texts in forms.typed(KINDS[sample.kind], sample.raw).items()
            if name != "stream"
        }
        address = f"/record/{sample.raw['action']}"
        answer = desk.send(f"{address}?stream={PROCESS}", address, **form | {"do": ["check"]})
        assert answer.status_code == 422, sample.kind
        assert "<script>alert" not in answer.text, sample.kind
        assert "<img src=x" not in answer.text, sample.kind
        assert "&lt;script&gt;alert" in answer.text, sample.kind
        tried += 1
    assert tried == len(SAMPLES) - 2


@on_both
def test_what_is_owed_comes_first(desk: Desk):
    """An open question stands at the top, with its process and a link that leads to the answer, filled in."""
    desk.record(stated("clarification-question-received", QUESTION))
    page = desk.open("/record/")
    owed = page[page.index('id="owed"') : page.index('id="kinds"')]

    assert "Family services, Riverside" in owed
    link = re.findall(r'href="(/record/clarification-answered[^"]+)"', owed)[0].replace("&amp;", "&")
    assert '<option value="question-1" selected>' in desk.open(link)


@on_both
def test_without_room_for_a_draft_nothing_typed_is_lost(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    """Whoever has all the drafts there may be is told so in the form as it was filled in."""
    monkeypatch.setattr(drafts, "MOST_DRAFTS", 0)
    address = f"/record/issue-reported?stream={PROCESS}"
    for button in ("check", "save", "add:sources"):
        refused = desk.send(address, "/record/issue-reported", **{"data.text": "The portal failed.", "do": button})
        assert refused.status_code == 422
        assert errors_of(refused) == ["You have 0 drafts. Record or discard one of them first."]
        assert "The portal failed." in refused.text


def test_nothing_is_recorded_while_the_record_contradicts_itself(desk: Desk):
    """The page says why, with status 503; the draft is kept, and can be recorded once the warning is gone."""
    check = desk.fill_in("issue-reported", form_of("issue-reported", ISSUE))
    alert = desk.doors.app.extensions[KEY].public_dir / ALERT
    alert.parent.mkdir(parents=True, exist_ok=True)
    alert.write_text("An older copy of the database seems to be in place.\n")
    answer = desk.confirm(check)
    assert answer.status_code == 503
    assert "Nothing can be recorded at the moment" in answer.text
    assert "An older copy of the database" in answer.text
    assert desk.ledger.head().size == 1
    assert "Nothing new is recorded, sealed or published" in desk.open("/record/")
    alert.unlink()
    assert desk.confirm(check).status_code == 303
    assert desk.ledger.head().size == 2
