"""What a redaction removes besides the disclosures of its entry: every copy that the database keeps beside the record.

    imported_release    the private texts of the releases that the process's entries came of
    import_difference   the documents in which such a text stands; each goes as a whole, since its name is its digest
    quarantined         what could not be taken in, and the words that quote it

All of it is written in the transaction of the redaction, so there is no moment at which one is done without the other.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection
from typing import Final, cast

import orjson

from ledger.actions.ledger import ExternalReleaseImported, LedgerEntryRedacted
from ledger.disclosure import covered, load_slots, value_of
from ledger.kinds import Json, stated
from ledger.ocds.removing import LEAST, REMOVED, without
from ledger.process import History
from ledger.sequencer import Transaction
from ledger.vocabulary import Action, kind_at


def texts_of(kind: type[Action], slots: bytes | None, fields: Collection[str]) -> frozenset[str]:
    """Return the texts, of those fields of an entry of a kind, that must be found nowhere once they are redacted.

    Only what can be about people or be free text counts: a code or a day, hidden with the rest of an entry that is not
    public, stands in many other places by right.
    """
    held = [each for each in covered(load_slots(slots), fields) if each.disclosure is not None]
    values = [value_of(cast("str", each.disclosure)) for each in held if _is_private(kind, each.path)]
    return frozenset(each for each in values if isinstance(each, str))


def _is_private(kind: type[Action], path: str) -> bool:
    group, _, inside = path.partition(".")
    return group != "data" or kind_at(kind, inside).private


def remove_copies(transaction: Transaction, history: History, action: LedgerEntryRedacted) -> None:
    """Write, beside the redaction's entry, that no copy of the removed texts is left. `history` is its stream's."""
    target = history.own(action.target_entry)
    if target is None:
        return
    texts = texts_of(type(target.action), transaction.slots(action.target_entry), action.fields)
    _remove_from_releases(transaction, history, texts)
    distinct = frozenset(each for each in texts if len(each) >= LEAST)
    if distinct:
        _remove_differences(transaction, history, distinct)
        _remove_from_quarantine(transaction, distinct)


_RELEASES: Final = "SELECT facts, publisher, ocid, release_id, sha256 FROM imported_release WHERE reference = %s"
_REPLACE_RELEASE: Final = (
    "UPDATE imported_release SET facts = %s WHERE publisher = %s AND ocid = %s AND release_id = %s AND sha256 = %s"
)
_DIFFERENCE: Final = "SELECT content FROM import_difference WHERE sha256 = %s"
_EMPTY_DIFFERENCE: Final = "UPDATE import_difference SET content = %s WHERE sha256 = %s"
_QUARANTINED: Final = "SELECT number, raw, parameters FROM quarantined"
_REPLACE_QUARANTINED: Final = "UPDATE quarantined SET raw = %s, parameters = %s, complete = 0 WHERE number = %s"


def _remove_from_releases(transaction: Transaction, history: History, texts: Collection[str]) -> None:
    if history.stream.kind != "process":
        return
    rows = transaction.query(_RELEASES, (history.stream.reference,))
    changed = [(left, *row[1:]) for row in rows if (left := without(row[0], texts)) is not None]
    if changed:
        transaction.beside.append((_REPLACE_RELEASE, changed))


def _remove_differences(transaction: Transaction, history: History, texts: Collection[str]) -> None:
    documents = [stated(each.difference) for each in history.actions(ExternalReleaseImported)]
    digests = {digest for each in documents if each is not None and (digest := stated(each.sha256)) is not None}
    emptied = [
        (b"", digest)
        for digest in sorted(digests)
        for (content,) in transaction.query(_DIFFERENCE, (digest,))
        if content and holds(zlib.decompress(content), texts)
    ]
    if emptied:
        transaction.beside.append((_EMPTY_DIFFERENCE, emptied))


def _remove_from_quarantine(transaction: Transaction, texts: Collection[str]) -> None:
    gone = zlib.compress(REMOVED.encode())
    changed = [
        (gone, _without_quotes(parameters, texts), number)
        for number, raw, parameters in transaction.query(_QUARANTINED, ())
        if holds(zlib.decompress(raw), texts) or holds(parameters.encode(), texts)
    ]
    if changed:
        transaction.beside.append((_REPLACE_QUARANTINED, changed))


def _without_quotes(parameters: str, texts: Collection[str]) -> str:
    held: dict[str, Json] = orjson.loads(parameters)
    left = {name: REMOVED if holds(orjson.dumps(value), texts) else value for name, value in held.items()}
    return orjson.dumps(left).decode()


def holds(content: bytes, texts: Collection[str]) -> bool:
    """Whether JSON, or what was meant to be JSON, holds one of the texts: as it is, or written with escapes."""
    try:
        content = orjson.dumps(orjson.loads(content))
    except orjson.JSONDecodeError:
        return any(form in content for text in texts for form in (text.encode(), orjson.dumps(text)[1:-1]))
    return any(orjson.dumps(text)[1:-1] in content for text in texts)
