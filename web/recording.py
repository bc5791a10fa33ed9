"""Recording what comes from outside: the one way of the command and of the API, once for each idempotency key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine

from ledger.actions.ledger import LedgerEntryRedacted, SigningKeyRotated
from ledger.errors import Invalid, Refused, Wrong
from ledger.kinds import Json
from ledger.process import History, Recorded, Submission
from ledger.schema import load_submission
from ledger.store import Desk, Ledger, new_salt
from ledger.vocabulary import Action
from ledger.wire import decode, encode
from ledger.words import N_
from web import forgetting
from web.people.accounts import micros

_OF_THE_SITE: Final = Wrong(N_("Leave this out: who is signed in is known here."))


@dataclass(frozen=True, slots=True)
class Once:
    """What makes a request safe to send again: whose it is, the key it came under, and the digest of what was sent."""

    account: int
    key: str
    digest: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """The entry that was made; `repeated` where an earlier request under the same key had made it."""

    recorded: Recorded
    repeated: bool


class OtherContent(Exception):
    """An idempotency key came again with something else. Nothing was recorded."""


def read(raw: Json, account: str | None = None) -> Submission:
    """Return the submission that input means, signed with an account where somebody is known. Raises `Invalid`."""
    if account is None or not isinstance(raw, Mapping):
        return load_submission(raw)
    if "account" not in raw:
        return load_submission({**raw, "account": account})
    try:
        load_submission({**raw, "account": account})
    except Invalid as error:
        raise Invalid({**error.problems, "account": (_OF_THE_SITE,)}) from error
    raise Invalid({"account": (_OF_THE_SITE,)})


def require_changes_no_key(kind: type[Action] | None) -> None:
    """Raise `Refused` for a change of the log's key: an entry alone would leave a log that cannot be signed.

    Who may record which kind in a browser or by a program is told by `web.people.roles`; this is for the commands.
    """
    if kind is SigningKeyRotated:
        raise Refused(N_("A change of the log's key is recorded by candour key rotate, which has both keys sign it."))


def record(store: Ledger, engine: Engine, submission: Submission, once: Once | None = None) -> Receipt:
    """Record, or return the entry that the same request has made before. Key and entry are stored together or not.

    A redaction also removes the values wherever this site holds them.

    Raises:
        OtherContent: The key was used for another request.
        Refused, Invalid, Conflict, Unavailable, Corrupt: As `Ledger.record`.
    """
    if isinstance(submission.action, LedgerEntryRedacted):
        return _redact(store, engine, submission, once)
    if once is None:
        return Receipt(store.record(submission), repeated=False)
    made = store.record_with(lambda desk: _record_once(desk, submission, once))
    if isinstance(made, Recorded):
        return Receipt(made, repeated=False)
    return Receipt(decode(*store.entry(made)), repeated=True)


def _redact(store: Ledger, engine: Engine, submission: Submission, once: Once | None) -> Receipt:
    if once is None:
        return Receipt(forgetting.redact(store, engine, submission).entry, repeated=False)
    earlier = store.record_with(lambda desk: known(desk, once))
    if earlier is not None:
        return Receipt(decode(*store.entry(earlier)), repeated=True)
    removed = forgetting.redact(store, engine, submission, lambda desk, made: remember(desk, made, once))
    return Receipt(removed.entry, repeated=False)


def _record_once(desk: Desk, submission: Submission, once: Once) -> Recorded | int:
    earlier = known(desk, once)
    if earlier is not None:
        return earlier
    made = desk.record(submission)
    remember(desk, made, once)
    return made


def known(desk: Desk, once: Once) -> int | None:
    """Return the entry that the same request has made before. Raises `OtherContent`."""
    for digest, position in desk.query(_KNOWN, (once.account, once.key)):
        if digest != once.digest:
            raise OtherContent
        return int(position)
    return None


def remember(desk: Desk, made: Recorded, once: Once) -> None:
    """Put down what a request has made, in the transaction that makes it."""
    desk.write(_REMEMBER, [(once.account, once.key, once.digest, made.index, micros(made.recorded))])


_KNOWN: Final = "SELECT digest, position FROM recorded_request WHERE account = %s AND key = %s"
_REMEMBER: Final = "INSERT INTO recorded_request (account, key, digest, position, at) VALUES (%s, %s, %s, %s, %s)"


class _NotKept(Exception):
    """Ends a transaction in which something was only tried."""


def preview(store: Ledger, submission: Submission) -> tuple[Recorded, History]:
    """Return the entry that recording would make, as the public would see it, and what the public sees before it.

    Nothing is stored. Errors as `record`.
    """
    tried: list[Recorded] = []

    def work(desk: Desk) -> None:
        tried[:] = [desk.record(submission)]
        raise _NotKept

    try:
        store.record_with(work)
    except _NotKept:
        encoded = encode(tried[0], new_salt)
        return decode(encoded.state, encoded.slots), store.history(submission.stream)
    raise AssertionError("what is only tried never ends by itself")
