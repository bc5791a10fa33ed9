"""The story of a process in full, oldest first: both clocks, on whose word, from which sources, corrections inline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ledger import vocabulary as v
from ledger.actions.procurement import ClarificationAnswerCorrected, ClarificationAnswered
from ledger.codes import STANDINGS
from ledger.kinds import Prose, When, say, stated
from ledger.process import History
from ledger.structs import Source
from ledger.voice import Voice
from ledger.words import N_
from projections import present
from projections.entries import EntryView
from projections.present import Change
from projections.story import place, put_right


@dataclass(frozen=True, slots=True)
class Correction:
    """A later entry that corrects, withdraws or puts right: what moved, why, and how long the error stood on record."""

    entry: int
    what: str
    headline: str
    reason: str | None
    stood: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Passage:
    """One entry of the story. `gap` says how much later it was recorded, None where it was not."""

    index: int
    happened: str
    recorded: str
    gap: str | None
    standing: str
    by: str
    headline: str
    tags: tuple[str, ...]
    changes: tuple[Change, ...]
    reasons: tuple[str, ...]
    sources: tuple[str, ...]
    corrections: tuple[Correction, ...]
    elsewhere: bool


@dataclass(frozen=True, slots=True)
class Narrator:
    """Tells the entries of one history: only those that are asked for, since a story can be long."""

    history: History
    voice: Voice
    ordered: tuple[EntryView, ...]
    by_index: Mapping[int, EntryView]
    later: Mapping[int, Sequence[int]]

    def passages(self, first: int, count: int) -> Iterator[Passage]:
        """Yield passages by their place in the story, from 0."""
        yield from (self._passage(view) for view in self.ordered[first : first + count])

    def _passage(self, view: EntryView) -> Passage:
        entry, voice = view.entry, self.voice
        late = present.days_late(entry)
        return Passage(
            index=entry.index,
            happened=say(When(), entry.action.occurred, voice),
            recorded=voice.day(present.recorded_day(entry)),
            gap=present.days(late, voice) if late else None,
            standing=voice.words(STANDINGS.labels[entry.statement.standing]),
            by=v.say_struct(entry.statement.by, voice),
            headline=present.headline(view, voice),
            tags=present.tags(view, voice),
            changes=present.changes(view, voice),
            reasons=tuple(_reasons(view, voice)),
            sources=tuple(source_of(each, voice) for each in entry.statement.sources),
            corrections=tuple(self._corrections(view)),
            elsewhere=entry.stream != self.history.stream,
        )

    def _corrections(self, view: EntryView) -> Iterator[Correction]:
        found = [
            (view.corrected_by, N_("Corrected %(when)s")),
            (view.withdrawn_by, N_("Withdrawn %(when)s")),
            *((index, N_("Put right %(when)s")) for index in self.later.get(view.entry.index, ())),
        ]
        for index, template in found:
            other = None if index is None else self.by_index.get(index)
            if other is not None:
                yield self._correction(view, other, template)

    def _correction(self, view: EntryView, later: EntryView, template: str) -> Correction:
        voice, entry = self.voice, later.entry
        corrects = entry.statement.corrects is not None
        stood = (present.recorded_day(entry) - present.recorded_day(view.entry)).days
        return Correction(
            entry=entry.index,
            what=voice.words(template, when=voice.day(present.recorded_day(entry))),
            headline=present.headline(later, voice),
            reason=present.reason_for_correction(later, voice) if corrects else None,
            stood=voice.words(N_("Stood on record for %(days)s"), days=present.days(stood, voice)),
            changes=tuple(_moved(later, view, voice)),
        )


def narrator(history: History, views: Sequence[EntryView], voice: Voice) -> Narrator:
    """Return who tells the story of a history; `views` are its entries in the order of the log."""
    by_index = {view.entry.index: view for view in views}
    return Narrator(history, voice, tuple(sorted(views, key=place)), by_index, put_right(history))


def _moved(later: EntryView, original: EntryView, voice: Voice) -> Iterator[Change]:
    """Yield what a later entry changes about an earlier one. Prose is never copied, so it is read from both."""
    fixed, first = later.entry.action, original.entry.action
    if later.entry.statement.corrects is not None:
        yield from _corrected(later, original, voice)
    elif isinstance(fixed, ClarificationAnswerCorrected) and isinstance(first, ClarificationAnswered):
        label = voice.words(N_("Answer"))
        yield Change(label, say(Prose(), first.answer_or_summary, voice), say(Prose(), fixed.after, voice))
    else:
        yield from present.changes(later, voice)


def _corrected(later: EntryView, original: EntryView, voice: Voice) -> Iterator[Change]:
    for fact in present.corrected_fields(later, original, voice):
        yield Change(fact.label, fact.before, fact.text)


def _reasons(view: EntryView, voice: Voice) -> Iterator[str]:
    for fact in present.reasons(view, voice):
        said = fact.text or voice.items(fact.items) or _inside(fact, voice)
        if said not in present.headline(view, voice):
            yield voice.words(N_("%(label)s: %(text)s"), label=fact.label, text=said)


def _inside(fact: present.Fact, voice: Voice) -> str:
    texts = [each.text for group in fact.inside for each in group if each.text]
    return "; ".join(texts) or voice.words(N_("none"))


def source_of(source: Source, voice: Voice) -> str:
    """Say a source in a line: its title, where in it, and its date."""
    title = stated(source.title) or voice.words(N_("[removed by law]"))
    where = source.reference and voice.words(
        N_("%(title)s, at: %(reference)s"), title=title, reference=source.reference
    )
    if source.dated is None:
        return where or title
    return voice.words(N_("%(source)s (%(dated)s)"), source=where or title, dated=voice.occurrence(source.dated))
