"""No page runs, loads or sends more than it must, and its components are those of the Design System."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Response, render_template_string
from lxml import html
from werkzeug.exceptions import HTTPException, abort

PAGE = """{% extends "base.html" %}{% block title %}x{% endblock %}{% block main %}<h1>x</h1>{% endblock %}
{% block scripts %}BODY{% endblock %}"""


@pytest.fixture
def show(sqlite_site):
    """Ask for a page whose scripts are these."""

    def ask(scripts: str) -> Response:
        sqlite_site.app.view_functions["public.changes"] = lambda: render_template_string(PAGE.replace("BODY", scripts))
        return sqlite_site.get("/")

    return ask


def parse(content: str) -> Any:
    # lxml's own types allow for answers that only other expressions give.
    return html.fromstring(content)


def policy(response: Response) -> dict[str, list[str]]:
    parts = (part.split() for part in response.headers["Content-Security-Policy"].split(";"))
    return {name: sources for name, *sources in parts}


def test_a_page_without_a_script_may_run_none(show):
    """What is not asked for is not allowed: no script, and nothing fetched."""
    found = policy(show(""))

    assert found["default-src"] == ["'none'"]
    assert found["style-src"] == ["'self'"]
    assert not {"script-src", "connect-src"} & set(found)


@pytest.mark.parametrize(
    ("scripts", "allowed"),
    [
        ('{{ script("candour.js") }}', {"script-src": ["'self'"]}),
        ('{{ script("candour.js", fetches=True) }}', {"script-src": ["'self'"], "connect-src": ["'self'"]}),
        ('{{ script("candour.js", fetches=True) }}{{ script("candour.js") }}', {"connect-src": ["'self'"]}),
    ],
)
def test_a_page_may_run_our_scripts_where_it_loads_one(show, sqlite_site, scripts, allowed):
    """The policy opens by what the page asks for, and for this page alone."""
    response = show(scripts)

    assert policy(response).items() >= allowed.items()
    (source, *_) = parse(response.get_data(as_text=True)).xpath("//script/@src")
    assert sqlite_site.get(source).content_type.startswith("text/javascript")
    assert "script-src" not in policy(sqlite_site.get("/processes/"))


def test_an_inline_script_carries_a_nonce_that_is_new_each_time(show):
    """The same nonce stands in the header and in the page, is never used again, and no cache keeps it."""
    nonces = set()
    for _ in range(2):
        response = show('<script nonce="{{ csp_nonce() }}">{{ csp_nonce() and "" }}</script>')
        (nonce,) = parse(response.get_data(as_text=True)).xpath("//script/@nonce")
        assert policy(response)["script-src"] == [f"'nonce-{nonce}'"]
        assert response.headers["Cache-Control"] == "no-store"
        nonces.add(nonce)

    assert len(nonces) == 2


def test_styles_ask_for_nothing_from_elsewhere(sqlite_site):
    """The compiled styles import nothing, load no font, and no image of ours is a crown or a crest."""
    css = sqlite_site.get("/static/built/candour.css").get_data(as_text=True)

    assert "@import" not in css
    assert "@font-face" not in css
    assert "GDS Transport" not in css
    assert re.search(r"url\(\s*[\"']?(?:https?:)?//", css) is None
    assert re.search("#0b4144", css)


# --- components ------------------------------------------------------------------------------------------


def test_components_escape_what_they_are_given(sqlite_site):
    """A text or an attribute from a field is never markup, although the components come from a package."""
    hostile = '"><script>alert(1)</script>'
    template = (
        '{{ govukTag({"text": x, "attributes": {"data-x": x}}) }}{{ govukBreadcrumbs({"items": [{"text": x}]}) }}'
    )
    with sqlite_site.app.test_request_context():
        page = parse(f"<div>{render_template_string(template, x=hostile)}</div>")

    assert page.xpath("//script") == []
    assert page.text_content().count(hostile) == 2
    assert page.xpath("//strong/@data-x") == [hostile]


# --- errors ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 413, 418, 422, 429, 500, 503])
def test_every_error_has_a_page_with_what_to_do(sqlite_site, status):
    """Whatever goes wrong is told in words, with its own status, and kept by no cache."""

    def fail() -> Response:
        abort(status)

    sqlite_site.app.view_functions["public.changes"] = fail
    response = sqlite_site.get("/")
    page = parse(response.get_data(as_text=True))

    assert response.status_code == status
    assert response.headers["Cache-Control"] == "no-store"
    (heading,) = page.xpath("//h1/text()")
    assert page.xpath("//title/text()") == [f"{heading} – Candour"]
    assert len(page.xpath("//main/p")) >= 2
    assert HTTPException.__name__ not in page.text_content()
