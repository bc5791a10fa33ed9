"""The language of a request: flask-babel's, as the `Voice` in which projections speak."""

from __future__ import annotations

from typing import Final

from flask import request
from flask_babel import get_locale, gettext

from ledger.voice import Voice

LOCALES: Final = ("en_GB",)
"""The languages shipped, the first one for those who ask for none of them."""


def choose_locale() -> str:
    """Return the reader's preferred language of those shipped."""
    tags = {locale.replace("_", "-"): locale for locale in LOCALES}
    best = request.accept_languages.best_match(tags)
    return LOCALES[0] if best is None else tags[best]


def voice() -> Voice:
    """Return the voice of this request."""
    return Voice(str(get_locale()), gettext)
