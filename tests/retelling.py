"""The samples told in other words: one entry of every kind, with every free text replaced by what a test writes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Engine

from ledger import kinds
from ledger import vocabulary as v
from ledger.actions import KINDS
from ledger.envelope import Statement
from ledger.kinds import Kind
from tests.ledger.samples import SAMPLES, Sample
from tests.projections.record import Book

Json = Any
POINTERS = re.compile(r"data\.(target_id|fields\.\d+)")
"""Lines that must name what is on record."""

Write = Callable[[Kind, str, str], str]
"""(kind of value, its path in the input, what stands there) -> what shall stand there."""


def retold(write: Write) -> list[Sample]:
    """Return every sample with each text that people may write freely, and each web address, as `write` says."""
    return [Sample(each.recorded, _retell(each, write)) for each in SAMPLES]


def record_samples(book: Book, samples: Sequence[Sample]) -> None:
    """Record samples at the times that they give."""
    for sample in samples:
        book.clock.now = sample.recorded
        book.record(sample.raw)


def recorder_of(samples: Sequence[Sample]) -> Callable[[Engine], None]:
    """Return what fills a database with samples."""
    return lambda engine: record_samples(Book(engine), samples)


def is_free(kind: Kind) -> bool:
    """Whether people write what they like into a value of this kind."""
    return isinstance(kind, kinds.Prose) or (isinstance(kind, kinds.Line) and not isinstance(kind, kinds.Pattern))


def _retell(sample: Sample, write: Write) -> Json:
    raw = _group(Statement, sample.raw, "", write)
    return raw | {"data": _group(KINDS[sample.kind], sample.raw["data"], "data", write)}


def _group(struct: type[v.Struct], raw: Json, path: str, write: Write) -> Json:
    told = dict(raw)
    for each in v.fields_of(struct):
        if each.name in raw:
            told[each.name] = _value(each.kind, raw[each.name], v.join(path, each.name), write)
    return told


def _value(kind: Kind, raw: Json, path: str, write: Write) -> Json:
    match kind:
        case _ if raw is None:
            return None
        case kinds.Many():
            return [_value(kind.item, each, v.join(path, place), write) for place, each in enumerate(raw)]
        case v.Nested():
            return _group(kind.struct, raw, path, write)
        case _ if POINTERS.fullmatch(path) is None and (is_free(kind) or kind is kinds.WEB_ADDRESS):
            return write(kind, path, raw)
        case _:
            return raw
