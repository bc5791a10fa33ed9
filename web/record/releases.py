"""Taking in official releases in a browser, for who records; and erasing by law what the quarantine keeps of them."""

from __future__ import annotations

import shutil
import tempfile
from itertools import islice
from pathlib import Path
from typing import Final

from flask import Blueprint, Response, abort, redirect, request, url_for

from ledger.actions.ledger import REDACTION_BASES
from ledger.clock import utc_now
from ledger.errors import Refused, Wrong
from ledger.ocds import quarantine
from ledger.ocds.read import refuse_longer
from ledger.ocds.taking import take
from ledger.words import N_
from web.language import voice
from web.people.access import open_to
from web.people.access import people as context
from web.people.entering import form_page
from web.people.roles import INFORMATION_OFFICER, RECORDER
from web.public.paging import paging
from web.record.controls import Option
from web.record.writing import store
from web.releases import Source, found_in, refuse_other, summed
from web.state import record as reading_record

importing: Final = Blueprint("importing", __name__, url_prefix="/record/releases")
"""Pages of what is taken in, for the application to put on."""

MOST_BYTES: Final = 10_000_000
"""The longest file that a page takes, as it is sent."""

MOST_UNPACKED: Final = 40_000_000
"""Longer ones keep a browser waiting for too long; the command has no such bound."""

MOST_RELEASES: Final = 20_000
"""So many releases of one file are looked at: a minute's work."""

LISTED: Final = 20
_MOST_SHOWN: Final = 5_000
"""So many bytes of what is in quarantine are shown."""

_COMMAND: Final = N_("Files over 10 MB, or over 40 MB unpacked, are for the command: candour import ocds FILE.")


@open_to(RECORDER)
@importing.get("/")
def upload() -> Response:
    """Ask for a file of releases."""
    return _upload(None)


def _upload(problem: Wrong | None) -> Response:
    said = voice()
    error = None if problem is None else said.error(problem)
    return form_page("record/releases.html", 200 if problem is None else 422, error=error, command=said.words(_COMMAND))


@open_to(RECORDER)
@importing.post("/")
def take_in() -> Response:
    """Take in a file, and say what became of its releases. Sent again, it changes nothing."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return _upload(Wrong(N_("Choose a file.")))
    # What was sent lies in a file of the server's already, but under no name: it may have to be read twice.
    with tempfile.NamedTemporaryFile() as kept:
        shutil.copyfileobj(sent.stream, kept)
        kept.flush()
        source = Source(sent.filename, Path(kept.name), kept.tell())
        problem = _problem(source)
        if problem is not None:
            return _upload(problem)
        remaining = found_in([source])
        counts = summed(take(store(), context().engine, islice(remaining, MOST_RELEASES)))
        is_more = counts.found == MOST_RELEASES and next(remaining, None) is not None
    told = {name: getattr(counts, name) for name in _COUNTS} | ({"more": 1} if is_more else {})
    return redirect(url_for("importing.taken_in", **told), 303)  # type: ignore[return-value]


def _problem(source: Source) -> Wrong | None:
    """Return why a page does not take a file."""
    if not source.size:
        return Wrong(N_("This file is empty. Choose another one."))
    if source.size > MOST_BYTES:
        return Wrong(_COMMAND)
    try:
        with source.path.open("rb") as file:
            refuse_longer(file, MOST_UNPACKED)
        refuse_other(source)
    except Refused as refused:
        return Wrong(refused.template, **refused.parameters)
    except Wrong as wrong:
        return Wrong(_COMMAND) if "most" in wrong.parameters else wrong
    return None


_COUNTS: Final = ("found", "recorded", "unchanged", "quarantined", "entries")


@open_to(RECORDER)
@importing.get("/taken-in")
def taken_in() -> Response:
    """Say what became of the releases of a file."""
    counts = {name: max(0, request.args.get(name, 0, type=int)) for name in _COUNTS}
    if counts["found"] != counts["recorded"] + counts["unchanged"] + counts["quarantined"]:
        abort(404)
    more = MOST_RELEASES if "more" in request.args else None
    return form_page("record/releases_receipt.html", counts=counts, more=more)


# --- erasing ----------------------------------------------------------------------------------------------------------


@open_to(INFORMATION_OFFICER)
@importing.get("/quarantine")
def held() -> Response:
    """Show what is in quarantine with what it holds, which no public page does."""
    return _held(None)


def _held(problem: Wrong | None) -> Response:
    said = voice()
    with reading_record() as connection:
        part = paging(quarantine.count(connection), LISTED)
        rows = quarantine.listed(connection, part.size, part.offset)
    return form_page(
        "record/quarantine.html",
        200 if problem is None else 422,
        error=None if problem is None else said.error(problem),
        rows=[(each, each.say(said), _text(each.raw)) for each in rows],
        bases=[Option(code, said.words(label)) for code, label in REDACTION_BASES.labels.items()],
        paging=part,
    )


def _text(raw: bytes) -> str:
    text = raw[:_MOST_SHOWN].decode(errors="replace")
    shown = "".join(each if each.isprintable() or each == "\n" else "\N{REPLACEMENT CHARACTER}" for each in text)
    return f"{shown}…" if len(raw) > _MOST_SHOWN else shown


@open_to(INFORMATION_OFFICER)
@importing.post("/quarantine/<int:number>")
def erase(number: int) -> Response:
    """Erase what is kept of one thing in quarantine; its file and place stay, and that it was erased."""
    basis = request.form.get("basis", "")
    if basis not in REDACTION_BASES.labels:
        return _held(Wrong(N_("Choose the legal basis.")))
    if not quarantine.erase(context().engine, number, REDACTION_BASES.labels[basis], utc_now()):
        abort(404)
    return redirect(url_for("importing.held"), 303)  # type: ignore[return-value]
