"""What is on record and not shown: a page that lists and counts it, and the same as data. Never the values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from flask import Response, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import Connection

from ledger.actions import KINDS
from ledger.errors import Wrong
from ledger.streams import Stream
from ledger.voice import Voice
from projections import organisations, streams, withheld
from projections.organisations import SLUG
from projections.withheld import STATES, Chosen
from web.answers import page, table
from web.language import voice
from web.public.blueprint import public
from web.public.choosing import refuse
from web.public.paging import paging
from web.sheet import Sheet, Value
from web.state import record, state

SHOWN: Final = 50
BODIES: Final = 50
"""Organisations counted on the page; the file has all."""

MOST: Final = 5_000
"""Rows in one file; more are on further pages."""

_NAMES: Final = ("state", "process", "group", "organisation", "kind")
_MOST_SAID: Final = 80

COLUMNS: Final = (
    *("entry", "kind", "about", "value", "path", "state", "until", "organisation", "role"),
    *("basis", "basis_in_words", "since", "decided_by_entry", "address"),
)


@public.get("/withheld")
def withheld_values() -> Response:
    """List every value that is withheld, embargoed or redacted, with whose decision that was, and count them."""
    said = voice()
    with record() as connection:
        chosen, parameters = _asked()
        count = withheld.count(connection, chosen)
        part = paging(count, SHOWN)
        listed = withheld.listed(connection, chosen, part.size, part.offset)
        context = {
            "listed": listed,
            "paging": part,
            "count": count,
            "counts": withheld.by_state(connection, replace(chosen, state=None)),
            "kinds": withheld.by_kind(connection, chosen),
            "bodies": withheld.by_body(connection, chosen, BODIES),
            "all_bodies": withheld.bodies(connection, chosen),
            "titles": streams.titles(connection, list(dict.fromkeys(each.stream for each in listed)), said),
            "chosen": _chosen_words(connection, parameters, said),
        }
    return page(
        render_template(
            "withheld.html",
            **context,
            parameters=parameters,
            states=STATES.labels,
            said=said,
            kind_name=lambda name: said.words(KINDS[name].declaration.title),
        )
    )


@public.get("/withheld.<any(csv, json):form>")
def withheld_data(form: str) -> Response:
    """Return the same list as CSV or JSON, with the same choice."""
    said = voice()
    with record() as connection:
        chosen, parameters = _asked()
        part = paging(withheld.count(connection, chosen), MOST)
        found = withheld.listed(connection, chosen, part.size, part.offset)
    rows: list[tuple[Value, ...]] = [
        (
            each.index,
            each.action,
            str(each.stream),
            each.what(said),
            each.path,
            each.state,
            each.until,
            each.organisation,
            each.role,
            each.ground,
            each.why(said),
            each.since,
            each.decision,
            state().site.url(f"/entries/{each.index}"),
        )
        for each in found
    ]
    return table(Sheet("withheld", COLUMNS, rows, part.page, part.pages), form, {"chosen": parameters})


@public.get("/withheld/<any(kinds, organisations):counted>.<any(csv, json):form>")
def withheld_counts(counted: str, form: str) -> Response:
    """Return how many values of each kind of entry, or of each organisation, are in which state."""
    with record() as connection:
        chosen, parameters = _asked()
        by_kind = withheld.by_kind(connection, chosen)
        part = paging(len(by_kind) if counted == "kinds" else withheld.bodies(connection, chosen), MOST)
        if counted == "kinds":
            rows: list[tuple[Value, ...]] = [(name, *counts.values()) for name, counts in by_kind.items()]
            columns: tuple[str, ...] = ("kind", *STATES.labels)
        else:
            found = withheld.by_body(connection, chosen, part.size, part.offset)
            rows = [(each.slug, each.name, *each.counts.values()) for each in found]
            columns = ("organisation", "name", *STATES.labels)
    return table(Sheet(f"withheld-{counted}", columns, rows, part.page, part.pages), form, {"chosen": parameters})


# --- what the address chooses -----------------------------------------------------------------------------------------


def _asked() -> tuple[Chosen, dict[str, str]]:
    """Return what the address of this request chooses, and what keeps it there. Raises `Unclear` (400)."""
    given = {name: request.args.get(name, "").strip() for name in _NAMES}
    parameters = {name: text for name, text in given.items() if text}
    if "process" in parameters and "group" in parameters:
        refuse(_("Choose a process or an advisory group, not both."))
    return (
        Chosen(
            state=_one_of(parameters, "state", STATES.labels),
            action=_one_of(parameters, "kind", KINDS),
            stream=_stream(parameters),
            slugs=_slugs(parameters),
        ),
        parameters,
    )


def _one_of(parameters: Mapping[str, str], name: str, known: Mapping[str, object]) -> str | None:
    value = parameters.get(name)
    if value is not None and value not in known:
        refuse(_unknown(name, value))
    return value


def _stream(parameters: Mapping[str, str]) -> Stream | None:
    for kind in ("process", "group"):
        if kind in parameters:
            try:
                return Stream.parse(f"{kind}/{parameters[kind]}")
            except Wrong:
                refuse(_unknown(kind, parameters[kind]))
    return None


def _slugs(parameters: Mapping[str, str]) -> tuple[str, ...] | None:
    value = parameters.get("organisation")
    if value is None:
        return None
    if SLUG.fullmatch(value) is None:
        refuse(_unknown("organisation", value))
    return (value,)


def _unknown(name: str, value: str) -> str:
    return _(
        "“%(text)s” is not among those to choose for “%(name)s”. Open the list without it, and follow its links.",
        text=value[:_MOST_SAID],
        name=name,
    )


def _chosen_words(connection: Connection, parameters: Mapping[str, str], said: Voice) -> list[tuple[str, str]]:
    """Return what is chosen besides the state, in words, each with the address of the list without it."""
    found: dict[str, str] = {}
    for kind in ("process", "group"):
        if kind in parameters:
            stream = Stream.parse(f"{kind}/{parameters[kind]}")
            found[kind] = streams.titles(connection, [stream], said)[stream]
    if "organisation" in parameters:
        about = organisations.one(connection, parameters["organisation"])
        found["organisation"] = parameters["organisation"] if about is None else about.name
    if "kind" in parameters:
        found["kind"] = said.words(KINDS[parameters["kind"]].declaration.title)
    return [(text, _address(parameters, **{name: None})) for name, text in found.items()]


def _address(parameters: Mapping[str, str], **changed: Any) -> str:
    return url_for("public.withheld_values", **{**parameters, **changed})
