"""The check before recording: exactly the public entry; then the record itself, once; then the receipt."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from flask import Response, abort, redirect, request, url_for

from ledger.errors import Invalid, Refused, Wrong
from ledger.process import Recorded, Submission
from ledger.voice import Voice
from ledger.words import N_
from projections import entries, present
from projections.entries import EntryView
from projections.follow import load_history
from web.language import voice
from web.people.access import Actor, current
from web.people.access import people as context
from web.people.accounts import changing
from web.people.entering import form_page
from web.public import figures
from web.record import asking, drafts
from web.record.asking import Asked
from web.record.blueprint import record
from web.record.effect import Effect, effect_of
from web.record.form import draft_of, place_of
from web.record.forms import one, ticked
from web.record.writing import Moved, position_of, provisional, record_draft, store
from web.recording import OtherContent
from web.state import record as reading_record

MOST_NEWER: Final = 20
"""Entries of others that are listed; beyond that, the page of the process is the place to read them."""


@record.get("/drafts/<draft_id>/check")
def check(draft_id: str) -> Response:
    """Show exactly what the public will read."""
    actor = current()
    number = position_of(actor.account.id, draft_id)
    if number is not None:
        return redirect(url_for("record.receipt", draft_id=draft_id), 303)  # type: ignore[return-value]
    return _check(actor, draft_of(actor, draft_id))


def _check(actor: Actor, asked: Asked, error: str | None = None, status: int = 200) -> Response:
    try:
        submission = asking.submission_of(actor, asked)
        view = provisional(submission)
    except (Invalid, Refused):
        # Somebody else's entry may have changed what can be recorded: the form says what is wrong now.
        return redirect(url_for("record.problems", draft_id=asked.draft_id), 303)  # type: ignore[return-value]
    said = voice()
    return form_page(
        "record/check.html",
        status,
        asked=asked,
        error=error,
        place=place_of(asked.stream, said),
        newer=_newer(submission, asked, said),
        seen=store().history(submission.stream).version,
        effect=_effect(view.entry),
        figures=figures,
        said=said,
        **shown(view, said),
    )


def _effect(made: Recorded) -> Effect | None:
    """Return what an entry that is not on record yet would do to the time to bid."""
    with reading_record() as connection:
        before, after = (load_history(connection, made.stream) for _ in range(2))
    after.add(made)
    return effect_of(type(made.action), before, after)


def shown(view: EntryView, said: Voice) -> dict[str, object]:
    """Return what the public will read of an entry, for the template."""
    return {
        "view": view,
        "title": said.words(view.entry.action.declaration.title),
        "headline": present.headline(view, said),
        "author": present.listed(view, said).author,
        "tags": present.tags(view, said),
        "facts": present.facts(view, said),
        "envelope": present.envelope(view, said),
        "sources": present.sources(view, said),
        "correction": present.reason_for_correction(view, said),
    }


def _newer(submission: Submission, asked: Asked, said: Voice) -> list[present.Listed]:
    """Return what others recorded in the stream since the draft was begun, newest first."""
    history = store().history(submission.stream)
    found = [each for each in history.entries() if each.version > asked.version]
    return [present.listed(entries.preview(each, history), said) for each in found[::-1][:MOST_NEWER]]


@record.post("/drafts/<draft_id>/check")
def confirm(draft_id: str) -> Response:
    """Record the draft. Sent twice, it is recorded once."""
    actor = current()
    if position_of(actor.account.id, draft_id) is not None:
        return redirect(url_for("record.receipt", draft_id=draft_id), 303)  # type: ignore[return-value]
    asked = draft_of(actor, draft_id)
    form = request.form.to_dict(flat=False)
    if not ticked(form, "declared"):
        return _check(actor, asked, voice().error(Wrong(_DECLARE)), 422)
    try:
        submission = asking.submission_of(actor, asked)
        digest = asking.digest_of(asking.raw_submission(actor, asked))
        # Sent again, the draft is an entry already, and its clock has moved on since: what was recorded is what counts.
        with suppress(OtherContent):
            record_draft(submission, actor.account.id, draft_id, digest, _whole(one(form, "seen")))
    except Moved:
        return _check(actor, asked, voice().error(Wrong(_MOVED)), 409)
    except (Invalid, Refused):
        return redirect(url_for("record.problems", draft_id=draft_id), 303)  # type: ignore[return-value]
    return redirect(url_for("record.receipt", draft_id=draft_id), 303)  # type: ignore[return-value]


_DECLARE: Final = N_("Tick the box to say that this is right, or go back and change it.")
_MOVED: Final = N_(
    "Somebody recorded something here while you were checking. Read what is new below. What you typed is kept: "
    "record it if it is still right, or change it."
)


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 10 else -1  # noqa: PLR2004


@record.get("/receipts/<draft_id>")
def receipt(draft_id: str) -> Response:
    """Say under which number it was recorded, and when it is public."""
    number = position_of(current().account.id, draft_id)
    if number is None:
        abort(404)
    said = voice()
    made = next(store().read(number, number + 1))
    view = entries.preview(made, store().history(made.stream))
    with reading_record() as connection:
        public = entries.one(connection, number) is not None
    return form_page(
        "record/receipt.html",
        number=number,
        public=public,
        headline=present.headline(view, said),
        place=place_of(str(made.stream), said),
    )


@record.post("/drafts/<draft_id>/discard")
def discard(draft_id: str) -> Response:
    """Erase a draft."""
    with changing(context().engine) as connection:
        drafts.discard(connection, current().account.id, draft_id)
    return redirect(url_for("record.home", _anchor="drafts"), 303)  # type: ignore[return-value]
