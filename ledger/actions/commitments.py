"""Promises with a clock, and how they ended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from ledger import kinds
from ledger import structs as s
from ledger import vocabulary as v
from ledger.codes import AUDIENCE, UNITS
from ledger.errors import Refused, Wrong
from ledger.kinds import CodeList, Maybe, stated
from ledger.when import Occurrence
from ledger.words import N_

if TYPE_CHECKING:
    from ledger.process import History

COMMITMENT_KINDS = CodeList(
    "kind of promise",
    {
        "response_time": N_("Time to answer questions"),
        "publication": N_("To publish something"),
        "meeting": N_("To meet"),
        "correction": N_("To put something right"),
        "other": N_("Another promise"),
    },
)
CALENDARS = CodeList("calendar", {"england-and-wales": N_("Bank holidays of England and Wales")})
DISCHARGES = CodeList(
    "outcome of a promise", {"met": N_("Kept"), "withdrawn": N_("Withdrawn"), "superseded": N_("Replaced")}
)


class CommitmentMade(
    v.Action,
    name="commitment-made.v1",
    title=N_("Promise made"),
    stage="throughout",
    streams=("process", "group"),
    recommendations=(4,),
    ocds=("tender", "tenderUpdate"),
):
    """Record this when a body promises something by a date, or within a time, such as how fast it answers questions."""

    sentence = N_("Promise made by %(made_by)s: %(text)s")
    commitment_id: Maybe[str] | None = v.opens(N_("Promise"), "commitment", default=None)
    made_on: Maybe[Occurrence] = v.occurrence(N_("Made on"))
    kind: Maybe[str] = v.code(N_("Kind of promise"), COMMITMENT_KINDS)
    text: Maybe[str] = v.prose(N_("What is promised"))
    made_by: Maybe[s.Party] = v.nested(N_("Made by"), s.Party)
    applies_to: Maybe[str] = v.line(N_("Applies to"), hint=N_("Such as “every question” or “lot 2”."))
    due_on: Maybe[date] | None = v.day(N_("Due on"), default=None)
    duration: Maybe[int] | None = v.count(N_("Within"), least=1, most=4_000, default=None)
    unit: Maybe[str] | None = v.code(N_("Unit of time"), UNITS, default=None)
    trigger: Maybe[str] | None = v.line(N_("Counted from"), default=None, hint=N_("Such as “receipt of a question”."))
    calendar_id: Maybe[str] | None = v.code(N_("Calendar"), CALENDARS, default=None)
    communicated_to: Maybe[tuple[str, ...]] = v.codes(N_("Told to"), AUDIENCE)
    communicated_on: Maybe[Occurrence] = v.when(N_("Told on"))
    cut_off_time: Maybe[str] | None = v.of(
        N_("Cut-off time"),
        kinds.LOCAL_TIME,
        default=None,
        hint=N_("What comes later counts from the next working day."),
    )

    def problems(self) -> Iterator[tuple[str, Wrong]]:
        if self.due_on is None and self.duration is None:
            yield "due_on", Wrong(N_("Give a date, or a time such as 5 working days."))
        if self.due_on is not None and self.duration is not None:
            yield "due_on", Wrong(N_("Give a date or a time, not both."))
        if self.duration is not None and self.unit is None:
            yield "unit", Wrong(N_("Say in which unit the time is counted."))


class CommitmentDischarged(
    v.Action,
    name="commitment-discharged.v1",
    title=N_("Promise kept, withdrawn or replaced"),
    stage="throughout",
    after=CommitmentMade,
    streams=("process", "group"),
    recommendations=(4,),
    ocds=("tenderUpdate",),
):
    """Record this when a promise was kept, or was withdrawn or replaced, with the reason."""

    sentence = N_("Promise %(commitment_id)s: %(outcome)s")
    commitment_id: Maybe[str] = v.refers(N_("Promise"), "commitment")
    outcome: Maybe[str] = v.code(N_("Outcome"), DISCHARGES)
    discharged_on: Maybe[Occurrence] = v.occurrence(N_("On"))
    evidence_entry: Maybe[int] | None = v.entry(N_("Entry that shows it"), default=None)
    reason: Maybe[s.Reason] | None = v.of(N_("Reason"), s.REASON, default=None)

    def problems(self) -> Iterator[tuple[str, Wrong]]:
        if stated(self.outcome) in {"withdrawn", "superseded"} and self.reason is None:
            yield "reason", Wrong(N_("Say why the promise was not kept, or choose “not given”."))

    def check(self, history: History) -> None:
        promise = stated(self.commitment_id)
        if promise is not None and any(history.about(CommitmentDischarged, "commitment", promise)):
            raise Refused(
                N_("Promise %(promise)s has ended already. To change how it ended, correct that entry."),
                promise=promise,
            )
