"""What the official releases of one process come to, as entries: a pure function of the releases, in any order.

Each release is compared with all that was said before it. What differs becomes actions; a fact has a key, by which it
is found again when the plan is made anew with more releases (see docs/decisions).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

import orjson

from ledger import structs as s
from ledger.actions.ledger import ExternalReleaseImported
from ledger.actions.process import CommissioningProcessRegistered, Identifier
from ledger.actions.timeline import Milestone, TimelinePublished
from ledger.codes import MILESTONES
from ledger.errors import Wrong
from ledger.kinds import NOT_STATED, Json, Maybe
from ledger.ocds import stages
from ledger.ocds.awards import awards, contracts, reissued
from ledger.ocds.facts import Fact, Known, Step
from ledger.ocds.keys import publisher_key
from ledger.ocds.material import Object, sort_key
from ledger.ocds.merge import Merging, counting
from ledger.ocds.removing import PRIVATE
from ledger.ocds.values import at, day, line, occurrence, party, reference_of, rows_of
from ledger.vocabulary import Action
from ledger.when import Occurrence
from ledger.words import N_

_REGIMES: Final = {"2023/54": "PA2023", "2015/102": "PCR2015"}
"""Numbers of the acts and instruments on legislation.gov.uk, as UK notices give them."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A release as it is kept: what matters of it, its digest and its publisher."""

    digest: str
    publisher: s.Party
    release: Object
    notes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Planned:
    """An entry to be: the fact, and the release that states it."""

    action: Action
    source: s.Source
    publisher: s.Party


@dataclass(frozen=True, slots=True)
class Plan:
    """All entries that the releases come to, in order; the differences by digest; releases that do not belong."""

    reference: str
    entries: tuple[Planned, ...]
    differences: dict[str, bytes] = field(default_factory=dict)
    aside: dict[str, Wrong] = field(default_factory=dict)


def plan(releases: Iterable[Taken]) -> Plan:
    """Return what the releases of one ocid come to."""
    ordered = sorted(releases, key=lambda each: (*sort_key(each.release), each.digest, publisher_key(each.publisher)))
    told = counting(ordered, lambda each: each.release)
    counts, first = set(map(id, told)), told[0]
    merging, known = Merging(), Known()
    entries: list[Planned] = []
    differences: dict[str, bytes] = {}
    aside: dict[str, Wrong] = {}
    opening = _Opening(first.release["ocid"])
    for taken in ordered:
        if id(taken) not in counts:
            entries.append(_planned(Fact(_imported(taken, 0, None)), taken))
            continue
        if _is_of_another(merging.state, taken.release):
            aside[taken.digest] = _ANOTHER
            continue
        before = merging.state
        release = reissued(before, taken.release, known)
        after = merging.add(release)
        opening.see(after)
        step = Step(before, after, release, known, dict(taken.notes))
        facts = [*_facts(step)]
        differs = difference(before, after)
        if differs is not None:
            differences[_digest(differs)] = differs
        entries.append(_planned(Fact(_imported(taken, len(facts), differs)), taken))
        entries.extend(_planned(fact, taken) for fact in facts)
    if known.first_dates:
        whole = _whole_timetable(known)
        entries = [replace(each, action=whole) if type(each.action) is TimelinePublished else each for each in entries]
    entries.insert(0, _planned(Fact(opening.action(first)), first))
    return Plan(reference_of(first.release["ocid"]), tuple(entries), differences, aside)


def _facts(step: Step) -> Iterator[Fact]:
    for part in (
        stages.planning,
        stages.timetable,
        stages.launch,
        stages.lots,
        stages.budgets,
        stages.contacts,
        stages.enquiries,
        stages.tender,
        awards,
        contracts,
    ):
        yield from part(step)


def _planned(fact: Fact, taken: Taken) -> Planned:
    release = taken.release
    source = s.Source(
        title=f"Open contracting release {release['id']}"[:300],
        reference=None if fact.remark is None else fact.remark[:300],
        dated=Occurrence(release["date"]),
        address=_notice(release).get("url"),
        sha256=taken.digest,
        digest_of="extracted_text",
    )
    return Planned(fact.action, source, taken.publisher)


# --- the release itself -----------------------------------------------------------------------------------------------


def _imported(taken: Taken, count: int, differs: bytes | None) -> ExternalReleaseImported:
    release = taken.release
    notice = _notice(release).get("noticeType")
    return ExternalReleaseImported(
        publisher=taken.publisher,
        ocid=line(release["ocid"]),
        release_id=line(release["id"]),
        release_date=Occurrence(release["date"]),
        tags=tuple(release.get("tag", ())),
        notice_type=None if notice is None else line(notice),
        sha256=taken.digest,
        material_changes=count,
        difference=None
        if differs is None
        else s.Document(
            title=f"What release {release['id']} says otherwise"[:300],
            sha256=_digest(differs),
            digest_of="file",
            size=len(differs),
            media_type="application/json",
        ),
    )


def _notice(release: Object) -> Object:
    """Return the document that is the notice itself, where the release has one with an address we can show."""
    documents = [
        *rows_of(release, "planning", "documents"),
        *rows_of(release, "tender", "documents"),
        *(each for contract in rows_of(release, "contracts") for each in rows_of(contract, "documents")),
    ]
    notices = [each for each in documents if "noticeType" in each or stages.is_notice(each)]
    found = next((each for each in notices if each["id"] == release["id"]), notices[-1] if notices else {})
    return {name: held for name, held in found.items() if name != "url" or stages.is_address(held)}


_LEFT_OUT: Final = frozenset({"ocid", "id", "date", "tag"})


def difference(before: Object, after: Object) -> bytes | None:
    """Return, as JSON, what a release says otherwise than those before it; None for the first, and for no difference.

    Free text and contacts are named, and not quoted: they are erasable, and this stands beside the entry.
    """
    if not before:
        return None
    old, new = dict(_leaves(before, ())), dict(_leaves(after, ()))
    found = []
    for path in sorted(old.keys() | new.keys()):
        if old.get(path) != new.get(path):
            about: Object = {"path": "/".join(path)}
            if path[-1] not in PRIVATE:
                about |= {"before": old.get(path), "after": new.get(path)}
            found.append(about)
    return orjson.dumps(found, option=orjson.OPT_SORT_KEYS) if found else None


def _leaves(value: Json, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Json]]:
    if isinstance(value, dict):
        for name, held in value.items():
            if path or name not in _LEFT_OUT:
                yield from _leaves(held, (*path, name))
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for each in value:
            yield from _leaves(each, (*path, str(each.get("id", ""))))
    else:
        yield path, value


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


# --- the process ------------------------------------------------------------------------------------------------------


@dataclass
class _Opening:
    """What opens the process: each fact as it was first stated, by whichever release."""

    ocid: str
    held: dict[str, Any] = field(default_factory=dict)

    def see(self, after: Object) -> None:
        """Keep what is stated for the first time."""
        tender = after.get("tender", {})
        regime = _REGIMES.get(at(tender, "legalBasis", "id") or "")
        for name, value in (
            ("title", line(tender.get("title"))),
            ("lead_commissioner", party(after, after.get("buyer"))),
            ("regime", NOT_STATED if regime is None else regime),
            ("light_touch", True if "lightTouch" in tender.get("specialRegime", ()) else NOT_STATED),
        ):
            if value != NOT_STATED:
                self.held.setdefault(name, value)

    def action(self, first: Taken) -> CommissioningProcessRegistered:
        """Return the entry that opens the process, dated by its first notice."""

        def of(name: str) -> Maybe[Any]:
            return self.held.get(name, NOT_STATED)

        return CommissioningProcessRegistered(
            reference=reference_of(self.ocid),
            registered_on=Occurrence(first.release["date"]),
            identifiers=(Identifier(scheme="ocds", id=line(self.ocid)),),
            title=of("title"),
            service_area=NOT_STATED,
            prisons=NOT_STATED,
            lead_commissioner=of("lead_commissioner"),
            responsible_bodies=NOT_STATED,
            regions=NOT_STATED,
            regime=of("regime"),
            light_touch=of("light_touch"),
            partnership_working=NOT_STATED,
            coverage_start=NOT_STATED,
        )


_ANOTHER: Final = Wrong(
    N_("This names another buyer, another tender and another title than the earlier releases with its ocid.")
)


def _is_of_another(before: Object, release: Object) -> bool:
    """Whether a release is about an unrelated purchase under the same ocid, a known defect of some publishers."""
    pairs = [
        (at(before, *path), at(release, *path))
        for path in (("buyer", "id"), ("buyer", "name"), ("tender", "id"), ("tender", "title"))
    ]
    return all(old is not None and new is not None and old != new for old, new in pairs)


# --- the first timetable ----------------------------------------------------------------------------------------------


def _whole_timetable(known: Known) -> TimelinePublished:
    """Return the first timetable: each milestone as it was first stated, and when that was."""
    said = sorted({each.said for each in known.first_dates.values()}, key=lambda text: Occurrence(text).start)
    return TimelinePublished(
        milestones=tuple(
            Milestone(
                code=code,
                title=line(each.title or MILESTONES.labels.get(code)),
                date=day(each.text),
                firmness=NOT_STATED,
            )
            for code, each in known.first_dates.items()
        ),
        consulted_entries=NOT_STATED,
        published_on=occurrence(said[0] if len(said) == 1 else f"{said[0]}/{said[-1]}"),
    )
