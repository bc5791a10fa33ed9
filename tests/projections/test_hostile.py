"""Whatever stands in whichever field of whichever kind of entry, feeds stay feeds and calendars stay calendars."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import feedparser
import jsonschema_rs
import pytest
from lxml import etree
from sqlalchemy import URL

from ledger.database import connect, reading
from ledger.kinds import Kind, Line, Many, Prose
from ledger.process import Recorded
from ledger.vocabulary import Struct, fields_of
from ledger.voice import ENGLISH
from projections import calendar, present
from projections.documents import Document, Item, Site, entry_item
from projections.entries import EntryView
from projections.publications.compose import FORMS
from tests.ledger.samples import record_all
from tests.projections.record import BASE_URL, ORIGIN, RECORD, Book, project
from tests.projections.test_calendar import check, parts
from web.sheet import Sheet, as_csv

SITE = Site(BASE_URL, ORIGIN)
NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

HOSTILE = {
    "control characters": "a" + "".join(map(chr, range(32))) + "\x7f\x80\x9f\ufffe\uffffb",
    "markup": "<script>alert(1)</script>&amp;]]><![CDATA[</entry></item></feed>",
    "the lines between which items are found": "a\n  </entry>\n  <entry>\n    <id>x</id>\n    </item>\n\r\nb",
    "marks that turn the text around": "\u202eabc\u2066def\u2069\u200f\u061c",
    "right to left": "\u0634\u0643\u0631\u0627 \u05e9\u05dc\u05d5\u05dd " * 20,
    "emoji": "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f3f4\U000e0067\U000e0062\U000e007f \U0001f1ec\U0001f1e7",
    "a formula": "=cmd|' /C calc'!A0",
    "the language of calendars": "a\r\nEND:VEVENT\r\nBEGIN:VEVENT;,\\n",
    "halves of characters": "a\ud800b\udfff",
}


def spoilt(value: Any, text: str, kind: Kind | None = None) -> Any:
    """Return a value with a text in every place where somebody writes words."""
    if isinstance(value, Struct):
        given: Any = value
        return dataclasses.replace(
            given, **{each.name: spoilt(getattr(value, each.name), text, each.kind) for each in fields_of(type(value))}
        )
    if isinstance(value, tuple):
        return tuple(spoilt(each, text, kind.item if isinstance(kind, Many) else None) for each in value)
    return text if isinstance(value, str) and isinstance(kind, (Line, Prose)) else value


def spoilt_entries(text: str) -> Iterator[Recorded]:
    """Yield an entry of every kind that is full of a text."""
    for entry in record_all():
        yield dataclasses.replace(entry, action=spoilt(entry.action, text), statement=spoilt(entry.statement, text))


def item(entry: Recorded, text: str) -> Item:
    """Return an entry as an item, in a process whose title is hostile as well."""
    view = EntryView(entry, {}, None, None, (), entry.recorded)
    return entry_item(view, None, [text], {entry.stream: text}, SITE, ENGLISH)


def feed(items: list[Item], text: str, form: str) -> bytes:
    """Return a feed of items, its own title hostile too."""
    document = Document("tag:x,2026:feed", text, text, f"{BASE_URL}/", "/feeds/all", "en-GB", NOW)
    made = FORMS[form]
    pieces = made.pieces(items, document, SITE)
    assert len(pieces) == len(items), "each is found as one piece"
    whole = made.whole(document, SITE, pieces)
    assert len(made.found(whole)) == len(items), "and found again in what was written"
    return whole


@pytest.fixture(scope="module")
def schemas(shared: Path) -> tuple[Any, Any]:
    """RFC 4287's RELAX NG, and the schema of JSON Feed."""
    folder = shared / "data" / "feeds"
    schema = json.loads((folder / "jsonfeed-1.1.schema.json").read_text(encoding="utf-8"))
    return etree.RelaxNG(etree.parse(folder / "atom.rng")), jsonschema_rs.validator_for(schema)


def is_valid(items: list[Item], text: str, schemas: tuple[Any, Any]) -> None:
    atom, schema = schemas
    atom.assertValid(etree.fromstring(feed(items, text, "atom"), etree.XMLParser(huge_tree=True)))
    rss = etree.fromstring(feed(items, text, "rss"), etree.XMLParser(huge_tree=True))
    assert len(rss.findall("channel/item")) == len(items)
    found = json.loads(feed(items, text, "json"))
    schema.validate(found)
    assert [each["id"] for each in found["items"]] == [each.id for each in items]


def test_texts_do_stand_in_the_fields():
    """The entries below are hostile indeed: most kinds hold words of somebody."""
    spoilt_kinds = [each for each in spoilt_entries("Spoilt!") if "Spoilt!" in repr(each.action)]
    assert len(spoilt_kinds) > 50


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_in_every_field_of_every_kind(schemas: tuple[Any, Any], text: str):
    """Valid Atom, RSS and JSON Feed that hold each entry once, and no word of it is markup."""
    items = [item(each, text) for each in spoilt_entries(text)]
    is_valid(items, text, schemas)
    parsed = feedparser.parse(feed(items[:3], text, "atom"), response_headers={"content-type": "application/atom+xml"})
    assert not parsed.bozo, parsed.get("bozo_exception")
    assert not any("<script" in each.html for each in items)


def test_sixty_thousand_characters(schemas: tuple[Any, Any]):
    """As long as an entry can be at all, in whichever field: nothing is cut off, and nothing breaks."""
    text = "\u5b57" * 60_000
    items = [item(each, text) for each in list(spoilt_entries(text))[:4]]
    is_valid(items, "A title", schemas)
    assert all(text in each.html for each in items)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_in_a_table(text: str):
    """A cell is never a formula, and the table keeps its rows."""
    made = as_csv(Sheet("search", ("title",), [(text.encode("utf-8", "replace").decode(),), ("last",)]))
    assert "\n=" not in made
    assert made.rstrip().endswith("last")


def test_one_date_that_cannot_be_said_hides_no_other(new_sqlite: Callable[[], URL], monkeypatch: pytest.MonkeyPatch):
    """It is shown as one that cannot be shown, on its day; the rest is there."""
    book = Book(connect(new_sqlite()))
    book.record_all(RECORD)
    project(book.engine, book.ledger.head().size)
    say = present.headline

    def failing(view: EntryView, voice: Any) -> str:
        if view.entry.index == 4:
            raise ValueError("nobody expected this")
        return say(view, voice)

    with reading(book.engine) as connection:
        before = calendar.of(connection, calendar.ALL, SITE, ENGLISH)
        monkeypatch.setattr(present, "headline", failing)
        after = calendar.of(connection, calendar.ALL, SITE, ENGLISH)
    assert before is not None
    assert after is not None
    check(after)
    old, new = ({str(each["UID"]): each for each in parts(made, "VEVENT")} for made in (before, after))
    assert old.keys() == new.keys()
    broken = [uid for uid in old if old[uid].to_ical() != new[uid].to_ical()]
    assert len(broken) == 1
    assert "cannot be shown here" in new[broken[0]]["SUMMARY"]
    assert new[broken[0]]["DTSTART"] == old[broken[0]]["DTSTART"]
