"""What a part of the public folder that is made of finished files has to say about itself."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection, Table

from ledger.process import Recorded
from projections.documents import Site

Stale = tuple[str, str]
"""(key of a document, which part of it is out of date: "" for all)."""

Old = Callable[[str], bytes | None]
"""Path below the publication's folder -> the file as it is now."""


Memory = dict[str, Any]
"""What a publication remembers from one round of documents to the next."""


class Publication(Protocol):
    """Finished files below one folder, made of what is on record."""

    @property
    def name(self) -> str:
        """Its name for ever, and its folder."""

    @property
    def version(self) -> int:
        """Raised when the same record would give other bytes: all is made anew."""

    @property
    def tables(self) -> tuple[Table, ...]:
        """Rows of its own, filled by `take_in` alone."""

    def take_in(self, connection: Connection, added: Sequence[Recorded], after: datetime | None) -> Iterable[Stale]:
        """Return what entries, which the projections have taken in, put out of date.

        `added` holds one entry at least, in the order of the log; `after` is when the one before it was recorded (UTC).
        The same transaction keeps the rows, what is out of date, and the position.
        """

    def pass_time(self, connection: Connection, since: datetime | None, now: datetime) -> Iterable[Stale]:
        """Return what the passing of time alone put out of date, from one instant (UTC) to another."""

    def removed(self, connection: Connection, target: int) -> Iterable[Stale]:
        """Return what holds values of an entry of which something may no longer be shown. Changes no row."""

    def every(self, connection: Connection) -> Iterable[str]:
        """Return the keys of all documents: for the first time, or where the folder is lost."""

    def in_order(self, connection: Connection, keys: Sequence[str]) -> Sequence[str]:
        """Return the keys of documents in the order in which to write them.

        What readers ask for most comes first, and documents that share items come near one another.
        """

    def render(
        self, connection: Connection, stale: Mapping[str, Collection[str]], site: Site, old: Old, memory: Memory
    ) -> Mapping[str, bytes | None]:
        """Return path below the folder -> content for some documents, None where there is to be no file.

        `stale` is the key of each with what of it is out of date; "" means all, and then nothing old may be used.
        `memory` is empty at first, and holds what was put there as long as nothing on record changes.
        """
