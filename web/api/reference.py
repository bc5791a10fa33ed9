"""What does not change with each entry: the kinds of entry, the recommendations; and the head of the log."""

from __future__ import annotations

import base64

from flask import abort

from ledger.actions import KINDS
from ledger.kinds import Json
from ledger.log import published_head
from ledger.reference import kinds_as_json
from ledger.words import N_
from projections import board
from projections.asked import ASKED
from projections.measures.catalogue import RECOMMENDATIONS
from projections.measures.thresholds import DEFAULT, shown
from web.api import shapes
from web.api.answering import read
from web.language import voice
from web.public.proof import published_key
from web.state import record, state


@read("/kinds", N_("List the kinds of entry"), shapes.Kinds)
def kinds() -> dict[str, Json]:
    """Return all kinds of entry with their fields, in English."""
    return {"kinds": kinds_as_json()}


@read("/kinds/<name>", N_("Read one kind of entry"), shapes.Kind)
def kind(name: str) -> Json:
    """Return one kind of entry with its fields, in English. Its schema is in the description of this API."""
    if name not in KINDS:
        abort(404)
    return next(each for each in kinds_as_json() if each["name"] == name)


@read("/recommendations", N_("List the fifteen recommendations"), shapes.Recommendations)
def recommendations() -> dict[str, Json]:
    """Return what the paper asks, how that is measured, and how many processes have each result."""
    said = voice()
    with record() as connection:
        counts = board.counts(connection)
    return {
        "recommendations": [
            {
                "number": number,
                "url": state().site.url(f"/recommendations/{number}"),
                "title": said.words(ASKED[number].short),
                "asks": said.words(ASKED[number].asks),
                "measured": said.words(ASKED[number].measured),
                "principle": each.principle,
                "version": each.version,
                "counts": dict(counts[number]),
            }
            for number, each in RECOMMENDATIONS.items()
        ],
        "thresholds": [
            {"name": each.name, "label": said.words(each.label), "value": _plain(each.value), "origin": each.origin}
            for each in shown(DEFAULT)
        ],
    }


def _plain(value: object) -> Json:
    return value if value is None or isinstance(value, bool | int) else str(value)


@read("/log", N_("Read the head of the log"), shapes.Head, problems=(404,))
def head() -> dict[str, Json]:
    """Return the newest checkpoint that is published; 404 before the first."""
    key = published_key(state().public_dir)
    signed = None if key is None else published_head(state().public_dir, key)
    if key is None or signed is None:
        abort(404)
    return {
        "origin": signed.checkpoint.origin,
        "size": signed.checkpoint.size,
        "root": base64.b64encode(signed.checkpoint.root).decode(),
        "checkpoint": signed.note.decode(),
        "key": key.to_vkey(),
    }
