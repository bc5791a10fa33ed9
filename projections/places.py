"""The places that an entry itself names."""

from __future__ import annotations

from collections.abc import Iterator

from ledger.kinds import PRISON, Many
from ledger.vocabulary import Struct, fields_of


def prisons_named(struct: Struct) -> Iterator[str]:
    """Yield the prisons that an action names: one about some of a process's prisons is not about the others."""
    for each in fields_of(type(struct)):
        value = getattr(struct, each.name)
        kind = each.kind.item if isinstance(each.kind, Many) else each.kind
        for item in value if isinstance(value, tuple) else (value,):
            if isinstance(item, Struct):
                yield from prisons_named(item)
            elif kind is PRISON and isinstance(item, str):
                yield item
