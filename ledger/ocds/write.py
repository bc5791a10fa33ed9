"""The record as open contracting data: releases of a process, made of its history alone.

What the entries that stand say in all is a state. Each release is what a batch of entries changes in it, so a
correction or a withdrawal, which change what earlier entries say, come out as releases. Merged, they give the state.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final, NamedTuple

from ledger.actions.contract import ContractValueCorrected
from ledger.actions.ledger import (
    CoverageAttested,
    ExternalReleaseImported,
    LedgerEntryDisclosed,
    LedgerEntryRedacted,
    LedgerEntryWithdrawn,
    SigningKeyRotated,
    target_of,
)
from ledger.actions.process import CommissioningProcessRegistered
from ledger.kinds import stated
from ledger.ocds import before_tender, from_tender
from ledger.ocds.bring import ROLE
from ledger.ocds.place import Home, Homes, Place
from ledger.ocds.publish import taken_in
from ledger.ocds.state import Items, Object, difference, keyed, plain, put
from ledger.ocds.statements import masked, statement
from ledger.process import History, Recorded
from ledger.streams import Stream
from ledger.vocabulary import OCDS_TAGS
from ledger.when import in_order, instant_text

LOCAL_PREFIX: Final = "ocds-local0"
"""Not registered: it says that these ocids are this ledger's own, until its operator has a prefix."""

HOMES: Final[Homes] = {
    **before_tender.HOMES,
    **from_tender.HOMES,
    LedgerEntryWithdrawn: Home(),
    LedgerEntryRedacted: Home(),
    CoverageAttested: Home(),
    ExternalReleaseImported: Home(),
    LedgerEntryDisclosed: Home(),
    SigningKeyRotated: Home(),
}
"""Where each kind of entry belongs in OCDS. What has no home is in the local extension alone, as everything is too."""

_OCID: Final = re.compile(r"ocds-[a-z0-9]{6}-.", re.ASCII)

Kept = Mapping[str, Object]
"""Official releases by their digests: what matters of each."""


def ocid_of(history: History) -> str:
    """Return the ocid of a process: the official one where it has one, else one of this ledger."""
    for registered in history.actions(CommissioningProcessRegistered):
        for each in stated(registered.identifiers) or ():
            name = stated(each.id)
            if stated(each.scheme) in {"ocds", "ocid"} and name is not None and _OCID.match(name):
                return name
    return local_ocid(history.stream)


def local_ocid(stream: Stream) -> str:
    """Return the ocid that this ledger gives to a process or a group."""
    return (
        f"{LOCAL_PREFIX}-{stream.reference}" if stream.kind == "process" else f"{LOCAL_PREFIX}-group-{stream.reference}"
    )


def releases(history: History, kept: Kept) -> Iterator[tuple[int, Object]]:
    """Yield (the last entry's number, release) for each batch of entries, oldest first.

    A batch is one entry, or what one import recorded of this process at one instant. Its release is named after its
    last entry and dated when that was recorded. Amounts are decimal numbers. What was not public at the time is not in
    a release of that time.
    """
    writer = _Writer(history, kept)
    for _, batch in groupby(history.entries(), key=_batch):
        yield writer.release(list(batch))


def _batch(entry: Recorded) -> tuple[bool, object]:
    return (True, entry.recorded) if is_imported(entry) else (False, entry.index)


_ENTRIES: Final = "ledgerEntries"


class _About(NamedTuple):
    """What decides how an entry is told: which fields were not public yet, whether it stands, and by what notice."""

    entry: Recorded
    hidden: tuple[str, ...]
    status: str
    by: int | None
    notice: str | None


@dataclass
class _Writer:
    """Goes through a history, batch by batch."""

    whole: History
    kept: Kept
    state: Object = field(default_factory=dict)
    terms: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.past = History(self.whole.stream)
        self.ocid = ocid_of(self.whole)
        self.latest: Any = None
        self.names: list[str] = []
        self.release_of: dict[int, tuple[str, str | None]] = {}
        self.told: dict[int, tuple[_About, Object]] = {}
        self.disclosed: dict[int, list[tuple[int, tuple[str, ...]]]] = {}
        for entry in self.whole.entries():
            if isinstance(entry.action, LedgerEntryDisclosed) and stated(entry.action.fields) is not None:
                self.disclosed.setdefault(entry.action.target, []).append((entry.index, entry.action.fields))

    def release(self, batch: list[Recorded]) -> tuple[int, Object]:
        """Take a batch in, and return its release."""
        last = batch[-1]
        name, before = str(last.index), self.names[-1] if self.names else None
        for entry in batch:
            self.past.add(entry)
            self.release_of[entry.index] = name, before
        is_first, was_launched = not self.names, self._place(last).is_launched
        self.names.append(name)
        if all(self._is_appended(entry) for entry in batch):
            said: Object = {}
            for entry in batch:
                for fragment in (self._fragment(entry, self._place(entry)), self._told(entry)):
                    put(said, put(self.state, fragment), keep_nulls=True)
            said = plain(said)
        else:
            self.terms = {}
            new = self._fold()
            said = difference(self.state, new)
            put(self.state, said)
        tags = sorted({tag for entry in batch for tag in self._tags(entry, was_launched, is_first=is_first)})
        return last.index, {
            "ocid": self.ocid,
            "id": name,
            "date": instant_text(last.recorded),
            "tag": tags,
            "initiationType": "tender",
            "language": "en",
            **self._complete(said),
        }

    def _complete(self, said: Object) -> Object:
        """Return what is said with the ids without which a part of it would not be valid, though they do not change."""
        tender = said.get("tender")
        if tender:
            tender.setdefault("id", self.state["tender"].setdefault("id", self.ocid))
        for each in said.get("contracts", ()):
            each.setdefault("awardID", self.state["contracts"][each["id"]]["awardID"])
        for each in said.get("bids", {}).get("statistics", ()):
            held = self.state["bids"]["statistics"][each["id"]]
            each |= {"measure": held["measure"], "value": held["value"]}
        return said

    def _is_appended(self, entry: Recorded) -> bool:
        """Whether an entry only adds to what the entries before it say."""
        if (
            entry.corrects is not None
            or isinstance(entry.action, LedgerEntryWithdrawn | ExternalReleaseImported)
            or target_of(entry.action) is not None
        ):
            return False
        when = entry.occurred
        if when is None or self._is_kept(entry):
            return True
        if self.latest is not None and when.end <= self.latest:
            return False
        self.latest = when.start if self.latest is None else max(self.latest, when.start)
        return True

    def _fold(self) -> Object:
        """Return what all entries that stand now say."""
        state: Object = keyed(taken_in(self._official()))
        people = [each for each in self.past.standing() if not self._is_kept(each)]
        self.latest = max((each.occurred.start for each in people if each.occurred is not None), default=None)
        for entry in in_order(people, lambda each: each.occurred):
            put(state, self._fragment(entry, self._place(entry, state)))
        state[_ENTRIES] = Items((str(entry.index), self._told_before(entry)) for entry in self.past.entries())
        return state

    def _told_before(self, entry: Recorded) -> Object:
        """Return an entry in the local extension as part of a state that is only compared: most are told as before."""
        said, made = self.told.get(entry.index, (None, {}))
        about = self._about(entry)
        if said != about:
            made = {}
            put(made, self._statement(about))
            self.told[entry.index] = about, made
        return made

    def _official(self) -> Iterator[Object]:
        """Yield the official releases that stand."""
        for _, action in self.past.records(ExternalReleaseImported):
            digest = stated(action.sha256)
            if digest is not None and digest in self.kept:
                yield self._without_questions(self.kept[digest])

    def _without_questions(self, release: Object) -> Object:
        """Return a release without the words of questions: a question is not public here before it is disclosed."""
        enquiries = release.get("tender", {}).get("enquiries")
        if not enquiries:
            return release
        shown = [
            {name: held for name, held in each.items() if name not in {"title", "description"}} for each in enquiries
        ]
        return {**release, "tender": {**release["tender"], "enquiries": shown}}

    def _is_kept(self, entry: Recorded) -> bool:
        """Whether an entry came of official releases that are kept, and so goes out with them."""
        return is_imported(entry) and bool(self.kept)

    def _fragment(self, entry: Recorded, place: Place) -> Object:
        write = HOMES[type(entry.action)].write
        if write is None or self._is_kept(entry):
            return {}
        return write(self._seen(entry).action, place)

    def _place(self, entry: Recorded, state: Object | None = None) -> Place:
        name, before = self.release_of.get(entry.index, (str(entry.index), None))
        root = self.past.chain(entry.index)[0] if self.past.at(entry.index) is not None else entry.index
        return Place(
            name=f"entry-{root}",
            release=name,
            amends=before,
            recorded=entry.recorded,
            state=self.state if state is None else state,
            terms=self.terms,
        )

    def _seen(self, entry: Recorded) -> Recorded:
        """Return an entry as it was public then: without what only a later entry discloses."""
        return masked(entry, self._hidden(entry))

    def _hidden(self, entry: Recorded) -> list[str]:
        last = self.past.last_index or 0
        return [path for index, fields in self.disclosed.get(entry.index, ()) if index > last for path in fields]

    def _told(self, entry: Recorded) -> Object:
        """Return an entry in the local extension."""
        return {_ENTRIES: [self._statement(self._about(entry))]}

    def _statement(self, about: _About) -> Object:
        return statement(
            masked(about.entry, about.hidden), status=about.status, replaced_by=about.by, notice=about.notice
        )

    def _about(self, entry: Recorded) -> _About:
        """Return all that decides how an entry is told."""
        newest = self.past.newest(entry.index)
        is_withdrawn = self.past.is_withdrawn(entry.index)
        chain = self.past.chain(entry.index)
        is_replaced = not is_withdrawn and newest != entry.index and chain.index(newest) > chain.index(entry.index)
        status = "withdrawn" if is_withdrawn else "corrected" if is_replaced else "stands"
        by = self.past.withdrawn_by(entry.index) if is_withdrawn else newest if is_replaced else None
        notice = HOMES[type(entry.action)].notice
        regime = next((stated(each.regime) for each in self.past.actions(CommissioningProcessRegistered)), None)
        return _About(entry, tuple(self._hidden(entry)), status, by, notice if regime == "PA2023" else None)

    def _tags(self, entry: Recorded, was_launched: bool, *, is_first: bool) -> Iterable[str]:  # noqa: FBT001 - a fact
        if isinstance(entry.action, ExternalReleaseImported):
            official = OCDS_TAGS & set(stated(entry.action.tags) or ())
            return official or {"planning"}
        if self._is_kept(entry):
            return ()
        return {_tag(entry, is_launched=was_launched, is_first=is_first, target=self._target(entry))}

    def _target(self, entry: Recorded) -> Recorded | None:
        if isinstance(entry.action, LedgerEntryWithdrawn):
            return self.past.at(entry.action.target)
        number = target_of(entry.action) if entry.corrects is None else entry.corrects
        return None if number is None else self.past.at(number)


def is_imported(entry: Recorded) -> bool:
    """Whether an entry came of an official release."""
    return entry.statement.standing == "import" and entry.statement.by.role == ROLE


_UPDATES: Final = {
    "planning": "planningUpdate",
    "tender": "tenderUpdate",
    "award": "awardUpdate",
    "contract": "contractUpdate",
    "implementation": "implementationUpdate",
}
_VALUES: Final = {"award": "awardUpdate", "contract": "contractUpdate"}


def _tag(entry: Recorded, *, is_launched: bool, is_first: bool, target: Recorded | None) -> str:
    """Return the tag of an entry: what it corrects is an update, never an amendment."""
    if is_first:
        return "planning"
    updated = "tenderUpdate" if is_launched else "planningUpdate"
    action = (target or entry).action
    tags = action.declaration.ocds
    if isinstance(action, ContractValueCorrected):
        return _VALUES.get(stated(action.value_of) or "", updated)
    if not tags:
        return updated
    if target is not None:
        section = next(name for name in reversed(_UPDATES) if tags[0].startswith(name))
        return _UPDATES[section]
    if len(tags) == 1:
        return tags[0]
    of_planning = [tag for tag in tags if tag.startswith("planning")]
    of_tender = [tag for tag in tags if not tag.startswith("planning")]
    fitting = (of_tender if is_launched else of_planning) or tags
    # A formal change is an amendment; what adds to what was said is an update.
    return max(fitting, key=lambda tag: (tag.endswith("Amendment"), tag.endswith("Update"), tag))
