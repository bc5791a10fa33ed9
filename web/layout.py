"""What every page shows besides its own content."""

from __future__ import annotations

from typing import Any, Final

from flask import Flask
from flask_babel import get_locale
from markupsafe import Markup

from ledger.errors import CandourError
from ledger.files import read_file
from projections import entries, present
from projections.follower import ALERT
from web.language import voice
from web.state import record, state

_MOST_ALERT: Final = 4_000


def put_layout(app: Flask) -> None:
    """Give every template what the layout needs."""
    app.context_processor(_layout)
    app.template_filter("paragraphs")(_paragraphs)
    app.template_filter("name")(_name)
    app.template_filter("stream_path")(present.path_of)


def _layout() -> dict[str, Any]:
    said = voice()
    return {
        "language": str(get_locale()).replace("_", "-"),
        "number": said.number,
        "alert": _alert(),
        "sealed": _sealed,
    }


def _alert() -> str | None:
    """Return the follower's warning that the log contradicts itself, if there is one."""
    found = read_file(state().public_dir / ALERT, _MOST_ALERT)
    return None if found is None else found[:_MOST_ALERT].decode(errors="replace").strip()


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
