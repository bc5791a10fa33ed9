"""One entry: as a page (now, or as known on a day), as hashed bytes, with what is disclosed, and its proof."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import orjson
from flask import Response, abort, render_template
from sqlalchemy import Connection

from ledger.actions.ledger import LedgerEntryRedacted
from ledger.kinds import stated
from ledger.log import prove, published_head
from ledger.tlog.merkle import leaf_hash
from ledger.voice import Voice
from projections import board, entries, organisations, past, present, streams
from projections.asked import ASKED
from projections.board import Asked
from projections.entries import EntryView
from projections.knowledge import is_left
from projections.measures.finding import RESULTS
from web.answers import ALWAYS_ASK, FOR_A_MINUTE, FOR_EVER, answer, open_data, page
from web.language import voice
from web.public import asof, turned
from web.public.asof import AsOf
from web.public.blueprint import public
from web.public.proof import proof_of, published_key
from web.state import record, state

RELATED: Final = 50
"""Earlier and later entries shown on the page of one."""


@dataclass(frozen=True, slots=True)
class _Page:
    """An entry as it is shown: now, or as it was on a day, with what came `later` and refers to it."""

    view: EntryView
    title: str
    original: EntryView | None
    before: Sequence[EntryView]
    after: Sequence[EntryView]
    later: Sequence[EntryView]


@public.get("/entries/<entry:index>")
def entry(index: int) -> Response:
    """Show what an entry states, on whose word, what came of it, and how to check it; now or as known on a day."""
    said = voice()
    with record() as connection:
        today, found = entries.one(connection, index), entries.stored(connection, index)
        if today is None or found is None:
            abort(404)
        seen = asof.asked(connection)
        told = _as_of(connection, today, seen, said)
        if told is None:
            return _not_yet(today, seen, said)
        view = told.view
        groups = turned.groups(board.turns(connection, Asked(cause=index, words_only=True), limit=turned.READ))
        processes = streams.titles(connection, list({each.stream for each in groups}), said)
        proof = proof_of(connection, state().public_dir, index, said)
    return page(
        render_template(
            "entry.html",
            seen=seen,
            said=said,
            view=view,
            headline=present.headline(view, said),
            title=told.title,
            kind=said.words(view.entry.action.declaration.title),
            author=present.listed(view, said).author,
            by=organisations.slug_of(view.entry.statement.by.organisation),
            named=_named(view),
            tags=present.tags(view, said),
            changes=present.changes(view, said),
            reasons=present.reasons(view, said),
            corrected=() if told.original is None else present.corrected_fields(view, told.original, said),
            correction=present.reason_for_correction(view, said),
            facts=present.facts(view, said),
            envelope=present.envelope(view, said),
            sources=present.sources(view, said),
            refusals=present.refusals(view, said),
            before=_listed(told.before, said),
            after=_listed(told.after[:RELATED], said),
            more=len(told.after) > RELATED,
            later=_listed(told.later[:RELATED], said),
            is_redacted=any(isinstance(each.entry.action, LedgerEntryRedacted) for each in told.later),
            turned=groups,
            processes=processes,
            asked=ASKED,
            results=RESULTS.labels,
            recorded_on=said.day(present.recorded_day(view.entry)),
            leaf=base64.b64encode(leaf_hash(found[0])).decode(),
            bytes=len(found[0]),
            address=state().site.url(f"/entries/{index}"),
            origin=state().site.origin,
            proof=proof,
        )
    )


def _as_of(connection: Connection, today: EntryView, seen: AsOf, said: Voice) -> _Page | None:
    """Return an entry as it was shown when it was seen; None where it was not on record."""
    index, stream = today.entry.index, today.entry.stream
    earlier = entries.preceding(connection, index, RELATED)
    followed = entries.followed(connection, index, RELATED + 1)
    if not seen.is_past:
        original = None if today.entry.corrects is None else entries.one(connection, today.entry.corrects)
        return _Page(today, streams.titles(connection, [stream], said)[stream], original, earlier, followed, ())
    left = past.of(connection, stream, seen.axes)
    then = {each.entry.index: each for each in left.views}
    if index not in then:
        return None
    view = then[index]
    known = [each for each in followed if is_left(each.entry, seen.axes)]
    return _Page(
        view,
        streams.title_of(streams.view_of(left.history), said) if left.history.version else stream.reference,
        None if view.entry.corrects is None else then.get(view.entry.corrects),
        [_then(each, then) for each in earlier if is_left(each.entry, seen.axes)],
        [_then(each, then) for each in known],
        [each for each in followed if each not in known],
    )


def _then(view: EntryView, then: Mapping[int, EntryView]) -> EntryView:
    """Return an entry that another one names as it was shown then; one of another stream without what changed it."""
    bare = replace(view, corrected_by=None, withdrawn_by=None, contradictions=())
    return then.get(view.entry.index, bare)


def _named(view: EntryView) -> list[tuple[str, str]]:
    """Return each organisation that an entry names, once: its word in addresses, and its name."""
    found = {organisations.slug_of(party): stated(party.name) for _role, party in organisations.parts(view.entry)}
    return [(slug, name) for slug, name in found.items() if slug is not None and name is not None][:RELATED]


def _listed(views: Sequence[EntryView], said: Voice) -> list[tuple[str, present.Listed]]:
    return [(said.day(present.recorded_day(each.entry)), present.listed(each, said)) for each in views]


def _not_yet(view: EntryView, seen: AsOf, said: Voice) -> Response:
    """Say that the entry was not there. What it states is not said: it came later."""
    recorded = said.day(present.recorded_day(view.entry))
    return page(render_template("entry_before.html", index=view.entry.index, recorded=recorded, seen=seen, said=said))


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
    body = {
        "index": index,
        **entries.told(*found),
        "corrected_by": view.corrected_by,
        "withdrawn_by": view.withdrawn_by,
    }
    return open_data(answer(orjson.dumps(body, option=orjson.OPT_INDENT_2), "application/json", FOR_A_MINUTE))


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
