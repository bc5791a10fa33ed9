"""The record: entries, disclosures, tiles, the tree head and checkpoints, append-only by triggers.

The tables are written out here and not taken from the code's metadata: what a ledger was created with
must not change when the code does.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

GUARDED: Final = (
    # table, and the old rows that must stay ("" is all of them)
    ("entry", ""),
    ("tile", "length(old.hashes) = 8192"),
    ("checkpoint", ""),
)


def upgrade() -> None:
    position = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "entry",
        sa.Column("position", position, nullable=False, autoincrement=False),
        sa.Column("stream_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("recorded", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_entry"),
        sa.UniqueConstraint("stream_id", "version", name="uq_entry_stream_id_version"),
    )
    op.create_table(
        "disclosure",
        sa.Column("position", position, nullable=False, autoincrement=False),
        sa.Column("slots", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("position", name="pk_disclosure"),
        sa.ForeignKeyConstraint(["position"], ["entry.position"], name="fk_disclosure_position_entry"),
    )
    op.create_table(
        "tile",
        sa.Column("level", sa.SmallInteger(), nullable=False, autoincrement=False),
        sa.Column("number", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "number", name="pk_tile"),
    )
    head = op.create_table(
        "tree_head",
        sa.Column("only", sa.SmallInteger(), nullable=False, autoincrement=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("range", sa.LargeBinary(), nullable=False),
        sa.Column("recorded", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("only", name="pk_tree_head"),
    )
    op.create_table(
        "checkpoint",
        sa.Column("size", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("signed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("size", name="pk_checkpoint"),
    )
    op.bulk_insert(head, [{"only": 0, "size": 0, "range": b"", "recorded": 0}])
    guard = _guard_sqlite if op.get_bind().dialect.name == "sqlite" else _guard_postgresql
    for table, kept in GUARDED:
        guard(table, kept)


def _guard_sqlite(table: str, kept: str) -> None:
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_refuses_{change.lower()} BEFORE {change} ON {table} "
            f"{f'WHEN {kept} ' if kept else ''}"
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def _guard_postgresql(table: str, kept: str) -> None:
    op.execute(
        f"CREATE FUNCTION {table}_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$BEGIN RAISE EXCEPTION '{table} is append-only' USING ERRCODE = 'restrict_violation'; END$$"
    )
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_refuses_{change.lower()} BEFORE {change} ON {table} FOR EACH ROW "
            f"{f'WHEN ({kept}) ' if kept else ''}EXECUTE FUNCTION {table}_is_append_only()"
        )
    op.execute(
        f"CREATE TRIGGER {table}_refuses_truncate BEFORE TRUNCATE ON {table} EXECUTE FUNCTION {table}_is_append_only()"
    )
