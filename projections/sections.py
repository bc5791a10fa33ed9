"""The tables of a process's page, each from the entries that stand, each with what it means where there are none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice

from ledger.actions.commitments import CommitmentDischarged, CommitmentMade
from ledger.actions.contract import (
    ContractAwarded,
    ContractDetailsPublished,
    ContractModified,
    ContractTerminated,
    ContractValueCorrected,
)
from ledger.actions.design import (
    EqualityImpactAssessmentPublished,
    Lot,
    LotChange,
    LotStructurePublished,
    LotStructureRevised,
    SpecificationCorrected,
    SpecificationPublished,
    lot_facts,
)
from ledger.actions.issues import IssueAnswered, IssueReported, IssueResolved
from ledger.actions.process import value_on_record
from ledger.actions.procurement import (
    ClarificationAnswerCorrected,
    ClarificationAnswered,
    ClarificationQuestionReceived,
    ContactPointChanged,
    ContactPointNamed,
)
from ledger.codes import CHARACTERISTICS
from ledger.kinds import MoneyKind, say, stated
from ledger.obligations import Kind
from ledger.process import Recorded
from ledger.vocabulary import Struct, fields_of
from ledger.voice import Voice
from ledger.words import N_
from projections import present
from projections.clocks import Clocks, lines
from projections.entries import EntryView
from projections.requirements import requirements
from projections.telling import Cell, Line, Row, Section, Teller


def sections(teller: Teller, ran: Clocks | None) -> tuple[Section, ...]:
    """Return the tables of a process's page in their order; without clocks, only what does not change with time."""
    return (
        _questions(teller, ran),
        _promises(teller, ran),
        _lots(teller),
        _specifications(teller),
        _equality(teller),
        requirements(teller),
        _contracts(teller),
        _issues(teller, ran),
        _contacts(teller),
    )


def _timed(teller: Teller, ran: Clocks | None, entry: Recorded, kind: Kind) -> tuple[Cell, ...]:
    """Return the cell that says how what an entry opened stands; no cell at all without clocks."""
    if ran is None:
        return ()
    owed = ran.of(teller.history.chain(entry.index)[0], kind)
    return (tuple(lines(owed, ran, teller.voice)),)


def _state_column(ran: Clocks | None) -> tuple[str, ...]:
    return () if ran is None else (N_("How it stands"),)


def misfits(views: Iterable[EntryView], voice: Voice, most: int | None = None) -> Section:
    """Return the entries that do not fit the rest of the record, and why; at most so many of them."""
    rows = (
        (
            (Line(present.headline(view, voice), view.entry.index),),
            tuple(Line(refusal) for refusal in present.refusals(view, voice)),
        )
        for view in views
        if view.contradictions
    )
    return Section(
        "misfits",
        voice.words(N_("What does not fit the record")),
        (voice.words(N_("Entry")), voice.words(N_("Why it does not fit"))),
        tuple(islice(rows, most)),
        voice.words(N_("Nothing. No entry here contradicts another, as far as the rules of the record can tell.")),
        more=next(rows, None) is not None,
    )


def _questions(teller: Teller, ran: Clocks | None) -> Section:
    rows = (
        (
            (Line(_named(teller, action, "question_id", "topic"), entry.index), *_unless_hidden(teller, action)),
            (Line(teller.value(action, "received_at")),),
            tuple(_answers(teller, stated(action.question_id))),
            *_timed(teller, ran, entry, "question"),
        )
        for entry, action in teller.records(ClarificationQuestionReceived)
    )
    return teller.section(
        "questions",
        N_("Questions and answers"),
        (N_("Question"), N_("Received"), N_("Answer"), *_state_column(ran)),
        rows,
        N_("No question from a bidder is on record. Who asked is never shown."),
    )


def _named(teller: Teller, action: Struct, name: str, *others: str) -> str:
    label = next(each.label for each in fields_of(type(action)) if each.name == name)
    what = teller.words(N_("%(thing)s %(id)s"), thing=teller.words(label), id=teller.value(action, name))
    return teller.pair(what, teller.voice.items([teller.value(action, other) for other in others]))


def _unless_hidden(teller: Teller, question: ClarificationQuestionReceived) -> Iterator[Line]:
    if stated(question.text_or_summary) is not None:
        yield Line(teller.value(question, "text_or_summary"))


def _answers(teller: Teller, question: str | None) -> Iterator[Line]:
    answered = [(e, a) for e, a in teller.records(ClarificationAnswered) if _is(a.question_id, question)]
    for entry, action in answered:
        yield Line(
            teller.pair(teller.value(action, "answered_at"), teller.value(action, "answer_or_summary")), entry.index
        )
        yield Line(teller.labelled(action, "released_to"))
    for entry, fixed in teller.records(ClarificationAnswerCorrected):
        if _is(fixed.question_id, question):
            said = teller.words(
                N_("Put right %(when)s: %(text)s"),
                when=teller.value(fixed, "corrected_at"),
                text=teller.value(fixed, "after"),
            )
            yield Line(said, entry.index)
    if not answered:
        yield Line(teller.words(N_("No answer is on record.")))


def _is(held: object, wanted: object) -> bool:
    """Whether a field that may be not stated or not shown holds this very value."""
    return wanted is not None and held == wanted


def _promises(teller: Teller, ran: Clocks | None) -> Section:
    rows = (
        (
            (Line(teller.value(action, "text"), entry.index), Line(teller.labelled(action, "applies_to"))),
            (Line(teller.value(action, "made_by")),),
            tuple(_due(teller, action)),
            tuple(_ends(teller, stated(action.commitment_id))),
            *_timed(teller, ran, entry, "promise"),
        )
        for entry, action in teller.records(CommitmentMade)
    )
    found = teller.section(
        "promises",
        N_("Promises"),
        (N_("What is promised"), N_("Made by"), N_("Due"), N_("Outcome"), *_state_column(ran)),
        rows,
        N_("No promise with a date or a time is on record."),
    )
    if not any(stated(answer.due_on) for answer in teller.actions(IssueAnswered)):
        return found
    return replace(found, intro=teller.words(N_("Promises made in answers to issues stand with the issues.")))


def _due(teller: Teller, promise: CommitmentMade) -> Iterator[Line]:
    if promise.due_on is not None:
        yield Line(teller.value(promise, "due_on"))
    if promise.duration is not None:
        yield Line(teller.pair(teller.value(promise, "unit"), teller.value(promise, "duration")))
    if promise.trigger is not None:
        yield Line(teller.labelled(promise, "trigger"))


def _ends(teller: Teller, promise: str | None) -> Iterator[Line]:
    ended = [(e, a) for e, a in teller.records(CommitmentDischarged) if _is(a.commitment_id, promise)]
    for entry, action in ended:
        yield Line(teller.pair(teller.value(action, "outcome"), teller.value(action, "discharged_on")), entry.index)
        if action.reason is not None:
            yield Line(teller.labelled(action, "reason"))
    if not ended:
        yield Line(teller.words(N_("No outcome is on record.")))


def _lots(teller: Teller) -> Section:
    rows = (_lot(teller, lot, entry) for lot, entry in _lot_ids(teller).items())
    return teller.section(
        "lots",
        N_("Lots"),
        (N_("Lot"), N_("Where"), N_("Value a year"), N_("Term in months")),
        rows,
        N_("No division into lots is on record. That is not proof that there was none."),
    )


def _lot_ids(teller: Teller) -> dict[str, int]:
    """Return lot -> the first entry that names it."""
    found: dict[str, int] = {}
    for entry, published in teller.records(LotStructurePublished):
        for lot in stated(published.lots) or ():
            _note(found, stated(lot.lot_id), entry.index)
    for entry, revised in teller.records(LotStructureRevised):
        for change in stated(revised.changes) or ():
            _note(found, stated(change.lot_id), entry.index)
    return found


def _note(found: dict[str, int], lot: str | None, index: int) -> None:
    if lot is not None:
        found.setdefault(lot, index)


def _lot(teller: Teller, lot: str, index: int) -> Row:
    facts = lot_facts(teller.history, lot)

    def fact(name: str) -> Cell:
        if name not in facts:
            return ()
        struct = Lot if any(each.name == name for each in fields_of(Lot)) else LotChange
        kind = next(each.kind for each in fields_of(struct) if each.name == name)
        return (Line(say(kind, facts[name], teller.voice)),)

    ended = (Line(teller.words(N_("No longer exists"))),) if facts.get("ended") is True else ()
    return (
        (Line(_lot_name(teller, lot), index), *_lot_title(teller, lot), *ended),
        (*fact("area"), *fact("prisons")),
        tuple(_lot_value(teller, lot, fact("annual_value"))),
        fact("term_months"),
    )


def _lot_title(teller: Teller, lot: str) -> Cell:
    """Say the lot's newest title; titles are erasable, so what changes a lot does not copy them."""
    titles = [
        teller.value(each, "title")
        for revised in teller.actions(LotStructureRevised)
        for each in stated(revised.changes) or ()
        if _is(each.lot_id, lot) and each.title is not None
    ]
    first = [
        teller.value(each, "title")
        for published in teller.actions(LotStructurePublished)
        for each in stated(published.lots) or ()
        if _is(each.lot_id, lot)
    ]
    return tuple(Line(title) for title in (titles or first)[-1:])


def _lot_name(teller: Teller, lot: str) -> str:
    kind = next(each.kind for each in fields_of(Lot) if each.name == "lot_id")
    return teller.words(N_("%(thing)s %(id)s"), thing=teller.words(N_("Lot")), id=say(kind, lot, teller.voice))


def _lot_value(teller: Teller, lot: str, published: Cell) -> Iterator[Line]:
    corrected = [
        entry
        for entry, action in teller.records(ContractValueCorrected)
        if _is(action.value_of, "lot_estimate") and _is(action.target_id, lot)
    ]
    if not corrected:
        yield from published
        return
    now = value_on_record(teller.history, "lot_estimate", lot)
    if now is not None:
        yield Line(say(MoneyKind(), now, teller.voice))
    for was in published:
        yield Line(teller.words(N_("Put right, was %(value)s"), value=was.text), corrected[-1].index)


def _specifications(teller: Teller) -> Section:
    rows = (
        (
            (Line(_named(teller, action, "spec_id", "prison"), entry.index), Line(teller.labelled(action, "version"))),
            (Line(teller.value(action, "published_on")),),
            tuple(_sections_of(teller, action)),
            tuple(_faults(teller, stated(action.spec_id))),
        )
        for entry, action in teller.records(SpecificationPublished)
    )
    return teller.section(
        "specifications",
        N_("Specifications"),
        (N_("Specification"), N_("Published"), N_("What it holds"), N_("Put right")),
        rows,
        N_("No specification is on record. That is not proof that none was published."),
    )


def _sections_of(teller: Teller, specification: SpecificationPublished) -> Iterator[Line]:
    parts = stated(specification.sections)
    if parts is None:
        yield Line(teller.labelled(specification, "sections"))
    else:
        present_parts = sum(1 for part in parts if part.state == "present")
        yield Line(teller.words(N_("Sections present: %(present)s of %(all)s"), present=present_parts, all=len(parts)))
        blank = [teller.value(part, "code") for part in parts if part.state == "blank"]
        if blank:
            yield Line(teller.words(N_("Blank: %(sections)s"), sections=teller.voice.items(blank)))
    yield Line(teller.labelled(specification, "tupe_status"))


def _faults(teller: Teller, specification: str | None) -> Iterator[Line]:
    for entry, action in teller.records(SpecificationCorrected):
        if _is(action.spec_id, specification):
            when, fault = teller.value(action, "corrected_on"), teller.value(action, "defect_code")
            yield Line(teller.pair(when, fault), entry.index)


def _equality(teller: Teller) -> Section:
    rows = (
        (
            (Line(teller.value(action, "document"), entry.index),),
            (Line(teller.value(action, "published_on")),),
            tuple(_characteristics(teller, action)),
        )
        for entry, action in teller.records(EqualityImpactAssessmentPublished)
    )
    return teller.section(
        "equality",
        N_("Equality impact assessment"),
        (N_("Assessment"), N_("Published"), N_("What it covers")),
        rows,
        N_("No equality impact assessment is on record. That is not proof that none was done."),
    )


def _characteristics(teller: Teller, assessment: EqualityImpactAssessmentPublished) -> Iterator[Line]:
    assessed = stated(assessment.characteristics_assessed)
    if assessed is not None:
        number, everything = len(set(assessed)), len(CHARACTERISTICS.labels)
        yield Line(teller.words(N_("Protected characteristics: %(number)s of %(all)s"), number=number, all=everything))
    yield Line(teller.labelled(assessment, "full"))


def _contracts(teller: Teller) -> Section:
    rows = [*_awards(teller), *_deals(teller)]
    return teller.section(
        "contracts",
        N_("Awards and contracts"),
        (N_("What"), N_("Value"), N_("Since")),
        iter(rows),
        N_("No award and no contract is on record yet. What is agreed will be shown here."),
    )


def _awards(teller: Teller) -> Iterator[Row]:
    for entry, award in teller.records(ContractAwarded):
        what = teller.words(N_("Awarded to %(supplier)s"), supplier=teller.value(award, "supplier"))
        lot = () if award.lot_id is None else (Line(teller.labelled(award, "lot_id")),)
        value = _value(teller, teller.value(award, "value"), "award", stated(award.award_id))
        yield (Line(what, entry.index), *lot), value, (Line(teller.value(award, "decided_on")),)


def _deals(teller: Teller) -> Iterator[Row]:
    for entry, contract in teller.records(ContractDetailsPublished):
        what = _named(teller, contract, "contract_id", "period")
        number = stated(contract.contract_id)
        value = _value(teller, teller.value(contract, "value"), "contract", number)
        since = (Line(teller.value(contract, "published_on")), *_later(teller, number))
        yield (Line(what, entry.index),), value, since


def _value(teller: Teller, first: str, value_of: str, target: str | None) -> Cell:
    """Say the value that stands, and each that stood before it, newest first."""
    found = [Line(first)]
    for entry, action in teller.records(ContractValueCorrected):
        if _is(action.value_of, value_of) and _is(action.target_id, target):
            was = teller.words(N_("Put right, was %(value)s"), value=found[0].text)
            found = [Line(teller.value(action, "after")), Line(was, entry.index), *found[1:]]
    return (Line(found[0].text, weight="strong"), *found[1:])


def _later(teller: Teller, contract: str | None) -> Iterator[Line]:
    for entry, modified in teller.records(ContractModified):
        if _is(modified.contract_id, contract):
            yield Line(teller.words(N_("Changed: %(when)s"), when=teller.value(modified, "agreed_on")), entry.index)
    for entry, ended in teller.records(ContractTerminated):
        if _is(ended.contract_id, contract):
            yield Line(teller.words(N_("Ended: %(when)s"), when=teller.value(ended, "ended_on")), entry.index)


def _issues(teller: Teller, ran: Clocks | None) -> Section:
    rows = (
        (
            (Line(_named(teller, action, "issue_id", "type"), entry.index), Line(teller.value(action, "text"))),
            (Line(teller.value(action, "reported_at")), Line(teller.labelled(action, "reporter_kind"))),
            tuple(_positions(teller, stated(action.issue_id))),
            tuple(_resolutions(teller, stated(action.issue_id))),
            *_timed(teller, ran, entry, "issue"),
        )
        for entry, action in teller.records(IssueReported)
    )
    return teller.section(
        "issues",
        N_("Issues"),
        (N_("What is wrong"), N_("Reported"), N_("Answer"), N_("Outcome"), *_state_column(ran)),
        rows,
        N_("No issue is on record. That is not proof that nothing went wrong."),
    )


def _positions(teller: Teller, issue: str | None) -> Iterator[Line]:
    answers = [(e, a) for e, a in teller.records(IssueAnswered) if _is(a.issue_id, issue)]
    for entry, action in answers:
        yield Line(teller.pair(teller.value(action, "answered_at"), teller.value(action, "position")), entry.index)
    if not answers:
        yield Line(teller.words(N_("No answer is on record.")))


def _resolutions(teller: Teller, issue: str | None) -> Iterator[Line]:
    ends = [(e, a) for e, a in teller.records(IssueResolved) if _is(a.issue_id, issue)]
    for entry, action in ends:
        yield Line(teller.pair(teller.value(action, "resolved_on"), teller.value(action, "outcome")), entry.index)
    if not ends:
        yield Line(teller.words(N_("No outcome is on record.")))


def _contacts(teller: Teller) -> Section:
    rows = (
        (
            (
                Line(teller.value(action, "role_title"), entry.index),
                *_changed_contact(teller, stated(action.contact_id)),
            ),
            tuple(_reach(teller, action)),
            (Line(teller.value(action, "channel")),),
        )
        for entry, action in teller.records(ContactPointNamed)
    )
    return teller.section(
        "contacts",
        N_("People to contact"),
        (N_("Role"), N_("For"), N_("How")),
        rows,
        N_("No contact is on record. That is not proof that nobody could be reached."),
    )


def _reach(teller: Teller, contact: ContactPointNamed) -> Iterator[Line]:
    yield Line(teller.value(contact, "function"))
    if contact.prison is not None:
        yield Line(teller.labelled(contact, "prison"))
    yield Line(teller.labelled(contact, "available_from"))
    if contact.available_to is not None:
        yield Line(teller.labelled(contact, "available_to"))


def _changed_contact(teller: Teller, contact: str | None) -> Iterator[Line]:
    for entry, action in teller.records(ContactPointChanged):
        if _is(action.contact_id, contact):
            when, change = teller.value(action, "effective_on"), teller.value(action, "change")
            yield Line(teller.pair(when, change), entry.index)
            after = stated(action.after)
            if after is not None and after.role_title is not None:
                yield Line(teller.words(N_("Now: %(role)s"), role=teller.value(after, "role_title")))
