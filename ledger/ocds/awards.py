"""Awards and contracts: named, put right, changed, ended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ledger import structs as s
from ledger.actions import contract, procurement
from ledger.actions.design import FieldChange
from ledger.kinds import NOT_STATED
from ledger.ocds.facts import Fact, Known, Step, change
from ledger.ocds.material import Object
from ledger.ocds.stages import SLIP, value_corrected
from ledger.ocds.values import (
    at,
    entity_id,
    names_of,
    new_amendments,
    occurrence,
    party,
    period_of,
    power_of_ten,
    reason,
    rows_of,
    said,
    size_of,
    value_of,
    vcse_of,
    worth,
)
from ledger.when import Occurrence

_NO_AWARD: Final = frozenset({"cancelled", "unsuccessful"})
_ENDED: Final = frozenset({"terminated", "cancelled"})


def reissued(before: Object, release: Object, known: Known) -> Object:
    """Return a release in which an award that was issued again under another id bears its first one.

    It is the same award, probably, if it has the same suppliers and lots, is worth a power of ten more or less, and
    stands in the place of the first, which the release does not name.
    """
    given = {each["id"] for each in rows_of(release, "awards")}
    for award in rows_of(release, "awards"):
        if award["id"] in known.same_award or at(before, "awards", award["id"]) is not None:
            continue
        first = next(
            (old for old in rows_of(before, "awards") if old["id"] not in given and _is_same(old, award)), None
        )
        if first is not None:
            known.same_award[award["id"]] = first["id"]
    if not known.same_award:
        return release
    awards = [{**each, "id": known.same_award.get(each["id"], each["id"])} for each in rows_of(release, "awards")]
    contracts = [
        {**each, "awardID": known.same_award.get(each["awardID"], each["awardID"])} if "awardID" in each else each
        for each in rows_of(release, "contracts")
    ]
    return {**release, **({"awards": awards} if awards else {}), **({"contracts": contracts} if contracts else {})}


def _is_same(old: Object, new: Object) -> bool:
    suppliers = [_known_as(rows_of(award, "suppliers")) for award in (old, new)]
    return (
        bool(suppliers[0])
        and suppliers[0] == suppliers[1]
        and old.get("relatedLots") == new.get("relatedLots")
        and power_of_ten(worth(old.get("value")), worth(new.get("value")))
    )


def _known_as(suppliers: list[Object]) -> set[str]:
    """Return suppliers by their ids; by their names where a publisher gives them none."""
    return {each.get("id") or each["name"] for each in suppliers}


def awards(step: Step) -> Iterator[Fact]:
    """Yield each award as first named, its value put right, and what else changes in it."""
    for award in rows_of(step.after, "awards"):
        if award["id"] not in step.known.awards:
            if award.get("status") not in _NO_AWARD:
                step.known.awards.add(award["id"])
                yield _awarded(step, award)
            continue
        old = at(step.before, "awards", award["id"]) or {}
        before, after = worth(old.get("value")), worth(award.get("value"))
        if after is not None and before != after:
            yield value_corrected(
                step,
                "award",
                award["id"],
                award["value"],
                reason(old, award),
                _probably(step, award, slip=power_of_ten(before, after)),
            )
        changes = list(_award_changes(old, award))
        if changes:
            yield Fact(
                procurement.TenderAmended(
                    amended_on=Occurrence(step.date),
                    changes=tuple(changes),
                    reason=reason(old, award),
                    material=NOT_STATED,
                    cause_entries=NOT_STATED,
                    deadline_reviewed=NOT_STATED,
                ),
            )


def _probably(step: Step, award: Object, *, slip: bool) -> str | None:
    again = [new for new, first in step.known.same_award.items() if first == award["id"]]
    if again:
        return f"Published as {again[-1]}: probably this award again, since supplier and lots are the same and the value is a power of ten away"  # noqa: E501 - one sentence
    return SLIP if slip else None


def _awarded(step: Step, award: Object) -> Fact:
    suppliers, lots = rows_of(award, "suppliers"), award.get("relatedLots", [])
    first = suppliers[0] if suppliers else None
    members = tuple(found for each in suppliers if isinstance(found := party(step.after, each), s.Party))
    name = entity_id(award["id"])
    return Fact(
        contract.ContractAwarded(
            award_id=name,
            lot_id=entity_id(lots[0]) if len(lots) == 1 else None,
            supplier=party(step.after, first),
            supplier_is_vcse=NOT_STATED if first is None else vcse_of(step.after, first),
            supplier_size=NOT_STATED if first is None else size_of(step.after, first),
            consortium_members=members if len(members) > 1 else NOT_STATED,
            subcontractors=NOT_STATED,
            value=value_of(award.get("value")),
            term=period_of(award.get("contractPeriod")),
            decided_on=occurrence(award.get("date")),
        ),
        remark=step.remark("awards", _place(step, "awards", award["id"])),
    )


def _place(step: Step, name: str, wanted: str) -> str:
    """Return the place of a thing in its list in the release, by which the notes on it go."""
    return next((str(n) for n, each in enumerate(rows_of(step.release, name)) if each["id"] == wanted), "-")


def _award_changes(old: Object, new: Object) -> Iterator[FieldChange]:
    status = new.get("status")
    if status in _NO_AWARD and old.get("status") != status:
        yield change(f"Award {new['id']}: status", str(status), old.get("status"))
    before, after = rows_of(old, "suppliers"), rows_of(new, "suppliers")
    if _known_as(before) != _known_as(after):
        yield change(f"Award {new['id']}: suppliers", names_of(after), names_of(before) or None)
    for edge in ("startDate", "endDate"):
        was, now = at(old, "contractPeriod", edge), at(new, "contractPeriod", edge)
        if was is not None and now is not None and was != now:
            yield change(f"Award {new['id']}: {_EDGES[edge]}", now, was)


_EDGES: Final = {"startDate": "start", "endDate": "end", "maxExtentDate": "latest end"}


def contracts(step: Step) -> Iterator[Fact]:
    """Yield each contract as first published, its value put right, the deal changed, and its end."""
    for new in rows_of(step.after, "contracts"):
        old = at(step.before, "contracts", new["id"]) or {}
        amended = any(new_amendments(old, new))
        if new["id"] not in step.known.contracts:
            step.known.contracts.add(new["id"])
            if amended:
                # The first that is known of this contract is a change to it. What was before, nobody here has seen.
                yield _modified(step, old, new, ())
            else:
                yield _published(step, new)
        else:
            yield from _changed(step, old, new, amended=amended)
        yield from _terminated(step, old, new)


def _published(step: Step, new: Object) -> Fact:
    name = entity_id(new["id"])
    return Fact(
        contract.ContractDetailsPublished(
            contract_id=name,
            award_id=entity_id(new["awardID"]) if "awardID" in new else NOT_STATED,
            value=value_of(new.get("value")),
            vat=NOT_STATED,
            period=period_of(new.get("period")),
            signed_on=occurrence(new.get("dateSigned")),
            kpis=NOT_STATED,
            published_on=Occurrence(step.date),
        ),
        remark=step.remark("contracts", _place(step, "contracts", new["id"])),
    )


def _changed(step: Step, old: Object, new: Object, *, amended: bool) -> Iterator[Fact]:
    before, after = worth(old.get("value")), worth(new.get("value"))
    changes = [
        change(f"Contract: {_EDGES[edge]}", now, was)
        for edge in _EDGES
        if (now := at(new, "period", edge)) is not None and (was := at(old, "period", edge)) is not None and was != now
    ]
    is_other = after is not None and before != after
    if is_other and not amended and not changes:
        remark = SLIP if power_of_ten(before, after) else None
        yield value_corrected(step, "contract", new["id"], new["value"], reason(old, new), remark)
        return
    if is_other:
        changes.insert(0, change("Contract: value", said(new["value"]) or "", said(old.get("value"))))
    if changes or amended:
        yield _modified(step, old, new, tuple(changes))


def _modified(step: Step, old: Object, new: Object, changes: tuple[FieldChange, ...]) -> Fact:
    name = entity_id(new["id"])
    amendments = list(new_amendments(old, new))
    agreed = next((each["date"] for each in amendments if "date" in each), step.date)
    is_stated = not old or any(each.what == "Contract: value" for each in changes)
    return Fact(
        contract.ContractModified(
            contract_id=name,
            changes=changes or NOT_STATED,
            grounds_code=NOT_STATED,
            reason=reason(old, new),
            value_after=(worth(new.get("value")) if is_stated else None),
            agreed_on=Occurrence(agreed),
        ),
    )


def _terminated(step: Step, old: Object, new: Object) -> Iterator[Fact]:
    tagged = "contractTermination" in step.release.get("tag", ()) and at(step.release, "contracts", new["id"])
    is_ended = new.get("status") in _ENDED or bool(tagged)
    if not is_ended or new["id"] in step.known.ended:
        return
    step.known.ended.add(new["id"])
    name = entity_id(new["id"])
    yield Fact(
        contract.ContractTerminated(
            contract_id=name,
            ended_on=NOT_STATED,
            planned=NOT_STATED,
            reason=_why_ended(old, new),
            continuity_plan=NOT_STATED,
        ),
    )


def _why_ended(old: Object, new: Object) -> s.Reason:
    classified = [
        each["description"] for each in rows_of(new, "terminationRationaleClassifications") if "description" in each
    ]
    words = new.get("terminationRationale") or "; ".join(classified)
    return s.Reason(state="given", text=words) if words else reason(old, new)
