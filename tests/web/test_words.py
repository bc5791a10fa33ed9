"""Every text that people read can be translated."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from jinja2 import Environment, nodes

from ledger.clock import england_and_wales
from ledger.streams import Stream
from ledger.voice import Voice
from projections import entries
from projections.account import account_of, history_of
from projections.clocks import clocks
from projections.story import story_of
from tests.projections.record import MORNING, PROCESS
from web.language import LOCALES, choose_locale

READ_ALOUD = {"alt", "aria-label", "aria-description", "content", "placeholder", "title", "value"}
NOT_READ = {"viewport", "width=device-width, initial-scale=1"}
PLACEHOLDER = "\ue000"
SAID = re.compile(r"(?:^(?:text|html)|Text|Html)$")  # parameters of components that are read
LETTER = re.compile(r"[^\W\d_]")


@pytest.fixture(scope="session")
def catalogue(root):
    """Every text that the extraction finds, with the files it stands in."""
    with (root / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    found: dict[str, set[str]] = {}
    for place, _, message, _, _ in extract_from_dir(root, methods, options, DEFAULT_KEYWORDS):
        for text in [message] if isinstance(message, str) else message:
            found.setdefault(text, set()).add(place)
    return found


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Bidding closes", "ledger/codes.py"),
        ("Timetable changed", "ledger/actions/timeline.py"),
        (
            "Record this when one or more published dates move. It is the only way to move a date.",
            "ledger/actions/timeline.py",
        ),
        ("Corrected later", "projections/present.py"),
        ("Key dates", "projections/timetable.py"),
        ("There is nothing at this address", "web/errors.py"),
        ("What has changed", "web/templates/changes.html"),
        ("%(shown)s entries, all sealed.", "web/templates/base.html"),
    ],
)
def test_the_extraction_finds_texts_of_every_package_and_template(catalogue, text, place):
    """A translator's catalogue holds labels, sentences, plurals and templates."""
    assert place in catalogue.get(text, ())


# --- no text in a template stands outside a translation -------------------------------------------------------------


NOT_WORDS = {"style", "code", "pre"}
"""What programs read: it is the same in every language."""


class Reader(HTMLParser):
    """Collects what a person would read of a template: text, and the attributes that are read aloud."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._unread = ""

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self.found.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._unread = "" if tag == self._unread else self._unread

    def handle_starttag(self, tag: str, attrs) -> None:
        self._unread = self._unread or (tag if tag in NOT_WORDS else "")
        if ("http-equiv", "Content-Security-Policy") not in attrs:
            self.found += [value for name, value in attrs if name in READ_ALOUD and value and value not in NOT_READ]


def outside_translation(source: str) -> list[str]:
    """Return the texts of a template that no translator would ever see."""
    tree = Environment(extensions=["jinja2.ext.i18n"], autoescape=True).parse(source)
    reader = Reader()
    reader.feed("".join(_pieces(tree)))
    reader.close()
    literal = [text.strip() for text in reader.found if LETTER.search(text.replace(PLACEHOLDER, ""))]
    return literal + [text for text in _constants(tree) if LETTER.search(text)]


def _pieces(node: nodes.Node) -> Iterator[str]:
    if isinstance(node, nodes.TemplateData):
        yield node.data
    elif isinstance(node, nodes.Expr):
        yield PLACEHOLDER
    else:
        for child in node.iter_child_nodes():
            yield from _pieces(child)


def _constants(node: nodes.Node) -> Iterator[str]:
    """Yield the strings that an expression writes out by itself, as in {{ "text" if x }} or {{ "text" | name }}, or
    that it gives to a component, as in {{ govukTag({"text": "text"}) }}.
    """
    if isinstance(node, nodes.Output):
        for each in node.nodes:
            yield from _written(each)
    if isinstance(node, nodes.Pair) and isinstance(node.key, nodes.Const) and SAID.search(str(node.key.value)):
        yield from _written(node.value)
    for child in node.iter_child_nodes():
        yield from _constants(child)


def _written(node: nodes.Node) -> Iterator[str]:
    if isinstance(node, nodes.Const) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, nodes.Filter) and node.node is not None:
        yield from _written(node.node)
    elif isinstance(node, nodes.CondExpr):
        for branch in (node.expr1, node.expr2):
            if branch is not None:
                yield from _written(branch)
    elif isinstance(node, nodes.Concat):
        for part in node.nodes:
            yield from _written(part)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<p>{{ _('Yes') }}</p>", []),
        ("{{ govukTag({'text': 'Yes', 'classes': 'x'}) }}", ["Yes"]),
        ("{{ govukTag({'text': _('Yes')}) }}", []),
        ("{{ govukRadios({'items': [{'value': 'x', 'text': 'Yes'}], 'titleText': 'No'}) }}", ["Yes", "No"]),
        ("<p>Yes</p>", ["Yes"]),
        ("<p><code>yes</code> <b>Yes</b></p>", ["Yes"]),
        ("<p>{{ x }} of {{ y }}</p>", [f"{PLACEHOLDER} of {PLACEHOLDER}"]),
        ("<p>{{ 'Yes' }}</p>", ["Yes"]),
        ("<p>{{ 'Yes' if x else _('No') }}</p>", ["Yes"]),
        ("<p>{{ 'Yes' | upper }}</p>", ["Yes"]),
        ("{% if x %}<b>Yes</b>{% endif %}", ["Yes"]),
        ("{% macro m() %}Yes{% endmacro %}", ["Yes"]),
        ('<img alt="Yes">', ["Yes"]),
        ('<nav aria-label="{{ _("Yes") }}">', []),
        ('<nav aria-label="{{ x }} and">', [f"{PLACEHOLDER} and"]),
        ('<a class="yes" href="/yes">{{ x }}</a> · 12', []),
        ("<a href=\"{{ url_for('public.changes') }}\">{{ x }}</a>", []),
    ],
)
def test_text_outside_a_translation_is_noticed(source, found):
    """The check below can fail: it sees text, attributes that are read aloud, and strings written by expressions."""
    assert outside_translation(source) == found


def test_no_template_holds_text_outside_a_translation(root):
    """Whoever adds Welsh translates the catalogue, and need not look for anything else."""
    found = {
        template.name: outside_translation(template.read_text(encoding="utf-8"))
        for folder in ("web", "projections")
        for template in sorted((root / folder / "templates").glob("*.html"))
    }

    assert {"base.html", "changes.html", "entry.html", "error.html", "process.html"} <= set(found)
    assert {name: texts for name, texts in found.items() if texts} == {}


# --- nothing that a projection says stands outside a translation -----------------------------------------------------


def test_a_process_is_told_in_the_readers_language_alone(sqlite_site):
    """In a language that marks every text, each label and sentence of a process is marked."""
    marked = Voice("en_GB", lambda text: f"«{text}»")
    stream = Stream.parse(PROCESS)
    with sqlite_site.book.engine.connect() as connection:
        views = entries.story(connection, stream)
    history = history_of(stream, views)
    account = account_of(history, views, marked, clocks(history, MORNING, england_and_wales()))
    assert account.dates is not None

    said = [*account.summary, *(line.text for line in account.attention)]
    for section in (account.dates, *account.sections):
        said += [section.title, section.nothing, *section.columns]
    for scene in story_of(history, views, marked):
        said += [scene.headline, *scene.tags, *([scene.recorded] if scene.recorded else [])]

    assert len(said) > 60
    assert [text for text in said if "«" not in text] == []


# --- the language of a reader ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "asked", ["", "en-GB", "cy", "cy;q=1, en;q=0.5", "*", "x" * 5_000, "en;q=nonsense", "../../etc"]
)
def test_whatever_language_is_asked_for_a_shipped_one_is_chosen(sqlite_site, asked):
    """A header is hostile too."""
    with sqlite_site.app.test_request_context("/", headers={"Accept-Language": asked}):
        assert choose_locale() in LOCALES
    response = sqlite_site.get("/", headers={"Accept-Language": asked})
    assert response.status_code == 200
    assert "Accept-Language" in response.headers["Vary"]
