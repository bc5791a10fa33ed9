"""How a kind of entry is declared: one class, from which everything else follows.

A field is declared once, with its label and its kind of value. The schema, the forms, the command line, the API, the
feeds and the reference page read these declarations; none of them names a kind of entry.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, TypeVar, cast, dataclass_transform

import orjson

from ledger import kinds
from ledger.dumping import Dump, Dumper, write_dump
from ledger.errors import Wrong
from ledger.kinds import (
    NOT_HELD,
    NOT_STATED,
    Code,
    CodeList,
    Count,
    Entity,
    Hide,
    Json,
    Kind,
    Line,
    Many,
    Money,
    NotStated,
    Undisclosed,
    say,
)
from ledger.words import N_

if TYPE_CHECKING:
    from ledger.process import History
    from ledger.voice import Voice
    from ledger.when import Occurrence

ALL: Final = tuple(range(1, 16))
"""The paper's fifteen recommendations."""

S = TypeVar("S", bound="Struct")

Standing = Literal["act", "report", "import", "reconstruction"]
StreamKind = Literal["process", "group", "ledger"]


# --- declaring a field ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Field:
    """A declared field. Optional fields (`required` false) may be left out; any other may at most be *not stated*."""

    name: str
    label: str
    kind: Kind
    required: bool
    occurrence: bool
    hint: str
    statable: bool
    """Whether it may be *not stated* where a source does not say: where its declared type says `Maybe`."""


def _field(label: str, kind: Kind, default: object = MISSING, *, occurrence: bool = False, hint: str = "") -> Any:
    metadata = {"label": label, "kind": kind, "occurrence": occurrence, "hint": hint}
    if default is MISSING:
        return dataclasses.field(metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def line(label: str, *, default: Any = MISSING, hint: str = "") -> Any:
    """One line of public text."""
    return _field(label, Line(), default, hint=hint)


def title(label: str, *, default: Any = MISSING, hint: str = "") -> Any:
    """One line that names something; erasable."""
    return _field(label, kinds.Title(), default, hint=hint)


def prose(label: str, *, default: Any = MISSING, embargoed: bool = False, hint: str = "") -> Any:
    """Free text; erasable. `embargoed`: public only after a later entry discloses it."""
    return _field(label, kinds.Prose(embargoed=embargoed), default, hint=hint)


def proses(label: str, *, default: Any = MISSING, hint: str = "") -> Any:
    """A list of erasable lines."""
    return _field(label, Many(kinds.Title()), default, hint=hint)


def of(label: str, kind: Kind, *, default: Any = MISSING, hint: str = "") -> Any:
    """One value of a kind that has no helper of its own."""
    return _field(label, kind, default, hint=hint)


def many(label: str, kind: Kind, *, least: int = 0, default: Any = MISSING, hint: str = "") -> Any:
    """Return a list of values of one kind."""
    return _field(label, Many(kind, least=least), default, hint=hint)


def code(label: str, codes: CodeList, *, default: Any = MISSING, hint: str = "") -> Any:
    """One code of a closed list."""
    return _field(label, Code(codes), default, hint=hint)


def codes(label: str, codes: CodeList, *, least: int = 0, default: Any = MISSING, hint: str = "") -> Any:
    """Several codes of a closed list."""
    return _field(label, Many(Code(codes), least=least), default, hint=hint)


def yes_no(label: str, *, default: Any = MISSING, hint: str = "") -> Any:
    """Yes, no, or not stated: under every standing (domain rule "not stated")."""
    return _field(label, kinds.YesNo(), default, hint=hint)


def count(label: str, *, least: int = 0, most: int = 10**12, default: Any = MISSING, hint: str = "") -> Any:
    """Return a whole number."""
    return _field(label, Count(least=least, most=most), default, hint=hint)


def number(label: str, *, default: Any = MISSING, hint: str = "") -> Any:
    """Return an exact decimal number, written as text."""
    return _field(label, kinds.Number(), default, hint=hint)


def percent(label: str, *, default: Any = MISSING, hint: str = "") -> Any:
    """Return a share in per cent, written as text."""
    return _field(label, kinds.Percent(most=100), default, hint=hint)


def money(label: str, *, default: Any = MISSING, hint: str = "") -> Any:
    """Return an exact amount with its currency."""
    return _field(label, kinds.MoneyKind(), default, hint=hint)


def day(label: str, *, default: Any = MISSING, hint: str = "") -> Any:
    """Return a day in Europe/London."""
    return _field(label, kinds.Day(), default, hint=hint)


def when(label: str, *, default: Any = MISSING, hint: str = "") -> Any:
    """Return a time as exact as it is known, which is not the entry's own occurrence."""
    return _field(label, kinds.When(), default, hint=hint)


def occurrence(label: str, *, default: Any = MISSING, hint: str = "") -> Any:
    """When what the entry states happened. Every kind of entry has exactly one such field."""
    return _field(label, kinds.When(), default, occurrence=True, hint=hint)


def opens(label: str, entity: str, *, default: Any = MISSING, hint: str = "") -> Any:
    """Return the new id of a thing that this entry brings into being. Optional: the ledger gives one."""
    return _field(label, Entity(entity=entity, role="opens"), default, hint=hint)


def refers(label: str, entity: str, *, default: Any = MISSING, hint: str = "") -> Any:
    """Return the id of a thing that is on record already."""
    return _field(label, Entity(entity=entity, role="refers"), default, hint=hint)


def names(label: str, entity: str, *, default: Any = MISSING, hint: str = "") -> Any:
    """Return the id of a thing, whether or not it is on record already."""
    return _field(label, Entity(entity=entity, role="names"), default, hint=hint)


def entry(label: str, *, default: Any = MISSING, hint: str = "") -> Any:
    """Return the number of an earlier entry."""
    return _field(label, kinds.EntryIndex(), default, hint=hint)


def entries(label: str, *, default: Any = MISSING, hint: str = "") -> Any:
    """Return the numbers of earlier entries."""
    return _field(label, Many(kinds.EntryIndex()), default, hint=hint)


def prisons(label: str = N_("Prisons"), *, default: Any = MISSING, hint: str = "") -> Any:
    """Return prison codes."""
    return _field(label, Many(kinds.PRISON), default, hint=hint)


def prison(label: str = N_("Prison"), *, default: Any = MISSING, hint: str = "") -> Any:
    """Return one prison code."""
    return _field(label, kinds.PRISON, default, hint=hint)


def nested(label: str, struct: type[Struct], *, default: Any = MISSING, hint: str = "") -> Any:
    """Return one group of fields."""
    return _field(label, Nested(struct=struct), default, hint=hint)


def rows(label: str, struct: type[Struct], *, least: int = 0, default: Any = MISSING, hint: str = "") -> Any:
    """Return a list of groups of fields."""
    return _field(label, Many(Nested(struct=struct), least=least), default, hint=hint)


_SPECIFIERS = (
    line, title, prose, proses, of, many, code, codes, yes_no, count, number, percent, money, day, when, occurrence,
    opens, refers, names, entry, entries, prisons, prison, nested, rows,
)  # fmt: skip


# --- groups of fields -------------------------------------------------------------------------------------------------


@dataclass_transform(
    kw_only_default=True,
    frozen_default=True,
    field_specifiers=(
        line, title, prose, proses, of, many, code, codes, yes_no, count, number, percent, money, day, when,
        occurrence, opens, refers, names, entry, entries, prisons, prison, nested, rows,
    ),
)  # fmt: skip
class Struct:
    """A frozen group of declared fields. `sentence` says it in a line; `%(field)s` are its slots."""

    sentence: ClassVar[str] = ""
    sentence_with_before: ClassVar[str] = ""
    strict: ClassVar[bool] = False
    """Whether its fields must be stated under every standing."""

    declared: ClassVar[tuple[Field, ...]] = ()
    required: ClassVar[frozenset[str]] = frozenset()
    may_lack: ClassVar[frozenset[str]] = frozenset()
    """The required fields that a stored object may be without, where their disclosures are not to be had."""

    readers: ClassVar[tuple[tuple[str, Callable[[Json], Any]], ...]] = ()
    """The fields whose values are not the stored JSON itself."""

    pointing: ClassVar[tuple[Field, ...]] = ()
    """The fields in which an id or the number of an entry can stand."""

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        dataclass(frozen=True, kw_only=True)(cls)
        cls.declared = tuple(_declared_fields(cls))
        cls.required = frozenset(each.name for each in cls.declared if each.required)
        cls.may_lack = frozenset(each.name for each in cls.declared if each.required and each.kind.private)
        cls.readers = tuple(
            (each.name, each.kind.read) for each in cls.declared if type(each.kind).read is not Kind.read
        )
        cls.pointing = tuple(each for each in cls.declared if any(map(_is_pointer, _inner_kinds(each.kind))))

    def problems(self) -> Iterator[tuple[str, Wrong]]:
        """Yield (field, what is wrong) for values that are each possible but not together."""
        yield from ()


def _declared_fields(struct: type[Any]) -> Iterator[Field]:
    for each in dataclasses.fields(struct):
        yield Field(
            name=each.name,
            label=each.metadata["label"],
            kind=each.metadata["kind"],
            required=each.default is MISSING,
            occurrence=each.metadata["occurrence"],
            hint=each.metadata["hint"],
            statable=re.search(r"\bMaybe\[|\bNotStated\b", str(each.type)) is not None,
        )


def fields_of(struct: type[Struct]) -> tuple[Field, ...]:
    """Return the declared fields of a struct in the order of declaration."""
    return struct.declared


def dump_struct(value: Struct, hide: Hide, path: str) -> dict[str, Json]:
    """Return the JSON object of a struct: private values as digests in `_sd` (RFC 9901 section 4.2.4.1)."""
    return _dumps[type(value)](value, hide, path)


class _Dumps(dict[type[Struct], Dump]):
    def __missing__(self, struct: type[Struct]) -> Dump:
        written = self[struct] = write_dump(Dumper(each.name, each.kind) for each in struct.declared)
        return written


_dumps: Final = _Dumps()
"""Written out when first needed: they are a tenth of a second for all kinds."""


def join(path: str, name: str | int) -> str:
    """Return the path of a value inside an entry: names and places with dots between them."""
    return f"{path}.{name}" if path else str(name)


def read_struct(struct: type[Any], stored: dict[str, Json]) -> Any:
    """Make the struct of JSON that `dump_struct` made, its disclosures put back in their places; takes the JSON over.

    Does not call the constructor: what the ledger stored was checked on its way in, and this is the path of rebuilds.
    Optional fields that are absent are None through the class; a required one can only lack its disclosure.
    """
    stored.pop("_sd", None)
    if None in stored.values():
        stored.update((name, NOT_STATED) for name, held in stored.items() if held is None)
    for name, read in struct.readers:
        if name in stored:
            held = stored[name]
            if type(held) not in _NOT_TO_READ:
                stored[name] = read(held)
    if struct.may_lack and not struct.may_lack <= stored.keys():
        stored |= dict.fromkeys(struct.required - stored.keys(), NOT_HELD)
    return make(struct, stored)


def make(struct: type[S], values: dict[str, Any]) -> S:
    """Make a struct of values that were checked, without its constructor; takes the dict over.

    A field left out is what its class says, which is its default.
    """
    made = _new(struct)
    _set(made, "__dict__", values)
    return made


def with_values(value: S, values: Mapping[str, Any]) -> S:
    """Return a struct like another but for some values; as `dataclasses.replace`, at a third of its cost."""
    return make(type(value), {**vars(value), **values})


_new: Final = object.__new__
_set: Final = object.__setattr__
_NOT_TO_READ: Final = frozenset({NotStated, Undisclosed})


@dataclass(frozen=True)
class Nested(Kind):
    """A group of fields as a value."""

    name: ClassVar[str] = "group"
    struct: type[Struct]

    def dump(self, value: Struct, hide: Hide, path: str) -> Json:
        return dump_struct(value, hide, path)

    def read(self, stored: Json) -> Any:
        return read_struct(self.struct, stored)

    def say(self, value: Struct, voice: Voice) -> str:
        return say_struct(value, voice)


@dataclass(frozen=True)
class Repeated(Nested):
    """A group of public fields that entry after entry repeats, such as its author: read once and then remembered."""

    name: ClassVar[str] = "group"
    _known: dict[bytes, Any] = dataclasses.field(default_factory=dict, compare=False, repr=False)

    def read(self, stored: Json) -> Any:
        key = orjson.dumps(stored)
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _MOST_REPEATED:
                self._known.clear()
            found = self._known[key] = read_struct(self.struct, stored)
        return found


def kind_at(struct: type[Struct], path: str) -> Kind:
    """Return the kind of value that stands at a path such as `changes.0.new_date`."""
    name, _, rest = path.partition(".")
    kind = next(each.kind for each in fields_of(struct) if each.name == name)
    while rest:
        if isinstance(kind, Nested):
            return kind_at(kind.struct, rest)
        if not isinstance(kind, Many):
            break
        kind, rest = kind.item, rest.partition(".")[2]
    return kind


_MOST_REPEATED: Final = 4_096


def _inner_kinds(kind: Kind) -> Iterator[Kind]:
    """Yield the kinds of the scalar values inside a value of a kind."""
    if isinstance(kind, Many):
        yield from _inner_kinds(kind.item)
    elif isinstance(kind, Nested):
        for each in fields_of(kind.struct):
            yield from _inner_kinds(each.kind)
    else:
        yield kind


def _is_pointer(kind: Kind) -> bool:
    return isinstance(kind, _POINTERS)


def say_struct(value: Struct, voice: Voice, before: Mapping[str, object] | None = None) -> str:
    """Say a struct in a line. `before` maps paths of fields to their earlier values, which are said with the new ones.

    The sentence is for when all it speaks of can be said. Where something is not stated or not shown, or there is no
    sentence, the rest is said with its labels, after the title of the kind of entry.
    """
    before = before or {}
    held = [(each, getattr(value, each.name)) for each in fields_of(type(value))]
    if value.sentence:
        spoken = set(_SLOT.findall(value.sentence))
        held = [(each, now) for each, now in held if each.name in spoken]
    slots = {each.name: "" if now is None else _say_with(each, now, voice, before) for each, now in held}
    if not value.sentence or any(isinstance(now, NotStated | Undisclosed) for _, now in held):
        return _say_labelled(value, held, slots, voice, before)
    changed = next((each for each, _ in held if each.name in before), None)
    template = value.sentence
    if changed is not None and value.sentence_with_before:
        template = value.sentence_with_before
        slots["before"] = say(changed.kind, before[changed.name], voice)
    said = " ".join(voice.words(template, **slots).split())
    return _TWO_STOPS.sub(". ", said)


_SLOT: Final = re.compile(r"%\((\w+)\)s")
_TWO_STOPS: Final = re.compile(r"(?<!\.)\.\. ")
"""The end of a value's own sentence, and of the sentence around it."""


def _say_labelled(
    value: Struct,
    held: Sequence[tuple[Field, object]],
    slots: Mapping[str, str],
    voice: Voice,
    before: Mapping[str, object],
) -> str:
    told = [
        _labelled(each, slots[each.name], voice, before)
        for each, now in held
        if now is not None and not isinstance(now, NotStated | Undisclosed)
    ]
    if not isinstance(value, Action):
        return voice.items(told) if told else voice.words(N_("not stated"))
    kind = voice.words(value.declaration.title)
    return voice.words(N_("%(kind)s. %(facts)s"), kind=kind, facts="; ".join(told)) if told else kind


def _labelled(each: Field, now: str, voice: Voice, before: Mapping[str, object]) -> str:
    label = voice.words(each.label)
    if each.name not in before:
        return voice.words(N_("%(label)s: %(now)s"), label=label, now=now)
    was = say(each.kind, before[each.name], voice)
    return voice.words(N_("%(label)s: %(now)s, not %(before)s"), label=label, now=now, before=was)


def _say_with(each: Field, now: object, voice: Voice, before: Mapping[str, object]) -> str:
    inside = {path.partition(".")[2]: old for path, old in before.items() if path.startswith(f"{each.name}.")}
    if isinstance(each.kind, Nested) and inside and isinstance(now, Struct):
        return say_struct(now, voice, inside)
    if isinstance(each.kind, Many) and inside and isinstance(now, tuple):
        return "; ".join(_say_item(each.kind.item, place, item, voice, inside) for place, item in enumerate(now))
    return shorten(say(each.kind, now, voice))


def _say_item(kind: Kind, place: int, item: object, voice: Voice, before: Mapping[str, object]) -> str:
    inside = {path.partition(".")[2]: old for path, old in before.items() if path.startswith(f"{place}.")}
    return say_struct(item, voice, inside) if isinstance(item, Struct) else say(kind, item, voice)


def shorten(text: str, most: int = 160) -> str:
    """Return a text as one line of at most so many characters, cut at a word."""
    line_of_text = " ".join(text.split())
    if len(line_of_text) <= most:
        return line_of_text
    return line_of_text[: most - 1].rsplit(" ", 1)[0].rstrip(",;:.") + "…"


# --- kinds of entry ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a kind of entry is, beside its fields."""

    name: str
    title: str
    stage: str
    after: tuple[type[Action], ...]
    once: bool
    streams: tuple[StreamKind, ...]
    recommendations: tuple[int, ...]
    ocds: tuple[str, ...]


class Action(Struct):
    """What an official states: command and event in one. Identity, clocks and author stand on the envelope.

    Class keywords: `name` with its version; `title`; `stage` of the commissioning cycle; `after` (any of these kinds
    must be on record first); `once` (a second one is refused); `streams` it may stand in; `recommendations` of the
    paper it serves; `ocds` release tags, none where open contracting data has no home for the fact.
    The docstring's first paragraph tells a recorder when to use it.
    """

    declaration: ClassVar[Declaration]
    occurs: ClassVar[str] = ""
    """The field that says when it happened."""

    def __init_subclass__(
        cls,
        *,
        name: str,
        title: str,
        stage: str,
        after: type[Action] | tuple[type[Action], ...] = (),
        once: bool = False,
        streams: tuple[StreamKind, ...] = ("process",),
        recommendations: tuple[int, ...] = (),
        ocds: tuple[str, ...] = (),
    ) -> None:
        before = after if isinstance(after, tuple) else (after,)
        cls.declaration = Declaration(name, title, stage, before, once, streams, recommendations, ocds)
        super().__init_subclass__()
        cls.may_lack = cls.required  # an entry that is not public hides every field of its action
        cls.occurs = next((each.name for each in cls.declared if each.occurrence), "")
        _declared.append(cls)

    @property
    def occurred(self) -> Occurrence | NotStated | Undisclosed:
        """When it happened in the world."""
        return cast("Occurrence | NotStated | Undisclosed", getattr(self, self.occurs))

    def check(self, history: History) -> None:
        """Raise `Refused` where the history forbids this action. The declared rules are checked elsewhere."""

    def before(self, history: History) -> Mapping[str, object]:  # noqa: ARG002 - for kinds that change something
        """Return path of a field -> the value that stood before this entry, derived from the record."""
        return {}

    def values(self) -> Iterator[tuple[str, str | None, Money]]:
        """Yield (what it is the value of, which one, amount) for every value of the deal that this states.

        What: budget, lot_estimate, award or contract. Which: the id, or None for the budget of the whole process.
        """
        yield from ()


_declared: list[type[Action]] = []


def occurrence_field(kind: type[Action]) -> str:
    """Return the name of the field that says when the entry's fact happened."""
    return kind.occurs


def pointers(value: Struct, path: str = "") -> Iterator[tuple[str, Entity | kinds.EntryIndex, Any]]:
    """Yield (path, kind, value) for every stated, visible id and number of an entry inside, depth first."""
    for each in value.pointing:
        held = getattr(value, each.name)
        if held is None or type(held) in _NOT_TO_READ:
            continue
        if isinstance(each.kind, _POINTERS):
            yield f"{path}{each.name}", each.kind, held
        else:
            yield from _pointers(each.kind, held, f"{path}{each.name}")


_POINTERS: Final = (Entity, kinds.EntryIndex)


def _pointers(kind: Kind, value: Any, path: str) -> Iterator[tuple[str, Entity | kinds.EntryIndex, Any]]:
    if isinstance(kind, _POINTERS):
        yield path, kind, value
    elif isinstance(kind, Nested):
        yield from pointers(value, f"{path}.")
    elif isinstance(kind, Many):
        for place, item in enumerate(value):
            if type(item) not in _NOT_TO_READ:
                yield from _pointers(kind.item, item, f"{path}.{place}")


# --- the register -----------------------------------------------------------------------------------------------------

STAGES: Final = CodeList(
    "stage",
    {
        "needs": N_("Needs"),
        "design": N_("Design"),
        "procurement": N_("Procurement"),
        "mobilisation": N_("Mobilisation"),
        "delivery": N_("Delivery"),
    },
)
"""The stages of a commissioning process, which engagement and attestations name."""

STAGES_OF_KINDS: Final = CodeList(
    "stage of a kind",
    {**STAGES.labels, "throughout": N_("At any stage"), "record": N_("About the record itself")},
)

OCDS_TAGS: Final = frozenset(
    [
        "planning",
        "planningUpdate",
        "tender",
        "tenderAmendment",
        "tenderUpdate",
        "tenderCancellation",
        "award",
        "awardUpdate",
        "awardCancellation",
        "contract",
        "contractUpdate",
        "contractAmendment",
        "implementation",
        "implementationUpdate",
        "contractTermination",
    ]
)
"""Release tags of OCDS 1.1.5 (codelist releaseTag)."""


class Register(Mapping[str, type[Action]]):
    """Every kind of entry by its name, in the order of the catalogue. Building it checks it."""

    def __init__(self, declared: Sequence[type[Action]]) -> None:
        self._kinds = {kind.declaration.name: kind for kind in declared}
        faults = [fault for kind in declared for fault in _faults(kind, self._kinds)]
        if len(self._kinds) != len(declared):
            faults.append("two kinds of entry have one name")
        openers = {e.entity for k in declared for e in entities_of(k) if e.role != "refers"}
        faults += [
            f"{kind.declaration.name} refers to {e.entity}, which nothing opens"
            for kind in declared
            for e in entities_of(kind)
            if e.entity not in openers
        ]
        if faults:
            raise TypeError("The register contradicts itself: " + "; ".join(faults))

    def __getitem__(self, name: str) -> type[Action]:
        return self._kinds[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._kinds)

    def __len__(self) -> int:
        return len(self._kinds)


def declared_kinds() -> tuple[type[Action], ...]:
    """Return every class declared so far, for the register to take in."""
    return tuple(_declared)


def entities_of(struct: type[Struct]) -> tuple[Entity, ...]:
    """Return the ids, new and old, that a kind of entry holds anywhere inside."""
    return tuple(kind for each in struct.pointing for kind in _inner_kinds(each.kind) if isinstance(kind, Entity))


def _faults(kind: type[Action], known: Mapping[str, type[Action]]) -> Iterator[str]:
    fields, about = fields_of(kind), kind.declaration
    if re.fullmatch(r"[a-z]+(-[a-z]+)*\.v[1-9][0-9]*", about.name) is None:
        yield f"{kind.__name__}: the name {about.name!r} is not words-with-hyphens.v1"
    if sum(each.occurrence for each in fields) != 1:
        yield f"{about.name} must have exactly one occurrence"
    if kind.__doc__ is None or kind.__doc__.startswith(f"{kind.__name__}("):
        yield f"{about.name} has no docstring"
    if about.stage not in STAGES_OF_KINDS.labels:
        yield f"{about.name}: unknown stage {about.stage!r}"
    if not set(about.recommendations) <= set(ALL):
        yield f"{about.name}: recommendations run from 1 to 15"
    if not set(about.ocds) <= OCDS_TAGS:
        yield f"{about.name}: unknown OCDS release tag"
    if not kind.sentence:
        yield f"{about.name} has no sentence"
    for struct in _structs_of(kind):
        yield from _faults_of_struct(struct, Action if struct is kind else Struct)
    yield from (
        f"{about.name} comes after {a.declaration.name}, which is not registered"
        for a in about.after
        if a.declaration.name not in known
    )


def _structs_of(struct: type[Struct]) -> Iterator[type[Struct]]:
    yield struct
    for each in fields_of(struct):
        kind = each.kind.item if isinstance(each.kind, Many) else each.kind
        if isinstance(kind, Nested):
            yield from _structs_of(kind.struct)


def _faults_of_struct(struct: type[Struct], base: type[Struct]) -> Iterator[str]:
    fields = {each.name for each in fields_of(struct)}
    if not _slots(struct.sentence) <= fields or not _slots(struct.sentence_with_before) <= fields | {"before"}:
        yield f"{struct.__name__}: a sentence has a slot that is no field"
    for name in sorted(fields):
        if name.startswith("_") or name == "before" or name in vars(base) or name in vars(Struct):
            yield f"{struct.__name__}: {name} cannot be the name of a field, since it has a meaning of its own"
    labels = [each.label for each in fields_of(struct)]
    if len(set(labels)) != len(labels):
        yield f"{struct.__name__}: two fields have one label"


def _slots(sentence: str) -> set[str]:
    return set(re.findall(r"%\((\w+)\)s", sentence))
