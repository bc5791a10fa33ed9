"""Cosignatures: what witnesses signed of our checkpoints, append-only as these are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cosignature",
        sa.Column("size", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("witness", sa.Text(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("size", "witness", name="pk_cosignature"),
        sa.ForeignKeyConstraint(["size"], ["checkpoint.size"], name="fk_cosignature_size_checkpoint"),
    )
    # The bracket of an entry is looked up by witness.
    op.create_index("ix_cosignature_witness_size", "cosignature", ["witness", "size"])
    if op.get_bind().dialect.name == "sqlite":
        _guard_sqlite()
    else:
        _guard_postgresql()


def _guard_sqlite() -> None:
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER cosignature_refuses_{change.lower()} BEFORE {change} ON cosignature "
            "BEGIN SELECT RAISE(ABORT, 'cosignature is append-only'); END"
        )


def _guard_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION cosignature_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$BEGIN RAISE EXCEPTION 'cosignature is append-only' USING ERRCODE = 'restrict_violation'; END$$"
    )
    for change, each in (("UPDATE", "FOR EACH ROW "), ("DELETE", "FOR EACH ROW "), ("TRUNCATE", "")):
        op.execute(
            f"CREATE TRIGGER cosignature_refuses_{change.lower()} BEFORE {change} ON cosignature "
            f"{each}EXECUTE FUNCTION cosignature_is_append_only()"
        )
