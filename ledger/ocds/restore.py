"""Reading into an empty ledger what another ledger exported: the entries that its releases tell of, as they were."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from ledger.errors import Invalid, Refused, Wrong
from ledger.kinds import Json
from ledger.ocds.state import Items, Object, keyed, plain, put
from ledger.ocds.statements import submission_of
from ledger.process import Recorded, Submission
from ledger.schema import load_submission
from ledger.when import LONDON
from ledger.words import N_

FIELD: Final = "ledgerEntries"


@dataclass(slots=True)
class Restored:
    """How many entries were found, recorded again, and left behind because their content is not public."""

    found: int = 0
    recorded: int = 0
    left: list[tuple[int, str]] = field(default_factory=list)
    """(its number there, why it stayed there)."""


def entries_of(releases: Iterable[Mapping[str, Any]]) -> list[Object]:
    """Return what releases of a ledger say of its entries, merged, in the order of the entries' numbers.

    Releases of one process come in their order. Raises `Wrong` where a release is none of a ledger.
    """
    told: dict[str, Object] = {}
    for release in releases:
        held = release.get(FIELD)
        if not isinstance(held, list) or not all(map(_is_entry, held)):
            raise Wrong(N_("A release names no entries, so no ledger exported it. Use `candour import ocds`."))
        for each in held:
            state = told.setdefault(str(release.get("ocid")), {FIELD: Items()})
            put(state, {FIELD: [each]})
    # An entry about several processes is told by each.
    merged: dict[int, Object] = {}
    for state in told.values():
        for name, held in state[FIELD].items():
            merged.setdefault(int(name), keyed(plain(held)))
    return [merged[index] for index in sorted(merged)]


def _is_entry(told: object) -> bool:
    text = told.get("id") if isinstance(told, dict) else None
    return isinstance(text, str) and text.isascii() and text.isdecimal() and len(text) <= 15  # noqa: PLR2004 - digits


def restore(
    told: Iterable[Object], record: Callable[[Submission], Recorded], now: Callable[[], datetime]
) -> Iterator[Restored]:
    """Record entries again, one by one; yield the counts so far after each. Numbers that they name are the new ones.

    What is not public in the other ledger stays there, and what can stand only on it.
    """
    counts = Restored()
    numbers: dict[int, int] = {}
    for each in told:
        counts.found += 1
        number = int(each["id"])
        try:
            numbers[number] = record(load_submission(_raw(each, numbers, now()))).index
            counts.recorded += 1
        except (Wrong, Refused, Invalid) as why:
            counts.left.append((number, str(why)))
        yield counts


def _raw(told: Object, numbers: Mapping[int, int], now: datetime) -> Json:
    try:
        raw = submission_of(plain(told), numbers, now.astimezone(LONDON).date())
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Wrong(N_("It is not told whole.")) from error
    if raw is None:
        raise Wrong(N_("Its content is not public."))
    return raw
