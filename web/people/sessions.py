"""Sessions and API tokens: random words that stand for an account until they are ended.

Both are rows, so that signing out, disabling an account or revoking a token works at the next request, wherever a copy
of the word is.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, delete, insert, select, update

from ledger.errors import NotFound, Wrong
from ledger.words import N_
from web import tables
from web.people.accounts import Account, by_id, digest, instant, micros, note

IDLE: Final = timedelta(minutes=30)
LONGEST: Final = timedelta(hours=10)
"""A session ends after a working day, however much it is used."""

_SEEN_AGAIN: Final = timedelta(minutes=1)
"""How often a session's row is written: reading a page is no reason to take the write lock each time."""

SCOPES: Final = {
    "read": N_("Read what the account may read"),
    "record": N_("Record as the account may"),
}
TOKEN_LIFE: Final = timedelta(days=365)
PREFIX: Final = "candour_"
"""Tokens begin so, in order that programs which look for leaked secrets know them."""


def begin(connection: Connection, account: int, now: datetime) -> str:
    """Begin a session and return its word."""
    word = secrets.token_urlsafe(32)
    _forget_old(connection, now)
    row = {"digest": digest(word), "account": account, "began": micros(now), "seen": micros(now)}
    connection.execute(insert(tables.session).values(row))
    note(connection, now, "signed-in", actor=account, subject=account)
    return word


def holder(connection: Connection, word: str, now: datetime) -> Account | None:
    """Return whose session it is; None where it has ended."""
    row = connection.execute(select(tables.session).where(tables.session.c.digest == digest(word))).first()
    if row is None or row.seen < micros(now - IDLE) or row.began < micros(now - LONGEST):
        return None
    found = by_id(connection, row.account)
    return None if found is None or found.disabled else found


def is_due(connection: Connection, word: str, now: datetime) -> bool:
    """Whether the session's last use was long enough ago to be written down anew."""
    seen = connection.execute(select(tables.session.c.seen).where(tables.session.c.digest == digest(word))).scalar()
    return seen is not None and seen < micros(now - _SEEN_AGAIN)


def see(connection: Connection, word: str, now: datetime) -> None:
    """Write down that a session was used."""
    connection.execute(update(tables.session).where(tables.session.c.digest == digest(word)).values(seen=micros(now)))


def end(connection: Connection, word: str, account: int, now: datetime) -> None:
    """End a session."""
    connection.execute(delete(tables.session).where(tables.session.c.digest == digest(word)))
    note(connection, now, "signed-out", actor=account, subject=account)


def _forget_old(connection: Connection, now: datetime) -> None:
    connection.execute(delete(tables.session).where(tables.session.c.began < micros(now - LONGEST)))


# --- tokens -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it is listed. Its word is shown once, when it is made. Instants are aware, UTC."""

    id: int
    account: int
    label: str
    scopes: frozenset[str]
    created: datetime
    expires: datetime
    revoked: bool


def create_token(
    connection: Connection, account: int, label: str, scopes: frozenset[str], now: datetime, actor: int | None = None
) -> str:
    """Make a token for programs and return its word. Raises `Wrong`."""
    if not scopes or not scopes <= SCOPES.keys():
        raise Wrong(N_("Choose what the token may do: %(scopes)s."), scopes=", ".join(SCOPES))
    if not label.strip() or len(label) > 100 or not label.isprintable():  # noqa: PLR2004 - a label
        raise Wrong(N_("Give the token a name of at most 100 characters, so that you know it again."))
    word = PREFIX + secrets.token_urlsafe(32)
    number = connection.execute(
        insert(tables.token)
        .values(
            account=account,
            digest=digest(word),
            label=label.strip(),
            scopes=" ".join(sorted(scopes)),
            created=micros(now),
            expires=micros(now + TOKEN_LIFE),
            revoked=0,
        )
        .returning(tables.token.c.id)
    ).scalar_one()
    note(connection, now, "token-created", actor=actor, subject=account, token=str(number), scopes=" ".join(scopes))
    return word


def token_holder(connection: Connection, word: str, now: datetime) -> tuple[Account, frozenset[str]] | None:
    """Return whose token it is and what it may do; None where it is wrong, revoked, too old, or its account shut."""
    held = tables.token.c
    query = select(tables.token).where(held.digest == digest(word), held.revoked == 0, held.expires >= micros(now))
    row = connection.execute(query).first()
    found = None if row is None else by_id(connection, row.account)
    return None if row is None or found is None or found.disabled else (found, frozenset(row.scopes.split()))


def tokens_of(connection: Connection, account: int) -> list[Token]:
    """Return an account's tokens, the newest first."""
    query = select(tables.token).where(tables.token.c.account == account).order_by(tables.token.c.id.desc())
    return [_token(row) for row in connection.execute(query)]


def revoke_token(connection: Connection, number: int, now: datetime, actor: int | None = None) -> None:
    """End a token. Raises `NotFound`."""
    account = connection.execute(select(tables.token.c.account).where(tables.token.c.id == number)).scalar()
    if account is None:
        raise NotFound(N_("There is no token %(number)s."), number=number)
    connection.execute(update(tables.token).where(tables.token.c.id == number).values(revoked=1))
    note(connection, now, "token-revoked", actor=actor, subject=account, token=str(number))


def _token(row: Any) -> Token:
    return Token(
        id=row.id,
        account=row.account,
        label=row.label,
        scopes=frozenset(row.scopes.split()),
        created=instant(row.created),
        expires=instant(row.expires),
        revoked=bool(row.revoked),
    )
