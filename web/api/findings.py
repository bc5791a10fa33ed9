"""Findings of all processes, how they turned, and what is overdue."""

from __future__ import annotations

from typing import Any

from ledger.clock import england_and_wales
from ledger.kinds import Json
from ledger.sentences import say_sentence
from ledger.streams import Stream
from ledger.when import instant_text
from ledger.words import N_
from projections import board
from projections.board import Asked, Kept, Turn
from projections.statistics import reading
from web.api import shapes
from web.api.answering import read
from web.api.parameters import Findings, ListingOfProcesses, Turns, chosen, part, since
from web.language import voice
from web.people.access import people
from web.state import record


@read(
    "/findings",
    N_("List findings as they stand now"),
    shapes.KeptList,
    Findings,
    description=N_(
        "With `recommendation`, `limit` counts findings. Without it, `limit` counts processes, each with its fifteen "
        "findings, of which `result` then leaves out those with another result."
    ),
)
def kept_findings(asked: dict[str, Any]) -> dict[str, Json]:
    """Return findings of the chosen processes: those on one recommendation, or all fifteen of each process."""
    which, where, number = chosen(asked), part(asked), asked["recommendation"]
    with record() as connection:
        if number is None:
            listed = board.processes(connection, which, limit=where.limit, offset=where.offset)
            rows = board.matrix(connection, listed)
            found = [each for stream in listed for each in rows[stream] if asked["result"] in {None, each.result}]
        else:
            found = board.listed(
                connection, number, which, limit=where.limit, offset=where.offset, result=asked["result"]
            )
        now = board.now(connection)
    return {"items": [_kept(each) for each in found], "now": None if now is None else instant_text(now)}


def _kept(each: Kept) -> dict[str, Json]:
    return {
        "process": each.stream.reference,
        "recommendation": each.recommendation,
        "version": each.version,
        "result": each.result,
        "reported": each.reported,
        "disputed_by": list(each.disputed_by),
        "attested": each.attested,
        "evidence": list(each.evidence),
        "changes_at": None if each.changes_at is None else instant_text(each.changes_at),
        "since": instant_text(each.since),
        "cause": each.cause,
    }


@read("/turns", N_("List changes of findings"), shapes.Turns, Turns)
def turns(asked: dict[str, Any]) -> dict[str, Json]:
    """Return how findings turned, the newest first, those where a finding was first known left out."""
    meant = Asked(
        chosen=chosen(asked),
        since=since(asked),
        until=asked["until"],
        stream=None if asked["process"] is None else Stream("process", asked["process"]),
        recommendation=asked["recommendation"],
        words_only=asked["words_only"],
    )
    where = part(asked)
    with record() as connection:
        found = board.turns(connection, meant, limit=where.limit, offset=where.offset)
        count = board.count_turns(connection, meant)
    return {"items": [_turn(each) for each in found], "count": count}


def _turn(each: Turn) -> dict[str, Json]:
    return {
        "process": each.stream.reference,
        "number": each.number,
        "recommendation": each.recommendation,
        "before": each.before,
        "after": each.after,
        "at": instant_text(each.at),
        "cause": each.cause,
        "known": each.known,
    }


@read("/overdue", N_("List what is overdue"), shapes.OverdueList, ListingOfProcesses)
def overdue(asked: dict[str, Any]) -> dict[str, Json]:
    """Return answers and promises whose last day has passed, the longest overdue first."""
    said, now, calendar, where = voice(), people().clock(), england_and_wales(), part(asked)
    scope = board.scope(chosen(asked))
    with record() as connection:
        found = reading.overdue(connection, now, scope, where.limit, where.offset)
        count = reading.count_overdue(connection, now, scope)
    items = [
        {
            "stream": str(each.stream),
            "id": each.id,
            "kind": each.kind,
            "title": say_sentence(each.title, said),
            "owed_by": each.owed_by,
            "due": each.day.isoformat(),
            "working_days_overdue": each.working_days(now, calendar),
            "evidence": list(each.evidence),
        }
        for each in found
    ]
    return {"items": items, "count": count}
