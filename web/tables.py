"""What the site keeps of its own beside the record: people, their sessions and tokens, what they have begun.

None of it is part of the record, and none of it is public. It lies in the same database, so that one backup holds both,
with migrations of its own, because the record can be rebuilt and read without it. Instants are µs since 1970, UTC.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Engine,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

from ledger.database import NAMING, migrate

metadata: Final = MetaData(naming_convention=NAMING)

_Number: Final = BigInteger().with_variant(Integer(), "sqlite")

account: Final = Table(
    "account",
    metadata,
    Column("id", _Number, primary_key=True),
    Column("email", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("password", Text),
    Column("code_secret", Text),
    Column("code_used", BigInteger),
    Column("subject", Text, unique=True),
    Column("disabled", Integer, nullable=False),
    Column("created", BigInteger, nullable=False),
)
"""`email` in lower case. `password` is an argon2 hash; none where the person signs in elsewhere. `code_used` is the
last counter of a one-time code (RFC 6238), so that no code works twice. `subject` is issuer and subject (OpenID
Connect).
"""

grant: Final = Table(
    "account_role",
    metadata,
    Column("account", _Number, ForeignKey(account.c.id), primary_key=True),
    Column("role", Text, primary_key=True),
    Column("scheme", Text, primary_key=True),
    Column("organisation", Text, primary_key=True),
    Column("name", Text, nullable=False),
)
"""A role for one organisation: scheme and identifier in it ("" where the role has none), and its name."""

recovery: Final = Table(
    "recovery_code",
    metadata,
    Column("account", _Number, ForeignKey(account.c.id), primary_key=True),
    Column("digest", Text, primary_key=True),
)

session: Final = Table(
    "sign_in",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("account", _Number, ForeignKey(account.c.id), nullable=False, index=True),
    Column("began", BigInteger, nullable=False),
    Column("seen", BigInteger, nullable=False),
)
"""One row for each session: a cookie whose row is gone means nothing, even a copied one."""

invitation: Final = Table(
    "invitation",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("account", _Number, ForeignKey(account.c.id), nullable=False),
    Column("expires", BigInteger, nullable=False),
)

token: Final = Table(
    "api_token",
    metadata,
    Column("id", _Number, primary_key=True),
    Column("account", _Number, ForeignKey(account.c.id), nullable=False, index=True),
    Column("digest", Text, nullable=False, unique=True),
    Column("label", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("revoked", Integer, nullable=False),
)
"""`scopes` are words with spaces between them."""

failure: Final = Table(
    "sign_in_failure",
    metadata,
    Column("key", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last", BigInteger, nullable=False),
)
"""Failed attempts, by a keyed digest of who was tried from where: no address is kept."""

audit: Final = Table(
    "audit",
    metadata,
    Column("id", _Number, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("actor", _Number),
    Column("subject", _Number),
    Column("event", Text, nullable=False),
    Column("detail", Text, nullable=False),
)
"""Every sign-in and every change of what somebody may do: account numbers and codes, no names."""

draft: Final = Table(
    "draft",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account", _Number, ForeignKey(account.c.id), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("stream", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("form", Text, nullable=False),
    Column("changed", BigInteger, nullable=False),
)
"""What a recorder has begun: `form` is a JSON object of what was typed, `version` how many entries the stream held."""

request: Final = Table(
    "recorded_request",
    metadata,
    Column("account", _Number, ForeignKey(account.c.id), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("position", BigInteger),
    Column("at", BigInteger, nullable=False),
    UniqueConstraint("position"),
)
"""What was asked for under an idempotency key, with a digest of the body, and the entry it became."""

document: Final = Table(
    "document",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("media_type", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("account", _Number, ForeignKey(account.c.id), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("removed", BigInteger),
)
"""A copy of a document, named by its SHA-256 digest in hexadecimal; `account` uploaded it first. `removed` is the
redaction by which its content went: it is empty then, and cannot be uploaded again.
"""


def migrate_site(engine: Engine) -> None:
    """Bring the site's own tables to this version; safe to run twice, and by two processes at once."""
    migrate(engine, Path(__file__).parent / "migrations", metadata, "site_version")
