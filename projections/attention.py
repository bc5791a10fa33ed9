"""What somebody who follows a process should look at first, each with the entry that shows it. Nothing is judged here
that a finding does not judge: these are facts that ask for an act.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ledger.actions.design import EqualityImpactAssessmentPublished, SpecificationCorrected, SpecificationPublished
from ledger.actions.process import CommissioningProcessClosed
from ledger.actions.procurement import ProcurementLaunched
from ledger.actions.timeline import TimelineChanged
from ledger.kinds import stated
from ledger.when import LONDON
from ledger.words import N_
from projections import clocks
from projections.clocks import Clocks
from projections.promised import what_is_owed
from projections.telling import Line, Teller
from projections.timetable import in_days, next_date

MOST: Final = 20
"""Things that are shown as needing attention."""


def attention(teller: Teller, ran: Clocks) -> tuple[Line, ...]:
    """Return what needs attention: what is overdue first, the longest first, and the next date last."""
    found = [*_overdue(teller, ran), *_blank(teller), *_unexplained(teller), *_unassessed(teller)]
    return (*found[:MOST], *_ahead(teller, ran))


def _overdue(teller: Teller, ran: Clocks) -> Iterator[Line]:
    for owed in ran.overdue()[:MOST]:
        what = teller.pair(what_is_owed(owed.title, owed.opened, teller.voice), clocks.state(owed, ran, teller.voice))
        body = None if owed.owed_by is None else stated(owed.owed_by.name)
        if body is not None:
            what = teller.words(N_("%(what)s. Owed by: %(body)s"), what=what, body=body)
        yield Line(what, owed.opened.index, weight="strong", steps=clocks.steps(owed, teller.voice))


def _blank(teller: Teller) -> Iterator[Line]:
    mended = {stated(each.spec_id) for each in teller.actions(SpecificationCorrected)}
    newest = {stated(each.spec_id): (entry, each) for entry, each in teller.records(SpecificationPublished)}
    for name, (entry, specification) in newest.items():
        parts = stated(specification.sections) or ()
        blank = sum(1 for part in parts if part.state == "blank")
        if blank and name not in mended:
            template = N_("Specification %(id)s has blank sections: %(blank)s of %(all)s")
            said = teller.words(template, id=teller.value(specification, "spec_id"), blank=blank, all=len(parts))
            yield Line(said, entry.index)


def _unexplained(teller: Teller) -> Iterator[Line]:
    for entry, change in teller.records(TimelineChanged):
        if getattr(change.reason, "state", None) == "not_given":
            template = N_("No reason is on record for moving dates, decided %(when)s")
            yield Line(teller.words(template, when=teller.value(change, "decided_on")), entry.index)


def _unassessed(teller: Teller) -> Iterator[Line]:
    if teller.history.has(ProcurementLaunched) and not teller.history.has(EqualityImpactAssessmentPublished):
        yield Line(teller.words(N_("The tender was launched, and no equality impact assessment is on record")))


def _ahead(teller: Teller, ran: Clocks) -> Iterator[Line]:
    today = ran.at.astimezone(LONDON).date()
    ahead = None if teller.history.has(CommissioningProcessClosed) else next_date(teller, today)
    if ahead is not None:
        label, day = ahead
        template = N_("Next date: %(step)s, %(day)s. %(left)s.")
        left = in_days(day, today, teller)
        yield Line(teller.words(template, step=label, day=teller.voice.day(day), left=left))
