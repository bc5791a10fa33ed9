"""`candour verify`: a log or a bundle checked from its public files alone, for whoever trusts nobody."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click

from ledger import offline
from ledger.errors import Unavailable, Wrong
from ledger.quorum import Quorum, hold_to_policy, judge, load_policy, trusted_key
from ledger.tlog.errors import TlogError
from ledger.tlog.note import Ed25519Verifier
from ledger.tlog.policy import Policy
from ledger.verify import Report
from ledger.verify import verify as verify_log


@click.command(
    epilog="\b\nExample:\n"
    '  candour verify http://127.0.0.1:8000 --vkey "$(cat key.txt)" --since remembered.txt\n'
    "  candour verify https://ledger.example --policy policy.txt"
)
@click.argument("target")
@click.option("--vkey", metavar="KEY", help="The log's public key, got from somewhere else than the log.")
@click.option("--since", type=click.Path(dir_okay=False, path_type=Path), help="Remember the checkpoint in this file.")
@click.option(
    "--policy",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A file that says whose cosignatures are needed (C2SP tlog-policy).",
)
def verify(target: str, vkey: str | None, since: Path | None, policy: Path | None) -> None:
    """Check a log at a web address or in a directory, or a bundle: every entry, hash, tile and signature.

    With a policy of your own, the checkpoint must also have the cosignatures of the witnesses that it asks for; the
    log's key is taken from it where it names one. Do not use the policy that the log publishes of itself.

    Notes are no failures: they name the entries that were recorded late, or that claim to come after their recording.
    """
    asked = None if policy is None else load_policy(policy)
    if target.endswith(".zip"):
        if since is not None:
            raise Wrong("--since is for a log, which moves on. Leave it out: a bundle stays what it is.")
        sys.exit(_tell_bundle(Path(target), vkey, asked))
    report = verify_log(target, vkey=vkey, since=since, policy=asked)
    for problem in report.problems:
        click.echo(str(problem), err=True)
    for note in report.notes:
        click.echo(f"Note: {note}")
    if report.noted > len(report.notes):
        click.echo(f"Note: and {report.noted - len(report.notes)} more of that kind.")
    if report.quorum is not None:
        for sentence in _witnessed(report.quorum):
            click.echo(sentence, err=not report.ok)
    for sentence in _verdict(report):
        click.echo(sentence, err=not report.ok)
    if not report.ok:
        sys.exit(1)


def _witnessed(quorum: Quorum) -> Iterator[str]:
    for name, time in quorum.cosigned:
        yield f"Cosigned by {name} at {_moment(time)}."
    for name in quorum.missing:
        yield f"Not cosigned by {name}."
    yield f"The quorum “{quorum.name}” is {'met' if quorum.is_met else 'NOT met'}."


def _moment(time: int) -> str:
    try:
        return f"{datetime.fromtimestamp(time, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (OverflowError, ValueError, OSError):
        return f"{time} seconds after 1970"


def _verdict(report: Report) -> Iterator[str]:
    if report.stopped:
        yield "Verification stopped early: there may be more that is wrong than is listed."
    if not report.ok:
        yield f"The log does NOT verify: {len(report.problems)} problems."
        return
    yield f"{report.entries} entries, {report.tiles} tiles and {report.checkpoints} checkpoints verified."
    if report.remembered is not None:
        yield f"It extends the log of {report.remembered} entries that was verified before."
    if report.changes:
        yield f"Changes of the log's key, each signed by the old key and the new one: {report.changes}."
    if report.self_consistent_only:
        yield "Self-consistent only: no key was given, so nothing says whose log this is. Give --vkey."
    else:
        yield f"Signed by {report.vkey}"


# --- bundles ----------------------------------------------------------------------------------------------------------


def _tell_bundle(path: Path, vkey: str | None, policy: Policy | None) -> int:
    """Verify a bundle with this program's own verifier, never the bundle's, and tell it; return the exit status."""
    try:
        files = offline.read_zip(offline.read_limited(path)) if policy is not None else {}
        key = vkey if policy is None else _bundle_key(files, vkey, policy)
        report = offline.verify(path, key)
    except OSError as error:
        raise Unavailable("%(file)s cannot be read: %(error)s.", file=path, error=error.strerror or error) from error
    except offline.Bad as error:
        raise Wrong("%(file)s is no bundle: %(why)s", file=path, why=error.message) from error
    for fact in report.facts:
        click.echo(str(fact))
    for problem in report.problems:
        click.echo(str(problem), err=True)
    if not report.ok:
        click.echo(f"The bundle does NOT verify: {len(report.problems)} problems.", err=True)
        return 1
    if policy is not None and not _meets(files, policy):
        return 1
    if report.pinned:
        click.echo(f"Signed by {report.vkey}")
    else:
        click.echo("Self-consistent only: no key was given, so nothing says whose log this is. Give --vkey.")
    return 0


def _bundle_key(files: dict[str, bytes], vkey: str | None, policy: Policy) -> str | None:
    if vkey is None:
        key = trusted_key(policy, files.get(offline.KEY))
        return None if key is None else key.to_vkey()
    try:
        hold_to_policy(Ed25519Verifier.from_vkey(vkey.strip()), policy)
    except TlogError as error:
        raise Wrong("The key must be given as name+hash+key, as the log publishes it: %(why)s", why=error) from error
    return vkey


def _meets(files: dict[str, bytes], policy: Policy) -> bool:
    quorum = judge(files[offline.CHECKPOINT], policy)
    is_met = quorum.is_met and not quorum.spoiled
    for sentence in _witnessed(quorum):
        click.echo(sentence, err=not is_met)
    if not is_met:
        click.echo("The bundle does NOT meet the policy.", err=True)
    return is_met
