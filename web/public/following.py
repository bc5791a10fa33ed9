"""How to follow: choose what, then how, with the address to copy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from flask import Response, current_app, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import Connection

from ledger.streams import Stream
from ledger.voice import Voice
from ledger.words import N_
from projections import board, entries, organisations, present, streams
from projections.asked import ASKED
from projections.publications import channels, compose
from projections.publications.channels import Channel
from web.answers import page
from web.language import voice
from web.public.blueprint import public
from web.state import record, state

LISTED: Final = 200
"""Processes and organisations to choose from; each has its addresses on its own page as well."""

_WHOLE: Final = {
    "changes": (N_("Every change"), N_("What we suggest to people: an import of many entries is one item.")),
    "process": (N_("One process"), ""),
    "organisation": (N_("One organisation"), N_("Such as a council or an agency")),
    "prison": (N_("One prison"), N_("All processes for services in it")),
    "area": (N_("One service area"), N_("Such as family services, wherever they are bought")),
    "action": (N_("One kind of action"), N_("Such as dates that move")),
    "recommendation": (N_("One of the fifteen recommendations"), ""),
    "corrections": (N_("Corrections only"), N_("What was put right or removed")),
    "overdue": (N_("What is overdue"), N_("Promises and answers whose last day has passed")),
    "findings": (N_("Findings that turned"), N_("When a recommendation is met, or no longer met")),
    "all": (N_("Everything recorded, one by one"), N_("For programs, and for whoever wants each entry of an import")),
}
_WHICH: Final = {
    "process": N_("Which process?"),
    "organisation": N_("Which organisation?"),
    "prison": N_("Which prison?"),
    "area": N_("Which service area?"),
    "action": N_("Which kind of action?"),
    "recommendation": N_("Which recommendation?"),
}


_FACETS: Final[dict[str, board.Facet]] = {"prison": "prison", "area": "service_area"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to follow: its value in the form, what it is called, and the things of that sort to choose from."""

    value: str
    text: str
    hint: str
    which: str
    options: tuple[tuple[str, str], ...]


@public.get("/follow")
def follow() -> Response:
    """Show what can be followed, and the addresses of what was chosen."""
    said, what = voice(), request.args.get("what", "changes")
    key = request.args.get(what, "")[:LISTED] if what in _WHICH else ""
    with record() as connection:
        choices = [_choice(connection, value, said) for value in _WHOLE]
        about = _chosen(connection, what, key)
        mistake = None if about is not None else _mistake(what)
        title = None if about is None else _title(connection, about, said)
        sample = None if about is None else _sample(connection, about, said)
    response = page(
        render_template(
            "follow.html",
            choices=choices,
            what=what,
            key=key,
            mistake=mistake,
            about=about,
            title=title,
            sample=sample,
            calendar=None if about is None else _calendar(about),
            address=state().site.url,
        )
    )
    response.status_code = response.status_code if mistake is None else 422
    return response


def _choice(connection: Connection, value: str, said: Voice) -> Choice:
    text, hint = _WHOLE[value]
    which = said.words(_WHICH[value]) if value in _WHICH else ""
    return Choice(value, said.words(text), said.words(hint) if hint else "", which, _options(connection, value, said))


def _options(connection: Connection, value: str, said: Voice) -> tuple[tuple[str, str], ...]:
    match value:
        case "process":
            found = streams.listed(connection, "process", LISTED)
            return tuple((each.stream.reference, streams.title_of(each, said)) for each in found)
        case "organisation":
            return tuple((each.slug, each.name) for each in organisations.listed(connection, LISTED))
        case "prison" | "area":
            found_by = board.choices(connection, _FACETS[value])
            return tuple((each.value, each.label) for each in found_by[:LISTED])
        case "action":
            return tuple((name, said.words(title)) for name, title in channels.KIND_NAMES.items())
        case "recommendation":
            return tuple((str(number), f"{number}. {said.words(each.short)}") for number, each in ASKED.items())
        case _:
            return ()


def _chosen(connection: Connection, what: str, key: str) -> Channel | None:
    if what not in _WHOLE:
        return None
    about = channels.channel(f"{what}/{key}" if what in _WHICH else what)
    return about if about is not None and compose.exists(connection, about) else None


def _mistake(what: str) -> tuple[str, str]:
    """Return what is wrong and where in the form."""
    if what not in _WHOLE:
        return gettext("Choose what you want to follow."), "what"
    return gettext("Choose one from the list."), f"which-{what}"


def _title(connection: Connection, about: Channel, said: Voice) -> str:
    if not about.key:
        return said.words(_WHOLE[about.about][0])
    named = dict(_options(connection, about.about, said)) if about.about in _FACETS else {}
    name = named.get(about.key, about.key)
    return channels.label(connection, about, said) if name == about.key else name


def _sample(connection: Connection, about: Channel, said: Voice) -> present.Listed | None:
    """Return the newest item where it is an entry that is quickly found."""
    if about.about not in {"all", "process"}:
        return None
    stream = Stream("process", about.key) if about.key else None
    newest = entries.newest(connection, 1, stream=stream)
    return present.listed(newest[0], said) if newest else None


def _calendar(about: Channel) -> str | None:
    """Return the path of the calendar; None where there is none of that sort."""
    places: dict[str, tuple[str, dict[str, Any]]] = {
        "all": ("public.calendar_of_everything", {}),
        "changes": ("public.calendar_of_everything", {}),
        "process": ("public.calendar_of_stream", {"kind": "process", "name": about.key}),
        "organisation": ("public.calendar_of_organisation", {"slug": about.key}),
    }
    endpoint, values = places.get(about.about, ("", {}))
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else None
