"""Removing by law also what is kept of official releases, and not only the entries that came of them."""

from __future__ import annotations

import zlib
from collections.abc import Collection
from typing import Final

import orjson

from ledger.kinds import Json

PRIVATE: Final = frozenset(
    {
        "title",
        "description",
        "rationale",
        "statusDetails",
        "answer",
        "email",
        "telephone",
        "name",
        "terminationRationale",
    }
)
"""Names of what is erasable in an entry, or is about people."""

REMOVED: Final = "[removed]"
"""Stands in the place of a text that was removed by law, so that it still differs from other texts."""

LEAST: Final = 3
"""Shorter texts are part of too many others to be taken for a removed one."""


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
    if isinstance(value, str) and name in PRIVATE and len(value) >= LEAST and any(value in each for each in texts):
        return REMOVED
    return value
