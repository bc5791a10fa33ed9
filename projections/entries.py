"""What is derived about each entry: what stood before it, what replaced it, and what it contradicts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final, cast

import orjson
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    MetaData,
    Select,
    Table,
    Text,
    delete,
    func,
    or_,
    select,
    update,
)

from ledger import vocabulary as v
from ledger.actions import KINDS
from ledger.actions.ledger import LedgerEntryWithdrawn, target_of
from ledger.database import disclosure, entry
from ledger.disclosure import HELD, Slot, load_slots, value_of, visible
from ledger.errors import Refused
from ledger.kinds import Json, Kind, Many, Undisclosed
from ledger.process import History, Recorded, contradictions
from ledger.streams import Stream
from ledger.unseen import kept_fields
from ledger.wire import decode
from projections import links
from projections.follow import Tables, concern_table, load_history, put

_metadata = MetaData()

table: Final = Table(
    "view_entry",
    _metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("stream", Text, nullable=False, index=True),
    Column("action", Text, nullable=False, index=True),
    Column("standing", Text, nullable=False),
    Column("recorded", BigInteger, nullable=False),
    Column("occurred_start", BigInteger),
    Column("occurred_end", BigInteger),
    Column("before", Text),
    Column("corrected_by", BigInteger),
    Column("withdrawn_by", BigInteger),
    Column("contradictions", Text),
    Column("changed", BigInteger),
    Column("undisclosed", Integer, nullable=False),
)
"""One row for each entry. Instants are µs since 1970, UTC; `before` is JSON of path -> value; `contradictions` is JSON
of [template, parameters] pairs; `changed` is when a later entry last corrected, withdrew, redacted or disclosed this
one; `undisclosed` counts the values that are not shown.
"""


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry as the public sees it, with what follows from the rest of the record."""

    entry: Recorded
    before: Mapping[str, object]
    corrected_by: int | None
    withdrawn_by: int | None
    contradictions: tuple[Refused, ...]
    updated: datetime
    """When it was recorded, or last changed in standing or disclosure by a later entry (UTC)."""


class Entries:
    """The rows of `view_entry`, and of `view_link` which leads from an entry to what followed from it."""

    name = "entries"
    version = 3
    tables = (table, links.table)

    def apply(self, connection: Connection, tables: Tables, added: Recorded, history: History) -> None:
        """Add the entry's row; derive the stream's rows anew where disclosures changed."""
        if target_of(added.action) is not None:
            _restate(connection, tables, history)
        put(connection, tables["view_entry"], _row(added, history))
        links.put_links(connection, tables["view_link"], added, history)

    def settle(self, connection: Connection, tables: Tables, history: History) -> None:
        """Bring up to date what later entries change about earlier ones of the same stream."""
        rows = tables["view_entry"]
        wanted = _facts_by_later_entries(connection, history)
        query = select(rows.c.position, *(rows.c[name] for name in _LATER)).where(
            rows.c.stream == str(history.stream), or_(*(rows.c[name].is_not(None) for name in _LATER))
        )
        stored = {position: dict(zip(_LATER, facts, strict=True)) for position, *facts in connection.execute(query)}
        for position in sorted(wanted.keys() | stored.keys()):
            facts = wanted.get(position, _NOTHING)
            if facts != stored.get(position, _NOTHING):
                connection.execute(update(rows).where(rows.c.position == position).values(**facts))


_LATER: Final = ("corrected_by", "withdrawn_by", "contradictions", "changed")
_NOTHING: Final[Mapping[str, Any]] = dict.fromkeys(_LATER)


def _restate(connection: Connection, tables: Tables, history: History) -> None:
    """Write the own entries' rows again, as a rebuild under the disclosures of today would."""
    rows, linked = tables["view_entry"], tables["view_link"]
    own = select(rows.c.position).where(rows.c.stream == str(history.stream))
    connection.execute(delete(linked).where(linked.c.position.in_(own)))
    past = History(history.stream)
    for each in history.entries():
        if each.stream == history.stream:
            connection.execute(update(rows).where(rows.c.position == each.index).values(**_row(each, past)))
            links.put_links(connection, linked, each, past)
        past.add(each)


def _row(added: Recorded, history: History) -> dict[str, Any]:
    occurred = added.occurred
    before = _public_before(added.action, history)
    return {
        "position": added.index,
        "stream": str(added.stream),
        "action": added.action.declaration.name,
        "standing": added.statement.standing,
        "recorded": _microseconds(added.recorded),
        "occurred_start": None if occurred is None else _microseconds(occurred.start),
        "occurred_end": None if occurred is None else _microseconds(occurred.end),
        "before": orjson.dumps(before, option=orjson.OPT_SORT_KEYS).decode() if before else None,
        "undisclosed": not_shown(added),
    }


def _public_before(action: v.Action, history: History) -> dict[str, Json]:
    """Return path -> JSON of what stood before. Prose and personal values are never copied (domain 1.1)."""
    found: dict[str, Json] = {}
    for path, value in action.before(history).items():
        kind = v.kind_at(type(action), path)
        if not kind.private and not _holds_private(kind):
            found[path] = kind.dump(value, _never_hidden, path)
    return found


def _never_hidden(path: str, name: str | int, value: Json, state: str) -> str:  # noqa: ARG001 - the shape of Hide
    raise AssertionError(f"{path}.{name} is private and cannot have been asked for")


def _holds_private(kind: Kind) -> bool:
    if isinstance(kind, Many):
        return kind.item.private or _holds_private(kind.item)
    return isinstance(kind, v.Nested) and any(
        each.kind.private or _holds_private(each.kind) for each in v.fields_of(kind.struct)
    )


def undisclosed_paths(added: Recorded) -> Iterator[str]:
    """Yield the fields of the action that are not shown."""
    for each in v.fields_of(type(added.action)):
        yield from _undisclosed(each.kind, getattr(added.action, each.name), each.name)


def not_shown(added: Recorded) -> int:
    """Return how many values of the action are not shown; all that an entry keeps back as one is one."""
    kept = kept_fields(added)
    named = sum(path.partition(".")[0] not in kept for path in undisclosed_paths(added))
    return named + bool(kept)


def _undisclosed(kind: Kind, value: object, path: str) -> Iterator[str]:
    if isinstance(value, Undisclosed):
        yield path
    elif isinstance(value, v.Struct):
        for each in v.fields_of(type(value)):
            yield from _undisclosed(each.kind, getattr(value, each.name), f"{path}.{each.name}")
    elif isinstance(value, tuple) and isinstance(kind, Many):
        for place, item in enumerate(value):
            yield from _undisclosed(kind.item, item, f"{path}.{place}")


def _facts_by_later_entries(connection: Connection, history: History) -> dict[int, dict[str, Any]]:
    facts = _changes_by_later_entries(history)
    held = partial(load_history, connection, history.stream, sight=HELD)
    for index, refusals in _visible_contradictions(history, held).items():
        said = [[refusal.template, {k: str(p) for k, p in refusal.parameters.items()}] for refusal in refusals]
        facts.setdefault(index, dict(_NOTHING))["contradictions"] = orjson.dumps(said).decode()
    return facts


def _changes_by_later_entries(history: History) -> dict[int, dict[str, Any]]:
    facts: dict[int, dict[str, Any]] = {}
    for each in history.entries():
        for index, name in _changes(history, each):
            found = facts.setdefault(index, dict(_NOTHING))
            found["changed"] = _microseconds(each.recorded)
            if name is not None:
                found[name] = each.index
    return facts


def _changes(history: History, added: Recorded) -> Iterator[tuple[int, str | None]]:
    """Yield (earlier entry, column) for what an entry of this stream changes about earlier ones."""
    if added.stream != history.stream:
        return
    if added.corrects is not None:
        yield added.corrects, "corrected_by"
    if isinstance(added.action, LedgerEntryWithdrawn) and history.withdrawn_by(added.action.target) == added.index:
        yield added.action.target, "withdrawn_by"
    target = target_of(added.action)
    if target is not None:
        yield target, None


def _visible_contradictions(history: History, held: Callable[[], History]) -> dict[int, tuple[Refused, ...]]:
    """Return the contradictions that are true of all that is held and follow from what is public alone.

    Neither half would do: judged on what is public, an entry that refers to an embargoed one would seem to lack its
    ground; judged on all, a contradiction could tell what is embargoed.
    """
    if not _may_contradict(history):
        return {}
    public = contradictions(history)
    if not public or not any(True for each in history.entries() for _ in undisclosed_paths(each)):
        return public
    of_all = contradictions(held())
    both = {
        index: tuple(r for r in found if _said(r) in map(_said, of_all.get(index, ())))
        for index, found in public.items()
    }
    return {index: found for index, found in both.items() if found}


def _said(refusal: Refused) -> str:
    return str(refusal)


def _may_contradict(history: History) -> bool:
    """Acts were refused where they did not fit; only other standings, or what changed since, can leave a misfit."""
    return any(
        each.statement.standing != "act" or each.corrects is not None or isinstance(each.action, LedgerEntryWithdrawn)
        for each in history.entries()
        if each.stream == history.stream
    )


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def seen_in(
    history: History, held: Callable[[], History], befores: Mapping[int, Mapping[str, object]] | None
) -> list[EntryView]:
    """Return the stream's own entries as they are shown where its history is all there is.

    `held` gives the same history with what is not disclosed. `befores` is what stood before each entry, where that is
    known; None has it worked out from the history.
    """
    facts = _changes_by_later_entries(history)
    contradicted = _visible_contradictions(history, held)
    past = History(history.stream)
    found: list[EntryView] = []
    for each in history.entries():
        if each.stream == history.stream:
            said = facts.get(each.index, _NOTHING)
            found.append(
                EntryView(
                    entry=each,
                    before=_before_in(each.action, past) if befores is None else befores[each.index],
                    corrected_by=said["corrected_by"],
                    withdrawn_by=said["withdrawn_by"],
                    contradictions=contradicted.get(each.index, ()),
                    updated=_updated(each, said["changed"]),
                )
            )
        past.add(each)
    return found


def _before_in(action: v.Action, history: History) -> Mapping[str, object]:
    found = _public_before(action, history)
    return {path: v.kind_at(type(action), path).read(value) for path, value in found.items()}


def preview(made: Recorded, history: History) -> EntryView:
    """Return an entry that is not on record yet as it would be shown, after what the history holds."""
    return EntryView(
        entry=made,
        before=_before_in(made.action, history),
        corrected_by=None,
        withdrawn_by=None,
        contradictions=(),
        updated=made.recorded,
    )


# --- reading ----------------------------------------------------------------------------------------------------------

_JOINED: Final = table.join(entry, entry.c.position == table.c.position).outerjoin(
    disclosure, disclosure.c.position == table.c.position
)

_VIEW: Final[Select[Any]] = select(
    entry.c.state,
    disclosure.c.slots,
    table.c.before,
    table.c.corrected_by,
    table.c.withdrawn_by,
    table.c.contradictions,
    table.c.changed,
).select_from(_JOINED)


_AT_ONCE: Final = 500
"""Entries asked for in one query."""


def one(connection: Connection, index: int) -> EntryView | None:
    """Return one entry, or None where it is not on record (or not sealed yet)."""
    row = connection.execute(_VIEW.where(table.c.position == index)).first()
    return None if row is None else _view(row)


def several(connection: Connection, indexes: Iterable[int]) -> dict[int, EntryView]:
    """Return entries by their index; those not on record (or not sealed yet) are left out."""
    wanted = sorted(set(indexes))
    found: dict[int, EntryView] = {}
    for first in range(0, len(wanted), _AT_ONCE):
        rows = connection.execute(_VIEW.where(table.c.position.in_(wanted[first : first + _AT_ONCE])))
        found |= {view.entry.index: view for view in map(_view, rows)}
    return found


def newest(
    connection: Connection,
    limit: int,
    *,
    before: int | None = None,
    stream: Stream | None = None,
    since: datetime | None = None,
) -> list[EntryView]:
    """Return the newest entries, newest first: before an index, about a stream, recorded since an instant."""
    query = _VIEW.order_by(table.c.position.desc()).limit(limit)
    if before is not None:
        query = query.where(table.c.position < before)
    if stream is not None:
        query = query.where(_about(stream))
    if since is not None:
        query = query.where(table.c.recorded >= _microseconds(since))
    return [_view(row) for row in connection.execute(query)]


def after(
    connection: Connection, index: int | None, limit: int, *, stream: Stream | None = None, action: str | None = None
) -> list[EntryView]:
    """Return entries after an index, or from the first on, in the order of the log: of a stream, of a kind."""
    query = _VIEW.order_by(table.c.position).limit(limit)
    if index is not None:
        query = query.where(table.c.position > index)
    if stream is not None:
        query = query.where(table.c.stream == str(stream))
    if action is not None:
        query = query.where(table.c.action == action)
    return [_view(row) for row in connection.execute(query)]


def size(connection: Connection) -> int:
    """Return how many entries can be read: all those that the published log holds."""
    last = connection.scalar(select(func.max(table.c.position)))
    return 0 if last is None else last + 1


def last_recorded(connection: Connection, moment: datetime) -> int | None:
    """Return the newest entry recorded up to an instant; None where there was none yet."""
    newest: int | None = connection.scalar(
        select(func.max(table.c.position)).where(table.c.recorded <= _microseconds(moment))
    )
    return newest


def stored(connection: Connection, index: int) -> tuple[bytes, bytes | None] | None:
    """Return an entry's exact bytes and its stored disclosures; None where it is not on record or not sealed yet.

    The disclosures are all that is held, embargoed values included: the caller must choose what to show.
    """
    query = select(entry.c.state, disclosure.c.slots).select_from(_JOINED).where(table.c.position == index)
    row = connection.execute(query).first()
    return None if row is None else (row.state, row.slots)


def told(state: bytes, slots: bytes | None) -> dict[str, Any]:
    """Return, for programs, an entry with the values that are disclosed, and the state of those that are not.

    Arguments are as `stored` returns them.
    """
    shown, closed = visible(load_slots(slots))
    return {
        "entry": orjson.loads(state),
        "disclosures": [_disclosed(slot) for slot in shown],
        "undisclosed": [{"digest": slot.digest, "state": slot.state} for slot in closed],
    }


def _disclosed(slot: Slot) -> dict[str, Any]:
    value = None if slot.disclosure is None else value_of(slot.disclosure)
    return {"path": slot.path, "digest": slot.digest, "disclosure": slot.disclosure, "value": value}


def followed(connection: Connection, index: int, limit: int) -> list[EntryView]:
    """Return the later entries that answer, correct, end or name this one, in the order of the log."""
    later = select(links.table.c.position).where(links.table.c.target == index)
    query = _VIEW.where(table.c.position.in_(later)).order_by(table.c.position)
    return [_view(row) for row in connection.execute(query.limit(limit))]


def preceding(connection: Connection, index: int, limit: int) -> list[EntryView]:
    """Return the earlier entries that this one answers, corrects, ends or names, in the order of the log."""
    earlier = select(links.table.c.target).where(links.table.c.position == index)
    query = _VIEW.where(table.c.position.in_(earlier)).order_by(table.c.position)
    return [_view(row) for row in connection.execute(query.limit(limit))]


def story(connection: Connection, stream: Stream) -> list[EntryView]:
    """Return all entries of a stream and what concerns it, in the order of the log."""
    query = _VIEW.where(_about(stream)).order_by(table.c.position)
    return [_view(row) for row in connection.execute(query)]


def _about(stream: Stream) -> Any:
    concerning = select(concern_table.c.position).where(concern_table.c.stream == str(stream))
    return or_(table.c.stream == str(stream), table.c.position.in_(concerning))


def _view(row: Any) -> EntryView:
    state, slots, before, corrected_by, withdrawn_by, contradicted, changed = row
    recorded = decode(state, slots)
    return EntryView(
        entry=recorded,
        before=_read_before(recorded.action, before),
        corrected_by=corrected_by,
        withdrawn_by=withdrawn_by,
        contradictions=_read_refusals(contradicted),
        updated=_updated(recorded, changed),
    )


def _updated(recorded: Recorded, changed: int | None) -> datetime:
    return recorded.recorded if changed is None else _EPOCH + timedelta(microseconds=changed)


def _read_before(action: v.Action, stored: str | None) -> dict[str, object]:
    held: dict[str, Json] = orjson.loads(stored) if stored else {}
    return {path: v.kind_at(type(action), path).read(value) for path, value in held.items()}


def _read_refusals(stored: str | None) -> tuple[Refused, ...]:
    pairs: Sequence[Any] = orjson.loads(stored) if stored else ()
    return tuple(Refused(template, **cast("dict[str, object]", parameters)) for template, parameters in pairs)


def kinds_in_use(connection: Connection) -> list[str]:
    """Return the kinds of entry on record, in the order of the catalogue."""
    used = set(connection.scalars(select(table.c.action).distinct()))
    return [name for name in KINDS if name in used]
