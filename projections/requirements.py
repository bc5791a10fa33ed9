"""What bidders must show and how they are paid, as a table: each publication, and each later change with its reason."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ledger.actions.design import BiddingRequirementsChanged, BiddingRequirementsPublished
from ledger.kinds import stated
from ledger.words import N_
from projections.telling import Line, Row, Section, Teller

_ASKED: Final = (
    "min_turnover",
    "min_reserves",
    "guarantees",
    "prior_contract_value",
    "insurance",
    "experience_required",
    "evidence_required",
)


def requirements(teller: Teller) -> Section:
    """Return what is asked of bidders, in the order of the log."""
    return teller.section(
        "requirements",
        N_("Financial and other requirements"),
        (N_("Requirements"), N_("What is asked"), N_("Payment"), N_("Barriers raised"), N_("Changed later")),
        _rows(teller),
        N_("No requirements for bidders are on record. That is not proof that there were none."),
    )


def _rows(teller: Teller) -> Iterator[Row]:
    for entry, asked in teller.records(BiddingRequirementsPublished):
        title = teller.words(N_("For the whole process")) if asked.lot_id is None else teller.labelled(asked, "lot_id")
        names = [name for name in _ASKED if getattr(asked, name) is not None]
        nothing = [Line(teller.words(N_("Nothing of turnover, reserves, guarantees or experience is on record.")))]
        yield (
            (Line(title, entry.index), Line(teller.labelled(asked, "published_on"), weight="quiet")),
            tuple([Line(teller.labelled(asked, name)) for name in names] or nothing),
            tuple(_payment(teller, asked)),
            tuple(_barriers(teller, asked)),
            tuple(_changes(teller, asked)),
        )


def _payment(teller: Teller, asked: BiddingRequirementsPublished) -> Iterator[Line]:
    yield Line(teller.value(asked, "payment_basis"))
    for name in ("arrears_days", "pbr_share"):
        if getattr(asked, name) is not None:
            yield Line(teller.labelled(asked, name))


def _barriers(teller: Teller, asked: BiddingRequirementsPublished) -> Iterator[Line]:
    barriers = stated(asked.barriers)
    if not barriers:
        yield Line(teller.value(asked, "barriers"))
    for barrier in barriers or ():
        yield Line(teller.pair(teller.value(barrier, "issue"), teller.value(barrier, "outcome")))
        yield Line(teller.labelled(barrier, "reason"), weight="quiet")


def _changes(teller: Teller, asked: BiddingRequirementsPublished) -> Iterator[Line]:
    changed = [(e, a) for e, a in teller.records(BiddingRequirementsChanged) if a.lot_id == asked.lot_id]
    for entry, action in changed:
        yield Line(teller.pair(teller.value(action, "changed_on"), teller.value(action, "changes")), entry.index)
        yield Line(teller.labelled(action, "reason"), weight="quiet")
    if not changed:
        yield Line(teller.words(N_("Nothing changed.")))
