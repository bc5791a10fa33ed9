"""The web application, put together in one place."""

from __future__ import annotations

from flask import Flask
from flask_babel import Babel
from jinja2 import StrictUndefined

from ledger.database import connect
from ledger.settings import Settings
from projections.documents import Site
from web.components import put_components
from web.errors import handle_errors
from web.language import LOCALES, choose_locale
from web.layout import put_layout
from web.policy import secure
from web.public import public
from web.state import KEY, State
from web.urls import EntryNumber, Reference


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
    put_components(app)
    put_layout(app)
    handle_errors(app)
    app.register_blueprint(public)
    app.after_request(secure)
    return app
