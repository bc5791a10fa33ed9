"""Accounts, roles, sessions, invitations, tokens, drafts, and the audit of sign-ins.

The tables are written out here and not taken from the code's metadata: what a site was set up with must not change when
the code does.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "account",
        sa.Column("id", number, nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password", sa.Text()),
        sa.Column("code_secret", sa.Text()),
        sa.Column("code_used", sa.BigInteger()),
        sa.Column("subject", sa.Text()),
        sa.Column("disabled", sa.Integer(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
        sa.UniqueConstraint("email", name="uq_account_email"),
        sa.UniqueConstraint("subject", name="uq_account_subject"),
    )
    _of_account(
        "account_role",
        sa.Column("account", number, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        key=("account", "role", "scheme", "organisation"),
    )
    _of_account(
        "recovery_code",
        sa.Column("account", number, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        key=("account", "digest"),
    )
    _of_account(
        "sign_in",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("account", number, nullable=False),
        sa.Column("began", sa.BigInteger(), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        key=("digest",),
    )
    _of_account(
        "invitation",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("account", number, nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        key=("digest",),
    )
    _of_account(
        "api_token",
        sa.Column("id", number, nullable=False),
        sa.Column("account", number, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("revoked", sa.Integer(), nullable=False),
        sa.UniqueConstraint("digest", name="uq_api_token_digest"),
        key=("id",),
    )
    op.create_table(
        "sign_in_failure",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_sign_in_failure"),
    )
    op.create_table(
        "audit",
        sa.Column("id", number, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", number),
        sa.Column("subject", number),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    _of_account(
        "draft",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account", number, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        key=("id",),
    )
    _of_account(
        "recorded_request",
        sa.Column("account", number, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger()),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("position", name="uq_recorded_request_position"),
        key=("account", "key"),
    )
    for table in ("sign_in", "api_token", "draft"):
        op.create_index(f"ix_{table}_account", table, ["account"])


def _of_account(table: str, *columns: sa.schema.SchemaItem, key: tuple[str, ...]) -> None:
    op.create_table(
        table,
        *columns,
        sa.PrimaryKeyConstraint(*key, name=f"pk_{table}"),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=f"fk_{table}_account_account"),
    )
