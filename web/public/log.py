"""The published log, from the folder of finished files. Any web server may serve that folder in this one's place."""

from __future__ import annotations

from typing import Final

from flask import Response, abort, send_file

from ledger.log import CHECKPOINT, FOLDER, HANDOVERS, HISTORY, KEY, WITNESSES
from ledger.tlog.errors import TileError
from ledger.tlog.tiles import parse_path
from web.answers import ALWAYS_ASK, FOR_EVER, open_data
from web.public.blueprint import public
from web.public.checkpoints import checkpoints, wants_page
from web.state import state

_TEXT: Final = "text/plain"
_BYTES: Final = "application/octet-stream"


@public.get(f"/log/<any({CHECKPOINT}, {HISTORY}, {KEY}, {WITNESSES}, {HANDOVERS}):name>")
def log_text(name: str) -> Response:
    """Return the newest checkpoint, all checkpoints, the public key, what proves its changes, or who the witnesses are.

    Whoever asks for the checkpoints as a page, as browsers do, gets one.
    """
    response = checkpoints() if name == HISTORY and wants_page() else _file(name, _TEXT, ALWAYS_ASK)
    if name == HISTORY:
        response.vary.add("Accept")
    return response


@public.get("/log/tile/<path:rest>")
def log_tile(rest: str) -> Response:
    """Return a hash tile or an entry bundle (C2SP tlog-tiles)."""
    try:
        # The one spelling of a place in the tree: no path that leads elsewhere is one.
        path = parse_path(f"tile/{rest}").path
    except TileError:
        abort(404)
    return _file(path, _BYTES, FOR_EVER)


def _file(name: str, media_type: str, keep: str) -> Response:
    path = (state().public_dir / FOLDER / name).resolve()
    try:
        response = send_file(path, mimetype=media_type, conditional=True)
    except FileNotFoundError:
        abort(404)
    response.headers["Cache-Control"] = keep
    return open_data(response)
