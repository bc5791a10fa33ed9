"""The `candour` command: what it does, what it refuses, and with which exit status."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import click
import pytest

from ledger.actions import KINDS
from ledger.schema import load_submission
from projections.follower import PROJECTIONS
from web import cli as module
from web.cli_record import RecordGroup


class Outcome(NamedTuple):
    status: int
    out: str
    err: str


@pytest.fixture
def candour(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Outcome]:
    """Run the command as a shell would, in an empty directory and with no settings."""
    monkeypatch.chdir(tmp_path)
    for name in ("DATABASE_URL", "BASE_URL", "ORIGIN", "SIGNING_KEY", "SECRET_KEY", "PUBLIC_DIR", "WITNESS_POLICY"):
        monkeypatch.delenv(f"CANDOUR_{name}", raising=False)

    def run(*arguments: str) -> Outcome:
        monkeypatch.setattr("sys.argv", ["candour", *arguments])
        status = 0
        try:
            module.main()
        except SystemExit as ended:
            status = int(ended.code or 0)
        return Outcome(status, *capsys.readouterr())

    return run


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


EVERY = list(commands(module.cli))


@pytest.mark.parametrize("command", [pytest.param(each, id=" ".join(path)) for path, each in EVERY])
def test_each_command_explains_itself_with_an_example(command: click.Command):
    """Its help says in a sentence what it does, and shows a command to copy."""
    text = command.get_help(click.Context(command))

    assert "Example:" in text
    assert "candour " in text.split("Example:")[1]
    assert (command.help or "").rstrip().endswith((".", "?"))


def example(kind: str) -> list[str]:
    """The arguments of a kind's example, its lines joined and its stand-ins filled."""
    context = click.Context(module.cli)
    group = module.cli.get_command(context, "record")
    assert isinstance(group, RecordGroup)
    command = group.get_command(context, kind)
    assert command is not None
    text = (command.epilog or "").split("Example:\n")[1].replace("\\\n", " ").replace("REFERENCE", "example")
    return shlex.split(text)[3:]


@pytest.mark.parametrize("name", list(KINDS))
def test_each_kinds_example_is_an_entry_that_can_be_read(name: str):
    """What the help shows to copy names every required field in a form that the schema accepts."""
    raw: list[object] = []
    group = RecordGroup(raw.append, name="record")
    command = group.get_command(click.Context(group), name)
    assert command is not None

    command.main(example(name), standalone_mode=False)

    submission = load_submission(raw[0])
    assert submission.action.declaration.name == name


def test_kinds_lists_all_sixty(candour: Callable[..., Outcome]):
    """People get a line for each kind, programs its whole declaration."""
    assert len(candour("kinds").out.splitlines()) == 60
    declared = json.loads(candour("kinds", "--json").out)
    assert {kind["name"] for kind in declared} == set(KINDS)
    assert all({"name", "title", "stage", "fields", "recommendations"} <= kind.keys() for kind in declared)


OPENED = (
    "record commissioning-process-registered --stream process/one --standing reconstruction"
    " --organisation XI-TEST:1:Editors --role editor --source Report --reference one --title Services"
)


def test_a_new_ledger_records_seals_and_verifies(candour: Callable[..., Outcome]):
    """From nothing to a verified log: init, record, follow, verify with the key that init told."""
    made = candour("init")
    vkey = made.out.strip().splitlines()[-1]
    assert made.status == 0

    assert candour(*OPENED.split()).out.startswith("Recorded as entry 0: Process opened")
    assert "1 entries" in candour("follow", "--once").out

    verified = candour("verify", "var/public", "--vkey", vkey, "--since", "remembered")
    assert (verified.status, verified.err) == (0, "")
    assert vkey in verified.out
    assert "self-consistent only" in candour("verify", "var/public").out.lower()
    assert candour("rebuild").out.count("the same rows") == len(PROJECTIONS)
    assert candour("doctor").status == 0


def test_a_log_signed_by_another_key_does_not_verify(candour: Callable[..., Outcome], tmp_path: Path):
    """Given a key that did not sign the log, verification fails with status 1 and says so."""
    candour("init")
    (tmp_path / "var/signing.key").rename(tmp_path / "first.key")
    (tmp_path / "var/candour.db").unlink()
    (tmp_path / "var/signing.key.head").unlink()
    (tmp_path / "var/public").rename(tmp_path / "public")
    other = candour("init").out.strip().splitlines()[-1]

    checked = candour("verify", "public", "--vkey", other)

    assert checked.status == 1
    assert "NOT verify" in checked.err


def test_every_wrong_field_is_named_and_nothing_is_recorded(candour: Callable[..., Outcome]):
    """A refusal tells all mistakes by the names of their fields, with status 1, and leaves the ledger as it was."""
    candour("init")

    refused = candour(
        "record",
        "timeline-changed",
        "--stream",
        "Process/One",
        "--decided-on",
        "2026-02-31",
        "--changes",
        '{"code": "launch"}',
    )

    assert (refused.status, refused.out) == (1, "")
    for field in ("stream", "by", "data.decided_on", "data.changes.0.new_date", "data.reason"):
        assert re.search(rf"^{re.escape(field)}: ", refused.err, re.MULTILINE), field
    assert "0 entries" in candour("follow", "--once").out


def test_a_rule_refuses_in_a_sentence(candour: Callable[..., Outcome]):
    """What a rule forbids ends with status 1 and one plain sentence or two on standard error."""
    candour("init")
    candour(*OPENED.split())

    again = candour(*OPENED.replace("reconstruction", "act").replace(" --source Report", "").split())

    assert again.status == 1
    assert "Traceback" not in again.err


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["records"], id="no such command"),
        pytest.param(["record", "nothing-done"], id="no such kind"),
        pytest.param(["record", "milestone-reached", "--milestone", "x"], id="no such option"),
        pytest.param(["record", "milestone-reached", "--not-stated", "colour"], id="no such field"),
        pytest.param(["record", "bids-closed", "--bids-by-lot", "{"], id="broken JSON"),
        pytest.param(["serve", "--port", "70000"], id="no such port"),
        pytest.param(["import", "story", "nowhere.yaml"], id="no such file"),
    ],
)
def test_wrong_usage_ends_with_status_2(candour: Callable[..., Outcome], arguments: list[str]):
    """A command used wrongly says how to use it, with status 2."""
    wrong = candour(*arguments)

    assert wrong.status == 2
    assert wrong.err
    assert "Traceback" not in wrong.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["follow", "--once"],
        ["rebuild"],
        OPENED.split(),
        ["verify", "nowhere"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_without_a_ledger_a_command_says_what_to_do(candour: Callable[..., Outcome], arguments: list[str]):
    """Where nothing was made yet, the answer is a plain sentence and status 1, and nothing is made in passing."""
    refused = candour(*arguments)

    assert refused.status == 1
    assert "Traceback" not in refused.err
    assert refused.err.strip().endswith(".")
    assert not Path("var").exists()


def test_doctor_without_a_ledger_shows_every_setting_and_what_to_do(candour: Callable[..., Outcome]):
    """Doctor lists each setting with its source, changes nothing, and ends with status 1 while something is to do."""
    told = candour("doctor")

    assert told.status == 1
    for name in ("CANDOUR_DATABASE_URL", "CANDOUR_BASE_URL", "CANDOUR_ORIGIN", "CANDOUR_SIGNING_KEY"):
        assert re.search(rf"{name}: .*\((default|derived|environment)\)", told.out), name
    assert "candour init" in told.out
    assert not Path("var").exists()


def test_a_wrong_setting_is_named(candour: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch):
    """A setting that cannot be used is named with what to write instead."""
    monkeypatch.setenv("CANDOUR_BASE_URL", "ledger")

    told = candour("init")

    assert told.status == 1
    assert told.err.startswith("CANDOUR_BASE_URL: ")


def test_an_invented_story_is_kept_out_of_a_real_ledger(candour: Callable[..., Outcome], root: Path):
    """A fictional story is refused by `import story`: it would set the clock of a real record back."""
    candour("init")

    refused = candour("import", "story", str(root / "stories/demonstration.yaml"))

    assert refused.status == 1
    assert "fictional" in refused.err
    assert "0 entries" in candour("follow", "--once").out


def test_a_story_is_imported_once(candour: Callable[..., Outcome], root: Path):
    """Importing the same story again records nothing twice."""
    candour("init")
    story = str(root / "stories/family-services.yaml")

    assert candour("import", "story", story).status == 0
    size = candour("follow", "--once").out
    assert candour("import", "story", story).status == 0

    assert candour("follow", "--once").out == size


def test_in_a_file_the_progress_names_the_whole_story(candour: Callable[..., Outcome], root: Path):
    """A name is shortened only where a bar follows it on a line."""
    candour("init")
    story = root / "stories/family-services.yaml"
    title = re.search(r'^title: "?([^"\n]+)', story.read_text(), re.MULTILINE)
    assert title is not None

    told = candour("import", "story", str(story))

    assert title[1] in told.err


NO_RELEASES = {
    "text": (b"# Read me\n\nSome [words] and {braces\n", "README.md"),
    "other JSON": (b'{"name": "package", "version": 1}', "package.json"),
    "other JSON Lines": (b'{"a": 1}\n{"a": 2}\n', "rows.jsonl"),
}


@pytest.mark.parametrize(("content", "name"), NO_RELEASES.values(), ids=NO_RELEASES)
def test_a_file_without_any_release_is_refused_whole(
    candour: Callable[..., Outcome], tmp_path: Path, content: bytes, name: str
):
    """One plain sentence, status 1, and nothing of it in quarantine."""
    candour("init")
    (tmp_path / name).write_bytes(content)

    told = candour("import", "ocds", name)

    assert (told.status, told.out) == (1, "")
    assert told.err.startswith(f"Nothing in {name} is a release of open contracting data")
    assert "0 in quarantine." in candour("import", "quarantine").out


BROKEN_RELEASES = {
    "cut short": (b'{"releases": [{"ocid": "ocds-x-1", "id": "1"', "a.json"),
    "another encoding": ('{"ocid": "ocds-x-1", "id": "é"}'.encode("latin-1"), "a.json"),
    "cut short before the first": (b'{"releases": [', "a.json"),
    "one good line": (b'no\n{"ocid": "ocds-x-1", "id": "1", "date": "2026-01-01T00:00:00Z", "tag": ["tender"]}\n', "a"),
}


@pytest.mark.parametrize(("content", "name"), BROKEN_RELEASES.values(), ids=BROKEN_RELEASES)
def test_broken_releases_go_to_quarantine(candour: Callable[..., Outcome], tmp_path: Path, content: bytes, name: str):
    """What was meant as releases is kept with the reason, and the rest is taken in."""
    candour("init")
    (tmp_path / name).write_bytes(content)

    told = candour("import", "ocds", name)

    assert told.status == 0, told.err
    assert "1 in quarantine" in told.out


def test_the_files_of_a_ledger_are_its_owners_alone(candour: Callable[..., Outcome], tmp_path: Path):
    """The database holds what is not public and the key speaks for the log: nobody else may read them."""
    candour("init")

    for name in ("candour.db", "signing.key"):
        assert (tmp_path / "var" / name).stat().st_mode & 0o077 == 0, name
