"""`candour record KIND`: one command for each kind of entry, its options made from the declaration."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date
from typing import Any, Final

import click

from ledger import kinds, schema
from ledger import vocabulary as v
from ledger.actions import KINDS
from ledger.codes import STANDINGS
from ledger.errors import Invalid
from ledger.kinds import Json, Kind, Many
from ledger.structs import Document, ReasonKind, ValueKind
from ledger.voice import ENGLISH

Record = Callable[[Json], None]
"""Takes a raw submission (the shape of `schema.load_submission`) to the ledger and tells the outcome."""

_ENVELOPE: Final = ("stream", "standing", "organisation", "role", "concerns", "source", "late_reason", "input_file")


class RecordGroup(click.Group):
    """Offers each kind of entry by its name without the version."""

    def __init__(self, record: Record, **attributes: Any) -> None:
        super().__init__(**attributes)
        self._record = record

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return [_short(name) for name in KINDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's
        kind = next((kind for name, kind in KINDS.items() if cmd_name in {name, _short(name)}), None)
        return None if kind is None else _command(kind, self._record)


def _short(name: str) -> str:
    return name.rpartition(".")[0]


def _command(kind: type[v.Action], record: Record) -> click.Command:
    def run(**given: Any) -> None:
        record(_submission(kind, given))

    return click.Command(
        name=_short(kind.declaration.name),
        callback=run,
        help=(kind.__doc__ or "").strip(),
        epilog=f"\b\nExample:\n{_example(kind)}",
        short_help=kind.declaration.title,
        params=[*_envelope_options(), *(_option(each) for each in v.fields_of(kind)), _not_stated_option()],
    )


def _envelope_options() -> Iterator[click.Option]:
    yield click.Option(
        ["--stream"], metavar="STREAM", help="Where it belongs: process/REFERENCE, group/REFERENCE or ledger/ledger."
    )
    yield click.Option(["--standing"], type=click.Choice(list(STANDINGS.labels)), help="On whose word. Default: act.")
    yield click.Option(["--organisation"], metavar="SCHEME:ID:NAME", help="The organisation that answers for it.")
    yield click.Option(["--role"], metavar="TEXT", help="The role in it, never a name.")
    yield click.Option(["--concerns"], multiple=True, metavar="REFERENCE", help="A further process it is about.")
    yield click.Option(["--source"], multiple=True, metavar="JSON|TITLE", help="A source. May be repeated.")
    yield click.Option(["--late-reason"], metavar="TEXT", help="Why it is recorded late.")
    yield click.Option(
        ["--input", "input_file"],
        type=click.File("rb"),
        help="A JSON file with the entry, or - for standard input. Options given beside it come on top.",
    )


def _not_stated_option() -> click.Option:
    return click.Option(
        ["--not-stated"],
        multiple=True,
        metavar="FIELD",
        help="A field that the source does not state. May be repeated.",
    )


def _option(field: v.Field) -> click.Option:
    words = [ENGLISH.words(field.label) + ("" if field.required else " (optional)") + "."]
    if field.hint:
        words.append(ENGLISH.words(field.hint))
    codes = _codes(field.kind)
    if codes:
        words.append(f"One of: {', '.join(codes)}.")
    repeated = isinstance(field.kind, Many)
    if repeated:
        words.append("May be repeated.")
    return click.Option(
        [f"--{field.name.replace('_', '-')}", f"field_{field.name}"],
        metavar=_metavar(field.kind),
        multiple=repeated,
        help=" ".join(words),
    )


def _codes(kind: Kind) -> Sequence[str]:
    inner = kind.item if isinstance(kind, Many) else kind
    return tuple(inner.codes.labels) if isinstance(inner, kinds.Code) else ()


def _metavar(kind: Kind) -> str:
    inner = kind.item if isinstance(kind, Many) else kind
    match inner:
        case ReasonKind():
            return "TEXT|JSON"
        case kinds.MoneyKind():
            return "AMOUNT CURRENCY"
        case v.Nested(struct=struct):
            return "TITLE|JSON" if struct is Document else "JSON"
        case kinds.YesNo():
            return "yes|no|not-stated"
        case _:
            return inner.name.upper()


def _submission(kind: type[v.Action], given: dict[str, Any]) -> Json:
    raw = _from_file(given["input_file"])
    raw["action"] = kind.declaration.name
    for name in ("stream", "standing", "late_reason"):
        if given[name] is not None:
            raw[name] = given[name]
    raw.setdefault("standing", "act")
    if given["organisation"] is not None or given["role"] is not None:
        raw["by"] = _author(given["organisation"], given["role"], raw.get("by"))
    if given["concerns"]:
        raw["concerns"] = list(given["concerns"])
    if given["source"]:
        raw["sources"] = [_json_or(text, lambda title: {"title": title}) for text in given["source"]]
    raw["data"] = {**_group(raw.get("data")), **dict(_data(kind, given))}
    return raw


def _from_file(file: Any) -> dict[str, Any]:
    return {} if file is None else _group(schema.parse_json(file.read(schema.MOST_INPUT_BYTES + 1)))


def _group(raw: Json) -> dict[str, Any]:
    if raw is None:
        return {}
    if not isinstance(raw, dict):
        raise click.UsageError("The input must be one JSON object, in the shape of an entry.")
    return dict(raw)


def _author(organisation: str | None, role: str | None, held: Json) -> Json:
    author = dict(held) if isinstance(held, dict) else {}
    if organisation is not None:
        scheme, _, rest = organisation.partition(":")
        identifier, _, name = rest.partition(":")
        author["organisation"] = {"scheme": scheme, "id": identifier, "name": name}
    if role is not None:
        author["role"] = role
    return author


def _data(kind: type[v.Action], given: dict[str, Any]) -> Iterator[tuple[str, Json]]:
    known = {each.name: each for each in v.fields_of(kind)}
    for name in given["not_stated"]:
        field = known.get(name.replace("-", "_"))
        if field is None:
            raise click.UsageError(f"There is no field {name!r}. Choose from: {', '.join(known)}.")
        yield field.name, None
    for name, field in known.items():
        text = given[f"field_{name}"]
        if isinstance(field.kind, Many) and text:
            yield name, _list_from(field.kind, text)
        elif not isinstance(field.kind, Many) and text is not None:
            yield name, value_from(field.kind, text)


def _list_from(kind: Many, texts: Sequence[str]) -> Json:
    """Return a list of one value for each repetition; `[]` alone is the empty list."""
    return [] if list(texts) == ["[]"] else [value_from(kind.item, text) for text in texts]


def value_from(kind: Kind, text: str) -> Json:  # noqa: PLR0911 - one line for each kind of value
    """Return the JSON that a text on the command line means for a kind of value; the schema judges it."""
    match kind:
        case ReasonKind():
            return _json_or(text, lambda words: {"state": "given", "text": words})
        case v.Nested(struct=struct) if struct is Document:
            return _json_or(text, lambda title: {"title": title})
        case v.Nested() | ValueKind():
            return _json_or(text, lambda words: words)
        case kinds.MoneyKind():
            amount, _, currency = text.partition(" ")
            return {"amount": amount, "currency": currency.strip()}
        case kinds.YesNo():
            return {"yes": True, "no": False, "not-stated": None}.get(text, text)
        case kinds.Count():
            return int(text) if text.isdecimal() and text.isascii() and len(text) < 20 else text  # noqa: PLR2004
        case _:
            return text


def _json_or(text: str, otherwise: Callable[[str], Json]) -> Json:
    if not text.lstrip().startswith(("{", "[")):
        return otherwise(text)
    try:
        return schema.parse_json(text)
    except Invalid as error:
        raise click.UsageError(f"{text[:60]!r} cannot be read as JSON. Check its quotes and brackets.") from error


# --- the example in each command's help -------------------------------------------------------------------------------


def _example(kind: type[v.Action]) -> str:
    stream = {"process": "process/REFERENCE", "group": "group/REFERENCE", "ledger": "ledger/ledger"}
    parts = [
        f"candour record {_short(kind.declaration.name)}",
        f"--stream {stream[kind.declaration.streams[0]]}",
        "--organisation 'GB-CHC:1234567:Example charity'",
        "--role 'policy officer'",
    ]
    parts += [f"--{field.name.replace('_', '-')} {shlex.quote(_sample(field.kind))}" for field in _exemplary(kind)]
    return " \\\n  ".join(parts)


def _exemplary(kind: type[v.Action]) -> list[v.Field]:
    """Return the fields an example needs: the required ones, and those that their values ask for besides."""
    shown = {field.name for field in v.fields_of(kind) if field.required}
    for _ in v.fields_of(kind):
        asked = {path.split(".")[1] for path in _problems(kind, shown) if path.count(".") == 1} - shown
        if not asked:
            break
        shown |= asked
    return [field for field in v.fields_of(kind) if field.name in shown]


def _problems(kind: type[v.Action], shown: set[str]) -> Collection[str]:
    data = {
        field.name: _list_from(field.kind, [_sample(field.kind)])
        if isinstance(field.kind, Many)
        else value_from(field.kind, _sample(field.kind).replace("REFERENCE", "reference"))
        for field in v.fields_of(kind)
        if field.name in shown
    }
    try:
        schema.load_submission({"action": kind.declaration.name, "data": data})
    except Invalid as error:
        return error.problems.keys()
    return ()


def _sample(kind: Kind) -> str:
    if isinstance(kind, Many):
        return _sample(kind.item) if kind.least or _codes(kind) else "[]"
    samples: dict[type[Kind], str] = {
        kinds.YesNo: "yes",
        kinds.EntryIndex: "0",
        kinds.Count: "3",
        kinds.Percent: "50",
        kinds.Number: "2.5",
        kinds.MoneyKind: "1070000.00 GBP",
        kinds.When: date.today().isoformat(),  # noqa: DTZ011 - a day to overwrite, in an example
        kinds.Day: date.today().isoformat(),  # noqa: DTZ011 - the same
        kinds.Entity: "ID",
        ReasonKind: "Feedback from providers",
        ValueKind: '{"net": {"amount": "1070000.00", "currency": "GBP"}}',
    }
    if isinstance(kind, kinds.Code):
        return next(iter(kind.codes.labels))
    if isinstance(kind, v.Nested) and type(kind) is v.Nested:
        return "Title of the document" if kind.struct is Document else _json_sample(kind.struct)
    return next((text for type_, text in samples.items() if isinstance(kind, type_)), _SAMPLES.get(kind.name, "TEXT"))


_SAMPLES: Final = {
    "prison": "LEI",
    "reference": "REFERENCE",
    "open-code": "family_services",
    "sha256": "0" * 64,
    "log-key": "example.org/log+00000000+AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
}


def _json_sample(struct: type[v.Struct]) -> str:
    inner = ", ".join(f'"{each.name}": {_json_value(each.kind)}' for each in v.fields_of(struct) if each.required)
    return "{" + inner + "}"


def _json_value(kind: Kind) -> str:  # noqa: PLR0911 - one line for each kind of value
    match kind:
        case Many():
            return "[]"
        case ReasonKind():
            return '{"state": "not_given"}'
        case kinds.MoneyKind():
            return '{"amount": "1070000.00", "currency": "GBP"}'
        case v.Nested(struct=struct):
            return _json_sample(struct)
        case kinds.YesNo():
            return "true"
        case kinds.Count():
            return "3"
        case _:
            return f'"{_sample(kind)}"'
