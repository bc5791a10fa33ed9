"""Whose entries an information officer may remove from and disclose: those that their own body answers for."""

from __future__ import annotations

from ledger.actions.ledger import target_of
from ledger.envelope import Statement
from ledger.errors import NotFound
from ledger.kinds import stated
from ledger.process import Submission
from ledger.store import Ledger
from ledger.structs import Party
from ledger.wire import decode


def answers_for(party: Party, statement: Statement) -> bool:
    """Whether an organisation recorded an entry, or another recorded it in that organisation's name."""
    bodies = (statement.by.organisation, statement.on_behalf_of)
    return _key(party) in {_key(each) for each in bodies if each is not None}


def is_theirs(store: Ledger, submission: Submission) -> bool:
    """Whether whoever removes or discloses values answers for the entry they stand in; True for any other entry.

    A number that is no entry's is left to the rules of the record, which say so.
    """
    target = target_of(submission.action)
    if target is None:
        return True
    try:
        found = decode(*store.entry(target))
    except NotFound:
        return True
    return answers_for(submission.statement.by.organisation, found.statement)


def _key(party: Party) -> tuple[str, str]:
    return (stated(party.scheme) or "").casefold(), (stated(party.id) or "").casefold()
