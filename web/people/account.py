"""A person's own account: roles, password, one-time codes, tokens."""

from __future__ import annotations

from typing import Final

from flask import Response, redirect, request, session, url_for

from ledger.database import reading
from ledger.errors import Wrong
from ledger.words import N_
from web.language import voice
from web.people import accounts, codes, sessions
from web.people.access import SIGNED_IN, current, open_to
from web.people.access import people as context
from web.people.accounts import changing
from web.people.blueprint import people
from web.people.entering import chosen_password, form_page
from web.people.roles import ROLES

_SECRET: Final = "code-secret"  # noqa: S105 - the name it has in the session


@people.get("/account")
@open_to(SIGNED_IN)
def account() -> Response:
    """Show one's own account."""
    return _account()


def _account(status: int = 200, **values: object) -> Response:
    held = current().account
    with reading(context().engine) as connection:
        tokens = sessions.tokens_of(connection, held.id)
    return form_page(
        "people/account.html",
        status,
        account=held,
        roles=ROLES,
        tokens=tokens,
        scopes=sessions.SCOPES,
        now=context().clock(),
        **values,
    )


@people.post("/account/password")
@open_to(SIGNED_IN)
def change_password() -> Response:
    """Change the password; every session ends, this one too."""
    held, now = current().account, context().clock()
    try:
        password = chosen_password(request.form)
        with changing(context().engine) as connection:
            accounts.change_password(connection, held, request.form.get("present", ""), password, now)
    except Wrong as wrong:
        return _account(422, error=voice().error(wrong), field="password")
    session.clear()
    return redirect(url_for("people.sign_in"), 303)  # type: ignore[return-value]


@people.post("/account/tokens")
@open_to(SIGNED_IN)
def create_token() -> Response:
    """Make a token, and show its word this once."""
    held, label = current().account, request.form.get("label", "")
    scopes = frozenset(request.form.getlist("scope"))
    try:
        with changing(context().engine) as connection:
            word = sessions.create_token(connection, held.id, label, scopes, context().clock(), actor=held.id)
    except Wrong as wrong:
        return _account(422, error=voice().error(wrong), field="label")
    return _account(word=word)


@people.post("/account/tokens/<entry:number>/revoke")
@open_to(SIGNED_IN)
def revoke_token(number: int) -> Response:
    """End one of one's own tokens."""
    held = current().account
    with changing(context().engine) as connection:
        if number in {each.id for each in sessions.tokens_of(connection, held.id)}:
            sessions.revoke_token(connection, number, context().clock(), actor=held.id)
    return redirect(url_for("people.account"), 303)  # type: ignore[return-value]


@people.get("/account/codes")
@open_to(SIGNED_IN)
def set_up_codes() -> Response:
    """Show a new secret for one-time codes."""
    secret = session.get(_SECRET) or codes.new_secret()
    session[_SECRET] = secret
    return _codes(secret)


def _codes(secret: str, status: int = 200, **values: object) -> Response:
    address = codes.address(secret, current().account.email)
    return form_page("people/set_up_codes.html", status, secret=secret, address=address, **values)


@people.post("/account/codes")
@open_to(SIGNED_IN)
def confirm_codes() -> Response:
    """Ask for codes from now on, once one of them was right; show the recovery codes this once."""
    secret, now = session.get(_SECRET), context().clock()
    if not isinstance(secret, str):
        return redirect(url_for("people.set_up_codes"), 303)  # type: ignore[return-value]
    counter = codes.counter_of(secret, request.form.get("code", "")[:40], now, None)
    if counter is None:
        wrong = voice().words(N_("This code is wrong. Check the clock of your device, and type the newest code."))
        return _codes(secret, 422, error=wrong)
    with changing(context().engine) as connection:
        made = accounts.set_code(connection, current().account.id, secret, counter, now)
    session.pop(_SECRET)
    return form_page("people/recovery_codes.html", codes=made)
