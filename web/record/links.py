"""What somebody who has signed in may record from the page of a process: links beside the things themselves."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from ledger.actions import KINDS
from ledger.actions.process import CommissioningProcessRegistered
from ledger.actions.timeline import TimelineChanged, current_dates
from ledger.kinds import stated
from ledger.process import History, Recorded
from ledger.structs import Party
from ledger.words import N_
from projections.clocks import Clocks
from projections.organisations import Body, slug_of
from web.people.access import Actor
from web.people.roles import KINDS_OF, RECORDER, Grant, body_of, recordable
from web.record.steps import Step, putting_right, steps

_MOVED: Final = TimelineChanged.declaration.name
_WAITING: Final = frozenset({"open", "overdue"})


@dataclass(frozen=True, slots=True)
class Links:
    """What may be recorded in a stream: beside entries in the story, and beside rows of the tables above and below.

    A row is known by the entry that it stands for (a question, a promise, an issue), or by the code of its milestone.
    """

    beside_entries: Mapping[int, Step]
    beside_rows: Mapping[int | str, Step]


def links_for(actor: Actor, history: History, ran: Clocks) -> Links | None:
    """Return what somebody may record in a stream as it is now; None where they may record nothing in it.

    `ran` are the clocks of `history` now.
    """
    grants, kinds = actor.account.grants, recordable(actor.account.grants)
    if not any(history.stream.kind in KINDS[name].declaration.streams for name in kinds):
        return None
    rows: dict[int | str, Step] = dict(_owed(grants, history, ran))
    if _MOVED in kinds and _bodies(grants, RECORDER) & set(responsible(history)):
        rows |= {code: _move(history, code) for code in current_dates(history)}
    return Links({each.index: putting_right(each) for each in _own(grants, history)}, rows)


def _owed(grants: Iterable[Grant], history: History, ran: Clocks) -> Iterator[tuple[int, Step]]:
    """Yield what is owed by somebody's organisations and waits, with how it is answered."""
    mine = [each for each in grants if each.organisation]
    slugs = {Body(each.scheme, each.organisation, each.name).slug for each in mine}
    allowed = {name.rpartition(".")[0] for name in recordable(frozenset(mine))}
    for owed in ran.owed:
        step = steps(owed.opened)[0]
        is_mine = owed.owed_by is not None and slug_of(owed.owed_by) in slugs
        waits = owed.is_owed and owed.state in _WAITING and owed.opened.stream == history.stream
        if is_mine and waits and step.kind in allowed:
            yield owed.opened.index, step


def _own(grants: Collection[Grant], history: History) -> Iterator[Recorded]:
    """Yield the entries that somebody may put right: those of their own organisations that still stand."""
    for entry in history.standing():
        body = body_of(entry.statement.by.organisation)
        mine = any(each.body == body and entry.action.declaration.name in KINDS_OF[each.role] for each in grants)
        if mine and entry.stream == history.stream:
            yield entry


def _move(history: History, code: str) -> Step:
    begins = {"stream": str(history.stream), "data.changes.rows": "1", "data.changes.0.code": code}
    return Step(N_("Move this date"), _MOVED.rpartition(".")[0], begins)


def _bodies(grants: Iterable[Grant], role: str) -> set[tuple[str, str]]:
    return {each.body for each in grants if each.role == role}


def responsible(history: History) -> Iterator[tuple[str, str]]:
    """Yield the bodies responsible for a process, by scheme and identifier."""
    for opened in history.actions(CommissioningProcessRegistered):
        lead = stated(opened.lead_commissioner)
        bodies: list[Party] = [*(stated(opened.responsible_bodies) or ()), *([lead] if lead else [])]
        yield from map(body_of, bodies)
