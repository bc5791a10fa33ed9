"""The evidence bundle: what is in it, what is not, and that it is the same each time."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from ledger import offline
from ledger.clock import england_and_wales
from ledger.database import reading
from ledger.errors import NotFound, Refused
from ledger.streams import Stream
from ledger.voice import ENGLISH
from projections import bundle as bundles
from projections.bundle import make_bundle, published
from tests.ledger.witnesses import new_witness
from tests.mutations import Small, small_record
from tests.projections.record import MORNING, SECRET_ACCOUNT, SECRET_CHANNEL, SECRET_ISSUE, SECRET_QUESTION
from web.cli import cli


@pytest.fixture
def small(new_sqlite, tmp_path: Path) -> Iterator[Small]:
    made = small_record(new_sqlite(), tmp_path)
    yield made
    made.engine.dispose()


def test_the_same_record_gives_the_same_bytes(small: Small):
    """Twice, in one process; nothing in it depends on the clock or on an order that changes."""
    assert small.bundle() == small.bundle()


def test_a_bundle_tells_what_it_proves(small: Small):
    """How many entries, by whom signed and cosigned; without a key nobody says whose log it is."""
    report = offline.verify(small.bundle())
    assert (report.ok, report.pinned, report.vkey) == (True, False, small.vkey)
    told = "\n".join(map(str, report.facts))
    assert "The witness a.example cosigned it at 2026-03-02 " in told
    assert "entries are sealed, unchanged." in told
    other = small.witnesses["b"].vkey.replace("b.example", "c.example")
    assert not offline.verify(small.bundle(), witnesses=[other]).ok


@pytest.mark.parametrize("secret", [SECRET_QUESTION, SECRET_ISSUE, SECRET_CHANNEL, SECRET_ACCOUNT])
def test_what_is_not_public_is_not_in_a_bundle(small: Small, secret: str):
    """Embargoed, withheld and redacted values: neither in the pages nor as a disclosure."""
    whole = small.bundle()
    assert secret.encode() not in whole
    files = offline.read_zip(whole)
    for name, content in files.items():
        if name.startswith("disclosures/"):
            shown = [offline.disclosed_value(each) for each in json.loads(content)["disclosed"]]
            assert secret not in json.dumps(shown)
    assert any(json.loads(content)["undisclosed"] for name, content in files.items() if name.startswith("disclosures/"))


def test_the_page_needs_nothing_from_elsewhere(small: Small):
    """No script, no address that is loaded, and what entries state is escaped."""
    page = offline.read_zip(small.bundle())["story.html"].decode()
    assert "<script" not in page
    assert not re.search(r"(src|href)=\"(?!#)", page)
    assert "default-src 'none'" in page


def test_an_entry_left_out_in_between_is_noticed(small: Small):
    """Though each entry that is left verifies, and the list of files was made to fit."""
    files = offline.read_zip(small.bundle())
    index = sorted(int(name[8:-6]) for name in files if name.startswith("entries/"))[2]
    left = {name: content for name, content in files.items() if f"/{index}." not in name and name != offline.MANIFEST}
    left[offline.FINDINGS] = offline.write_json(json.loads(left[offline.FINDINGS]) | {"findings": []})
    left[offline.DOCUMENTS] = offline.write_json({"documents": []})
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in left.items()}
    left[offline.MANIFEST] = offline.write_json({"format": offline.FORMAT, "files": digests})
    assert [str(each) for each in offline.verify(left, small.vkey).problems] == [
        "Entries of riverside are missing in between."
    ]


def test_what_has_no_bundle_is_refused_in_words(small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """No such process, nothing published, too many entries."""

    def make(name: str) -> bytes:
        with reading(small.engine) as connection:
            shown = published(small.public)
            return make_bundle(
                connection, shown, Stream.parse(f"process/{name}"), MORNING, england_and_wales(), ENGLISH
            )

    with pytest.raises(NotFound, match="Nothing of a process nowhere"):
        make("nowhere")
    monkeypatch.setattr(bundles, "MOST_ENTRIES", 3)
    with pytest.raises(Refused, match="at most 3 entries"):
        make("riverside")
    with pytest.raises(NotFound, match="published yet"):
        published(tmp_path / "elsewhere")


HOSTILE = [b"", b"PK", b"PK\5\6" + bytes(18), b"\0" * 5_000, b"PK\3\4" + b"\xff" * 300]


@pytest.mark.parametrize("content", HOSTILE)
def test_what_is_no_bundle_is_told_as_such(content: bytes):
    """In a sentence, whatever bytes they are."""
    report = offline.verify(content)
    assert not report.ok
    assert str(report.problems[0]).endswith(".")


def test_a_container_that_unpacks_to_more_is_refused():
    """Compressed bundles are not read at all, so none can grow."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", b"0" * 50_000_000)
    assert str(offline.verify(target.getvalue()).problems[0]) == "The container is not one that a bundle comes in."


@pytest.mark.parametrize(("names", "status"), [(("a",), 0), (("a", "b"), 0), (("a", "stranger"), 1)])
def test_a_bundle_is_held_to_the_policy_of_whoever_verifies(
    small: Small, tmp_path: Path, names: tuple[str, ...], status: int
):
    """Its own policy is not asked: a witness that the reader wants, and that has not cosigned, fails it."""
    vkeys = {name: each.vkey for name, each in small.witnesses.items()}
    vkeys["stranger"] = new_witness(tmp_path / "other", "stranger").vkey
    lines = [f"witness {name} {vkeys[name]}" for name in names]
    policy, file = tmp_path / "policy.txt", tmp_path / "bundle.zip"
    policy.write_text("\n".join([f"log {small.vkey}", *lines, f"group g all {' '.join(names)}", "quorum g", ""]))
    file.write_bytes(small.bundle())
    told = CliRunner().invoke(cli, ["verify", str(file), "--policy", str(policy)])
    assert told.exit_code == status, told.output
    assert f"The quorum “g” is {'NOT ' * status}met." in told.output
    assert status or f"Signed by {small.vkey}" in told.output
