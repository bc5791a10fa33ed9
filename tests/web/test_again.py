"""What was given before is given again without the framework, and is the same to the last header."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import request

from ledger.files import replace_file
from web import again
from web.state import KEY

FEED = "/feeds/all.atom"


@pytest.fixture
def long_way(files_site) -> Iterator[list[str]]:
    """The addresses for which the framework was asked, as they come."""
    asked: list[str] = []
    app = files_site.client.application
    app.before_request_funcs.setdefault(None, []).insert(0, lambda: asked.append(request.path))
    yield asked
    app.before_request_funcs[None].pop(0)


@pytest.mark.parametrize("packing", ["", "gzip", "gzip;q=0", "br, *", "identity"])
@pytest.mark.parametrize("path", [FEED, "/feeds/all.rss", "/feeds/index.opml", "/calendar/all.ics", "/data/index.json"])
def test_the_second_reader_gets_what_the_first_one_got(files_site, long_way, path, packing):
    """The bytes and every header are the same, whatever packing is taken, and so is the answer that nothing changed."""
    headers = {"Accept-Encoding": packing}
    first = files_site.get(path, headers=headers)
    second = files_site.get(path, headers=headers)
    assert (first.status_code, second.status_code) == (200, 200)
    assert second.get_data() == first.get_data()
    assert list(second.headers) == list(first.headers)
    assert long_way == [path]

    unchanged = headers | {"If-None-Match": first.headers["ETag"], "If-Modified-Since": first.headers["Last-Modified"]}
    by_file = files_site.get(path, headers=unchanged)
    assert (by_file.status_code, by_file.get_data()) == (304, b"")
    assert long_way == [path]
    by_framework = files_site.get(path, headers=unchanged | {"Authorization": "Bearer word"})
    assert sorted(by_file.headers) == sorted(by_framework.headers)
    assert len(long_way) == 2


def test_a_file_that_changed_is_given_as_it_is(files_site, long_way):
    """A reader gets the new bytes at once, and a reader who has the old ones is not told that nothing changed."""
    first = files_site.get(FEED)
    path = files_site.client.application.extensions[KEY].public_dir / FEED[1:]
    replace_file(path, first.get_data() + b"<!-- -->")
    second = files_site.get(FEED, headers={"If-None-Match": first.headers["ETag"]})
    assert second.status_code == 200
    assert second.get_data() == first.get_data() + b"<!-- -->"
    assert second.headers["ETag"] != first.headers["ETag"]
    assert len(long_way) == 2


def test_a_file_that_is_gone_is_not_given_again(files_site, long_way):
    """What the follower took away is made of the rows, as if it had never been given."""
    files_site.get(FEED)
    (files_site.client.application.extensions[KEY].public_dir / FEED[1:]).unlink()
    assert files_site.get(FEED).status_code == 200
    assert len(long_way) == 2


@pytest.mark.parametrize(
    ("asks", "status"),
    [
        ({"headers": {"Range": "bytes=0-9"}}, 206),
        ({"headers": {"Authorization": "Bearer word"}}, 200),
        ({"headers": {"If-Match": '"other"'}}, 412),
        ({"headers": {"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}}, 304),
        ({"headers": {"If-None-Match": '"one", "two"'}}, 200),
        ({"query_string": "a=b"}, 200),
        ({"method": "HEAD"}, 200),
        ({"method": "POST"}, 405),
    ],
    ids=lambda each: next(iter(each)) if isinstance(each, dict) else str(each),
)
def test_what_asks_for_more_goes_the_long_way(files_site, long_way, asks, status):
    """A part of a file, another method, whoever says who they are: the framework answers, as it does the first time."""
    files_site.get(FEED)
    assert files_site.client.open(FEED, **asks).status_code == status
    assert len(long_way) == 2


def test_whoever_carries_a_cookie_goes_the_long_way(files_site, long_way):
    """Who may be signed in is known to the framework alone."""
    files_site.get(FEED)
    files_site.client.set_cookie("candour", "word")
    assert files_site.get(FEED).status_code == 200
    assert len(long_way) == 2


def test_only_so_many_addresses_are_kept(files_site, long_way, monkeypatch):
    """What was asked for longest ago is forgotten, and answered by the framework."""
    monkeypatch.setattr(again, "MOST", 2)
    for path in (FEED, "/feeds/all.rss", "/feeds/all.json", FEED):
        assert files_site.get(path).status_code == 200
    assert long_way == [FEED, "/feeds/all.rss", "/feeds/all.json", FEED]
