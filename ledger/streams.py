"""Streams: the histories that entries belong to."""

from __future__ import annotations

import re
import uuid
from typing import Final, NamedTuple, cast

from ledger.errors import Wrong
from ledger.vocabulary import StreamKind
from ledger.words import N_

_NAMESPACE: Final = uuid.UUID("5b8f6c2e-6a0e-5d0b-9f3c-1c9d6f0f4a52")
_TEXT: Final = re.compile(r"(process|group|ledger)/([a-z0-9][a-z0-9-]{0,62})", re.ASCII)


class Stream(NamedTuple):
    """A history of its own: a process, an advisory group, or the ledger itself."""

    kind: StreamKind
    reference: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.reference}"

    @classmethod
    def parse(cls, text: object) -> Stream:
        """Return the stream that `str(stream)` named. Raises `Wrong` on anything else."""
        match = _TEXT.fullmatch(text) if isinstance(text, str) else None
        if match is None:
            raise Wrong(
                N_("Write process/ or group/ and the reference, such as process/family-services, in small letters.")
            )
        return cls(cast("StreamKind", match[1]), match[2])

    @property
    def id(self) -> uuid.UUID:
        """The stream's id, derived from its public reference so that two openings of one reference collide."""
        return uuid.uuid5(_NAMESPACE, str(self))


LEDGER: Final = Stream("ledger", "ledger")
"""The stream of what is about the ledger as a whole, such as a change of its key."""
