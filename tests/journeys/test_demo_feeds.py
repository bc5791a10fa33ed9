"""Every feed, archive and calendar file of the demonstration ledger, before all judges there are for it."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from urllib.parse import urlsplit

import feedparser
import jsonschema_rs
from lxml import etree

from tests.journeys.test_demo import demonstration, free_port
from tests.projections.test_calendar import check

ATOM = "{http://www.w3.org/2005/Atom}"
TYPES = {"atom": "application/atom+xml; charset=utf-8", "rss": "application/rss+xml; charset=utf-8"}


def files(folder: Path, ending: str) -> list[Path]:
    """The files of one form; the demonstration has many of each."""
    found = sorted(folder.rglob(f"*.{ending}"))
    assert len(found) > 30
    return found


def walked(folder: Path, live: Path) -> list[str]:
    """The ids of items, from the live document back to the first archive."""
    ids: list[str] = []
    path: Path | None = live
    while path is not None:
        root = etree.fromstring(path.read_bytes())
        ids += [node.findtext(f"{ATOM}id", "") for node in root.iter(f"{ATOM}entry")]
        older = [link.get("href", "") for link in root.findall(f"{ATOM}link") if link.get("rel") == "prev-archive"]
        path = folder / urlsplit(older[0]).path.removeprefix("/feeds/") if older else None
    return ids


def test_every_file_of_the_demonstration_passes_every_judge(tmp_path: Path, shared: Path):
    """No error and no warning: RELAX NG of RFC 4287, JSON Feed's schema, feedparser, RFC 5545; each entry once."""
    with demonstration(tmp_path, free_port()):
        pass
    folder = tmp_path / "var" / "public" / "feeds"
    atom = etree.RelaxNG(etree.parse(shared / "data" / "feeds" / "atom.rng"))
    schema = jsonschema_rs.validator_for(
        json.loads((shared / "data" / "feeds" / "jsonfeed-1.1.schema.json").read_text(encoding="utf-8"))
    )

    for path in files(folder, "atom"):
        atom.assertValid(etree.fromstring(path.read_bytes()))
    for path in files(folder, "json"):
        schema.validate(json.loads(path.read_bytes()))
    live = {path for path in files(folder, "atom") if path.parent.name != "archive"}
    for path in (*sorted(live), *files(folder, "rss")):
        form = path.suffix.removeprefix(".")
        parsed = feedparser.parse(path.read_bytes(), response_headers={"content-type": TYPES[form]})
        assert not parsed.bozo, (path, parsed.get("bozo_exception"))
    for path in files(tmp_path / "var" / "public" / "calendar", "ics"):
        check(path.read_bytes())
    for path in sorted(live):
        ids = walked(folder, path)
        assert len(ids) == len(set(ids)), path
        kept = json.loads(path.with_suffix(".json").read_bytes())["items"]
        assert [each["id"] for each in kept] == ids[: len(kept)]
        assert gzip.decompress(path.with_name(f"{path.name}.gz").read_bytes()) == path.read_bytes()
    every = [int(each.rpartition("/")[2]) for each in walked(folder, folder / "all.atom")]
    assert every == list(range(len(every) - 1, -1, -1))
    assert len(every) > 200
