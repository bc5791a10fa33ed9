"""The shapes of what the API answers. Instants are UTC, days those of Europe/London, both in ISO 8601."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from ledger.words import N_


def _text(description: str, **more: Any) -> Any:
    return fields.String(required=True, metadata={"description": description}, **more)


def _maybe(description: str) -> Any:
    return fields.String(required=True, allow_none=True, metadata={"description": description})


def _number(description: str, *, optional: bool = False) -> Any:
    return fields.Integer(required=True, allow_none=optional, metadata={"description": description})


def _entries(description: str) -> Any:
    return fields.List(fields.Integer(), required=True, metadata={"description": description})


def _yes_no(description: str) -> Any:
    return fields.Boolean(required=True, metadata={"description": description})


def _words(description: str) -> Any:
    return fields.List(fields.String(), required=True, metadata={"description": description})


def _object(description: str) -> Any:
    return fields.Dict(required=True, metadata={"description": description})


def _counts(description: str) -> Any:
    return fields.Dict(
        keys=fields.String(), values=fields.Integer(), required=True, metadata={"description": description}
    )


def _all(shape: type[Schema], description: str) -> Any:
    return fields.List(fields.Nested(shape), required=True, metadata={"description": description})


class Entry(Schema):
    """One entry, as far as it is public."""

    index = _number(N_("The entry's number in the log, from 0."))
    url = _text(N_("The page of the entry."))
    action = _text(N_("The kind of entry."))
    stream = _text(N_("The record it belongs to: of a process, a group or the ledger."))
    version = _number(N_("Its number within that record, from 1."))
    recorded = _text(N_("When the ledger accepted it."))
    happened = _maybe(N_("When it happened, as exactly as is stated; null where that is not stated or not shown."))
    headline = _text(N_("What it states, in a sentence."))
    tags = _words(N_("What sets it apart, in words."))
    statement = _object(N_("Who says so, on whose word, from which sources."))
    data = _object(N_("What it states, in the shape of its kind. Null is not stated; {undisclosed: …} is not shown."))
    corrected_by = _number(N_("The entry that replaces it."), optional=True)
    withdrawn_by = _number(N_("The entry that withdraws it."), optional=True)
    contradicts = _words(N_("Why it does not fit the rest of the record, in sentences."))
    updated = _text(N_("When a later entry last changed how it stands, or when it was recorded."))


class Entries(Schema):
    """A part of the log, in its order."""

    entries = _all(Entry, N_("The entries, the oldest first."))
    after = _number(N_("Give this as `after` to go on. It stays the same until there are more."), optional=True)
    more = _yes_no(N_("Whether there are more already."))
    size = _number(N_("How many entries are public in all."))


class Preview(Schema):
    """What an entry would be. Nothing was recorded."""

    headline = _text(N_("What it would state, in a sentence."))
    tags = _words(N_("What would set it apart, in words."))
    stream = _text(N_("The record it would belong to."))
    statement = _object(N_("Who says so, on whose word, from which sources, as everybody would see it."))
    data = _object(N_("What it would state, as everybody would see it."))


class Receipt(Schema):
    """An entry that is on record."""

    index = _number(N_("The entry's number in the log, from 0."))
    stream = _text(N_("The record it belongs to."))
    recorded = _text(N_("When the ledger accepted it."))
    url = _text(N_("Its page, once it is sealed: a second later as a rule."))
    api = _text(N_("The same for programs."))


class Process(Schema):
    """A process or an advisory group, as a list shows it."""

    reference = _text(N_("Its public reference."))
    url = _text(N_("Its page."))
    title = _maybe(N_("Its title; null where it is not stated or not shown."))
    bodies = _words(N_("The lead commissioner, or those responsible; of a group, who convened it."))
    service_area = _maybe(N_("The code of the service area."))
    prisons = _words(N_("The codes of its prisons."))
    stage = _maybe(N_("The furthest stage that an entry belongs to."))
    dates = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        metadata={"description": N_("Each step of the timetable, with its current date.")},
    )
    entries = _number(N_("How many entries are about it."))
    first = _number(N_("The first of them."))
    last = _number(N_("The newest of them."))
    standings = _words(N_("On whose word its entries rest."))
    closed = _yes_no(N_("Whether it is closed."))


class Processes(Schema):
    """A part of a list of processes or groups, those with the newest entries first."""

    items = _all(Process, N_("The items of this part."))
    count = _number(N_("How many there are in all."))


class Kept(Schema):
    """A finding as it stands now."""

    process = _text(N_("The reference of the process."))
    recommendation = _number(N_("The recommendation, from 1 to 15."))
    version = _number(N_("The version of the rule it was found by."))
    result = _text(N_("What it comes to."))
    reported = _yes_no(N_("Whether it would not stand without a report or a reconstruction."))
    disputed_by = _entries(N_("The answers that dispute it."))
    attested = _yes_no(N_("Whether it rests on an attestation that the record of a stage is complete."))
    evidence = _entries(N_("The entries it rests on."))
    changes_at = _maybe(N_("The next moment at which time alone changes it."))
    since = _text(N_("Since when it is so."))
    cause = _number(N_("The entry that turned it; null where time did."), optional=True)


class KeptList(Schema):
    """Findings as they stand now."""

    items = _all(Kept, N_("The items of this part."))
    now = _maybe(N_("Up to which moment time was let pass in them."))


class Figure(Schema):
    """A number beside a finding, which never decides it."""

    label = _text(N_("What it is."))
    value = _text(N_("The value, in words."))


class Part(Schema):
    """One question of a recommendation, answered."""

    code = _text(N_("Its name in the documentation of the measure."))
    title = _text(N_("The question."))
    result = _text(N_("What it comes to."))
    why = _text(N_("Why, in a sentence."))
    evidence = _entries(N_("The entries the answer rests on."))
    reported = _yes_no(N_("Whether it would not stand without a report or a reconstruction."))
    figures = _all(Figure, N_("Numbers beside it."))
    changes_at = _maybe(N_("The next moment at which time alone changes it."))


class Finding(Schema):
    """What one recommendation comes to for one process, with the reason."""

    recommendation = _number(N_("The recommendation, from 1 to 15."))
    version = _number(N_("The version of the rule it was found by."))
    result = _text(N_("What it comes to."))
    reported = _yes_no(N_("Whether it would not stand without a report or a reconstruction."))
    why = _words(N_("Why, in sentences."))
    evidence = _entries(N_("The entries it rests on."))
    disputed_by = _entries(N_("The answers that dispute it."))
    thresholds = _words(N_("The numbers it was measured by."))
    parts = _all(Part, N_("Its questions, each answered."))


class Findings(Schema):
    """The fifteen findings of a process at a moment."""

    process = _text(N_("The reference of the process."))
    at = _text(N_("The moment they were measured at."))
    findings = _all(Finding, N_("The findings, in the order of the paper. None where nothing was known then."))


class Turn(Schema):
    """One change of a finding."""

    process = _text(N_("The reference of the process."))
    number = _number(N_("Its number among the turns of that process, from 0."))
    recommendation = _number(N_("The recommendation, from 1 to 15."))
    before = _maybe(N_("The result before; null where it was first known."))
    after = _text(N_("The result since."))
    at = _text(N_("When it turned."))
    cause = _number(N_("The entry that turned it; null where time did."), optional=True)
    known = _number(N_("The newest entry of the process by then."))


class Turns(Schema):
    """Changes of findings, the newest first."""

    items = _all(Turn, N_("The items of this part."))
    count = _number(N_("How many there are in all."))


class Obligation(Schema):
    """Something owed: an answer, a promise, a visit."""

    id = _number(N_("The entry that opened it."))
    kind = _text(N_("What is owed: question, promise, issue or visit."))
    name = _maybe(N_("The id of the question, promise, issue or visit in its record."))
    title = _text(N_("What is owed, in words."))
    owed_by = _maybe(N_("Who owes it; null where the record does not say."))
    due = _maybe(N_("The last day on which it is in time."))
    state = _text(N_("How it stands."))
    evidence = _entries(N_("The entries it rests on."))
    changes_at = _maybe(N_("The next moment at which time alone changes it."))


class Obligations(Schema):
    """What a record shows to be or to have been owed at a moment."""

    at = _text(N_("The moment they are looked at."))
    obligations = _all(Obligation, N_("The obligations, in the order in which they were opened."))


class Overdue(Schema):
    """Something owed whose last day has passed."""

    stream = _text(N_("The record it stands in."))
    id = _number(N_("The entry that opened it."))
    kind = _text(N_("What is owed: question, promise, issue or visit."))
    title = _text(N_("What is owed, in words."))
    owed_by = _maybe(N_("Who owes it; null where the record does not say."))
    due = _text(N_("The last day on which it was in time."))
    working_days_overdue = _number(N_("How many working days ago that was."))
    evidence = _entries(N_("The entries it rests on."))


class OverdueList(Schema):
    """What is overdue, the longest overdue first."""

    items = _all(Overdue, N_("The items of this part."))
    count = _number(N_("How many there are in all."))


class OrganisationListed(Schema):
    """An organisation in a list."""

    slug = _text(N_("Its word in addresses."))
    url = _text(N_("Its page."))
    name = _text(N_("Its name, as newest spelled."))
    streams = _number(N_("In how many processes and groups it has a part."))


class Organisations(Schema):
    """Organisations by name. Nothing ranks them."""

    items = _all(OrganisationListed, N_("The items of this part."))
    count = _number(N_("How many there are in all."))


class Role(Schema):
    """One part that an organisation has in one record."""

    stream = _text(N_("The record."))
    role = _text(N_("The part."))
    entries = _number(N_("How many entries say so."))
    last = _number(N_("The newest of them."))


class Organisation(Schema):
    """One organisation with all its parts."""

    slug = _text(N_("Its word in addresses."))
    url = _text(N_("Its page."))
    scheme = _maybe(N_("The scheme of its identifier."))
    id = _maybe(N_("Its identifier in that scheme."))
    name = _text(N_("Its name, as newest spelled."))
    spellings = _words(N_("Its other names on record."))
    parts = _all(Role, N_("Its parts, those with the newest entries first."))


class Kind(Schema):
    """A kind of entry, as it is declared."""

    name = _text(N_("Its name with its version."))
    title = _text(N_("Its title."))
    description = _text(N_("When to use it."))
    stage = _text(N_("The stage it belongs to."))
    streams = _words(N_("In the record of what it can stand."))
    after = _words(N_("The kinds of which one must come before."))
    once = _yes_no(N_("Whether there can be only one."))
    recommendations = fields.List(
        fields.Integer(), required=True, metadata={"description": N_("The recommendations it has to do with.")}
    )
    ocds = _words(N_("The tags of its release in the Open Contracting Data Standard."))
    occurrence = _text(N_("The field that says when it happened."))
    fields_ = fields.List(
        fields.Dict(),
        required=True,
        attribute="fields",
        data_key="fields",
        metadata={"description": N_("Its fields, in the order of the form.")},
    )


class Kinds(Schema):
    """All kinds of entry."""

    kinds = _all(Kind, N_("The kinds, in the order of the catalogue."))


class Threshold(Schema):
    """A number that something is measured by."""

    name = _text(N_("Its name."))
    label = _text(N_("What it is."))
    value = fields.Raw(required=True, allow_none=True, metadata={"description": N_("Its value.")})
    origin = _text(N_("Whose it is: the paper's, or assumed by us."))


class Recommendation(Schema):
    """One of the fifteen recommendations."""

    number = _number(N_("Its number, from 1 to 15."))
    url = _text(N_("Its page."))
    title = _text(N_("A short name, in our words."))
    asks = _text(N_("What the paper asks, in our words."))
    measured = _text(N_("How it is measured."))
    principle = _number(N_("The core principle under which the paper makes it."))
    version = _number(N_("The version of its rule."))
    counts = _counts(N_("How many processes have each result."))


class Recommendations(Schema):
    """The fifteen recommendations, and the numbers they are measured by."""

    recommendations = _all(Recommendation, N_("The recommendations, in the order of the paper."))
    thresholds = _all(Threshold, N_("The numbers."))


class Table(Schema):
    """A table of the dashboard."""

    table = _text(N_("Its name."))
    columns = _words(N_("The names of its columns."))
    rows = fields.List(fields.Dict(), required=True, metadata={"description": N_("Its rows.")})
    count = _number(N_("How many rows there are in all."))
    at = _text(N_("The moment it was counted at."))


class Head(Schema):
    """The newest checkpoint of the log."""

    origin = _text(N_("The log's name."))
    size = _number(N_("How many entries the checkpoint covers."))
    root = _text(N_("The root hash over them, in base64."))
    checkpoint = _text(N_("The checkpoint as it was signed (C2SP tlog-checkpoint)."))
    key = _text(N_("The log's public key, as this site shows it. Get it from elsewhere to check."))


class Detail(Schema):
    """One thing that is wrong."""

    detail = _text(N_("What is wrong, and what to do."))
    pointer = fields.String(metadata={"description": N_("Where in what was sent: a JSON pointer (RFC 6901).")})
    parameter = fields.String(metadata={"description": N_("Which parameter of the address.")})


class Problem(Schema):
    """Why a request was not answered (RFC 9457)."""

    type = _text(N_("Always about:blank: the status says what kind of problem it is."))
    title = _text(N_("What is wrong, in short."))
    status = _number(N_("The HTTP status."))
    detail = _text(N_("What is wrong, and what to do."))
    errors = fields.List(fields.Nested(Detail), metadata={"description": N_("Each wrong field or parameter.")})
