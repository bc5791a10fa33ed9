"""What signing in, here or elsewhere, has in common: where it leads, and how a session begins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from flask import Response, g, redirect, render_template, session, url_for
from flask_wtf.csrf import generate_csrf

from ledger.errors import Wrong
from ledger.words import N_
from web.people import sessions
from web.people.access import WORD
from web.people.access import people as context
from web.people.accounts import Account, changing

_LONGEST_ADDRESS: Final = 2000


def inside(address: str | None) -> str | None:
    """Return the address of a page of ours; None for anything that could lead to another site."""
    if (
        not address
        or not address.startswith("/")
        or address.startswith(("//", "/\\"))
        or len(address) > _LONGEST_ADDRESS
    ):
        return None
    parts = urlsplit(address)
    return address if not parts.netloc and not parts.scheme and address.isprintable() and "\\" not in address else None


def chosen_password(form: Mapping[str, str]) -> str:
    """Return the password that was typed twice. Raises `Wrong`."""
    if form.get("password", "") != form.get("again", ""):
        raise Wrong(N_("The two passwords differ. Type the same one twice."))
    return form.get("password", "")


def form_page(template: str, status: int = 200, **values: object) -> Response:
    """Return a page with a form of ours. Nothing keeps it: it holds this session's word against forgery."""
    g.private = True
    return Response(
        render_template(template, csrf=generate_csrf, **values), status, content_type="text/html; charset=utf-8"
    )


def begin(account: Account, onward: str | None) -> Response:
    """Begin a session under a new word, whatever the browser held before, and go on."""
    now = context().clock()
    with changing(context().engine) as connection:
        word = sessions.begin(connection, account.id, now)
    session.clear()
    session[WORD] = word
    return go_on(onward)


def go_on(onward: str | None) -> Response:
    """Go to a page of ours, or to the account."""
    return redirect(inside(onward) or url_for("people.account"), 303)  # type: ignore[return-value]
