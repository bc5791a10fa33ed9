"""Anyone can take an entry away: its exact bytes, what is disclosed of it, and a proof that verifies elsewhere."""

from __future__ import annotations

import json

import pytest

from ledger.disclosure import digest_of, read_disclosure
from ledger.tlog.note import Ed25519Verifier
from ledger.tlog.proof import OfflineProof
from tests.projections.record import RECORD, SECRETS, disclosure, redaction

ALL = range(len(RECORD))


def data(site, index):
    response = site.get(f"/entries/{index}.json")
    assert response.content_type == "application/json"
    return response.get_json()


@pytest.mark.parametrize("index", ALL)
def test_the_exact_bytes_verify_with_proof_and_key(sqlite_site, index):
    """What is served is what was hashed: bytes, proof and key are all that a verifier needs."""
    key = Ed25519Verifier.from_vkey(sqlite_site.get("/log/key").get_data(as_text=True).strip())
    found = sqlite_site.get(f"/entries/{index}.entry")
    proof = OfflineProof.from_bytes(sqlite_site.get(f"/entries/{index}.tlog-proof").get_data())

    assert proof.index == index
    assert proof.verify(found.get_data(), key).size == len(RECORD)
    assert found.content_type == "application/octet-stream"
    assert found.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_bytes_and_proofs_are_the_same_on_both_databases(site):
    """Each database gives back what was stored."""
    key = Ed25519Verifier.from_vkey(site.get("/log/key").get_data(as_text=True).strip())
    for index in (0, 15):
        proof = OfflineProof.from_bytes(site.get(f"/entries/{index}.tlog-proof").get_data())
        proof.verify(site.get(f"/entries/{index}.entry").get_data(), key)
        assert data(site, index)["entry"] == json.loads(site.get(f"/entries/{index}.entry").get_data())


@pytest.mark.parametrize("index", ALL)
def test_disclosures_fit_their_digests(sqlite_site, index):
    """Each disclosed value comes with the very string whose digest stands in the entry (RFC 9901)."""
    entry = sqlite_site.get(f"/entries/{index}.entry").get_data(as_text=True)
    shown = data(sqlite_site, index)

    assert json.loads(entry) == shown["entry"]
    for each in shown["disclosures"]:
        assert digest_of(each["disclosure"]) == each["digest"]
        assert read_disclosure(each["disclosure"])[-1] == each["value"]
        assert each["digest"] in entry
    for each in shown["undisclosed"]:
        assert set(each) == {"digest", "state"}


def test_what_is_not_disclosed_says_only_its_state(sqlite_site):
    """Embargoed, withheld and redacted values: a digest and a word, never a value, a salt or a path."""
    states = {index: [each["state"] for each in data(sqlite_site, index)["undisclosed"]] for index in ALL}

    assert {index: found for index, found in states.items() if found} == {
        0: ["withheld"],
        5: ["embargoed"],
        9: ["redacted"],
        11: ["withheld"] * len(states[11]),
    }
    assert len(states[11]) > 5
    for index in ALL:
        text = json.dumps(data(sqlite_site, index), ensure_ascii=False)
        assert [secret for secret in SECRETS if secret in text] == []


def test_a_disclosure_opens_and_a_redaction_closes(sqlite_site):
    """What is made public appears with the entry; what is removed is gone from it, and says that it was redacted."""
    sqlite_site.publish(disclosure(5, "data.text_or_summary"), redaction(6, "data.answer_or_summary"))

    assert [each["path"] for each in data(sqlite_site, 5)["disclosures"]] == ["data.text_or_summary"]
    assert data(sqlite_site, 5)["undisclosed"] == []
    assert [each["state"] for each in data(sqlite_site, 6)["undisclosed"]] == ["redacted"]
    assert "winter" not in sqlite_site.get("/entries/6.json").get_data(as_text=True)


def test_data_says_what_became_of_the_entry(sqlite_site):
    """A program learns without a page that an entry was corrected or withdrawn."""
    assert data(sqlite_site, 7)["corrected_by"] == 8
    assert data(sqlite_site, 14)["withdrawn_by"] == 15
    assert data(sqlite_site, 4)["corrected_by"] is None


@pytest.mark.parametrize("form", ["entry", "json", "tlog-proof"])
def test_programs_of_any_origin_may_read(sqlite_site, form):
    """Public data without credentials: a verifier in a page elsewhere can use it, and need not fetch it twice."""
    first = sqlite_site.get(f"/entries/1.{form}")
    again = sqlite_site.get(f"/entries/1.{form}", headers={"If-None-Match": first.headers["ETag"]})

    assert first.headers["Access-Control-Allow-Origin"] == "*"
    assert again.status_code == 304
    assert sqlite_site.head(f"/entries/1.{form}").headers["Content-Length"] == str(len(first.get_data()))


def test_without_a_published_key_there_is_no_proof(sqlite_site):
    """The pages never make up a key."""
    (sqlite_site.public_dir / "log" / "key").unlink()

    assert sqlite_site.get("/entries/1.tlog-proof").status_code == 404
    assert sqlite_site.get("/entries/1").status_code == 200


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"no key at all\n", b"x" * 10_000])
def test_a_damaged_key_is_our_error_and_not_a_traceback(sqlite_site, content, caplog):
    """A file that somebody wrote over does not show what it holds."""
    (sqlite_site.public_dir / "log" / "key").write_bytes(content)

    assert sqlite_site.get("/entries/1.tlog-proof").status_code == 500
    assert "A request failed." in caplog.text
