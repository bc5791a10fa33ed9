"""Accounts and what they may do, as rows: made, changed and looked up here, and each change put into the audit."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Engine, delete, insert, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ledger.database import busy, explain, writing
from ledger.errors import Conflict, NotFound, Wrong
from ledger.words import N_
from web import tables
from web.people import codes, passwords
from web.people.roles import ROLES, WITHOUT_ORGANISATION, Grant

INVITED_FOR: Final = timedelta(days=7)
_EMAIL: Final = re.compile(r"[^\s@<>\"',;:\\]{1,64}@[^\s@<>\"',;:\\]{1,190}")
_LONGEST_NAME: Final = 200


@dataclass(frozen=True, slots=True)
class Account:
    """A person who may sign in, with every role they hold."""

    id: int
    email: str
    name: str
    disabled: bool
    has_password: bool
    has_code: bool
    grants: frozenset[Grant]

    def roles(self) -> frozenset[str]:
        """Return the codes of the roles, whatever organisation they are for."""
        return frozenset(each.role for each in self.grants)


def micros(instant: datetime) -> int:
    """Return an aware instant as µs since 1970, UTC, which is how the tables hold it."""
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def instant(micros: int) -> datetime:
    """Return what `micros` was made of."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)


def digest(text: str) -> str:
    """Return what is kept of a random token of ours. It has too many bits to guess, so no slow hash is needed."""
    return hashlib.sha256(text.encode()).hexdigest()


@contextmanager
def changing(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that changes rows, with the database's errors in our own words."""
    try:
        with writing(engine).begin() as connection:
            yield connection
    except PoolTimeout as error:
        raise busy() from error
    except DBAPIError as error:
        raise explain(error.orig or error) from error


EVENTS: Final = {
    "account-created": N_("Account made"),
    "account-disabled": N_("Account shut"),
    "account-enabled": N_("Account opened again"),
    "role-given": N_("Role given"),
    "role-taken": N_("Role taken away"),
    "password-set": N_("Password set"),
    "invited": N_("Invited"),
    "linked": N_("Sign-in elsewhere linked"),
    "codes-set-up": N_("One-time codes set up"),
    "codes-removed": N_("One-time codes removed"),
    "signed-in": N_("Signed in"),
    "signed-out": N_("Signed out"),
    "sign-in-failed": N_("Sign-in failed"),
    "code-failed": N_("One-time code failed"),
    "token-created": N_("Token made"),
    "token-revoked": N_("Token revoked"),
}

DETAILS: Final = {
    "role": N_("Role"),
    "body": N_("Organisation"),
    "scopes": N_("What it may do"),
    "token": N_("Token"),
}
"""What may be noted beside an event -> its label."""
"""What the audit tells of, by code."""


def note(
    connection: Connection, at: datetime, event: str, *, actor: int | None, subject: int | None, **detail: str
) -> None:
    """Put a line into the audit, in the transaction of what it tells. Details hold codes and numbers, no names."""
    if event not in EVENTS:
        raise ValueError(f"the audit has no words for {event}")
    row = {"at": micros(at), "actor": actor, "subject": subject, "event": event, "detail": json.dumps(detail)}
    connection.execute(insert(tables.audit).values(row))


# --- looking up -------------------------------------------------------------------------------------------------------


def by_id(connection: Connection, number: int) -> Account | None:
    """Return an account, disabled or not."""
    return _one(connection, tables.account.c.id == number)


def by_email(connection: Connection, email: str) -> Account | None:
    """Return the account of an e-mail address, however it is spelled."""
    return _one(connection, tables.account.c.email == email.strip().lower())


def by_subject(connection: Connection, subject: str) -> Account | None:
    """Return the account that signs in elsewhere as this issuer and subject."""
    return _one(connection, tables.account.c.subject == subject)


def listed(connection: Connection, limit: int, offset: int = 0) -> list[Account]:
    """Return accounts by their e-mail address."""
    query = select(tables.account).order_by(tables.account.c.email).limit(limit).offset(offset)
    return [_account(connection, row) for row in connection.execute(query).all()]


def known(connection: Connection, email: str) -> Account:
    """Return the account of an e-mail address. Raises `NotFound`."""
    found = by_email(connection, email)
    if found is None:
        raise NotFound(N_("There is no account for %(email)s."), email=email)
    return found


def _one(connection: Connection, condition: Any) -> Account | None:
    row = connection.execute(select(tables.account).where(condition)).first()
    return None if row is None else _account(connection, row)


def _account(connection: Connection, row: Any) -> Account:
    held = connection.execute(select(tables.grant).where(tables.grant.c.account == row.id))
    return Account(
        id=row.id,
        email=row.email,
        name=row.name,
        disabled=bool(row.disabled),
        has_password=row.password is not None,
        has_code=row.code_secret is not None,
        grants=frozenset(Grant(each.role, each.scheme, each.organisation, each.name) for each in held),
    )


# --- making and changing ----------------------------------------------------------------------------------------------


def checked_grant(role: str, scheme: str, organisation: str, name: str) -> Grant:
    """Return a grant. Raises `Wrong` where the role is unknown, or needs an organisation and has none."""
    if role not in ROLES:
        raise Wrong(N_("There is no role %(role)s. There are: %(roles)s."), role=role, roles=", ".join(ROLES))
    parts = [part.strip() for part in (scheme, organisation, name)]
    if role in WITHOUT_ORGANISATION:
        return Grant(role)
    if not all(parts) or any(len(part) > _LONGEST_NAME or not part.isprintable() for part in parts):
        raise Wrong(N_("Say for which organisation: its scheme, its identifier and its name, such as GB-CHC 1234567 …"))
    return Grant(role, *parts)


def create(connection: Connection, email: str, name: str, now: datetime, actor: int | None = None) -> Account:
    """Make an account without any role or way to sign in. Raises `Wrong` or `Conflict`."""
    address, shown = email.strip().lower(), name.strip()
    if not _EMAIL.fullmatch(address) or not address.isprintable():
        raise Wrong(N_("Write an e-mail address, such as name@example.org."))
    if not shown or len(shown) > _LONGEST_NAME or not shown.isprintable():
        raise Wrong(N_("Write the person's name, in at most %(most)s characters."), most=_LONGEST_NAME)
    row = {"email": address, "name": shown, "disabled": 0, "created": micros(now)}
    try:
        number: int = connection.execute(insert(tables.account).values(row).returning(tables.account.c.id)).scalar_one()
    except IntegrityError as error:
        raise Conflict(N_("There is an account for this e-mail address already.")) from error
    note(connection, now, "account-created", actor=actor, subject=number)
    return Account(number, address, shown, disabled=False, has_password=False, has_code=False, grants=frozenset())


def give(connection: Connection, account: int, added: Grant, now: datetime, actor: int | None = None) -> None:
    """Give an account a role; again is no change."""
    held = by_id(connection, account)
    if held is not None and any((each.role, each.body) == (added.role, added.body) for each in held.grants):
        return
    row = {
        "account": account,
        "role": added.role,
        "scheme": added.scheme,
        "organisation": added.organisation,
        "name": added.name,
    }
    connection.execute(insert(tables.grant).values(row))
    note(connection, now, "role-given", actor=actor, subject=account, role=added.role, body="-".join(added.body))


def take(
    connection: Connection, account: int, role: str, body: tuple[str, str], now: datetime, actor: int | None = None
) -> None:
    """Take a role from an account, at once: what it may do is read anew for each request."""
    held = tables.grant.c
    scheme, organisation = body
    connection.execute(
        delete(tables.grant).where(
            held.account == account, held.role == role, held.scheme == scheme, held.organisation == organisation
        )
    )
    note(connection, now, "role-taken", actor=actor, subject=account, role=role, body="-".join(body))


def disable(connection: Connection, account: int, now: datetime, actor: int | None = None) -> None:
    """Shut an account, and end its sessions and tokens with it."""
    _set(connection, account, disabled=1)
    connection.execute(delete(tables.session).where(tables.session.c.account == account))
    connection.execute(update(tables.token).where(tables.token.c.account == account).values(revoked=1))
    note(connection, now, "account-disabled", actor=actor, subject=account)


def enable(connection: Connection, account: int, now: datetime, actor: int | None = None) -> None:
    """Open an account again. Its tokens stay revoked."""
    _set(connection, account, disabled=0)
    note(connection, now, "account-enabled", actor=actor, subject=account)


def set_password(connection: Connection, account: Account, password: str, now: datetime) -> None:
    """Set a password and end every session. Raises `Wrong`."""
    passwords.check(password, account.email)
    _set(connection, account.id, password=passwords.hashed(password))
    connection.execute(delete(tables.session).where(tables.session.c.account == account.id))
    note(connection, now, "password-set", actor=account.id, subject=account.id)


def change_password(connection: Connection, account: Account, present: str, password: str, now: datetime) -> None:
    """Set a password for who knows the present one. Raises `Wrong`."""
    if not password_is_right(connection, account, present):
        raise Wrong(N_("The present password is wrong."))
    set_password(connection, account, password, now)


def link(connection: Connection, account: int, subject: str, now: datetime) -> None:
    """Let an account sign in elsewhere, as this issuer and subject."""
    _set(connection, account, subject=subject)
    note(connection, now, "linked", actor=account, subject=account)


def is_linked(connection: Connection, account: int) -> bool:
    """Whether an account signs in elsewhere already, as somebody."""
    query = select(tables.account.c.subject).where(tables.account.c.id == account)
    return connection.execute(query).scalar() is not None


def set_code(connection: Connection, account: int, secret: str, counter: int, now: datetime) -> list[str]:
    """Ask for one-time codes from now on; return the recovery codes, which are shown once."""
    _set(connection, account, code_secret=secret, code_used=counter)
    made = codes.new_recovery_codes()
    connection.execute(delete(tables.recovery).where(tables.recovery.c.account == account))
    connection.execute(insert(tables.recovery), [{"account": account, "digest": digest(code)} for code in made])
    note(connection, now, "codes-set-up", actor=account, subject=account)
    return made


def remove_code(connection: Connection, account: int, now: datetime, actor: int | None = None) -> None:
    """Ask for no one-time codes any more, as for someone who has lost device and recovery codes."""
    _set(connection, account, code_secret=None, code_used=None)
    connection.execute(delete(tables.recovery).where(tables.recovery.c.account == account))
    note(connection, now, "codes-removed", actor=actor, subject=account)


def code_is_right(connection: Connection, account: int, typed: str, now: datetime) -> bool:
    """Whether a one-time code or a recovery code is right; either is used up by this."""
    row = connection.execute(select(tables.account).where(tables.account.c.id == account)).one()
    counter = codes.counter_of(row.code_secret, typed, now, row.code_used)
    if counter is not None:
        _set(connection, account, code_used=counter)
        return True
    held = tables.recovery.c
    used = connection.execute(
        delete(tables.recovery).where(held.account == account, held.digest == digest(typed.strip().lower()))
    )
    return used.rowcount == 1


def password_is_right(connection: Connection, account: Account | None, password: str) -> bool:
    """Whether a password is the account's; takes as long where there is no account."""
    kept = (
        None
        if account is None
        else connection.execute(select(tables.account.c.password).where(tables.account.c.id == account.id)).scalar()
    )
    return passwords.matches(kept, password)


def _set(connection: Connection, account: int, **values: Any) -> None:
    connection.execute(update(tables.account).where(tables.account.c.id == account).values(**values))


# --- invitations ------------------------------------------------------------------------------------------------------


def invite(connection: Connection, account: int, now: datetime, actor: int | None = None) -> str:
    """Return a word that lets its holder choose the account's password, once, within `INVITED_FOR`."""
    word = secrets.token_urlsafe(32)
    connection.execute(delete(tables.invitation).where(tables.invitation.c.account == account))
    row = {"digest": digest(word), "account": account, "expires": micros(now + INVITED_FOR)}
    connection.execute(insert(tables.invitation).values(row))
    note(connection, now, "invited", actor=actor, subject=account)
    return word


def invited(connection: Connection, word: str, now: datetime) -> Account | None:
    """Return the account that a word of invitation is for; None where it is wrong, used or too old."""
    held = tables.invitation.c
    query = select(held.account).where(held.digest == digest(word), held.expires >= micros(now))
    number = connection.execute(query).scalar()
    found = None if number is None else by_id(connection, number)
    return None if found is None or found.disabled else found


def accept(connection: Connection, word: str, password: str, now: datetime) -> Account | None:
    """Use up an invitation and set the password; None as `invited`. Raises `Wrong` for a poor password."""
    found = invited(connection, word, now)
    if found is not None:
        set_password(connection, found, password, now)
        connection.execute(delete(tables.invitation).where(tables.invitation.c.account == found.id))
    return found


# --- the audit --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Audited:
    """One line of the audit. `at` is aware, UTC."""

    at: datetime
    actor: int | None
    subject: int | None
    event: str
    detail: dict[str, str]


def audited(connection: Connection, limit: int, offset: int = 0) -> Sequence[Audited]:
    """Return the newest lines of the audit."""
    rows = connection.execute(select(tables.audit).order_by(tables.audit.c.id.desc()).limit(limit).offset(offset))
    return [Audited(instant(row.at), row.actor, row.subject, row.event, json.loads(row.detail)) for row in rows]
