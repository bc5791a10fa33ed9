"""Copies of documents: named by what they hold, given as files to save, refused where they are not what they say."""

from __future__ import annotations

import hashlib
import io

import pytest

from ledger.errors import Wrong
from tests.web.record.conftest import PROCESS, Desk, errors_of
from web.record.documents import MOST_BYTES, media_type_of

PDF = b"%PDF-1.7 a paper"
DIGEST = hashlib.sha256(PDF).hexdigest()

REFUSED = {
    "a page": ("notes.html", b"<html>"),
    "a drawing with scripts": ("plan.svg", b"<svg/>"),
    "a page named as a paper": ("notes.pdf", b"<html>"),
    "bytes named as text": ("notes.txt", b"a\0b"),
    "nothing in it": ("notes.pdf", b""),
    "too large": ("notes.pdf", b"%PDF-" + bytes(MOST_BYTES)),
    "no ending": ("notes", PDF),
}


@pytest.mark.parametrize(("name", "content"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_is_not_taken_is_refused(name: str, content: bytes):
    """Only types that are listed, of the content that they say, up to a size."""
    with pytest.raises(Wrong):
        media_type_of(name, content)


def upload(desk: Desk, name: str, content: bytes):
    form = {"data.document.file": (io.BytesIO(content), name), "do": "save"}
    address = "/record/needs-assessment-published"
    return desk.send(f"{address}?stream={PROCESS}", address, **form)


@pytest.mark.parametrize("name", ["paper.pdf", "../../../../etc/passwd.pdf", "..\\..\\paper.PDF", "a;b=c.pdf"])
def test_a_document_is_kept_by_its_digest_and_given_as_a_file(desk: Desk, name: str):
    """Whatever the file was called, its address and its name are made of what it holds."""
    assert upload(desk, name, PDF).status_code == 303
    found = desk.doors.app.test_client().get(f"/documents/{DIGEST}")

    assert found.data == PDF
    assert found.headers["Content-Disposition"] == f'attachment; filename="{DIGEST[:16]}.pdf"'
    assert found.headers["X-Content-Type-Options"] == "nosniff"
    assert found.headers["Content-Security-Policy"].startswith("sandbox")


@pytest.mark.parametrize("digest", ["0" * 64, "../../etc/passwd", "..%2f..%2fetc%2fpasswd", DIGEST.upper(), "%00"])
def test_what_was_not_uploaded_is_not_found(desk: Desk, digest: str):
    """No address leads to anything but a digest that is kept."""
    upload(desk, "paper.pdf", PDF)
    assert desk.doors.browser.get(f"/documents/{digest}").status_code == 404


def test_the_digest_goes_into_the_form(desk: Desk):
    """An uploaded copy fills in its digest, size and type, and a wrong one is named at its field."""
    address = "/record/needs-assessment-published"
    form = {"data.document.title": "The needs", "data.document.file": (io.BytesIO(PDF), "paper.pdf"), "do": "check"}
    kept = desk.send(f"{address}?stream={PROCESS}", address, **form)
    assert f'value="{DIGEST}"' in kept.text
    assert f'value="{len(PDF)}"' in kept.text

    form |= {"data.document.file": (io.BytesIO(b"<html>"), "paper.pdf")}
    wrong = desk.send(f"{address}?stream={PROCESS}", address, **form)
    assert errors_of(wrong) == ["Document: This file is not what its name says. Save it anew, as PDF for example."]


def test_a_body_without_end_is_refused(desk: Desk):
    """More than a document and its form is turned away before it is looked at."""
    kind = "multipart/form-data; boundary=line"
    answer = desk.doors.browser.post("/record/issue-reported", data=bytes(13_000_000), content_type=kind)
    assert answer.status_code == 413
