"""Releases as they are kept in the database, so that a later one can be compared with them."""

from __future__ import annotations

import zlib
from collections.abc import Collection
from typing import Final

import orjson

from ledger import structs as s
from ledger.kinds import NOT_STATED, Json, stated
from ledger.ocds.plan import PRIVATE, Taken

REMOVED: Final = "[removed]"
"""Stands in the place of a text that was removed by law, so that it still differs from other texts."""

_LEAST: Final = 3
"""Shorter texts are part of too many others to be taken for a removed one."""


def dump(taken: Taken) -> bytes:
    """Return a release as it is kept."""
    party = {name: stated(getattr(taken.publisher, name)) for name in ("scheme", "id", "name")}
    return zlib.compress(orjson.dumps({"release": taken.release, "notes": taken.notes, "publisher": party}))


def load(digest: str, facts: bytes) -> Taken:
    """Return a release that was kept."""
    held = orjson.loads(zlib.decompress(facts))
    party = {name: NOT_STATED if value is None else value for name, value in held["publisher"].items()}
    return Taken(digest, s.Party(**party), held["release"], tuple((path, what) for path, what in held["notes"]))


def without(facts: bytes, texts: Collection[str]) -> bytes | None:
    """Return what is kept without texts that were removed from an entry; None where it held none of them.

    An entry joins an address and a telephone number into one text, so a part of a removed text goes too.
    """
    held = orjson.loads(zlib.decompress(facts))
    release = _without(held["release"], "", texts)
    if release == held["release"]:
        return None
    return zlib.compress(orjson.dumps({**held, "release": release}))


def _without(value: Json, name: str, texts: Collection[str]) -> Json:
    if isinstance(value, dict):
        return {key: _without(held, key, texts) for key, held in value.items()}
    if isinstance(value, list):
        return [_without(each, name, texts) for each in value]
    if isinstance(value, str) and name in PRIVATE and len(value) >= _LEAST and any(value in each for each in texts):
        return REMOVED
    return value
