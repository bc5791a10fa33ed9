"""Looking after accounts: who has which role, invitations, shutting an account, the audit."""

from __future__ import annotations

from typing import Final

from flask import Response, abort, redirect, request, url_for
from sqlalchemy import func, select

from ledger.database import reading
from ledger.errors import CandourError, Conflict, Wrong
from web import tables
from web.language import voice
from web.people import accounts
from web.people.access import current, open_to
from web.people.access import people as context
from web.people.accounts import Account, changing
from web.people.blueprint import people
from web.people.entering import form_page
from web.people.roles import ADMINISTRATOR, ROLES
from web.public.paging import paging

_ACCOUNTS: Final = 50
_LINES: Final = 100


@people.get("/people/")
@open_to(ADMINISTRATOR)
def everyone() -> Response:
    """List the accounts."""
    return _everyone()


def _everyone(status: int = 200, **values: object) -> Response:
    with reading(context().engine) as connection:
        count = connection.scalar(select(func.count()).select_from(tables.account)) or 0
        part = paging(count, _ACCOUNTS)
        found = accounts.listed(connection, part.size, part.offset)
    return form_page("people/people.html", status, accounts=found, paging=part, roles=ROLES, **values)


@people.post("/people/")
@open_to(ADMINISTRATOR)
def make_account() -> Response:
    """Make an account with one role, and show the address of its invitation this once."""
    form, now, by = request.form, context().clock(), current().account.id
    try:
        with changing(context().engine) as connection:
            role = accounts.checked_grant(
                form.get("role", ""), form.get("scheme", ""), form.get("organisation", ""), form.get("body", "")
            )
            made = accounts.create(connection, form.get("email", ""), form.get("name", ""), now, by)
            accounts.give(connection, made.id, role, now, by)
            word = accounts.invite(connection, made.id, now, by)
    except (Wrong, Conflict) as wrong:
        return _everyone(422, error=voice().error(wrong), typed=form)
    return _everyone(invitation=url_for("people.invitation", word=word, _external=True), invited=made)


@people.get("/people/<entry:number>")
@open_to(ADMINISTRATOR)
def person(number: int) -> Response:
    """Show one account."""
    return _person(_known(number))


def _person(account: Account, status: int = 200, **values: object) -> Response:
    return form_page("people/person.html", status, account=account, roles=ROLES, **values)


def _known(number: int) -> Account:
    with reading(context().engine) as connection:
        found = accounts.by_id(connection, number)
    if found is None:
        abort(404)
    return found


@people.post("/people/<entry:number>/<any(give, take, disable, enable, invite, codes):change>")
@open_to(ADMINISTRATOR)
def change_person(number: int, change: str) -> Response:
    """Give or take a role, shut or open an account, invite anew, or remove lost one-time codes."""
    account, form = _known(number), request.form
    now, by = context().clock(), current().account.id
    word = None
    try:
        with changing(context().engine) as connection:
            match change:
                case "give":
                    role = accounts.checked_grant(
                        form.get("role", ""), form.get("scheme", ""), form.get("organisation", ""), form.get("body", "")
                    )
                    accounts.give(connection, number, role, now, by)
                case "take":
                    body = (form.get("scheme", ""), form.get("organisation", ""))
                    accounts.take(connection, number, form.get("role", ""), body, now, by)
                case "disable":
                    accounts.disable(connection, number, now, by)
                case "enable":
                    accounts.enable(connection, number, now, by)
                case "codes":
                    accounts.remove_code(connection, number, now, by)
                case _:
                    word = accounts.invite(connection, number, now, by)
    except CandourError as wrong:
        return _person(account, 422, error=voice().error(wrong))
    if word is not None:
        return _person(account, invitation=url_for("people.invitation", word=word, _external=True))
    return redirect(url_for("people.person", number=number), 303)  # type: ignore[return-value]


@people.get("/people/audit")
@open_to(ADMINISTRATOR)
def audit() -> Response:
    """Show what was done with accounts, the newest first."""
    with reading(context().engine) as connection:
        part = paging(connection.scalar(select(func.count()).select_from(tables.audit)) or 0, _LINES)
        lines = accounts.audited(connection, part.size, part.offset)
        named = {
            number: found
            for number in {each for line in lines for each in (line.actor, line.subject) if each is not None}
            if (found := accounts.by_id(connection, number)) is not None
        }
    return form_page(
        "people/audit.html",
        lines=lines,
        events=accounts.EVENTS,
        details=accounts.DETAILS,
        roles=ROLES,
        named=named,
        paging=part,
    )
