"""An entry's exact bytes: the one encoding, which is stored, hashed and published.

RFC 8785 canonical JSON. All keys are ASCII, there are no floats, integers stay within 2^53 - 1 and lone surrogates are
refused on the way in, so sorted compact UTF-8 JSON is already canonical (tests hold it against another implementation).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, NamedTuple

import orjson

from ledger.actions import KINDS
from ledger.disclosure import PUBLIC, Salt, Sealer, dump_slots, put_back
from ledger.envelope import Statement
from ledger.errors import Corrupt, Invalid, Wrong
from ledger.kinds import Hide, Json, State
from ledger.process import Recorded
from ledger.streams import Stream
from ledger.vocabulary import dump_struct, read_struct
from ledger.when import instant_text
from ledger.words import N_

MOST_BYTES: Final = 65_535
"""The largest entry: its length stands before it in two bytes (C2SP tlog-tiles, entry bundles)."""

MOST_DISCLOSED_BYTES: Final = 1_000_000
"""The most that the disclosures of one entry may take."""


class Encoded(NamedTuple):
    """`state` is hashed and published; `slots` holds the disclosures, and is stored apart."""

    state: bytes
    slots: bytes | None


def encode(recorded: Recorded, salt: Salt) -> Encoded:
    """Return the bytes of an entry. Raises `Invalid` where it is too large."""
    sealer = Sealer(salt)
    entry = dump_struct(recorded.statement, sealer.hide, "")
    entry["_sd_alg"] = "sha-256"
    entry["action"] = recorded.action.declaration.name
    entry["index"] = recorded.index
    entry["stream"] = str(recorded.stream)
    entry["version"] = recorded.version
    entry["recorded"] = instant_text(recorded.recorded)
    data = dump_struct(recorded.action, sealer.hide, "data")
    visibility = recorded.statement.visibility.state
    if visibility == "public":
        entry["data"] = data
    else:
        entry["data"] = _hide_all(data, sealer)
        _keep_back(sealer, visibility)
    state = orjson.dumps(entry, option=orjson.OPT_SORT_KEYS)
    slots = dump_slots(sealer.slots)
    if len(state) > MOST_BYTES:
        sizes = {f"data.{name}": len(orjson.dumps(value)) for name, value in entry["data"].items() if name != "_sd"}
        sizes |= {name: len(orjson.dumps(value)) for name, value in entry.items() if name != "data"}
        raise _too_large(len(state), MOST_BYTES, sizes)
    if slots is not None and len(slots) > MOST_DISCLOSED_BYTES:
        sizes = {slot.path: len(slot.disclosure or "") for slot in sealer.slots}
        raise _too_large(len(slots), MOST_DISCLOSED_BYTES, sizes)
    return Encoded(state, slots)


def _hide_all(data: dict[str, Json], sealer: Sealer) -> dict[str, Json]:
    """Return the action's object with every field hidden."""
    digests = data.pop("_sd", [])
    hide: Hide = sealer.hide
    return {"_sd": sorted([*digests, *(hide("data", name, value, "disclosed") for name, value in data.items())])}


def _keep_back(sealer: Sealer, state: State) -> None:
    """Put every hidden value into the entry's own state; those that nobody sees anyway stay so.

    The envelope's prose (why it is late, why it corrects, its sources' titles) tells of what is kept back as well.
    """
    for place, slot in enumerate(sealer.slots):
        if slot.state != "withheld":
            sealer.slots[place] = slot._replace(state=state)


def _too_large(size: int, most: int, sizes: dict[str, int]) -> Invalid:
    problem = Wrong(
        N_("The entry takes %(size)s bytes; at most %(most)s fit. Shorten this, or publish a document and name it."),
        size=size,
        most=most,
    )
    return Invalid({max(sizes, key=lambda path: sizes[path]): (problem,)})


def decode(state: bytes, slots: bytes | None, sight: frozenset[str] = PUBLIC) -> Recorded:
    """Return the entry of stored bytes, with the values whose state is in `sight`. Raises `Corrupt`."""
    try:
        entry: dict[str, Any] = orjson.loads(state)
        put_back(entry, slots, sight)
        del entry["_sd_alg"]
        return Recorded(
            entry.pop("index"),
            _stream(entry.pop("stream")),
            entry.pop("version"),
            datetime.fromisoformat(entry.pop("recorded")),
            read_struct(KINDS[entry.pop("action")], entry.pop("data")),
            read_struct(Statement, entry),
        )
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise Corrupt(N_("An entry cannot be read: %(why)s"), why=f"{type(error).__name__}: {error}") from error


_streams: dict[str, Stream] = {}


def _stream(text: str) -> Stream:
    known = _streams.get(text)
    if known is None:
        if len(_streams) > 65_536:  # noqa: PLR2004 - a bound on memory, nothing more
            _streams.clear()
        known = _streams[text] = Stream.parse(text)
    return known
