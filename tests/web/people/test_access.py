"""Who may open which address: every route against every role, denied where nothing is declared."""

from __future__ import annotations

import pytest
from werkzeug.routing import AnyConverter, IntegerConverter, Rule

from ledger.actions import KINDS
from tests.web.people.conftest import BODY, Doors
from web.people.access import ANYONE, SIGNED_IN, Actor, declared, undeclared
from web.people.accounts import Account
from web.people.roles import KINDS_OF, ROLES, Grant
from web.urls import EntryNumber

NOBODY = "nobody"
NO_ROLE = "no role"


def test_every_route_says_who_may_open_it(doors: Doors):
    """A route that says nothing would be closed to all; there is none."""
    assert list(undeclared(doors.app)) == []


def test_a_route_that_says_nothing_is_closed(doors: Doors):
    """Forgetting to declare who may open a page opens it to nobody."""
    doors.app.add_url_rule("/forgotten", "forgotten", lambda: "open!")
    doors.person("administrator")
    doors.sign_in()
    assert doors.browser.get("/forgotten").status_code == 403


def _path(rule: Rule) -> str:
    """Return a path that fits the rule."""
    return "".join(_part(rule, part) if dynamic else part for dynamic, part in rule._trace).lstrip("|")


def _part(rule: Rule, name: str) -> str:
    match rule._converters[name]:
        case AnyConverter() as some:
            return min(some.items)
        case EntryNumber() | IntegerConverter():
            return "1"
        case _:
            return "x"


def _closed_routes(doors: Doors) -> list[tuple[str, str, frozenset[str]]]:
    return [
        (method, _path(rule), who)
        for rule in doors.app.url_map.iter_rules()
        if (who := declared(doors.app, rule.endpoint) or frozenset()) and ANYONE not in who
        for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"})
    ]


@pytest.mark.parametrize("role", [*ROLES, NO_ROLE, NOBODY])
def test_each_role_opens_what_is_declared_for_it_and_nothing_else(doors: Doors, role: str):
    """Each closed route lets in exactly whom it declares, and sends everybody else away before it does anything."""
    if role != NOBODY:
        doors.person(None if role == NO_ROLE else role)
        doors.sign_in()
    doors.app.config["WTF_CSRF_METHODS"] = set()
    for rule in doors.app.url_map.iter_rules():
        if ANYONE not in (declared(doors.app, rule.endpoint) or ()):
            doors.app.view_functions[rule.endpoint] = _let_in(doors.app.view_functions[rule.endpoint])
    routes = _closed_routes(doors)
    assert len(routes) > 10
    for method, path, who in routes:
        answer = doors.browser.open(path, method=method)
        let_in = answer.headers.get("X-Let-In") == "yes"
        expected = role != NOBODY and (SIGNED_IN in who or role in who)
        if path.startswith("/api/"):
            expected = False  # no cookie opens a door for programs
        assert let_in == expected, (method, path, role, answer.status_code)
        assert answer.status_code in ({200} if expected else {302, 401, 403}), (method, path, role)


def _let_in(view):
    def answer(**_):
        return "", 200, {"X-Let-In": "yes"}

    answer.__dict__ |= {name: value for name, value in vars(view).items() if name in {"open_to", "by_token"}}
    return answer


def _actor(*grants: Grant, scopes: frozenset[str] = frozenset({"read", "record"})) -> Actor:
    account = Account(1, "a@b", "A", disabled=False, has_password=True, has_code=False, grants=frozenset(grants))
    return Actor(account, scopes)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("role", ROLES)
def test_a_role_records_its_kinds_for_its_own_organisation_only(role: str, kind: str):
    """Another organisation's entry is never theirs to make, nor is one of another role."""
    actor = _actor(Grant(role, *BODY, "A body"))
    assert actor.may_record(kind, BODY) == (kind in KINDS_OF[role])
    assert not actor.may_record(kind, ("GB-GOR", "D19"))
    assert not actor.may_record(kind, ("GB-CHC", "D18"))


def test_a_token_without_the_scope_records_nothing():
    """A token for reading cannot record, whatever its account may do."""
    actor = _actor(Grant("recorder", *BODY, "A body"), scopes=frozenset({"read"}))
    assert not any(actor.may_record(kind, BODY) for kind in KINDS)


TABLE = {
    "a recorder answers a question": ("recorder", "clarification-answered.v1", True),
    "a recorder removes a value": ("recorder", "ledger-entry-redacted.v1", False),
    "a provider asks": ("provider", "clarification-question-received.v1", True),
    "a provider answers": ("provider", "clarification-answered.v1", False),
    "a provider reports an issue": ("provider", "issue-reported.v1", True),
    "an overseer reports an issue": ("overseer", "issue-reported.v1", True),
    "an overseer tells of its meeting": ("overseer", "advisory-group-meeting-held.v1", True),
    "an overseer awards a contract": ("overseer", "contract-awarded.v1", False),
    "an information officer removes a value": ("information_officer", "ledger-entry-redacted.v1", True),
    "an information officer moves a date": ("information_officer", "timeline-changed.v1", False),
    "an administrator records anything": ("administrator", "timeline-published.v1", False),
    "a recorder changes the log's key": ("recorder", "signing-key-rotated.v1", False),
}


@pytest.mark.parametrize(("role", "kind", "allowed"), TABLE.values(), ids=TABLE)
def test_roles_are_what_the_design_says(role: str, kind: str, allowed: bool):  # noqa: FBT001 - a column of the table
    """Each named circumstance is as it was designed."""
    assert (kind in KINDS_OF[role]) is allowed
