"""The evidence bundle of a process, to be taken away and checked without us."""

from __future__ import annotations

from typing import Final

from flask import Response

from ledger.clock import england_and_wales, utc_now
from ledger.streams import Stream
from projections.bundle import make_bundle, published
from web.answers import ALWAYS_ASK, answer, open_data
from web.language import voice
from web.public.blueprint import public
from web.state import record, state

_ZIP: Final = "application/zip"


@public.get("/processes/<reference:name>/bundle.zip")
def bundle(name: str) -> Response:
    """Return everything that proves what is on record of a process, with a program that checks it."""
    # To the minute, so that whoever asks twice at once gets one and the same file.
    at = utc_now().replace(second=0, microsecond=0)
    with record() as connection:
        content = make_bundle(
            connection, published(state().public_dir), Stream("process", name), at, england_and_wales(), voice()
        )
    response = answer(content, _ZIP, ALWAYS_ASK)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}-bundle.zip"'
    return open_data(response)
