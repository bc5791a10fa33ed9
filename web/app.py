"""The web application, put together in one place."""

from __future__ import annotations

from typing import Final

from flask import Flask, Response
from flask_babel import Babel
from jinja2 import StrictUndefined

from ledger.database import connect
from ledger.settings import Settings
from projections.documents import Site
from web.errors import handle_errors
from web.language import LOCALES, choose_locale
from web.layout import put_layout
from web.public import public
from web.state import KEY, State
from web.urls import EntryNumber, Reference

SECURITY: Final = {
    # Nothing from anywhere but here, and no script at all.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def create_app(settings: Settings) -> Flask:
    """Return the application. The database is opened by the first request that needs it."""
    app = Flask(__name__)
    app.config.update(BABEL_DEFAULT_LOCALE=LOCALES[0], BABEL_DEFAULT_TIMEZONE="Europe/London")
    app.jinja_options = {"undefined": StrictUndefined}
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    Babel(app, locale_selector=choose_locale)
    app.url_map.converters |= {"entry": EntryNumber, "reference": Reference}
    app.extensions[KEY] = State(
        engine=connect(settings.database_url),
        public_dir=settings.public_dir,
        site=Site(settings.base_url, settings.origin),
    )
    put_layout(app)
    handle_errors(app)
    app.register_blueprint(public)
    app.after_request(_secure)
    return app


def _secure(response: Response) -> Response:
    for name, value in SECURITY.items():
        response.headers.setdefault(name, value)
    return response
