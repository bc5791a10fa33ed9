"""Authors and specifications in a few words, for the circumstances of recommendations 11, 12 and 14."""

from typing import Any

from ledger.actions.design import SpecificationAuthorAssigned, SpecificationCorrected, SpecificationPublished
from ledger.actions.issues import IssueAnswered, IssueReported
from ledger.actions.ledger import CoverageAttested
from ledger.actions.procurement import ProcurementLaunched
from tests.projections.measures.build import GIVEN, Given

LAUNCH = "2026-03-02"
LATER = "2026-06-30"
GOOD_AUTHOR: dict[str, Any] = {
    "works_in_service": True,
    "governor_confirmed": True,
    "support_offered": ["guidance", "budget_info"],
}
BLANK = [{"code": "needs", "state": "blank"}, {"code": "staff", "state": "blank"}]


def launched(given=None, day=LAUNCH, **more):
    return (given or Given()).records(ProcurementLaunched, day, **more)


def author(given=None, day="2026-02-02", **fields):
    told = {"spec_id": "leeds"} | GOOD_AUTHOR
    return (given or Given()).records(SpecificationAuthorAssigned, day, **(told | fields))


def published(given, day="2026-02-20", **fields):
    whole = {"spec_id": "leeds", "sections": [{"code": "needs", "state": "present"}]}
    return given.records(SpecificationPublished, day, **(whole | fields))


def put_right(given, day="2026-03-20", **fields):
    return given.records(SpecificationCorrected, day, **({"spec_id": "leeds"} | fields))


def issue(given, kind, *positions, standing="act", **answer):
    """An issue of a kind, and the positions taken on it one after the other."""
    given.records(IssueReported, "2026-03-10", standing="report", issue_id="issue-1", type=kind)
    for place, position in enumerate(positions):
        told = {"issue_id": "issue-1", "position": position, "reason": GIVEN} | answer
        given.records(IssueAnswered, f"2026-03-{12 + place}", standing=standing, **told)
    return given


def attested(given, *stages):
    for stage in stages:
        given.records(CoverageAttested, "2026-04-01", stage=stage, exceptions=[])
    return given
