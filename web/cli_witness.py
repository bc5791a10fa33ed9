"""`candour witness`: run a witness for other people's logs, and watch a log from outside."""

from __future__ import annotations

import secrets
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Final

import click

from ledger.clock import utc_now
from ledger.watching import LASTING, Limits, Look, look
from ledger.witness import create_witness, open_witness
from web.serving import stop_with_parent
from web.witness_app import WitnessServer

_FOLDER: Final = click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("var/witness"),
    show_default=True,
    help="Where the witness keeps its key and its memory.",
)


@click.group(epilog="\b\nExample:\n  candour witness init --name witness.example/w1")
def witness() -> None:
    """Witness logs: sign only what extends what was signed before."""


@witness.command(epilog="\b\nExample:\n  candour witness init --name witness.example/w1")
@click.option("--name", required=True, help="The witness's name: its address without https://, say.")
@_FOLDER
def init(name: str, folder: Path) -> None:
    """Make a witness: a key of its own and an empty memory."""
    made = create_witness(folder, name, secrets.token_bytes(32))
    click.echo(f"The witness is ready. Its key, to give to those whose logs it will cosign:\n{made.vkey}")
    click.echo("Never restore its folder from an older copy: it would sign a second history as readily as the first.")


@witness.command(epilog="\b\nExample:\n  candour witness trust 'ledger.example/log+0a1b2c3d+AW…'")
@click.argument("vkey")
@_FOLDER
def trust(vkey: str, folder: Path) -> None:
    """Cosign the log with the key VKEY from now on."""
    origin = open_witness(folder).trust(vkey)
    click.echo(f"The witness cosigns {origin} from now on.")


@witness.command(epilog="\b\nExample:\n  candour witness distrust 'ledger.example/log+0a1b2c3d+AW…'")
@click.argument("vkey")
@_FOLDER
def distrust(vkey: str, folder: Path) -> None:
    """Cosign nothing more for the key VKEY, as after a change of the log's key or a theft."""
    origin = open_witness(folder).distrust(vkey)
    click.echo(f"The witness cosigns {origin} for that key no more. What it has seen of the log it still remembers.")


@witness.command(epilog="\b\nExample:\n  candour witness serve --port 8090")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8090, show_default=True, type=click.IntRange(1, 65535), help="The port to serve on.")
@_FOLDER
def serve(host: str, port: int, folder: Path) -> None:
    """Answer logs that ask for cosignatures. Put a web server with TLS in front of it."""
    opened = open_witness(folder)
    click.echo(f"Serving the witness {opened.vkey} at http://{host}:{port} (press Ctrl+C to stop)")
    WitnessServer(opened, host, port).run()


@witness.command(epilog="\b\nExample:\n  candour witness alarms")
@_FOLDER
def alarms(folder: Path) -> None:
    """Show the evidence of forks that the witness was shown; ends with 1 if there is any."""
    found = open_witness(folder).alarms()
    for alarm in found:
        click.echo(f"{datetime.fromtimestamp(alarm.time, UTC):%Y-%m-%d %H:%M} UTC: {alarm.origin} has signed both")
        click.echo(f"{alarm.earlier}\nand\n\n{alarm.later}")
    if found:
        sys.exit(1)
    click.echo("No alarms.")


@witness.command(epilog='\b\nExample:\n  candour witness watch https://ledger.example --vkey "$(cat key.txt)" --once')
@click.argument("target")
@click.option("--vkey", metavar="KEY", required=True, help="The log's key, got from somewhere else than the log.")
@click.option("--every", default=300, show_default=True, type=click.IntRange(1), help="Seconds between two looks.")
@click.option("--once", is_flag=True, help="Look once, and end with 1 if anything is wrong.")
@click.option("--stalled-after", default=24 * 14, show_default=True, help="Hours in which something must be new.")
@click.option("--silent-after", default=2, show_default=True, help="Hours in which the log must have answered.")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("var/watch"),
    show_default=True,
    help="Where the last checkpoint and evidence are kept: one folder for each log.",
)
def watch(  # one option each
    target: str,
    vkey: str,
    every: int,
    once: bool,  # noqa: FBT001 - click passes flags so
    stalled_after: int,
    silent_after: int,
    folder: Path,
) -> None:
    """Follow the log at TARGET, and raise the alarm if it forks, shrinks, stands still or falls silent.

    A fork or a shrink ends the watch with status 1, because nothing can put it right; the evidence is kept. The other
    alarms are repeated at each look while they last.
    """
    limits = Limits(timedelta(hours=stalled_after), timedelta(hours=silent_after))
    stop = Event()
    stop_with_parent(None, stop)
    while True:
        found = look(target, vkey, folder, utc_now(), limits)
        _tell(found, folder)
        if found.alarm is not None and (once or found.alarm.kind in LASTING):
            sys.exit(1)
        if once or stop.wait(every):
            return


def _tell(found: Look, folder: Path) -> None:
    if found.alarm is not None:
        kept = f" Evidence: {folder / 'evidence'}" if found.alarm.evidence else ""
        click.echo(f"ALARM ({found.alarm.kind}): {found.alarm.sentence}{kept}", err=True)
    elif found.checkpoint is None:
        click.echo("The log does not answer at the moment.", err=True)
    else:
        click.echo(f"{found.checkpoint.origin}: {found.checkpoint.size} entries, and all before are still there.")
