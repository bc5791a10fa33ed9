"""Copies of documents: looked at, named by their SHA-256 digest, kept, and given to anyone once an entry names them."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from typing import Final

from flask import Response, abort, request
from flask.blueprints import BlueprintSetupState
from flask_babel import gettext
from sqlalchemy import Connection, insert, select

from ledger.errors import CandourError, Wrong
from ledger.words import N_
from projections import copies
from web.answers import FOR_A_MINUTE, answer
from web.errors import Unclear
from web.people.access import ANYONE, current, open_to
from web.people.access import people as context
from web.people.accounts import changing, micros
from web.record.blueprint import record
from web.state import record as reading_record
from web.tables import document as table

MOST_BYTES: Final = 10_000_000
_DIGEST: Final = re.compile("[0-9a-f]{64}")
_PATH: Final = re.compile(r"[a-z0-9_.]{1,200}\.file")
_ZIP: Final = b"PK\x03\x04"

TYPES: Final = {
    "pdf": ("application/pdf", b"%PDF-"),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", _ZIP),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _ZIP),
    "odt": ("application/vnd.oasis.opendocument.text", _ZIP),
    "ods": ("application/vnd.oasis.opendocument.spreadsheet", _ZIP),
    "csv": ("text/csv", b""),
    "txt": ("text/plain", b""),
    "png": ("image/png", b"\x89PNG\r\n\x1a\n"),
    "jpg": ("image/jpeg", b"\xff\xd8\xff"),
    "jpeg": ("image/jpeg", b"\xff\xd8\xff"),
}
"""Ending of a file's name -> its type, and how its content begins."""

_ENDINGS: Final = {media_type: ending for ending, (media_type, _) in reversed(TYPES.items())}


def media_type_of(name: str, content: bytes) -> str:
    """Return the type of a file by its ending, where its content agrees. Raises `Wrong`."""
    if len(content) > MOST_BYTES:
        raise Wrong(N_("This file is larger than 10 MB. Publish it elsewhere, and give its web address."))
    if not content:
        raise Wrong(N_("This file is empty. Choose another one."))
    media_type, begins = TYPES.get(name.rpartition(".")[2].lower(), ("", b""))
    if not media_type:
        raise Wrong(N_("A file of this type is not taken. Save it as PDF, or give its web address."))
    is_text = media_type.startswith("text/")
    if not content.startswith(begins) or (is_text and b"\0" in content):
        raise Wrong(N_("This file is not what its name says. Save it anew, as PDF for example."))
    return media_type


def keep(connection: Connection, content: bytes, media_type: str, account: int, at: datetime) -> str:
    """Keep a copy, once; return its digest. Raises `Wrong` where it was removed by law."""
    digest = hashlib.sha256(content).hexdigest()
    held = connection.execute(select(table.c.removed).where(table.c.sha256 == digest)).first()
    if (held is not None and held.removed is not None) or copies.state_of(connection, digest) == "removed":
        raise Wrong(N_("This very file was removed by law, and is not taken again. Leave it out, or choose another."))
    if held is None:
        row = {"sha256": digest, "media_type": media_type, "size": len(content), "content": content}
        connection.execute(insert(table).values(row | {"account": account, "at": micros(at)}))
    return digest


def keep_uploads(form: dict[str, list[str]]) -> dict[str, tuple[CandourError, ...]]:
    """Keep the files sent with a form, and name them in it; return path -> what is wrong with a file."""
    problems: dict[str, tuple[CandourError, ...]] = {}
    for name, sent in request.files.items():
        if not sent.filename or _PATH.fullmatch(name) is None:
            continue
        path = name.removesuffix(".file")
        content = sent.stream.read(MOST_BYTES + 1)
        try:
            media_type = media_type_of(sent.filename, content)
            with changing(context().engine) as connection:
                digest = keep(connection, content, media_type, current().account.id, context().clock())
        except Wrong as wrong:
            problems[path] = (wrong,)
            continue
        form |= {f"{path}.sha256": [digest], f"{path}.digest_of": ["file"]}
        if not path.startswith("sources."):
            form |= {f"{path}.size": [str(len(content))], f"{path}.media_type": [media_type]}
    return problems


@open_to(ANYONE)
def document(digest: str) -> Response:
    """Give a copy that a public entry names, as a file to save and never as a page; 410 where it was removed by law."""
    if _DIGEST.fullmatch(digest) is None:
        abort(404)
    with reading_record() as connection:
        named = copies.state_of(connection, digest)
        found = connection.execute(select(table).where(table.c.sha256 == digest)).one_or_none()
    if found is not None and found.removed is not None:
        raise _gone(found.removed)
    if named == "removed":
        abort(410)
    if found is None or named is None:
        abort(404)
    response = answer(found.content, found.media_type, FOR_A_MINUTE)
    response.headers["Content-Disposition"] = f'attachment; filename="{digest[:16]}.{_ENDINGS[found.media_type]}"'
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def _gone(index: int) -> Unclear:
    advice = gettext("The copy was removed by law. Entry %(number)s says when, and on which basis.", number=index)
    return Unclear(410, gettext("This document is gone for good"), advice)


@record.record_once
def _put(setup: BlueprintSetupState) -> None:
    """Serve documents at their own address, and let no request be larger than a document with its form."""
    setup.app.add_url_rule("/documents/<digest>", endpoint="record.document", view_func=document)
    setup.app.config.update(
        MAX_CONTENT_LENGTH=MOST_BYTES + 2_000_000,
        MAX_FORM_MEMORY_SIZE=2_000_000,
        MAX_FORM_PARTS=10_000,
    )
