"""The one place of the forms that writes to the record, and the look at an entry before it is written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, cast

from flask import current_app
from sqlalchemy import select

from ledger.actions.ledger import LedgerEntryRedacted
from ledger.database import reading
from ledger.disclosure import load_slots
from ledger.errors import Invalid, Refused
from ledger.kinds import Entity, Undisclosed
from ledger.process import Recorded, Submission
from ledger.store import Desk, Ledger
from ledger.streams import Stream
from ledger.vocabulary import Action, Field, fields_of
from projections import entries
from projections.entries import EntryView
from web import recording
from web.forgetting import redact
from web.people.access import people
from web.people.roles import body_of
from web.record.table import Fault, Unusable
from web.recording import Once
from web.soundness import require_sound
from web.state import state
from web.tables import request as table

_KEY: Final = "candour-recording"

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
    return entries.preview(*recording.preview(store(), submission))


def record_draft(submission: Submission, account: int, draft_id: str, digest: str, seen: int) -> int:
    """Record what a draft says, once, and discard the draft, all in one transaction; return the entry's number.

    `seen` is how many entries of the stream whoever records has seen. Raises `Moved`, `ReadOnly`, and the errors
    of `recording.record`. Sent again, it records nothing and returns the same number.
    """
    require_sound(state().public_dir)
    once = Once(account, _key_of(draft_id), digest)

    def note(desk: Desk, made: Recorded) -> None:
        if made.version - 1 != seen:
            raise Moved
        recording.remember(desk, made, once)
        desk.write(_DISCARD, [[draft_id, account]])

    def work(desk: Desk) -> int:
        earlier = recording.known(desk, once)
        if earlier is not None:
            return earlier
        if desk.history(submission.stream).version != seen:
            raise Moved
        made = desk.record(submission)
        note(desk, made)
        return made.index

    if isinstance(submission.action, LedgerEntryRedacted):
        # Sent twice, the second is refused: its key is noted already, and all of it is undone.
        return redact(store(), state().engine, submission, note).entry.index
    return store().record_with(work)


class _Tried(Exception):
    """What recording a table would do: how many of its entries are new, how many on record already."""

    def __init__(self, new: int, known: int) -> None:
        super().__init__(new, known)
        self.new, self.known = new, known


def try_table(ledger: Ledger, lines: Sequence[tuple[Submission, list[int]]]) -> tuple[int, int]:
    """Return how many entries `record_table` would make, and how many lines are known. Raises `Unusable`."""
    try:
        _over(ledger, lines, trial=True)
    except _Tried as tried:
        return tried.new, tried.known
    return 0, len(lines)


def record_table(ledger: Ledger, lines: Sequence[tuple[Submission, list[int]]]) -> tuple[list[int], int]:
    """Record what the lines of a table mean, all or none; return the new entries' numbers, and how many were known.

    What stands on record already in the same words is not recorded again, so a table can be handed in again when it
    has grown. Raises `Unusable` with every line that is refused.
    """
    return _over(ledger, lines, trial=False)


def _over(ledger: Ledger, lines: Sequence[tuple[Submission, list[int]]], *, trial: bool) -> tuple[list[int], int]:
    def work(desk: Desk) -> tuple[list[int], int]:
        held = {_whose(each): _standing(desk, *_whose(each)) for each, _ in lines}
        made: list[int] = []
        faults: list[Fault] = []
        known = 0
        for submission, numbers in lines:
            if _take(held[_whose(submission)], submission):
                known += 1
                continue
            try:
                made.append(desk.record(submission).index)
            except (Refused, Invalid) as refusal:
                faults.append(Fault(numbers[0], "", refusal))
        if faults:
            raise Unusable(faults)
        if trial:
            raise _Tried(len(made), known)
        return made, known

    return ledger.record_with(work)


def _whose(submission: Submission) -> tuple[Stream, tuple[str, str]]:
    return submission.stream, body_of(submission.statement.by.organisation)


def _standing(desk: Desk, stream: Stream, body: tuple[str, str]) -> list[Action]:
    """Return what stands in a stream and may be compared with: not what another body keeps back, found by trying."""
    own = [each for each in desk.history(stream).standing() if each.stream == stream]
    return [each.action for each in own if body_of(each.statement.by.organisation) == body or _is_public(desk, each)]


def _is_public(desk: Desk, entry: Recorded) -> bool:
    slots = load_slots(desk.slots(entry.index))
    return not any(each.state in {"embargoed", "withheld"} for each in slots if each.path != "account")


def _take(held: list[Action], submission: Submission) -> bool:
    """Take the entry that says the same out of those held, if there is one: each line stands for one entry."""
    place = next((number for number, each in enumerate(held) if _says_the_same(each, submission.action)), None)
    if place is not None:
        del held[place]
    return place is not None


def _says_the_same(held: Action, wanted: Action) -> bool:
    """Whether an entry on record says what is handed in, but for ids that the ledger gave and text that was removed."""
    return type(held) is type(wanted) and all(
        _is_same(each, getattr(held, each.name), getattr(wanted, each.name)) for each in fields_of(type(wanted))
    )


def _is_same(each: Field, held: object, wanted: object) -> bool:
    given_by_the_ledger = wanted is None and isinstance(each.kind, Entity) and each.kind.role != "refers"
    return held == wanted or given_by_the_ledger or isinstance(held, Undisclosed)


def _key_of(draft_id: str) -> str:
    return f"draft/{draft_id}"


def position_of(account: int, draft_id: str) -> int | None:
    """Return the number of the entry that a draft became."""
    asked = table.c.account == account, table.c.key == _key_of(draft_id)
    with reading(state().engine) as connection:
        return connection.scalar(select(table.c.position).where(*asked))
