"""The rows of the table about findings: what one entry costs in a large ledger, the past of a long process, and the
dashboard.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from flask.testing import FlaskClient
from sqlalchemy import Engine, select

from benchmarks.store import Result, in_turns, quiet
from ledger.clock import utc_now
from ledger.database import connect, disclosure, entry, migrate, reading
from ledger.generated import LAST_DAY
from ledger.kinds import Json
from ledger.schema import load_submission
from ledger.settings import Settings
from ledger.store import Ledger
from ledger.streams import Stream
from ledger.wire import decode
from projections import past
from projections.follow import catch_up, pass_time, prepare
from projections.follower import PROJECTIONS
from projections.knowledge import Axes
from projections.publications import publisher
from web.app import create_app
from web.cli_generate import record_generated

SMALL: Final = 20
LONG: Final = 2_000
"""Entries of the long process."""
ROUNDS: Final = 9
PAGES: Final = (
    "/",
    "/dashboard",
    "/recommendations/4",
    "/processes/",
    "/organisations/",
    "/organisations/fictional-body-1--9cc25762ebd1224f",
    "/processes/invented-0002",
    "/processes/invented-0002/review",
)


class Site:
    """A ledger of so many invented processes, with everything that pages read."""

    def __init__(self, folder: Path, processes: int) -> None:
        self.url = f"sqlite:///{folder / f'processes-{processes}.db'}"
        self.engine: Engine = connect(self.url)
        migrate(self.engine)
        record_generated(self.engine, processes)
        self.ledger = Ledger(self.engine)
        self.folder = folder
        self._asked = 0
        prepare(self.engine, PROJECTIONS)
        publisher.prepare(self.engine)
        self.follow()

    def follow(self) -> float:
        """Bring the rows up to date; return the seconds that it took."""
        size, began = self.ledger.head().size, time.perf_counter()
        catch_up(self.engine, PROJECTIONS, size)
        for projection in PROJECTIONS:
            pass_time(self.engine, projection, utc_now())
        return time.perf_counter() - began

    def one_entry(self) -> float:
        """Record a question of one process, and return the seconds until its findings are up to date."""
        self.ask()
        return self.follow()

    def ask(self) -> None:
        """Record a question of one process."""
        self._asked += 1
        self.ledger.record(load_submission(_question("invented-0002", f"late-{self._asked}", utc_now().date())))

    def page(self, path: str) -> Callable[[], float]:
        """Return what reads a page once and returns the seconds it took."""
        settings = Settings.from_environ(
            {"CANDOUR_DATABASE_URL": self.url, "CANDOUR_PUBLIC_DIR": str(self.folder / "public")}
        )
        client: FlaskClient = create_app(settings).test_client()

        def read() -> float:
            began = time.perf_counter()
            answer = client.get(path)
            answer.get_data()
            if answer.status_code != 200:  # noqa: PLR2004 - HTTP's word for well
                raise RuntimeError(f"{path} answered {answer.status_code}.")
            return time.perf_counter() - began

        return read


def _question(reference: str, name: str, day: date) -> Json:
    return {
        "action": "clarification-question-received",
        "stream": f"process/{reference}",
        "standing": "act",
        "by": {"organisation": {"scheme": "fictional", "id": "body-1", "name": "A body"}, "role": "lead"},
        "late_reason": "It is a measurement.",
        "data": {
            "question_id": name,
            "received_at": str(day),
            "topic": "costs",
            "text_or_summary": "What does it cost?",
        },
    }


def on_findings(small: Site, large: Site, processes: int) -> Iterator[Result]:
    """Measure in a small and in a large ledger, in turns."""
    ours, rival = in_turns(large.one_entry, small.one_entry, ROUNDS)
    yield Result(
        f"One entry's rows, of {processes:,} processes", f"of {SMALL}", 1.5, ours, rival, ROUNDS, is_limit=True
    )
    for path in PAGES:
        pages = large.page(path), small.page(path)
        for each in pages:
            each()  # warm
        ours, rival = in_turns(*pages, ROUNDS)
        yield Result(f"{path}, {processes:,} processes", f"with {SMALL}", 3, ours, rival, ROUNDS, is_limit=True)
    yield _past_of_a_long_process(small)


def _past_of_a_long_process(site: Site) -> Result:
    """Measure what it takes to know a process as of a date, to what it takes to read its rows into actions."""
    stream = Stream("process", "invented-0001")
    day = LAST_DAY + timedelta(days=1)
    missing = LONG - sum(1 for _ in site.ledger.history(stream).entries())
    list(
        site.ledger.record_many(
            load_submission(_question(stream.reference, f"long-{number}", day)) for number in range(missing)
        )
    )
    with reading(site.engine) as connection:
        rows = select(entry.c.state, disclosure.c.slots).outerjoin_from(entry, disclosure)
        mine = rows.where(entry.c.stream_id == stream.id).order_by(entry.c.position)
        entries = list(site.ledger.history(stream).entries())
        axes = Axes(known=entries[len(entries) * 9 // 10].index)

        def known() -> float:
            with quiet() as elapsed:
                past.history(connection, stream, axes)
            return elapsed()

        def read() -> float:
            with quiet() as elapsed:
                for state, slots in connection.execute(mine):
                    decode(state, slots)
            return elapsed()

        ours, rival = in_turns(known, read, ROUNDS)
    work = f"A process of {LONG:,} entries as of a date"
    return Result(work, "reading its rows", 3, ours, rival, ROUNDS, is_limit=True)
