"""`candour key`: making, showing and changing the log's signing key."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

import click
from sqlalchemy import Engine

from ledger.clock import utc_now
from ledger.database import connect
from ledger.errors import CandourError, Conflict, NotFound, Refused
from ledger.keys import KeyFile, create_key, following_path, key_of, look_at_key, passphrase_of
from ledger.kinds import Json
from ledger.rotating import next_key, prepare, retired_path, rotate, standing, stated_change
from ledger.settings import Settings
from ledger.store import Ledger
from ledger.witnessing import read_policy
from projections.follower import Follower, leading

Open = Callable[[Settings], AbstractContextManager[Engine]]

_UNPROTECTED: Final = (
    "No passphrase is set, so the key would lie in its file unprotected. Set CANDOUR_KEY_PASSPHRASE_FILE to a file "
    "with a passphrase, or give --plain if that is what you want, as in a demonstration."
)


def key_commands(
    settings: Callable[[], Settings], opened: Open, follower: Callable[[Settings, Engine], Follower]
) -> click.Group:
    """Return the group; the settings are read and the database opened when a command runs."""

    @click.group(epilog="\b\nExample:\n  CANDOUR_KEY_PASSPHRASE_FILE=passphrase.txt candour key new")
    def key() -> None:
        """Make, show and change the key that signs the log.

        The passphrase comes from CANDOUR_KEY_PASSPHRASE_FILE, the name of a file that holds it, or from
        CANDOUR_KEY_PASSPHRASE. It is never an argument: others on this machine could read that.
        """

    @key.command(epilog="\b\nExample:\n  CANDOUR_KEY_PASSPHRASE_FILE=passphrase.txt candour key new")
    @click.option("--next", "is_next", is_flag=True, help="Make the key that is to follow the present one.")
    @click.option("--plain", is_flag=True, help="Make it without a passphrase, as for a demonstration.")
    def new(*, is_next: bool, plain: bool) -> None:
        """Make the log's first key, or with --next the one to change to. A key file is never overwritten."""
        _make(settings(), is_next=is_next, plain=plain)

    @key.command(epilog="\b\nExample:\n  candour key show")
    def show() -> None:
        """Show the public key, how its file is protected, the next key and the earlier ones. Needs no passphrase."""
        for sentence in _shown(settings()):
            click.echo(sentence)

    @key.command(
        "rotate",
        epilog="\b\nExample:\n  candour key rotate --organisation 'GB-GOR:D18:Ministry of Justice' --as 'keeper of the "
        "log' --reason 'It is changed each year.'",
    )
    @click.option("--organisation", required=True, metavar="SCHEME:ID:NAME", help="The body that answers for the log.")
    @click.option("--as", "role", required=True, metavar="ROLE", help="The role that decides, never a name.")
    @click.option("--reason", required=True, metavar="TEXT", help="Why it is changed. Everybody can read it.")
    def rotate_command(organisation: str, role: str, reason: str) -> None:
        """Change to the next key; stop the ledger before. Both keys sign the change, and it cannot be undone.

        The change is an entry of the log. Whoever trusts the present key comes to trust the next one by it. If the
        command is cut short at any point, run it again: it goes on from there.
        """
        chosen = settings()
        scheme, identifier, name = [*organisation.split(":", 2), "", ""][:3]
        body = {"scheme": scheme, "id": identifier, "name": name}
        with opened(chosen) as engine:
            stated = stated_change(body, role, reason, utc_now())
            _rotate(chosen, engine, stated, lambda: follower(chosen, engine))

    return key


def _make(chosen: Settings, *, is_next: bool, plain: bool) -> None:
    passphrase = None if plain else passphrase_of(chosen)
    if passphrase is None and not plain:
        raise Refused(_UNPROTECTED)
    seed = secrets.token_bytes(32)
    if is_next:
        made = prepare(key_of(chosen), seed, passphrase)
        click.echo(f"The next key is made. Give it to readers and witnesses:\n{made.verifier.to_vkey()}")
        click.echo("Nothing has changed yet: candour key rotate changes to it.")
    else:
        made = create_key(chosen.signing_key, chosen.origin, seed, passphrase)
        click.echo(f"The key is made. Publish it where readers can compare it:\n{made.verifier.to_vkey()}")


def _rotate(chosen: Settings, engine: Engine, stated: Mapping[str, Json], make: Callable[[], Follower]) -> None:
    present = key_of(chosen)
    following = next_key(present)
    if chosen.witness_policy is not None:
        for each in (present.verifier, following):
            read_policy(chosen.witness_policy, each)
    with leading(engine, present.path) as is_leading:
        if not is_leading:
            raise Conflict("The ledger is running. Stop candour serve or candour follow, then change the key.")
        follower = make()
        follower.prepare()
        done = rotate(Ledger(engine), engine, present, chosen.public_dir, stated, follower.step)
    if done is None:
        raise Refused(
            "The change is on record and signed by both keys, but the witnesses have not cosigned it yet. Start the "
            "ledger again; both keys sign until the change is complete. Then stop it and run this command again."
        )
    click.echo(f"The key is changed, by entry {done.entry}. Publish the new one where readers can compare it:")
    click.echo(done.new.to_vkey())
    click.echo(f"The old key is {retired_path(present)}. Destroy it once the ledger runs with the new one.")


def _shown(chosen: Settings) -> Iterator[str]:
    present = look_at_key(chosen.signing_key)
    if present is None:
        raise NotFound("There is no signing key at %(file)s. Run candour key new.", file=chosen.signing_key)
    yield f"{present.verifier.to_vkey()} ({_protection(present)})"
    following = look_at_key(following_path(chosen.signing_key))
    if following is not None:
        yield f"Next: {following.verifier.to_vkey()} ({_protection(following)})"
    yield from _changes(chosen, present)


def _protection(file: KeyFile) -> str:
    return "protected by a passphrase" if file.protected else "not protected by a passphrase"


def _changes(settings: Settings, present: KeyFile) -> Iterator[str]:
    """Say which keys the log had before, as far as there is a ledger to look into."""
    engine = connect(settings.database_url)
    if engine.dialect.name == "sqlite" and not Path(engine.url.database or "").exists():
        return
    try:
        keys = standing(engine, present.verifier)
    except CandourError:
        return
    finally:
        engine.dispose()
    for each in keys.rotations:
        yield f"Entry {each.entry} changed {each.old.to_vkey()} to {each.new.to_vkey()}."
    if keys.rotations and present.verifier not in (keys.rotations[-1].old, keys.rotations[-1].new):
        yield "LOOK: by these entries, the log's key is another one."
