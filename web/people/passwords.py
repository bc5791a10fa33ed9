"""Passwords: kept as argon2id hashes, and checked in the same time whether or not the account exists."""

from __future__ import annotations

from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ledger.errors import Wrong
from ledger.words import N_

SHORTEST: Final = 12
LONGEST: Final = 200
"""So that nobody makes us hash megabytes."""

_hasher: Final = PasswordHasher()


def check(password: str, email: str) -> None:
    """Refuse a password that is easily guessed. No rule about kinds of characters: length is what helps (NIST 800-63B).

    Raises `Wrong`.
    """
    if len(password) < SHORTEST:
        raise Wrong(N_("Choose a longer password: %(least)s characters or more."), least=SHORTEST)
    if len(password) > LONGEST:
        raise Wrong(N_("Choose a shorter password: at most %(most)s characters."), most=LONGEST)
    local = email.partition("@")[0].lower()
    if len(set(password)) < SHORTEST // 3 or (local and local in password.lower()):
        raise Wrong(N_("This is easy to guess. Choose several words that do not belong together."))


def hashed(password: str) -> str:
    """Return what is kept of a password."""
    return _hasher.hash(password)


def matches(kept: str | None, password: str) -> bool:
    """Whether a password is the one that was kept; takes as long where nothing was kept."""
    try:
        _hasher.verify(kept or _nobody(), password[: LONGEST + 1])
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


@cache
def _nobody() -> str:
    return _hasher.hash("nobody has this password")
