"""What is counted, circumstance by circumstance: nothing is guessed, and nothing that is not stated accuses."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from ledger.actions.commitments import CommitmentMade
from ledger.actions.contract import ContractValueCorrected
from ledger.actions.design import SpecificationCorrected, SpecificationPublished
from ledger.actions.issues import IssueReported
from ledger.actions.ledger import LedgerEntryWithdrawn
from ledger.actions.process import BudgetPublished, NeedsAssessmentPublished
from ledger.actions.procurement import (
    ClarificationAnswerCorrected,
    ClarificationAnswered,
    ClarificationQuestionReceived,
    ProcurementLaunched,
    ProcurementTerminated,
    TenderAmended,
)
from ledger.actions.timeline import MilestoneReached, TimelineChangeCommunicated, TimelineChanged, TimelinePublished
from ledger.clock import england_and_wales
from ledger.kinds import Undisclosed
from ledger.obligations import obligations
from projections.knowledge import end_of
from projections.measures.thresholds import DEFAULT
from projections.statistics.bidding import bids
from projections.statistics.faults import faults
from projections.statistics.lags import lags
from projections.statistics.owed import owed
from projections.statistics.reasons import reasons
from projections.statistics.spread import Spread, spread
from projections.statistics.steps import resolved, timetable
from tests.projections.measures.build import GIVEN, NOT_GIVEN, WITHHELD, Given, shown_as

LATER = "2026-12-31"


def history(given: Given):
    return given.at(LATER).history


# --- numbers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        pytest.param([], None, id="no data is none yet"),
        pytest.param([7], Spread(1, Decimal(7), 7, 7), id="one number"),
        pytest.param([1, 2, 9], Spread(3, Decimal(2), 9, 9), id="an odd count has its middle"),
        pytest.param([1, 2, 5, 9], Spread(4, Decimal("3.5"), 9, 9), id="an even count lies half-way"),
        pytest.param([2, 2, 2, 2], Spread(4, Decimal(2), 2, 2), id="all the same"),
        pytest.param([0] * 9 + [50], Spread(10, Decimal(0), 0, 50), id="nine of ten stay within the ninetieth"),
        pytest.param([0] * 8 + [5, 50], Spread(10, Decimal(0), 5, 50), id="the ninth of ten is the ninetieth"),
    ],
)
def test_a_spread(numbers: list[int], expected: Spread | None):
    """The median, the ninetieth by nearest rank and the longest, and nothing where there is no number."""
    assert spread(Counter(numbers)) == expected


@for_all(st.lists(st.integers(0, 30), min_size=1, max_size=60))
def test_a_spread_of_counts_is_that_of_the_numbers_in_a_row(numbers: list[int]):
    """Counting equal numbers together changes nothing, and at least nine of ten stay within the ninetieth."""
    found, ordered = spread(Counter(numbers)), sorted(numbers)

    assert found is not None
    assert found.median == Decimal(ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2
    assert 10 * sum(each <= found.ninetieth for each in ordered) >= 9 * len(ordered)
    assert 10 * sum(each < found.ninetieth for each in ordered) < 9 * len(ordered)
    assert found.longest == ordered[-1]


# --- time to bid ------------------------------------------------------------------------------------------------------


def _launched(day: str | None = "2026-03-02", closes: str = "2026-05-04", **more: Any) -> Given:
    return Given().records(ProcurementLaunched, day, tender_deadline=closes, **({"pack_complete": True} | more))


def _specified(given: Given, day: str, **more: Any) -> Given:
    fields = {"spec_id": "spec", "sections": [{"code": "a", "state": "present"}], "page_count": 9}
    return given.records(SpecificationPublished, day, **(fields | more))


BLANK = {"sections": [{"code": "a", "state": "blank"}], "page_count": 0}


@pytest.mark.parametrize(
    ("given", "verdict", "margin", "lost", "asked"),
    [
        pytest.param(_launched(), "enough", (2, 2), 0, 61, id="two months and two days"),
        pytest.param(_launched(closes="2026-05-02"), "enough", (0, 0), 0, 61, id="two months to the day"),
        pytest.param(_launched(closes="2026-05-01"), "short", (-1, -1), 0, 61, id="a day short"),
        pytest.param(_launched("2025-12-31", "2026-02-28"), "enough", (0, 0), 0, 59, id="31 December plus two months"),
        pytest.param(
            _launched("2027-12-31", "2028-02-28"), "short", (-1, -1), 0, 60, id="31 December plus two in a leap year"
        ),
        pytest.param(_launched("2026-07-01", "2026-09-01"), "enough", (0, 0), 0, 62, id="two long months are 62 days"),
        pytest.param(
            _specified(_launched(), "2026-03-20"), "short", (-16, -16), 18, 61, id="the specification came later"
        ),
        pytest.param(
            _specified(_specified(_launched(), "2026-03-02", **BLANK), "2026-03-30", version="2"),
            "short",
            (-26, -26),
            28,
            61,
            id="a blank specification loses the days until a complete one",
        ),
        pytest.param(_launched("2026-03"), "open", (-27, 3), 0, 61, id="launched at some time in March"),
        pytest.param(
            _launched(pack_complete=False), "open", (None, 2), 0, 61, id="when the pack came is not on record"
        ),
    ],
)
def test_the_time_to_bid(given: Given, verdict: str, margin: Any, lost: int, asked: int):
    """Against two calendar months from complete papers; what the record leaves open is neither enough nor short."""
    (found,) = bids(history(given), DEFAULT)

    assert (found.verdict, found.margin, found.lost, found.asked(2)) == (verdict, margin, lost, asked)


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(Given(), id="nothing launched"),
        pytest.param(Given().records(ProcurementLaunched, "2026-03-02", pack_complete=True), id="no deadline stated"),
        pytest.param(_launched(None), id="the day of the launch is not stated"),
    ],
)
def test_without_both_days_there_is_no_time_to_bid(given: Given):
    """A window needs a launch and a deadline; where one is missing nothing is counted."""
    assert bids(history(given), DEFAULT) == ()


# --- timetables -------------------------------------------------------------------------------------------------------


def _planned(day: str | None = "2026-06-01", code: str = "award") -> Given:
    milestone = {"code": code, "title": "Award", "firmness": "firm"} | ({} if day is None else {"date": day})
    standing = "act" if day is not None else "reconstruction"
    return Given().records(TimelinePublished, "2026-02-02", milestones=[milestone], standing=standing)


def _moved(given: Given, to: str | None = "2026-06-15", on: str = "2026-05-18", **more: Any) -> Given:
    change = {"code": "award"} | ({} if to is None else {"new_date": to})
    standing = "act" if to is not None else "reconstruction"
    return given.records(TimelineChanged, on, changes=[change], reason=GIVEN, **({"standing": standing} | more))


def _told(given: Given, on: str | None, change: int | None = None) -> Given:
    fields = {"change": given.last if change is None else change, "standing": "act" if on else "reconstruction"}
    return given.records(TimelineChangeCommunicated, on, **fields)


def _reached(given: Given, on: str | None) -> Given:
    standing = "act" if on is not None else "reconstruction"
    return given.records(MilestoneReached, on, milestone_code="award", standing=standing)


def _stopped(given: Given, on: str) -> Given:
    return given.records(ProcurementLaunched, "2026-03-02", pack_complete=True).records(
        ProcurementTerminated, on, scope="process", reason=GIVEN
    )


@pytest.mark.parametrize(
    ("given", "today", "by_first", "by_current", "slip"),
    [
        pytest.param(_planned(), "2026-06-01", "ahead", "ahead", 0, id="on its own day"),
        pytest.param(
            _planned(), "2026-06-02", "silent", "silent", 0, id="passed in silence is neither kept nor missed"
        ),
        pytest.param(_reached(_planned(), "2026-06-01"), LATER, "kept", "kept", 0, id="reached on the day"),
        pytest.param(_reached(_planned(), "2026-06-02"), LATER, "late", "late", 0, id="reached a day late"),
        pytest.param(_reached(_planned(), "2026-06"), LATER, "open", "open", 0, id="reached at some time in the month"),
        pytest.param(_reached(_planned(), None), LATER, "open", "open", 0, id="the day it was reached is not stated"),
        pytest.param(_planned(None), LATER, "open", "open", None, id="the date is not stated"),
        pytest.param(_moved(_planned()), "2026-06-10", "silent", "ahead", 14, id="moved and not reached yet"),
        pytest.param(
            _reached(_moved(_planned()), "2026-06-15"),
            LATER,
            "late",
            "kept",
            14,
            id="kept as moved, not as first planned",
        ),
        pytest.param(
            _reached(_moved(_moved(_planned()), "2026-06-08", "2026-05-25"), "2026-06-08"),
            LATER,
            "late",
            "kept",
            7,
            id="moved twice",
        ),
        pytest.param(
            _reached(_moved(_planned(), "2026-05-25"), "2026-05-25"),
            LATER,
            "kept",
            "kept",
            -7,
            id="moved to be earlier",
        ),
        pytest.param(
            _reached(_moved(_planned(), None), "2026-06-20"),
            LATER,
            "late",
            "open",
            None,
            id="moved to a day not stated",
        ),
        pytest.param(_stopped(_planned(), "2026-04-01"), LATER, "stopped", "stopped", 0, id="the process was stopped"),
    ],
)
def test_a_date_kept_or_not(given: Given, today: str, by_first: str, by_current: str, slip: int | None):
    """Against the first date and the one that stands; only what the record shows counts as kept or late."""
    ((step,), _) = timetable(history(given))
    on = date.fromisoformat(today)

    assert resolved(step.by_first, step.first, on) == by_first
    assert resolved(step.by_current, step.current, on) == by_current
    assert step.slip == slip


@pytest.mark.parametrize(
    ("given", "warning"),
    [
        pytest.param(_told(_moved(_planned()), "2026-05-19"), (13, 13), id="told 13 days before"),
        pytest.param(_told(_moved(_planned()), "2026-06-01"), (0, 0), id="told on the old date itself"),
        pytest.param(_told(_moved(_planned()), "2026-06-03"), (-2, -2), id="told after the old date"),
        pytest.param(_told(_moved(_planned()), "2026-05"), (1, 31), id="told at some time in May"),
        pytest.param(_told(_moved(_planned()), None), None, id="when they were told is not stated"),
        pytest.param(_moved(_planned()), None, id="nobody told, as far as is on record"),
        pytest.param(
            _told(_told(_moved(_planned()), "2026-05-25"), "2026-05-20", change=2),
            (12, 12),
            id="the first message counts",
        ),
    ],
)
def test_how_long_before_a_change_was_told(given: Given, warning: Any):
    """From the first message to the old date, in days; unknown where either is."""
    (_, (move,)) = timetable(history(given))

    assert move.warning == warning


# --- reasons ----------------------------------------------------------------------------------------------------------


def _amended(**fields: Any) -> Given:
    return _launched().records(TenderAmended, "2026-03-09", **fields)


REASON = {"state": "given", "text": "The figures were wrong."}


@pytest.mark.parametrize(
    ("given", "state"),
    [
        pytest.param(_amended(reason=REASON), "given", id="given"),
        pytest.param(_amended(reason=WITHHELD), "withheld", id="withheld on a basis"),
        pytest.param(_amended(reason=NOT_GIVEN), "not_given", id="not given"),
        pytest.param(_amended(standing="reconstruction"), "not_stated", id="not stated by the source"),
        pytest.param(
            shown_as(_amended(reason=REASON), reason=Undisclosed("embargoed")), "not_shown", id="the entry is embargoed"
        ),
        pytest.param(
            _amended(reason=NOT_GIVEN).records(TenderAmended, "2026-03-09", corrects=2, reason=REASON),
            "given",
            id="put right later is counted once, as it stands",
        ),
    ],
)
def test_a_reason(given: Given, state: str):
    """Its state alone is counted, once for each entry that stands."""
    assert [each.state for each in reasons(history(given))] == [state]


# --- answers ----------------------------------------------------------------------------------------------------------


def _asked(received: str | None = "2026-03-03T10:00:00Z", **promise: Any) -> Given:
    held = {"kind": "response_time", "duration": 5, "unit": "working_days", "commitment_id": "answers"} | promise
    given = Given().records(CommitmentMade, "2026-03-02", **held)
    standing = "act" if received is not None else "reconstruction"
    return given.records(ClarificationQuestionReceived, received, question_id="question-1", standing=standing)


def _answered(given: Given, on: str | None) -> Given:
    fields: dict[str, Any] = {"released_to": "all_bidders"} | ({} if on is None else {"released_at": on})
    standing = "act" if on is not None else "reconstruction"
    return given.records(ClarificationAnswered, on, question_id="question-1", standing=standing, **fields)


@pytest.mark.parametrize(
    ("given", "at", "came_to", "taken"),
    [
        pytest.param(_asked(), "2026-03-10", "open", None, id="not due yet, on the last day"),
        pytest.param(_asked(), "2026-03-11", "overdue", None, id="overdue from the day after"),
        pytest.param(_asked(None), "2026-03-11", "no_clock", None, id="no clock where the day is not stated"),
        pytest.param(_answered(_asked(), "2026-03-10"), LATER, "in_time", 5, id="on the last day"),
        pytest.param(_answered(_asked(), "2026-03-11"), LATER, "late", 6, id="a day late"),
        pytest.param(_answered(_asked(), None), LATER, "unknown", None, id="the day of the answer is not stated"),
        pytest.param(
            _answered(_asked("2026-04-01T10:00:00Z"), "2026-04-10"), LATER, "in_time", 5, id="Easter is not counted"
        ),
        pytest.param(
            _answered(_asked("2026-03-28T10:00:00Z"), "2026-03-30"), LATER, "in_time", 0, id="asked at the weekend"
        ),
        pytest.param(
            _answered(_asked(), "2026-03-10").records(
                ClarificationAnswerCorrected, "2026-03-20", question_id="question-1", reason=GIVEN
            ),
            LATER,
            "in_time",
            5,
            id="an answer put right is counted once, as first given",
        ),
    ],
)
def test_an_answer(given: Given, at: str, came_to: str, taken: int | None):
    """In time, late, overdue or open at an instant; what the record leaves open is neither in time nor late."""
    (found,) = [each for each in owed(history(given), england_and_wales(), DEFAULT) if each.kind == "question"]

    assert (found.at(end_of(date.fromisoformat(at))), found.taken) == (came_to, taken)


def test_what_is_owed_agrees_with_the_obligations_at_every_instant():
    """What is kept without an instant comes to the same states as what is worked out for one."""
    calendar = england_and_wales()
    given = _answered(_asked(), "2026-03-11").records(
        IssueReported, "2026-03-12", type="other", reported_at="2026-03-12", standing="report"
    )
    kept = [each for each in owed(history(given), calendar, DEFAULT) if each.kind != "promise"]
    assert [each.kind for each in kept] == ["question", "issue"]

    for day in ("2026-03-12", "2026-04-09", "2026-04-16", LATER):
        question = given.at(day)
        states = {
            each.id: each.state for each in obligations(question.history, question.at, calendar, question.thresholds)
        }
        assert {each.id: each.at(question.at) for each in kept} == {each.id: states[each.id] for each in kept}


# --- errors -----------------------------------------------------------------------------------------------------------


def _valued() -> Given:
    return Given().records(
        BudgetPublished, "2026-02-02", scope="process", amount={"amount": "100", "currency": "GBP"}, vat="net"
    )


def _corrected(given: Given, on: str | None = "2026-03-02", **fields: Any) -> Given:
    held: dict[str, Any] = {
        "value_of": "budget",
        "target_id": None,
        "after": {"amount": "90", "currency": "GBP"},
        "cause_code": "calculation",
        "reason": GIVEN,
        "found_by": "provider",
        "standing": "act" if on is not None else "reconstruction",
    }
    return given.records(ContractValueCorrected, on, **(held | fields))


@pytest.mark.parametrize(
    ("given", "kind", "wrong", "stood"),
    [
        pytest.param(_corrected(_valued(), wrong_since=1), "value", 1, (28, 28), id="a value, wrong since an entry"),
        pytest.param(_corrected(_valued()), "value", None, None, id="a value, since when is not on record"),
        pytest.param(
            _corrected(_valued(), "2026-03", wrong_since=1), "value", 1, (27, 57), id="put right at some time in March"
        ),
        pytest.param(_corrected(_valued(), None, wrong_since=1), "value", 1, None, id="put right on a day not stated"),
        pytest.param(
            _answered(_asked(), "2026-03-10").records(
                ClarificationAnswerCorrected, "2026-03-20T09:00:00Z", question_id="question-1", reason=GIVEN
            ),
            "answer",
            3,
            (10, 10),
            id="an answer, from its release",
        ),
        pytest.param(
            _specified(_launched(), "2026-03-02", **BLANK).records(
                SpecificationCorrected, "2026-03-30", spec_id="spec", defect_code="blank", reason_text=GIVEN
            ),
            "specification",
            2,
            (28, 28),
            id="a specification",
        ),
        pytest.param(
            _specified(_specified(_launched(), "2026-03-02", **BLANK), "2026-03-09", version="2").records(
                SpecificationCorrected, "2026-03-30", spec_id="spec", defect_code="other", reason_text=GIVEN
            ),
            "specification",
            None,
            None,
            id="which of two versions held the fault is not on record",
        ),
        pytest.param(
            _valued().records(
                BudgetPublished,
                "2026-02-02",
                corrects=1,
                recorded="2026-02-20",
                scope="process",
                amount={"amount": "90", "currency": "GBP"},
            ),
            "record",
            1,
            (17, 17),
            id="an entry put right stood from its recording on",
        ),
        pytest.param(
            _valued().records(LedgerEntryWithdrawn, "2026-02-20", recorded="2026-02-20", target=1, reason=GIVEN),
            "withdrawal",
            1,
            (17, 17),
            id="an entry withdrawn",
        ),
    ],
)
def test_an_error_that_was_put_right(given: Given, kind: str, wrong: int | None, stood: Any):
    """What held it, where that is known, and the days from then until it was put right."""
    (found,) = faults(history(given))

    assert (found.kind, found.wrong, found.stood) == (kind, wrong, stood)


def test_a_correction_that_was_itself_put_right_is_one_error_of_the_world_and_one_of_the_record():
    """A value put right counts once, as it stands; that its entry was wrong too is an error of the record."""
    given = _corrected(_corrected(_valued(), wrong_since=1), wrong_since=1, corrects=2, target_id=None)

    assert Counter(each.kind for each in faults(history(given))) == {"value": 1, "record": 1}


# --- recording --------------------------------------------------------------------------------------------------------


def _recorded(happened: str | None, recorded: str, standing: str = "act") -> Given:
    return Given("2026-01-05").records(
        NeedsAssessmentPublished, happened, recorded=recorded, standing=standing if happened else "report"
    )


@pytest.mark.parametrize(
    ("given", "days"),
    [
        pytest.param(_recorded("2026-03-02", "2026-03-02"), [0], id="on the day"),
        pytest.param(_recorded("2026-03-02", "2026-03-16"), [10], id="ten working days are not late yet"),
        pytest.param(_recorded("2026-03-02", "2026-03-17"), [11], id="eleven are late"),
        pytest.param(_recorded("2026-04-02", "2026-04-07"), [1], id="Easter is not counted"),
        pytest.param(_recorded("2026-02", "2026-03-02"), [0], id="of a month its last day counts"),
        pytest.param(_recorded(None, "2026-03-02"), [], id="not dated is left out"),
        pytest.param(_recorded("2026-03-02", "2026-08-03", "reconstruction"), [], id="from papers is left out"),
        pytest.param(_recorded("2026-03-02", "2026-08-03", "import"), [], id="from an official release is left out"),
        pytest.param(
            _recorded("2026-03-02", "2026-03-02").records(
                NeedsAssessmentPublished, "2026-03-02", corrects=1, recorded="2026-08-03"
            ),
            [0],
            id="a correction is no late recording",
        ),
        pytest.param(
            _recorded("2026-03-28", "2026-03-29T00:30:00Z"), [0], id="across the change of clocks, at a weekend"
        ),
    ],
)
def test_how_late_something_was_recorded(given: Given, days: list[int]):
    """Working days from the last possible day of the fact to the day of its recording, in London."""
    found = [each for each in lags(history(given), england_and_wales()) if each.action.startswith("needs")]

    assert [each.days for each in found] == days
    assert [each.is_late for each in found] == [each > 10 for each in days]
