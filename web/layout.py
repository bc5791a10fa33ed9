"""What every page shows besides its own content."""

from __future__ import annotations

from typing import Any, Final

from flask import Flask, current_app
from flask_babel import get_locale
from markupsafe import Markup

from ledger.errors import CandourError
from ledger.words import N_
from projections import entries, present
from web.language import LOCALES, voice
from web.people.access import ANYONE, can_sign_in, declared
from web.policy import csp_nonce, script
from web.soundness import alert_in
from web.state import record, state

SIGN_IN: Final = "people.sign_in"
SEARCH: Final = "public.search"

# What stands on every page, in this order. An endpoint that has no route is left out.
NAVIGATION: Final = (
    ("public.changes", N_("Changes")),
    ("public.processes", N_("Processes")),
    ("public.dashboard", N_("Dashboard")),
    ("public.follow", N_("Follow")),
    ("public.verify", N_("Verify")),
)
FOOTER: Final = (
    ("public.about", N_("About")),
    ("public.accessibility", N_("Accessibility")),
    ("public.privacy", N_("Privacy")),
    ("public.cookies", N_("Cookies")),
    ("public.data", N_("Data")),
    ("public.api_docs", N_("API")),
    ("record.home", N_("Record something")),
    (SIGN_IN, N_("Sign in")),
)


def put_layout(app: Flask) -> None:
    """Give every template what the layout needs."""
    app.context_processor(_layout)
    app.jinja_env.globals |= {"script": script, "csp_nonce": csp_nonce}
    app.template_filter("paragraphs")(_paragraphs)
    app.template_filter("name")(_name)
    app.template_filter("number")(lambda count: voice().number(count))
    app.template_filter("instant")(lambda moment: voice().instant(moment))
    app.template_filter("stream_path")(present.path_of)


def _layout() -> dict[str, Any]:
    said = voice()
    return {
        "language": str(get_locale()).replace("_", "-"),
        "locales": LOCALES,
        "number": said.number,
        "navigation": _existing(NAVIGATION),
        "footer": _existing(FOOTER),
        "search": SEARCH if SEARCH in current_app.view_functions else None,
        "alert": alert_in(state().public_dir),
        "sealed": _sealed,
    }


def _existing(places: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    return [place for place in places if place[0] in current_app.view_functions and _may_be_entered(place[0])]


def _may_be_entered(endpoint: str) -> bool:
    """Whether an endpoint leads further than to an error, where nobody can sign in."""
    return can_sign_in() or (ANYONE in (declared(current_app, endpoint) or ()) and endpoint != SIGN_IN)


def _sealed() -> int | None:
    """Return how many entries there are; None where that cannot be told, since error pages show this line too."""
    try:
        with record() as connection:
            return entries.size(connection)
    except CandourError:
        return None


def _name(text: object) -> Markup:
    """Keep a text of others apart, so that a right-to-left name does not turn the words around it."""
    return Markup("<bdi>{}</bdi>").format(text)


def _paragraphs(text: str) -> list[str]:
    return [part for part in text.split("\n") if part.strip()]
