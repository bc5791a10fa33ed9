"""Real feed readers subscribe and keep up: each new entry once, every correction, and nothing fetched twice."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import feedparser_sgmllib
import pytest
from reader import Reader, make_reader

from projections.publications.channels import KEYED, WHOLE
from tests.browser import serving
from tests.projections.record import budget, issue
from tests.web.conftest import Site

# The copy of feedparser inside `reader` asks for this module by the name that it had before feedparser took it over.
sys.modules.setdefault("sgmllib", feedparser_sgmllib)

ADDED: dict[str, set[int]] = {
    "all": {16, 17},
    "changes": {16, 17},
    "corrections": {17},
    "overdue": set(),
    "findings": set(),
    "process/riverside": {16, 17},
    "group/forum": set(),
    "organisation/gb-gor-d18": {16, 17},
    "action/budget-published": {17},
    "action/issue-reported": {16},
    "recommendation/1": {17},
    "area/family_services": {16, 17},
    "prison/LEI": {16, 17},
}
"""A feed of every kind -> the entries that it gets when a second issue and a correction of a budget are recorded."""

Asked = tuple[str, int]
"""(path, status of the answer)."""


@dataclass
class Served:
    """A site with its files as it is served on this machine, with what was asked of it since somebody looked."""

    site: Site
    base: str
    asked: list[Asked] = field(default_factory=list)

    def since(self) -> list[Asked]:
        """Return what was asked since the last look."""
        found, self.asked[:] = list(self.asked), []
        return found

    def go_on(self) -> None:
        """Record an issue (16), and a correction (17) of the budget that was corrected before (8)."""
        self.site.publish(issue("The hall is cold."), budget("999000", corrects={"index": 8, "reason": "Misread."}))


@pytest.fixture
def served(files_site: Site) -> Iterator[Served]:
    """A real ledger, really served."""
    asked: list[Asked] = []
    inner: Any = files_site.app.wsgi_app

    def noting(environ: dict[str, Any], start: Callable[..., Any]) -> Any:
        def begin(status: str, *rest: Any) -> Any:
            asked.append((environ["PATH_INFO"], int(status[:3])))
            return start(status, *rest)

        return inner(environ, begin)

    setattr(files_site.app, "wsgi_app", noting)  # noqa: B010 - a plain assignment is not typed
    with serving(files_site.app) as base:
        yield Served(files_site, base, asked)


def test_no_kind_of_feed_is_left_out():
    """The table above has every feed there is one of, and one at least of each that there are many of."""
    assert {name.partition("/")[0] for name in ADDED} == WHOLE.keys() | KEYED.keys()


def entries_in(ids: set[str]) -> set[int]:
    """Return the numbers of those ids that are of entries."""
    return {int(each.rpartition("/")[2]) for each in ids if "/entry/" in each}


# --- reader -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def reader() -> Iterator[Reader]:
    """A reader with nothing in it."""
    with make_reader(":memory:") as made:
        yield made


def held(reader: Reader, address: str) -> dict[str, Any]:
    """Return id -> entry that a reader holds of a feed."""
    found = list(reader.get_entries(feed=address))
    assert len({each.id for each in found}) == len(found)
    return {each.id: each for each in found}


@pytest.mark.parametrize("form", ["atom", "rss", "json"])
def test_reader_keeps_up_with_every_kind_of_feed(served: Served, reader: Reader, form: str):
    """The second update brings exactly the new entries, the corrected one changed, and the third brings nothing."""
    addresses = {name: f"{served.base}/feeds/{name}.{form}" for name in ADDED}
    for address in addresses.values():
        reader.add_feed(address)
    reader.update_feeds(scheduled=False)
    assert {status for _path, status in served.since()} == {200}
    assert all(feed.last_exception is None for feed in reader.get_feeds())
    before = {name: held(reader, address) for name, address in addresses.items()}
    assert entries_in(set(before["all"])) == set(range(16))
    for each in reader.get_entries():
        reader.mark_entry_as_read(each)

    served.go_on()
    reader.update_feeds(scheduled=False)
    second = served.since()
    assert {status for _path, status in second} == {200, 304}
    for name, address in addresses.items():
        after = held(reader, address)
        assert before[name].keys() <= after.keys(), "nothing disappears"
        new = after.keys() - before[name].keys()
        assert entries_in(new) == ADDED[name], name
        assert {each.id for each in after.values() if not each.read} == new, name
        if not new:
            continue
        assert (f"/feeds/{name}.{form}", 200) in second
    (correction,) = [each for id_, each in held(reader, addresses["corrections"]).items() if id_.endswith("/entry/17")]
    assert "999,000" in correction.title
    (corrected,) = [id_ for id_ in before["all"] if id_.endswith("/entry/8")]
    if form != "rss":  # RSS has no way to say when an item changed
        assert held(reader, addresses["all"])[corrected].updated > before["all"][corrected].updated
    assert held(reader, addresses["all"])[corrected].content != before["all"][corrected].content

    kept = {address: held(reader, address).keys() for address in addresses.values()}
    reader.update_feeds(scheduled=False)
    assert {status for _path, status in served.since()} == {304}
    assert {address: held(reader, address).keys() for address in addresses.values()} == kept


def test_reader_follows_feeds_of_ones_own(served: Served, reader: Reader):
    """A feed of several filters brings what is new, and asks in vain for what is not."""
    address = f"{served.base}/feeds/custom.atom?process=riverside&action=budget-published&action=issue-reported"
    reader.add_feed(address)
    reader.update_feeds(scheduled=False)
    before = set(held(reader, address))
    served.go_on()
    reader.update_feeds(scheduled=False)
    assert entries_in(set(held(reader, address)) - before) == {16, 17}
    served.since()
    reader.update_feeds(scheduled=False)
    assert served.since()[-1][1] == 304


# --- newsboat ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def newsboat(tmp_path: Path) -> Callable[[str], list[str]]:
    """Newsboat, the program: fetch a feed, and return the ids that it holds of it now.

    Each feed has a cache of its own, because newsboat keeps an id only once over all feeds.
    """
    program = shutil.which("newsboat")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Newsboat is not installed, and CI must have it: run tools/test-system.sh.")
        pytest.skip("needs newsboat: run tools/test-system.sh")
    plain = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}

    def fetch(address: str) -> list[str]:
        folder = tmp_path / "newsboat" / address.rpartition("/feeds/")[2].replace("/", "-")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config").write_text("download-retries 1\ndownload-timeout 30\n")
        (folder / "urls").write_text(f"{address}\n")
        files = ["-u", f"{folder}/urls", "-c", f"{folder}/cache.db", "-C", f"{folder}/config"]
        command = [program, *files, "-x", "reload"]
        environment = plain | {"HOME": str(folder)}
        done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stdout + done.stderr
        connection = sqlite3.connect(folder / "cache.db")
        found = [guid for (guid,) in connection.execute("SELECT guid FROM rss_item WHERE deleted = 0 ORDER BY id")]
        connection.close()
        return found

    return fetch


@pytest.mark.parametrize("form", ["atom", "rss"])
def test_newsboat_keeps_up_with_every_kind_of_feed(served: Served, newsboat: Callable[[str], list[str]], form: str):
    """The second run brings exactly the new entries, each once, and the third is answered 304 throughout."""
    addresses = {name: f"{served.base}/feeds/{name}.{form}" for name in ADDED}
    before = {name: newsboat(address) for name, address in addresses.items()}
    assert {status for _path, status in served.since()} == {200}
    assert entries_in(set(before["all"])) == set(range(16))

    served.go_on()
    after = {name: newsboat(address) for name, address in addresses.items()}
    for name, held_now in after.items():
        assert len(held_now) == len(set(held_now))
        assert set(before[name]) <= set(held_now)
        assert entries_in(set(held_now) - set(before[name])) == ADDED[name], name
    served.since()

    assert {name: newsboat(address) for name, address in addresses.items()} == after
    assert {status for _path, status in served.since()} == {304}
