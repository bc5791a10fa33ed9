"""Drafts: what somebody has begun to record. Nobody else sees one, and it can be erased."""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, delete, func, insert, select, update

from ledger.errors import Wrong
from ledger.words import N_
from web.people.accounts import instant, micros
from web.record.forms import Form
from web.tables import draft as table

MOST_DRAFTS: Final = 100
"""One account's; a bound on what it can store, far above what anybody has open."""

ID: Final = re.compile(r"[A-Za-z0-9_-]{20,40}", re.ASCII)
_NOT_KEPT: Final = frozenset({"csrf_token", "do", "draft"})


@dataclass(frozen=True, slots=True)
class Draft:
    """A form as it was left. `version` is how many entries its stream held when it was begun."""

    id: str
    account: int
    kind: str
    stream: str
    version: int
    form: dict[str, list[str]]
    changed: datetime


def new_id() -> str:
    """Return the id of a new draft. It also keeps a form that is sent twice from being recorded twice."""
    return secrets.token_urlsafe(18)


def kept(form: Form) -> dict[str, list[str]]:
    """Return what of a form is worth keeping: all but empty answers and what steers the form itself."""
    return {
        name: [text for text in texts if text]
        for name, texts in form.items()
        if name not in _NOT_KEPT and any(text for text in texts)
    }


def save(connection: Connection, made: Draft) -> None:
    """Keep a draft, in the place of an earlier state of the same. Raises `Wrong`."""
    values = {
        "kind": made.kind,
        "stream": made.stream,
        "version": made.version,
        "form": json.dumps(made.form, ensure_ascii=False),
        "changed": micros(made.changed),
    }
    mine = (table.c.id == made.id, table.c.account == made.account)
    if connection.execute(update(table).where(*mine).values(values)).rowcount:
        return
    if (connection.scalar(select(func.count()).where(table.c.account == made.account)) or 0) >= MOST_DRAFTS:
        raise Wrong(N_("You have %(most)s drafts. Record or discard one of them first."), most=MOST_DRAFTS)
    connection.execute(insert(table).values(values | {"id": made.id, "account": made.account}))


def one(connection: Connection, account: int, draft_id: str) -> Draft | None:
    """Return one of an account's drafts."""
    query = select(table).where(table.c.id == draft_id, table.c.account == account)
    row = connection.execute(query).one_or_none()
    return None if row is None else _draft(row)


def of_account(connection: Connection, account: int) -> list[Draft]:
    """Return an account's drafts, the one that was last changed first."""
    query = select(table).where(table.c.account == account).order_by(table.c.changed.desc(), table.c.id)
    return [_draft(row) for row in connection.execute(query)]


def discard(connection: Connection, account: int, draft_id: str) -> None:
    """Erase a draft."""
    connection.execute(delete(table).where(table.c.id == draft_id, table.c.account == account))


def _draft(row: Any) -> Draft:
    form = json.loads(row.form)
    return Draft(row.id, row.account, row.kind, row.stream, row.version, form, instant(row.changed))
