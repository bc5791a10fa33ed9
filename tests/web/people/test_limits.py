"""Nobody takes the site from others by sending much, or often."""

from __future__ import annotations

import pytest

from tests.web.people.conftest import PASSWORD, Doors
from web import limits


def test_who_writes_too_often_is_told_to_wait_and_others_are_not(doors: Doors):
    """The sixty-first form in a minute is refused, with when to come back; another account's first is not."""
    doors.person("recorder")
    doors.sign_in()
    answers = {doors.post("/account/tokens", "/account").status_code for _ in range(limits.BY_PEOPLE.amount)}
    refused = doors.post("/account/tokens", "/account")

    assert 429 not in answers
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
    assert doors.browser.get("/account").status_code == 200
    other = doors.app.test_client()
    doors.person("recorder", "eve@example.org")
    doors.post_from(other, "/sign-in", None, email="eve@example.org", password=PASSWORD)
    assert doors.post_from(other, "/account/tokens", "/account").status_code != 429


def test_checks_are_counted_by_address(doors: Doors):
    """One address may have so many proofs checked in a minute; another's are still checked."""
    for _ in range(limits.OF_CHECKS.amount):
        assert doors.browser.post("/verify", data={"number": "x"}).status_code == 400

    assert doors.browser.post("/verify", data={"number": "x"}).status_code == 429
    elsewhere = {"REMOTE_ADDR": "192.0.2.7"}
    assert doors.browser.post("/verify", data={"number": "x"}, environ_base=elsewhere).status_code == 400


@pytest.mark.parametrize(
    ("address", "site"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("", ""),
        ("a socket", "a socket"),
    ],
)
def test_an_address_stands_for_what_one_sender_has(address: str, site: str):
    """Whoever has a whole IPv6 network has one allowance, not one for each of its addresses."""
    assert limits.site_of(address) == site


MULTIPART = "multipart/form-data; boundary=line"


def _parts(texts: list[str]) -> bytes:
    parts = [f'--line\r\nContent-Disposition: form-data; name="email"\r\n\r\n{text}\r\n' for text in texts]
    return "".join([*parts, "--line--\r\n"]).encode()


def test_what_is_too_large_is_refused_with_a_page(doors: Doors):
    """Bodies beyond what anybody needs are not taken in: 413, in words, on a page."""
    config = doors.app.config
    text = "x" * (config["MAX_FORM_MEMORY_SIZE"] + 1)
    for body in (
        {"data": b"x" * (config["MAX_CONTENT_LENGTH"] + 1), "content_type": MULTIPART},
        {"data": {"email": text}},
        {"data": _parts([text]), "content_type": MULTIPART},
        {"data": _parts(["x"] * (config["MAX_FORM_PARTS"] + 1)), "content_type": MULTIPART},
    ):
        answer = doors.browser.post("/sign-in", **body)

        assert answer.status_code == 413, body.get("content_type")
        assert answer.mimetype == "text/html"
        assert "too large" in answer.get_data(as_text=True)


TRAVERSALS = [
    "/static/../app.py",
    "/static/%2e%2e/app.py",
    "/static/..%2fapp.py",
    "/static//etc/passwd",
    "/static/built/%2e%2e/%2e%2e/%2e%2e/app.py",
    "/log/tile/../../../signing.key",
    "/log/tile/0/%2e%2e/%2e%2e/%2e%2e/candour.db",
    "/log/tile/0/x001/..%2f..%2f000",
    "/log/..%2fsigning.key",
    "/feeds/..%2f..%2fsigning.key.atom",
    "/feeds/process/..%2f..%2f..%2flog%2fkey.atom",
    "/imports/differences/..%2f..%2fkey.json",
    "/processes/..%2f..%2fetc",
    "/organisations/..%2f..%2fetc",
]


def test_no_address_leads_out_of_the_public_folder(doors: Doors):
    """A path that climbs is found nowhere, and nothing of ours is given away."""
    for path in TRAVERSALS:
        answer = doors.browser.get(path)

        assert answer.status_code in {308, 404}, path
        assert "create_app" not in answer.get_data(as_text=True)


ELSEWHERE = [
    "//evil.example",
    "https://evil.example/",
    "/\\evil.example",
    "\\\\evil.example",
    "/\r\nX-Y: z",
    "/%0aX:y",
]


def test_signing_in_leads_nowhere_else_and_writes_no_header(doors: Doors):
    """An address to go on to is one of ours, and never becomes a second header."""
    doors.person("recorder")
    for onward in ELSEWHERE:
        doors.browser = doors.app.test_client()
        answer = doors.post("/sign-in", None, email="ada@example.org", password=PASSWORD, next=onward)

        assert answer.status_code == 303
        assert answer.headers["Location"] in {"/account", "/%0aX:y"}
        assert not {"X", "X-Y"} & set(answer.headers.keys())


def test_no_header_or_parameter_turns_reading_into_writing(doors: Doors):
    """A GET stays a GET: nothing asks for another method from within."""
    doors.person("recorder")
    doors.sign_in()
    for header in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        assert doors.browser.get("/sign-out?_method=POST", headers={header: "POST"}).status_code == 405
    assert doors.browser.get("/account").status_code == 200
