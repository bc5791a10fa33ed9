"""Answers of the ProZorro API, as far as they are releases of one tender.

ProZorro's own format is older than OCDS and close to it. A tender says which one it is; a list of changes, of
complaints or of questions alone does not, so nothing can be made of it.
"""

from __future__ import annotations

from typing import Any, Final

from ledger.errors import Wrong
from ledger.kinds import Json
from ledger.words import N_

PREFIX: Final = "ocds-be6bcu-"
"""ProZorro's registered prefix of ocids."""

PUBLISHER: Final[dict[str, Json]] = {"name": "ProZorro"}

_MARKS: Final = frozenset(
    {"tenderID", "dateModified", "complaintID", "rationaleTypes", "dateAnswered", "procurementMethodType"}
)
_NO_TENDER: Final = N_("This is a part of a ProZorro answer that does not say which tender it belongs to.")


def parts(value: dict[str, Json]) -> list[Json] | None:
    """Return the answers inside a file of several, or the items of one; None for anything else."""
    if "data" in value and "ocid" not in value:
        data = value["data"]
        return list(data) if isinstance(data, list) else [data]
    bodies = [each.get("body") for each in value.values() if isinstance(each, dict)]
    if bodies and all(isinstance(each, dict) for each in bodies):
        return bodies
    return None


def as_release(value: Json) -> dict[str, Json] | None:
    """Return a ProZorro tender as a release, or None for what is not ProZorro's.

    Raises `Wrong` for what is, but is no tender.
    """
    if not isinstance(value, dict) or "ocid" in value:
        return None
    if value.get("status") == "error" and "errors" in value:
        raise Wrong(N_("This is an error that ProZorro answered, and no data."))
    if isinstance(value.get("tenderID"), str):
        return _tender(value)
    if _MARKS & value.keys():
        raise Wrong(_NO_TENDER)
    return None


_AS_THEY_ARE: Final = (
    "title", "description", "status", "value", "procurementMethod", "tenderPeriod", "enquiryPeriod", "awardPeriod",
    "numberOfBids",
)  # fmt: skip


def _tender(value: dict[str, Json]) -> dict[str, Json]:
    tender: dict[str, Json] = {name: value[name] for name in _AS_THEY_ARE if name in value}
    tender["id"] = value["tenderID"]
    tender["status"] = "active" if str(value.get("status", "")).startswith("active") else value.get("status")
    tender["lots"] = [_kept(each, ("id", "title", "value", "status")) for each in _objects(value, "lots")]
    tender["enquiries"] = [
        {**_kept(each, ("id", "date", "title", "description", "answer", "dateAnswered"))}
        for each in _objects(value, "questions")
    ]
    buyer = _organisation(value.get("procuringEntity"))
    awards = [_award(each) for each in _objects(value, "awards")]
    return {
        "ocid": PREFIX + value["tenderID"],
        "id": f"{value.get('id', value['tenderID'])}-{value.get('dateModified')}",
        "date": value.get("dateModified"),
        "tag": ["tender"],
        "parties": [{**buyer, "roles": ["buyer"]}] if buyer else [],
        "tender": tender,
        "awards": awards,
        "contracts": [_contract(each) for each in _objects(value, "contracts")],
    }


def _award(award: dict[str, Json]) -> dict[str, Json]:
    made = _kept(award, ("id", "title", "status", "date", "value"))
    made["suppliers"] = [found for each in _objects(award, "suppliers") if (found := _organisation(each))]
    if "lotID" in award:
        made["relatedLots"] = [award["lotID"]]
    return made


def _contract(contract: dict[str, Json]) -> dict[str, Json]:
    made = _kept(contract, ("id", "awardID", "title", "status", "value", "period", "dateSigned"))
    changes = [*_objects(contract, "changes")]
    made["amendments"] = [
        {"id": each.get("id"), "date": each.get("date"), "rationale": each.get("rationale_en") or each.get("rationale")}
        for each in changes
        if each.get("status") == "active"
    ]
    return made


def _organisation(value: Any) -> dict[str, Json]:
    if not isinstance(value, dict):
        return {}
    identifier = value.get("identifier")
    known = identifier if isinstance(identifier, dict) else {}
    return {
        "id": f"{known.get('scheme', '')}-{known.get('id', '')}",
        "name": value.get("name"),
        "identifier": _kept(known, ("scheme", "id")),
    }


def _objects(value: dict[str, Json], name: str) -> list[dict[str, Json]]:
    held = value.get(name)
    return [each for each in held if isinstance(each, dict)] if isinstance(held, list) else []


def _kept(value: dict[str, Json], names: tuple[str, ...]) -> dict[str, Json]:
    return {name: value[name] for name in names if name in value}
