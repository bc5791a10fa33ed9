"""Search finds what anyone may see, in both databases alike, and what was removed from view not for a moment longer."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select, text

from ledger.database import reading, writing
from ledger.streams import Stream
from projections import lookup
from projections.follow import load_history, prepare, rebuild
from projections.follower import PROJECTIONS
from projections.lookup import Asked, Days, Words, words_of
from projections.search import CODE, CODE_END, LONGEST, START, STOP, Search, table
from tests.projections.record import BODY, RECORD, SECRETS, SOURCE, Book, disclosure, issue, opening, project, redaction

TITLE = "Family services, Riverside"


@pytest.fixture
def book(engine) -> Book:
    """A ledger that holds nothing yet."""
    prepare(engine, PROJECTIONS)
    return Book(engine)


@pytest.fixture
def full(book) -> Book:
    """The small record, taken in."""
    book.record_all(RECORD)
    project(book.engine, len(RECORD))
    return book


def found(connection: Connection, asked: str = "", **filters) -> list[int]:
    return lookup.find(connection, Asked(words=words_of(asked), **filters), 100)


def search(book: Book, asked: str = "", **filters) -> list[int]:
    with reading(book.engine) as connection:
        return found(connection, asked, **filters)


WORDS = {
    "riverside forum": [12],  # all words
    "FORUM": [12],  # in any case
    "heat": [6],  # in another form
    '"heated in winter"': [6],  # a phrase
    '"winter in heated"': [],  # a phrase in another order
    "winter heated": [6],  # words in another order
    "1,284,000": [7],
    "legal_privilege": [],  # nothing of what is withheld
    "improve commissioning": [13],  # the title of a source
    "www.example.org": [13],
    "example paper pdf": [13],  # parts of an address
    "forum NOT riverside": [],  # no language of its own
    "in": [8, 6],  # no word is too common, and why an entry was corrected is found too
    "": list(reversed(range(len(RECORD)))),
}


def test_words_are_found_alike_in_both_databases(full):
    """All words must occur, in any order and form; newest first."""
    assert {asked: search(full, asked) for asked in WORDS} == WORDS


FILTERS: list[tuple[dict[str, Any], list[int]]] = [
    ({"kind": "issue-reported"}, [14, 11, 4]),
    ({"organisation": "gb-gor-d18", "kind": "issue-reported"}, [14, 11, 4]),
    ({"organisation": "nobody"}, []),
    ({"process": "riverside", "kind": "advisory-group-convened"}, [12]),
    ({"process": "lakeside"}, []),
    ({"area": "family_services", "kind": "advisory-group-convened"}, [12]),
    ({"area": "housing"}, []),
    ({"prison": "LEI", "kind": "budget-published"}, [8, 7]),
    ({"prison": "XXX"}, []),
    ({"recommendation": 13}, [14, 11, 9, 4]),
    ({"recommendation": 3, "kind": "timeline-changed"}, [3, 2]),
    ({"result": "met", "recommendation": 15}, []),
    ({"recorded": Days(date(2026, 3, 2), date(2026, 3, 2)), "kind": "timeline-published"}, [1]),
    ({"recorded": Days(None, date(2026, 3, 1))}, []),
    ({"recorded": Days(date(2026, 3, 3))}, []),
    ({"happened": Days(date(2026, 3, 2), date(2026, 3, 2)), "kind": "timeline-published"}, [1]),
    ({"happened": Days(date(2026, 3, 3))}, []),
    ({"published": Days(date(2018, 6, 30), date(2018, 7, 1))}, [13]),
    ({"published": Days(None, date(2018, 5, 31))}, []),
]


def test_each_filter_leaves_what_fits_it(full):
    """By kind, process, body, service, prison, recommendation, finding and the three clocks."""
    assert [(filters, search(full, **filters)) for filters, _ in FILTERS] == FILTERS
    with reading(full.engine) as connection:
        counted = [lookup.count(connection, Asked(**filters), 100) for filters, _ in FILTERS]
    assert counted == [len(indexes) for _, indexes in FILTERS]


def test_nothing_that_is_not_shown_is_found_or_held(full):
    """Embargoed, withheld and redacted values are in no row, and their words find nothing."""
    with reading(full.engine) as connection:
        held = "\n".join(connection.scalars(select(table.c.body)))
        assert [secret for secret in SECRETS if secret in held or found(connection, f'"{secret}"')] == []
        assert found(connection, "Account") == []


def test_what_was_removed_is_found_no_more_from_that_moment_on(full):
    """Before the redaction is signed or taken in the words find nothing; afterwards no row and no index holds them."""
    assert search(full, "riverside family services") == [0]
    full.record(redaction(0, "data.title"))
    with reading(full.engine) as connection:
        assert found(connection, "family services") == []
        assert lookup.count(connection, Asked(words=words_of("family")), 9) == 0
        assert lookup.processes(connection, words_of("family services"), 9) == []

    # The rows of the stream are settled anew without waiting for a signature.
    stream = Stream("process", "riverside")
    with writing(full.engine).begin() as connection:
        history = load_history(connection, stream, upto=len(RECORD))
        Search().settle(connection, {each.name: each for each in Search.tables}, history)
    with reading(full.engine) as connection:
        assert TITLE not in "".join(connection.scalars(select(table.c.body)))
        assert found(connection, "family_services lei") == [0]
    project(full.engine, len(RECORD) + 1)
    assert rebuild(full.engine, Search())


def index_of(book: Book) -> bytes:
    """All words that SQLite's index holds, with one that is only there."""
    if book.engine.dialect.name != "sqlite":
        return b""
    with reading(book.engine) as connection:
        return b" ".join(bytes(each) for each in connection.scalars(text("SELECT block FROM view_search_text_data")))


def test_a_removed_word_leaves_no_trace_in_the_index(book):
    """Even the pieces of the index that are only marked as deleted are merged away."""
    book.record_all([opening(), issue("Zyzzyva was named.")])
    project(book.engine, 2)
    assert search(book, "zyzzyva") == [1]
    assert book.engine.dialect.name != "sqlite" or b"zyzzyva" in index_of(book)

    book.record(redaction(1, "data.text"))
    project(book.engine, 3)
    assert search(book, "zyzzyva") == []
    assert b"zyzzyva" not in index_of(book)


def test_what_is_made_public_is_found(full):
    """A released question can be searched from the moment it is taken in."""
    assert search(full, "visitors hall") == []
    full.record(disclosure(5, "data.text_or_summary"))
    project(full.engine, len(RECORD) + 1)
    assert search(full, "visitors hall") == [5]


def test_snippets_mark_the_words_and_hold_no_mark_of_their_own(full):
    """Pieces of text with whether they were looked for; the marks between them are never shown."""
    full.record(issue(f"A {START}forged{STOP} mark <b>around</b> the heated hall."))
    project(full.engine, len(RECORD) + 1)
    with reading(full.engine) as connection:
        shown = lookup.snippets(connection, words_of("heated"), [6, len(RECORD)])
    assert {index: [piece for piece, marked in pieces if marked] for index, pieces in shown.items()} == {
        6: ["heated"],
        len(RECORD): ["heated"],
    }
    assert not any(mark in piece for pieces in shown.values() for piece, _ in pieces for mark in (START, STOP))
    assert "around" in "".join(piece for piece, _ in shown[len(RECORD)])


def test_snippets_hold_sentences_and_no_codes(full):
    """What an excerpt shows is for people; codes are found, and show none."""
    with reading(full.engine) as connection:
        for asked, found_by_words in {"riverside": True, "lei": False, "family_services": True, "d18": False}.items():
            indexes = found(connection, asked)
            shown = lookup.snippets(connection, words_of(asked), indexes)
            assert indexes, asked
            assert (0 in shown) == found_by_words, (asked, shown)
            said = " ".join(piece for pieces in shown.values() for piece, _ in pieces)
            assert not set(said.split()) & {"LEI", "PA2023", "family_services", "riverside"}, said
            assert not any(mark in said for mark in (CODE, CODE_END))


def test_processes_and_bodies_are_found_by_their_names(full):
    """A process by the words of its opening, a body by parts of its name."""
    with reading(full.engine) as connection:
        assert lookup.processes(connection, words_of("family riverside"), 5) == [Stream("process", "riverside")]
        assert lookup.processes(connection, words_of("winter"), 5) == []
        assert [each.name for each in lookup.bodies(connection, words_of("minis just"), 5)] == [BODY["name"]]
        assert lookup.bodies(connection, words_of("% _"), 5) == lookup.bodies(connection, Words(), 5)
        assert lookup.bodies(connection, words_of("nowhere"), 5) == []


def test_a_rebuild_gives_the_same_rows_and_mends_the_index(full):
    """Rows come out the same, and an index that lost its words finds them again."""
    if full.engine.dialect.name == "sqlite":
        with writing(full.engine).begin() as connection:
            connection.execute(text("INSERT INTO view_search_text(view_search_text) VALUES ('delete-all')"))
        assert search(full, "winter") == []
    assert rebuild(full.engine, Search())
    assert search(full, "winter") == [6]


def test_rows_of_other_code_are_made_anew_with_their_index(full, monkeypatch):
    """A new version drops the index with its table and builds both again."""
    monkeypatch.setattr(Search, "version", Search.version + 1)
    prepare(full.engine, PROJECTIONS)
    assert search(full, "winter") == []
    project(full.engine, len(RECORD))
    assert search(full, "winter") == [6]


def test_a_text_as_long_as_an_entry_may_be_is_indexed_and_bounded(book):
    """The longest paragraphs, and words without an end, break neither database."""
    texts = ["ab" * 10_000, " ".join(f"word{number}" for number in range(2_000)), "é" * 20_000, "\U0001f600" * 20_000]
    book.record_all([opening(), *(issue(each) for each in texts)])
    project(book.engine, 5)
    assert search(book, "word1999") == [2]
    with reading(book.engine) as connection:
        assert max(map(len, connection.scalars(select(table.c.body)))) <= LONGEST


HOSTILE = st.text(st.characters(exclude_categories=["Cs"]), max_size=lookup.LONGEST) | st.sampled_from(
    [
        '"',
        '""',
        "a AND",
        "NEAR(a b)",
        "body:a",
        "a*",
        "^a",
        "(",
        "a OR b)",
        "'; DROP TABLE entry; --",
        "a & | !b",
        "\0",
        "%",
        ":x",
    ]
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(HOSTILE)
def test_no_search_breaks_either_database(full, asked):
    """Whatever is typed is words to look for, and never a language."""
    with reading(full.engine) as connection:
        indexes = found(connection, asked)
        lookup.snippets(connection, words_of(asked), indexes)
        lookup.bodies(connection, words_of(asked), 3)
        lookup.processes(connection, words_of(asked) or Words(("a",)), 3)


def test_sources_are_found_after_a_correction_too(book):
    """Each version of an entry is found by its own words."""
    book.record_all([opening(), issue("The lift is broken.", sources=[SOURCE])])
    book.record(issue("The stair is broken.", corrects={"index": 1, "reason": "It was the stair."}))
    project(book.engine, 3)
    assert search(book, "lift") == [1]
    assert search(book, "stair") == [2]
    assert search(book, "broken") == [2, 1]
