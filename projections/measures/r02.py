"""Recommendation 2: a timetable designed with providers, and enough time to bid (`docs/measures/r02.md`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from ledger.actions.design import SpecificationPublished
from ledger.actions.process import CommissioningProcessRegistered
from ledger.actions.procurement import ProcurementLaunched
from ledger.actions.timeline import TimelinePublished
from ledger.kinds import stated
from ledger.process import History, Recorded
from ledger.words import N_
from projections.measures.engagements import Engagement, engagements, is_cited
from projections.measures.facts import Question, attested
from projections.measures.finding import Figure, Finding, Part, Result, Sentence, sentence
from projections.measures.judging import begun, found_in_parts, is_before, start_of
from projections.measures.windows import Cause, Window, Windows, windows

VERSION: Final = 1
_WINDOW: Final = N_("Time to bid")
_PARTNERSHIP: Final = N_("Timetable designed with providers")
_POTENTIAL: Final = frozenset({"potential_provider"})


def measure(question: Question) -> Finding:
    """Return the finding: the parts `window` and `partnership`."""
    return found_in_parts(question, 2, VERSION, _judge, "bid_window_months", "partnership_uplift_days")


def _judge(question: Question) -> tuple[Part, ...]:
    return _window(question), _partnership(question)


# --- the time to bid --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Asked:
    """How many days beyond two months are enough, and how many fewer are certainly too few."""

    enough: int
    too_few_below: int
    evidence: tuple[int, ...]

    def passes(self, margin: tuple[int | None, int]) -> bool | None:
        """Whether a margin is enough: yes, no, or None where the record leaves it open."""
        least, most = margin
        if most < self.too_few_below:
            return False
        return True if least is not None and least >= self.enough else None


def _window(question: Question) -> Part:
    history = question.history
    launch = begun(history)
    if launch is None:
        return Part("window", _WINDOW, "pending", sentence(N_("The tender has not begun.")))
    found = windows(history)
    if found is None:
        why = sentence(N_("The launch or the deadline is not on record, so the time to bid cannot be counted."))
        return Part("window", _WINDOW, "not_evidenced", why, launch.evidence)
    return _counted(question, found)


def _counted(question: Question, found: Windows) -> Part:
    months, asked = question.thresholds.bid_window_months, _asked(question)
    every = (found.nominal, *found.effective)
    figures = _figures(found, months)
    failing = [window for window in every if asked.passes(window.margin_days(months)) is False]
    if failing:
        shortest = min(failing, key=lambda window: window.margin_days(months)[1])
        why = _too_short(shortest, months, nominal=shortest is found.nominal)
        return _part("breached", why, [*shortest.evidence, *asked.evidence], figures)
    blank = _never_replaced(question, found.effective)
    vouched = attested(question.history, ["procurement"]) if blank else ()
    ended = start_of(found.nominal.deadline.last + timedelta(days=1))
    if vouched and question.at >= ended:
        why = sentence(
            N_("Bidding closed, the record of the tender is attested to be complete, and a specification stayed blank.")
        )
        return _part("breached", why, [*vouched, *(index for window in blank for index in window.evidence)], figures)
    unsure = [window for window in every if asked.passes(window.margin_days(months)) is None]
    if unsure:
        evidence = [index for window in unsure for index in window.evidence]
        why = _open(unsure[0])
        part = _part("not_evidenced", why, evidence, figures)
        return part if not vouched else _until(part, question, found)
    evidence = [index for window in every for index in window.evidence]
    why = sentence(
        N_("Bidders had at least %(months)s months, by the notice and by the papers that they could work with."),
        months=months,
    )
    return _part("met", why, [*evidence, *asked.evidence], figures)


def _until(part: Part, question: Question, found: Windows) -> Part:
    ended = start_of(found.nominal.deadline.last + timedelta(days=1))
    changes_at = ended if ended > question.at else None
    return Part(
        part.code, part.title, part.result, part.why, part.evidence, figures=part.figures, changes_at=changes_at
    )


def _part(result: Result, why: Sentence, evidence: Iterable[int], figures: tuple[Figure, ...]) -> Part:
    return Part("window", _WINDOW, result, why, tuple(sorted(set(evidence))), figures=figures)


def _asked(question: Question) -> _Asked:
    """Return how many days more than two months the paper asks for: partnerships need longer, by at least a day."""
    longer = max(1, question.thresholds.partnership_uplift_days or 1)
    working, evidence = _partnership_working(question.history)
    if working is None:
        return _Asked(longer, 0, evidence)
    asked = 0 if working == "none" else longer
    return _Asked(asked, asked, evidence)


def _partnership_working(history: History) -> tuple[str | None, tuple[int, ...]]:
    """Return whether bidders are to work together: as the launch says, else as the registration does."""
    launches = [(entry, stated(action.partnership_working)) for entry, action in history.records(ProcurementLaunched)]
    opened = [
        (entry, stated(action.partnership_working)) for entry, action in history.records(CommissioningProcessRegistered)
    ]
    said = [each for each in launches if each[1] is not None] or [each for each in opened if each[1] is not None]
    states = {state for _, state in said}
    return (states.pop() if len(states) == 1 else None), tuple(entry.index for entry, _ in said)


def _never_replaced(question: Question, effective: Sequence[Window]) -> list[Window]:
    """Return the windows of which a specification is on record as incomplete, and no complete one is."""
    published = {entry.index for entry, _ in question.history.records(SpecificationPublished)}
    return [
        window
        for window in effective
        if window.start.missing == "specification" and published & set(window.start.evidence)
    ]


_LACKING: Final[dict[Cause, str]] = {
    "launch": N_("The record does not say exactly when the tender began."),
    "pack": N_("The record does not say that the tender pack was complete at the launch, nor when the rest came."),
    "specification": N_("The record does not say when a complete specification was there."),
    "correction": N_(
        "The record does not say whether a correction of a specification mattered to bids, or when it came."
    ),
    "amendment": N_("The record does not say whether a change of the tender mattered to bids, or when it came."),
}


def _open(window: Window) -> Sentence:
    if window.start.missing is not None:
        return sentence(_LACKING[window.start.missing])
    if window.deadline.known is None:
        return sentence(N_("The record does not say which of two changes of the deadline came last."))
    return sentence(
        N_("Whether the time was enough depends on dates, or on partnerships, that the record leaves open.")
    )


_FROM: Final[dict[Cause, str]] = {
    "launch": N_("The tender began on %(start)s and bidding closes on %(end)s. %(short)s"),
    "pack": N_("The whole tender pack was there from %(start)s and bidding closes on %(end)s. %(short)s"),
    "specification": N_("A complete specification was there from %(start)s and bidding closes on %(end)s. %(short)s"),
    "correction": N_(
        "A specification was put right, in a way that matters to bids, on %(start)s. "
        "Bidding closes on %(end)s. %(short)s"
    ),
    "amendment": N_(
        "The tender was changed, in a way that matters to bids, on %(start)s. Bidding closes on %(end)s. %(short)s"
    ),
}


def _too_short(window: Window, months: int, *, nominal: bool) -> Sentence:
    """Say why a window is too short, at its best where the record leaves dates open."""
    margin = window.margin_days(months)[1]
    if margin < 0:
        short = sentence(N_("Days missing to %(months)s months: %(days)s."), days=-margin, months=months)
    else:
        short = sentence(
            N_("Days beyond %(months)s months: %(days)s. That is too little for organisations that bid together."),
            days=margin,
            months=months,
        )
    cause: Cause = "launch" if nominal else window.start.cause
    return sentence(_FROM[cause], start=window.start.first, end=window.deadline.last, short=short)


def _figures(found: Windows, months: int) -> tuple[Figure, ...]:
    nominal = Figure(N_("Days beyond the least time, by the notice"), _days(found.nominal.margin_days(months)))
    effective = [
        Figure(
            N_("Days beyond the least time, by the papers"),
            sentence(N_("%(lot)s: %(days)s"), lot=_name(window), days=_days(window.margin_days(months))),
        )
        for window in found.effective
    ]
    return (nominal, *effective)


def _name(window: Window) -> object:
    return window.lot if window.lot is not None else sentence(N_("no lot named"))


def _days(margin: tuple[int | None, int]) -> Sentence:
    least, most = margin
    if least is None:
        return sentence(N_("at most %(days)s"), days=most)
    if least == most:
        return sentence(N_("%(days)s"), days=least)
    return sentence(N_("between %(least)s and %(most)s"), least=least, most=most)


# --- who designed the timetable ---------------------------------------------------------------------------------------


def _partnership(question: Question) -> Part:
    history = question.history
    launch, held = begun(history), engagements(history)
    timetables = list(history.records(TimelinePublished))
    evidence = [entry.index for entry, _ in timetables]
    vouched = attested(history, ["design"])
    if timetables and vouched and not any(_perhaps_asked(each, timetables) for each in held):
        why = sentence(
            N_(
                "The record of the design stage is attested to be complete, and possible providers were not consulted "
                "on the timetable before it was published."
            )
        )
        return _shared("breached", why, [*vouched, *evidence])
    if launch is None:
        why = sentence(N_("The tender has not begun. The timetable can still be designed with providers."))
        return _shared("pending", why, evidence)
    if not timetables:
        why = sentence(N_("No timetable is on record, so how it was designed is not known."))
        return _shared("not_evidenced", why, launch.evidence)
    cited = [_rests_on(history, entry, timetable, held) for entry, timetable in timetables]
    consulted = [each for each in cited if each is not None]
    if len(consulted) == len(timetables):
        why = sentence(N_("The timetable rests on a consultation about it with possible providers, held before."))
        return _shared("met", why, [*evidence, *(each.entry.index for each in consulted)])
    why = sentence(
        N_(
            "The timetable does not point to a consultation about it with possible providers, held before. "
            "There may have been one."
        )
    )
    return _shared("not_evidenced", why, evidence)


def _shared(result: Result, why: Sentence, evidence: Iterable[int]) -> Part:
    return Part("partnership", _PARTNERSHIP, result, why, tuple(sorted(set(evidence))))


def _rests_on(
    history: History, entry: Recorded, timetable: TimelinePublished, held: Sequence[Engagement]
) -> Engagement | None:
    """Return the first consultation that a timetable points to and that could shape it."""
    return next(
        (
            each
            for each in held
            if _was_asked(each)
            and is_before(each.held, entry.occurred)
            and is_cited(history, timetable.consulted_entries, each)
        ),
        None,
    )


def _perhaps_asked(held: Engagement, timetables: Sequence[tuple[Recorded, TimelinePublished]]) -> bool:
    """Whether it may have been about the timetable, with possible providers, before one was published."""
    return _was_asked(held) is not False and any(
        is_before(held.held, entry.occurred) is not False for entry, _ in timetables
    )


def _was_asked(held: Engagement) -> bool | None:
    """Whether possible providers were asked about the timetable: yes, no, or None where it is not on record."""
    answers = {held.was_on("timeline"), held.asked(_POTENTIAL)}
    return False if False in answers else None if None in answers else True
