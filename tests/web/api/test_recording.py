"""Recording by programs: the rules of the record, in words; once for each key; for one's own organisation only."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import text

from ledger.disclosure import HELD
from ledger.store import Ledger
from projections.follower import ALERT
from tests.projections.record import SECRET_ACCOUNT, disclosure, issue, opening, redaction
from tests.web.api.conftest import Programs


def milestone(**data) -> dict:
    """A process opened under a new reference."""
    return opening("hilltop", "Family services, Hilltop") | data


def test_an_entry_is_recorded_and_can_be_read_once_it_is_sealed(programs: Programs):
    """201 with the number and the addresses; the entry holds who was signed in, and shows it to nobody."""
    token = programs.token()
    answer = programs.send(milestone(), token)
    assert answer.status_code == 201, answer.get_data(as_text=True)
    made = answer.get_json()
    assert made["url"] == f"https://candour.example/entries/{made['index']}"
    assert answer.headers["Location"] == f"/api/v1/entries/{made['index']}"
    assert programs.site.get(f"/api/v1/entries/{made['index']}").status_code == 404  # not sealed yet
    programs.site.follower.step()
    shown = programs.read(f"/entries/{made['index']}")
    assert shown["data"]["title"] == "Family services, Hilltop"
    assert "p@x.org" not in json.dumps(shown)
    held = list(Ledger(programs.site.book.engine).read(made["index"], sight=HELD | {"withheld"}))
    assert held[0].statement.account == "p@x.org"


def test_a_request_sent_again_under_its_key_is_recorded_once(programs: Programs):
    """The same key and bytes give the same answer; other bytes under the key, or a key of its own, are told apart."""
    token, before = programs.token(), programs.size()
    first = programs.send(milestone(), token, **{"Idempotency-Key": "one"})
    again = programs.send(milestone(), token, **{"Idempotency-Key": "one"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.get_json() == again.get_json()
    assert programs.size() == before + 1
    other = programs.send(opening("valley"), token, **{"Idempotency-Key": "one"})
    assert other.status_code == 409
    assert programs.size() == before + 1
    somebody_elses = programs.send(opening("valley"), programs.token(email="q@x.org"), **{"Idempotency-Key": "one"})
    assert somebody_elses.status_code == 201


def test_a_refusal_leaves_the_key_free(programs: Programs):
    """What was not recorded can be put right and sent again under the same key."""
    token = programs.token()
    wrong = programs.send(opening("riverside"), token, **{"Idempotency-Key": "two"})
    assert wrong.status_code == 409
    assert programs.send(milestone(), token, **{"Idempotency-Key": "two"}).status_code == 201


def test_a_rule_that_refuses_says_so_in_words(sqlite_programs: Programs):
    """409, with the rule and what to do, and nothing is recorded."""
    before = sqlite_programs.size()
    answer = sqlite_programs.send(opening("riverside"), sqlite_programs.token())
    assert (answer.status_code, answer.content_type) == (409, "application/problem+json")
    assert "is on record already" in answer.get_json()["detail"]
    assert sqlite_programs.size() == before


def test_every_wrong_field_is_named_by_its_pointer(sqlite_programs: Programs):
    """422, with a JSON pointer and a sentence for each, all at once."""
    raw = milestone(standing="wish")
    raw["data"] |= {"prisons": ["Leeds"], "light_touch": "yes", "a/b~c": 1}
    answer = sqlite_programs.send(raw, sqlite_programs.token())
    assert answer.status_code == 422
    errors = {each["pointer"]: each["detail"] for each in answer.get_json()["errors"]}
    assert set(errors) == {"#/standing", "#/data/prisons/0", "#/data/light_touch", "#/data/a~1b~0c"}
    assert all(errors.values())


def test_an_account_is_not_given_from_outside(sqlite_programs: Programs):
    """Nobody signs with the account of somebody else."""
    answer = sqlite_programs.send(milestone(account=SECRET_ACCOUNT), sqlite_programs.token())
    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.get_json()["errors"]] == ["#/account"]


def test_trying_out_shows_the_public_entry_and_records_nothing(programs: Programs):
    """The preview holds what everybody would see; the next entry has the number that it would have had."""
    token, before = programs.token(), programs.size()
    answer = programs.send(milestone(), token, "/entries/preview")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert answer.get_json()["data"]["title"] == "Family services, Hilltop"
    assert "Family services, Hilltop" in answer.get_json()["headline"]
    assert "p@x.org" not in answer.get_data(as_text=True)
    assert programs.size() == before
    assert programs.send(opening("riverside"), token, "/entries/preview").status_code == 409
    assert programs.send({}, token, "/entries/preview").status_code == 422
    assert programs.send(milestone(), token).get_json()["index"] == before


WITHOUT = {
    "no token": (None, 401),
    "a word that is no token": ("candour_nothing", 401),
    "a word of another kind": ("nothing", 401),
}


@pytest.mark.parametrize("path", ["/entries", "/entries/preview"])
@pytest.mark.parametrize(("token", "status"), WITHOUT.values(), ids=WITHOUT)
def test_nobody_records_without_a_token_that_works(sqlite_programs: Programs, token, status, path):
    """401, and the answer says how to sign the request."""
    answer = sqlite_programs.send(milestone(), token, path)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert answer.headers["WWW-Authenticate"].lower().startswith("bearer")


def test_a_token_that_was_revoked_fails_at_once(sqlite_programs: Programs):
    """The next request is refused."""
    token = sqlite_programs.token()
    with sqlite_programs.site.book.engine.begin() as connection:
        connection.execute(text("UPDATE api_token SET revoked = 1"))
    assert sqlite_programs.send(milestone(), token).status_code == 401


OTHERS = {"scheme": "GB-GOR", "id": "D19", "name": "Somebody else"}
NOT_THEIRS = {
    "another organisation": (milestone(by={"organisation": OTHERS, "role": "lead"}), "recorder", "record"),
    "a kind of another role": (milestone(), "provider", "record"),
    "a token for reading": (milestone(), "recorder", "read"),
}


@pytest.mark.parametrize(("raw", "role", "scope"), NOT_THEIRS.values(), ids=NOT_THEIRS)
def test_nobody_records_what_is_not_theirs(sqlite_programs: Programs, raw, role, scope):
    """403, in words, and nothing is recorded."""
    before = sqlite_programs.size()
    answer = sqlite_programs.send(raw, sqlite_programs.token(role, scope))
    assert (answer.status_code, answer.content_type) == (403, "application/problem+json")
    assert answer.get_json()["detail"]
    assert sqlite_programs.size() == before


HOSTILE = {
    "no JSON": (b"{", {}, 422),
    "nothing": (b"", {}, 422),
    "a list": (b"[]", {}, 422),
    "a key twice": (b'{"action": 1, "action": 2}', {}, 422),
    "a decimal": (b'{"action": 1.5}', {}, 422),
    "nesting without end": (b"[" * 100_000, {}, 422),
    "half a character": (b'{"\\ud800": 1}', {}, 422),
    "not UTF-8": (b'{"action": "\xff"}', {}, 422),
    "another media type": (b"<a/>", {"Content-Type": "application/xml"}, 415),
    "a form": (b"a=b", {"Content-Type": "application/x-www-form-urlencoded"}, 415),
    "too much": (b" " * 2_000_001, {}, 413),
    "a key with spaces": (json.dumps(milestone()).encode(), {"Idempotency-Key": "a b"}, 422),
    "a key too long": (json.dumps(milestone()).encode(), {"Idempotency-Key": "k" * 201}, 422),
}


@pytest.mark.parametrize(("body", "headers", "status"), HOSTILE.values(), ids=HOSTILE)
def test_whatever_is_sent_is_answered_in_words(sqlite_programs: Programs, body, headers, status):
    """No input ends in anything but a problem with what to do."""
    answer = sqlite_programs.send(body, sqlite_programs.token(), **headers)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert answer.get_json()["detail"]


def test_no_other_method_changes_anything(sqlite_programs: Programs):
    """405 names the methods that there are."""
    for method in ("PUT", "DELETE", "PATCH"):
        answer = sqlite_programs.site.client.open("/api/v1/entries", method=method)
        assert (answer.status_code, answer.content_type) == (405, "application/problem+json")
        assert {"GET", "POST"} <= set(answer.headers["Allow"].replace(" ", "").split(","))


def test_a_value_is_removed_by_law_once_for_each_key(programs: Programs):
    """An information officer's program removes a value; the same request again gets the same answer."""
    data = {
        "redacted_on": "2026-03-02",
        "target_entry": 0,
        "fields": ["data.title"],
        "basis_code": "erasure_request",
        "decided_by": "information officer",
        "digest_kept": True,
    }
    raw = opening() | {"action": "ledger-entry-redacted", "data": data}
    token = programs.token("information_officer")
    first = programs.send(raw, token, **{"Idempotency-Key": "erase"})
    assert first.status_code == 201, first.get_data(as_text=True)
    assert programs.send(raw, token, **{"Idempotency-Key": "erase"}).get_json() == first.get_json()
    assert "Riverside" not in json.dumps(programs.read("/processes/riverside")["title"])


def test_nothing_is_recorded_while_the_record_contradicts_itself(sqlite_programs: Programs):
    """503 with words and no entry; reading goes on, and recording does too once the warning is gone."""
    token, before = sqlite_programs.token(), sqlite_programs.size()
    alert = sqlite_programs.site.public_dir / ALERT
    alert.write_text("An older copy of the database seems to be in place.\n")
    answer = sqlite_programs.send(milestone(), token)
    assert (answer.status_code, answer.content_type) == (503, "application/problem+json")
    assert answer.get_json()["title"] == "Nothing can be recorded at the moment"
    assert sqlite_programs.size() == before
    assert sqlite_programs.site.get("/api/v1/entries").status_code == 200
    alert.unlink()
    assert sqlite_programs.send(milestone(), token).status_code == 201


def test_an_information_officer_removes_from_entries_of_their_own_organisation_only(sqlite_programs: Programs):
    """403 in words for another body's entry, tried out or recorded, removed or disclosed; nothing is recorded."""
    other = {"organisation": {"scheme": "GB-CHC", "id": "1", "name": "A charity"}, "role": "director"}
    size = sqlite_programs.site.publish(issue("theirs", by=other), issue("ours"))
    token = sqlite_programs.token("information_officer")
    for raw in (redaction(size - 2, "data.text"), disclosure(size - 2, "data.text")):
        for path in ("/entries", "/entries/preview"):
            answer = sqlite_programs.send(raw, token, path)
            assert answer.status_code == 403
            assert "another organisation" in answer.get_json()["detail"]
    assert sqlite_programs.size() == size
    assert sqlite_programs.send(redaction(size - 1, "data.text"), token).status_code == 201
    assert sqlite_programs.send(redaction(10**9, "data.text"), token).status_code == 409
