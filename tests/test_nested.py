"""Values inside values that are not public: every verifier accepts what is left, and no digest tells what is kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, select

from ledger import offline
from ledger.database import disclosure as stored
from ledger.database import reading
from ledger.disclosure import load_slots
from ledger.verify import verify
from ledger.when import instant_text
from projections import entries
from tests.browser_script import case, in_node
from tests.mutations import Small, small_record
from tests.operations.search import in_files
from tests.projections.record import MORNING, RECORD, Book, Clock, disclosure, moved, redaction

FIRST = len(RECORD)
END = MORNING + timedelta(days=2)
REMOVED, KEPT, LIFTED = "pangolin zqxj01kvwb", "aardvark zqxj02kvwb", "okapi zqxj03kvwb"
EMBARGOED: Any = {"visibility": {"state": "embargoed", "until": instant_text(END)}, "standing": "report"}
WITHHELD: Any = {"visibility": {"state": "withheld", "basis": "security"}, "standing": "report"}


def _moved(day: str, text: str) -> Any:
    return moved("launch", day, {"state": "given", "code": "capacity", "text": text})


def clock_of(small: Small) -> Clock:
    clock = small.follower.clock
    assert isinstance(clock, Clock)
    return clock


@pytest.fixture
def nested(new_sqlite: Any, tmp_path: Path) -> Iterator[Small]:
    """Reasons of entries that are not public: the words of one are removed, of one made public, of one neither."""
    url: URL = new_sqlite()
    made = small_record(url, tmp_path)
    clock_of(made).now = MORNING + timedelta(hours=1)
    Book(made.engine, clock_of(made)).record_all(
        [
            _moved("2026-05-05", REMOVED) | EMBARGOED,
            _moved("2026-05-06", KEPT) | WITHHELD,
            _moved("2026-05-07", LIFTED) | WITHHELD,
            redaction(FIRST, "data.reason.text"),
            disclosure(FIRST + 2, "data.reason.text"),
        ]
    )
    made.follower.step()
    yield made
    made.engine.dispose()


def _inside(small: Small, *indexes: int) -> list[str]:
    """Return the digests and the disclosures of the reasons' words."""
    query = select(stored.c.slots).where(stored.c.position.in_(indexes))
    with reading(small.engine) as connection:
        slots = [each for row in connection.scalars(query) for each in load_slots(row)]
    found = [each for each in slots if each.path == "data.reason.text"]
    assert len(found) == len(indexes)
    return [text for each in found for text in (each.digest, each.disclosure) if text is not None]


def _verified(small: Small, root: Path, tmp_path: Path) -> dict[str, bytes]:
    """Hold all that is published to every verifier; return the bundle's files."""
    content = small.bundle()
    assert offline.verify(content, small.vkey).ok
    assert verify(str(small.public), vkey=small.vkey).ok
    files = offline.read_zip(content)
    indexes = sorted(int(name[8:-6]) for name in files if name.startswith("entries/"))
    cases = [_fetched(small, files, index) for index in indexes]
    assert {bool(ok) for ok, *_ in in_node(root, tmp_path, cases, [])} == {True}
    return files


def _fetched(small: Small, files: dict[str, bytes], index: int) -> dict[str, Any]:
    """What the page of an entry fetches, with the disclosures of its JSON, which are those of the bundle."""
    with reading(small.engine) as connection:
        found = entries.stored(connection, index)
    assert found is not None
    told = [each["disclosure"] for each in entries.told(*found)["disclosures"]]
    assert told == json.loads(files[f"disclosures/{index}.json"])["disclosed"]
    parts = {"entry": files[f"entries/{index}.entry"], "proof": files[f"proofs/{index}.tlog-proof"]}
    return case({**parts, "vkey": small.vkey.encode()}, index, told)


def test_values_inside_hidden_ones_verify_and_tell_nothing(nested: Small, root: Path, tmp_path: Path):
    """Removed, made public or neither: neither the words nor their digests are in the bundle or in any file."""
    files = _verified(nested, root, tmp_path)
    secrets = [REMOVED, KEPT, LIFTED, *_inside(nested, FIRST, FIRST + 1, FIRST + 2)]
    everything = b"\0".join(files.values())
    assert [each for each in secrets if each.encode() in everything] == []
    assert in_files(nested.public, secrets) == {}


def test_they_verify_when_the_embargo_has_ended(nested: Small, root: Path, tmp_path: Path):
    """The value around the words that were removed is disclosed, with their digest and without them."""
    clock_of(nested).now = END
    nested.follower.step()
    files = _verified(nested, root, tmp_path)
    (digest,) = _inside(nested, FIRST)
    told = json.loads(files[f"disclosures/{FIRST}.json"])
    assert {"digest": digest, "state": "redacted"} in told["undisclosed"]
    everything = b"\0".join(files.values())
    for secret in (REMOVED, KEPT, LIFTED, *_inside(nested, FIRST + 1, FIRST + 2)):
        assert secret.encode() not in everything


def test_they_verify_when_all_is_made_public(nested: Small, root: Path, tmp_path: Path):
    """A value that was made public inside a hidden one shows with it, and the others as they are."""
    Book(nested.engine, clock_of(nested)).record_all([disclosure(FIRST + 2, "data"), disclosure(FIRST, "data")])
    nested.follower.step()
    files = _verified(nested, root, tmp_path)
    everything = b"\0".join(files.values())
    assert LIFTED.encode() in everything
    assert REMOVED.encode() not in everything
