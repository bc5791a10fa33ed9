"""Many entries at once: a table is uploaded, every wrong cell is named, and all of it is recorded or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from flask import Response, abort, redirect, request, url_for

from ledger import vocabulary as v
from ledger.errors import Invalid, Wrong
from ledger.kinds import Json
from ledger.process import Submission
from ledger.reference import when_to_use
from ledger.streams import LEDGER
from ledger.words import N_
from projections import streams
from web.language import voice
from web.people.access import Actor, current
from web.people.access import people as context
from web.people.accounts import changing
from web.people.entering import form_page
from web.record import asking, drafts, table
from web.record.asking import Asked
from web.record.blueprint import record
from web.record.controls import Option, page_of
from web.record.form import MOST_STREAMS, draft_of, place_of
from web.record.forms import one, party_named, ticked
from web.record.table import Fault, Unusable
from web.record.writing import record_table, store, try_table
from web.soundness import require_sound
from web.state import record as reading_record
from web.state import state

TABLE: Final = "table"
"""The name under which a draft holds the text of a table."""

_MOST_FAULTS: Final = 200
_SHOWN: Final = 20


@record.get("/tables/<kind>")
def upload(kind: str) -> Response:
    """Ask for a table of entries of one kind."""
    actor = current()
    found = asking.kind_named(kind, actor)
    return _upload(actor, Asked(found, request.args.get("stream", ""), drafts.new_id(), 0, {}), ())


def _upload(actor: Actor, asked: Asked, faults: Sequence[Fault]) -> Response:
    said = voice()
    with reading_record() as connection:
        listed = [
            each
            for name in asked.kind.declaration.streams
            for each in streams.listed(connection, name, MOST_STREAMS)
            if each.stream != LEDGER
        ]
    maker = asking.maker_of(asked, asking.choices_for(actor, asked, None, said), said)
    word = page_of(asked.kind, maker).word
    return form_page(
        "record/table.html",
        422 if faults else 200,
        asked=asked,
        title=said.words(asked.kind.declaration.title),
        use=said.words(when_to_use(asked.kind)),
        faults=[(each.line, each.column, said.error(each.error)) for each in faults[:_MOST_FAULTS]],
        left=max(0, len(faults) - _MOST_FAULTS),
        places=[Option(str(each.stream), streams.title_of(each, said)) for each in listed],
        columns=_columns(asked.kind),
        word=[each for each in word if each.path in {"standing", "by"}],
        one=lambda name: one(asked.form, name),
        texts=lambda name: asked.form.get(name, []),
        ticked=lambda name: ticked(asked.form, name),
    )


def _columns(kind: type[v.Action]) -> list[tuple[str, str]]:
    """Return name and label of the columns that a table of this kind may have."""
    rows = table.rows_of(kind)
    named = [each for each in v.fields_of(kind) if rows is None or each.name != rows[0]]
    inner = [] if rows is None else list(v.fields_of(rows[1]))
    return [(each.name, voice().words(each.label)) for each in [*named, *inner]]


@record.post("/tables/<kind>")
def look(kind: str) -> Response:
    """Look at an uploaded table: name every wrong cell, or say what recording it would do."""
    actor = current()
    found = asking.kind_named(kind, actor)
    form = {name: texts for name, texts in request.form.lists() if name not in {"csrf_token", "do"}}
    sent = request.files.get("file")
    content = b"" if sent is None else sent.stream.read(table.MOST_BYTES + 1)
    draft_id = one(form, "draft")
    if drafts.ID.fullmatch(draft_id) is None:
        abort(400)
    asked = Asked(found, one(form, "stream"), draft_id, 0, form)
    try:
        cells = table.read(content)
        asked = replace(asked, form=form | {TABLE: [table.written(cells)]})
        return _preview(actor, asked)
    except Unusable as unusable:
        return _upload(actor, replace(asked, form=form), unusable.faults)


def _preview(actor: Actor, asked: Asked) -> Response:
    lines = _lines(actor, asked)
    new, known = try_table(store(), lines)
    try:
        with changing(context().engine) as connection:
            drafts.save(connection, asked.draft(actor.account.id))
    except Wrong as no_room:
        raise Unusable([Fault(0, "", no_room)]) from no_room
    said = voice()
    return form_page(
        "record/table_check.html",
        asked=asked,
        title=said.words(asked.kind.declaration.title),
        place=place_of(asked.stream, said),
        new=new,
        known=known,
        shown=[v.say_struct(submission.action, said) for submission, _ in lines[:_SHOWN]],
        left=max(0, len(lines) - _SHOWN),
    )


def _lines(actor: Actor, asked: Asked) -> list[tuple[Submission, list[int]]]:
    """Return what the table of a draft means. Raises `Unusable`."""
    cells = table.read(one(asked.form, TABLE).encode())
    envelope: dict[str, Json] = {
        "stream": asked.stream,
        "standing": one(asked.form, "standing"),
        "by": {
            "organisation": party_named(one(asked.form, "by.organisation.known")),
            "role": one(asked.form, "by.role"),
        },
        "account": str(actor.account.id),
    }
    found = table.submissions(asked.kind, cells, envelope, voice())
    faults: list[Fault] = []
    for submission, numbers in found:
        try:
            asking.hold_to_own_bodies(actor, asked, submission)
        except Invalid as invalid:
            faults += [Fault(numbers[0], "", each) for errors in invalid.problems.values() for each in errors]
    if asking.is_asking(actor, asked.kind):
        faults.append(Fault(0, "", Wrong(N_("Ask questions one by one: that keeps who asks out of the record."))))
    if faults:
        raise Unusable(faults)
    return found


@record.post("/tables/drafts/<draft_id>")
def record_many(draft_id: str) -> Response:
    """Record all of a table, once."""
    actor = current()
    asked = draft_of(actor, draft_id)
    if TABLE not in asked.form:
        abort(404)
    try:
        require_sound(state().public_dir)
        made, known = record_table(store(), _lines(actor, asked))
    except Unusable as unusable:
        return _upload(actor, asked, unusable.faults)
    with changing(context().engine) as connection:
        drafts.discard(connection, actor.account.id, draft_id)
    address = url_for("record.recorded_many", first=min(made, default=0), new=len(made), known=known)
    return redirect(address, 303)  # type: ignore[return-value]


@record.get("/tables/recorded")
def recorded_many() -> Response:
    """Say how many entries a table became."""
    new, known, first = (request.args.get(name, 0, type=int) for name in ("new", "known", "first"))
    return form_page("record/table_receipt.html", new=new, known=known, first=first)
