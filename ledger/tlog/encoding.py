"""The two text forms that notes, keys and proofs share, each with exactly one spelling.

Lenient decoding would let two different texts mean one thing, and so let somebody alter a
signed or archived file without its verification noticing.
"""

import base64
import binascii
import re

from ledger.tlog.merkle import MAX_SIZE

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


def encode_base64(data: bytes) -> str:
    """Return standard, padded base64 (RFC 4648, section 4)."""
    return base64.b64encode(data).decode("ascii")


def decode_base64(text: str) -> bytes | None:
    """Return the bytes, or None unless `text` is exactly what `encode_base64` would write.

    The standard library's strict mode alone still accepts stray bits before the padding.
    """
    try:
        decoded = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return decoded if encode_base64(decoded) == text else None


def decode_decimal(text: str) -> int | None:
    """Return the number from 0 to `MAX_SIZE`, or None; ASCII digits without leading zeros."""
    if not _DECIMAL.fullmatch(text):
        return None
    number = int(text)
    return number if number <= MAX_SIZE else None
