"""Which feed belongs to a page or a table, in all its forms, with the choice of processes kept in its address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from projections.organisations import Body
from projections.publications import channels
from projections.publications.compose import FORMS
from web.public.blueprint import public
from web.public.choosing import FACETS

NAMED: Final = {"atom": "Atom", "rss": "RSS", "json": "JSON Feed"}
"""Ending -> the name of the format, which is the same in every language."""

TABLES: Final[Mapping[str, str]] = {
    "recommendations": "findings",
    "findings": "findings",
    "turns": "findings",
    "overdue": "overdue",
    "errors": "corrections",
    "answers": "action/clarification-answered",
    "dates": "action/timeline-changed",
    "moves": "action/timeline-changed",
}
"""Table of the dashboard -> the feed that brings what changes it; the others change with entries of many kinds."""


class FeedLink(NamedTuple):
    """A feed in one form: the form's name, its media type, and its path with its query."""

    form: str
    media_type: str
    address: str


def links(name: str, query: str = "") -> list[FeedLink]:
    """Return a feed in each of its forms."""
    asked = f"?{query}" if query else ""
    return [
        FeedLink(NAMED[suffix], form.media_type.partition(";")[0], f"/feeds/{name}.{suffix}{asked}")
        for suffix, form in FORMS.items()
    ]


@public.app_template_global()
def feeds_of(name: str, parameters: Mapping[str, str]) -> list[FeedLink]:
    """Return the feed of a page in each form; where processes are chosen, the feed of their entries.

    What there is one of, such as all findings that turned, cannot be narrowed down: then it is all of their entries.
    """
    chosen = [(facet, _key(facet, parameters[facet])) for facet in FACETS if facet in parameters]
    about, _, key = name.partition("/")
    if not chosen:
        return links(name)
    return links("custom", channels.query(channels.filters([*chosen, *([(about, key)] if key else [])])))


def _key(facet: str, value: str) -> str:
    """Return what a feed is filtered by, where a page is by this: of a body, its word in addresses."""
    if facet != "organisation":
        return value
    scheme, _, number = value.partition(":")
    return (Body(scheme, number, None) if _NUMBERED.fullmatch(value) else Body(None, None, value)).slug


_NUMBERED: Final = re.compile(r"[A-Za-z0-9-]+:\S+", re.ASCII)


@public.app_template_global()
def feeds_of_table(table: str, parameters: Mapping[str, str]) -> list[FeedLink]:
    """Return the feed that brings what changes a table of the dashboard, in each form."""
    return feeds_of(TABLES.get(table, channels.CHANGES.name), parameters)
