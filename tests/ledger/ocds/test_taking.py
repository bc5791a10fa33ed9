"""Taking releases in: once, in any order, through a kill, with nothing lost; on both databases."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
import zlib
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from ledger.actions.ledger import LedgerEntryWithdrawn
from ledger.actions.procurement import ContactPointNamed
from ledger.clock import england_and_wales
from ledger.database import connect, imported_release
from ledger.disclosure import HELD
from ledger.envelope import Author, Correction
from ledger.ocds import quarantine, taking
from ledger.ocds.read import Found
from ledger.ocds.taking import Counts, retry, take
from ledger.process import Submission
from ledger.schema import load_submission
from ledger.store import Ledger
from ledger.streams import Stream
from ledger.structs import Party
from ledger.vocabulary import with_values
from ledger.voice import ENGLISH
from projections.findings import measured
from tests.ledger.ocds.releases import BUYER, OCID, found, package, release

PROCESS = Stream("process", OCID)
NOW = datetime(2026, 7, 1, tzinfo=UTC)


def pounds(amount):
    return {"amount": amount, "currency": "GBP"}


def life() -> list[dict[str, Any]]:
    """The life of one process, in the order of its dates."""
    first = {"status": "active", "tenderPeriod": {"endDate": "2026-05-01T12:00:00Z"}}
    contact = [{**BUYER, "roles": ["buyer"], "contactPoint": {"email": "a@x.example"}}]
    return [
        release(1, "2026-01-01T09:00:00Z", "planning", tender={"status": "planned", "value": pounds(100)}),
        release(2, "2026-02-01T09:00:00Z", "tender", parties=contact, tender=first),
        release(3, "2026-03-01T09:00:00Z", tender={"tenderPeriod": {"endDate": "2026-06-01T12:00:00Z"}}),
        release(4, "2026-04-01T09:00:00Z", tender={"value": pounds(1000)}),
        release(5, "2026-06-05T09:00:00Z", "award", awards=[{"id": "a", "value": pounds(5000), "suppliers": [BUYER]}]),
        release(6, "2026-06-05T09:09:00Z", "award", awards=[{"id": "b", "value": pounds(50), "suppliers": [BUYER]}]),
    ]


def total(batches: Iterable[Counts]) -> Counts:
    counts = Counts()
    for each in batches:
        counts.add(each)
    assert counts.found == counts.recorded + counts.unchanged + counts.quarantined
    return counts


def taken_in(engine, releases, name="a.json") -> Counts:
    return total(take(Ledger(engine), engine, ((name, each) for each in found(package(*releases)))))


def standing(engine) -> list[str]:
    """What stands, without the numbers that depend on the order of arrival."""
    history = Ledger(engine).history(PROCESS, HELD)
    kept = [each for each in history.standing() if not isinstance(each.action, LedgerEntryWithdrawn)]
    return sorted(f"{each.action!r} {each.statement.sources!r}" for each in kept)


def findings(engine) -> list[tuple[int, str]]:
    """The results of the fifteen measures, at one instant."""
    history = Ledger(engine).history(PROCESS)
    return [(each.recommendation, each.result) for each in measured(history, NOW, england_and_wales())]


def test_taking_in_again_records_nothing(engine):
    """The same releases a second time, and those among more, add no entry."""
    first = taken_in(engine, life()[:4])
    again = taken_in(engine, life()[:4])
    more = taken_in(engine, life())
    assert (first.recorded, first.unchanged) == (4, 0)
    assert (again.recorded, again.unchanged, again.entries) == (0, 4, 0)
    assert (more.recorded, more.unchanged) == (2, 4)


def test_the_same_release_twice_in_one_file_is_taken_in_once(engine):
    """A page that repeats a release repeats no entry."""
    counts = taken_in(engine, [*life()[:2], life()[1]])
    assert (counts.found, counts.recorded, counts.unchanged) == (3, 2, 1)


@pytest.mark.parametrize("seed", range(4))
def test_any_order_of_arrival_ends_in_the_same_record(engine, new_database, seed):
    """Releases one by one, in whatever order, leave the same standing entries and findings."""
    taken_in(engine, life())
    shuffled = life()
    random.Random(seed).shuffle(shuffled)
    other = connect(new_database())
    try:
        for each in shuffled:
            taken_in(other, [each])
        assert standing(other) == standing(engine)
        assert findings(other) == findings(engine)
    finally:
        other.dispose()


def test_a_release_that_was_changed_in_silence_is_another(engine):
    """The same id with other contents is taken in as well, and what differs becomes an entry."""
    taken_in(engine, life()[:2])
    silent = {**life()[1], "tender": {"status": "active", "tenderPeriod": {"endDate": "2026-05-09T12:00:00Z"}}}
    counts = taken_in(engine, [silent])
    assert (counts.recorded, counts.unchanged) == (1, 0)
    assert any("TimelineChanged(" in each for each in standing(engine))


def test_what_people_put_right_is_left_alone(engine):
    """An imported entry that a person has corrected or withdrawn is not brought back by later releases."""
    store = Ledger(engine)
    taken_in(engine, life()[1:3])
    entries = {type(each.action).__name__: each for each in store.history(PROCESS, HELD).entries()}
    person = Author(organisation=Party(scheme="X", id="1", name="A council"), role="clerk")
    launched, moved = entries["ProcurementLaunched"], entries["TimelineChanged"]
    mine = with_values(
        launched.statement, {"by": person, "corrects": Correction(index=launched.index, reason="Wrong.")}
    )
    store.record(Submission(PROCESS, with_values(launched.action, {"portal": "A portal"}), mine))
    store.record(
        load_submission(
            {
                "action": "ledger-entry-withdrawn",
                "stream": str(PROCESS),
                "standing": "report",
                "by": {"organisation": {"scheme": "X", "id": "1", "name": "A council"}, "role": "clerk"},
                "data": {"withdrawn_on": "2026", "target": moved.index, "reason": {"state": "not_given"}},
                "late_reason": "Seen late.",
            }
        )
    )
    taken_in(engine, [life()[0], *life()[3:]])
    after = standing(engine)
    assert any("portal='A portal'" in each for each in after)
    assert not any("TimelineChanged(" in each for each in after)


def test_counts_balance_and_what_cannot_be_used_is_kept_with_its_reason(engine):
    """Every release found is recorded, unchanged or in quarantine; what is there says which file, where, and why."""
    bad = {"ocid": OCID, "date": "2026-01-01T00:00:00Z"}
    counts = taken_in(engine, [*life(), bad])
    assert (counts.found, counts.recorded, counts.quarantined) == (7, 6, 1)
    taken_in(engine, [*life(), bad])
    with engine.connect() as connection:
        (held,) = quarantine.listed(connection, 10)
    assert (held.file, held.say(ENGLISH)) == ("a.json", "This release has no id, so it cannot be told from others.")
    assert json.loads(held.raw) == bad


def test_a_release_that_breaks_a_rule_of_the_ledger_costs_no_other(engine):
    """Where one process cannot be recorded, its releases go to quarantine, and the others are recorded."""
    long = {**release(1, "2026-01-01T09:00:00Z"), "ocid": "ocds-other", "tender": {"lots": many_lots()}}
    counts = taken_in(engine, [*life()[:2], long])
    assert (counts.recorded, counts.quarantined) == (2, 1)
    with engine.connect() as connection:
        (held,) = quarantine.listed(connection, 10)
    assert "at most" in held.say(ENGLISH)


def many_lots() -> list[dict[str, Any]]:
    return [{"id": f"lot-{n:04}-{'x' * 60}", "title": f"Lot {n}"} for n in range(2_000)]


def test_what_is_in_quarantine_can_be_tried_again(engine, monkeypatch):
    """Once what stood in the way is gone, a retry takes the release in and it leaves the quarantine."""
    monkeypatch.setattr(taking, "MOST_OF_ONE", 1)
    assert taken_in(engine, life()[:2]).quarantined == 2
    assert total(retry(Ledger(engine), engine)).recorded == 1
    monkeypatch.undo()
    assert total(retry(Ledger(engine), engine)).recorded == 1
    with engine.connect() as connection:
        assert quarantine.count(connection) == 0


def test_every_imported_entry_passes_the_checks_of_what_people_enter(engine):
    """What is built without the schema is what the schema would let in: each field's own kind accepts it."""
    taken_in(engine, life())
    for each in Ledger(engine).history(PROCESS, HELD).entries():
        for place in type(each.action).declared:
            value = getattr(each.action, place.name)
            if isinstance(value, str):
                assert place.kind.load(value) == value


def test_a_redaction_reaches_what_is_kept_of_the_releases(engine):
    """A contact removed by law from its entry is nowhere in the tables, and later releases change nothing else."""
    store = Ledger(engine)
    taken_in(engine, life()[:2])
    (named,) = [each for each in store.history(PROCESS, HELD).entries() if isinstance(each.action, ContactPointNamed)]
    assert "a@x.example" in everything_kept(engine)
    store.record(
        load_submission(
            {
                "action": "ledger-entry-redacted",
                "stream": str(PROCESS),
                "standing": "report",
                "by": {"organisation": {"scheme": "X", "id": "1", "name": "A council"}, "role": "clerk"},
                "data": {
                    "redacted_on": "2026",
                    "target_entry": named.index,
                    "fields": ["data.channel"],
                    "basis_code": "erasure_request",
                },
                "late_reason": "Asked for late.",
            }
        )
    )
    assert "a@x.example" not in everything_kept(engine)
    counts = taken_in(engine, [life()[2]])
    assert counts.entries == 2


def everything_kept(engine) -> str:
    with engine.connect() as connection:
        return "".join(zlib.decompress(each).decode() for each in connection.scalars(select(imported_release.c.facts)))


KILLED = """
import sys
from ledger.database import connect
from ledger.ocds import taking
from ledger.ocds.read import read
from ledger.store import Ledger
taking.BATCH = 3
engine = connect(sys.argv[1])
def found():
    with open(sys.argv[2], "rb") as source:
        for each in read(source):
            yield "many.json", each
print("ready", flush=True)
for counts in taking.take(Ledger(engine), engine, found()):
    print(counts.recorded, flush=True)
"""


def test_a_kill_in_the_middle_loses_and_doubles_nothing(new_database, tmp_path):
    """SIGKILL while taking in, again and again, then once to the end: as if it had never been killed."""
    releases = [{**each, "ocid": f"{OCID}-{n}", "id": f"{n}-{each['id']}"} for n in range(40) for each in life()]
    file = tmp_path / "many.json"
    file.write_bytes(package(*releases))
    address = new_database().render_as_string(hide_password=False)
    for kill_after in (2, 5, 9):
        with subprocess.Popen(
            [sys.executable, "-c", KILLED, address, str(file)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
        ) as process:
            assert process.stdout is not None
            for _ in range(kill_after):
                process.stdout.readline()
            time.sleep(random.Random(kill_after).random() / 50)
            process.send_signal(signal.SIGKILL)
    engine = connect(address)
    try:
        again = total(take(Ledger(engine), engine, (("many.json", each) for each in found(file.read_bytes()))))
        assert again.unchanged > 0
        assert again.recorded + again.unchanged == len(releases)
        with engine.connect() as connection:
            assert connection.scalar(select(func.count()).select_from(imported_release)) == len(releases)
        history = Ledger(engine).history(Stream("process", f"{OCID}-7"), HELD)
        imports = [each for each in history.entries() if type(each.action).__name__ == "ExternalReleaseImported"]
        assert len(imports) == len(life())
    finally:
        engine.dispose()


def test_found_things_are_named_by_their_file():
    """A thing found knows where it stands, so that a person can look it up."""
    assert [type(each) for each in found(package(*life()[:1]))] == [Found]
