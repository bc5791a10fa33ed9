"""Files of official releases, taken in one after another: for the command and for the page that takes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from ledger.errors import Refused
from ledger.ocds.read import NO_DATA, Found, read
from ledger.ocds.taking import Counts
from ledger.words import N_

LINES: Final = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz")
"""How the names of files end in which each line is read by itself."""


class Source(NamedTuple):
    """A file to read: how it is named in the quarantine, where it is, and its size in bytes as it lies there."""

    name: str
    path: Path
    size: int


def found_in(files: Iterable[Source], moved: Callable[[int], None] = lambda _: None) -> Iterator[tuple[str, Found]]:
    """Yield what files hold, with their names. `moved` is told how many bytes, as they lie there, were read."""
    before = 0
    for file in files:
        with file.path.open("rb") as source:
            start = before
            for found in read(
                source,
                again=lambda path=file.path: path.open("rb"),  # type: ignore[misc]
                moved=lambda done, start=start: moved(start + done),  # type: ignore[misc]
                by_line=file.name.lower().endswith(LINES),
            ):
                yield file.name, found
        before += file.size


def refuse_other(file: Source) -> None:
    """Raise `Refused` where a file is no open contracting data at all: nothing in it is, or begins as, a release."""
    is_other = False
    for _, found in found_in([file]):
        if found.release is not None or b'"ocid"' in found.raw:
            return
        is_other = is_other or found.problem in NO_DATA
    if is_other:
        raise Refused(
            N_(
                "Nothing in %(file)s is a release of open contracting data, so nothing of it was taken in. Give a "
                "release package, a record package or releases as JSON Lines."
            ),
            file=file.name,
        )


def summed(batches: Iterable[Counts]) -> Counts:
    """Return the counts of all batches, which come as they are made durable. Raises `Refused` if they do not add up."""
    total = Counts()
    for each in batches:
        total.add(each)
    if total.found != total.recorded + total.unchanged + total.quarantined:
        raise Refused(N_("The counts of this import do not add up: %(counts)s. Please report this."), counts=total)
    return total
