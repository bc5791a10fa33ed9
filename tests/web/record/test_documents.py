"""Copies of documents: named by what they hold, given as files to save, refused where they are not what they say."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ledger.database import reading
from ledger.errors import Wrong
from ledger.schema import load_submission
from projections.copies import Copies
from projections.follow import rebuild
from tests.databases import on_both
from tests.ledger.samples import BY_KIND
from tests.projections.record import disclosure, redaction
from tests.web.record.conftest import PROCESS, Desk, errors_of
from web.forgetting import redact
from web.record.documents import MOST_BYTES, media_type_of
from web.tables import document

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


def naming(title: str = "The needs", **statement: Any) -> Any:
    """Plain input of an entry that names the document."""
    raw = BY_KIND["needs-assessment-published.v1"].raw
    named = {"title": title, "sha256": DIGEST, "digest_of": "file", "size": len(PDF), "media_type": "application/pdf"}
    data = {"published_on": "2026-03-02", "document": named, "involvement_entries": []}
    return raw | {"stream": PROCESS, "data": raw["data"] | data} | statement


def status_of(desk: Desk) -> int:
    """Ask for the copy as anyone may."""
    return desk.doors.app.test_client().get(f"/documents/{DIGEST}").status_code


def remove(desk: Desk, target: int, *fields: str) -> int:
    """Redact as an information officer would; return the number of the entry."""
    return redact(desk.ledger, desk.doors.engine, load_submission(redaction(target, *fields))).entry.index


@pytest.mark.parametrize("name", ["paper.pdf", "../../../../etc/passwd.pdf", "..\\..\\paper.PDF", "a;b=c.pdf"])
def test_a_document_is_kept_by_its_digest_and_given_as_a_file(desk: Desk, name: str):
    """Whatever the file was called, its address and its name are made of what it holds."""
    assert upload(desk, name, PDF).status_code == 303
    desk.record(naming())
    found = desk.doors.app.test_client().get(f"/documents/{DIGEST}")

    assert found.data == PDF
    assert found.headers["Content-Disposition"] == f'attachment; filename="{DIGEST[:16]}.pdf"'
    assert found.headers["X-Content-Type-Options"] == "nosniff"
    assert found.headers["Content-Security-Policy"].startswith("sandbox")
    assert "immutable" not in found.headers["Cache-Control"]


@on_both
def test_a_copy_is_given_to_nobody_before_a_public_entry_names_it(desk: Desk):
    """An upload alone, a draft, and an entry that is not public give nobody a copy; making it public does."""
    upload(desk, "paper.pdf", PDF)
    assert status_of(desk) == 404
    assert desk.doors.browser.get(f"/documents/{DIGEST}").status_code == 404
    kept_back = desk.record(naming(visibility={"state": "withheld", "basis": "commercial_confidence"}))
    assert status_of(desk) == 404
    desk.record(disclosure(kept_back.index, "data"))
    assert status_of(desk) == 200


REMOVALS = {
    "its title": ("data.document.title",),
    "all that the entry says of it": ("data.document",),
    "everything": ("data",),
}


@on_both
@pytest.mark.parametrize("fields", REMOVALS.values(), ids=REMOVALS)
def test_a_copy_goes_with_what_is_removed_of_it(desk: Desk, fields: tuple[str, ...]):
    """The address says from then on that it is gone, before and after the pages catch up, and no byte is left."""
    upload(desk, "paper.pdf", PDF)
    named = desk.record(naming())
    desk.record(naming("The same, said again"))
    gone = remove(desk, named.index, *fields)

    answer = desk.doors.app.test_client().get(f"/documents/{DIGEST}")
    assert answer.status_code == 410
    assert f"Entry {gone} says" in answer.text
    desk.catch_up()
    assert status_of(desk) == 410
    with reading(desk.doors.engine) as connection:
        assert connection.scalar(select(document.c.content).where(document.c.sha256 == DIGEST)) == b""
    if desk.doors.engine.dialect.name == "sqlite":
        path = Path(str(desk.doors.engine.url.database))
        files = [each for each in path.parent.iterdir() if each.name.startswith(path.name)]
        assert [each.name for each in files if PDF in each.read_bytes()] == []
    assert rebuild(desk.doors.engine, Copies())


def test_a_document_stays_when_another_value_of_its_entry_goes(desk: Desk):
    """What is said of something else is removed without the document."""
    upload(desk, "paper.pdf", PDF)
    named = desk.record(naming(late_reason="The lead was ill."))
    remove(desk, named.index, "late_reason")
    desk.catch_up()
    assert status_of(desk) == 200


@on_both
def test_what_was_removed_by_law_is_not_taken_again(desk: Desk):
    """The same file is refused at its field, also where it was removed before anybody uploaded a copy."""
    named = desk.record(naming())
    remove(desk, named.index, "data.document")
    desk.catch_up()
    address = "/record/needs-assessment-published"
    form = {"data.document.file": (io.BytesIO(PDF), "paper.pdf"), "do": "check"}
    answer = desk.send(f"{address}?stream={PROCESS}", address, **form)

    assert answer.status_code == 422
    removed = "This very file was removed by law, and is not taken again. Leave it out, or choose another."
    assert errors_of(answer) == [f"Document: {removed}"]
    assert status_of(desk) == 410


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
