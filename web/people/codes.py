"""One-time codes (TOTP, RFC 6238) and the recovery codes for those who have lost their device."""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime
from typing import Final

import pyotp

RECOVERY_CODES: Final = 8
_STEP_SECONDS: Final = 30
_DRIFT: Final = 1
"""Steps that a clock may be off, each way."""


def new_secret() -> str:
    """Return a new secret, in base32 as programs for one-time codes take it."""
    return pyotp.random_base32()


def address(secret: str, email: str) -> str:
    """Return the otpauth address of a secret."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name="Candour")


def counter_of(secret: str, code: str, now: datetime, used: int | None) -> int | None:
    """Return the counter that a code stands for; None where it is wrong, or not newer than the last one used."""
    typed = code.replace(" ", "")
    current = int(now.timestamp()) // _STEP_SECONDS
    made = pyotp.TOTP(secret)
    for counter in range(current - _DRIFT, current + _DRIFT + 1):
        right = hmac.compare_digest(made.generate_otp(counter).encode(), typed.encode())
        if right and (used is None or counter > used):
            return counter
    return None


def new_recovery_codes() -> list[str]:
    """Return codes to be written down; each works once."""
    return [f"{secrets.token_hex(4)}-{secrets.token_hex(4)}" for _ in range(RECOVERY_CODES)]
