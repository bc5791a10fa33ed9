"""One entry: as a page, as the exact bytes that were hashed, with what is disclosed, and with its proof."""

from __future__ import annotations

import base64
from typing import Any, Final

import orjson
from flask import Response, abort, render_template

from ledger.disclosure import PUBLIC, Slot, load_slots, value_of
from ledger.log import prove, published_head
from ledger.tlog.merkle import leaf_hash
from projections import entries, present, streams
from web.answers import ALWAYS_ASK, FOR_A_MINUTE, FOR_EVER, answer, open_data, page
from web.language import voice
from web.public.blueprint import public
from web.public.proof import proof_of, published_key
from web.state import record, state

RELATED: Final = 50
"""Earlier and later entries shown on the page of one."""


@public.get("/entries/<entry:index>")
def entry(index: int) -> Response:
    """Show what an entry states, on whose word, what came of it, and how to check it."""
    said = voice()
    with record() as connection:
        view = entries.one(connection, index)
        found = entries.stored(connection, index)
        if view is None or found is None:
            abort(404)
        corrects = view.entry.corrects
        original = None if corrects is None else entries.one(connection, corrects)
        named = streams.titles(connection, [view.entry.stream], said)
        before = entries.preceding(connection, index, RELATED)
        after = entries.followed(connection, index, RELATED + 1)
        proof = proof_of(connection, state().public_dir, index, said)
    headline = present.headline(view, said)
    return page(
        render_template(
            "entry.html",
            view=view,
            headline=headline,
            title=named[view.entry.stream],
            kind=said.words(view.entry.action.declaration.title),
            author=present.listed(view, said).author,
            tags=present.tags(view, said),
            changes=present.changes(view, said),
            reasons=present.reasons(view, said),
            corrected=() if original is None else present.corrected_fields(view, original, said),
            correction=present.reason_for_correction(view, said),
            facts=present.facts(view, said),
            envelope=present.envelope(view, said),
            sources=present.sources(view, said),
            refusals=present.refusals(view, said),
            before=[(said.day(present.recorded_day(each.entry)), present.listed(each, said)) for each in before],
            after=[
                (said.day(present.recorded_day(each.entry)), present.listed(each, said)) for each in after[:RELATED]
            ],
            more=len(after) > RELATED,
            recorded_on=said.day(present.recorded_day(view.entry)),
            leaf=base64.b64encode(leaf_hash(found[0])).decode(),
            bytes=len(found[0]),
            address=state().site.url(f"/entries/{index}"),
            origin=state().site.origin,
            proof=proof,
        )
    )


@public.get("/entries/<entry:index>.entry")
def entry_bytes(index: int) -> Response:
    """Return exactly the bytes that were hashed. They are JSON, but no program between may touch them."""
    with record() as connection:
        found = entries.stored(connection, index)
    if found is None:
        abort(404)
    return open_data(answer(found[0], "application/octet-stream", FOR_EVER))


@public.get("/entries/<entry:index>.json")
def entry_json(index: int) -> Response:
    """Return the entry with the values that are disclosed, and the state of those that are not."""
    with record() as connection:
        view = entries.one(connection, index)
        found = entries.stored(connection, index)
    if view is None or found is None:
        abort(404)
    state_bytes, stored = found
    slots = load_slots(stored)
    body = {
        "index": index,
        "entry": orjson.loads(state_bytes),
        "disclosures": [_shown(slot) for slot in slots if slot.state in PUBLIC],
        "undisclosed": [{"digest": slot.digest, "state": slot.state} for slot in slots if slot.state not in PUBLIC],
        "corrected_by": view.corrected_by,
        "withdrawn_by": view.withdrawn_by,
    }
    return open_data(answer(orjson.dumps(body, option=orjson.OPT_INDENT_2), "application/json", FOR_A_MINUTE))


def _shown(slot: Slot) -> dict[str, Any]:
    disclosure = slot.disclosure
    value = None if disclosure is None else value_of(disclosure)
    return {"path": slot.path, "digest": slot.digest, "disclosure": disclosure, "value": value}


@public.get("/entries/<entry:index>.tlog-proof")
def entry_proof(index: int) -> Response:
    """Return the proof that the published checkpoint, cosignatures and all, covers the entry (C2SP tlog-proof)."""
    with record() as connection:
        if entries.stored(connection, index) is None:
            abort(404)
        key = published_key(state().public_dir)
        if key is None:
            abort(404)
        proof = prove(connection, published_head(state().public_dir, key), index)
    return open_data(answer(proof, "text/plain; charset=utf-8", ALWAYS_ASK))
