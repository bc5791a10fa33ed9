"""Taking official releases into the ledger: found, kept once, and brought to the record in one transaction."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby, islice
from typing import Final

import orjson
from sqlalchemy import Engine

from ledger.clock import utc_now
from ledger.errors import CandourError, Invalid, Refused, Wrong
from ledger.ocds import kept, quarantine
from ledger.ocds.bring import bring
from ledger.ocds.keys import publisher_key
from ledger.ocds.material import digest_of, material
from ledger.ocds.plan import Taken, plan
from ledger.ocds.quarantine import Refusal
from ledger.ocds.read import Found, again
from ledger.ocds.slices import MOST_KEPT, Slice
from ledger.ocds.values import publisher, reference_of
from ledger.store import Desk, Ledger
from ledger.when import instant_text
from ledger.words import N_

BATCH: Final = 250
"""So many releases are taken in at once: a killed import repeats at most these."""

MOST_OF_ONE: Final = 5_000
"""More releases than this of one process are an attack or a mistake, and each new one costs as much as all before."""


@dataclass(slots=True)
class Counts:
    """What became of the releases found. Every one of them is in one of the other three."""

    found: int = 0
    recorded: int = 0
    unchanged: int = 0
    quarantined: int = 0
    entries: int = 0

    def add(self, other: Counts) -> None:
        """Add another's counts to these."""
        self.found += other.found
        self.recorded += other.recorded
        self.unchanged += other.unchanged
        self.quarantined += other.quarantined
        self.entries += other.entries


@dataclass(frozen=True, slots=True)
class Arrived:
    """A release that can be used, with where it was found."""

    file: str
    found: Found
    taken: Taken

    @property
    def reference(self) -> str:
        """The process it belongs to."""
        return reference_of(self.taken.release["ocid"])

    @property
    def name(self) -> tuple[str, str, str, str]:
        """What is unique of it: publisher, ocid, id and digest."""
        release = self.taken.release
        return publisher_key(self.taken.publisher), release["ocid"], release["id"], self.taken.digest


@dataclass(slots=True)
class _Outcome:
    counts: Counts = field(default_factory=Counts)
    refusals: list[Refusal] = field(default_factory=list)
    set_aside: list[Refusal] = field(default_factory=list)
    """Releases taken in earlier that turn out not to belong, now that an older one is known."""


def take(ledger: Ledger, engine: Engine, found: Iterable[tuple[str, Found]]) -> Iterator[Counts]:
    """Take in what was found, as (name of the file, release); yield the counts of each batch once it is durable.

    `engine` is the ledger's, for the quarantine, which is no part of the record. A crash between the two leaves a
    release in neither, and importing again finds it.
    """
    remaining = iter(found)
    while batch := list(islice(remaining, BATCH)):
        counts, refusals = _take_batch(ledger, batch)
        quarantine.put(engine, refusals, utc_now())
        yield counts


def _take_batch(ledger: Ledger, batch: list[tuple[str, Found]]) -> tuple[Counts, list[Refusal]]:
    """Take in one batch: all of it in one transaction, but for what must go to quarantine, which is returned."""
    refusals: list[Refusal] = []
    arrived: list[Arrived] = []
    for file, found in batch:
        try:
            arrived.append(_arrived(file, found))
        except Wrong as wrong:
            refusals.append(_refusal(file, found, wrong))
    spoilt: dict[str, CandourError] = {}
    while True:
        try:
            outcome = ledger.record_with(lambda desk: _take(desk, arrived, spoilt))
            break
        except _SpoiltError as problem:
            spoilt[problem.reference] = problem.why
    counts = outcome.counts
    counts.found, counts.quarantined = len(batch), len(refusals) + len(outcome.refusals)
    return counts, [*refusals, *outcome.refusals, *outcome.set_aside]


def _arrived(file: str, found: Found) -> Arrived:
    if found.release is None:
        raise found.problem or Wrong(N_("There is no release here."))
    facts, notes = material(found.release)
    taken = Taken(digest_of(found.release), publisher(found.publisher), facts, tuple(notes))
    return Arrived(file, found, taken)


def _refusal(file: str, found: Found, why: CandourError) -> Refusal:
    if found.release is None:
        return Refusal(file, found.position, why, found.raw, found.complete, found.publisher)
    try:
        raw = orjson.dumps(found.release, default=str)
    except orjson.JSONEncodeError:
        raw = str(found.release).encode(errors="replace")
    return Refusal(file, found.position, why, raw[:MOST_KEPT], len(raw) <= MOST_KEPT, found.publisher)


class _SpoiltError(Exception):
    """The releases of one process cannot be recorded; those of the others still can."""

    def __init__(self, reference: str, why: CandourError) -> None:
        self.reference, self.why = reference, why


# --- in the transaction -----------------------------------------------------------------------------------------------


def _take(desk: Desk, arrived: list[Arrived], spoilt: dict[str, CandourError]) -> _Outcome:
    outcome = _Outcome()
    ordered = sorted(arrived, key=lambda each: each.reference)
    for reference, group in groupby(ordered, key=lambda each: each.reference):
        releases = list(group)
        if reference in spoilt:
            outcome.refusals += [_refusal(each.file, each.found, spoilt[reference]) for each in releases]
            continue
        try:
            _take_process(desk, reference, releases, outcome)
        except (Refused, Invalid) as refusal:
            raise _SpoiltError(reference, _in_one(refusal)) from refusal
    return outcome


def _in_one(refusal: Refused | Invalid) -> CandourError:
    if isinstance(refusal, Refused):
        return refusal
    path, found = next(iter(refusal.problems.items()))
    return Wrong(N_("%(path)s: %(why)s"), path=path, why=found[0])


_KEPT: Final = "SELECT publisher, ocid, release_id, sha256, facts FROM imported_release WHERE reference = %s"
_KEEP: Final = (
    "INSERT INTO imported_release (publisher, ocid, release_id, sha256, reference, facts) "
    "VALUES (%s, %s, %s, %s, %s, %s)"
)
_DIFFERS: Final = "INSERT INTO import_difference (sha256, content) VALUES (%s, %s) ON CONFLICT (sha256) DO NOTHING"


def _take_process(desk: Desk, reference: str, releases: list[Arrived], outcome: _Outcome) -> None:
    known = {tuple(row[:4]): row[4] for row in desk.query(_KEPT, (reference,))}
    new = {each.name: each for each in releases if each.name not in known}
    outcome.counts.unchanged += len(releases) - len(new)
    if not new:
        return
    if len(known) + len(new) > MOST_OF_ONE:
        why = Wrong(N_("One process has more than %(most)s releases."), most=MOST_OF_ONE)
        outcome.refusals += [_refusal(each.file, each.found, why) for each in new.values()]
        return
    taken = [kept.load(name[3], facts) for name, facts in known.items()]
    made = plan([*taken, *(each.taken for each in new.values())])
    outcome.counts.entries += bring(desk, made, instant_text(desk.recorded))
    for each in new.values():
        if each.taken.digest in made.aside:
            outcome.refusals.append(_refusal(each.file, each.found, made.aside[each.taken.digest]))
        else:
            outcome.counts.recorded += 1
    outcome.set_aside += [
        Refusal(reference, 0, made.aside[each.digest], orjson.dumps(each.release), complete=False)
        for each in taken
        if each.digest in made.aside
    ]
    desk.write(_KEEP, [(*each.name, reference, kept.dump(each.taken)) for each in new.values()])
    desk.write(_DIFFERS, [(digest, zlib.compress(content)) for digest, content in made.differences.items()])


# --- trying again -----------------------------------------------------------------------------------------------------


def retry(ledger: Ledger, engine: Engine) -> Iterator[Counts]:
    """Try again to take in what is in quarantine, one by one; what is taken in leaves it."""
    for held in quarantine.each(engine):
        counts = Counts(found=1, quarantined=1)
        if held.complete:
            piece = Slice("release", held.position, held.raw)
            batch = [(held.file, each) for each in again(piece, held.publisher)]
            counts, refusals = _take_batch(ledger, batch)
            if not refusals:
                quarantine.drop(engine, held.number)
        yield counts
