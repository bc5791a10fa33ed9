"""Signing in elsewhere: OpenID Connect, by Authlib.

The provider's address is a setting, and the only one that is asked. An account is found by issuer and subject;
the first time, by a verified e-mail address that an administrator has made an account for. Signing in makes no
account.
"""

from __future__ import annotations

from typing import Any, Final

from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import OAuth
from flask import Flask, Response, abort, current_app, request, session, url_for
from flask_babel import gettext
from requests import RequestException

from ledger.database import reading
from ledger.settings import Provider
from web.errors import Unclear
from web.people import accounts
from web.people.access import ANYONE, open_to
from web.people.access import people as context
from web.people.accounts import Account, changing
from web.people.blueprint import people
from web.people.entering import begin

_NAME: Final = "provider"
_ONWARD: Final = "onward"
_SECONDS: Final = 10


def put_provider(app: Flask, provider: Provider | None) -> None:
    """Make the application know the provider, if one is set. It is asked for its addresses at the first sign-in."""
    registry = OAuth(app)
    if provider is None:
        return
    registry.register(
        _NAME,
        client_id=provider.client_id,
        client_secret=provider.client_secret,
        server_metadata_url=f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={"scope": "openid email", "code_challenge_method": "S256", "timeout": _SECONDS},
    )


def has_provider() -> bool:
    """Whether people can sign in elsewhere."""
    return _client() is not None


def _client() -> Any:
    return current_app.extensions["authlib.integrations.flask_client"].create_client(_NAME)


@people.get("/sign-in/elsewhere")
@open_to(ANYONE)
def elsewhere() -> Response:
    """Send the person to the provider.

    By a link and no form: browsers hold "form-action 'self'" against where a form is redirected to as well.
    """
    client = _client()
    if client is None:
        abort(404)
    onward = request.args.get("next", "")[:2000]
    try:
        answer: Response = client.authorize_redirect(url_for("people.returned", _external=True))
    except (OAuthError, RequestException) as error:
        raise _unreachable() from error
    session[_ONWARD] = onward
    return answer


@people.get("/sign-in/returned")
@open_to(ANYONE)
def returned() -> Response:
    """Take the person back from the provider; Authlib checks state, nonce, signature, issuer and audience."""
    client = _client()
    if client is None:
        abort(404)
    try:
        claims = client.authorize_access_token().get("userinfo") or {}
    except RequestException as error:
        raise _unreachable() from error
    except Exception as error:
        # Whatever is wrong with the answer (Authlib and joserfc have many errors for it), it is no sign-in.
        current_app.logger.warning("A sign-in elsewhere was refused: %s", type(error).__name__)
        raise _refused() from error
    onward = session.get(_ONWARD)
    return begin(_holder(claims), onward if isinstance(onward, str) else None)


def _holder(claims: dict[str, Any]) -> Account:
    subject = f"{claims.get('iss')}|{claims.get('sub')}"
    with reading(context().engine) as connection:
        found = accounts.by_subject(connection, subject)
    if found is None:
        found = _linked(claims, subject)
    if found is None or found.disabled:
        raise _refused()
    return found


def _linked(claims: dict[str, Any], subject: str) -> Account | None:
    email = claims.get("email")
    if claims.get("email_verified") is not True or not isinstance(email, str):
        return None
    with changing(context().engine) as connection:
        found = accounts.by_email(connection, email)
        if found is None or found.disabled or accounts.is_linked(connection, found.id):
            return None
        accounts.link(connection, found.id, subject, context().clock())
    return found


def _refused() -> Unclear:
    return Unclear(
        403,
        gettext("You could not be signed in"),
        gettext("Nobody here has your e-mail address from there. Ask an administrator for an account."),
    )


def _unreachable() -> Unclear:
    return Unclear(
        503,
        gettext("The other site does not answer"),
        gettext("Where you sign in cannot be reached at the moment. Try again in a few minutes."),
    )
