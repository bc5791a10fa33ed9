"""Who may open which address: declared beside each route, and denied where nothing is declared.

A blueprint or a view says so with `open_to`. `guard` asks it before each request, and `undeclared` lists what says
nothing, which a test holds to be empty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from flask import Flask, Response, abort, current_app, g, redirect, request, session, url_for
from flask_babel import gettext
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import Engine
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from ledger.database import reading
from web.errors import Unclear
from web.people import sessions
from web.people.accounts import Account, changing
from web.people.roles import ROLES, may_record

KEY: Final = "candour-people"
WORD: Final = "word"
"""Where the session's cookie holds the session's word."""

ANYONE: Final = "anyone"
SIGNED_IN: Final = "signed in"

T = TypeVar("T")
csrf: Final = CSRFProtect()


@dataclass(frozen=True, slots=True)
class People:
    """What signing in needs. `secret` is None where the operator has set none: then nobody can sign in."""

    engine: Engine
    secret: str | None
    clock: Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who makes this request. `scopes` are a token's, and all there are for a person who has signed in."""

    account: Account
    scopes: frozenset[str]

    def may_record(self, kind: str, body: tuple[str, str]) -> bool:
        """Whether an entry of this kind may be recorded for an organisation (scheme, identifier)."""
        return "record" in self.scopes and may_record(self.account.grants, kind, body)


def people() -> People:
    """Return what the application of this request was made with."""
    found: People = current_app.extensions[KEY]
    return found


def can_sign_in() -> bool:
    """Whether anybody can: where the operator has set no secret, no page should lead to signing in."""
    return people().secret is not None


def open_to(*who: str) -> Callable[[T], T]:
    """Declare who may open a view, or every view of a blueprint: roles, `SIGNED_IN` or `ANYONE`."""
    unknown = set(who) - {*ROLES, SIGNED_IN, ANYONE}
    if unknown or not who:
        raise ValueError(f"nobody is called {unknown}")

    def declare(target: T) -> T:
        target.open_to = frozenset(who)  # type: ignore[attr-defined]
        return target

    return declare


def by_token(blueprint: T) -> T:
    """Declare that requests to a blueprint carry a token and never a cookie, so that no other site can forge them."""
    blueprint.by_token = True  # type: ignore[attr-defined]
    return blueprint


def without_effect(view: T) -> T:
    """Declare that a view changes nothing though it is sent a form, as where something is only checked."""
    view.without_effect = True  # type: ignore[attr-defined]
    return view


def declared(app: Flask, endpoint: str) -> frozenset[str] | None:
    """Return who may open an endpoint: what its view says, else its blueprint; None where neither says."""
    if endpoint == "static":
        return frozenset({ANYONE})
    said: frozenset[str] | None = _said(app, endpoint, "open_to")
    return said


def undeclared(app: Flask) -> Iterator[str]:
    """Yield the endpoints that say nothing about who may open them. Nobody can."""
    yield from sorted({rule.endpoint for rule in app.url_map.iter_rules() if declared(app, rule.endpoint) is None})


def _said(app: Flask, endpoint: str, what: str) -> Any:
    view = app.view_functions[endpoint]
    said = getattr(view, what, None)
    if said is not None:
        return said
    blueprint = app.blueprints.get(endpoint.rpartition(".")[0])
    return getattr(blueprint, what, None)


# --- at each request --------------------------------------------------------------------------------------------------


def guard() -> Response | None:
    """Let the request pass, or answer it: 403, 401 for programs, or the way to signing in for people."""
    endpoint = request.endpoint
    if endpoint is None:
        return None
    who = declared(current_app, endpoint)
    if who is None:
        abort(403)
    programs = bool(_said(current_app, endpoint, "by_token"))
    if not programs and not _said(current_app, endpoint, "without_effect"):
        _check_origin_of_form()
    if ANYONE in who:
        return None
    g.private = True
    found = actor()
    if found is None:
        return _sign_in_first(programs)
    if SIGNED_IN not in who and not who & found.account.roles():
        abort(403)
    return None


def _check_origin_of_form() -> None:
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return
    if people().secret is None:
        raise not_set_up()
    csrf.protect()


def not_set_up() -> Unclear:
    """Return the answer where the operator has set no secret, without which no cookie can be trusted."""
    return Unclear(
        503,
        gettext("Nobody can sign in here yet"),
        gettext("Whoever runs this site has not set its secret key. Reading needs no account."),
    )


def _sign_in_first(programs: bool) -> Response:  # noqa: FBT001 - one of two answers
    if programs:
        raise Unauthorized(www_authenticate=WWWAuthenticate("bearer", {"realm": "Candour"}))
    here = request.full_path.rstrip("?") if request.method in {"GET", "HEAD"} else None
    return redirect(url_for("people.sign_in", next=here))  # type: ignore[return-value]


def actor() -> Actor | None:
    """Return who makes this request: by token at the doors for programs, by session everywhere else."""
    if "actor" not in g:
        programs = request.endpoint is not None and bool(_said(current_app, request.endpoint, "by_token"))
        g.actor = _by_token() if programs else _by_session()
    found: Actor | None = g.actor
    return found


def current() -> Actor:
    """Return who makes this request, where only somebody signed in gets this far."""
    found = actor()
    if found is None:
        abort(401)
    return found


def _by_token() -> Actor | None:
    scheme, _, word = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not word.startswith(sessions.PREFIX):
        return None
    with reading(people().engine) as connection:
        found = sessions.token_holder(connection, word.strip(), people().clock())
    return None if found is None else Actor(*found)


def _by_session() -> Actor | None:
    if people().secret is None or not isinstance(word := session.get(WORD), str):
        return None
    now = people().clock()
    with reading(people().engine) as connection:
        account = sessions.holder(connection, word, now)
        due = account is not None and sessions.is_due(connection, word, now)
    if due:
        with changing(people().engine) as connection:
            sessions.see(connection, word, now)
    return None if account is None else Actor(account, frozenset(sessions.SCOPES))


def keep_private(response: Response) -> Response:
    """Let nothing keep what only some may see."""
    if g.get("private"):
        response.headers["Cache-Control"] = "no-store"
    return response


def put_access(app: Flask, made: People, *, https: bool) -> None:
    """Guard every route of the application."""
    app.extensions[KEY] = made
    app.secret_key = made.secret
    app.config.update(
        SESSION_COOKIE_NAME="__Host-candour" if https else "candour",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=https,
        SESSION_COOKIE_PATH="/",
        WTF_CSRF_CHECK_DEFAULT=False,  # `guard` asks for it, once it knows whether the request carries a cookie at all
        WTF_CSRF_TIME_LIMIT=None,  # it ends with the session; a form that was filled in slowly is no attack
        WTF_CSRF_SSL_STRICT=False,  # we send no Referer: the policy of every page is "no-referrer"
    )
    csrf.init_app(app)
    app.before_request(guard)
    app.after_request(keep_private)
