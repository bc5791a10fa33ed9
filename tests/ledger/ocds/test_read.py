"""Reading files of open contracting data: every form of them, in bounded memory, and no fault costs its neighbours."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from collections.abc import Iterator
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.ocds.read import MOST_DEPTH, MOST_USELESS, read
from ledger.ocds.slices import MOST_BYTES, MOST_KEPT, Slicer
from tests.ledger.ocds.releases import found, package, problems

ONE = {"ocid": "a", "id": "1"}
TWO = {"ocid": "b", "id": "2"}


def zipped(content: bytes) -> bytes:
    """Return content in gzip, the same bytes at any time: they stand in the names of tests."""
    return gzip.compress(content, mtime=0)


def ids(content: bytes, **options: bool) -> list[str | None]:
    return [None if each.release is None else each.release["id"] for each in found(content, **options)]


@pytest.mark.parametrize(
    "content",
    [
        package(ONE, TWO),
        json.dumps({"releases": [ONE, TWO]}, indent=2).encode(),
        json.dumps([ONE, TWO]).encode(),
        json.dumps({"records": [{"ocid": "a", "releases": [ONE]}, {"ocid": "b", "compiledRelease": TWO}]}).encode(),
        json.dumps({"records": [{"compiledRelease": {"id": "9"}, "releases": [ONE, TWO]}]}).encode(),
        f"{json.dumps(ONE)}\n{json.dumps(TWO)}\n".encode(),
        package(ONE) + b"\n" + package(TWO) + b"\n",
        zipped(package(ONE, TWO)),
        zipped(package(ONE)) + zipped(b"\n" + package(TWO)),
        b"\xef\xbb\xbf" + package(ONE, TWO),
        package(ONE, TWO).decode().encode("utf-16"),
        package(ONE, TWO).decode().encode("utf-16-le"),
        package(ONE, TWO).decode().encode("utf-16-be"),
    ],
)
def test_every_form_of_file_gives_its_releases(content):
    """Packages, records, lists, lines, gzip, and all encodings that JSON may have, give the same two releases."""
    assert ids(content) == ["1", "2"]


def test_one_release_alone_is_read():
    """A file that is a release, and no package, is that release."""
    assert ids(json.dumps(ONE, indent=1).encode()) == ["1"]


def test_decimals_are_exact():
    """An amount is never a float."""
    (only,) = found(b'{"releases":[{"ocid":"a","value":0.1}]}')
    assert only.release is not None
    assert only.release["value"] == Decimal("0.1")


@pytest.mark.parametrize("at_the_end", [False, True])
def test_a_publisher_is_known_wherever_the_package_names_it(at_the_end):
    """A publisher named after the releases is theirs all the same."""
    members = [("releases", [ONE, TWO]), ("publisher", {"name": "P"})]
    content = json.dumps(dict(members if at_the_end else members[::-1])).encode()
    assert [each.publisher for each in found(content)] == [{"name": "P"}] * 2


def test_a_publisher_is_not_taken_over_from_another_package():
    """In a file of two packages, the second has no publisher if it names none."""
    content = package(ONE) + b"\n" + json.dumps({"releases": [TWO]}).encode()
    assert [each.publisher for each in found(content)] == [{"name": "A publisher"}, None]


BROKEN = {
    "NaN": (b'{"ocid":"x","v":NaN}', "NaN is not a number"),
    "a name twice": (b'{"ocid":"x","ocid":"y"}', "stands twice"),
    "latin-1": ('{"ocid":"ä"}'.encode("latin-1"), "not UTF-8"),
    "too deep": (b'{"a":' * (MOST_DEPTH + 2) + b"1" + b"}" * (MOST_DEPTH + 2), "nested more than"),
    "a long number": (b'{"v":' + b"1" * 100 + b"}", "more than 40 digits"),
    "a huge exponent": (b'{"v":1e999999999}', "more than 40 digits"),
    "a text without end inside": (b'{"v":"\\"}', "cannot be read as JSON"),
    "a comma too many": (b'{"v":1,}', "cannot be read as JSON"),
    "too long": (b'{"v":"' + b"x" * (MOST_BYTES + 1) + b'"}', "longer than"),
    "a link": (b'{"url":"https://example.org/1"}', "where a release can be fetched"),
}


@pytest.mark.parametrize("fault", [name for name in BROKEN if name != "a text without end inside"])
def test_a_fault_costs_only_its_own_release(fault):
    """What is wrong in one release is told of that one, and those around it are read."""
    broken, why = BROKEN[fault]
    one, two = (json.dumps(each).encode() for each in (ONE, TWO))
    results = found(b'{"releases":[' + one + b"," + broken + b"," + two + b"]}")
    assert [each.release is None for each in results] == [False, True, False]
    assert why in str(results[1].problem)
    assert results[1].position == len(b'{"releases":[' + one + b",")
    assert len(results[1].raw) <= MOST_KEPT


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_line_costs_no_other(fault):
    """In JSON Lines, whatever stands in one line, the next is read."""
    broken, _ = BROKEN[fault]
    one, two = (json.dumps(each).encode() for each in (ONE, TWO))
    assert ids(one + b"\n" + broken + b"\n" + two + b"\n", by_line=True) == ["1", None, "2"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no release in this file"),
        (b"{}", "not a release: it has no ocid"),
        (b'{"results": [{"title": "x"}]}', "not a release: it has no ocid"),
        (b"hello", "not JSON"),
        (b"<html><body>503</body></html>", "not JSON"),
        (b"PK\x03\x04rest", "ZIP"),
        (zipped(package(ONE))[:-9], "damaged or cut short"),
        (zipped(package(ONE))[:20] + b"\xff" * 30, "damaged or cut short"),
        (package(ONE)[:-5], "ends in the middle"),
        (b"[" * 20_000, "nested more than"),
        (b'{"releases":[]}', "no release in this file"),
        (b'\xff\xfe{\x00"', "neither UTF-8 nor proper UTF-16|ends in the middle"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(content, why):
    """Nothing is read as nothing: the last thing told of a bad file is a reason in words."""
    told = problems(content)[-1]
    assert told is not None
    assert any(each in told for each in why.split("|"))


@pytest.mark.parametrize("junk", [b"1", b"{}", b'"x"', b"[[]]"])
def test_endless_junk_is_not_read_on(junk):
    """After ten thousand things in a row that are no releases, a file is left alone, and says so."""
    content = b"[" + (junk + b",") * (MOST_USELESS + 5) + b'{"ocid": "a"}]'
    told = problems(content)
    assert len(told) == MOST_USELESS + 1
    assert "the rest of this file was not read" in str(told[-1])


def test_a_packed_bomb_is_not_unpacked():
    """What unpacks to thousands of times its size is stopped after a bounded amount, in bounded memory."""
    bomb = zipped(b" " * 150_000_000)
    tracemalloc.start()
    told = problems(bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert told == ["This unpacks to more than 200 times its size, so it was not read on."]
    assert peak < 5_000_000


def test_a_text_of_a_hundred_megabytes_takes_no_memory():
    """A release with an enormous text is passed over without being held."""

    class Endless:
        def __init__(self) -> None:
            self.pieces = self.all()

        def all(self) -> Iterator[bytes]:
            yield b'{"releases":[{"ocid":"'
            yield from [b'x\\"' * 20_000] * 1_700
            yield b'"},{"ocid":"b","id":"2"}]}'

        def read(self, _size: int = -1) -> bytes:
            return next(self.pieces, b"")

    tracemalloc.start()
    results = list(read(Endless()))  # type: ignore[arg-type]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [each.release is None for each in results] == [True, False]
    assert peak < 15_000_000


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-10, 10) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=12,
)


@given(st.lists(st.dictionaries(st.text(max_size=4), JSON_VALUES, max_size=3), max_size=4), st.integers(1, 30))
def test_a_release_is_found_whatever_it_holds_and_however_the_bytes_arrive(releases, size):
    """Slices are exactly the objects of the list, at their positions, for any contents and any size of chunks."""
    content = json.dumps({"a": [{"b": 1}], "releases": releases}, ensure_ascii=False).encode(errors="replace")
    slicer = Slicer()
    slices = [each for at in range(0, len(content), size) for each in slicer.feed(content[at : at + size])]
    slices += slicer.end()
    raws = [each for each in slices if each.kind == "release"]
    assert [json.loads(each.raw) for each in raws] == json.loads(content)["releases"]
    assert all(content[each.position :].startswith(each.raw) for each in raws)


@given(st.binary(max_size=200))
def test_no_bytes_at_all_end_in_anything_but_words(content):
    """Whatever the bytes are, reading them ends, and every thing found is a release or a reason."""
    assert all((each.release is None) != (each.problem is None) for each in found(content))
