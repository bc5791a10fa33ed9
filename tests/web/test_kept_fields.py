"""Of an entry that is not public nobody learns which fields were filled in: only its kind, its state and its end."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL

from ledger.database import connect
from tests.projections.record import RECORD, Book, budget, follower, settings
from tests.routes import addresses, answers
from tests.web.conftest import Site
from web.app import create_app

EMBARGOED = {"state": "embargoed", "until": "2030-01-01T00:00:00Z"}
WITHHELD = {"state": "withheld", "basis": "commercial_confidence"}
INDEX = len(RECORD)
RAW = ("/log/", "/api/v1/log", ".entry", ".tlog-proof", "/checkpoints", "/bundle")
"""What is proofs and hashed bytes; the number of digests there is part of the format."""

# Digests, signatures and lengths follow from the bytes that are hashed; the clock of the site goes on.
VARIES = re.compile(
    rb"[A-Za-z0-9+/_-]{43}=?|\b[0-9a-f]{64}\b|\xe2\x80\x94 candour[^\n]*"
    rb"|Size in bytes</dt><dd[^>]*>[0-9,]+|\n(?:Date|Last-Modified|ETag|Content-Length): [^\n]*|T[0-9:]+\.[0-9]+Z"
)


def _short() -> Any:
    return budget("7315909", standing="report")


def _full() -> Any:
    raw = _short()
    return raw | {"data": raw["data"] | {"scope": "lot", "lot_id": "a"}}


def site_in(folder: Path, url: URL) -> Site:
    folder.mkdir()
    engine = connect(url)
    return Site(create_app(settings(url, folder)), Book(engine), follower(engine, folder), folder / "public")


def _told(site: Site, raw: Any, visibility: Any) -> dict[str, tuple[int, bytes]]:
    assert site.publish(*RECORD, raw | {"visibility": visibility}) == INDEX + 1
    known: Any = {
        "index": [INDEX],
        "name": ["all", "changes", "process/riverside", "group/forum"],
        "slug": ["gb-gor-d18"],
        "number": range(1, 16),
        "reference": ["riverside"],
        "table": ["bids", "overdue", "answers", "timetables", "errors"],
    }
    paths = sorted(path for path in set(addresses(site.app, known)) if not any(each in path for each in RAW))
    found = {path: (status, VARIES.sub(b"#", body)) for path, status, body in answers(site.client, paths)}
    digests = site.get(f"/entries/{INDEX}.json").get_json()["undisclosed"]
    found["number of digests"] = (len(digests), b"")
    return found


@pytest.mark.parametrize("visibility", [EMBARGOED, WITHHELD], ids=["embargoed", "withheld"])
def test_more_fields_or_fewer_read_the_same(new_sqlite: Any, tmp_path: Path, visibility: Any):
    """Every page, feed, table, file of data and answer of the API, but for digests and lengths of hashed bytes."""
    one, other = (
        _told(site_in(tmp_path / name, new_sqlite()), raw, visibility)
        for name, raw in {"short": _short(), "full": _full()}.items()
    )
    assert one.keys() == other.keys()
    assert len(one) > 60
    differing = {path for path in one if one[path] != other[path]}
    assert differing == {"number of digests", f"/entries/{INDEX}.json"}


def test_it_says_its_kind_its_state_and_its_end(sqlite_site: Site):
    """In words on the page, and as data in the API."""
    sqlite_site.publish(_full() | {"visibility": EMBARGOED})
    page = sqlite_site.get(f"/entries/{INDEX}").text
    section = page[page.index('id="stated"') : page.index('id="when"')]
    assert re.findall(r"<dt[^>]*>(.*?)</dt>", section, re.DOTALL) == ["What it states"]
    assert "Not public until 1 January 2030" in section
    told = sqlite_site.get(f"/api/v1/entries/{INDEX}").get_json()
    assert (told["action"], told["data"]) == ("budget-published.v1", {})
    assert told["statement"]["visibility"] == EMBARGOED
