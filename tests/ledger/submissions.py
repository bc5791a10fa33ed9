"""Submissions to record, and a look at the whole store that finds any contradiction in it."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import Engine, func, select

from ledger.actions.ledger import LedgerEntryDisclosed, LedgerEntryRedacted
from ledger.actions.process import CommissioningProcessRegistered
from ledger.actions.procurement import ClarificationQuestionReceived
from ledger.database import disclosure, entry, tile, tree_head
from ledger.envelope import Author, Statement
from ledger.kinds import NOT_STATED
from ledger.process import Submission
from ledger.streams import Stream
from ledger.structs import Party
from ledger.tlog.merkle import CompactRange, leaf_hash
from ledger.tlog.tiles import extend_tiles
from ledger.vocabulary import fields_of
from ledger.when import Occurrence

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
FULL = 8_192


def whole_tree(leaves: list[bytes]) -> tuple[CompactRange, dict[tuple[int, int], bytes]]:
    """The compact range, and every tile that has a row, of a tree computed from nothing but its leaves."""
    tiles = {(row.level, row.number): row.hashes for row in extend_tiles(0, [], leaves)}
    return CompactRange().extend(leaves), {
        (level, number): hashes for (level, number), hashes in tiles.items() if level or len(hashes) == FULL
    }


def check_store(engine: Engine) -> int:
    """Hold the stored head, tiles, positions, versions and times to what the entries alone give;
    return the size.
    """
    with engine.connect() as connection:
        rows = connection.execute(select(entry).order_by(entry.c.position)).all()
        tiles = {(row.level, row.number): row.hashes for row in connection.execute(select(tile))}
        (head,) = connection.execute(select(tree_head)).all()
        stray = connection.scalar(select(func.count()).where(disclosure.c.position.not_in(select(entry.c.position))))
    compact, expected = whole_tree([leaf_hash(row.state) for row in rows])
    assert [row.position for row in rows] == list(range(len(rows)))
    assert all(before.recorded <= after.recorded for before, after in pairwise(rows))
    assert tiles == expected
    assert (head.size, head.range) == (len(rows), compact.to_bytes())
    assert head.recorded == (rows[-1].recorded if rows else 0)
    versions: dict[Any, int] = {}
    for row in rows:
        assert row.version == versions.get(row.stream_id, row.version - 1) + 1
        versions[row.stream_id] = row.version
    assert stray == 0
    return len(rows)


BY = Author(organisation=Party(scheme="GB-GOR", id="D18", name="Ministry of Justice"), role="procurement lead")
AT_ELEVEN = Occurrence("2026-03-02T11:00:00Z")


def process(reference: str) -> Stream:
    return Stream("process", reference)


def opened(reference: str, **statement: Any) -> Submission:
    """A process opened, with nothing stated that need not be."""
    left_open: dict[str, Any] = {
        field.name: None if not field.required else NOT_STATED for field in fields_of(CommissioningProcessRegistered)
    }
    action = CommissioningProcessRegistered(
        **left_open | {"reference": reference, "registered_on": AT_ELEVEN, "title": f"Services of {reference}"}
    )
    return Submission(process(reference), action, stated_by(**statement))


def asked(reference: str, text: str = "Which premises are included?", **statement: Any) -> Submission:
    """A bidder's question; the ledger gives it its id. Its words are embargoed."""
    action = ClarificationQuestionReceived(received_at=AT_ELEVEN, topic="specification", text_or_summary=text)
    return Submission(process(reference), action, stated_by(**statement))


def removed(reference: str, target: int, *fields: str) -> Submission:
    """Fields of an earlier entry removed from view."""
    action = LedgerEntryRedacted(
        redacted_on=AT_ELEVEN,
        target_entry=target,
        fields=fields,
        basis_code="erasure_request",
        decided_by="information officer",
        digest_kept=True,
    )
    return Submission(process(reference), action, stated_by())


def made_public(reference: str, target: int, *fields: str) -> Submission:
    """Fields of an earlier entry made public."""
    action = LedgerEntryDisclosed(disclosed_on=AT_ELEVEN, target=target, fields=fields, basis="embargo_ended")
    return Submission(process(reference), action, stated_by())


def stated_by(**statement: Any) -> Statement:
    return Statement(standing="act", by=BY, **statement)
