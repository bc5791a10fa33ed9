"""The one place of the forms that writes to the record, and the look at an entry before it is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeVar, cast

from flask import current_app
from sqlalchemy import select

from ledger.actions.ledger import LedgerEntryRedacted
from ledger.clock import england_and_wales
from ledger.database import reading, scrub
from ledger.disclosure import HELD
from ledger.process import Moment, Recorded, Submission, decide
from ledger.store import Desk, Ledger, new_salt
from ledger.wire import decode, encode
from projections import entries
from projections.entries import EntryView
from web.people.access import people
from web.people.accounts import micros
from web.state import state
from web.tables import request as table

T = TypeVar("T")
_KEY: Final = "candour-recording"

_FIND: Final = "SELECT position FROM recorded_request WHERE account = %s AND key = %s"
_NOTE: Final = "INSERT INTO recorded_request (account, key, digest, position, at) VALUES (%s, %s, %s, %s, %s)"
_DISCARD: Final = "DELETE FROM draft WHERE id = %s AND account = %s"


class Moved(Exception):
    """The stream holds other entries than whoever records has seen. Nothing was recorded."""


def store() -> Ledger:
    """Return the ledger of this application, which remembers histories between requests."""
    extensions = current_app.extensions
    if _KEY not in extensions:
        extensions.setdefault(_KEY, Ledger(state().engine, clock=people().clock))
    return cast("Ledger", extensions[_KEY])


def provisional(submission: Submission) -> EntryView:
    """Return the entry that a submission would become, exactly as the public would see it. Raises `Refused`."""
    held = store().history(submission.stream, HELD)
    concerned = submission.statement.concerned_streams()
    unknown = frozenset(each for each in concerned if store().history(each).version == 0)
    moment = Moment(store().head().size, people().clock(), england_and_wales(), unknown)
    encoded = encode(decide(held, submission, moment), new_salt)
    return entries.preview(decode(encoded.state, encoded.slots), store().history(submission.stream))


def record_draft(submission: Submission, account: int, draft_id: str, digest: str, seen: int) -> int:
    """Record what a draft says, once, and discard the draft, all in one transaction; return the entry's number.

    `seen` is how many entries of the stream whoever records has seen. Raises `Moved`, and the errors of
    `Ledger.record`. Sent again, it records nothing and returns the same number.
    """
    key = f"draft/{draft_id}"

    def work(desk: Desk) -> int:
        earlier = _position(desk.query(_FIND, [account, key]))
        if earlier is not None:
            return earlier
        if desk.history(submission.stream).version != seen:
            raise Moved
        made = desk.record(submission)
        desk.write(_NOTE, [[account, key, digest, made.index, micros(desk.recorded)]])
        desk.write(_DISCARD, [[draft_id, account]])
        return made.index

    return _recorded(work, [submission])


def record_rows(submissions: Sequence[Submission], account: int, key: str, digest: str) -> Sequence[int]:
    """Record the rows of one file, all or none, once; return the numbers of the entries, none where it was done."""

    def work(desk: Desk) -> list[int]:
        if _position(desk.query(_FIND, [account, key])) is not None:
            return []
        made: list[Recorded] = [desk.record(each) for each in submissions]
        desk.write(_NOTE, [[account, key, digest, made[0].index, micros(desk.recorded)]])
        return [each.index for each in made]

    return _recorded(work, submissions)


def _recorded(work: Callable[[Desk], T], submissions: Sequence[Submission]) -> T:
    answer = store().record_with(work)
    if any(isinstance(each.action, LedgerEntryRedacted) for each in submissions):
        scrub(state().engine)
    return answer


def _position(rows: Sequence[Sequence[int]]) -> int | None:
    return rows[0][0] if rows else None


def position_of(account: int, draft_id: str) -> int | None:
    """Return the number of the entry that a draft became."""
    asked = table.c.account == account, table.c.key == f"draft/{draft_id}"
    with reading(state().engine) as connection:
        return connection.scalar(select(table.c.position).where(*asked))
