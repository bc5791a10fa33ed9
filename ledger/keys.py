"""The log's signing key: a file that is made once and never overwritten.

Its text is that of signed notes, `PRIVATE+KEY+<name>+<key id>+<base64>`, so that other tools read it too. Beside it
lies the last head signed with it: an older copy of the database does not take that back.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ledger.errors import Conflict, NotFound, Wrong
from ledger.files import alone, create_file, read_file
from ledger.tlog.errors import KeyTextError
from ledger.tlog.note import Ed25519Signer, Ed25519Verifier
from ledger.words import N_

_MOST_BYTES: Final = 4_096


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key and the file it was read from. Neither `repr` nor `str` shows the secret."""

    path: Path
    signer: Ed25519Signer

    @property
    def origin(self) -> str:
        """The log's origin, which is the key's name."""
        return self.signer.name

    @property
    def verifier(self) -> Ed25519Verifier:
        """The public key; `to_vkey()` is its text."""
        return self.signer.verifier

    @property
    def head(self) -> Path:
        """The file beside the key that holds the last checkpoint signed with it."""
        return self.path.with_name(f"{self.path.name}.head")

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Wait until nobody else on this machine is signing with the key."""
        with alone(self.path):
            yield


def create_key(path: Path, origin: str, seed: bytes) -> SigningKey:
    """Make the key file of the log `origin` from 32 random bytes; only its owner may read it.

    Raises:
        Conflict: There is a file already. It was not touched.
        Wrong: The origin cannot be the name of a key.
        Unavailable: The file could not be written.
    """
    try:
        signer = Ed25519Signer.from_seed(origin, seed)
    except KeyTextError as error:
        raise Wrong(
            N_("“%(origin)s” cannot be a log's origin. Leave out spaces, control characters and +."), origin=origin
        ) from error
    try:
        create_file(path, f"{signer.to_skey()}\n".encode(), mode=0o600)
    except FileExistsError as error:
        raise Conflict(
            N_("There is a file %(file)s already, and a signing key is never overwritten. Keep it, or name another."),
            file=path,
        ) from error
    return SigningKey(path, signer)


def read_key(path: Path, origin: str) -> SigningKey:
    """Return the key of the log `origin`.

    Raises:
        NotFound: There is no such file.
        Wrong: It holds no key, or another log's.
        Unavailable: It cannot be read.
    """
    content = read_file(path, _MOST_BYTES)
    if content is None:
        raise NotFound(N_("There is no signing key at %(file)s. Run candour init to make one."), file=path)
    signer = _parse(content)
    if signer is None:
        raise Wrong(
            N_(
                "%(file)s holds no signing key. Put the right file there; if nothing was ever signed with it, "
                "remove it and run candour init."
            ),
            file=path,
        )
    if signer.name != origin:
        raise Wrong(
            N_("The key in %(file)s is that of %(name)s, and this log is %(origin)s. Set CANDOUR_ORIGIN to %(name)s."),
            file=path,
            name=signer.name,
            origin=origin,
        )
    return SigningKey(path, signer)


def origin_in(path: Path) -> str | None:
    """Return the origin of the log whose key a file holds; None where there is no such file or no key in it."""
    content = read_file(path, _MOST_BYTES)
    signer = None if content is None else _parse(content)
    return None if signer is None else signer.name


def _parse(content: bytes) -> Ed25519Signer | None:
    # No cause is kept: it could quote what may be a secret.
    try:
        text = content.decode()
        signer = Ed25519Signer.from_skey(text.removesuffix("\n"))
    except ValueError:
        return None
    return signer if text.endswith("\n") else None
