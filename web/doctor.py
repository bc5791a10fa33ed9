"""`candour doctor`: every setting with its source, and whether the ledger can work."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Engine

from ledger import log
from ledger.clock import england_and_wales, utc_now
from ledger.database import connect, reading
from ledger.errors import CandourError, Invalid, Refused, Unavailable
from ledger.keys import following_path, key_of, look_at_key, origin_in
from ledger.rotating import standing
from ledger.settings import Settings
from ledger.store import Ledger
from ledger.witnessing import Witnesses, read_policy
from projections.follow import position
from projections.follower import ALERT, PROJECTIONS


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report; `ok` is false where something is to be done."""

    what: str
    says: str
    ok: bool = True

    def line(self) -> str:
        """Return it as a line of text."""
        return f"{'ok  ' if self.ok else 'LOOK'}  {self.what}: {self.says}"


def known_settings(environ: Mapping[str, str]) -> Settings:
    """Return the settings; the origin is that of the signing key, where none is set and there is a key.

    A log's origin never changes, and the address from which it is derived at first may. Raises `Invalid`.
    """
    settings = Settings.from_environ(environ)
    origin = origin_in(settings.signing_key) if settings.sources["CANDOUR_ORIGIN"] == "derived" else None
    return settings if origin is None else replace(settings, origin=origin)


def examine(environ: Mapping[str, str]) -> Iterator[Finding]:
    """Yield what is found, the settings first. Changes nothing."""
    try:
        settings = known_settings(environ)
    except Invalid as error:
        yield from (
            Finding(name, str(problem), ok=False) for name, found in error.problems.items() for problem in found
        )
        return
    for setting in settings.shown():
        yield Finding(setting.name, f"{setting.shown or '(none)'} ({setting.source})")
    yield Finding("calendar of working days", england_and_wales().version)
    yield from _tried("signing key", lambda: _key(settings))
    yield from _next_key(settings)
    yield from _public_dir(settings)
    engine = connect(settings.database_url)
    try:
        if engine.dialect.name == "sqlite" and not Path(engine.url.database or "").exists():
            yield Finding("database", "there is none yet. Run candour init to make one.", ok=False)
            return
        yield from _tried("database", lambda: _database(engine))
        yield from _tried("key in force", lambda: _key_in_force(settings, engine))
        yield from _tried("published log", lambda: _published(settings))
        yield from _witnesses(settings, engine)
        yield from _tried("pages", lambda: _pages(engine))
    finally:
        engine.dispose()


def _tried(what: str, look: Callable[[], str]) -> Iterator[Finding]:
    try:
        yield Finding(what, look())
    except CandourError as error:
        yield Finding(what, str(error), ok=False)


def _key(settings: Settings) -> str:
    found = key_of(settings)
    shown = look_at_key(settings.signing_key)
    protection = "protected by a passphrase" if shown is not None and shown.protected else "without a passphrase"
    return f"{found.verifier.to_vkey()} ({protection}, {_readable_by(settings.signing_key)})"


def _next_key(settings: Settings) -> Iterator[Finding]:
    shown = look_at_key(following_path(settings.signing_key))
    if shown is not None:
        says = f"{shown.verifier.to_vkey()} is made. candour key rotate changes to it, or completes the change"
        yield Finding("next key", says)


def _key_in_force(settings: Settings, engine: Engine) -> str:
    found = key_of(settings)
    keys = standing(engine, found.verifier)
    newest = keys.all[-1]
    if newest not in {found.verifier, found.following and found.following.verifier}:
        raise Refused("By what is on record, the log's key is %(key)s. Put the right file there.", key=newest.to_vkey())
    return f"the newest; changes before it: {len(keys.rotations)}" if keys.rotations else "the log's first"


def _readable_by(path: Path) -> str:
    return "readable by others: run chmod 600 on it" if path.stat().st_mode & 0o077 else "readable by its owner only"


def _public_dir(settings: Settings) -> Iterator[Finding]:
    folder = settings.public_dir
    if not folder.exists():
        yield Finding("public files", f"{folder} does not exist yet. Run candour init to make it.", ok=False)
        return
    writable = os.access(folder, os.W_OK)
    yield Finding("public files", f"{folder} {'can' if writable else 'cannot'} be written", ok=writable)
    alert = folder / ALERT
    if alert.exists():
        yield Finding("alert", alert.read_text(encoding="utf-8").strip(), ok=False)


def _database(engine: Engine) -> str:
    head = Ledger(engine).head()
    behind = head.recorded / 1_000_000 - utc_now().timestamp()
    clock = "" if behind <= 0 else f"; this computer's clock is {behind:.0f} seconds behind the last entry"
    return f"{engine.dialect.name}, {head.size} entries{clock}"


def _published(settings: Settings) -> str:
    found = log.published_head(settings.public_dir, key_of(settings).verifier)
    return "nothing yet" if found is None else f"{found.checkpoint.size} entries are sealed and public"


def _witnesses(settings: Settings, engine: Engine) -> Iterator[Finding]:
    policy = settings.witness_policy
    if policy is not None:
        yield from _tried("witnesses", lambda: _cosigned(settings, policy, engine))


def _cosigned(settings: Settings, policy: Path, engine: Engine) -> str:
    key = key_of(settings)
    witnesses = Witnesses(read_policy(policy, key.verifier))
    with reading(engine) as connection:
        newest = log.signed_head(connection, *log.known_keys(connection, settings.public_dir, key.verifier))
    if newest is None:
        return "nothing was signed yet"
    size = newest.checkpoint.size
    missing = [each.name for each in witnesses.missing(engine, size)]
    said = f"{size} entries are signed; not cosigned by: {', '.join(missing) or 'nobody, all have'}"
    if not witnesses.is_met(engine, size):
        raise Unavailable("%(said)s. The quorum is not met, so nothing newer is public.", said=said)
    return said


def _pages(engine: Engine) -> str:
    return ", ".join(f"{each.name} at entry {position(engine, each)}" for each in PROJECTIONS)
