"""Removing a value by law, everywhere at once: the one way for the command, the page and the API.

redaction decided -> its entry, the disclosures, copies of releases, drafts and documents, in one transaction
                  -> the pages' rows, the write-ahead log
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import orjson
from sqlalchemy import Engine, select

from ledger.actions.ledger import LedgerEntryRedacted
from ledger.database import disclosure, entry, reading
from ledger.disclosure import HELD, covered, load_slots, value_of
from ledger.errors import Wrong
from ledger.kinds import Json, stated
from ledger.ocds.removing import LEAST, REMOVED
from ledger.process import Recorded, Submission
from ledger.removing import holds, texts_of
from ledger.schema import load_submission
from ledger.store import Desk, Ledger
from ledger.streams import Stream
from ledger.structs import Party
from ledger.when import LONDON
from ledger.wire import decode
from ledger.words import N_
from projections import copies
from projections.follower import PROJECTIONS
from projections.forgetting import refresh

MOST_ELSEWHERE: Final = 20


@dataclass(frozen=True, slots=True)
class Removed:
    """A redaction that is done.

    `elsewhere` are (entry, field) of the same stream that hold the same text: they are not touched. `is_scrubbed` is
    False while a reader still keeps SQLite from overwriting its write-ahead log; the follower does so later.
    """

    entry: Recorded
    elsewhere: tuple[tuple[int, str], ...]
    is_scrubbed: bool


def asked(
    store: Ledger,
    target: int,
    fields: Sequence[str],
    *,
    basis: str,
    decided_by: str,
    now: datetime,
    organisation: Party | None = None,
) -> Submission:
    """Return the redaction of an entry's fields; in the name of the entry's own organisation unless another is given.

    Raises:
        NotFound: There is no such entry.
        Wrong: The entry's own organisation is not stated in full.
        Invalid: A value is wrong; field by field.
    """
    found = decode(*store.entry(target), HELD)
    party = organisation or found.statement.by.organisation
    named = {name: stated(getattr(party, name)) for name in ("scheme", "id", "name")}
    if None in named.values():
        raise Wrong(
            N_(
                "Entry %(number)s does not state who its organisation is. Say for which one you remove this: scheme, "
                "identifier and name."
            ),
            number=target,
        )
    return load_submission(
        {
            "action": LedgerEntryRedacted.declaration.name,
            "stream": str(found.stream),
            "standing": "act",
            "by": {"organisation": named, "role": decided_by},
            "data": {
                "redacted_on": now.astimezone(LONDON).date().isoformat(),
                "target_entry": target,
                "fields": list(fields),
                "basis_code": basis,
                "decided_by": decided_by,
                "digest_kept": True,
            },
        }
    )


def record(store: Ledger, engine: Engine, submission: Submission) -> Recorded:
    """Record any submission; a redaction with all that belongs to one. Errors are those of `Ledger.record`."""
    if isinstance(submission.action, LedgerEntryRedacted):
        return redact(store, engine, submission).entry
    return store.record(submission)


def redact(
    store: Ledger, engine: Engine, submission: Submission, beside: Callable[[Desk, Recorded], None] | None = None
) -> Removed:
    """Record a redaction and remove the values wherever this site holds them. Errors are those of `Ledger.record`.

    `beside` may write more in the same transaction; what it raises undoes all of it.
    """
    texts: set[str] = set()

    def remove(desk: Desk) -> Recorded:
        texts.clear()
        texts.update(_texts(desk, submission))
        digests = sorted(set(_documents(desk, submission)))
        made = desk.record(submission)
        _remove_from_drafts(desk, texts)
        if digests:
            desk.write(_EMPTY_DOCUMENT, [(b"", made.index, digest) for digest in digests])
        if beside is not None:
            beside(desk, made)
        return made

    made = store.record_with(remove)
    target = submission.action.target_entry  # type: ignore[attr-defined]  # a redaction's
    is_scrubbed = refresh(engine, PROJECTIONS, submission.stream, target)
    return Removed(made, tuple(_elsewhere(engine, submission.stream, texts)), is_scrubbed)


def _texts(desk: Desk, submission: Submission) -> Iterator[str]:
    action = submission.action
    target = (
        desk.history(submission.stream).own(action.target_entry) if isinstance(action, LedgerEntryRedacted) else None
    )
    if target is not None and isinstance(action, LedgerEntryRedacted):
        found = texts_of(type(target.action), desk.slots(target.index), action.fields)
        yield from (each for each in found if len(each) >= LEAST)


def _documents(desk: Desk, submission: Submission) -> Iterator[str]:
    """Yield the digests of the documents that a redaction covers, wholly or in part.

    Whatever is removed of what an entry says of a document stands in the document too, as its title does.
    """
    action = submission.action
    target = (
        desk.history(submission.stream).own(action.target_entry) if isinstance(action, LedgerEntryRedacted) else None
    )
    if target is not None and isinstance(action, LedgerEntryRedacted):
        gone = covered(load_slots(desk.slots(target.index)), action.fields)
        for path, digest, _ in copies.named(target):
            if any(slot.path.startswith(f"{path}.") for slot in gone):
                yield digest


_EMPTY_DOCUMENT: Final = "UPDATE document SET content = %s, size = 0, removed = %s WHERE sha256 = %s"
_DRAFTS: Final = "SELECT id, form FROM draft"
_REPLACE_DRAFT: Final = "UPDATE draft SET form = %s WHERE id = %s"


def _remove_from_drafts(desk: Desk, texts: Collection[str]) -> None:
    changed = [
        (orjson.dumps(_without(orjson.loads(form), texts)).decode(), name)
        for name, form in desk.query(_DRAFTS, ())
        if holds(form.encode(), texts)
    ]
    if changed:
        desk.write(_REPLACE_DRAFT, changed)


def _without(value: Json, texts: Collection[str]) -> Json:
    if isinstance(value, dict):
        return {name: _without(held, texts) for name, held in value.items()}
    if isinstance(value, list):
        return [_without(held, texts) for held in value]
    if isinstance(value, str):
        for text in texts:
            value = value.replace(text, REMOVED)
    return value


def _elsewhere(engine: Engine, stream: Stream, texts: Collection[str]) -> Iterator[tuple[int, str]]:
    query = select(entry.c.position, disclosure.c.slots).join_from(entry, disclosure)
    query = query.where(entry.c.stream_id == stream.id).order_by(entry.c.position)
    left = MOST_ELSEWHERE
    with reading(engine) as connection:
        for position, slots in connection.execute(query):
            for slot in load_slots(slots):
                if left and slot.disclosure is not None and _says(value_of(slot.disclosure), texts):
                    left -= 1
                    yield position, slot.path


def _says(value: Json, texts: Collection[str]) -> bool:
    return isinstance(value, str) and any(text in value for text in texts)
