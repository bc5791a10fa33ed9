"""The web application, put together in one place."""

from __future__ import annotations

from flask import Flask
from flask_babel import Babel
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from ledger.clock import utc_now
from ledger.database import connect
from ledger.settings import Settings
from projections.documents import Site
from web.again import Again
from web.api import api
from web.components import put_components
from web.errors import handle_errors
from web.language import LOCALES, choose_locale
from web.layout import put_layout
from web.limits import put_limits
from web.people.access import People, put_access
from web.people.oidc import put_provider
from web.people.routes import people
from web.policy import secure
from web.public import public, published
from web.record.releases import importing
from web.record.routes import record
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
    engine = connect(settings.database_url)
    app.extensions[KEY] = State(
        engine=engine,
        public_dir=settings.public_dir,
        site=Site(settings.base_url, settings.origin),
    )
    put_components(app)
    put_layout(app)
    handle_errors(app)
    put_limits(app)
    put_access(app, People(engine, settings.secret_key, utc_now), https=settings.base_url.startswith("https:"))
    put_provider(app, settings.provider)
    app.register_blueprint(public)
    app.register_blueprint(people)
    app.register_blueprint(record)
    app.register_blueprint(importing)
    app.register_blueprint(api)
    app.after_request(secure)
    app.wsgi_app = Again(app.wsgi_app, published.read)  # type: ignore[method-assign]
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies)  # type: ignore[method-assign]
    return app
