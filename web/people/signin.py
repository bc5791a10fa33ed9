"""Signing in and out: by password and one-time code, or by an invitation's address the first time."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Final

from flask import Response, abort, redirect, request, session, url_for
from flask_babel import gettext

from ledger.database import reading
from ledger.errors import Wrong
from ledger.words import N_
from web.errors import Unclear
from web.language import voice
from web.people import accounts, sessions, throttle
from web.people.access import ANYONE, SIGNED_IN, WORD, actor, current, not_set_up, open_to
from web.people.access import people as context
from web.people.accounts import Account, changing
from web.people.blueprint import people
from web.people.entering import begin, chosen_password, form_page, go_on, inside
from web.people.oidc import has_provider

_PENDING: Final = "pending"
_PENDING_FOR: Final = timedelta(minutes=5)


def secret() -> str:
    """Return what signs the cookies. Raises `Unclear` (503) where the operator has set nothing."""
    found = context().secret
    if found is None:
        raise not_set_up()
    return found


@people.get("/sign-in")
@open_to(ANYONE)
def sign_in() -> Response:
    """Show the form to sign in."""
    secret()
    if actor() is not None:
        return go_on(request.args.get("next"))
    return form_page("people/sign_in.html", next=inside(request.args.get("next")), provider=has_provider())


@people.post("/sign-in")
@open_to(ANYONE)
def sign_in_with_password() -> Response:
    """Check a password, and ask for a code where the account has one."""
    email, password = request.form.get("email", "")[:300], request.form.get("password", "")
    onward = inside(request.form.get("next"))
    keys = throttle.keys_of(secret(), email, request.remote_addr or "")
    now = context().clock()
    with changing(context().engine) as connection:
        wait = throttle.wait(connection, keys, now)
        if wait > timedelta():
            return _again("people/sign_in.html", _wait(wait), 429, email=email, next=onward)
        account = accounts.by_email(connection, email)
        right = accounts.password_is_right(connection, account, password)
        if not right or account is None or account.disabled:
            throttle.failed(connection, keys, now)
            accounts.note(
                connection, now, "sign-in-failed", actor=None, subject=None if account is None else account.id
            )
            return _again("people/sign_in.html", _wrong(), 422, email=email, next=onward)
        throttle.succeeded(connection, keys)
    session.clear()
    if account.has_code:
        session[_PENDING] = [account.id, now.timestamp()]
        return redirect(url_for("people.code", next=onward))  # type: ignore[return-value]
    return begin(account, onward)


def _wrong() -> str:
    return voice().words(
        N_("The e-mail address or the password is wrong. Check both, or ask an administrator for a new invitation.")
    )


def _wait(wait: timedelta) -> str:
    seconds = math.ceil(wait.total_seconds())
    return voice().words(
        N_("There were too many attempts from where you are. Try again in %(seconds)s seconds."), seconds=seconds
    )


def _again(template: str, error: str, status: int, **values: object) -> Response:
    return form_page(template, status, error=error, provider=has_provider(), **values)


@people.get("/sign-in/code")
@open_to(ANYONE)
def code() -> Response:
    """Ask for the one-time code."""
    secret()
    if _pending() is None:
        return redirect(url_for("people.sign_in"))  # type: ignore[return-value]
    return form_page("people/code.html", next=inside(request.args.get("next")))


@people.post("/sign-in/code")
@open_to(ANYONE)
def sign_in_with_code() -> Response:
    """Check the one-time code, or a recovery code."""
    waiting = _pending()
    if waiting is None:
        return redirect(url_for("people.sign_in"))  # type: ignore[return-value]
    onward, typed = inside(request.form.get("next")), request.form.get("code", "")[:40]
    keys = throttle.keys_of(secret(), f"code {waiting}", request.remote_addr or "")
    now = context().clock()
    with changing(context().engine) as connection:
        wait = throttle.wait(connection, keys, now)
        if wait > timedelta():
            return _again("people/code.html", _wait(wait), 429, next=onward)
        account = accounts.by_id(connection, waiting)
        if account is None or account.disabled or not account.has_code:
            abort(403)
        if not accounts.code_is_right(connection, account.id, typed, now):
            throttle.failed(connection, keys, now)
            accounts.note(connection, now, "code-failed", actor=None, subject=account.id)
            wrong = voice().words(N_("This code is wrong, or was used already. Wait for the next one and type it."))
            return _again("people/code.html", wrong, 422, next=onward)
        throttle.succeeded(connection, keys)
    return begin(account, onward)


def _pending() -> int | None:
    """Return whose password was right a moment ago in this browser."""
    match session.get(_PENDING):
        case [int(account), float(since)] if context().clock().timestamp() - since < _PENDING_FOR.total_seconds():
            return account
        case _:
            return None


@people.post("/sign-out")
@open_to(SIGNED_IN)
def sign_out() -> Response:
    """End the session, here and for any copy of its cookie."""
    with changing(context().engine) as connection:
        sessions.end(connection, session[WORD], current().account.id, context().clock())
    session.clear()
    return redirect(url_for("people.sign_in"), 303)  # type: ignore[return-value]


@people.get("/invitation/<word>")
@open_to(ANYONE)
def invitation(word: str) -> Response:
    """Ask the invited person to choose a password."""
    secret()
    return form_page("people/invitation.html", account=_invited(word))


@people.post("/invitation/<word>")
@open_to(ANYONE)
def accept_invitation(word: str) -> Response:
    """Set the password, use up the invitation and sign in."""
    secret()
    invited = _invited(word)
    try:
        password = chosen_password(request.form)
        with changing(context().engine) as connection:
            account = accounts.accept(connection, word, password, context().clock())
    except Wrong as wrong:
        return _again("people/invitation.html", voice().error(wrong), 422, account=invited)
    if account is None:
        abort(404)
    return begin(account, None)


def _invited(word: str) -> Account:
    with reading(context().engine) as connection:
        found = accounts.invited(connection, word[:100], context().clock())
    if found is None:
        raise Unclear(
            404,
            gettext("This invitation does not work"),
            gettext("It was used already, or is older than a week. Ask an administrator for a new one."),
        )
    return found
