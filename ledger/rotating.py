"""Changing the log's key, step by step, so that a crash between any two leaves what the next attempt completes.

    1  the next key lies beside the present one            `prepare`: made once, and given to witnesses and readers
    2  the change is on record, an entry naming both keys  `record_change`: once
    3  a checkpoint over it, signed by both, is published  the follower's step (`ledger.log.sign` asks for both)
    4  the next key takes the present one's place          `complete`: the old one is kept under another name

After 2, whoever follows signs with both keys, and with neither alone: there is no moment at which two keys sign two
histories, because one process signs, and whatever it signs extends what was signed before, by whichever key. After 4,
the old key signs nothing more: its file says of which key it is, and `sign` refuses it by what is on record.

A change cannot be undone, and a key that was left is never taken up again. Where the old key is lost there is nothing
that could vouch for a new one: then it is a new log, which docs/operations/loss.md tells how to begin.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from ledger.actions.ledger import SigningKeyRotated
from ledger.database import reading
from ledger.errors import Conflict, NotFound
from ledger.files import read_file, take_place
from ledger.keys import SigningKey, create_key, following_path
from ledger.kinds import Json
from ledger.log import FOLDER, HANDOVERS, keys_on_record
from ledger.rotations import KIND, MOST_BYTES, Keys, Rotation, follow
from ledger.schema import load_submission
from ledger.store import Desk, Ledger
from ledger.streams import LEDGER
from ledger.tlog.note import Ed25519Verifier
from ledger.when import LONDON
from ledger.words import N_


def prepare(key: SigningKey, seed: bytes, passphrase: str | None) -> SigningKey:
    """Make the key that is to follow from 32 random bytes, beside the present one. Errors as `create_key`."""
    return create_key(following_path(key.path), key.origin, seed, passphrase)


def next_key(key: SigningKey) -> Ed25519Verifier:
    """Return the key that is to follow.

    Raises:
        NotFound: None was made. So a change that is complete is not begun again by mistake.
    """
    if key.following is None:
        raise NotFound(
            N_("There is no next key at %(file)s. Run candour key new --next to make one."),
            file=following_path(key.path),
        )
    return key.following.verifier


def rotate(
    store: Ledger,
    engine: Engine,
    key: SigningKey,
    public_dir: Path,
    submission: Mapping[str, Json],
    step: Callable[[], int],
) -> Rotation | None:
    """Go from wherever the change stands to its end; None where the witnesses have still to cosign it.

    `submission` is the entry to record, but for the keys, which are added here. `step` signs and publishes what is on
    record, and returns the published size.

    Raises:
        NotFound: There is no next key.
        Corrupt: The log contradicts what was signed. Nothing of the change was begun.
        Conflict: A file has the name under which the old key is to be kept.
        Refused, Invalid, Unavailable: As `Ledger.record` and `sign`. Repeat it.
    """
    next_key(key)
    # First, so that nothing is recorded in a log that cannot be signed.
    step()
    change = record_change(store, engine, key, submission)
    if step() <= change.entry or not _is_published(public_dir, change):
        return None
    complete(key)
    return change


def record_change(store: Ledger, engine: Engine, key: SigningKey, submission: Mapping[str, Json]) -> Rotation:
    """Record that the next key follows, unless that is on record; return the change."""
    new = next_key(key)
    values = {"old_vkey": key.verifier.to_vkey(), "new_vkey": new.to_vkey()}
    made = load_submission(
        {**submission, "action": KIND, "stream": str(LEDGER), "data": {**_data(submission), **values}}
    )

    def work(desk: Desk) -> int | None:
        known = (each.action for each in desk.history(LEDGER).entries() if isinstance(each.action, SigningKeyRotated))
        return None if any(each.new_vkey == values["new_vkey"] for each in known) else desk.record(made).index

    store.record_with(work)
    return next(each for each in standing(engine, key.verifier).rotations if each.new == new)


def _data(submission: Mapping[str, Json]) -> Mapping[str, Json]:
    found = submission.get("data")
    return found if isinstance(found, Mapping) else {}


def stated_change(organisation: Mapping[str, str], role: str, reason: str, now: datetime) -> Mapping[str, Json]:
    """Return the entry of a change but for the keys: who answers for it, and why. `now` is aware."""
    return {
        "standing": "act",
        "by": {"organisation": dict(organisation), "role": role},
        "data": {
            "rotated_on": now.astimezone(LONDON).date().isoformat(),
            "reason": {"state": "given", "code": "other", "text": reason},
        },
    }


def _is_published(public_dir: Path, change: Rotation) -> bool:
    content = read_file(public_dir / FOLDER / HANDOVERS, MOST_BYTES)
    return change in follow(change.old, content).rotations


def complete(key: SigningKey) -> Path:
    """Put the next key in the place of the present one; return where that is kept from now on.

    Raises:
        Conflict: Another file has that name. Nothing was touched.
        Unavailable: The files cannot be moved. Repeat it.
    """
    kept = retired_path(key)
    try:
        take_place(following_path(key.path), key.path, kept)
    except FileExistsError as error:
        raise Conflict(
            N_("There is another file %(file)s already. Move it elsewhere, then run the command again."), file=kept
        ) from error
    return kept


def retired_path(key: SigningKey) -> Path:
    """Return where a key is kept once another has taken its place."""
    return key.path.with_name(f"{key.path.name}.retired-{key.verifier.key_id.hex()}")


def standing(engine: Engine, key: Ed25519Verifier) -> Keys:
    """Return the keys that the log has had by what is on record; `key` is the only one where none was changed."""
    with reading(engine) as connection:
        return keys_on_record(connection, key)
