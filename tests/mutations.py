"""Single changes to files that are published, and a small witnessed record to change."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from ledger.clock import england_and_wales
from ledger.database import connect, reading
from ledger.streams import Stream
from ledger.voice import ENGLISH
from ledger.witness import Witness
from ledger.witnessing import Witnesses
from projections.bundle import make_bundle, published
from projections.follower import Follower
from tests.ledger.witnesses import Exchange, new_witness, policy_of
from tests.projections.record import MORNING, RECORD, Book, follower, opening

Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Change:
    """One change: what was done, where, and all files after it."""

    what: str
    name: str
    files: dict[str, bytes]

    def __str__(self) -> str:
        return f"{self.what} of {self.name}"


def bit_flips(files: Files, chance: random.Random, count: int) -> Iterator[Change]:
    """Flip one bit in a file, every file as likely as any other."""
    names = sorted(name for name, content in files.items() if content)
    for _ in range(count):
        name = chance.choice(names)
        content = bytearray(files[name])
        at, bit = chance.randrange(len(content)), chance.randrange(8)
        content[at] ^= 1 << bit
        yield Change(f"bit {bit} of byte {at}", name, {**files, name: bytes(content)})


def wholesale(files: Files, chance: random.Random) -> Iterator[Change]:
    """Remove, truncate, extend, empty and swap each file."""
    for name, content in sorted(files.items()):
        without = {key: value for key, value in files.items() if key != name}
        yield Change("removal", name, without)
        cut = chance.randrange(len(content)) if content else 0
        edits = {
            "truncation": content[:cut],
            "last byte lost": content[:-1],
            "one byte more": content + b"\0",
            "a line feed more": content + b"\n",
            "a space before": b" " + content,
            "said twice": content * 2,
        }
        for what, changed in edits.items():
            if changed != content:
                yield Change(what, name, {**files, name: changed})
        other = chance.choice(sorted(files))
        if files[other] != content:
            yield Change(f"swap with {other}", name, {**files, name: files[other], other: content})


@dataclass
class Small:
    """A small record, published and witnessed."""

    engine: Engine
    follower: Follower
    witnesses: dict[str, Witness]
    public: Path

    @property
    def vkey(self) -> str:
        return self.follower.key.verifier.to_vkey()

    def bundle(self) -> bytes:
        with reading(self.engine) as connection:
            process = Stream.parse("process/riverside")
            shown = published(self.public)
            return make_bundle(connection, shown, process, MORNING.replace(year=2027), england_and_wales(), ENGLISH)


def small_record(url, folder: Path, *, more: int = 0) -> Small:
    """Record, witness and publish; `more` further processes make the log longer."""
    engine = connect(url)
    plain = follower(engine, folder)
    vkey = plain.key.verifier.to_vkey()
    witnesses = {name: new_witness(folder, name, vkey) for name in "ab"}
    policy = policy_of(witnesses, "group g all a b\nquorum g\n")
    made = Follower(engine, plain.key, plain.public_dir, plain.clock, Witnesses(policy, Exchange(witnesses)))
    made.prepare()
    book = Book(engine)
    made.step()
    book.record_all(RECORD[:5])
    made.step()
    book.record_all(RECORD[5:])
    made.step()
    if more:
        book.record_all([opening(f"process-{number}") for number in range(more)])
        made.step()
    return Small(engine, made, witnesses, made.public_dir)
