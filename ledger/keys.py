"""The log's signing key: a file that is made once and never overwritten.

It has one of two forms. The plain one is that of signed notes, `PRIVATE+KEY+<name>+<key id>+<base64>`, so that other
tools read it too. The protected one is the public key on a line (a vkey, no secret) and the private key under it as
PKCS #8 in PEM, encrypted with a passphrase. Beside the file lies the last head signed with the key: an older copy of
the database does not take that back. While the key is being changed, the one that is to follow lies beside it too.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from ledger.errors import Conflict, NotFound, Wrong
from ledger.files import alone, create_file, read_file
from ledger.settings import Settings
from ledger.tlog.errors import KeyTextError
from ledger.tlog.note import Ed25519Signer, Ed25519Verifier
from ledger.words import N_

SHORTEST_PASSPHRASE: Final = 20
"""PKCS #8 derives its key quickly, so a passphrase has to be one that cannot be guessed."""

_MOST_BYTES: Final = 4_096
_PEM: Final = b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n"


class KeyFile(NamedTuple):
    """What a key file shows without its passphrase."""

    verifier: Ed25519Verifier
    protected: bool


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key and the file it was read from. Neither `repr` nor `str` shows the secret.

    `following` is the key that is to follow it, where one was made.
    """

    path: Path
    signer: Ed25519Signer
    following: Ed25519Signer | None = None

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


def create_key(path: Path, origin: str, seed: bytes, passphrase: str | None = None) -> SigningKey:
    """Make the key file of the log `origin` from 32 random bytes; only its owner may read it.

    Raises:
        Conflict: There is a file already. It was not touched.
        Wrong: The origin cannot be the name of a key, or the passphrase is too short.
        Unavailable: The file could not be written.
    """
    try:
        signer = Ed25519Signer.from_seed(origin, seed)
    except KeyTextError as error:
        raise Wrong(
            N_("“%(origin)s” cannot be a log's origin. Leave out spaces, control characters and +."), origin=origin
        ) from error
    content = f"{signer.to_skey()}\n".encode() if passphrase is None else _protect(signer.verifier, seed, passphrase)
    try:
        create_file(path, content, mode=0o600)
    except FileExistsError as error:
        raise Conflict(
            N_("There is a file %(file)s already, and a signing key is never overwritten. Keep it, or name another."),
            file=path,
        ) from error
    return SigningKey(path, signer)


def _protect(verifier: Ed25519Verifier, seed: bytes, passphrase: str) -> bytes:
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise Wrong(
            N_("The passphrase is too short: it has to have %(least)s characters or more. No key was made."),
            least=SHORTEST_PASSPHRASE,
        )
    encryption = BestAvailableEncryption(passphrase.encode())
    private = Ed25519PrivateKey.from_private_bytes(seed).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
    return f"{verifier.to_vkey()}\n".encode() + private


def following_path(path: Path) -> Path:
    """Return where the key that is to follow the one at `path` lies."""
    return path.with_name(f"{path.name}.next")


def read_key(path: Path, origin: str, passphrase: str | None = None) -> SigningKey:
    """Return the key of the log `origin`, with the one that is to follow it where there is one.

    Raises:
        NotFound: There is no such file.
        Wrong: It holds no key, or another log's, or does not open with this passphrase or without one.
        Unavailable: It cannot be read.
    """
    signer = _read(path, origin, passphrase)
    if signer is None:
        raise NotFound(N_("There is no signing key at %(file)s. Run candour init to make one."), file=path)
    following = _read(following_path(path), origin, passphrase)
    # After a crash between the last two steps of a change, both files hold the same key.
    return SigningKey(path, signer, None if following is None or following.verifier == signer.verifier else following)


def _read(path: Path, origin: str, passphrase: str | None) -> Ed25519Signer | None:
    content = read_file(path, _MOST_BYTES)
    if content is None:
        return None
    signer = _unlock(path, content, passphrase) if _PEM in content else _parse(content)
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
    return signer


def _unlock(path: Path, content: bytes, passphrase: str | None) -> Ed25519Signer | None:
    shown = _shown(content)
    if shown is None:
        return None
    if passphrase is None:
        raise Wrong(
            N_(
                "The key in %(file)s is protected by a passphrase, and none is given. Set "
                "CANDOUR_KEY_PASSPHRASE_FILE to the file that holds it."
            ),
            file=path,
        )
    seed = _decrypt(content.partition(b"\n")[2], passphrase)
    if seed is None:
        raise Wrong(N_("The passphrase does not open the key in %(file)s, or the file is damaged."), file=path)
    signer = Ed25519Signer.from_seed(shown.verifier.name, seed)
    if signer.verifier != shown.verifier:
        raise Wrong(
            N_("The key in %(file)s is not the one that its first line names. Put the right file there."), file=path
        )
    return signer


def _decrypt(pem: bytes, passphrase: str) -> bytes | None:
    """Return the seed in a PEM; None where it does not open or holds another kind of key. No cause is quoted."""
    try:
        found = load_pem_private_key(pem, passphrase.encode())
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return found.private_bytes_raw() if isinstance(found, Ed25519PrivateKey) else None


def look_at_key(path: Path) -> KeyFile | None:
    """Return what a key file shows without a passphrase; None where there is no such file or no key in it."""
    content = read_file(path, _MOST_BYTES)
    if content is None:
        return None
    if _PEM in content:
        return _shown(content)
    signer = _parse(content)
    return None if signer is None else KeyFile(signer.verifier, protected=False)


def origin_in(path: Path) -> str | None:
    """Return the origin of the log whose key a file holds; None where there is no such file or no key in it."""
    found = look_at_key(path)
    return None if found is None else found.verifier.name


def passphrase_of(settings: Settings) -> str | None:
    """Return the passphrase that the settings give or whose file they name; None where they do neither.

    Raises:
        NotFound: There is no such file.
        Wrong: It holds no passphrase.
        Unavailable: It cannot be read.
    """
    path = settings.key_passphrase_file
    if path is None:
        return settings.key_passphrase
    content = read_file(path, _MOST_BYTES)
    if content is None:
        raise NotFound(
            N_("There is no passphrase at %(file)s. Check CANDOUR_KEY_PASSPHRASE_FILE."),
            file=path,
        )
    try:
        passphrase = content.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        passphrase = ""
    if not passphrase or "\n" in passphrase:
        raise Wrong(N_("%(file)s holds no passphrase. Put it there as one line of text."), file=path)
    return passphrase


def key_of(settings: Settings) -> SigningKey:
    """Return the key that the settings name. Raises as `read_key` and `passphrase_of` do."""
    return read_key(settings.signing_key, settings.origin, passphrase_of(settings))


def _shown(content: bytes) -> KeyFile | None:
    first, _, rest = content.partition(b"\n")
    try:
        verifier = Ed25519Verifier.from_vkey(first.decode())
    except ValueError:
        return None
    return KeyFile(verifier, protected=True) if rest.startswith(_PEM) else None


def _parse(content: bytes) -> Ed25519Signer | None:
    # No cause is kept: it could quote what may be a secret.
    try:
        text = content.decode()
        signer = Ed25519Signer.from_skey(text.removesuffix("\n"))
    except ValueError:
        return None
    return signer if text.endswith("\n") else None
