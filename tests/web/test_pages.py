"""Anyone can read what is on record: what changed, each process, each entry. Nothing else can be done to a page."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import pairwise
from typing import Any

import feedparser
import pytest
from lxml import html
from sqlalchemy import text

from projections.follower import ALERT
from tests.ledger.samples import SAMPLES
from tests.projections.record import BODY, RECORD, SECRETS, SOURCE, answer, budget, issue, opening, redaction, stated
from web.policy import SECURITY
from web.public import pages, process

PAGES = ["/", "/processes/", "/processes/riverside", "/groups/forum", *(f"/entries/{n}" for n in range(len(RECORD)))]

FOREIGN = "//script[not(starts-with(@src, '/static/built/')) or normalize-space()]"
"""What no page may hold: a script that is written into it, or comes from elsewhere."""


def parse(response) -> Any:
    assert response.content_type == "text/html; charset=utf-8"
    return html.fromstring(response.get_data(as_text=True))


def words(node: Any) -> str:
    return " ".join(" ".join(node.itertext()).split())


def section(page, name) -> str:
    (found,) = page.xpath(f"//section[@aria-labelledby='{name}']")
    return words(found)


# --- each page ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_whole(sqlite_site, path):
    """Each page has one heading, a title, a language, a way past what all repeat, a feed, a seal, and no script
    but files of ours.
    """
    response = sqlite_site.get(path)
    page = parse(response)

    assert response.status_code == 200
    assert len(page.xpath("//h1")) == 1
    assert page.get("lang") == "en-GB"
    assert page.xpath("//body/a[1]")[0].get("href") == "#main"
    assert len(page.xpath("//main[@id='main']")) == 1
    assert page.xpath("//title")[0].text.endswith("– Candour")
    assert len(page.xpath("//link[@rel='alternate'][contains(@type, 'atom')]")) == 1
    assert words(page.xpath("//p[@class='app-sealed']")[0]).startswith("16 entries, all sealed.")
    assert page.xpath(f"{FOREIGN} | //*[@style] | //style | //*[starts-with(name(@*), 'on')]") == []


def test_every_kind_of_entry_has_its_page(new_sqlite, new_site):
    """Whatever is recorded is shown: on its own page, in the story of its process, and in the feeds."""
    site = new_site(new_sqlite())
    for sample in SAMPLES:
        site.book.clock.now = sample.recorded
        site.book.record(sample.raw)
    site.publish()

    for index, sample in enumerate(SAMPLES):
        page = parse(site.get(f"/entries/{index}"))
        assert words(page.xpath("//p[@class='app-caption']")[0]).startswith(f"Entry {index} · "), sample.kind
        assert page.xpath("//h1")[0].text_content().strip(), sample.kind
        assert "%(" not in words(page), sample.kind
    for path in ("/", "/?before=20", "/processes/", "/processes/family-services", "/groups/families"):
        assert site.get(path).status_code == 200, path
    for path in ("/feeds/all.atom", "/feeds/all.rss", "/feeds/process/family-services.atom"):
        assert not feedparser.parse(site.get(path).get_data()).bozo, path


@pytest.mark.parametrize("path", PAGES)
def test_headings_and_anchors_make_sense_without_seeing_the_page(sqlite_site, path):
    """Levels of headings are not skipped, ids are unique, labels and anchors lead somewhere."""
    page = parse(sqlite_site.get(path))
    levels = [int(node.tag[1]) for node in page.xpath("//h1 | //h2 | //h3 | //h4")]
    ids = page.xpath("//@id")
    wanted = [*page.xpath("//@aria-labelledby"), *(h[1:] for h in page.xpath("//a/@href") if h.startswith("#"))]

    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert len(ids) == len(set(ids))
    assert set(wanted) <= set(ids)


def test_every_link_of_the_site_leads_somewhere(sqlite_site):
    """A reader who follows links never meets an error, and what is on record is all reached."""
    seen: dict[str, int] = {}
    waiting = ["/"]
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        response = sqlite_site.get(path)
        seen[path] = response.status_code
        if response.content_type.startswith("text/html"):
            found = parse(response).xpath("//a/@href | //link/@href")
            local = [link.removeprefix("https://candour.example").partition("#")[0] for link in found]
            waiting += [f"{path.partition('?')[0]}{link}" if link.startswith("?") else link for link in local]
            waiting = [link for link in waiting if link and not link.startswith("http")]

    assert {path: status for path, status in seen.items() if status != 200} == {}
    assert {f"/entries/{n}" for n in range(len(RECORD))} <= set(seen)
    assert {"/log/checkpoint", "/log/key", "/feeds/all.rss", "/feeds/group/forum.atom"} <= set(seen)


def test_the_newest_changes_come_first_by_the_day_of_recording(site):
    """Home says what changed, in what, by whom, and when it happened if that was another day."""
    site.book.clock.now += timedelta(days=1)
    site.publish(issue("Found in old letters."))
    page = parse(site.get("/"))

    assert [day.text for day in page.xpath("//h3[@class='app-day']")] == ["Tuesday 3 March 2026", "Monday 2 March 2026"]
    items = [words(item) for item in page.xpath("//ol[@class='app-changes']/li")]
    assert len(items) == 17
    assert "Found in old letters." in items[0]
    assert "Happened: 2 March 2026" in items[0]
    assert "Family services, Riverside · Ministry of Justice" in items[0]
    assert "Reason: Recorded twice." in items[1]


def test_tags_say_what_sets_an_entry_apart(sqlite_site):
    """A reader sees at once what was corrected, withdrawn, withheld, contradicted, or told without a reason."""
    tags = {
        index: parse(sqlite_site.get(f"/entries/{index}")).xpath("//main/ul[@class='app-tags']/li/strong/text()")
        for index in range(len(RECORD))
    }

    assert {index: found for index, found in tags.items() if found} == {
        3: ["No reason given"],
        4: ["Reported by others"],
        7: ["Corrected later"],
        8: ["Correction"],
        11: ["Reported by others", "Withheld"],
        13: ["Reconstruction", "Does not fit the record"],
        14: ["Withdrawn", "Reported by others"],
    }


def test_older_changes_are_one_link_away(sqlite_site, monkeypatch):
    """The list goes on to the first entry, without gaps and without repeating."""
    monkeypatch.setattr(pages, "CHANGES", 5)
    seen: list[str] = []
    path: str | None = "/"
    while path:
        page = parse(sqlite_site.get(path))
        seen += page.xpath("//ol[@class='app-changes']/li/p/a[starts-with(@href, '/entries/')]/@href")
        path = next(iter(page.xpath("//a[starts-with(@href, '/?before=')]/@href")), None)

    assert seen == [f"/entries/{index}" for index in reversed(range(len(RECORD)))]


def test_an_import_is_one_line_among_the_newest_changes(site):
    """However much was taken in at once, what people recorded before is still there; its entries are a link away."""
    imported = [answer(f"question-{n}", standing="reconstruction", sources=[SOURCE]) for n in range(20, 40)]
    site.publish(issue("Before."), *imported, issue("After."))
    items = [words(item) for item in parse(site.get("/")).xpath("//ol[@class='app-changes']/li")]

    size = len(RECORD)
    assert len(items) == size + 3 - 1
    assert "After." in items[0]
    assert items[1].startswith(f"Entered later from documents: entries 13 to {size + 20}")
    assert "An import of 21 entries." in items[1]
    assert "Before." in items[2]
    page = parse(site.get(f"/?before={size + 21}"))
    each = page.xpath("//ol[@class='app-changes']/li/p/a[starts-with(@href, '/entries/')]/@href")
    assert each[:21] == [f"/entries/{index}" for index in range(size + 20, size - 1, -1)]


def test_an_empty_record_says_so(empty_site):
    """Pages and feeds of a record that holds nothing are pages and feeds all the same."""
    assert "Nothing is on record yet." in words(parse(empty_site.get("/")))
    assert "No process is on record yet." in words(parse(empty_site.get("/processes/")))
    assert "0 entries, all sealed." in words(parse(empty_site.get("/")))
    for path in ("/feeds/all.atom", "/feeds/all.rss", "/log/checkpoint", "/log/key", "/log/checkpoints", "/health"):
        assert empty_site.get(path).status_code == 200, path


def test_processes_are_listed_in_pages(sqlite_site, monkeypatch):
    """Those with the newest entries come first; groups stand below the first page."""
    sqlite_site.publish(*(opening(f"p{n}", f"Process {n}") for n in range(6)))
    monkeypatch.setattr(pages, "PROCESSES", 3)

    listed = [parse(sqlite_site.get(f"/processes/?page={n}")) for n in (1, 2, 3)]

    names = [[words(name) for name in page.xpath("//main/ol//h2")] for page in listed]
    assert names == [
        ["Process 5", "Process 4", "Process 3"],
        ["Process 2", "Process 1", "Process 0"],
        ["Family services, Riverside"],
    ]
    assert "Riverside forum" in section(listed[0], "groups")
    assert listed[1].xpath("//a[@rel='prev']/@href") == ["?page=1"]
    assert listed[2].xpath("//a[@rel='next']") == []
    assert sqlite_site.get("/processes/?page=4").status_code == 404


def test_a_process_is_told_as_a_whole(site):
    """The page of a process answers who, how far, what moved, what was asked, and what does not fit."""
    page = parse(site.get("/processes/riverside"))

    told = words(page)
    assert "Body responsible: Ministry of Justice" in told
    assert "Stage reached: Procurement" in told
    assert "Deadline for bids 22 June 2026, first planned for 1 June 2026." in told
    assert "Dates moved from the first timetable: 2 of 2. Questions answered: 1 of 1." in told
    assert "Bidding closes First date: 1 June 2026 Current date: 22 June 2026" in section(page, "dates")
    assert "Moved: 21 days later" in section(page, "dates")
    assert "no reason given" in section(page, "dates")
    assert "It is heated in winter." in section(page, "questions")
    assert "Procurement lead" in section(page, "contacts")
    assert "no question “question-9” is on record" in section(page, "misfits")


@pytest.mark.parametrize(
    "name",
    [
        "dates",
        "questions",
        "promises",
        "lots",
        "specifications",
        "equality",
        "requirements",
        "contracts",
        "issues",
        "contacts",
    ],
)
def test_a_section_with_nothing_says_what_that_means(sqlite_site, name):
    """Silence is never shown as an empty table, nor as proof."""
    sqlite_site.publish(opening("bare"))
    told = section(parse(sqlite_site.get("/processes/bare")), name)

    assert re.search(r"No .* is on record|No .* on record", told)


def test_a_correction_stands_beside_what_it_corrects(site):
    """Nobody reads the old figure without the new one, its reason, and how long the old one stood."""
    page = parse(site.get("/processes/riverside"))
    (item,) = page.xpath(
        "//section[@aria-labelledby='story']//li[.//a[@href='/entries/7']][div[@class='app-correction']]"
    )

    assert "£1,284,000" in words(item)
    panel = words(item.xpath("div[@class='app-correction']")[0])
    assert panel.startswith("Corrected 2 March 2026 Budget published: £1,070,000")
    assert "Reason: VAT was in it." in panel
    assert "Stood on record for 0 days. Entry 8." in panel


def test_a_story_is_told_in_pages(sqlite_site, monkeypatch):
    """A long story has pages; each entry stands on one of them."""
    monkeypatch.setattr(process, "STORY", 6)
    found = []
    for number in (1, 2, 3):
        page = parse(sqlite_site.get(f"/processes/riverside?page={number}"))
        found += page.xpath("//ol[@class='app-story']/li/div[@class='app-story__what']/p/a/@href")

    assert sorted(found) == sorted(f"/entries/{index}" for index in range(len(RECORD)))
    assert sqlite_site.get("/processes/riverside?page=4").status_code == 404


def test_an_entry_shows_before_and_now_and_the_reason(site):
    """What an entry changes stands side by side, with why."""
    told = section(parse(site.get("/entries/2")), "changed")

    assert "Bidding closes Before 1 June 2026 Now 22 June 2026" in told
    assert "Why it moved Feedback from providers: More time." in told


def test_a_correction_shows_what_it_changes(site):
    """The old and the new value stand side by side; each links to the other's entry."""
    now, before = parse(site.get("/entries/8")), parse(site.get("/entries/7"))

    assert "Amount Before £1,284,000 entry 7 , which stays readable Now £1,070,000" in section(now, "corrected")
    assert "Why it is corrected VAT was in it." in section(now, "corrected")
    assert "Corrected by: entry 8" in words(before)


def test_an_entry_says_on_whose_word_and_what_followed(site):
    """When, by whom, from which source, what came of it, and how to check it."""
    reconstructed, question = parse(site.get("/entries/13")), parse(site.get("/entries/5"))

    told = section(reconstructed, "when")
    assert "On whose word Entered later from documents" in told
    assert "Title How to improve commissioning Where in it page 12 Dated June 2018" in told
    assert reconstructed.xpath("//a[@href='https://www.example.org/paper.pdf?a=1&b=2']/@rel") == ["nofollow noreferrer"]
    assert "Question 1 answered" in section(question, "after")
    assert "This entry is number 5 of the 16 that the log has signed for" in section(question, "proof")
    assert "https://candour.example/entries/5" in section(question, "use")


def test_a_withdrawn_entry_stays_readable(sqlite_site):
    """It says that it counts for nothing, and by which entry."""
    told = words(parse(sqlite_site.get("/entries/14")))

    assert "This entry was withdrawn, and counts for nothing. It stays readable. Withdrawn by: entry 15" in told
    assert "Entered twice." in told


# --- what must not be shown ------------------------------------------------------------------------------------------


def test_what_is_not_disclosed_is_nowhere(site):
    """Embargoed, withheld and redacted values are in no page, feed, data or file of the log."""
    paths = [*PAGES, "/feeds/all.atom", "/feeds/all.rss", "/feeds/process/riverside.atom", "/feeds/group/forum.rss"]
    paths += [f"/entries/{n}.{form}" for n in range(len(RECORD)) for form in ("json", "entry", "tlog-proof")]
    paths += ["/log/tile/entries/000.p/16", "/log/tile/0/000.p/16", "/log/checkpoints"]
    for path in paths:
        response = site.get(path)
        assert response.status_code == 200, path
        shown = response.get_data().replace(b"&#39;", b"'")
        assert [secret for secret in SECRETS if secret.encode() in shown] == [], path


def test_what_is_kept_back_says_that_it_is(sqlite_site):
    """A withheld entry has a page that says on which basis; a removed value says that it was removed."""
    withheld, removed = (words(parse(sqlite_site.get(f"/entries/{index}"))) for index in (11, 9))

    assert "Issue reported (its content is not public)" in withheld
    assert "Withheld. Basis: Legal privilege" in withheld
    assert "How to reach them [removed by law]" in removed


def test_a_value_removed_by_law_is_gone_before_the_next_seal(site):
    """A redaction does not wait for signing: pages and feeds stop showing the value at once, titles too."""
    paths = ("/", "/processes/", "/processes/riverside", "/entries/0", "/entries/6", "/feeds/process/riverside.rss")
    before = "".join(site.get(path).get_data(as_text=True) for path in paths)
    assert "heated in winter" in before
    assert "Family services, Riverside" in before

    site.book.record(redaction(6, "data.answer_or_summary"))
    site.book.record(redaction(0, "data.title"))

    for path in paths:
        assert not re.search("heated in winter|Family services, R", site.get(path).get_data(as_text=True)), path


def test_what_is_overdue_is_said_in_the_words_that_can_be_seen(sqlite_site):
    """As corrected since, and no longer once they are removed by law: then its id is all that is said."""
    held = {
        "made_on": "2026-03-02",
        "kind": "publication",
        "due_on": "2026-03-02",
        "applies_to": "all",
        "made_by": BODY,
    }
    held |= {"communicated_to": [], "communicated_on": "2026-03-02", "commitment_id": "promise-7"}
    first = stated("commitment-made", held | {"text": "We shall publish it."})
    why = {"index": len(RECORD), "reason": "A word was wrong."}
    sqlite_site.publish(first, stated("commitment-made", held | {"text": "We shall print it."}, corrects=why))
    for path in ("/", "/dashboard", "/processes/riverside"):
        overdue = words(parse(sqlite_site.get(path)))
        assert "Promise “We shall print it.”" in overdue, path
        assert "Promise promise-7" not in overdue, path

    sqlite_site.book.record(redaction(len(RECORD) + 1, "data.text"))

    for path in ("/", "/dashboard", "/processes/riverside"):
        overdue = words(parse(sqlite_site.get(path)))
        assert "Promise promise-7" in overdue, path
        assert "We shall print it." not in overdue, path


def test_nothing_is_shown_before_it_is_sealed(site):
    """An entry is public when a published checkpoint covers it, and not before."""
    site.book.record(budget("42"))
    assert site.get("/entries/16").status_code == 404
    assert site.get("/entries/16.entry").status_code == 404
    assert site.get("/entries/16.json").status_code == 404
    assert site.get("/entries/16.tlog-proof").status_code == 404
    assert "£42" not in site.get("/processes/riverside").get_data(as_text=True)

    site.publish()

    assert site.get("/entries/16").status_code == 200
    assert "17 entries, all sealed." in words(parse(site.get("/")))


# --- hostile input ------------------------------------------------------------------------------------------

HOSTILE = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror='alert(1)'>",
    "]]> & &amp; <!-- ",
    "{{ 7 * 7 }} %(number)s %s %",
    "שלום \u200f عربي",
    "javascript:alert(1)",
]


@pytest.mark.parametrize("hostile", [*HOSTILE, "x" * 20_000, "long words " * 1_800], ids=lambda text: text[:20])
def test_hostile_text_is_only_ever_text(sqlite_site, hostile):
    """Whatever is written into a field is shown as it was written, and nothing of it is markup."""
    short = hostile[:300].strip()
    sqlite_site.publish(
        opening("hostile", short),
        issue(hostile) | {"stream": "process/hostile"},
        answer("q", hostile, standing="reconstruction", sources=[{"title": short}]) | {"stream": "process/hostile"},
        budget("1", on_behalf_of={"scheme": short, "id": short, "name": short}) | {"stream": "process/hostile"},
    )

    for path in ("/", "/processes/", "/processes/hostile", "/entries/16", "/entries/17", "/entries/18", "/entries/19"):
        page = parse(sqlite_site.get(path))
        assert page.xpath(f"{FOREIGN} | //img") == []
        assert [link for link in page.xpath("//@href") if link.startswith("javascript:")] == []
    assert " ".join(hostile.split()) in words(parse(sqlite_site.get("/entries/17")))
    assert short in [bdi.text_content() for bdi in parse(sqlite_site.get("/entries/19")).iter("bdi")]


# --- errors ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nothing", 404),
        ("/entries/16", 404),
        ("/entries/-1", 404),
        ("/entries/01", 404),
        ("/entries/1.5", 404),
        ("/entries/%D9%A1", 404),
        ("/entries/" + "9" * 15, 404),
        ("/entries/" + "9" * 400, 404),
        ("/entries/99.json", 404),
        ("/entries/99.entry", 404),
        ("/entries/99.tlog-proof", 404),
        ("/entries/1.exe", 404),
        ("/entries/", 404),
        ("/processes/unknown", 404),
        ("/processes/forum", 404),
        ("/groups/riverside", 404),
        ("/processes/UPPER", 404),
        ("/processes/" + "a" * 64, 404),
        ("/processes/%00", 404),
        ("/processes/%ff%fe", 404),
        ("/processes/..%2f..%2fetc%2fpasswd", 404),
        ("/processes/?page=2", 404),
        ("/processes/?page=999999", 404),
        ("/processes/?page=0", 400),
        ("/processes/?page=-1", 400),
        ("/processes/?page=x", 400),
        ("/processes/?page=", 400),
        ("/processes/?page=%D9%A1", 400),
        ("/processes/?page=" + "9" * 300, 400),
        ("/processes/riverside?page=2", 404),
        ("/processes/riverside?page=1%00", 400),
        ("/?before=x", 400),
        ("/?before=-5", 400),
        ("/?before=" + "9" * 15, 200),
        ("/?before=0", 200),
        ("/?page=x&unknown=1", 200),
        ("/feeds/nothing.atom", 404),
        ("/feeds/all.exe", 404),
        ("/feeds/process/unknown.atom", 404),
        ("/feeds/process/forum.rss", 404),
        ("/feeds/ledger/ledger.atom", 404),
    ],
)
def test_a_wrong_address_gets_a_plain_page_of_its_own_status(sqlite_site, path, status):
    """Whatever is asked, the answer is a page that says what to do, never a traceback."""
    response = sqlite_site.get(path)

    assert response.status_code == status
    assert len(parse(response).xpath("//h1")) == 1
    assert "Traceback" not in response.get_data(as_text=True)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", ["/", "/entries/1", "/feeds/all.atom", "/log/checkpoint"])
def test_nothing_can_be_changed_through_a_page(sqlite_site, method, path):
    """Every address can be read, and nothing else."""
    response = sqlite_site.client.open(path, method=method, data={"a": "b"})

    assert response.status_code == 405
    assert {"GET", "HEAD"} <= set(response.headers["Allow"].replace(" ", "").split(","))
    assert "can only be read" in words(parse(response))


def test_a_failure_of_ours_is_a_plain_page(sqlite_site, monkeypatch, caplog):
    """A mistake in the code is told as one, without its insides, and is logged for the operator."""
    monkeypatch.setattr(pages, "groupby", lambda *_: 1 / 0)

    response = sqlite_site.get("/")

    assert response.status_code == 500
    assert "It is our fault, not yours." in words(parse(response))
    assert "division" not in response.get_data(as_text=True)
    assert "ZeroDivisionError" in caplog.text


def test_a_database_that_does_not_answer_is_said_to_be_away(sqlite_site, tmp_path, caplog):
    """Every page says that it is not the reader's fault, and when to come back."""
    for file in tmp_path.glob("candour*.db"):
        file.unlink()
    sqlite_site.app.extensions["candour"].engine.dispose()

    for path in ("/", "/processes/riverside", "/entries/1", "/feeds/all.atom", "/health"):
        response = sqlite_site.get(path)
        assert response.status_code == 503, path
        assert response.headers["Retry-After"] == "30"
        assert "cannot be read at the moment" in words(parse(response))
    assert str(tmp_path) not in response.get_data(as_text=True)
    assert "Unavailable" in caplog.text


def test_entries_that_cannot_be_decoded_do_not_show_their_insides(sqlite_site, caplog):
    """Damaged disclosures are an error page, and the log of operation says which."""
    with sqlite_site.book.engine.begin() as connection:
        connection.execute(text("UPDATE disclosure SET slots = :slots WHERE position = 6"), {"slots": b"{damaged"})

    assert sqlite_site.get("/entries/6").status_code == 500
    assert "Corrupt" in caplog.text
    assert sqlite_site.get("/entries/4").status_code == 200


def test_a_record_that_contradicts_itself_warns_on_every_page(sqlite_site):
    """The follower's alert stands on top, as text, and the line on the seal is gone."""
    (sqlite_site.public_dir / ALERT).write_text("Entry 3 is <b>not</b> what was signed.\n")

    for path in [*PAGES, "/nothing"]:
        page = parse(sqlite_site.get(path))
        (alert,) = page.xpath("//section[@class='app-alert']")
        assert "Entry 3 is <b>not</b> what was signed." in words(alert)
        assert "all sealed" not in words(page)


# --- headers ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    ["/", "/nothing", "/feeds/all.atom", "/entries/1.json", "/log/key", "/static/built/candour.css", "/?before=x"],
)
def test_every_answer_carries_the_security_headers(sqlite_site, path):
    """No script, no frame, nothing from another origin, no guessing of types."""
    response = sqlite_site.get(path)

    for name, value in SECURITY.items():
        assert response.headers[name] == value
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


def test_pages_load_nothing_from_elsewhere(sqlite_site):
    """Style and icon come from this site, and are there."""
    for path in PAGES:
        page = parse(sqlite_site.get(path))
        for link in page.xpath("//link[not(@rel='alternate' or @rel='canonical')]/@href | //@src"):
            assert link.startswith("/static/")
            assert sqlite_site.get(link).status_code == 200


@pytest.mark.parametrize("path", ["/", "/processes/riverside", "/entries/3"])
def test_a_page_that_did_not_change_is_not_sent_again(sqlite_site, path):
    """A strong entity tag, made of the content, spares readers and us the second time."""
    first, again = sqlite_site.get(path), sqlite_site.get(path)
    assert first.get_etag() == again.get_etag()
    assert first.get_etag()[1] is False

    unchanged = sqlite_site.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (unchanged.status_code, unchanged.get_data()) == (304, b"")

    sqlite_site.publish(budget("1", corrects={"index": 8, "reason": "Again."}))
    if path != "/entries/3":
        assert sqlite_site.get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_health_says_how_much_can_be_read(site):
    """A monitor gets a word and a number."""
    response = site.get("/health")

    assert response.get_json() == {"status": "ok", "entries": len(RECORD)}
    assert response.headers["Cache-Control"] == "no-store"
