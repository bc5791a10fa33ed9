"""The controls of a form, made of a declaration: what to ask, in which shape, with what is chosen from. Values only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from ledger import kinds
from ledger import vocabulary as v
from ledger.actions.timeline import MilestoneCode
from ledger.codes import MILESTONES
from ledger.envelope import Author, Correction, Statement
from ledger.errors import CandourError
from ledger.kinds import Kind, Many
from ledger.loading import leniency
from ledger.schema import MISSING
from ledger.structs import Document, Party, ReasonKind, Source
from ledger.voice import Voice
from ledger.words import N_
from web.record.forms import Form, row_count

FEW: Final = 6
"""So many codes are shown as radios; more as a list to choose from."""


@dataclass(frozen=True, slots=True)
class Option:
    """Something to choose: what is sent, and what is read."""

    value: str
    text: str


@dataclass(frozen=True, slots=True)
class Choices:
    """What exists already, to choose from: things by their entity, entries, organisations; one's own bodies."""

    things: Mapping[str, tuple[Option, ...]] = field(default_factory=dict)
    entries: tuple[Option, ...] = ()
    parties: tuple[Option, ...] = ()
    own: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class Control:
    """One question. `shape` names its macro; `path` is its place in the input, its name, and its anchor."""

    shape: str
    path: str
    label: str
    hint: str = ""
    optional: bool = False
    error: str | None = None
    options: tuple[Option, ...] = ()
    inside: tuple[Control, ...] = ()
    rows: tuple[tuple[Control, ...], ...] = ()
    may_be_not_stated: bool = False
    may_be_none: bool = False

    @property
    def anchor(self) -> str:
        """The id of the first thing in it that takes the focus."""
        if self.shape in {"choose", "choose_many"} and not self.options:
            return f"{self.path}.other"
        if self.shape == "party" and not self.options:
            return f"{self.path}.scheme"
        return self.path + _FIRST.get(self.shape, "")


_FIRST: Final = {
    "when": ".day",
    "day": ".day",
    "money": ".amount",
    "party": ".known",
    "own": ".known",
    "reason": ".state",
    "document": ".title",
}


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes the controls of a form as it stands. `complete`: everything must be stated, as under `act`."""

    form: Form
    choices: Choices
    voice: Voice
    complete: bool
    errors: Mapping[str, str] = field(default_factory=dict)

    def controls(self, struct: type[v.Struct], path: str, leaving_out: frozenset[str] = frozenset()) -> list[Control]:
        """Return the controls of a group's fields."""
        return [
            self.control(struct, each, v.join(path, each.name))
            for each in v.fields_of(struct)
            if each.name not in leaving_out
        ]

    def control(self, struct: type[v.Struct], each: v.Field, path: str) -> Control:
        """Return the control of one declared field."""
        made = self._of_kind(each.kind, path)
        may = leniency(each, complete=self.complete, strict=struct.strict)
        yes_no = isinstance(each.kind, kinds.YesNo)
        return replace(
            made,
            label=self.voice.words(each.label),
            hint=self.voice.words(each.hint) if each.hint else made.hint,
            optional=not each.required,
            error=self.errors.get(path),
            may_be_not_stated=may.may_be_null and not each.required and not yes_no,
            may_be_none=isinstance(each.kind, Many) and each.kind.least == 0 and each.required,
        )

    def _of_kind(self, kind: Kind, path: str) -> Control:  # noqa: PLR0911 - one line for each kind of value
        match kind:
            case Many():
                return self._list(kind, path)
            case ReasonKind(struct=struct):
                return Control("reason", path, "", inside=tuple(self.controls(struct, path)))
            case v.Nested(struct=struct):
                return self._nested(struct, path)
            case kinds.Code(codes=codes):
                shape = "radios" if len(codes.labels) <= FEW else "select"
                return Control(shape, path, "", options=self._codes(codes))
            case kinds.Entity():
                return Control("choose", path, "", options=self._things(kind, path), hint=self._of_new(kind))
            case kinds.EntryIndex():
                return Control("choose", path, "", options=self._with_held(self.choices.entries, path))
            case kinds.MoneyKind() | kinds.When() | kinds.Instant() | kinds.Day() | kinds.YesNo() | kinds.Prose():
                return Control(_SHAPES[type(kind)], path, "")
            case kinds.Count() | kinds.Number():
                return Control("number", path, "")
            case _:
                return Control("text", path, "")

    def _nested(self, struct: type[v.Struct], path: str) -> Control:
        inside = tuple(self.controls(struct, path))
        if struct is Party:
            return Control("party", path, "", inside=inside, options=self._with_held(self.choices.parties, path))
        if struct is Author:
            own = Control("own", v.join(path, "organisation"), inside[0].label, options=self.choices.own)
            return Control("group", path, "", inside=(replace(own, error=inside[0].error), inside[1]))
        return Control("document" if struct in {Document, Source} else "group", path, "", inside=inside)

    def _list(self, kind: Many, path: str) -> Control:
        match kind.item:
            case v.Nested():
                shown = range(max(row_count(self.form, path), min(kind.least, 1)))
                rows = tuple(self._row(kind.item, f"{path}.{place}") for place in shown)
                return Control("rows", path, "", rows=rows)
            case kinds.Code(codes=codes):
                return Control("checkboxes", path, "", options=self._in_order(self._codes(codes), path))
            case kinds.Entity():
                return Control("choose_many", path, "", options=self._in_order(self._things(kind.item, path), path))
            case kinds.EntryIndex():
                options = self._with_held(self.choices.entries, path)
                return Control("choose_many", path, "", options=self._in_order(options, path))
            case _:
                return Control("lines", path, "")

    def _row(self, kind: v.Nested, path: str) -> tuple[Control, ...]:
        if kind.struct is Party or kind.struct in {Document, Source}:
            return (replace(self._nested(kind.struct, path), error=self.errors.get(path)),)
        return tuple(self.controls(kind.struct, path))

    def _codes(self, codes: kinds.CodeList) -> tuple[Option, ...]:
        return tuple(Option(code, self.voice.words(label)) for code, label in codes.labels.items())

    def _in_order(self, options: tuple[Option, ...], path: str) -> tuple[Option, ...]:
        """Return the options so that a browser, which sends them as they stand, keeps the order of what is chosen."""
        held = list(dict.fromkeys(self.form.get(path, ())))
        if held == [each.value for each in options if each.value in held]:
            return options
        return tuple(sorted(options, key=lambda each: held.index(each.value) if each.value in held else len(held)))

    def _things(self, kind: kinds.Entity, path: str) -> tuple[Option, ...]:
        known = self.choices.things.get(kind.entity, ())
        if isinstance(kind, MilestoneCode) and kind.role == "opens":
            known = self._codes(MILESTONES)
        elif kind.role == "opens":
            known = ()
        return self._with_held(known, path)

    def _of_new(self, kind: kinds.Entity) -> str:
        if kind.role == "refers" or isinstance(kind, MilestoneCode):
            return ""
        return self.voice.words(N_("A short name for it, such as north-2. Left empty, the ledger may give a number."))

    def _with_held(self, options: tuple[Option, ...], path: str) -> tuple[Option, ...]:
        """Return the options, and with them what is chosen already though it is not among them."""
        held = [*self.form.get(path, ()), *self.form.get(f"{path}.known", ())]
        known = {each.value for each in options}
        return options + tuple(Option(text, text) for text in dict.fromkeys(held) if text and text not in known)


_SHAPES: Final[Mapping[type[Kind], str]] = {
    kinds.MoneyKind: "money",
    kinds.When: "when",
    kinds.Instant: "when",
    kinds.Day: "day",
    kinds.YesNo: "yes_no",
    kinds.Prose: "textarea",
}

ASIDE: Final = frozenset({"account", "corrects", "standing", "by", "on_behalf_of", "late_reason"})
"""Fields of the envelope that the form asks for elsewhere, or not at all."""


@dataclass(frozen=True, slots=True)
class Page:
    """The parts of a form: why it corrects, what happened, on whose word, and what is seldom needed."""

    correction: tuple[Control, ...]
    facts: tuple[Control, ...]
    word: tuple[Control, ...]
    more: tuple[Control, ...]

    def every(self) -> Iterator[Control]:
        """Yield every control, each before those inside it."""
        for each in (*self.correction, *self.facts, *self.word, *self.more):
            yield from _below(each)

    @property
    def more_is_wrong(self) -> bool:
        """Whether an error stands in what is folded away."""
        return any(below.error is not None for each in self.more for below in _below(each))


def _below(control: Control) -> Iterator[Control]:
    yield control
    for each in (*control.inside, *(each for row in control.rows for each in row)):
        yield from _below(each)


def page_of(kind: type[v.Action], maker: Maker) -> Page:
    """Return the controls of a kind of entry and of its envelope."""
    envelope = {each.path: each for each in maker.controls(Statement, "", leaving_out=frozenset({"account"}))}
    return Page(
        correction=tuple(maker.controls(Correction, "corrects")) if maker.form.get("corrects.index") else (),
        facts=tuple(maker.controls(kind, "data")),
        word=tuple(envelope[name] for name in ("standing", "by", "on_behalf_of", "late_reason")),
        more=tuple(each for name, each in envelope.items() if name not in ASIDE),
    )


def placed(
    kind: type[v.Action], maker: Maker, problems: Mapping[str, tuple[CandourError, ...]]
) -> tuple[Page, list[Option]]:
    """Return the form with each error at its control, and the errors as links to them, in the order of the form.

    An error inside a value that one control stands for, such as the third line of a list, is put at that control.
    """
    bare = {each.path: each for each in page_of(kind, maker).every()}
    said: dict[str, list[str]] = {}
    for path, found in problems.items():
        texts = said.setdefault(_nearest(path, set(bare)), [])
        texts.extend(_told(each, bare.get(path), maker.voice) for each in found)
    page = page_of(kind, replace(maker, errors={path: " ".join(texts) for path, texts in said.items()}))
    shown = {each.path: each for each in page.every()}
    order = ["", *shown]
    links = [
        Option(shown[path].anchor, _labelled(shown[path].label, text, maker.voice)) if path else Option("form", text)
        for path, texts in sorted(said.items(), key=lambda item: order.index(item[0]))
        for text in texts
    ]
    return page, links


def _told(problem: CandourError, control: Control | None, voice: Voice) -> str:
    """Say what is wrong; of what was left out, also by which choice it need not be filled in."""
    if control is not None and problem.template == MISSING.template:
        if control.may_be_none:
            return voice.words(N_("This is missing. Fill it in, or tick “None: %(label)s”."), label=control.label)
        if control.shape == "yes_no":
            return voice.words(N_("This is missing. Choose “Yes”, “No” or “Not stated”."))
    return voice.error(problem)


def _labelled(label: str, text: str, voice: Voice) -> str:
    return voice.words(N_("%(label)s: %(text)s"), label=label, text=text)


def _nearest(path: str, known: set[str]) -> str:
    while path and path not in known:
        path = path.rpartition(".")[0]
    return path


__all__ = ["Choices", "Control", "Maker", "Option", "Page", "page_of", "placed"]
