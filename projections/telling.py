"""The words and tables in which a page tells what stands in a history."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final, Literal, TypeVar

from ledger import vocabulary as v
from ledger.kinds import say
from ledger.process import History, Recorded
from ledger.voice import Voice

A = TypeVar("A", bound=v.Action)

SHORT: Final = 240
"""A cell says at most so many characters of a text; the entry that it links to has all of it."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a cell, and the entry it rests on.

    `weight` is what the eye must catch, or what is said about a fact; `steps` are how a day was found. `code` is that
    of the milestone which the line names.
    """

    text: str
    entry: int | None = None
    weight: Literal["", "strong", "quiet"] = ""
    steps: tuple[str, ...] = ()
    code: str = ""


Cell = tuple[Line, ...]
Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A table under a heading; `nothing` is what it means that there is no row. `name` is its anchor in the page.

    `intro` says in a sentence what the rows come to; `more` that there are rows besides those held.
    """

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    nothing: str
    intro: str = ""
    more: bool = False


@dataclass(frozen=True, slots=True)
class Teller:
    """Says what stands in one history, in one language. `most` bounds the rows of each section; None: all of them."""

    history: History
    voice: Voice
    most: int | None = None

    def words(self, template: str, /, **parameters: object) -> str:
        """Translate and fill a template."""
        return self.voice.words(template, **parameters)

    def section(self, name: str, title: str, columns: tuple[str, ...], rows: Iterator[Row], nothing: str) -> Section:
        """Return a section whose texts are still to be translated, but for its rows."""
        held = tuple(islice(rows, self.most))
        return Section(
            name,
            self.words(title),
            tuple(self.words(column) for column in columns),
            held,
            self.words(nothing),
            more=next(rows, None) is not None,
        )

    def records(self, kind: type[A]) -> Iterator[tuple[Recorded, A]]:
        """Yield the standing entries of a kind with their actions."""
        return self.history.records(kind)

    def actions(self, kind: type[A]) -> Iterator[A]:
        """Yield the standing actions of a kind."""
        return self.history.actions(kind)

    def value(self, struct: v.Struct, name: str) -> str:
        """Say a declared field, in a line that is not too long."""
        declared = next(each for each in v.fields_of(type(struct)) if each.name == name)
        return v.shorten(say(declared.kind, getattr(struct, name), self.voice), SHORT)

    def labelled(self, struct: v.Struct, name: str) -> str:
        """Say a declared field after its label."""
        declared = next(each for each in v.fields_of(type(struct)) if each.name == name)
        return self.pair(self.words(declared.label), self.value(struct, name))

    def pair(self, label: str, text: str) -> str:
        """Say a label with its value."""
        return self.words("%(label)s: %(text)s", label=label, text=text)
