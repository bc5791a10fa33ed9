"""Ten thousand entries between two polls: each document is written once, and who walks the archives misses nothing."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import URL, Connection, select

from ledger.database import connect, reading
from ledger.files import replace_file
from ledger.schema import load_submission
from projections.documents import Site
from projections.entries import Entries
from projections.follow import Concerns, catch_up, prepare
from projections.follower import PROJECTIONS
from projections.organisations import Organisations
from projections.publications import publisher
from projections.publications.channels import channel
from projections.publications.compose import Part, names_in
from projections.publications.membership import MOST, WIDTH, head_table
from projections.publications.published_feeds import DIRECTORY, Feeds
from projections.publications.publisher import Publisher
from projections.publications.registry import Memory, Old
from projections.streams import Streams
from tests.projections.record import BASE_URL, ORIGIN, SOURCE, Book, answer, opening

ENTRIES = 10_000
PROCESSES = 20


class Names(Feeds):
    """The feeds with nothing but the names of their items in each document: their words are not the question here."""

    def render(
        self, connection: Connection, stale: Mapping[str, Collection[str]], site: Site, old: Old, memory: Memory
    ) -> Mapping[str, bytes | None]:
        del site, old, memory
        return {key: json.dumps(_names(connection, key)).encode() for key in stale if key != DIRECTORY}


def _names(connection: Connection, key: str) -> list[str] | None:
    feed, _, archive = key.rpartition("#")
    about = channel(feed)
    assert about is not None
    return names_in(connection, Part(about, int(archive) if archive else None))


def test_ten_thousand_entries_at_once(
    new_sqlite: Callable[[], URL], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each document that they touch is put in place once; from the live document back, each entry stands once."""
    book = Book(connect(new_sqlite()))
    feeds = Publisher(book.engine, tmp_path, Site(BASE_URL, ORIGIN), publications=(Names(),))
    publisher.prepare(book.engine, feeds.publications)
    prepare(book.engine, PROJECTIONS)
    put: list[Path] = []

    def counted(path: Path, content: bytes) -> None:
        put.append(path)
        replace_file(path, content)

    monkeypatch.setattr(publisher, "replace_file", counted)

    def poll(size: int) -> None:
        for projection in (Concerns(), Entries(), Streams(), Organisations()):
            catch_up(book.engine, projection, size)
        assert feeds.step(size, book.clock.now)

    book.record_all(opening(f"p{n}", f"Process {n}") for n in range(PROCESSES))
    poll(PROCESSES)
    before, put[:] = set(put), []

    imported = (
        answer(f"q{n}", standing="import", sources=[SOURCE]) | {"stream": f"process/p{n % PROCESSES}"}
        for n in range(ENTRIES)
    )
    book.clock.now += timedelta(hours=1)
    assert len(list(book.ledger.record_many(map(load_submission, imported)))) == ENTRIES
    poll(PROCESSES + ENTRIES)

    assert set(Counter(put).values()) == {1}
    with reading(book.engine) as connection:
        heads = {row.feed: row for row in connection.execute(select(head_table))}
    documents = {f"{feed}#" for feed in heads} | {
        f"{feed}#{number}" for feed, row in heads.items() for number in range(1, row.start // WIDTH + 1)
    }
    touched = {str(path.relative_to(tmp_path / "feeds")) for path in put if path.suffix != ".gz"}
    untouched = {"action/commissioning-process-registered#"}
    assert touched == documents - untouched
    assert {path for path in before if path.suffix != ".gz"} >= {tmp_path / "feeds" / name for name in untouched}

    for feed, row in heads.items():
        live = json.loads((tmp_path / "feeds" / f"{feed}#").read_bytes())
        assert len(live) <= MOST
        walked = list(live)
        for number in range(row.start // WIDTH, 0, -1):
            archive = json.loads((tmp_path / "feeds" / f"{feed}#{number}").read_bytes())
            assert len(archive) == WIDTH
            walked += archive
        assert len(walked) == len(set(walked)) == row.next
    every = json.loads((tmp_path / "feeds" / "all#").read_bytes())
    assert every[0] == f"entry/{PROCESSES + ENTRIES - 1}"
    assert heads["all"].next == PROCESSES + ENTRIES
    assert heads["changes"].next == PROCESSES + 1, "the import is one item"
