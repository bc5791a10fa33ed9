"""What comes out and is read again is the same: judged by others, merged by others, and by our own import."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ocdsmerge import Merger
from sqlalchemy import Engine, select

from ledger.clock import england_and_wales
from ledger.database import connect, imported_release, migrate
from ledger.ocds.awards import reissued
from ledger.ocds.facts import Known
from ledger.ocds.kept import load
from ledger.ocds.material import material, sort_key
from ledger.ocds.merge import Merging
from ledger.ocds.packages import Publisher, dumps, record_package, release_package
from ledger.ocds.restore import entries_of, restore
from ledger.ocds.taking import take
from ledger.process import History
from ledger.store import Ledger
from ledger.streams import Stream
from projections import findings, ocds
from projections.follow import catch_up, load_history, prepare
from projections.follower import PROJECTIONS
from tests.ledger.ocds.test_shared import in_file
from tests.projections.demonstration import demonstrate

PUBLISHER = Publisher("candour.example/log", "https://candour.example")
NOW = datetime(2026, 11, 1, tzinfo=UTC)


def made(folder: Path, name: str) -> Engine:
    engine = connect(f"sqlite:///{folder}/{name}.db")
    migrate(engine)
    prepare(engine, PROJECTIONS)
    return engine


def follow(engine: Engine) -> None:
    size = Ledger(engine).head().size
    for projection in PROJECTIONS[:3]:
        catch_up(engine, projection, size)


@pytest.fixture(scope="module")
def story(root, tmp_path_factory) -> Iterator[Engine]:
    """A ledger with the demonstration's story."""
    engine = made(tmp_path_factory.mktemp("story"), "story")
    demonstrate(root, engine)
    follow(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def official(shared, tmp_path_factory) -> Iterator[Engine]:
    """A ledger with all of the shared official data."""
    engine = made(tmp_path_factory.mktemp("official"), "official")
    for file in sorted(each for each in (shared / "data" / "ocds").rglob("*.json") if "schema" not in each.parts):
        list(take(Ledger(engine), engine, in_file(file)))
    follow(engine)
    yield engine
    engine.dispose()


def by_process(engine: Engine) -> dict[Stream, list[dict[str, Any]]]:
    """Releases by process, as a program reads them."""
    with engine.connect() as connection:
        return {
            stream: json.loads(dumps([release for _, release in ocds.of_stream(connection, stream)]))
            for stream in ocds.every_stream(connection)
        }


@pytest.fixture(scope="module")
def judge(root) -> Path:
    """The interpreter that has libcoveocds."""
    found = root / ".venv-judge" / "bin" / "python"
    if found.exists():
        return found
    if os.environ.get("CI") == "true":
        pytest.fail("The environment `.venv-judge` is missing; `tools/setup.sh judge` makes it.")
    pytest.skip("needs the environment of the judge: tools/setup.sh judge")


def judged(judge: Path, root: Path, shared: Path, files: list[Path]) -> dict[str, Any]:
    command = [judge, root / "tests" / "ocds_judge.py", shared / "data" / "ocds" / "schema"]
    done = subprocess.run(
        [*map(str, command), str(root / "ledger" / "ocds" / "extension"), *map(str, files)],
        capture_output=True,
        check=True,
        timeout=300,
        cwd=files[0].parent,  # the judge leaves a file where it is called
    )
    return json.loads(done.stdout)


def unexpected(found: dict[str, Any]) -> dict[str, Any]:
    """What is wrong, but for extensions in versioned releases: the judge applies none there."""
    fields = [
        each for each in found.get("additional_fields", ()) if not each["path"].startswith("/records/versionedRelease")
    ]
    rest = {name: held for name, held in found.items() if name != "additional_fields"}
    return {**rest, **({"additional_fields": fields} if fields else {})}


SEVERAL = 5


@pytest.mark.parametrize("which", ["story", "official"])
def test_others_find_nothing_wrong(which, request, judge, root, shared, tmp_path):
    """Everything as packages of releases, and records, is valid, without unknown fields, and passes all checks."""
    found = by_process(request.getfixturevalue(which))
    files = [tmp_path / "releases.json"]
    everything = [release for releases in found.values() for release in releases]
    files[0].write_bytes(dumps(release_package(PUBLISHER, "/ocds/releases.json", NOW, everything)))
    longest = sorted(found.values(), key=len, reverse=True)[:SEVERAL]
    for place, releases in enumerate(longest):
        files.append(tmp_path / f"record-{place}.json")
        files[-1].write_bytes(dumps(record_package(PUBLISHER, "/ocds/processes/x/record.json", NOW, releases)))
    answers = judged(judge, root, shared, files)
    assert len(answers) == len(files)
    assert {name: wrong for name, held in answers.items() if (wrong := unexpected(held))} == {}


@pytest.mark.parametrize("which", ["story", "official"])
def test_others_merge_our_releases_to_our_records(which, request, shared):
    """With the standard's schema, its library makes the same compiled and versioned releases of the releases."""
    merger = Merger(schema=str(shared / "data" / "ocds" / "schema" / "release-schema-1.1.5.json"))
    for releases in by_process(request.getfixturevalue(which)).values():
        (record,) = json.loads(dumps(record_package(PUBLISHER, "/x", NOW, releases)))["records"]
        assert merger.create_compiled_release(record["releases"]) == record["compiledRelease"]
        assert merger.create_versioned_release(record["releases"]) == record["versionedRelease"]


def without_names(state: Any) -> Any:
    """Leave out names of contacts (a digest here, nothing outside) and addresses; the order of a list is free."""
    if isinstance(state, list):
        return sorted((without_names(each) for each in state), key=repr)
    if not isinstance(state, dict):
        return state
    held = {name: without_names(each) for name, each in sorted(state.items()) if name != "url"}
    if "contactPoint" in held:
        held["contactPoint"] = {name: each for name, each in held["contactPoint"].items() if name != "name"}
    return {name: each for name, each in held.items() if each not in ({}, None)}


HEAD = {"ocid", "id", "date", "tag"}


def test_what_was_imported_comes_out_with_every_material_field(official):
    """Each process, merged from what comes out, says all that its official releases said, and nothing else."""
    table = imported_release.c
    kept: dict[str, list[Any]] = {}
    with official.connect() as connection:
        for reference, digest, facts in connection.execute(select(table.reference, table.sha256, table.facts)):
            kept.setdefault(reference, []).append(load(digest, facts).release)
    compared = 0
    for stream, releases in by_process(official).items():
        said, known = Merging(), Known()
        for each in sorted(kept[stream.reference], key=sort_key):
            said.add(reissued(said.state, each, known))
        merged = Merging()
        for each in releases:
            merged.add(each)
        wanted, got = (_material(each) for each in (said.state, material(merged.state)[0]))
        for contract in wanted.get("contracts", ()):
            contract.setdefault("awardID", contract["id"])
        for enquiry in wanted.get("tender", {}).get("enquiries", ()):
            # A question is not public here before it is disclosed.
            enquiry.pop("title", None)
            enquiry.pop("description", None)
        if "tender" in wanted:
            wanted["tender"].setdefault("id", releases[0]["ocid"])
        assert without_names(got) == without_names(wanted), stream
        compared += 1
    assert compared > 100


def _material(state: dict[str, Any]) -> dict[str, Any]:
    return {name: held for name, held in state.items() if name not in HEAD}


def test_what_was_recorded_here_is_the_same_in_another_ledger(story, tmp_path):
    """Exported, and read into an empty ledger, the story gives the same facts and findings of each process."""
    found = by_process(story)
    other = made(tmp_path, "other")
    told = entries_of(release for releases in found.values() for release in releases)
    *_, counts = restore(told, Ledger(other).record, lambda: NOW)
    follow(other)
    assert {why for _, why in counts.left} == {"Its content is not public."}
    assert counts.recorded > 170
    left = {number for number, _ in counts.left}
    with story.connect() as one, other.connect() as two:
        for stream in found:
            here, there = load_history(one, stream), load_history(two, stream)
            kinds = [type(each.action) for each in here.standing() if each.index not in left]
            assert kinds == [type(each.action) for each in there.standing()]
            if stream.kind == "process":
                assert results(here) == results(there), stream
    other.dispose()


def results(history: History) -> list[Any]:
    found = findings.measured(history, NOW, england_and_wales())
    return [(each.recommendation, [(part.code, part.result) for part in each.parts], each.reported) for each in found]
