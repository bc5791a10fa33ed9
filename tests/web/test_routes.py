"""What holds at every address: HEAD, methods that are not there, and addresses too long."""

from __future__ import annotations

from tests.web.conftest import Site
from web.people.access import ANYONE, declared


def places(site: Site) -> list[str]:
    """The addresses that anyone may read and that take no further word."""
    return sorted(
        {
            rule.rule
            for rule in site.app.url_map.iter_rules()
            if not rule.arguments
            and "GET" in (rule.methods or ())
            and ANYONE in (declared(site.app, rule.endpoint) or ())
        }
    )


def test_the_head_of_every_address_is_that_of_its_page(sqlite_site: Site):
    """HEAD has the status and the type of GET, and no body."""
    found = places(sqlite_site)
    assert len(found) > 20
    differing = {}
    for path in found:
        page, head = sqlite_site.get(path), sqlite_site.head(path)
        if (page.status_code, page.content_type, b"") != (head.status_code, head.content_type, head.get_data()):
            differing[path] = (page.status_code, head.status_code)
    assert differing == {}


def test_a_method_that_is_not_there_is_refused_everywhere(sqlite_site: Site):
    """405 says which methods there are, as a page or a problem."""
    for path in places(sqlite_site):
        answer = sqlite_site.client.open(path, method="DELETE")
        assert answer.status_code == 405, path
        assert "GET" in answer.headers["Allow"], path
        answer.close()


def test_an_address_that_is_too_long_is_refused_everywhere(sqlite_site: Site):
    """However much stands after the question mark, the answer is 414 and not a failure."""
    for path in places(sqlite_site):
        answer = sqlite_site.get(f"{path}?x={'y' * 8_001}")
        assert answer.status_code == 414, path
