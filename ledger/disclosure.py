"""Salted, erasable values (RFC 9901): the entry holds digests, the disclosures lie apart.

The slots of an entry are its hidden values, each with its path, digest, state and (unless it was redacted) disclosure.
A disclosure is hashed as the string it is, never serialised again.
"""

from __future__ import annotations

import binascii
import hashlib
from collections.abc import Callable, Collection
from functools import lru_cache
from typing import Any, Final, NamedTuple, cast

import orjson

from ledger.errors import Refused
from ledger.kinds import Json, State, Undisclosed
from ledger.words import N_

PUBLIC: Final = frozenset({"disclosed"})
"""The states of values that anyone may see."""

HELD: Final = frozenset({"disclosed", "embargoed", "withheld"})
"""The states of values that the ledger itself still holds; its rules look at these."""

Salt = Callable[[], str]
"""Returns a fresh salt: at least 128 random bits, base64url without padding."""


class Slot(NamedTuple):
    """One hidden value. `path` is its place in the entry (`data.reason.text`); a redacted one has no `disclosure`."""

    path: str
    digest: str
    state: State
    disclosure: str | None


def digest_of(disclosure: str) -> str:
    """Return the digest of a disclosure (RFC 9901 section 4.2.3)."""
    return base64url(hashlib.sha256(disclosure.encode("ascii")).digest())


def make_disclosure(salt: str, name: str | int, value: Json) -> str:
    """Return the disclosure of an object's member (a name) or of a list's item (a place; RFC 9901 section 4.2.2)."""
    return base64url(_content(salt, name, value))


def _content(salt: str, name: str | int, value: Json) -> bytes:
    content = [salt, value] if isinstance(name, int) else [salt, name, value]
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS)


def value_of(disclosure: str) -> Json:
    """Return the value that a disclosure discloses."""
    return read_disclosure(disclosure)[-1]


def read_disclosure(disclosure: str) -> list[Any]:
    """Return [salt, name, value] or [salt, value]."""
    padded = disclosure.replace("-", "+").replace("_", "/") + "=="
    return cast("list[Any]", orjson.loads(binascii.a2b_base64(padded)))


class Sealer:
    """Puts values aside as salted disclosures, in the order they come."""

    def __init__(self, salt: Salt) -> None:
        self._salt = salt
        self.slots: list[Slot] = []

    def hide(self, path: str, name: str | int, value: Json, state: State) -> str:
        """Keep a value as a slot; return the digest that stands for it."""
        disclosure = _base64url(_content(self._salt(), name, value))
        digest = _base64url(hashlib.sha256(disclosure).digest()).decode("ascii")
        self.slots.append(Slot(f"{path}.{name}" if path else str(name), digest, state, disclosure.decode("ascii")))
        return digest


def dump_slots(slots: Collection[Slot]) -> bytes | None:
    """Return slots as they are stored beside an entry, outer values before the values inside them."""
    if not slots:
        return None
    ordered = sorted(slots, key=lambda slot: slot.path.count("."))
    return orjson.dumps([list(slot) for slot in ordered])


def load_slots(stored: bytes | None) -> tuple[Slot, ...]:
    """Return the slots that `dump_slots` stored."""
    return () if stored is None else tuple(Slot(*row) for row in orjson.loads(stored))


def put_back(entry: dict[str, Json], stored: bytes | None, sight: frozenset[str]) -> None:
    """Put the disclosed values back into a decoded entry, and `Undisclosed` where one cannot be seen.

    Leaves the `_sd` lists where they are. Works on the stored form directly: this is the path of every rebuild.
    """
    if stored is None:
        return
    for path, _, state, disclosure in orjson.loads(stored):
        parents, name = _steps(path)
        place: Any = entry
        for parent in parents:
            place = place[parent] if type(place) is list else place.get(parent)
            if place is None or type(place) is Undisclosed:
                break
        else:
            seen = state in sight and disclosure is not None
            place[name] = value_of(disclosure) if seen else Undisclosed(state)


@lru_cache(maxsize=4_096)
def _steps(path: str) -> tuple[tuple[Any, ...], Any]:
    """Return the way to a value inside an entry, and its last step; places in lists as numbers."""
    *parents, name = (int(step) if step.isdecimal() else step for step in path.split("."))
    return tuple(parents), name


def covered(slots: Collection[Slot], fields: Collection[str]) -> tuple[Slot, ...]:
    """Return the slots that the named fields are, or hold."""
    return tuple(slot for slot in slots if any(covers(field, slot.path) for field in fields))


def redacted(slots: Collection[Slot], fields: Collection[str]) -> tuple[Slot, ...]:
    """Return the slots with the named fields' disclosures gone for good. Raises `Refused` on an unknown field."""
    return _changed(slots, fields, lambda slot: slot._replace(state="redacted", disclosure=None))


def disclosed(slots: Collection[Slot], fields: Collection[str]) -> tuple[Slot, ...]:
    """Return the slots with the named fields made public. Raises `Refused` on an unknown or redacted field.

    What was redacted inside a value that is still held stays as it is: that value cannot be named without it.
    """
    held = [slot.path for slot in covered(slots, fields) if slot.disclosure is not None]
    for slot in slots:
        is_named = any(covers(field, slot.path) for field in fields)
        if slot.disclosure is None and is_named and not any(covers(path, slot.path) for path in held):
            raise Refused(
                N_("%(field)s was redacted and is gone. Take it out of what is to be made public."), field=slot.path
            )
    return _changed(slots, fields, lambda slot: slot if slot.disclosure is None else slot._replace(state="disclosed"))


def _changed(slots: Collection[Slot], fields: Collection[str], change: Callable[[Slot], Slot]) -> tuple[Slot, ...]:
    for field in fields:
        if not any(covers(field, slot.path) for slot in slots):
            known = ", ".join(sorted(slot.path for group in visible(slots) for slot in group))
            raise Refused(
                N_("%(field)s is not an erasable value of that entry. Choose from: %(known)s."),
                field=field,
                known=known,
            )
    return tuple(change(slot) if any(covers(field, slot.path) for field in fields) else slot for slot in slots)


def covers(field: str, path: str) -> bool:
    """Whether a named field is the value at a path, or holds it."""
    return path == field or path.startswith(f"{field}.")


def base64url(raw: bytes) -> str:
    """Return base64url without padding (RFC 4648 section 5)."""
    return _base64url(raw).decode("ascii")


def _base64url(raw: bytes) -> bytes:
    return binascii.b2a_base64(raw, newline=False).translate(_URL_SAFE).rstrip(b"=")


_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")


def visible(slots: Collection[Slot]) -> tuple[tuple[Slot, ...], tuple[Slot, ...]]:
    """Return what anyone may know of an entry's slots: those disclosed, and those whose digest stands open.

    What lies inside a value that is not disclosed is in neither: its number alone would tell of it. The closed ones
    come in the order of their digests, because the order of the fields tells which of them there are.
    """
    closed = [slot for slot in slots if slot.state not in PUBLIC]
    outer = [slot for slot in slots if not any(covers(each.path, slot.path) for each in closed if each is not slot)]
    shut = sorted((slot for slot in outer if slot.state not in PUBLIC), key=lambda slot: slot.digest)
    return tuple(slot for slot in outer if slot.state in PUBLIC), tuple(shut)
