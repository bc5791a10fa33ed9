"""Processes and advisory groups: as lists show them, with their findings and what is owed in them."""

from __future__ import annotations

from typing import Any

from flask import abort
from sqlalchemy import Connection

from ledger.clock import england_and_wales
from ledger.kinds import Json
from ledger.obligations import Obligation, obligations
from ledger.process import History
from ledger.sentences import say_sentence, sentence
from ledger.streams import Stream
from ledger.vocabulary import StreamKind, say_struct
from ledger.voice import Voice
from ledger.when import instant_text
from ledger.words import N_
from projections import board, findings, past, present, streams
from projections.measures.finding import Finding, Part
from projections.measures.thresholds import DEFAULT
from projections.streams import StreamView
from web.api import shapes
from web.api.answering import read
from web.api.parameters import AsKnown, Listing, ListingOfProcesses, chosen, part
from web.language import voice
from web.public import asof
from web.public.asof import AsOf
from web.state import record, state


@read("/processes", N_("List the processes"), shapes.Processes, ListingOfProcesses)
def processes(asked: dict[str, Any]) -> dict[str, Json]:
    """Return processes, those with the newest entries first."""
    which, where = chosen(asked), part(asked)
    with record() as connection:
        listed = board.processes(connection, which, limit=where.limit, offset=where.offset)
        found = streams.several(connection, listed)
        count = board.count(connection, which)
    return {"items": [_told(found[each]) for each in listed if each in found], "count": count}


@read("/groups", N_("List the advisory groups"), shapes.Processes, Listing)
def groups(asked: dict[str, Any]) -> dict[str, Json]:
    """Return advisory groups, those with the newest entries first."""
    where = part(asked)
    with record() as connection:
        found = streams.listed(connection, "group", where.limit, where.offset)
        count = streams.count(connection, "group")
    return {"items": [_told(each) for each in found], "count": count}


@read("/processes/<reference:name>", N_("Read one process"), shapes.Process)
def process(name: str) -> dict[str, Json]:
    """Return one process. Its entries are those of /entries with `stream`."""
    return _one("process", name)


@read("/groups/<reference:name>", N_("Read one advisory group"), shapes.Process)
def group(name: str) -> dict[str, Json]:
    """Return one advisory group. Its entries are those of /entries with `stream`."""
    return _one("group", name)


def _one(kind: StreamKind, name: str) -> dict[str, Json]:
    with record() as connection:
        found = streams.one(connection, Stream(kind, name))
    if found is None:
        abort(404)
    return _told(found)


def _told(view: StreamView) -> dict[str, Json]:
    return {
        "reference": view.stream.reference,
        "url": state().site.url(present.path_of(view.stream)),
        "title": view.title,
        "bodies": list(view.bodies),
        "service_area": view.service_area,
        "prisons": list(view.prisons),
        "stage": view.stage,
        "dates": view.dates,
        "entries": view.entries,
        "first": view.first,
        "last": view.last,
        "standings": list(view.standings),
        "closed": view.closed,
    }


# --- findings of one process, and what is owed in it ------------------------------------------------------------------


@read(
    "/processes/<reference:name>/findings",
    N_("Read the fifteen findings of a process, also as of a moment"),
    shapes.Findings,
    AsKnown,
    problems=(400,),
)
def findings_of_process(_: dict[str, Any], name: str) -> dict[str, Json]:
    """Return the findings with their reasons: now, or as the record allowed at a moment."""
    said = voice()
    with record() as connection:
        seen, history = _seen(connection, name)
    measured = findings.measured(history, seen.at, england_and_wales()) if history.version else ()
    return {
        "process": name,
        "at": instant_text(seen.at),
        "findings": [_finding(each, said) for each in measured],
    }


@read(
    "/processes/<reference:name>/obligations",
    N_("Read what is or was owed in a process, also as of a moment"),
    shapes.Obligations,
    AsKnown,
    problems=(400,),
)
def obligations_of_process(_: dict[str, Any], name: str) -> dict[str, Json]:
    """Return questions, promises, issues and visits, each with its clock and what became of it."""
    said = voice()
    with record() as connection:
        seen, history = _seen(connection, name)
    owed = obligations(history, seen.at, england_and_wales(), DEFAULT)
    return {"at": instant_text(seen.at), "obligations": [_obligation(each, said) for each in owed]}


def _seen(connection: Connection, name: str) -> tuple[AsOf, History]:
    stream = Stream("process", name)
    if streams.one(connection, stream) is None:
        abort(404)
    seen = asof.asked(connection)
    return seen, past.history(connection, stream, seen.axes)


def _finding(found: Finding, said: Voice) -> dict[str, Json]:
    return {
        "recommendation": found.recommendation,
        "version": found.version,
        "result": found.result,
        "reported": found.reported,
        "why": list(findings.reasons(found, said)),
        "evidence": list(found.evidence),
        "disputed_by": list(found.disputed_by),
        "thresholds": list(found.thresholds),
        "parts": [_part(each, said) for each in found.parts],
    }


def _part(each: Part, said: Voice) -> dict[str, Json]:
    return {
        "code": each.code,
        "title": said.words(each.title),
        "result": each.result,
        "why": say_sentence(each.why, said),
        "evidence": list(each.evidence),
        "reported": each.reported,
        "figures": [
            {"label": said.words(figure.label), "value": say_sentence(sentence("%(value)s", value=figure.value), said)}
            for figure in each.figures
        ],
        "changes_at": None if each.changes_at is None else instant_text(each.changes_at),
    }


def _obligation(each: Obligation, said: Voice) -> dict[str, Json]:
    return {
        "id": each.id,
        "kind": each.kind,
        "name": each.name,
        "title": say_sentence(each.title, said),
        "owed_by": None if each.owed_by is None else say_struct(each.owed_by, said),
        "due": None if each.due is None else each.due.last.isoformat(),
        "state": each.state,
        "evidence": list(each.evidence),
        "changes_at": None if each.changes_at is None else instant_text(each.changes_at),
    }
