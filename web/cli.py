"""The `candour` command. Each command reads its settings, calls one function and tells the outcome.

Exit status: 0 done, 1 refused or failed verification, 2 wrong usage. Errors are plain sentences on standard error.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Any, Final

import click
from sqlalchemy import Engine

import ledger as ledger_package
from ledger.clock import utc_now
from ledger.database import connect, migrate
from ledger.disclosure import HELD
from ledger.errors import CandourError, Corrupt, NotFound, Refused
from ledger.keys import SigningKey, create_key, key_of, passphrase_of, read_key
from ledger.kinds import Json
from ledger.process import History, Recorded
from ledger.reference import kinds_as_json
from ledger.schema import kind_named
from ledger.settings import Settings
from ledger.store import Ledger
from ledger.stories import Step, Story, Told, read_story, summary, tell
from ledger.streams import Stream
from ledger.tlog.note import Ed25519Signer
from ledger.vocabulary import say_struct, shorten
from ledger.voice import ENGLISH
from ledger.witnessing import Witnesses, read_policy
from projections.documents import Site
from projections.follow import prepare, rebuild
from projections.follower import PROJECTIONS, Follower
from projections.publications.publisher import Publisher
from web import recording
from web.cli_export import export_commands
from web.cli_forget import put_redact
from web.cli_generate import MOST, following, record_generated
from web.cli_import import import_commands, take_folder
from web.cli_key import key_commands
from web.cli_people import put_commands
from web.cli_read import restore_command
from web.cli_record import RecordGroup
from web.cli_restore import put_restoring
from web.cli_table import csv_command
from web.cli_verify import verify
from web.cli_witness import witness
from web.demonstration import own_secret, people
from web.doctor import examine, known_settings
from web.serving import CORRUPT, serve, stop_with_parent
from web.soundness import require_sound
from web.tables import migrate_site

STORIES: Final = Path(ledger_package.__file__).parent.parent / "stories"
SAMPLES: Final = STORIES.parent / "samples" / "ocds"
DEMONSTRATION: Final = ("demonstration.yaml", "family-services.yaml")
"""The invented story first: it shows a clock of the past, and a clock never falls."""
DEMONSTRATION_ORIGIN: Final = "demonstration.candour.example/log"


def main() -> None:
    """Run the command; what it refuses is told in plain words and ends with status 1."""
    try:
        cli(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except CandourError as error:
        click.echo(str(error), err=True)
        sys.exit(1)


def _example(command: str) -> str:
    """Return the end of a command's help; the first character keeps its lines as they are."""
    return f"\b\nExample:\n  {command}"


@click.group(
    epilog=_example("candour demo"), context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(package_name="candour-ledger")
def cli() -> None:
    """Candour: a public, provable record of how public services are commissioned."""


def _settings() -> Settings:
    return known_settings(os.environ)


@contextmanager
def _open(settings: Settings) -> Iterator[Engine]:
    """Open the database of the ledger that `candour init` made, at this version's tables."""
    engine = connect(settings.database_url)
    try:
        if engine.dialect.name == "sqlite" and not Path(engine.url.database or "").exists():
            raise NotFound("There is no ledger at %(file)s. Run candour init to make one.", file=engine.url.database)
        migrate(engine)
        migrate_site(engine)
        yield engine
    finally:
        engine.dispose()


@contextmanager
def _open_to_record(settings: Settings) -> Iterator[Engine]:
    """The same, unless the log contradicts what was signed: then nothing may be recorded. Raises `ReadOnly`."""
    require_sound(settings.public_dir)
    with _open(settings) as engine:
        yield engine


def _follower(settings: Settings, engine: Engine) -> Follower:
    key, policy = key_of(settings), settings.witness_policy
    witnesses = None if policy is None else Witnesses(read_policy(policy, key.verifier))
    site = Site(settings.base_url, settings.origin)
    publisher = Publisher(engine, settings.public_dir, site)
    return Follower(engine, key, settings.public_dir, witnesses=witnesses, publisher=publisher)


# --- making a ledger --------------------------------------------------------------------------------------------------


@cli.command(epilog=_example("CANDOUR_BASE_URL=https://ledger.example candour init"))
def init() -> None:
    """Make a new, empty ledger and its signing key."""
    settings = _settings()
    key = _init(settings)
    click.echo(f"The ledger is ready. Its key, to publish where readers can compare it:\n{key.verifier.to_vkey()}")


def _init(settings: Settings, also: Callable[[SigningKey], list[Ed25519Signer]] = lambda _: []) -> SigningKey:
    key = _key(settings)
    engine = connect(settings.database_url)
    migrate(engine)
    engine.dispose()
    with _open(settings) as engine:
        follower = _follower(settings, engine)
        follower.prepare()
        follower.step(also=also(key))
    return key


def _key(settings: Settings) -> SigningKey:
    if settings.signing_key.exists():
        return key_of(settings)
    return create_key(settings.signing_key, settings.origin, secrets.token_bytes(32), passphrase_of(settings))


@cli.command(epilog=_example("candour demo --port 8001\n  candour demo --processes 2000 --no-serve"))
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="The port to serve on.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--no-serve", is_flag=True, help="Only build the ledger.")
@click.option(
    "--processes",
    default=0,
    type=click.IntRange(0, MOST),
    help="First invent so many processes, about a hundred entries each; always the same ones.",
)
def demo(port: int, host: str, no_serve: bool, processes: int) -> None:  # noqa: FBT001 - click passes flags so
    """Build the demonstration ledger from two stories and some official releases, and serve it.

    One story is real: what a published paper tells of the commissioning of prison family services. The other is
    invented, and says so. The demonstration makes a key and a secret of its own, in the directory var.
    """
    os.environ.setdefault("CANDOUR_BASE_URL", f"http://{host}:{port}")
    os.environ.setdefault("CANDOUR_ORIGIN", DEMONSTRATION_ORIGIN)
    settings = _settings()
    if settings.secret_key is None:
        os.environ["CANDOUR_SECRET_KEY"] = own_secret(settings.signing_key.with_name("secret"))
        settings = _settings()
    # The story changes the log's key, so the checkpoints around that entry carry both signatures.
    key = _init(settings, lambda key: [_retired_key(settings, key)])
    with _open(settings) as engine:
        if processes:
            record_generated(engine, processes)
        _demonstrate(settings, engine, key)
        for email, password in people(engine):
            click.echo(f"To sign in, in this demonstration only: {email} with the password {password}")
    if not no_serve:
        _serve(settings, host=host, port=port, workers=1, follow=True)


def _demonstrate(settings: Settings, engine: Engine, key: SigningKey) -> None:
    old = _retired_key(settings, key)
    values: dict[str, Json] = {"old_vkey": old.verifier.to_vkey(), "new_vkey": key.verifier.to_vkey()}
    added = 0
    for name in DEMONSTRATION:
        story = read_story((STORIES / name).read_bytes())
        added += sum(told.new for told in _tell(settings, story, values))
    take_folder(engine, SAMPLES)
    follower = _follower(settings, engine)
    with following() as progress:
        size = follower.step(also=[old] if added else [], progress=progress)
    click.echo(f"The demonstration ledger holds {size} entries, all sealed.")


def _retired_key(settings: Settings, key: SigningKey) -> Ed25519Signer:
    """Return the key that the demonstration's story replaces; kept, so that a second run tells the same story."""
    path = key.path.with_name(f"{key.path.name}.retired")
    if path.exists():
        return read_key(path, settings.origin).signer
    return create_key(path, settings.origin, secrets.token_bytes(32)).signer


# --- recording --------------------------------------------------------------------------------------------------------


def _record(raw: Json) -> None:
    settings = _settings()
    submission = recording.read(raw)
    recording.require_changes_no_key(type(submission.action))
    with _open_to_record(settings) as engine:
        recorded = recording.record(Ledger(engine), engine, submission).recorded
    click.echo(f"Recorded as entry {recorded.index}: {say_struct(recorded.action, ENGLISH)}")
    click.echo(f"Once it is sealed: {settings.base_url}/entries/{recorded.index}")


cli.add_command(
    RecordGroup(
        _record,
        name="record",
        help="Record one action. Each kind of entry is a command with options of its own.",
        epilog=_example("candour record milestone-reached --help"),
    )
)


@cli.group(name="import", epilog=_example("candour import story stories/family-services.yaml"))
def import_() -> None:
    """Take in entries that exist elsewhere."""


@import_.command(name="story", epilog=_example("candour import story stories/family-services.yaml"))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_story(file: Path) -> None:
    """Record every entry of a story FILE. Safe to repeat: what is on record already is not recorded again."""
    settings = _settings()
    story = read_story(file.read_bytes())
    if story.fictional:
        raise Refused(
            "%(title)s is fictional and has no place in a real ledger. See it with candour demo.", title=story.title
        )
    require_sound(settings.public_dir)
    for entry in story.entries:
        recording.require_changes_no_key(kind_named(entry.raw.get("action")))
    told = list(_tell(settings, story, {}))
    click.echo(summary(story, told, ENGLISH))


for _command in import_commands(lambda: _open_to_record(_settings()), lambda: _open(_settings())):
    import_.add_command(_command)
import_.add_command(restore_command(lambda: _open_to_record(_settings())))
import_.add_command(csv_command(lambda: _open_to_record(_settings())))


def _tell(settings: Settings, story: Story, values: dict[str, Json]) -> Iterator[Told]:
    clock = _StoryClock()
    engine = connect(settings.database_url)
    try:
        teller = Ledger(engine, clock=clock)
        held = _Held(teller)
        steps = tell(
            story,
            lambda step: teller.record(clock.at(step).submission),
            held=held,
            values={name: values[name] for name in story.needs if name in values},
        )
        with _progress(steps, len(story.entries), story.title) as shown:
            yield from shown
    finally:
        engine.dispose()


class _StoryClock:
    """Shows the instant that a fictional story asks for, else the present."""

    def __init__(self) -> None:
        self._shown: datetime | None = None

    def at(self, step: Step) -> Step:
        self._shown = step.recorded
        return step

    def __call__(self) -> datetime:
        return self._shown or utc_now()


class _Held:
    """The entry with a version of a stream, as it is on record; each stream is read once."""

    def __init__(self, store: Ledger) -> None:
        self._store = store
        self._known: dict[Stream, dict[int, Recorded]] = {}

    def __call__(self, stream: Stream, version: int) -> Recorded | None:
        if stream not in self._known:
            history: History = self._store.history(stream, HELD)
            self._known[stream] = {each.version: each for each in history.entries()}
        return self._known[stream].get(version)


@contextmanager
def _progress(items: Iterator[Any], length: int, label: str) -> Iterator[Iterator[Any]]:
    # A bar needs the rest of the line; where there is none, as in a file, the name stands alone.
    name = shorten(label, 40) if sys.stderr.isatty() else label
    with click.progressbar(items, length=length, label=name, file=sys.stderr) as shown:
        yield iter(shown)


put_commands(cli, _settings, _open)
put_redact(cli, _settings, _open_to_record, _follower)
put_restoring(cli, _settings, _open)


# --- following and serving --------------------------------------------------------------------------------------------


@cli.command(name="serve", epilog=_example("candour serve --port 8001"))
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="The port to serve on.")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64), help="Processes that answer.")
@click.option("--no-follow", is_flag=True, help="Serve only; another process follows.")
def serve_command(host: str, port: int, workers: int, no_follow: bool) -> None:  # noqa: FBT001 - click passes flags so
    """Serve the pages, the feeds and the log; follow the record beside it."""
    _serve(_settings(), host=host, port=port, workers=workers, follow=not no_follow)


def _serve(settings: Settings, *, host: str, port: int, workers: int, follow: bool) -> None:
    with _open(settings) as engine:
        prepare(engine, PROJECTIONS)
    click.echo(f"Serving {settings.base_url} (press Ctrl+C to stop)")
    serve(settings, host=host, port=port, workers=workers, follow=follow, ready=lambda: None)


@cli.command(epilog=_example("candour follow"))
@click.option("--once", is_flag=True, help="Sign, publish and project what is there, then end.")
@click.option("--parent", type=int, hidden=True, help="End when this process is gone.")
def follow(once: bool, parent: int | None) -> None:  # noqa: FBT001 - click passes flags so
    """Follow the record: sign what was committed, publish it, and bring the pages' data up to date."""
    settings = _settings()
    with _open(settings) as engine:
        follower = _follower(settings, engine)
        if once:
            follower.prepare()
            click.echo(f"{follower.step()} entries are sealed and public.")
            return
        stop = Event()
        stop_with_parent(parent, stop)
        try:
            follower.run(stop)
        except Corrupt as error:
            click.echo(str(error), err=True)
            sys.exit(CORRUPT if parent is not None else 1)


@cli.command(name="rebuild", epilog=_example("candour rebuild"))
def rebuild_command() -> None:
    """Make the pages' data anew from the log, beside the present rows, and say whether they are the same."""
    with _open(_settings()) as engine:
        prepare(engine, PROJECTIONS)
        for projection in PROJECTIONS:
            with _bar(projection.name) as progress:
                same = rebuild(engine, projection, progress)
            click.echo(f"{projection.name}: {'the same rows' if same else 'the rows differed and were replaced'}")


@contextmanager
def _bar(label: str) -> Iterator[Callable[[int, int], None]]:
    with click.progressbar(length=1, label=label, file=sys.stderr) as bar:

        def progress(done: int, total: int) -> None:
            bar.length = max(total, 1)
            bar.update(done - bar.pos)

        yield progress


# --- reading and checking ---------------------------------------------------------------------------------------------


@cli.command(epilog=_example("candour kinds --json"))
@click.option("--json", "as_json", is_flag=True, help="For programs: everything that is declared.")
def kinds(as_json: bool) -> None:  # noqa: FBT001 - click passes flags so
    """List the kinds of entry."""
    declared = kinds_as_json()
    if as_json:
        click.echo(json.dumps(declared, indent=2, ensure_ascii=False))
        return
    width = max(len(kind["name"]) for kind in declared)
    for kind in declared:
        click.echo(f"{kind['name']:<{width}}  {kind['title']}")


@cli.command(epilog=_example("candour doctor"))
def doctor() -> None:
    """Show every setting with its source, and what is wrong."""
    findings = list(examine(os.environ))
    for finding in findings:
        click.echo(finding.line())
    if any(not finding.ok for finding in findings):
        sys.exit(1)


cli.add_command(verify)
cli.add_command(witness)
cli.add_command(key_commands(_settings, _open, _follower))
cli.add_command(export_commands(_settings, _open))


if __name__ == "__main__":
    main()
