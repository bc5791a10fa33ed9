"""Entries: read one by one or followed, tried out, and recorded."""

from __future__ import annotations

import hashlib
import re
from typing import Any, Final

from flask import Response, abort, current_app, jsonify, request, url_for
from flask_babel import gettext

from ledger.kinds import Json
from ledger.process import Submission
from ledger.schema import MOST_INPUT_BYTES, parse_json
from ledger.store import Ledger
from ledger.streams import Stream
from ledger.when import instant_text
from ledger.words import N_
from projections import entries, present
from projections.entries import EntryView
from web import recording
from web.api import plain, shapes
from web.api.answering import read, write
from web.api.parameters import Following
from web.authority import is_theirs
from web.language import voice
from web.people.access import SIGNED_IN, current, open_to, people
from web.problems import Detail, problem
from web.recording import Once
from web.soundness import require_sound
from web.state import record, state

_STORE: Final = "candour-store"
_KEY: Final = re.compile(r"[!-~]{1,200}", re.ASCII)


@read("/entries", N_("Follow the log, or read a part of it"), shapes.Entries, Following)
def follow_entries(asked: dict[str, Any]) -> dict[str, Json]:
    """Return entries after a number, in the order of the log. A program that follows asks again with `after`."""
    stream = None if asked["stream"] is None else Stream.parse(asked["stream"])
    with record() as connection:
        found = entries.after(connection, asked["after"], asked["limit"] + 1, stream=stream, action=asked["action"])
        size = entries.size(connection)
    shown = found[: asked["limit"]]
    last = shown[-1].entry.index if shown else asked["after"]
    return {
        "entries": [_told(view) for view in shown],
        "after": last,
        "more": len(found) > len(shown),
        "size": size,
    }


@read("/entries/<entry:index>", N_("Read one entry"), shapes.Entry)
def one_entry(index: int) -> dict[str, Json]:
    """Return one entry, as far as it is public."""
    with record() as connection:
        view = entries.one(connection, index)
    if view is None:
        abort(404)
    return _told(view)


def _told(view: EntryView) -> dict[str, Json]:
    said = voice()
    return plain.of_entry(view) | {
        "url": state().site.url(f"/entries/{view.entry.index}"),
        "headline": present.headline(view, said),
        "tags": list(present.tags(view, said)),
        "contradicts": list(present.refusals(view, said)),
    }


# --- recording --------------------------------------------------------------------------------------------------------


@write("/entries", N_("Record an entry"), 201, shapes.Receipt, once=True)
@open_to(SIGNED_IN)
def record_entry() -> Response:
    """Record an entry, once for each idempotency key: the same request again gets the same answer."""
    body, submission = _sent()
    key = request.headers.get("Idempotency-Key")
    if key is not None and _KEY.fullmatch(key) is None:
        return problem(
            422,
            gettext("This idempotency key cannot be used"),
            gettext("Use from 1 to 200 printable ASCII characters without spaces, such as a UUID."),
            [Detail(gettext("Use from 1 to 200 printable ASCII characters."), parameter="Idempotency-Key")],
        )
    refused = _not_theirs(submission)
    if refused is not None:
        return refused
    require_sound(state().public_dir)
    once = None if key is None else Once(current().account.id, key, hashlib.sha256(body).hexdigest())
    made = recording.record(_store(), state().engine, submission, once).recorded
    response = jsonify(
        index=made.index,
        stream=str(made.stream),
        recorded=instant_text(made.recorded),
        url=state().site.url(f"/entries/{made.index}"),
        api=state().site.url(url_for("api.one_entry", index=made.index)),
    )
    response.status_code = 201
    response.headers["Location"] = url_for("api.one_entry", index=made.index)
    return response


@write("/entries/preview", N_("Try out an entry"), 200, shapes.Preview)
@open_to(SIGNED_IN)
def preview_entry() -> dict[str, Json] | Response:
    """Decide on an entry and show what everybody would see of it. Nothing is recorded."""
    _, submission = _sent()
    refused = _not_theirs(submission)
    if refused is not None:
        return refused
    said = voice()
    view = entries.preview(*recording.preview(_store(), submission))
    shown = plain.of_entry(view)
    return {
        "headline": present.headline(view, said),
        "tags": list(present.tags(view, said)),
        "stream": shown["stream"],
        "statement": shown["statement"],
        "data": shown["data"],
    }


def _sent() -> tuple[bytes, Submission]:
    """Return what was sent, and what it means. Raises `Invalid`; 413 and 415 for what is not looked at."""
    if request.mimetype != "application/json":
        abort(415)
    request.max_content_length = MOST_INPUT_BYTES
    body = request.get_data(cache=False)
    return body, recording.read(parse_json(body), account=current().account.email)


def _not_theirs(submission: Submission) -> Response | None:
    """Return the refusal where the token, or its account, may not record this for that organisation."""
    actor, by = current(), submission.statement.by.organisation
    kind = submission.action.declaration
    if actor.may_record(kind.name, (str(by.scheme), str(by.id))):
        return None if is_theirs(_store(), submission) else _not_their_entry()
    if "record" not in actor.scopes:
        advice = gettext("This token is for reading. Make one with the scope “record”.")
    else:
        advice = gettext(
            "This account may not record “%(kind)s” for %(scheme)s %(number)s. Ask an administrator for the role, or "
            "record it for an organisation of yours.",
            kind=voice().words(kind.title),
            scheme=by.scheme,
            number=by.id,
        )
    return problem(403, gettext("This is not yours to record"), advice)


def _not_their_entry() -> Response:
    advice = gettext(
        "This entry is another organisation's. Its information officer, or whoever runs this site, can do it."
    )
    return problem(403, gettext("This is not yours to record"), advice)


def _store() -> Ledger:
    """Return the ledger of this application; it remembers histories between requests."""
    clock = people().clock
    found: Ledger = current_app.extensions.setdefault(_STORE, Ledger(state().engine, clock=clock))
    return found
