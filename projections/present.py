"""An entry as a person reads it: one line that says what changed, and everything it holds, in any language.

Pages and feeds show the same facts from here; neither knows a kind of entry, and this module only those that put right
what was stated before, since nobody should miss them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from babel.dates import format_date, format_timedelta

from ledger import vocabulary as v
from ledger.actions.contract import ContractValueCorrected
from ledger.actions.design import FieldChange, SpecificationCorrected
from ledger.actions.procurement import ClarificationAnswerCorrected
from ledger.codes import BASES, STANDINGS
from ledger.envelope import Statement
from ledger.kinds import WEB_ADDRESS, Code, EntryIndex, Kind, Line, Many, Prose, Undisclosed, When, say, stated
from ledger.process import Recorded
from ledger.streams import LEDGER, Stream
from ledger.structs import Party, ReasonKind
from ledger.unseen import kept_fields
from ledger.vocabulary import kind_at
from ledger.voice import Voice
from ledger.when import LONDON
from ledger.words import N_
from projections.entries import EntryView

LATE_AFTER_DAYS: Final = 14
"""From so many days between the fact and its recording on, a list says when it was recorded."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One labelled value, said as `text`, or as `items` where it is a list, or as `inside`: the facts of each group.

    `before` is what stood earlier, `entries` are the numbers of entries it names, `address` a web address it is.
    """

    label: str
    text: str = ""
    before: str | None = None
    inside: tuple[tuple[Fact, ...], ...] = ()
    items: tuple[str, ...] = ()
    entries: tuple[int, ...] = ()
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What moved in one value, for a reader who looks for nothing else. `before` is None where nothing is on record."""

    label: str
    before: str | None
    now: str


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry as one item of a list. `when` is said where it does not go without saying, else None."""

    index: int
    headline: str
    tags: tuple[str, ...]
    stream: Stream
    author: str
    when: str | None


PUTS_RIGHT: Final = (ContractValueCorrected, ClarificationAnswerCorrected, SpecificationCorrected)
"""Kinds that say the world's figure or words were wrong; `corrects` says that the record was."""


def path_of(stream: Stream) -> str:
    """Return the path of the page about a stream."""
    if stream == LEDGER:
        return "/"
    return f"/groups/{stream.reference}" if stream.kind == "group" else f"/processes/{stream.reference}"


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
        (is_correction(entry), N_("Correction")),
        (view.corrected_by is not None, N_("Corrected later")),
        (view.withdrawn_by is not None, N_("Withdrawn")),
        (entry.statement.standing == "report", N_("Reported by others")),
        (entry.statement.standing == "import", N_("From an official release")),
        (entry.statement.standing == "reconstruction", N_("Reconstruction")),
        (_is_late(entry), N_("Late recording")),
        (_no_reason(entry), N_("No reason given")),
        (bool(view.contradictions), N_("Does not fit the record")),
        (entry.statement.visibility.state == "embargoed" and _hidden(view), N_("Not public yet")),
        (entry.statement.visibility.state == "withheld", N_("Withheld")),
    ]
    return tuple(voice.words(tag) for holds, tag in found if holds)


def is_correction(entry: Recorded) -> bool:
    """Whether an entry says that something on record, or something that was stated, was wrong."""
    return entry.corrects is not None or isinstance(entry.action, PUTS_RIGHT)


def _is_late(entry: Recorded) -> bool:
    """What is entered from documents is always later than the fact, and no reproach."""
    return entry.statement.standing in {"act", "report"} and days_late(entry) > LATE_AFTER_DAYS


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


def listed(view: EntryView, voice: Voice) -> Listed:
    """Return the entry as one item of a list that is grouped by the day of recording."""
    entry = view.entry
    return Listed(
        entry.index,
        headline(view, voice),
        tags(view, voice),
        entry.stream,
        v.say_struct(entry.statement.by.organisation, voice),
        _when_unless_that_day(entry, voice),
    )


def _when_unless_that_day(entry: Recorded, voice: Voice) -> str | None:
    occurred = entry.occurred
    if occurred is None or (occurred.first_day == occurred.last_day == recorded_day(entry)):
        return None
    happened = voice.occurrence(occurred)
    if not _is_late(entry):
        return voice.words(N_("Happened: %(when)s"), when=happened)
    return voice.words(
        N_("Happened: %(when)s. Recorded: %(recorded)s, %(days)s later"),
        when=happened,
        recorded=voice.day(recorded_day(entry)),
        days=days(days_late(entry), voice),
    )


def days(count: int, voice: Voice) -> str:
    """Say a number of days: 1 day, 67 days."""
    # Unlike its table of units, Babel's time differences have all plural forms of Welsh.
    return format_timedelta(timedelta(days=count), granularity="day", threshold=10**9, locale=voice.locale)


def weekday(day: date, voice: Voice) -> str:
    """Say a day with its weekday: Friday 3 March 2017."""
    return format_date(day, "EEEE d MMMM yyyy", locale=voice.locale)


def facts(view: EntryView, voice: Voice) -> tuple[Fact, ...]:
    """Return all that the action states, in the order of its declaration, each with what stood before.

    What an entry that is not public keeps back is one fact: until when, or on which basis.
    """
    kept = kept_fields(view.entry)
    shown = tuple(_facts(view.entry.action, view.before, voice, kept))
    if not kept:
        return shown
    label = N_("All else that it states") if shown else N_("What it states")
    return (*shown, Fact(voice.words(label), _visibility(view, voice)))


def _facts(struct: v.Struct, before: Mapping[str, object], voice: Voice, kept: Collection[str] = ()) -> Iterator[Fact]:
    for each in v.fields_of(type(struct)):
        value = getattr(struct, each.name)
        if value is not None and each.name not in kept:
            yield _fact(each, value, before, voice)


def _fact(each: v.Field, value: object, before: Mapping[str, object], voice: Voice) -> Fact:
    label = voice.words(each.label)
    was = say(each.kind, before[each.name], voice) if each.name in before else None
    inside = _below(each.name, before)
    groups = tuple(_groups(each.kind, value, inside, voice))
    if groups:
        return Fact(label, before=was, inside=groups)
    items = tuple(_items(each.kind, value, inside, voice))
    return Fact(
        label,
        text="" if items else _text(each.kind, value, inside, voice),
        before=was,
        items=items,
        entries=tuple(_numbers(each.kind, value)),
        address=str(value) if each.kind is WEB_ADDRESS and isinstance(value, str) else None,
    )


def _below(name: str | int, before: Mapping[str, object]) -> dict[str, object]:
    return {path.partition(".")[2]: old for path, old in before.items() if path.startswith(f"{name}.")}


def _groups(kind: Kind, value: object, before: Mapping[str, object], voice: Voice) -> Iterator[tuple[Fact, ...]]:
    """Yield the facts of each group inside; groups that are said in one line have none."""
    if isinstance(value, v.Struct) and _needs_lines(kind):
        yield tuple(_facts(value, before, voice))
    elif isinstance(value, tuple) and isinstance(kind, Many) and _needs_lines(kind.item):
        for place, item in enumerate(value):
            if isinstance(item, v.Struct):
                yield tuple(_facts(item, _below(place, before), voice))


_ONE_LINE: Final = 2
"""A group of so few fields is said in a line."""


def _needs_lines(kind: Kind) -> bool:
    if type(kind) is not v.Nested or kind.struct is Party:
        return False
    return len(v.fields_of(kind.struct)) > _ONE_LINE


def _items(kind: Kind, value: object, before: Mapping[str, object], voice: Voice) -> Iterator[str]:
    """Yield the items of a list whose items are sentences or groups; short ones are said in one line."""
    if not (isinstance(kind, Many) and isinstance(value, tuple)):
        return
    if isinstance(kind.item, v.Nested) or kind.item.private:
        yield from (_text(kind.item, item, _below(place, before), voice) for place, item in enumerate(value))


def _text(kind: Kind, value: object, before: Mapping[str, object], voice: Voice) -> str:
    if isinstance(value, Party):
        return _party(value, voice)
    if isinstance(value, v.Struct) and type(kind) is v.Nested:
        return v.say_struct(value, voice, before)
    return say(kind, value, voice)


def _party(party: Party, voice: Voice) -> str:
    """Say an organisation with its identifier, so that two of one name are told apart."""
    name = v.say_struct(party, voice)
    scheme, number = stated(party.scheme), stated(party.id)
    if scheme is None or number is None:
        return name
    return voice.words(N_("%(name)s (%(scheme)s %(number)s)"), name=name, scheme=scheme, number=number)


def _numbers(kind: Kind, value: object) -> Iterator[int]:
    if isinstance(kind, EntryIndex) and isinstance(value, int):
        yield value
    elif isinstance(kind, Many) and isinstance(value, tuple):
        for item in value:
            yield from _numbers(kind.item, item)


def changes(view: EntryView, voice: Voice) -> tuple[Change, ...]:
    """Return each value that the entry changes, with what stood before."""
    return tuple(_changes(view.entry.action, view.before, "", voice))


def _changes(struct: v.Struct, before: Mapping[str, object], what: str, voice: Voice) -> Iterator[Change]:
    fields = v.fields_of(type(struct))
    for each in fields:
        value, inside = getattr(struct, each.name), _below(each.name, before)
        if each.name in before:
            label = voice.words(each.label)
            if what:
                # In a pair of what changes and its new value, the second label says nothing more.
                short = len(fields) <= _ONE_LINE
                label = what if short else voice.words(N_("%(what)s: %(label)s"), what=what, label=label)
            yield Change(label, say(each.kind, before[each.name], voice), _text(each.kind, value, inside, voice))
        for place, group in enumerate(value if isinstance(value, tuple) else (value,)):
            if isinstance(group, v.Struct):
                below = _below(place, inside) if isinstance(value, tuple) else inside
                yield from _changes_of_group(group, below, voice)


def _changes_of_group(group: v.Struct, before: Mapping[str, object], voice: Voice) -> Iterator[Change]:
    # Each group begins with what it is about.
    first, *_ = v.fields_of(type(group))
    what = say(first.kind, getattr(group, first.name), voice)
    if isinstance(group, FieldChange):
        was = None if group.was is None else say(Line(), group.was, voice)
        yield Change(what, was, say(Prose(), group.after, voice))
    else:
        yield from _changes(group, before, "" if first.name in before else what, voice)


def reasons(view: EntryView, voice: Voice) -> tuple[Fact, ...]:
    """Return the reasons the entry gives, or does not give."""
    action, kept = view.entry.action, kept_fields(view.entry)
    return tuple(
        _fact(each, value, view.before, voice)
        for each in v.fields_of(type(action))
        if isinstance(each.kind, ReasonKind)
        and (value := getattr(action, each.name)) is not None
        and each.name not in kept
    )


def envelope(view: EntryView, voice: Voice) -> tuple[Fact, ...]:
    """Return who says so, on whose word, when it happened and was recorded, and from which sources."""
    return tuple(_envelope(view, voice))


def _envelope(view: EntryView, voice: Voice) -> Iterator[Fact]:
    statement = view.entry.statement
    yield Fact(voice.words(N_("When it happened")), _happened(view.entry, voice))
    yield Fact(voice.words(N_("When it was recorded")), _recorded(view.entry, voice))
    if statement.late_reason is not None:
        yield Fact(voice.words(N_("Why it is recorded late")), say(_kind("late_reason"), statement.late_reason, voice))
    yield Fact(voice.words(N_("Recorded by")), v.say_struct(statement.by, voice))
    yield Fact(voice.words(N_("On whose word")), say(Code(STANDINGS), statement.standing, voice))
    if statement.on_behalf_of is not None:
        yield Fact(voice.words(N_("On behalf of")), _party(statement.on_behalf_of, voice))
    if statement.visibility.state != "public":
        yield Fact(voice.words(N_("Who may see it")), _visibility(view, voice))
    if statement.corrects is not None:
        number = statement.corrects.index
        yield Fact(voice.words(N_("Corrects")), voice.words(N_("entry %(number)s"), number=number), entries=(number,))
        yield Fact(voice.words(N_("Why it is corrected")), say(_reason_kind(), statement.corrects.reason, voice))


def _happened(entry: Recorded, voice: Voice) -> str:
    occurred = entry.action.occurred
    return say(When(), occurred, voice)


def _recorded(entry: Recorded, voice: Voice) -> str:
    moment, late = voice.instant(entry.recorded), days_late(entry)
    if not late:
        return moment
    if entry.occurred is not None and entry.occurred.first_day == entry.occurred.last_day:
        return voice.words(N_("%(when)s, %(days)s later"), when=moment, days=days(late, voice))
    return voice.words(N_("%(when)s, at least %(days)s later"), when=moment, days=days(late, voice))


def sources(view: EntryView, voice: Voice) -> tuple[tuple[Fact, ...], ...]:
    """Return the facts of each source that the entry rests on."""
    return tuple(tuple(_facts(source, {}, voice)) for source in view.entry.statement.sources)


def _kind(path: str) -> Kind:
    return kind_at(Statement, path)


def _reason_kind() -> Kind:
    return _kind("corrects.reason")


def reason_for_correction(view: EntryView, voice: Voice) -> str | None:
    """Say why an entry corrects an earlier one, in a line; None where it corrects none."""
    correction = view.entry.statement.corrects
    return None if correction is None else v.shorten(say(_reason_kind(), correction.reason, voice), 300)


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
    kept = kept_fields(view.entry) | kept_fields(original.entry)
    return tuple(
        Fact(
            voice.words(each.label),
            say(each.kind, getattr(now, each.name), voice),
            say(each.kind, getattr(was, each.name), voice),
        )
        for each in v.fields_of(type(now))
        if type(now) is type(was) and each.name not in kept and getattr(now, each.name) != getattr(was, each.name)
    )


def refusals(view: EntryView, voice: Voice) -> tuple[str, ...]:
    """Say why the entry does not fit the rest of the record."""
    return tuple(voice.error(each) for each in view.contradictions)
