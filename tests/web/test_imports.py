"""Pages of what was imported: the quarantine for people and programs, and the differences entries name."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest

from ledger.clock import utc_now
from ledger.errors import Wrong
from ledger.ocds import quarantine
from ledger.ocds.quarantine import Refusal
from ledger.ocds.taking import take
from ledger.store import Ledger
from tests.ledger.ocds.releases import found, package, release

HOSTILE = "=cmd|'<script>alert(1)</script>.json"


@pytest.fixture
def held(site):
    """The site with three things in quarantine."""
    refusals = [
        Refusal(
            HOSTILE if n == 2 else f"file-{n}.json",
            n,
            Wrong("This is not %(what)s.", what="<b>JSON</b>"),
            b"x",
            complete=True,
        )
        for n in range(3)
    ]
    quarantine.put(site.book.engine, refusals, utc_now())
    return site


def test_the_page_tells_file_position_and_reason(held):
    """Each thing is listed with its reason, and nothing from a file is taken for markup."""
    text = held.get("/imports/quarantine").text
    assert "file-1.json" in text
    assert text.count("This is not &lt;b&gt;JSON&lt;/b&gt;.") == 3
    assert "<script>alert" not in text


def test_an_empty_quarantine_says_so(site):
    """Where nothing is in quarantine, the page says what that means."""
    assert "Nothing is in quarantine" in site.get("/imports/quarantine").text


def test_the_list_is_there_as_csv_without_formulas(held):
    """A spreadsheet gets the same rows, and no cell that it would compute."""
    rows = list(csv.reader(io.StringIO(held.get("/imports/quarantine.csv").text)))
    assert rows[0] == ["number", "file", "position", "reason", "found"]
    assert rows[1][1] == f"'{HOSTILE}"
    assert len(rows) == 4


def test_the_list_is_there_as_json(held):
    """A program gets the same rows."""
    rows = json.loads(held.get("/imports/quarantine.json").text)
    assert [each["position"] for each in rows] == [2, 1, 0]


def test_the_difference_that_an_entry_names_can_be_read(site):
    """What a release says otherwise is served under its digest, and other digests are not found."""
    engine = site.book.engine
    titles = ("Services", "Other services")
    releases = [
        release(n, f"2026-0{n}-01T00:00:00Z", tender={"title": title, "value": {"amount": n, "currency": "GBP"}})
        for n, title in enumerate(titles, 1)
    ]
    list(take(Ledger(engine), engine, (("a.json", each) for each in found(package(*releases)))))
    stored = b"".join(state for _, state, _ in Ledger(engine).read_stored())
    (digest,) = set(re.findall(rb'"difference":\{[^}]*"sha256":"([0-9a-f]{64})"', stored))
    told = json.loads(site.get(f"/imports/differences/{digest.decode()}.json").text)
    assert told == [{"path": "tender/title"}, {"after": "2", "before": "1", "path": "tender/value/amount"}]
    assert site.get(f"/imports/differences/{'0' * 64}.json").status_code == 404


def test_the_samples_are_taken_in_whole(root, site):
    """What `make demo` shows of official releases is all usable, and holds no contact of a person."""
    files = sorted((root / "samples" / "ocds").glob("*.json"))
    assert len(files) == 3
    for file in files:
        content = file.read_bytes()
        assert b"contactPoint" not in content
        (counts,) = take(Ledger(site.book.engine), site.book.engine, ((file.name, each) for each in found(content)))
        assert (counts.recorded, counts.quarantined) == (counts.found, 0)
