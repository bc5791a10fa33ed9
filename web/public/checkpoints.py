"""Every checkpoint that the log has signed, with who cosigned it and when: a page, and the same as data."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson
from flask import Response, render_template, request, url_for
from sqlalchemy import select

from ledger.cosignatures import Seen, complete
from ledger.database import checkpoint as signed
from ledger.database import cosignature
from ledger.log import published_head
from ledger.tlog.note import Checkpoint, Note
from web.answers import FOR_A_MINUTE, answer, open_data, page
from web.language import voice
from web.public.blueprint import public
from web.public.paging import asked_index
from web.public.proof import moment, published_key
from web.state import record, state

AT_ONCE: Final = 100
"""Checkpoints on one page."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def wants_page() -> bool:
    """Whether the reader asks for a page rather than for the signed notes themselves, as verifiers do."""
    best = request.accept_mimetypes.best_match(["text/plain", "text/html"], default="text/plain")
    return best == "text/html" and bool(request.accept_mimetypes)


@public.get("/log/checkpoints.html")
def checkpoints() -> Response:
    """Show the checkpoints, newest first."""
    said = voice()
    found, following = _found()
    rows = [
        {
            **each,
            "when": said.instant(each["at"]),
            "seen": [(seen.witness, moment(seen, said)) for seen in each["seen"]],
        }
        for each in found
    ]
    return page(render_template("checkpoints.html", rows=rows, following=following))


@public.get("/log/checkpoints.json")
def checkpoints_json() -> Response:
    """Return the checkpoints as data, newest first; `next` is the address of the page after this one, or null."""
    found, following = _found()
    body = {
        "checkpoints": [
            {
                "size": each["size"],
                "root": each["root"],
                "signed_at": each["at"].isoformat().replace("+00:00", "Z"),
                "published": each["published"],
                "cosignatures": [{"witness": seen.witness, "time": seen.time} for seen in each["seen"]],
                "note": each["note"],
            }
            for each in found
        ],
        "next": None if following is None else url_for("public.checkpoints_json", before=following),
    }
    return open_data(answer(orjson.dumps(body, option=orjson.OPT_INDENT_2), "application/json", FOR_A_MINUTE))


def _found() -> tuple[list[dict[str, Any]], int | None]:
    """Return at most `AT_ONCE` checkpoints below `?before=`, and the size below which the next ones are."""
    before = asked_index("before")
    key = published_key(state().public_dir)
    head = None if key is None else published_head(state().public_dir, key)
    size = -1 if head is None else head.checkpoint.size
    query = select(signed.c.size, signed.c.note, signed.c.signed_at).order_by(signed.c.size.desc()).limit(AT_ONCE + 1)
    # What is signed and waits for its witnesses is not public yet.
    query = query.where(signed.c.size <= size)
    if before is not None:
        query = query.where(signed.c.size < before)
    with record() as connection:
        rows = connection.execute(query).all()
        shown = rows[:AT_ONCE]
        sizes = [row.size for row in shown]
        whole = dict(complete(connection, [(row.size, row.note) for row in shown]))
        seen: dict[int, list[Seen]] = {}
        cosigned = select(cosignature.c.witness, cosignature.c.size, cosignature.c.time).where(
            cosignature.c.size.in_(sizes)
        )
        for each in connection.execute(cosigned.order_by(cosignature.c.witness)):
            seen.setdefault(each.size, []).append(Seen(*each))
    found = [
        {
            "size": row.size,
            "root": _root(whole[row.size]),
            "note": whole[row.size].decode(),
            "at": _EPOCH + timedelta(microseconds=row.signed_at),
            "published": row.size == size,
            "seen": seen.get(row.size, []),
        }
        for row in shown
    ]
    return found, sizes[-1] if len(rows) > AT_ONCE else None


def _root(note: bytes) -> str:
    text = Note.from_bytes(note).text
    Checkpoint.from_text(text)
    return text.split("\n")[2]
