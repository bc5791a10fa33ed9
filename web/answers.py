"""Answers that a reader need not fetch twice: entity tags made of the content, dates, and how long to keep them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from flask import Response, request

from web.sheet import Sheet, as_csv, as_json

FOR_A_MINUTE: Final = "public, max-age=60"
"""Also how long a value that was removed by law can stay in a cache that obeys."""

FOR_EVER: Final = "public, max-age=31536000, immutable"
"""For what can never change: full and partial tiles, and the exact bytes of an entry."""

ALWAYS_ASK: Final = "no-cache"


def answer(body: bytes | str, media_type: str, keep: str, changed: datetime | None = None) -> Response:
    """Return a body with a strong entity tag, or 304 where the reader has it. `changed` is an aware instant."""
    content = body.encode() if isinstance(body, str) else body
    response = Response(content, content_type=media_type)
    response.headers["Cache-Control"] = keep
    response.set_etag(hashlib.sha256(content).hexdigest())
    response.last_modified = changed
    response.make_conditional(request)
    return response


def table(sheet: Sheet, form: str, about: Mapping[str, object] | None = None) -> Response:
    """Return a table as a file, CSV or JSON; JSON also says what it is about."""
    if form == "json":
        return open_data(answer(as_json(sheet, about or {}), "application/json", FOR_A_MINUTE))
    made = open_data(answer(as_csv(sheet), "text/csv; charset=utf-8; header=present", FOR_A_MINUTE))
    made.headers["Content-Disposition"] = f'attachment; filename="candour-{sheet.name}.csv"'
    return made


def page(html: str) -> Response:
    """Return a page. It is the same for every reader of one language."""
    response = answer(html, "text/html; charset=utf-8", FOR_A_MINUTE)
    response.vary.add("Accept-Language")
    return response


def open_data(response: Response) -> Response:
    """Let a page of any origin read this: it is public, and no credentials go with it."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
