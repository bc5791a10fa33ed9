"""Everything public as JSON Lines: files that only grow, joined as one, and nothing in them that is not public."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from ledger.ocds.packages import lines as lines_of
from projections import ocds
from projections.publications import published_data
from tests.projections.record import SECRET_CHANNEL, SECRETS, issue, redaction
from tests.web.test_pages import parse
from web.public import bulk


@pytest.fixture(autouse=True)
def narrow(monkeypatch):
    """Files of four entries, so that a small record has several."""
    for module in (published_data, bulk):
        monkeypatch.setattr(module, "RANGE", 4)


def lines(content: bytes | str) -> list[Any]:
    return [json.loads(each) for each in content.splitlines()]


def files(site) -> dict[str, bytes]:
    folder = Path(site.public_dir) / "data"
    return {str(each.relative_to(folder)): each.read_bytes() for each in folder.rglob("*.jsonl")}


def computed(site) -> list[Any]:
    """All releases as they are made from the record, in the order of the files."""
    with site.book.engine.connect() as connection:
        made = json.loads(b"[" + b",".join(lines_of(ocds.everything(connection))) + b"]")
    return sorted(made, key=lambda each: (int(each["id"]), each["ocid"]))


def read(site, path: str, **options: Any) -> bytes:
    answer = site.get(path, **options)
    assert answer.status_code == 200, path
    return bytes(answer.data)


def test_the_files_hold_every_entry_and_every_release_once(files_site):
    """Entry by entry what its own address says, and release by release what the record comes to."""
    told = lines(read(files_site, "/data/entries.jsonl"))
    assert [each["index"] for each in told] == list(range(len(told)))
    for each in told:
        own = json.loads(files_site.get(f"/entries/{each['index']}.json").text)
        assert each.items() <= own.items()
    found = lines(read(files_site, "/data/releases.jsonl"))
    assert sorted(found, key=lambda each: (int(each["id"]), each["ocid"])) == computed(files_site)
    assert read(files_site, "/ocds/releases.jsonl") == read(files_site, "/data/releases.jsonl")


def test_a_new_entry_adds_lines_to_the_newest_files_alone(files_site):
    """Files before the newest stay as they are, and the newest keeps its lines."""
    before = files(files_site)
    files_site.publish(issue("The lift failed."), issue("It failed again."))
    after = files(files_site)
    newest = {max(name for name in after if name.startswith(folder)) for folder in ("entries", "releases")}
    changed = {name for name in after if after[name] != before.get(name)}
    assert newest <= changed
    assert all(after[name].startswith(content) for name, content in before.items())
    found = lines(read(files_site, "/data/releases.jsonl"))
    assert sorted(found, key=lambda each: (int(each["id"]), each["ocid"])) == computed(files_site)


def test_written_again_from_nothing_the_files_are_the_same(files_site):
    """What grew line by line is what would be written at once."""
    files_site.publish(issue("The lift failed."))
    files_site.publish(issue("It failed again."))
    grown = files(files_site)
    for each in (Path(files_site.public_dir) / "data").rglob("*"):
        if each.is_file():
            each.unlink()
    files_site.follower.step()
    assert files(files_site) == grown


def test_a_line_is_not_added_twice_where_a_crash_came_before_the_row_was_removed(files_site):
    """A file that holds a line already keeps it as it is."""
    before = files(files_site)
    with files_site.book.engine.begin() as connection:
        rows = [
            {"publication": "data", "key": f"{name}/{part}", "what": "end", "written": 0}
            for name in ("entries", "releases")
            for part in range(4)
        ]
        connection.execute(bulk_stale().insert().prefix_with("OR REPLACE"), rows)
    files_site.follower.step()
    assert files(files_site) == before


def bulk_stale() -> Any:
    from projections.publications.publisher import stale_table  # noqa: PLC0415 - beside its one use

    return stale_table


def test_what_is_not_public_is_in_no_file(files_site):
    """Questions, withheld issues, removed channels and accounts are in none of them."""
    kept = b"".join(files(files_site).values())
    assert not [secret for secret in SECRETS if secret.encode() in kept]


def test_a_removed_value_vanishes_from_the_files(files_site):
    """After a removal no file holds the value, plain or packed, and the others are as they were."""
    secret = "Ada Hill did it, on her own"
    files_site.publish(issue(secret))
    index = lines(read(files_site, "/data/entries.jsonl"))[-1]["index"]
    assert secret.encode() in b"".join(files(files_site).values())
    files_site.publish(redaction(index, "data.text"))
    folder = Path(files_site.public_dir) / "data"
    for each in folder.rglob("*"):
        if each.is_file():
            content = gzip.decompress(each.read_bytes()) if each.suffix == ".gz" else each.read_bytes()
            assert secret.encode() not in content, each
    assert SECRET_CHANNEL.encode() not in b"".join(files(files_site).values())
    found = lines(read(files_site, "/data/releases.jsonl"))
    assert sorted(found, key=lambda each: (int(each["id"]), each["ocid"])) == computed(files_site)


def test_the_download_can_be_gone_on_with_and_asked_for_again(files_site):
    """A tag tells whether anything is new; a range gives the rest of a download, from any byte of any file."""
    whole = files_site.get("/data/releases.jsonl")
    tag = whole.headers["ETag"]
    assert files_site.get("/data/releases.jsonl", headers={"If-None-Match": tag}).status_code == 304
    size = len(whole.data)
    assert int(files_site.head("/data/releases.jsonl").headers["Content-Length"]) == size
    for start in (0, 1, size // 3, size - 1):
        part = files_site.get("/data/releases.jsonl", headers={"Range": f"bytes={start}-", "If-Range": tag})
        assert (part.status_code, part.data) == (206, whole.data[start:])
    middle = files_site.get("/data/releases.jsonl", headers={"Range": f"bytes=10-{size - 10}"})
    assert middle.data == whole.data[10 : size - 9]
    assert files_site.get("/data/releases.jsonl", headers={"Range": f"bytes={size}-"}).status_code == 416
    files_site.publish(issue("The lift failed."))
    assert files_site.get("/data/releases.jsonl", headers={"If-None-Match": tag}).status_code == 200


def test_packed_it_unpacks_to_the_same(files_site):
    """Packed files one after another are one packed file."""
    for name in ("entries", "releases"):
        assert gzip.decompress(read(files_site, f"/data/{name}.jsonl.gz")) == read(files_site, f"/data/{name}.jsonl")


def test_the_index_names_every_file(files_site):
    """Who keeps a copy learns from one small file which others there are, and fetches what is new."""
    files_site.publish(issue("The lift failed."))
    index = json.loads(read(files_site, "/data/index.json"))
    for name in ("entries", "releases"):
        parts = [read(files_site, f"/{each.split('/', 3)[3]}") for each in index[name]]
        assert b"".join(parts) == read(files_site, f"/data/{name}.jsonl")
    for path in ("/data/entries/9999.jsonl", "/data/entries/x.jsonl", "/data/other/000000.jsonl", "/data/other.jsonl"):
        assert files_site.get(path).status_code == 404


def test_pages_of_releases_are_the_same_from_files_and_without_them(files_site, monkeypatch):
    """A program cannot tell whether a page was made beforehand."""
    monkeypatch.setattr(ocds, "PAGE", 5)
    from_files = [files_site.get(f"/ocds/releases.json?from={n}").data for n in (0, 3, 5, 10)]
    with files_site.app.app_context():
        assert bulk.page_of_releases(0, 5)
    for each in (Path(files_site.public_dir) / "data").rglob("*.jsonl"):
        each.unlink()
    assert [files_site.get(f"/ocds/releases.json?from={n}").data for n in (0, 3, 5, 10)] == from_files
    assert lines(read(files_site, "/ocds/releases.jsonl"))
    assert files_site.get("/data/releases.jsonl").status_code == 404


def test_a_download_is_cut_off_where_a_file_was_written_anew_meanwhile(files_site):
    """A reader never gets the beginning of one state and the end of another as if it were one."""
    with files_site.app.app_context():
        joined = bulk._Joined(list(bulk._parts("entries", packed=False)))
    assert joined.read(10)
    second = Path(files_site.public_dir) / "data" / published_data.path_of("entries", 1)
    second.write_bytes(second.read_bytes())
    second.touch()
    with pytest.raises(ConnectionAbortedError):
        list(iter(lambda: joined.read(1_000), b""))
    joined.close()


def test_the_page_of_data_leads_to_the_files(files_site):
    """Each link to a file leads to it."""
    links = {link for link in parse(files_site.get("/data")).xpath("//main//a/@href") if link.startswith("/data/")}
    assert links == {f"/data/{name}.jsonl{end}" for name in ("entries", "releases") for end in ("", ".gz")} | {
        "/data/index.json"
    }
    assert {files_site.get(link).status_code for link in links} == {200}


def test_the_page_of_data_leads_to_no_file_that_is_not_there_yet(sqlite_site):
    """While the files are written for the first time, the page says so."""
    early = sqlite_site.get("/data")
    assert "still being written" in early.get_data(as_text=True)
    assert not [link for link in parse(early).xpath("//main//a/@href") if link.startswith("/data/")]
