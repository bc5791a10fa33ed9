"""Feeds as finished files: each change writes what it touches and nothing else; a removal leaves nothing behind."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import feedparser
import jsonschema_rs
import pytest
from lxml import etree, html
from sqlalchemy import func, select

from ledger.errors import Unavailable
from ledger.files import replace_file
from projections import documents
from projections.publications import compose, membership, publisher
from projections.publications.channels import WHOLE
from projections.publications.publisher import stale_table
from tests.projections.record import (
    BASE_URL,
    SECRET_CHANNEL,
    SOURCE,
    answer,
    budget,
    issue,
    opening,
    question,
    redaction,
)
from tests.web.test_pages import HOSTILE

ATOM = "{http://www.w3.org/2005/Atom}"
FH = "{http://purl.org/syndication/history/1.0}"


@pytest.fixture
def short_archives(monkeypatch):
    """Archives of four, and live documents of twelve at most."""
    monkeypatch.setattr(membership, "WIDTH", 4)
    monkeypatch.setattr(compose, "WIDTH", 4)
    monkeypatch.setattr(membership, "MOST", 12)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of the feeds, by its path."""
    found = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {name: content for name, content in found.items() if not name.startswith(".")}


def walked(site, path: str) -> list[str]:
    """The ids that a reader gets who follows a feed back to its first archive, the newest first."""
    ids: list[str] = []
    seen: set[str] = set()
    address: str | None = path
    while address is not None:
        assert address not in seen
        seen.add(address)
        root = etree.fromstring(site.get(address).get_data())
        ids += [node.findtext(f"{ATOM}id", "") for node in root.iter(f"{ATOM}entry")]
        links = {node.get("rel"): node.get("href") for node in root.findall(f"{ATOM}link")}
        assert links["self"] == f"{BASE_URL}{address}"
        if address != path:
            assert root.find(f"{FH}archive") is not None
            assert links["current"] == f"{BASE_URL}{path}"
        following = links.get("prev-archive")
        address = None if following is None else following.removeprefix(BASE_URL)
    return ids


def numbers(ids: list[str]) -> list[int]:
    """The entries that items are about."""
    return [int(each.rpartition("/")[2]) for each in ids]


def test_what_is_in_the_files_is_what_is_made_of_the_rows(files_site):
    """A file and the same document made anew are the same bytes, and the packed file holds them too."""
    folder = files_site.public_dir / "feeds"
    names = [name for name in contents(folder) if not name.endswith(".gz")]
    assert {"all.atom", "all.rss", "all.json", "process/riverside.atom", "index.opml", "prison/LEI.json"} <= set(names)

    for name in names:
        written = (folder / name).read_bytes()
        assert gzip.decompress((folder / f"{name}.gz").read_bytes()) == written
        (folder / name).unlink()
        (folder / f"{name}.gz").unlink()
        assert files_site.get(f"/feeds/{name}").get_data() == written, name


def test_every_feed_of_the_contract_is_there_in_each_form(files_site, shared):
    """Each address answers, with valid Atom, RSS without a warning, and JSON Feed by its schema."""
    atom = etree.RelaxNG(etree.parse(shared / "data" / "feeds" / "atom.rng"))
    schema = jsonschema_rs.validator_for(
        json.loads((shared / "data" / "feeds" / "jsonfeed-1.1.schema.json").read_text())
    )
    names = [
        *WHOLE,
        "process/riverside",
        "group/forum",
        "organisation/gb-gor-d18",
        "action/timeline-changed",
        "recommendation/3",
        "area/family_services",
        "prison/LEI",
    ]

    for name in [*names, "action/contract-modified"]:
        atom.assertValid(etree.fromstring(files_site.get(f"/feeds/{name}.atom").get_data()))
        rss = feedparser.parse(files_site.get(f"/feeds/{name}.rss").get_data())
        assert not rss.bozo
        assert rss.version == "rss20"
        made = files_site.get(f"/feeds/{name}.json")
        assert made.content_type == "application/feed+json"
        schema.validate(made.get_json(force=True))
        ids = [each["id"] for each in made.get_json(force=True)["items"]]
        assert ids == [each.id for each in rss.entries]
        assert bool(ids) == (name not in {"overdue", "action/contract-modified"})


def test_one_entry_touches_only_its_own_feeds(files_site):
    """A budget changes the feeds that hold budgets, and leaves every other file as it was."""
    folder = files_site.public_dir / "feeds"
    before = {path: path.stat().st_ino for path in folder.rglob("*") if path.is_file()}
    files_site.publish(
        opening("elsewhere", "Elsewhere", by={"organisation": {"scheme": "x", "id": "1", "name": "X"}, "role": "r"})
    )

    changed = {str(path.relative_to(folder)) for path, number in before.items() if path.stat().st_ino != number}
    assert {"all.atom", "all.atom.gz", "changes.json", "prison/LEI.rss", "area/family_services.atom"} <= changed
    assert not {
        name for name in changed if name.startswith(("process/riverside", "group/", "action/budget", "corrections"))
    }


def test_an_import_writes_each_document_once(files_site, monkeypatch):
    """However many entries come in one go, each file that they touch is put in place once."""
    put: list[str] = []
    replace = replace_file

    def counted(path: Path, content: bytes) -> None:
        put.append(str(path))
        replace(path, content)

    monkeypatch.setattr(publisher, "replace_file", counted)
    files_site.publish(*(issue(f"Issue {n}.", standing="import", sources=[SOURCE]) for n in range(120)))

    assert put
    assert len(put) == len(set(put))
    changes = feedparser.parse(files_site.get("/feeds/changes.atom").get_data()).entries
    assert "entries: 120" in changes[0].title
    assert changes[0].id.endswith("/import/16")
    assert len(changes) == len(walked(files_site, "/feeds/changes.atom"))


@pytest.mark.parametrize("broken", [0, 1, 7, 20])
def test_a_crash_while_writing_is_made_good(files_site, monkeypatch, broken):
    """Whenever writing stops, the next step writes the rest, and the files are those of an untroubled run."""
    replace, left = replace_file, [broken]

    def failing(path: Path, content: bytes) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Unavailable("The disk is full.")
        replace(path, content)

    files_site.book.record_all([budget("5"), issue("A crash.")])
    monkeypatch.setattr(publisher, "replace_file", failing)
    with pytest.raises(Unavailable):
        files_site.follower.step()
    monkeypatch.setattr(publisher, "replace_file", replace)
    files_site.follower.step()

    after = contents(files_site.public_dir / "feeds")
    for name in list(after):
        (files_site.public_dir / "feeds" / name).unlink()
    (files_site.public_dir / "feeds" / ".made").unlink()
    files_site.follower.step()
    assert contents(files_site.public_dir / "feeds") == after
    with files_site.book.engine.connect() as connection:
        open_rows = select(func.count()).select_from(stale_table).where(stale_table.c.written == 0)
        assert connection.scalar(open_rows) == 0


def test_a_removal_is_written_before_anything_is_signed(files_site, monkeypatch):
    """A value that was removed is in no file any more, although nothing could be signed since."""
    secret = "Do not repeat what Robin Doe said."
    files_site.publish(issue(secret))
    folder = files_site.public_dir / "feeds"
    assert any(secret.encode() in content for content in contents(folder).values())

    files_site.book.record(redaction(16, "data.text"))
    monkeypatch.setattr("projections.follower.sign", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        files_site.follower.step()

    for name, content in contents(folder).items():
        held = gzip.decompress(content) if name.endswith(".gz") else content
        assert secret.encode() not in held, name
        assert SECRET_CHANNEL.encode() not in held, name
    monkeypatch.undo()
    files_site.follower.step()
    told = feedparser.parse(files_site.get("/feeds/process/riverside.atom").get_data()).entries
    assert "[removed by law]" in next(each.content[0].value for each in told if each.id.endswith("/entry/16"))


def test_a_new_title_is_in_every_item_of_its_process(files_site):
    """Items say what their process is called today, also where they were written before."""
    files_site.publish(opening(title="Riverside, renamed", corrects={"index": 0, "reason": "Misspelt."}))

    for path in ("/feeds/all.json", "/feeds/process/riverside.json", "/feeds/prison/LEI.json"):
        feed = files_site.get(path).get_json(force=True)
        titles = [each["title"] for each in feed["items"] if "/forum" not in str(each["_candour"]["categories"])]
        assert titles
        assert all(title.startswith("Riverside, renamed: ") for title in titles)


@pytest.mark.usefixtures("short_archives")
def test_a_reader_who_walks_the_archives_gets_each_entry_once(files_site):
    """From the live document back to the first archive, also after an import between two polls."""
    known = numbers(walked(files_site, "/feeds/all.atom"))
    assert known == list(range(15, -1, -1))

    files_site.publish(*(issue(f"Issue {n}.") for n in range(31)))
    again = numbers(walked(files_site, "/feeds/all.atom"))
    assert again == list(range(46, -1, -1))
    for feed in ("process/riverside", "organisation/gb-gor-d18", "action/issue-reported", "corrections", "findings"):
        ids = walked(files_site, f"/feeds/{feed}.atom")
        assert len(ids) == len(set(ids)) > 1
    assert files_site.get("/feeds/all/archive/0.atom").status_code == 404
    assert files_site.get("/feeds/all/archive/99.atom").status_code == 404


@pytest.mark.usefixtures("short_archives")
def test_archives_keep_their_ranges(files_site):
    """An archive changes only by what is said later of its entries, and by the link to the next one."""
    files_site.publish(*(issue(f"Before, {n}.") for n in range(4)))
    first = files_site.get("/feeds/all/archive/1.atom").get_data()
    files_site.publish(*(issue(f"Issue {n}.") for n in range(9)))
    assert files_site.get("/feeds/all/archive/1.atom").get_data() == first

    files_site.publish(issue("More."))
    second = etree.fromstring(files_site.get("/feeds/all/archive/2.atom").get_data())
    links = {node.get("rel"): node.get("href") for node in second.findall(f"{ATOM}link")}
    assert links["prev-archive"] == f"{BASE_URL}/feeds/all/archive/1.atom"
    assert links["next-archive"] == f"{BASE_URL}/feeds/all/archive/3.atom"


def test_findings_and_what_is_overdue_have_items_of_their_own(files_site):
    """A turn names before and after; what falls due appears when its time has passed, without an entry."""
    findings = feedparser.parse(files_site.get("/feeds/findings.atom").get_data()).entries
    assert findings
    assert all("now “" in each.title and "before “" in each.title for each in findings)

    files_site.publish(issue("Is anybody there?"))
    files_site.follower.clock.now += timedelta(days=90)
    files_site.follower.step()
    overdue = feedparser.parse(files_site.get("/feeds/overdue.atom").get_data()).entries
    assert overdue
    assert all("/overdue/" in each.id for each in overdue)
    assert len({each.id for each in overdue}) == len(overdue)


def test_an_entry_tells_which_findings_it_turned(files_site):
    """What an entry changed in the findings stands in its item."""
    feed = files_site.get("/feeds/process/riverside.json").get_json(force=True)

    assert any("What it changed in the findings" in each["content_html"] for each in feed["items"])


@pytest.mark.parametrize(
    "hostile", [*HOSTILE, "x" * 20_000, "\U0001f600 شكرا \u200f\U0001f4a9"], ids=lambda text: text[:12]
)
def test_hostile_text_breaks_no_file(files_site, shared, hostile):
    """Whatever stands in the fields, every form stays valid, and items are still found in their files."""
    short = hostile[:300].strip() or "x"
    files_site.publish(
        opening("hostile", short, by={"organisation": {"scheme": "a", "id": "b", "name": short}, "role": short}),
        issue(hostile) | {"stream": "process/hostile"},
    )
    files_site.publish(issue("After it.") | {"stream": "process/hostile"})

    atom = etree.RelaxNG(etree.parse(shared / "data" / "feeds" / "atom.rng"))
    atom.assertValid(etree.fromstring(files_site.get("/feeds/all.atom").get_data()))
    assert not feedparser.parse(files_site.get("/feeds/all.rss").get_data()).bozo
    for form in ("atom", "rss"):
        assert len(feedparser.parse(files_site.get(f"/feeds/process/hostile.{form}").get_data()).entries) == 3
    assert len(files_site.get("/feeds/process/hostile.json").get_json(force=True)["items"]) == 3
    etree.fromstring(files_site.get("/feeds/index.opml").get_data())


def test_one_entry_that_cannot_be_said_hides_no_other(files_site, monkeypatch):
    """It is shown as one that cannot be shown, with its number; the rest is there."""
    say = documents.entry_item

    def failing(view, *rest):
        if view.entry.index == 16:
            raise ValueError("nobody expected this")
        return say(view, *rest)

    monkeypatch.setattr(documents, "entry_item", failing)
    files_site.publish(issue("This breaks."), issue("This does not."))

    told = files_site.get("/feeds/all.json").get_json(force=True)["items"]
    assert len(told) == 18
    assert "Entry 16 cannot be shown here" in told[1]["title"]


def test_files_are_served_as_they_are_with_all_that_caches_use(files_site):
    """A strong tag for each packing, 304 by tag and by date, HEAD, ranges, and how long to keep it."""
    whole = files_site.get("/feeds/all.atom")
    assert whole.get_etag()[1] is False
    assert whole.headers["Cache-Control"] == "public, max-age=60"
    assert "Accept-Encoding" in whole.headers["Vary"]

    packed = files_site.get("/feeds/all.atom", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.get_data()) == whole.get_data()
    assert packed.headers["ETag"] != whole.headers["ETag"]
    for asked in ({"If-None-Match": whole.headers["ETag"]}, {"If-Modified-Since": whole.headers["Last-Modified"]}):
        answered = files_site.get("/feeds/all.atom", headers=asked)
        assert (answered.status_code, answered.get_data()) == (304, b"")
    part = files_site.get("/feeds/all.atom", headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.get_data()) == (206, whole.get_data()[10:20])
    head = files_site.head("/feeds/all.atom")
    assert head.headers["Content-Length"] == str(len(whole.get_data()))
    assert head.get_data() == b""


@pytest.mark.parametrize(
    ("asked", "leads_to"),
    [
        ("/feeds/prison/lei.atom", "/feeds/prison/LEI.atom"),
        ("/feeds/PROCESS/Riverside.rss", "/feeds/process/riverside.rss"),
        ("/feeds/action/timeline-changed.v1.json", "/feeds/action/timeline-changed.json"),
        ("/feeds/custom.atom?Prison=lei&process=RIVERSIDE", "/feeds/custom.atom?process=riverside&prison=LEI"),
        ("/feeds/custom.json?process=riverside&process=riverside", "/feeds/custom.json?process=riverside"),
    ],
)
def test_one_feed_has_one_address(files_site, asked, leads_to):
    """Order, case and repetition never make two addresses of one feed."""
    answered = files_site.get(asked)

    assert (answered.status_code, answered.headers["Location"]) == (301, leads_to)
    assert files_site.get(leads_to).status_code == 200


def test_filters_of_one_kind_add_and_of_two_kinds_narrow(files_site):
    """Any of the kinds of entry, but only of that process."""
    both = files_site.get("/feeds/custom.json?process=riverside&action=budget-published&action=timeline-changed")
    ids = [each["id"] for each in both.get_json(force=True)["items"]]

    assert numbers(ids) == [8, 7, 3, 2]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?",
        "?nonsense=1",
        "?process=",
        "?process=nobody",
        "?process=../../etc/passwd",
        "?process=%00",
        "?prison=LEEDS",
        "?action=all",
        "?recommendation=16",
        "?recommendation=0",
        "?area=%3Cscript%3E",
        "?organisation=nobody",
        "?" + "&".join(f"recommendation={n % 15 + 1}" for n in range(21)),
        "?process=riverside&process=%F0%9F%98%80",
        "?process=riverside'--",
        "?process[]=riverside",
        "?" + "a" * 3_000 + "=1",
    ],
    ids=lambda query: query[:24],
)
def test_wrong_filters_get_a_plain_answer(sqlite_site, query):
    """400 with a sentence that says what to do, and never a traceback."""
    for form in ("atom", "rss", "json"):
        answered = sqlite_site.get(f"/feeds/custom.{form}{query}")
        assert answered.status_code == 400
        assert "This feed cannot be made" in answered.text
        assert "Traceback" not in answered.text


@pytest.mark.parametrize("query", ["process=" + "a" * 7_000, "process=riverside&" * 5_000], ids=["long", "many"])
def test_an_address_far_too_long_is_refused_in_words(sqlite_site, query):
    """As wrong filters are, or sooner; and never a traceback."""
    answered = sqlite_site.get(f"/feeds/custom.atom?{query}")

    assert answered.status_code in {400, 414}
    assert "Traceback" not in answered.text


def test_the_directory_leads_to_every_feed(files_site):
    """OPML that feed readers take in: each address in it answers."""
    root = etree.fromstring(files_site.get("/feeds/index.opml").get_data())
    addresses = [node.get("xmlUrl", "") for node in root.iter("outline") if node.get("xmlUrl")]

    assert len(addresses) == len(set(addresses)) > 80
    for address in addresses[:8] + addresses[-8:]:
        assert files_site.get(address.removeprefix(BASE_URL)).status_code == 200


@pytest.mark.parametrize(
    ("page", "feed"),
    [
        ("/", "all"),
        ("/processes/", "action/commissioning-process-registered"),
        ("/processes/riverside", "process/riverside"),
        ("/groups/forum", "group/forum"),
        ("/organisations/gb-gor-d18", "organisation/gb-gor-d18"),
        ("/recommendations/3", "recommendation/3"),
        ("/dashboard", "findings"),
        ("/entries/2", "process/riverside"),
        ("/organisations/", "changes"),
        ("/search", "changes"),
        ("/about", "changes"),
        ("/nowhere", "changes"),
    ],
)
def test_each_page_names_its_own_feed_in_every_form(sqlite_site, page, feed):
    """A reader given the address of a page finds the feed of that page, and each form of it answers."""
    parsed: Any = html.fromstring(sqlite_site.get(page).text)
    links = parsed.xpath("//head/link[@rel='alternate']/@href")

    assert [link.removeprefix(BASE_URL) for link in links] == [
        f"/feeds/{feed}.{form}" for form in ("atom", "rss", "json")
    ]
    for link in links:
        assert sqlite_site.get(link.removeprefix(BASE_URL)).status_code == 200


@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("/dashboard?prison=LEI", "prison=LEI"),
        ("/dashboard?area=family_services&prison=LEI&status=open", "area=family_services&prison=LEI"),
        ("/recommendations/3?organisation=GB-GOR:D18", "organisation=gb-gor-d18&recommendation=3"),
    ],
)
def test_a_page_with_a_choice_names_the_feed_of_that_choice(sqlite_site, page, query):
    """What was chosen on the page stays chosen in its feed, in every form."""
    answered = sqlite_site.get(page)
    assert answered.status_code == 200, answered.text
    parsed: Any = html.fromstring(answered.text)
    links = parsed.xpath("//head/link[@rel='alternate']/@href")

    assert links == [f"/feeds/custom.{form}?{query}" for form in ("atom", "rss", "json")]
    for link in links:
        assert sqlite_site.get(link).status_code == 200


def test_each_table_of_the_dashboard_can_be_followed(sqlite_site):
    """Beside a table to take away stands the feed of what changes it, and each such feed answers."""
    parsed: Any = html.fromstring(sqlite_site.get("/dashboard").text)
    lines = [" ".join(line.itertext()) for line in parsed.xpath("//main//p[a[contains(@href, '.csv')]]")]
    followed = {link.get("href") for link in parsed.xpath("//main//p[a[contains(@href, '.csv')]]/a")}

    assert len(lines) > 8
    assert all("Follow it:" in line for line in lines)
    feeds = {f"/feeds/{name}.atom" for name in ("findings", "overdue", "corrections", "action/timeline-changed")}
    assert feeds <= followed
    for address in followed:
        assert sqlite_site.get(address).status_code == 200


def test_what_is_not_public_is_in_no_file(files_site):
    """The words of a question that stay back are in no form of any feed."""
    files_site.publish(question("Is the roof sound at all?", "roof"), answer("roof"))

    for name, content in contents(files_site.public_dir / "feeds").items():
        held = gzip.decompress(content) if name.endswith(".gz") else content
        assert b"Is the roof sound" not in held, name
