"""The figures of the dashboard as its page shows them: bars to draw, and rows of said values with their entries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask_babel import gettext as _
from flask_babel import ngettext

from ledger import vocabulary as v
from ledger.actions import KINDS
from ledger.codes import MILESTONES
from ledger.obligations import KINDS as OWED
from ledger.streams import Stream
from ledger.voice import Voice
from ledger.when import LONDON, Occurrence
from projections import board, entries, present
from projections.board import Month
from projections.measures.finding import RESULTS, Result
from projections.measures.thresholds import DEFAULT
from projections.statistics import reading
from projections.statistics.bidding import Bid
from projections.statistics.faults import KINDS as FAULTS
from projections.statistics.faults import Fault
from projections.statistics.reading import Answers, Dates, Lateness
from projections.statistics.reasons import State
from projections.statistics.spread import Spread
from projections.statistics.steps import Kept, Step
from web import language
from web.charts import Bar, Fill, Segment
from web.public.choosing import Chosen
from web.public.sheets import View

BARS: Final = 12
"""Lots that the chart of time to bid draws; the files have all."""

SHOWN: Final = 10
"""Rows of a table on the page; the files have all."""

_NAME: Final = 40


@dataclass(frozen=True, slots=True)
class Item:
    """A count with its words, and whether it must catch the eye."""

    text: str
    strong: bool = False


def say_results(found: Counter[Result]) -> tuple[Item, ...]:
    """Say how many have each result besides met, from worst to best."""
    say = language.voice().number
    said = {
        "breached": ngettext(
            "%(number)s breached", "%(number)s breached", found["breached"], number=say(found["breached"])
        ),
        "breached_explained": ngettext(
            "%(number)s breached with a reason",
            "%(number)s breached with a reason",
            found["breached_explained"],
            number=say(found["breached_explained"]),
        ),
        "not_evidenced": ngettext(
            "%(number)s not evidenced",
            "%(number)s not evidenced",
            found["not_evidenced"],
            number=say(found["not_evidenced"]),
        ),
        "pending": ngettext(
            "%(number)s not due yet", "%(number)s not due yet", found["pending"], number=say(found["pending"])
        ),
        "not_applicable": ngettext(
            "%(number)s does not apply",
            "%(number)s do not apply",
            found["not_applicable"],
            number=say(found["not_applicable"]),
        ),
    }
    return tuple(Item(text, code == "breached") for code, text in said.items() if found[code])  # type: ignore[index]


def strip(found: Counter[Result]) -> list[Result]:
    """Return one result for each process, from worst to best: as many symbols as there are processes."""
    return [code for code in RESULTS.labels for _each in range(found[code])]  # type: ignore[index,misc]


def showing(chosen: Chosen) -> str:
    """Say in one sentence what is shown."""
    parameters = chosen.parameters
    said = [
        _("Showing %(what)s", what=chosen.label("organisation") or _("all bodies")),
        chosen.label("area") or _("all services"),
        chosen.label("prison") or _("all prisons"),
    ]
    if "status" in parameters:
        said.append(_("closed processes") if chosen.filter.closed else _("processes that are not closed"))
    for name, template in (("from", _("with something on record from %(day)s")), ("to", _("until %(day)s"))):
        if name in parameters:
            said.append(template % {"day": parameters[name]})
    return _(", ").join(said) + _(".")


# --- time to bid ------------------------------------------------------------------------------------------------------


def bid_name(stream: Stream, bid: Bid, titles: Mapping[Stream, str]) -> str:
    """Name a lot with its process."""
    if bid.lot is None:
        return titles[stream]
    return _("%(process)s, lot %(lot)s", process=titles[stream], lot=bid.lot)


def _short_name(stream: Stream, bid: Bid, titles: Mapping[Stream, str]) -> str:
    """Name a lot in so few letters that the lot itself is always among them."""
    if bid.lot is None:
        return v.shorten(titles[stream], _NAME)
    lot = v.shorten(bid.lot, _NAME // 2)
    return _("%(process)s, lot %(lot)s", process=v.shorten(titles[stream], _NAME - len(lot) - 6), lot=lot)


def bid_bars(found: Sequence[tuple[Stream, Bid]], titles: Mapping[Stream, str]) -> list[Bar]:
    """Return a bar for each lot: the days lost, the days to bid, and the mark of two months."""
    return [
        Bar(
            _short_name(stream, bid, titles),
            (
                Segment(bid.lost, "before", shown=False),
                Segment(max(0, bid.effective[1]), _BID_FILLS[bid.verdict]),
            ),
            bid.lost + bid.asked(DEFAULT.bid_window_months),
            difference(bid) if bid.verdict != "enough" else "",
        )
        for stream, bid in found
    ]


_BID_FILLS: Final[dict[str, Fill]] = {"enough": "enough", "short": "short", "open": "unknown"}


def difference(bid: Bid) -> str:
    """Say by how much the time was shorter or longer than two months."""
    least, most = bid.margin
    if bid.verdict == "open":
        return _("the record leaves it open")
    if bid.verdict == "short":
        said = ngettext("%(num)s day short", "%(num)s days short", -most)
    elif least == most == 0:
        return _("exactly two months")
    else:
        said = ngettext("%(num)s day more", "%(num)s days more", least or 0)
    return said if least == most else _("at least %(days)s", days=said)


def between(days: tuple[int | None, int]) -> str:
    """Say a number of days that may be open."""
    least, most = days
    if least is None:
        return _("at most %(most)s", most=most)
    return str(most) if least == most else _("%(least)s to %(most)s", least=least, most=most)


# --- answers ----------------------------------------------------------------------------------------------------------


def answer_bars(found: Iterable[Answers], voice: Voice) -> list[Bar]:
    """Return a bar for each kind of obligation that anything fell due of."""
    fills: tuple[tuple[str, Fill], ...] = (
        ("in_time", "enough"),
        ("late", "short"),
        ("overdue", "late"),
        ("unknown", "unknown"),
    )
    return [
        Bar(
            voice.words(OWED.labels[each.kind]),
            tuple(Segment(each.counts.get(state, 0), fill) for state, fill in fills),  # type: ignore[call-overload]
        )
        for each in found
        if each.fallen_due
    ]


def say_answers(found: Answers) -> str:
    """Say how many were in time, of how many, and how many are still to come."""
    in_time, ahead = found.counts.get("in_time", 0), found.counts.get("open", 0)
    if not found.fallen_due:
        return ngettext(
            "None has fallen due; %(num)s is not due yet.", "None has fallen due; %(num)s are not due yet.", ahead
        )
    said = _("%(part)s of %(all)s in time.", part=in_time, all=found.fallen_due)
    if not ahead:
        return said
    return _(
        "%(said)s %(more)s",
        said=said,
        more=ngettext("%(num)s more is not due yet.", "%(num)s more are not due yet.", ahead),
    )


def say_spread(found: Spread | None, voice: Voice) -> tuple[str, str, str]:
    """Say the median, what nine of ten stay within, and the longest; "none yet" where there is no number."""
    if found is None:
        nothing = _("none yet")
        return nothing, nothing, nothing
    return voice.number(found.median.normalize()), voice.number(found.ninetieth), voice.number(found.longest)


# --- timetables, reasons, errors, recording ---------------------------------------------------------------------------


def say_dates(found: Dates, voice: Voice) -> list[str]:
    """Say how dates were kept, moved and told of, in sentences."""
    told = [
        _kept(_("Kept by the first date"), found.by_first, voice),
        _kept(_("Kept by the date that stands now"), found.by_current, voice),
    ]
    if found.later is not None:
        told.append(
            ngettext(
                "%(num)s date now stands later than first planned, by %(most)s days.",
                "%(num)s dates now stand later than first planned: half of them by %(median)s days or more, "
                "the farthest by %(most)s.",
                found.later.count,
                median=voice.number(found.later.median.normalize()),
                most=voice.number(found.later.longest),
            )
        )
    if found.moves:
        told.append(_say_moves(found, voice))
    if found.warning is not None:
        told.append(
            _(
                "Those told before had a median warning of %(median)s days.",
                median=voice.number(found.warning.median.normalize()),
            )
        )
    return told


def _say_moves(found: Dates, voice: Voice) -> str:
    """Say of how many moves of a date people were told in time, leaving out what there is none of."""
    before, late, untold, unknown = found.told_before, found.told_late, found.untold, found.told_unknown
    said = (
        (before, ngettext("%(num)s told before the old date", "%(num)s told before the old date", before)),
        (late, ngettext("%(num)s told on the old date or after", "%(num)s told on the old date or after", late)),
        (untold, ngettext("%(num)s with no message on record", "%(num)s with no message on record", untold)),
        (unknown, ngettext("%(num)s told on a day left open", "%(num)s told on a day left open", unknown)),
    )
    parts = voice.items([text for number, text in said if number])
    return ngettext(
        "A date was moved %(num)s time: %(parts)s.",
        "Dates were moved %(num)s times: %(parts)s.",
        found.moves,
        parts=parts,
    )


def say_reasons(found: Mapping[str, Counter[State]], voice: Voice) -> str:
    """Say how many entries that ask for a reason give one, and what became of the others."""
    total: Counter[State] = sum(found.values(), Counter())
    held, none, silent, hidden = (total[state] for state in ("withheld", "not_given", "not_stated", "not_shown"))
    said = (
        (none, ngettext("%(num)s gives none", "%(num)s give none", none)),
        (held, ngettext("%(num)s withholds it on a stated basis", "%(num)s withhold it on a stated basis", held)),
        (hidden, ngettext("%(num)s has one that is not public", "%(num)s have one that is not public", hidden)),
        (
            silent,
            ngettext("%(num)s comes from a source that is silent", "%(num)s come from sources that are silent", silent),
        ),
    )
    first = ngettext(
        "Of %(num)s entry that asks for a reason, %(given)s gives one.",
        "Of %(num)s entries that ask for a reason, %(given)s give one.",
        total.total(),
        given=total["given"],
    )
    left = [text for number, text in said if number]
    return _("%(said)s Of the others, %(left)s.", said=first, left=voice.items(left)) if left else first


def say_lateness(found: Lateness, voice: Voice) -> str:
    """Say in how many working days things were recorded, and how many came late."""
    median, ninetieth, longest = say_spread(found.days, voice)
    said = ngettext(
        "%(num)s entry: half within %(median)s working days, nine of ten within %(ninetieth)s, the longest after "
        "%(longest)s.",
        "%(num)s entries: half within %(median)s working days, nine of ten within %(ninetieth)s, the longest after "
        "%(longest)s.",
        found.days.count,
        median=median,
        ninetieth=ninetieth,
        longest=longest,
    )
    return _("%(said)s %(late)s", said=said, late=ngettext("%(num)s was late.", "%(num)s were late.", found.late))


def _kept(label: str, found: Mapping[Kept, int], voice: Voice) -> str:
    """Say how many dates were kept of those of which the record says so, and how many are not counted."""
    kept, late = found.get("kept", 0), found.get("late", 0)
    said = _("%(label)s: %(kept)s of %(all)s.", label=label, kept=kept, all=kept + late)
    left = _not_counted(found)
    return _("%(said)s Not counted: %(left)s.", said=said, left=voice.items(left)) if left else said


def _not_counted(found: Mapping[Kept, int]) -> list[str]:
    silent, ahead = found.get("silent", 0), found.get("ahead", 0)
    left_open = found.get("open", 0) + found.get("stopped", 0)
    said = (
        (silent, ngettext("%(num)s passed with nothing on record", "%(num)s passed with nothing on record", silent)),
        (left_open, ngettext("%(num)s left open", "%(num)s left open", left_open)),
        (ahead, ngettext("%(num)s still to come", "%(num)s still to come", ahead)),
    )
    return [text for number, text in said if number]


def step_name(code: str, voice: Voice) -> str:
    """Name a step of a timetable."""
    return voice.words(MILESTONES.labels[code]) if code in MILESTONES.labels else code


def owed_name(kind: str, voice: Voice) -> str:
    """Name a kind of obligation."""
    return voice.words(OWED.labels[kind])


def day(moment: datetime, voice: Voice) -> str:
    """Say the day of an instant in Europe/London."""
    return voice.day(moment.astimezone(LONDON).date())


def say_slip(step: Step) -> str:
    """Say how far a date moved, and in how many moves."""
    moves = ngettext("in %(num)s move", "in %(num)s moves", step.moves)
    if step.slip is None:
        return _("to or from a day that is not stated, %(moves)s", moves=moves)
    if step.slip == 0:
        return _("back to the first date, %(moves)s", moves=moves)
    if step.slip < 0:
        return _(
            "%(days)s, %(moves)s", days=ngettext("%(num)s day earlier", "%(num)s days earlier", -step.slip), moves=moves
        )
    return _("%(days)s, %(moves)s", days=ngettext("%(num)s day later", "%(num)s days later", step.slip), moves=moves)


def kind_name(action: str, voice: Voice) -> str:
    """Name a kind of entry."""
    return voice.words(KINDS[action].declaration.title)


@dataclass(frozen=True, slots=True)
class PutRight:
    """An error with the line of the entry that put it right, which has the value before and after."""

    stream: Stream
    fault: Fault
    kind: str
    headline: str
    stood: str


def put_right(view: View) -> list[PutRight]:
    """Return the newest errors that were put right."""
    found = []
    for stream, fault in reading.faults(view.connection, view.scope, SHOWN):
        entry = entries.one(view.connection, fault.entry)
        if entry is not None:
            stood = _("not on record") if fault.stood is None else between(fault.stood)
            said = present.headline(entry, view.said)
            found.append(PutRight(stream, fault, view.said.words(FAULTS.labels[fault.kind]), said, stood))
    return found


# --- trends -----------------------------------------------------------------------------------------------------------

_TREND: Final[tuple[tuple[Result, Fill], ...]] = (
    ("breached", "short"),
    ("breached_explained", "late"),
    ("not_evidenced", "before"),
    ("met", "enough"),
)
MONTHS: Final = 12


def trend(view: View, number: int) -> list[Month]:
    """Return the counts at the end of each of the last months, oldest first; for the past, of those that had ended."""
    found = board.trend(view.connection, view.chosen.filter, number)
    if view.then is not None:
        this_month = f"{view.today:%Y-%m}"
        found = [each for each in found if each.month < this_month]
    return found[-MONTHS:]


def month_name(month: str, voice: Voice) -> str:
    """Say a month: March 2017."""
    return voice.occurrence(Occurrence(month))


def trend_bars(months: Sequence[Month], number: int, voice: Voice) -> list[Bar]:
    """Return a bar for each month: how many processes were breached, explained, not evidenced and met."""
    return [
        Bar(
            month_name(each.month, voice),
            tuple(Segment(each.counts[number][result], fill) for result, fill in _TREND),
        )
        for each in months
    ]
