"""The form of one kind of entry: where it belongs, what to fill in, rows more or fewer, drafts, and what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from flask import Response, abort, redirect, request, url_for
from flask_babel import gettext

from ledger import vocabulary as v
from ledger.actions import KINDS
from ledger.errors import CandourError, Invalid, Refused, Wrong
from ledger.kinds import Entity
from ledger.process import History
from ledger.reference import when_to_use
from ledger.streams import LEDGER
from ledger.vocabulary import say_struct
from ledger.voice import Voice
from projections import present, streams
from projections.entries import preview
from web.language import voice
from web.people.access import Actor, current
from web.people.access import people as context
from web.people.accounts import changing
from web.people.entering import form_page
from web.people.roles import RECORDER
from web.record import asking, drafts, forms
from web.record.asking import Asked
from web.record.blueprint import record
from web.record.controls import Option, page_of, placed
from web.record.documents import keep_uploads
from web.record.forms import one, ticked
from web.record.writing import provisional
from web.state import record as reading_record

MOST_STREAMS: Final = 500
_FIRST_VALUES: Final = {"visibility.state": ["public"]}


@record.get("/<kind>")
def new(kind: str) -> Response:
    """Show an empty form, or one that is filled in with what the link knows."""
    actor = current()
    found = asking.kind_named(kind, actor)
    stream = request.args.get("stream", "")
    if found.declaration.name not in asking.OPENING and asking.parsed(stream) is None:
        return _choose_stream(found)
    asked = Asked(found, stream, drafts.new_id(), 0, _begun(actor, found, stream))
    held = _history(actor, asked)
    return _form(actor, replace(asked, version=0 if held is None else held.version), held)


def _begun(actor: Actor, kind: type[v.Action], stream: str) -> dict[str, list[str]]:
    """Return the form as it begins: what the link says, over the entry to put right, over the usual answers."""
    given = {name: texts for name, texts in request.args.lists() if name.startswith("data.")}
    form = _FIRST_VALUES | {"standing": [_usual_standing(actor, kind)], "stream": [stream]}
    place = asking.parsed(stream)
    if place is not None and any(each.name == "group_id" for each in v.fields_of(kind)) and place.kind == "group":
        form["data.group_id"] = [place.reference]
    number = request.args.get("corrects", "")
    if number.isdecimal() and number.isascii() and place is not None:
        entry = asking.history_for(actor, place).own(int(number[:15]))
        if entry is None or type(entry.action) is not kind:
            abort(404)
        form |= asking.prefilled(kind, entry)
    return form | given


def _usual_standing(actor: Actor, kind: type[v.Action]) -> str:
    roles = {each.role for each in asking.grants_for(actor, kind)}
    return "act" if RECORDER in roles or kind.declaration.name not in asking.OTHERS_KINDS else "report"


@record.get("/drafts/<draft_id>")
def draft(draft_id: str) -> Response:
    """Show a draft where it was left."""
    actor = current()
    asked = draft_of(actor, draft_id)
    return _form(actor, asked, _history(actor, asked))


def draft_of(actor: Actor, draft_id: str) -> Asked:
    """Return one of the person's own drafts, or answer 404."""
    with reading_record() as connection:
        found = drafts.one(connection, actor.account.id, draft_id)
    if found is None or found.kind not in KINDS:
        abort(404)
    kind = asking.kind_named(found.kind, actor)
    return Asked(kind, found.stream, found.id, found.version, found.form)


@record.post("/<kind>")
def fill_in(kind: str) -> Response:
    """Keep what was typed, and do what the button says: a row more or fewer, keep for later, or go on to the check."""
    actor = current()
    found = asking.kind_named(kind, actor)
    form = forms_sent()
    draft_id = one(form, "draft")
    version = one(form, "version")
    if drafts.ID.fullmatch(draft_id) is None:
        abort(400)
    number = int(version) if version.isdecimal() and version.isascii() and len(version) < 10 else 0  # noqa: PLR2004
    problems = keep_uploads(form)
    asked = Asked(found, asking.stream_of(found, form), draft_id, number, form)
    try:
        return _do(actor, asked, one(form, "do"), problems)
    except Wrong as no_room:  # for another draft; what was typed is in the form that is shown again
        return _form(actor, asked, _history(actor, asked), {"": (no_room,)})


def _do(actor: Actor, asked: Asked, button: str, problems: Mapping[str, tuple[CandourError, ...]]) -> Response:
    """Do what a button says. Raises `Wrong` where a draft cannot be kept."""
    form = asked.form
    do, _, rest = button.partition(":")
    match do:
        case "add":
            return _with_other_rows(actor, replace(asked, form=forms.with_row(form, rest)), rest)
        case "remove":
            path, _, place = rest.rpartition(":")
            number = int(place) if place.isdecimal() and place.isascii() and len(place) < 5 else -1  # noqa: PLR2004
            return _with_other_rows(actor, replace(asked, form=forms.without_row(form, path, number)), path)
        case "save":
            keep(actor, asked)
            return redirect(url_for("record.home", _anchor="drafts"), 303)  # type: ignore[return-value]
        case _:
            return _go_on(actor, replace(asked, form=forms.without_blank_rows(asked.kind, form)), problems)


def forms_sent() -> dict[str, list[str]]:
    """Return the form of this request, as far as it is worth keeping."""
    return {name: [text for text in texts if text] for name, texts in request.form.lists() if name != "csrf_token"}


def keep(actor: Actor, asked: Asked) -> None:
    """Keep the draft. Raises `Wrong` where the person has too many."""
    with changing(context().engine) as connection:
        drafts.save(connection, replace(asked.draft(actor.account.id), form=drafts.kept(asked.form)))


def _with_other_rows(actor: Actor, asked: Asked, path: str) -> Response:
    keep(actor, asked)
    address = url_for("record.draft", draft_id=asked.draft_id, _anchor=path)
    return redirect(address, 303)  # type: ignore[return-value]


def _go_on(actor: Actor, asked: Asked, problems: Mapping[str, tuple[CandourError, ...]]) -> Response:
    keep(actor, asked)
    found = dict(problems) or problems_of(actor, asked)
    if found:
        return _form(actor, asked, _history(actor, asked), found)
    return redirect(url_for("record.check", draft_id=asked.draft_id), 303)  # type: ignore[return-value]


def problems_of(actor: Actor, asked: Asked) -> dict[str, tuple[CandourError, ...]]:
    """Return path -> what is wrong with what was typed; under "" what a rule of the record says."""
    try:
        provisional(asking.submission_of(actor, asked))
    except Invalid as invalid:
        return dict(invalid.problems)
    except Refused as refused:
        return {"": (refused,)}
    return {}


def _history(actor: Actor, asked: Asked) -> History | None:
    stream = asking.parsed(asked.stream)
    return None if stream is None else asking.history_for(actor, stream)


def _form(
    actor: Actor,
    asked: Asked,
    history: History | None,
    problems: Mapping[str, tuple[CandourError, ...]] | None = None,
) -> Response:
    said = voice()
    maker = asking.maker_of(asked, asking.choices_for(actor, asked, history, said), said)
    page, errors = placed(asked.kind, maker, problems) if problems else (page_of(asked.kind, maker), [])
    asks = asking.is_asking(actor, asked.kind)
    if asks:
        facts = tuple(each for each in page.facts if each.path not in asking.NOT_ASKED_OF_PROVIDERS)
        page = replace(page, facts=facts, word=(), more=())
    return form_page(
        "record/form.html",
        422 if errors else 200,
        asked=asked,
        page=page,
        errors=errors,
        title=said.words(asked.kind.declaration.title),
        use=said.words(when_to_use(asked.kind)),
        place=place_of(asked.stream, said),
        about=_about(asked, history, said),
        asks=asks,
        complete=maker.complete,
        one=lambda name: one(asked.form, name),
        texts=lambda name: asked.form.get(name, []),
        ticked=lambda name: ticked(asked.form, name),
    )


def place_of(stream: str, said: Voice) -> tuple[str, str] | None:
    """Return (address, title) of the page about a stream."""
    found = asking.parsed(stream)
    if found is None:
        return None
    with reading_record() as connection:
        return present.path_of(found), streams.titles(connection, [found], said)[found]


def _about(asked: Asked, history: History | None, said: Voice) -> list[tuple[int, str, list[present.Fact]]]:
    """Return the number, the line and the facts of each entry that opened a thing which the form speaks of."""
    found = []
    for each in v.fields_of(asked.kind):
        if history is None or not isinstance(each.kind, Entity) or each.kind.role != "refers":
            continue
        opened = history.opened(each.kind.entity, one(asked.form, f"data.{each.name}"))
        if opened is not None:
            told = present.facts(preview(opened, history), said)
            found.append((opened.index, say_struct(opened.action, said), list(told)))
    return found


def _choose_stream(kind: type[v.Action]) -> Response:
    """Ask which process it is about."""
    said, kinds_of_streams = voice(), kind.declaration.streams
    with reading_record() as connection:
        listed = [each for name in kinds_of_streams for each in streams.listed(connection, name, MOST_STREAMS)]
    options = [Option(str(each.stream), streams.title_of(each, said)) for each in listed if each.stream != LEDGER]
    if kinds_of_streams == ("ledger",):
        options = [Option(str(LEDGER), gettext("This ledger"))]
    wrong = "stream" in request.args
    return form_page(
        "record/place.html",
        422 if wrong else 200,
        short=kind.declaration.name.rpartition(".")[0],
        title=said.words(kind.declaration.title),
        use=said.words(when_to_use(kind)),
        options=options,
        error=gettext("Choose the process or the group that this is about.") if wrong else None,
        given={name: texts for name, texts in request.args.lists() if name != "stream"},
    )


@record.get("/drafts/<draft_id>/problems")
def problems(draft_id: str) -> Response:
    """Show a draft with what is wrong in it now."""
    actor = current()
    asked = draft_of(actor, draft_id)
    found = problems_of(actor, asked)
    if not found:
        return redirect(url_for("record.check", draft_id=draft_id), 303)  # type: ignore[return-value]
    return _form(actor, asked, _history(actor, asked), found)
