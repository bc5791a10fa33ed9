"""Releases as they are kept in the database, so that a later one can be compared with them."""

from __future__ import annotations

import zlib

import orjson

from ledger import structs as s
from ledger.kinds import NOT_STATED, stated
from ledger.ocds.plan import Taken


def dump(taken: Taken) -> bytes:
    """Return a release as it is kept."""
    party = {name: stated(getattr(taken.publisher, name)) for name in ("scheme", "id", "name")}
    return zlib.compress(orjson.dumps({"release": taken.release, "notes": taken.notes, "publisher": party}))


def load(digest: str, facts: bytes) -> Taken:
    """Return a release that was kept."""
    held = orjson.loads(zlib.decompress(facts))
    party = {name: NOT_STATED if value is None else value for name, value in held["publisher"].items()}
    return Taken(digest, s.Party(**party), held["release"], tuple((path, what) for path, what in held["notes"]))
