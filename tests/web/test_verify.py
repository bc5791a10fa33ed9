"""The pages that prove: the proof of an entry, the history of checkpoints, and checking what somebody brings."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import URL

from ledger.tlog.note import Ed25519Verifier
from ledger.tlog.policy import Policy, cosigned
from ledger.tlog.proof import OfflineProof
from ledger.witnessing import Witnesses
from projections.follower import Follower
from tests.ledger.witnesses import Exchange, new_witness, policy_of
from tests.projections.record import RECORD, opening
from tests.web.conftest import Site

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def witnessed(new_sqlite: Callable[[], URL], new_site: Callable[[URL], Site], tmp_path: Path) -> Site:
    """A site whose log two witnesses cosign; the one is away at the end."""
    site = new_site(new_sqlite())
    plain = site.follower
    vkey = plain.key.verifier.to_vkey()
    witnesses = {name: new_witness(tmp_path, name, vkey) for name in "ab"}
    exchange = Exchange(witnesses)
    policy = policy_of(witnesses, "group g any a b\nquorum g\n")
    site.follower = Follower(
        plain.engine, plain.key, plain.public_dir, plain.clock, Witnesses(policy, exchange, timeout=5, grace=0.5)
    )
    site.follower.prepare()
    site.publish(*RECORD[:5])
    site.publish(*RECORD[5:])
    exchange.down = {"b"}
    site.publish(opening("later"))
    return site


@pytest.mark.parametrize(
    ("number", "says"),
    {
        "-1": "digits alone",
        "x": "digits alone",
        "": "digits alone",
        "9999": "no sealed entry",
        "9" * 5_000: "no sealed entry",
    }.items(),
    ids=["negative", "a letter", "nothing", "not yet", "huge"],
)
def test_a_number_in_the_address_is_answered_as_in_the_form(sqlite_site: Site, number: str, says: str):
    """What is wrong with it is said above the form and at the field, which keeps what was given."""
    answer = sqlite_site.get(f"/verify?entry={number}")
    shown = answer.get_data(as_text=True)
    assert answer.status_code == 400
    assert shown.count(says) == 2
    assert f'value="{number}"' in shown or not number


# --- an entry's proof -------------------------------------------------------------------------------------------------


def test_an_entry_says_what_is_proven_by_whom_and_between_which_times(witnessed: Site):
    """Three plain sentences; each witness's bracket by its own clock."""
    page = witnessed.get("/entries/6").get_data(as_text=True)
    size = len(RECORD) + 1
    assert f"This entry is number 6 of the {size} that the log has signed for" in page
    assert "having seen that the log only ever grew: a.example." in page
    assert "a.example first saw it within the minute of " in page
    last = witnessed.get(f"/entries/{size - 1}").get_data(as_text=True)
    assert "b.example has not seen it yet; it last looked on " in last
    first = witnessed.get("/entries/0").get_data(as_text=True)
    assert "a.example first saw it by " in first


def test_without_witnesses_an_entry_says_so(sqlite_site: Site):
    """No word of a witness, and that the time is the log's own word."""
    page = sqlite_site.get("/entries/6").get_data(as_text=True)
    assert "No witness has signed this too." in page
    assert "no witness says before or after which time" in page


def test_the_check_in_the_browser_may_run_and_read_from_here_alone(witnessed: Site):
    """The page's policy lets our own script fetch from this site; the addresses it reads exist."""
    response = witnessed.get("/entries/6")
    policy = response.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "connect-src 'self'" in policy
    assert "unsafe" not in policy
    page = response.get_data(as_text=True)
    for address in ("/entries/6.entry", "/entries/6.tlog-proof", "/entries/6.json", "/log/witnesses"):
        assert f'="{address}"' in page
        assert witnessed.get(address).status_code == 200


def test_a_proof_carries_the_cosignatures(witnessed: Site):
    """Those of the published checkpoint, whole."""
    proof = OfflineProof.from_bytes(witnessed.get("/entries/3.tlog-proof").get_data())
    policy = Policy.from_bytes(witnessed.get("/log/witnesses").get_data())
    assert proof.checkpoint == witnessed.get("/log/checkpoint").get_data()
    assert [each.name for each in cosigned(proof.checkpoint, policy)] == ["a.example"]


# --- the history of checkpoints ---------------------------------------------------------------------------------------


def test_browsers_get_a_page_and_verifiers_the_signed_notes(witnessed: Site):
    """One address; caches are told that it depends on what is asked for."""
    notes, shown = witnessed.get("/log/checkpoints"), witnessed.get("/log/checkpoints", headers=BROWSER)
    assert (notes.content_type, notes.headers["Vary"]) == ("text/plain; charset=utf-8", "Accept")
    assert notes.get_data().count("— b.example".encode()) == 2
    assert shown.content_type.startswith("text/html")
    assert "Accept" in shown.headers["Vary"]
    page = shown.get_data(as_text=True)
    assert page.count("a.example") == 3
    assert page.count("b.example") == 2
    assert witnessed.get("/log/checkpoints", headers={"Accept": "*/*"}).get_data() == notes.get_data()


def test_the_history_as_data_holds_every_note(witnessed: Site, monkeypatch: pytest.MonkeyPatch):
    """Page by page, newest first, with who cosigned and when."""
    monkeypatch.setattr("web.public.checkpoints.AT_ONCE", 2)
    first = witnessed.get("/log/checkpoints.json").get_json()
    assert [each["size"] for each in first["checkpoints"]] == [len(RECORD) + 1, len(RECORD)]
    assert [each["published"] for each in first["checkpoints"]] == [True, False]
    assert [each["witness"].partition("+")[0] for each in first["checkpoints"][1]["cosignatures"]] == [
        "a.example",
        "b.example",
    ]
    rest = witnessed.get(first["next"]).get_json()
    assert ([each["size"] for each in rest["checkpoints"]], rest["next"]) == ([5], None)
    notes = "".join(each["note"] for each in reversed([*first["checkpoints"], *rest["checkpoints"]]))
    assert notes == witnessed.get("/log/checkpoints").get_data(as_text=True)
    assert witnessed.get("/log/checkpoints.json?before=x").status_code == 400


# --- checking what somebody brings ------------------------------------------------------------------------------------


def check(site: Site, **fields) -> tuple[int, str]:
    response = site.client.post("/verify", data=fields, content_type="multipart/form-data")
    return response.status_code, response.get_data(as_text=True)


def test_an_entry_is_checked_by_its_number(witnessed: Site):
    """By a link, or by the form; the answer names log, witnesses and whose key it was."""
    for page in (witnessed.get("/verify?entry=3").get_data(as_text=True), check(witnessed, number="3")[1]):
        assert "It fits" in page
        assert "Entry 3 is exactly the one that the log" in page
        assert "Witnesses signed the same: a.example." in page
        assert "the key that this site shows" in page


def test_a_pasted_proof_is_checked(witnessed: Site):
    """With the lines as a browser sends them, for the entry here or for bytes that were kept."""
    proof = witnessed.get("/entries/3.tlog-proof").get_data(as_text=True)
    entry = witnessed.get("/entries/3.entry").get_data(as_text=True)
    key = witnessed.get("/log/key").get_data(as_text=True)
    for fields in ({}, {"entry": entry}, {"vkey": key}, {"vkey": f"  {key} ", "entry": entry}):
        status, page = check(witnessed, proof=proof.replace("\n", "\r\n"), **fields)
        assert (status, "It fits" in page) == (200, True)


def test_what_does_not_fit_is_told_in_words(witnessed: Site):
    """Another entry, another key, a changed root: each for what it is."""
    proof = witnessed.get("/entries/3.tlog-proof").get_data(as_text=True)
    other = Ed25519Verifier("other.example", bytes(range(32))).to_vkey()
    cases = {
        "These are not the bytes": {"proof": proof, "entry": '{"index":3}'},
        "not signed with the key other.example": {"proof": proof, "vkey": other},
        "is not signed with the key": {"proof": proof.replace(f"\n{len(RECORD) + 1}\n", "\n99\n")},
    }
    for words, fields in cases.items():
        status, page = check(witnessed, **fields)
        assert status == 200
        assert "It does NOT fit" in page
        assert words in page


def test_a_bundle_is_checked(witnessed: Site):
    """As it is downloaded, with its page's name; one changed byte is found."""
    response = witnessed.get("/processes/riverside/bundle.zip")
    assert response.content_type == "application/zip"
    assert 'filename="riverside-bundle.zip"' in response.headers["Content-Disposition"]
    content = response.get_data()
    assert "entries are sealed, unchanged." in check(witnessed, bundle=(io.BytesIO(content), "b.zip"))[1]
    changed = content.replace(b'"index":3', b'"index":4', 1)
    assert changed != content
    assert "It does NOT fit" in check(witnessed, bundle=(io.BytesIO(changed), "b.zip"))[1]
    assert witnessed.get("/processes/nowhere/bundle.zip").status_code == 404


MISTAKES = {
    "nothing": ({}, "Choose a file, paste a proof"),
    "no number": ({"number": "three"}, "digits alone"),
    "digits of another script": ({"number": "٣"}, "digits alone"),
    "a number too large": ({"number": "9" * 40}, "no sealed entry of that number"),
    "no such entry": ({"number": "99999"}, "no sealed entry of that number"),
    "no proof": ({"proof": "<script>alert(1)</script>"}, "That is not a proof"),
    "no key": ({"number": "3", "vkey": "<b>key</b>"}, "That is not a log"),
}


@pytest.mark.parametrize(("fields", "words"), MISTAKES.values(), ids=MISTAKES)
def test_a_form_filled_in_wrongly_says_what_to_do(witnessed: Site, fields: dict[str, str], words: str):
    """400, in words, with what was typed kept and escaped."""
    status, page = check(witnessed, **fields)
    assert (status, words in page) == (400, True)
    assert "<script>alert" not in page
    assert "<b>key" not in page


def test_what_is_too_large_is_refused(witnessed: Site, monkeypatch: pytest.MonkeyPatch):
    """413, before it is read."""
    monkeypatch.setattr("web.public.verify.MOST_BYTES", 5_000)
    status, page = check(witnessed, bundle=(io.BytesIO(bytes(5_001)), "b.zip"))
    assert (status, "too large to check here" in page) == (413, True)
    assert check(witnessed, bundle=(io.BytesIO(b"PK" * 50), "b.zip"))[0] == 200


def test_a_site_with_nothing_published_has_pages_all_the_same(new_site, new_sqlite):
    """Before the first seal there is nothing to check, and nothing breaks."""
    site = new_site(new_sqlite())
    site.follower.prepare()
    assert site.get("/verify").status_code == 200
    assert check(site, number="1")[0] == 400
    assert site.get("/log/checkpoints.html").status_code == 200
    assert site.get("/log/checkpoints.json").get_json() == {"checkpoints": [], "next": None}
