"""By what an imported entry is found again among those of its process, when the plan is made anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final, TypeVar

from ledger import structs as s
from ledger.actions import contract, design, engagement, process, procurement, timeline
from ledger.actions.ledger import ExternalReleaseImported
from ledger.kinds import stated
from ledger.vocabulary import Action

T = TypeVar("T")
Key = tuple[str, ...]


def publisher_key(publisher: s.Party) -> str:
    """Return what tells publishers apart: the identifier, else the name, else nothing."""
    scheme, name = stated(publisher.scheme), stated(publisher.id)
    return stated(publisher.name) or "" if name is None else ":".join(each for each in (scheme, name) if each)


def keyed(items: Iterable[T], key_of: Callable[[T], Key]) -> dict[Key, T]:
    """Return items by their keys; the second with one key has a 2 added to it."""
    met: Counter[Key] = Counter()
    found = {}
    for item in items:
        name = key_of(item)
        met[name] += 1
        found[name if met[name] == 1 else (*name, str(met[name]))] = item
    return found


def key(action: Action, source: s.Source) -> Key:
    """Return the key of an action: its kind, what it is about, and for what each release can state anew, which one."""
    name, digest = action.declaration.name, str(source.sha256)
    if isinstance(action, ExternalReleaseImported):
        party = stated(action.publisher)
        return name, digest, "" if party is None else publisher_key(party)
    about = tuple(str(stated(getattr(action, each)) or "") for each in _SUBJECTS.get(type(action), ()))
    return (name, *about, digest) if isinstance(action, _OF_A_RELEASE) else (name, *about)


_SUBJECTS: Final[dict[type[Action], tuple[str, ...]]] = {
    engagement.ConsultationAnnounced: ("engagement_id",),
    engagement.ConsultationHeld: ("engagement_id",),
    process.BudgetPublished: ("lot_id",),
    procurement.ContactPointNamed: ("contact_id",),
    procurement.ContactPointChanged: ("contact_id",),
    procurement.ClarificationQuestionReceived: ("question_id",),
    procurement.ClarificationAnswered: ("question_id",),
    procurement.ClarificationAnswerCorrected: ("question_id",),
    contract.ContractAwarded: ("award_id",),
    contract.ContractDetailsPublished: ("contract_id",),
    contract.ContractValueCorrected: ("value_of", "target_id"),
    contract.ContractModified: ("contract_id",),
    contract.ContractTerminated: ("contract_id",),
}
"""The public fields that say what an imported entry is about, where a process can have several of its kind."""

_OF_A_RELEASE: Final = (
    timeline.TimelineChanged,
    design.LotStructureRevised,
    procurement.ContactPointChanged,
    procurement.ClarificationAnswerCorrected,
    procurement.TenderAmended,
    contract.ContractValueCorrected,
    contract.ContractModified,
    process.NeedsAssessmentPublished,
    design.EqualityImpactAssessmentPublished,
)
"""What each release can state anew."""
