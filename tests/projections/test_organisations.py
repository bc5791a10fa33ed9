"""Organisations are told apart by scheme and number, and their rows come out the same however they were made."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.database import reading
from ledger.kinds import NOT_STATED
from ledger.structs import Party
from projections import organisations
from projections.follow import prepare, rebuild
from projections.follower import PROJECTIONS
from projections.organisations import ROLES, SLUG, Body, Organisations
from tests.projections.record import BODY, BY, RECORD, SOURCE, Book, budget, opening, project, withdrawal

OTHER_SPELLING = {**BODY, "name": "MoJ"}
NAMED_ONLY = {"scheme": None, "id": None, "name": "Ministry of Justice"}
words = st.text(min_size=1, max_size=12).filter(str.strip)
bodies = st.one_of(st.builds(Body, words, words, words), st.builds(Body, st.none(), st.none(), words))


@pytest.fixture
def book(engine) -> Book:
    """A ledger that holds nothing yet."""
    prepare(engine, PROJECTIONS)
    return Book(engine)


def identity(body: Body) -> tuple[str, ...]:
    if body.scheme is not None and body.id is not None:
        return "number", body.scheme.casefold(), body.id.casefold()
    return "name", " ".join((body.name or "").casefold().split())


@given(bodies, bodies)
def test_no_two_bodies_share_an_address_and_one_body_has_one(one: Body, other: Body):
    """The word in the address is the same exactly where the body is, and it fits an address."""
    assert (one.slug == other.slug) == (identity(one) == identity(other))
    assert SLUG.fullmatch(one.slug)


@pytest.mark.parametrize(
    ("body", "other"),
    [
        (Body("GB-CHC", "1", "A"), Body("GB", "CHC-1", "A")),
        (Body("GB", "chc1", "A"), Body(None, None, "gb-chc1")),
        (Body("a--b", "1", "A"), Body("a-b", "1", "A")),
        (Body("ä", "1", "A"), Body("ö", "1", "A")),
        (Body("x", "1" * 200, "A"), Body("x", "1" * 201, "A")),
    ],
)
def test_bodies_that_would_read_alike_in_an_address_are_kept_apart(body: Body, other: Body):
    """Hyphens, names that look like numbers, letters without a plain form, and very long numbers."""
    assert body.slug != other.slug
    assert SLUG.fullmatch(body.slug)
    assert SLUG.fullmatch(other.slug)


def test_a_party_that_is_not_stated_is_nobody():
    """A scheme without a number and without a name names no body."""
    assert organisations.slug_of(Party(scheme="GB-CHC", id=NOT_STATED, name=NOT_STATED)) is None


def test_two_spellings_stay_one_body_and_a_bare_name_another(book: Book):
    """The newest spelling is its name, the other is shown beside it."""
    book.record(opening("one", "First"))
    second = opening("two", "Second", standing="reconstruction", sources=[SOURCE])
    second["data"]["lead_commissioner"] = OTHER_SPELLING
    second["data"]["responsible_bodies"] = [NAMED_ONLY]
    book.record(second)
    project(book.engine, 2)

    with reading(book.engine) as connection:
        found = organisations.one(connection, "gb-gor-d18")
        listed = organisations.listed(connection, 10)
        count = organisations.count(connection)
    assert found is not None
    assert {found.name, *found.spellings} == {"Ministry of Justice", "MoJ"}
    assert [str(stream) for stream in found.streams] == ["process/two", "process/one"]
    assert {part.role for part in found.parts} == {"recorded_by", "lead_commissioner"}
    assert count == 2 == len(listed)


def test_what_was_withdrawn_gives_no_part(book: Book):
    """A part lasts as long as the entry that says so stands."""
    book.record(opening("riverside", "First"))
    other = {"scheme": "GB-CHC", "id": "7", "name": "Somebody else"}
    book.record(budget("1", by={"organisation": other, "role": "clerk"}))
    project(book.engine, 2)
    with reading(book.engine) as connection:
        assert organisations.one(connection, "gb-chc-7") is not None
    book.record(withdrawal(1))
    project(book.engine, 3)
    with reading(book.engine) as connection:
        assert organisations.one(connection, "gb-chc-7") is None


def test_a_rebuild_gives_the_same_rows(book: Book):
    """Whether entries were taken in one by one or all at once."""
    for upto, raw in enumerate(RECORD, 1):
        book.record(raw)
        project(book.engine, upto)
    assert rebuild(book.engine, Organisations())


def test_every_part_can_be_said():
    """Each field that names an organisation has words for a reader."""
    assert {"lead_commissioner", "supplier", "made_by", "recorded_by"} <= ROLES.keys()
    assert all(ROLES.values())
    assert BY["organisation"] == BODY
