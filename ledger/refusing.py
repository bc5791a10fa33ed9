"""What a refusal may say: nothing that only what is kept back would tell.

Rules look at all that is held, embargoed and withheld values too, because two entries must not contradict each other
once everything is public. Whoever is refused learns that there is such a value, never what it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ledger.disclosure import HELD
from ledger.errors import Refused
from ledger.kinds import stated
from ledger.process import History, Moment, Submission, decide
from ledger.streams import Stream
from ledger.structs import Party
from ledger.wire import decode
from ledger.words import N_

NOT_SAID: Final = N_(
    "This does not fit something on record that is not public. Nothing was recorded. Ask whoever recorded that: the "
    "list of what is not shown names them."
)


def seen_by(stream: Stream, rows: Iterable[tuple[bytes, bytes | None]], party: Party) -> History:
    """Return a stream's history as a body may see it: what is public, and what that body kept back itself.

    `rows` are the stored bytes and disclosures of its entries, in the order of the log.
    """
    history, mine = History(stream), _key(party)
    for state, slots in rows:
        shown = decode(state, slots)
        is_own = mine is not None and _key(shown.statement.by.organisation) == mine
        history.add(decode(state, slots, HELD) if is_own else shown)
    return history


def _key(party: Party) -> tuple[str, str] | None:
    scheme, number = stated(party.scheme), stated(party.id)
    return None if scheme is None or number is None else (scheme.casefold(), number.casefold())


def tellable(refusal: Refused, seen: History, submission: Submission, moment: Moment) -> Refused:
    """Return a refusal as it may be said: as it is where what is seen leads to it as well, else without its reason."""
    try:
        decide(seen, submission, moment)
    except Refused as other:
        if str(other) == str(refusal):
            return refusal
    return Refused(NOT_SAID)
