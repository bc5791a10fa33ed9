"""Whose entries an information officer may remove from and disclose: those that their own body answers for."""

from __future__ import annotations

from collections.abc import Iterable

from ledger.actions.ledger import target_of
from ledger.envelope import Statement
from ledger.errors import NotFound
from ledger.process import Submission
from ledger.store import Ledger
from ledger.wire import decode
from web.people.roles import body_of

Body = tuple[str, str]
"""An organisation's scheme and identifier, as `web.people.roles.body_of` returns them."""


def answers_for(bodies: Iterable[Body], statement: Statement) -> bool:
    """Whether any of these organisations recorded an entry, or another recorded it in that organisation's name."""
    named = (body_of(each) for each in (statement.by.organisation, statement.on_behalf_of) if each is not None)
    return not {_folded(each) for each in named if all(each)}.isdisjoint(map(_folded, bodies))


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
    return answers_for([body_of(submission.statement.by.organisation)], found.statement)


def _folded(body: Body) -> Body:
    return body[0].casefold(), body[1].casefold()
