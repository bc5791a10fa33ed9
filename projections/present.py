"""An entry as a person reads it: one line that says what changed, and everything it holds, in any language.

Pages and feeds show the same facts from here; neither knows a kind of entry.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from ledger import vocabulary as v
from ledger.codes import BASES, STANDINGS
from ledger.envelope import Statement
from ledger.kinds import Code, Kind, Many, Undisclosed, say
from ledger.process import Recorded
from ledger.voice import Voice
from ledger.when import LONDON
from ledger.words import N_
from projections.entries import EntryView, kind_at

LATE_AFTER_DAYS: Final = 14
"""From so many days between the fact and its recording on, a list says when it was recorded."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One labelled value. `before` is what stood earlier; `inside` are the facts of each group in it."""

    label: str
    text: str
    before: str | None = None
    inside: tuple[tuple[Fact, ...], ...] = ()


def headline(view: EntryView, voice: Voice) -> str:
    """Say in one line what the entry states, with what stood before."""
    if _hidden(view):
        kind = voice.words(view.entry.action.declaration.title)
        return voice.words(N_("%(kind)s (its content is not public)"), kind=kind)
    sentence = v.say_struct(view.entry.action, voice, view.before)
    return v.shorten(sentence, 300)


def _hidden(view: EntryView) -> bool:
    return view.entry.statement.visibility.state != "public" and isinstance(view.entry.action.occurred, Undisclosed)


def tags(view: EntryView, voice: Voice) -> tuple[str, ...]:
    """Say what sets the entry apart from the normal case; most entries have none."""
    entry = view.entry
    found = [
        (entry.corrects is not None, N_("Correction")),
        (view.corrected_by is not None, N_("Corrected later")),
        (view.withdrawn_by is not None, N_("Withdrawn")),
        (entry.statement.standing == "report", N_("Reported by others")),
        (entry.statement.standing == "import", N_("From an official release")),
        (entry.statement.standing == "reconstruction", N_("Reconstruction")),
        (entry.statement.standing in {"act", "report"} and days_late(entry) > LATE_AFTER_DAYS, N_("Late recording")),
        (_no_reason(entry), N_("No reason given")),
        (bool(view.contradictions), N_("Does not fit the record")),
        (entry.statement.visibility.state == "embargoed", N_("Not public yet")),
        (entry.statement.visibility.state == "withheld", N_("Withheld")),
    ]
    return tuple(voice.words(tag) for holds, tag in found if holds)


def _no_reason(entry: Recorded) -> bool:
    values = (getattr(entry.action, each.name) for each in v.fields_of(type(entry.action)))
    return any(getattr(value, "state", None) == "not_given" for value in values)


def days_late(entry: Recorded) -> int:
    """Return the days from the latest possible occurrence to the recording, in Europe/London; 0 where it is open."""
    occurred = entry.occurred
    return 0 if occurred is None else max(0, (entry.recorded.astimezone(LONDON).date() - occurred.last_day).days)


def recorded_day(entry: Recorded) -> date:
    """Return the day of recording in Europe/London."""
    return entry.recorded.astimezone(LONDON).date()


def facts(view: EntryView, voice: Voice) -> tuple[Fact, ...]:
    """Return all that the action states, in the order of its declaration, each with what stood before."""
    return tuple(_facts(view.entry.action, view.before, voice))


def _facts(struct: v.Struct, before: Mapping[str, object], voice: Voice) -> Iterator[Fact]:
    for each in v.fields_of(type(struct)):
        value = getattr(struct, each.name)
        if value is None:
            continue
        was = say(each.kind, before[each.name], voice) if each.name in before else None
        inside = {path.partition(".")[2]: old for path, old in before.items() if path.startswith(f"{each.name}.")}
        groups = tuple(_groups(each.kind, value, inside, voice))
        yield Fact(voice.words(each.label), "" if groups else say(each.kind, value, voice), was, groups)


def _groups(kind: Kind, value: object, before: Mapping[str, object], voice: Voice) -> Iterator[tuple[Fact, ...]]:
    """Yield the facts of each group inside; groups that are said in one line have none."""
    if isinstance(value, v.Struct) and type(kind) is v.Nested and len(v.fields_of(type(value))) > _ONE_LINE:
        yield tuple(_facts(value, before, voice))
    elif isinstance(value, tuple) and isinstance(kind, Many) and isinstance(kind.item, v.Nested):
        for place, item in enumerate(value):
            if isinstance(item, v.Struct):
                inside = {p.partition(".")[2]: old for p, old in before.items() if p.startswith(f"{place}.")}
                yield tuple(_facts(item, inside, voice))


_ONE_LINE: Final = 2
"""A group of so few fields is said in a line."""


def envelope(view: EntryView, voice: Voice) -> tuple[Fact, ...]:
    """Return who says so, on whose word, when it happened and was recorded, and from which sources."""
    return tuple(_envelope(view, voice))


def _envelope(view: EntryView, voice: Voice) -> Iterator[Fact]:
    entry, statement = view.entry, view.entry.statement
    occurred = entry.occurred
    when = voice.words(N_("not stated")) if occurred is None else voice.occurrence(occurred)
    yield Fact(voice.words(N_("Happened")), when)
    yield Fact(voice.words(N_("Recorded")), voice.instant(entry.recorded))
    if statement.late_reason is not None:
        yield Fact(voice.words(N_("Why it is recorded late")), say(_kind("late_reason"), statement.late_reason, voice))
    yield Fact(voice.words(N_("On whose word")), say(Code(STANDINGS), statement.standing, voice))
    yield Fact(voice.words(N_("Recorded by")), v.say_struct(statement.by, voice))
    if statement.on_behalf_of is not None:
        yield Fact(voice.words(N_("On behalf of")), v.say_struct(statement.on_behalf_of, voice))
    if statement.visibility.state != "public":
        yield Fact(voice.words(N_("Who may see it")), _visibility(view, voice))
    if statement.corrects is not None:
        number = voice.words(N_("entry %(number)s"), number=statement.corrects.index)
        yield Fact(voice.words(N_("Corrects")), number)
        yield Fact(voice.words(N_("Why it is corrected")), say(_reason_kind(), statement.corrects.reason, voice))
    for source in statement.sources:
        inside = tuple(_facts(source, {}, voice))
        yield Fact(voice.words(N_("Source")), "", None, (inside,))


def _kind(path: str) -> Kind:
    return kind_at(Statement, path)


def _reason_kind() -> Kind:
    return _kind("corrects.reason")


def _visibility(view: EntryView, voice: Voice) -> str:
    visibility = view.entry.statement.visibility
    if visibility.state == "withheld":
        basis = say(Code(BASES), visibility.basis, voice)
        return voice.words(N_("Withheld. Basis: %(basis)s"), basis=basis)
    if visibility.until is not None:
        return voice.words(N_("Not public until %(until)s"), until=voice.instant(visibility.until))
    return voice.words(N_("Not public until a later entry makes it so"))


def corrected_fields(view: EntryView, original: EntryView, voice: Voice) -> tuple[Fact, ...]:
    """Return what a correction changes: each differing field with its earlier and its present value."""
    now, was = view.entry.action, original.entry.action
    return tuple(
        Fact(
            voice.words(each.label),
            say(each.kind, getattr(now, each.name), voice),
            say(each.kind, getattr(was, each.name), voice),
        )
        for each in v.fields_of(type(now))
        if type(now) is type(was) and getattr(now, each.name) != getattr(was, each.name)
    )


def refusals(view: EntryView, voice: Voice) -> tuple[str, ...]:
    """Say why the entry does not fit the rest of the record."""
    return tuple(voice.error(each) for each in view.contradictions)
