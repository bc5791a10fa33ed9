"""In a language that marks each of its letters, whatever is not so marked was never offered to a translator.

The language is made here, of all that the extraction finds, and stands in for Greek, so that months and lists are in
Greek letters too. Texts that people record are written in these. What is left in Latin letters is ours: it bypassed
the translation, or it is an address, a code or a name, and `MAY_STAY` lists it.
"""

from __future__ import annotations

import csv
import gettext
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import orjson
import pytest
from argon2 import PasswordHasher
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from flask import Flask, abort
from lxml import etree, html
from werkzeug.test import TestResponse

from ledger import kinds
from ledger.actions import KINDS
from ledger.errors import Refused
from ledger.kinds import Kind
from ledger.voice import ENGLISH
from projections.publications.channels import KEYED
from projections.publications.compose import FORMS
from tests.crawl import crawl, plain_addresses, published, whole
from tests.ledger.samples import Sample
from tests.office import office, states
from tests.projections.record import Book, answer, issue, opening
from tests.retelling import recorder_of, retold
from web.people import passwords
from web.state import KEY

LANGUAGE: Final = "el"

pytestmark = pytest.mark.xdist_group("pseudo-locale")

GREEK: Final = "κείμενο"
ERRORS: Final = (400, 401, 403, 404, 405, 410, 413, 414, 415, 422, 429, 500, 503)
WRONG: Final[tuple[str, ...]] = (
    "/processes/?page=x",
    "/dashboard?known=2017-02-30",
    "/follow?what=process",
    "/search?q=9&page=0",
    "/feeds/custom.atom?x=1",
    "/feeds/search.rss",
    "/api/v1/entries?limit=x&after=y",
    "/api/v1/processes/none",
)

FEEDS: Final = tuple(f"/feeds/{name}.{form}" for name in ("all", "overdue", "findings") for form in FORMS)
PROBLEM: Final = "application/problem+json"
"""Besides the pages: where feeds and problems begin."""

_SLOT: Final = re.compile(r"%\(\w+\)[sd]|%%|&\w+;|<[^>]*>|\{\w*\}")
_WIDE: Final = {ord(letter): ord(letter) + 0xFEE0 for letter in map(chr, (*range(65, 91), *range(97, 123)))}
"""Latin letters to their full-width forms: still readable, and nothing else uses them."""


def marked(message: str) -> str:
    """Return a message with its letters marked, its slots and markup as they are."""
    pieces, place = [], 0
    for slot in _SLOT.finditer(message):
        pieces += [message[place : slot.start()].translate(_WIDE), slot[0]]
        place = slot.end()
    return "".join([*pieces, message[place:].translate(_WIDE)])


@pytest.fixture(scope="module")
def translations(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the marked language under the name of the one that is shipped."""
    with (root / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    catalogue = Catalog(locale=LANGUAGE)
    for _, _, message, _, context in extract_from_dir(root, methods, options, DEFAULT_KEYWORDS):
        text = marked(message) if isinstance(message, str) else tuple(map(marked, message))
        catalogue.add(message, text, context=context, flags=("python-format",))
    folder = tmp_path_factory.mktemp("translations")
    path = folder / LANGUAGE / "LC_MESSAGES" / "messages.mo"
    path.parent.mkdir(parents=True)
    with path.open("wb") as written:
        write_mo(written, catalogue)
    return folder


@pytest.fixture
def one_voice(translations: Path) -> Iterator[None]:
    """Let what is written once for everybody, in the language of the site, be in the marked one."""
    held = {name: getattr(ENGLISH, name) for name in ("locale", "translate")}
    with (translations / LANGUAGE / "LC_MESSAGES" / "messages.mo").open("rb") as file:
        marks = gettext.GNUTranslations(file)
    for name, value in {"locale": LANGUAGE, "translate": lambda text: marks.gettext(text) if text else text}.items():
        object.__setattr__(ENGLISH, name, value)
    yield
    for name, value in held.items():
        object.__setattr__(ENGLISH, name, value)


def speak(app: Flask, translations: Path) -> None:
    """Let an application speak the marked language."""
    app.extensions["babel"] = replace(
        app.extensions["babel"], translation_directories=[str(translations)], default_locale=LANGUAGE
    )


def greek() -> list[Sample]:
    """Return every sample with its texts in Greek letters."""

    def write(kind: Kind, path: str, raw: str) -> str:
        if kind is kinds.WEB_ADDRESS or path in {"by.organisation.scheme", "by.organisation.id"}:
            return raw
        return GREEK

    return retold(write)


NOT_READ: Final = {"script", "style", "code", "pre"}
READ_ALOUD: Final = ("aria-label", "aria-description", "alt", "placeholder", "title")
PLACES: Final = re.compile(r"https?://\S+|(?<!\w)/[\w./?=&-]+|\{\w+\}")
"""Addresses, and the slots that a script fills."""

WORD: Final = re.compile(r"[A-Za-z][\w’'./:@+-]*")
CODE: Final = re.compile(r".*[0-9_/@.].*|[A-Z]{2,}(-[A-Z]+)*|[a-z]+(-[a-z]+)+")
"""Identifiers: with a digit or a sign in them, of capitals alone, or of words with hyphens."""

MAY_STAY: Final = {
    *("Ada", "Hill"),  # the person at the desk
    *("answers", "families", "liaison", "visits"),  # ids in the samples
    *("family", "services"),  # the code of an area, which a recorder makes up, without its underscore
    *KEYED,  # names of filters in addresses
    *("Atom", "Feed"),  # names of formats; all others are of capitals alone
    *("account", "colour"),  # the name of a field, and of a column that is none
    *(
        "administrator",
        "overseer",
        "provider",
        "recorder",
        "read",
        "record",
    ),  # codes
}


def texts_of(page: bytes) -> Iterator[str]:
    """Yield what a person reads of a page, and what is read aloud; but not what says that it is English."""
    parsed: Any = html.fromstring(page)
    for element in parsed.iter():
        if not isinstance(element.tag, str):
            continue
        around = {"code" if each.get("lang") == "en" else each.tag for each in element.iterancestors()}
        if element.text and not NOT_READ & {element.tag, *around} and element.get("lang") != "en":
            yield element.text
        if element.tail and not NOT_READ & around:
            yield element.tail
        yield from (element.get(name) for name in READ_ALOUD if element.get(name))


def unmarked(texts: Iterable[str]) -> set[str]:
    """Return the words in Latin letters that may not stay."""
    words = (word.rstrip(".:’'") for text in texts for word in WORD.findall(PLACES.sub("", text)))
    return {word for word in words if CODE.fullmatch(word) is None} - MAY_STAY


_XML: Final = etree.XMLParser(resolve_entities=False, no_network=True)
SAID_IN_XML: Final = {"title", "subtitle", "summary", "description", "rights", "category"}
SAID_IN_JSON: Final = {"title", "description", "summary", "detail"}
SAID_IN_CALENDARS: Final = re.compile(r"(?:SUMMARY|DESCRIPTION|CATEGORIES|COMMENT|NAME|X-WR-\w+)(?:;[^:]*)?:(.*)")


def texts_of_xml(content: bytes) -> Iterator[str]:
    """Yield what a person reads of a feed (Atom, RSS) or of a directory of feeds (OPML)."""
    for element in etree.fromstring(content, _XML).iter(etree.Element):
        name = etree.QName(element).localname
        text = element.text or ""
        if name in {"content", "encoded", "summary", "description"} and "<" in text:
            yield from texts_of(text.encode())
        elif name in SAID_IN_XML:
            yield text
        yield from (element.get(each) or "" for each in ("label", "text", "title"))


def texts_of_json(content: bytes) -> Iterator[str]:
    """Yield what a person reads of a JSON Feed, or of a problem that the API tells."""

    def inside(name: str, value: Any) -> Iterator[str]:
        match value:
            case dict():
                yield from (text for key, each in value.items() for text in inside(key, each))
            case list():
                yield from (text for each in value for text in inside(name, each))
            case str() if name == "content_html":
                yield from texts_of(value.encode())
            case str() if name in SAID_IN_JSON:
                yield value

    return inside("", orjson.loads(content))


def texts_of_calendar(content: bytes) -> Iterator[str]:
    """Yield what a person reads of a calendar."""
    unfolded = re.sub(r"\r\n[ \t]", "", content.decode())
    for line in unfolded.split("\r\n"):
        found = SAID_IN_CALENDARS.fullmatch(line)
        if found is not None:
            yield re.sub(r"\\(.)", lambda each: "\n" if each[1] == "n" else each[1], found[1])


def texts_of_table(content: bytes) -> Iterator[str]:
    """Yield the cells of a table. Names of columns for programs, and codes, are in no language."""
    header, *rows = csv.reader(content.decode("utf-8-sig").splitlines())
    yield from (name for name in header if re.fullmatch("[a-z_0-9]+", name) is None)
    yield from (cell for row in rows for cell in row if re.fullmatch("[a-z]+", cell) is None)


READERS: Final[Mapping[str, Callable[[bytes], Iterator[str]]]] = {
    "text/html": texts_of,
    "application/atom+xml": texts_of_xml,
    "application/rss+xml": texts_of_xml,
    "text/x-opml": texts_of_xml,
    "application/feed+json": texts_of_json,
    "application/problem+json": texts_of_json,
    "text/calendar": texts_of_calendar,
    "text/csv": texts_of_table,
}


def bypassing(found: Mapping[str, TestResponse]) -> dict[str, set[str]]:
    """Return by page, feed, calendar, table and problem the words that bypass the translation."""
    pages = {
        name: unmarked(READERS[answer.mimetype or ""](answer.get_data()))
        for name, answer in found.items()
        if answer.mimetype in READERS and not 300 <= answer.status_code < 400
    }
    return {name: words for name, words in pages.items() if words}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Offer the marked language alone, and sign in quickly."""
    monkeypatch.setattr("web.language.LOCALES", (LANGUAGE,))
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.mark.usefixtures("one_voice")
def test_nothing_on_a_public_page_bypasses_translation(translations: Path, tmp_path: Path):
    """Pages of a record with every kind of entry, of an empty one, and each error, hold no word that is not marked."""
    with published(tmp_path / "empty", lambda _: None) as app:
        speak(app, translations)
        found = {f"empty {path}": page for path, page in crawl(app, app.test_client(), plain_addresses(app), 1).items()}
        for status in ERRORS:
            app.view_functions["public.changes"] = lambda status=status: abort(status)
            found[f"error {status}"] = whole(app.test_client().get("/"))
    with published(tmp_path / "full", recorder_of(greek())) as app:
        speak(app, translations)
        most_of = {"public.entry": len(KINDS), "public.recommendation": 15, "public.feed": 12}
        starts = [*FEEDS, *plain_addresses(app), *WRONG]
        found |= crawl(app, app.test_client(), starts, 2, most_of)

    assert len(found) > len(KINDS) + len(ERRORS)
    assert {answer.mimetype for answer in found.values() if answer.status_code < 400} >= READERS.keys() - {PROBLEM}
    assert {answer.status_code for answer in found.values() if answer.mimetype == PROBLEM} >= {404, 422}
    assert bypassing(found) == {}


def test_nothing_behind_signing_in_bypasses_translation(translations: Path, tmp_path: Path):
    """Nor do forms of every kind, what they say is wrong, checks, receipts, tables, and the pages about accounts."""
    with office(tmp_path / "office", GREEK) as doors:
        speak(doors.app, translations)
        found = dict(states(doors, greek(), GREEK))

    assert len(found) > 4 * len(KINDS)
    assert bypassing(found) == {}


@pytest.mark.usefixtures("one_voice")
def test_no_title_in_a_refusal_bypasses_translation(tmp_path: Path):
    """A refusal that names kinds of entry names them in the reader's language, each of them."""
    refusals = []
    with published(tmp_path / "few", lambda engine: Book(engine).record(opening())) as app:
        book = Book(app.extensions[KEY].engine)
        wrong = {"index": 0, "reason": GREEK}
        for each in (opening(), answer("1", GREEK), issue(GREEK, corrects=wrong)):
            with pytest.raises(Refused) as refused:
                book.record(each)
            refusals.append(refused.value)
    assert {name for each in refusals for name in each.parameters} >= {"kind", "after"}
    assert unmarked(map(ENGLISH.error, refusals)) == set()
    assert not any("Term" in str(each) for each in refusals)


def test_what_bypasses_translation_is_noticed(translations: Path, tmp_path: Path):
    """The search can fail, in text and in what is read aloud; what is marked, and codes, it passes."""
    assert unmarked(texts_of(b"<p>Yes <b title='No'>x</b>")) == {"Yes", "No", "x"}
    assert unmarked(texts_of(f"<p>{marked('Yes')} GB-GOR lot-1 /data <code>Yes</code>".encode())) == set()
    with published(tmp_path / "empty", lambda _: None) as app:
        speak(app, translations)
        page = app.test_client().get("/about").get_data(as_text=True)
    assert marked("Find a process, a body or a prison") in page
