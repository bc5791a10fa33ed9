"""The catalogue as it is told to others: a page of the documentation, and data for programs.

Both are made of the declarations alone, in English; `python -m ledger.reference docs/reference/entries.md` writes the
page anew.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from ledger import kinds
from ledger import vocabulary as v
from ledger.actions import KINDS
from ledger.envelope import Statement
from ledger.kinds import CodeList, Json, Kind, Many

N = TypeVar("N", CodeList, type[v.Struct])

_INTRODUCTION = """\
# Kinds of entry

Made from the declarations in `ledger/actions/` by `python -m ledger.reference docs/reference/entries.md`; a test keeps
it current.

An entry is handed in as `{"action": …, "stream": …, "standing": …, "by": …, "data": {…}}`; `data` holds the fields
listed with a kind, what stands beside it is the same for all. Under the standing `act` every field marked “yes” must be
filled in, though a question of yes or no may be answered *not stated* (null). Under `report`, `import` and
`reconstruction` what a source does not say may be left out. What is marked “always” must be there under every standing.
What is erasable stands in the entry as a salted digest, and can be redacted without breaking a proof.
"""


def kinds_as_json() -> list[dict[str, Json]]:
    """Return every kind of entry as plain data, in the order of the catalogue."""
    return [_kind(kind) for kind in KINDS.values()]


def _kind(kind: type[v.Action]) -> dict[str, Json]:
    about = kind.declaration
    return {
        "name": about.name,
        "title": about.title,
        "description": when_to_use(kind),
        "stage": about.stage,
        "streams": list(about.streams),
        "after": [before.declaration.name for before in about.after],
        "once": about.once,
        "recommendations": list(about.recommendations),
        "ocds": list(about.ocds),
        "occurrence": v.occurrence_field(kind),
        "fields": _fields(kind),
    }


def _fields(struct: type[v.Struct]) -> list[dict[str, Json]]:
    return [_field(each) for each in v.fields_of(struct)]


def _field(field: v.Field) -> dict[str, Json]:
    item = _item(field.kind)
    told: dict[str, Json] = {
        "name": field.name,
        "label": field.label,
        "kind": item.name,
        "list": item is not field.kind,
        "required": field.required,
        "may_be_not_stated": field.statable,
        "erasable": item.private,
    }
    if field.hint:
        told["hint"] = field.hint
    if isinstance(item, kinds.Code):
        told["codes"] = dict(item.codes.labels)
    if isinstance(item, kinds.Entity):
        told |= {"of": item.entity, "role": item.role}
    if isinstance(item, v.Nested):
        told["fields"] = _fields(item.struct)
    return told


def _item(kind: Kind) -> Kind:
    return kind.item if isinstance(kind, Many) else kind


def when_to_use(kind: type[v.Action]) -> str:
    """Return the first paragraph of a kind's docstring, on one line."""
    return " ".join((kind.__doc__ or "").split("\n\n")[0].split())


def page(declared: Mapping[str, type[v.Action]]) -> str:
    """Return the reference page in Markdown."""
    all_kinds = list(declared.values())
    tops: list[type[v.Struct]] = [Statement, *all_kinds]
    groups = _by_name(struct for top in tops for struct in _groups(top))
    lists = _by_name(codes for struct in [*tops, *groups] for codes in _code_lists(struct))
    parts = [_INTRODUCTION, _contents(all_kinds)]
    parts += ["\n".join(["## Beside the data", "", *_table(Statement), ""])]
    parts += [_section(kind) for kind in all_kinds]
    parts += ["## Groups of fields\n", *(_group(struct) for struct in groups)]
    parts += ["## Code lists\n", *(_codes(codes) for codes in lists)]
    return "\n".join(parts)


def _contents(all_kinds: Sequence[type[v.Action]]) -> str:
    lines = [f"There are {len(all_kinds)}:", "", "| title | name | stage |", "|---|---|---|"]
    for kind in all_kinds:
        about = kind.declaration
        stage = v.STAGES_OF_KINDS.labels[about.stage]
        lines.append(f"| [{about.title}](#{_anchor(about.title)}) | `{about.name}` | {stage} |")
    return "\n".join([*lines, ""])


def _section(kind: type[v.Action]) -> str:
    about = kind.declaration
    after = " or ".join(f"[{each.declaration.title}](#{_anchor(each.declaration.title)})" for each in about.after)
    lines = [
        f"## {about.title}",
        "",
        when_to_use(kind),
        "",
        f"- Name: `{about.name}`",
        f"- Stage: {v.STAGES_OF_KINDS.labels[about.stage]}",
        f"- Stands in the record of: {', '.join(about.streams)}",
        f"- Comes after: {after or 'nothing'}{'; only once' if about.once else ''}",
        f"- Recommendations: {', '.join(map(str, about.recommendations)) or 'none'}",
        f"- OCDS release tags: {', '.join(f'`{tag}`' for tag in about.ocds) or 'none'}",
        "",
        *_table(kind),
        "",
    ]
    return "\n".join(lines)


def _group(struct: type[v.Struct]) -> str:
    return "\n".join([f"### {struct.__name__}", "", " ".join((struct.__doc__ or "").split()), "", *_table(struct), ""])


def _codes(codes: CodeList) -> str:
    rows = [f"| `{code}` | {label} |" for code, label in codes.labels.items()]
    return "\n".join([f"### {_heading(codes)}", "", "| code | meaning |", "|---|---|", *rows, ""])


def _table(struct: type[v.Struct]) -> Iterator[str]:
    yield "| field | label | kind | required | erasable |"
    yield "|---|---|---|---|---|"
    for field in v.fields_of(struct):
        label = f"{field.label}. {field.hint}" if field.hint else field.label
        erasable = "yes" if _item(field.kind).private else ""
        yield f"| `{field.name}` | {label} | {_kind_in_words(field)} | {_required(struct, field)} | {erasable} |"


def _required(struct: type[v.Struct], field: v.Field) -> str:
    if not field.required:
        return ""
    return "yes" if field.statable and not struct.strict else "always"


def _kind_in_words(field: v.Field) -> str:
    item = _item(field.kind)
    told = item.name
    if isinstance(item, kinds.Code):
        told = f"[{item.codes.name}](#{_anchor(_heading(item.codes))})"
    if isinstance(item, v.Nested):
        told = f"[{item.struct.__name__}](#{_anchor(item.struct.__name__)})"
    if isinstance(item, kinds.Entity):
        told = {"opens": f"new id of a {item.entity}", "refers": f"id of a {item.entity} on record"}.get(
            item.role, f"id of a {item.entity}"
        )
    if field.occurrence:
        told = "occurrence: when it happened"
    return f"list of: {told}" if item is not field.kind else told


def _groups(struct: type[v.Struct]) -> Iterator[type[v.Struct]]:
    for field in v.fields_of(struct):
        item = _item(field.kind)
        if isinstance(item, v.Nested):
            yield item.struct
            yield from _groups(item.struct)


def _code_lists(struct: type[v.Struct]) -> Iterator[CodeList]:
    items = (_item(field.kind) for field in v.fields_of(struct))
    yield from (item.codes for item in items if isinstance(item, kinds.Code))


def _by_name(found: Iterable[N]) -> list[N]:
    """Return each once, by its heading. Two that differ under one heading would hide each other."""
    named: dict[str, N] = {}
    for each in found:
        heading = _heading(each)
        if named.setdefault(heading, each) != each:
            raise TypeError(f"Two different things are both called {heading}.")
    return [named[heading] for heading in sorted(named)]


def _heading(named: CodeList | type[v.Struct]) -> str:
    return f"Codes: {named.name}" if isinstance(named, CodeList) else named.__name__


def _anchor(title: str) -> str:
    """Return the anchor that Markdown readers make of a heading."""
    kept = (each for each in title.lower() if each.isalnum() or each in " -_")
    return "".join(kept).replace(" ", "-")


def main() -> None:
    """Write the page to the path given, or to standard output."""
    text = page(KINDS)
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
