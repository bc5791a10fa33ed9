"""Signing in and out, by whom and for how long."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest

from ledger.database import reading
from tests.web.people.conftest import PASSWORD, Doors
from web.people import accounts, sessions, throttle
from web.people.access import KEY
from web.people.accounts import changing
from web.people.entering import inside


def test_the_right_password_opens_the_account(doors: Doors):
    """A person with a password gets in and sees what they may do."""
    doors.person("recorder")
    answer = doors.sign_in()
    assert (answer.status_code, answer.location) == (303, "/account")
    page = doors.browser.get("/account")
    assert page.status_code == 200
    assert "Recorder" in page.text
    assert page.headers["Cache-Control"] == "no-store"


WRONG = {
    "another password": ("ada@example.org", "green kettle marches"),
    "nobody's address": ("eve@example.org", PASSWORD),
    "no password": ("ada@example.org", ""),
    "an endless password": ("ada@example.org", "x" * 100_000),
}


@pytest.mark.parametrize(("email", "password"), WRONG.values(), ids=WRONG)
def test_a_wrong_sign_in_says_the_same_whatever_is_wrong(doors: Doors, email: str, password: str):
    """The answer does not tell whether there is such an account."""
    doors.person("recorder")
    answer = doors.sign_in(email, password)
    assert answer.status_code == 422
    assert "The e-mail address or the password is wrong." in answer.text
    assert doors.browser.get("/account").status_code == 302


def test_signing_in_goes_on_to_where_the_person_was_going(doors: Doors):
    """A page that asks for signing in is the next one after it."""
    doors.person("administrator")
    asked = doors.browser.get("/people/?page=1")
    assert asked.location == "/sign-in?next=/people/?page%3D1"
    answer = doors.sign_in(next="/people/?page=1")
    assert answer.location == "/people/?page=1"


ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example",
    "\\\\evil.example",
    "javascript:alert(1)",
    "/a\nSet-Cookie: x=1",
    "/" + "a" * 3000,
    "",
    "evil",
    "/\t/evil.example",
]


@pytest.mark.parametrize("address", ELSEWHERE)
def test_signing_in_never_leads_to_another_site(address: str):
    """What is no plain path of ours is not followed."""
    assert inside(address) is None


def test_a_session_ends_when_unused_and_after_a_working_day(doors: Doors):
    """Half an hour without use ends it; so do ten hours with."""
    doors.person("recorder")
    doors.sign_in()
    doors.pass_by(timedelta(minutes=29))
    assert doors.browser.get("/account").status_code == 200
    doors.pass_by(timedelta(minutes=31))
    assert doors.browser.get("/account").status_code == 302
    doors.sign_in()
    for _ in range(29):
        doors.pass_by(timedelta(minutes=20))
        assert doors.browser.get("/account").status_code == 200
    doors.pass_by(timedelta(minutes=21))
    assert doors.browser.get("/account").status_code == 302


def test_signing_out_ends_every_copy_of_the_cookie(doors: Doors):
    """A cookie that somebody copied is worth nothing once its holder has signed out."""
    doors.person("recorder")
    doors.sign_in()
    cookie = doors.browser.get_cookie("candour")
    assert cookie is not None
    thief = doors.app.test_client()
    thief.set_cookie("candour", cookie.value)
    assert thief.get("/account").status_code == 200
    assert doors.post("/sign-out", at="/account").status_code == 303
    assert thief.get("/account").status_code == 302


def test_a_session_that_was_there_before_signing_in_is_not_taken_over(doors: Doors):
    """Whoever plants a cookie in a browser does not share the session that begins there."""
    doors.person("recorder")
    doors.browser.get("/sign-in")
    planted = doors.browser.get_cookie("candour")
    assert planted is not None
    doors.sign_in()
    attacker = doors.app.test_client()
    attacker.set_cookie("candour", planted.value)
    assert attacker.get("/account").status_code == 302


def test_a_form_of_another_site_changes_nothing(doors: Doors):
    """Without the proof that a page of ours holds, a form is refused."""
    doors.person("recorder")
    assert doors.browser.post("/sign-in", data={"email": "ada@example.org", "password": PASSWORD}).status_code == 400
    doors.sign_in()
    assert doors.browser.post("/sign-out").status_code == 400
    assert doors.browser.get("/account").status_code == 200


def test_disabling_an_account_works_at_its_next_request(doors: Doors):
    """Sessions and tokens of a shut account are over at once, and signing in fails."""
    person = doors.person("recorder")
    doors.sign_in()
    with changing(doors.engine) as connection:
        word = sessions.create_token(connection, person.id, "a program", frozenset({"read"}), doors.now)
        accounts.disable(connection, person.id, doors.now)
    assert doors.browser.get("/account").status_code == 302
    with reading(doors.engine) as connection:
        assert sessions.token_holder(connection, word, doors.now) is None
    assert doors.sign_in().status_code == 422


def test_guessing_is_slowed_and_the_holder_is_not_locked_out(doors: Doors):
    """After five failures from one place each further try has to wait; from elsewhere the holder gets in."""
    doors.person("recorder")
    for _ in range(5):
        assert doors.sign_in(password="guess guess guess").status_code == 422
    assert doors.sign_in(password="guess guess guess").status_code == 429
    assert doors.sign_in().status_code == 429
    home = doors.app.test_client()
    home.environ_base["REMOTE_ADDR"] = "192.0.2.7"
    assert doors.post_from(home, "/sign-in", email="ada@example.org", password=PASSWORD).status_code == 303
    doors.pass_by(timedelta(seconds=2))
    assert doors.sign_in().status_code == 303


def test_the_delay_doubles_up_to_a_quarter_of_an_hour():
    """Nothing at first, then 1, 2, 4 seconds and so on, and never longer than 15 minutes."""
    waits = [throttle.delay(failures, 5).total_seconds() for failures in (0, 4, 5, 6, 7, 8, 50, 10**6)]
    assert waits == [0, 0, 1, 2, 4, 8, 900, 900]


def test_a_one_time_code_is_asked_for_and_works_once(doors: Doors):
    """With codes set up, the password alone opens nothing, and no code works twice."""
    doors.person("recorder")
    doors.sign_in()
    shown = doors.browser.get("/account/codes").text
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", shown)
    assert secret is not None
    made = pyotp.TOTP(secret[1])
    answer = doors.post("/account/codes", code=made.at(doors.now))
    recovery = re.findall(r"<code>([0-9a-f-]{17})</code>", answer.text)
    assert len(recovery) == 8
    doors.post("/sign-out", at="/account")
    assert doors.sign_in().location == "/sign-in/code"
    assert doors.browser.get("/account").status_code == 302
    assert doors.post("/sign-in/code", code=made.at(doors.now)).status_code == 422
    doors.pass_by(timedelta(seconds=30))
    assert doors.post("/sign-in/code", code=made.at(doors.now)).status_code == 303
    doors.post("/sign-out", at="/account")
    for expected in (303, 422):
        doors.sign_in()
        answer = doors.post("/sign-in/code", code=recovery[0])
        assert answer.status_code == expected
        if expected == 303:
            doors.post("/sign-out", at="/account")


def test_an_invitation_sets_the_password_once(doors: Doors):
    """The address of an invitation works one time within a week, and only with a password that holds."""
    with changing(doors.engine) as connection:
        made = accounts.create(connection, "Bea@Example.org ", "Bea", doors.now)
        word = accounts.invite(connection, made.id, doors.now)
    path = f"/invitation/{word}"
    assert "12 characters" in doors.post(path, password="short", again="short").text
    assert "differ" in doors.post(path, password=PASSWORD, again="another one altogether").text
    assert "easy to guess" in doors.post(path, password="bea" * 5, again="bea" * 5).text
    assert doors.post(path, password=PASSWORD, again=PASSWORD).status_code == 303
    assert doors.browser.get("/account").status_code == 200
    assert doors.browser.get(path).status_code == 404
    doors.post("/sign-out", at="/account")
    assert doors.sign_in("bea@example.org").status_code == 303


def test_an_invitation_is_too_old_after_a_week(doors: Doors):
    """What lay around in a mailbox does not open anything."""
    with changing(doors.engine) as connection:
        made = accounts.create(connection, "bea@example.org", "Bea", doors.now)
        word = accounts.invite(connection, made.id, doors.now)
    doors.pass_by(timedelta(days=8))
    assert doors.browser.get(f"/invitation/{word}").status_code == 404


def test_a_changed_password_ends_all_sessions(doors: Doors):
    """Whoever was signed in anywhere has to sign in anew."""
    doors.person("recorder")
    doors.sign_in()
    assert doors.post("/account/password", at="/account", present="x", password="a", again="a").status_code == 422
    new = "seven slow green trains"
    changed = doors.post("/account/password", at="/account", present=PASSWORD, password=new, again=new)
    assert changed.location == "/sign-in"
    assert doors.browser.get("/account").status_code == 302
    assert doors.sign_in(password=new).status_code == 303


def test_the_audit_tells_of_each_sign_in_and_names_nobody(doors: Doors):
    """Each attempt is on the audit by account number; neither names nor addresses are kept there."""
    doors.person("administrator")
    doors.sign_in(password="guess guess guess")
    doors.sign_in()
    with reading(doors.engine) as connection:
        lines = accounts.audited(connection, 100)
    assert [line.event for line in lines] == [
        "signed-in",
        "sign-in-failed",
        "password-set",
        "role-given",
        "account-created",
    ]
    assert "ada" not in str(lines).lower()
    assert "Sign-in failed" in doors.browser.get("/people/audit").text


def test_without_a_secret_nobody_signs_in_and_everybody_reads(doors: Doors):
    """The pages work, and signing in says what is missing."""
    doors.app.extensions[KEY] = replace(doors.app.extensions[KEY], secret=None)
    assert doors.browser.get("/sign-in").status_code == 503
    assert doors.browser.post("/sign-in", data={"email": "a", "password": "b"}).status_code == 503
    assert doors.browser.get("/account").status_code == 302


def test_where_nobody_can_sign_in_no_page_leads_to_it(doors: Doors):
    """The foot of each page offers recording and signing in only where somebody can do it."""
    offered = ["/record/", "/sign-in"]
    shown = doors.browser.get("/about").text
    assert [path for path in offered if f'href="{path}"' in shown] == offered
    doors.app.extensions[KEY] = replace(doors.app.extensions[KEY], secret=None)
    shown = doors.browser.get("/about").text
    assert [path for path in offered if f'href="{path}"' in shown] == []
