"""After a redaction, a search of every byte that is stored or served finds no trace, and every proof still holds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import orjson
import psycopg
import pytest
from sqlalchemy import insert, select

from ledger.database import entry, import_difference, reading
from ledger.disclosure import load_slots
from ledger.keys import read_key
from ledger.log import prove, published_head
from ledger.store import Ledger
from ledger.tlog.proof import OfflineProof
from projections import entries as view
from tests.ledger.ocds.releases import BUYER, OCID, package, release
from tests.operations.conftest import LATE, TOKEN, Place
from tests.operations.pages import commands, follow_page
from tests.operations.search import found_in, in_files, in_rows, packed_rows
from tests.projections.record import BODY, CONTACT, SOURCE, budget, issue, moved, opening, stated
from tests.routes import addresses, answers
from web import tables

FIRST = "pangolin"
"""Begins every text that is removed: what a reader may search for."""

TOKENS = {name: f"zqxj{number:02}kvwb" for number, name in enumerate(
    ("title", "reason", "basis", "channel", "issue", "source", "late", "correction", "contact", "account")
)}  # fmt: skip


def words(name: str) -> str:
    """Return the text of a private value: words before the token that is looked for, and after it."""
    return f"{FIRST} {TOKENS[name]} é remainder"


RECORD = (
    opening(title=words("title"), account=words("account")),
    stated(
        "timeline-published",
        {
            "milestones": [{"code": "launch", "title": "Launch", "date": "2026-04-01", "firmness": "firm"}],
            "consulted_entries": [],
            "published_on": "2026-03-02",
        },
    ),
    moved("launch", "2026-04-22", {"state": "given", "code": "provider_feedback", "text": words("reason")}),
    budget("1284000") | {"data": budget("1284000")["data"] | {"basis": words("basis")}},
    CONTACT | {"data": CONTACT["data"] | {"channel": words("channel")}},
    issue(words("issue"), sources=[SOURCE | {"title": words("source")}], late_reason=words("late")),
    budget("1070000", corrects={"index": 3, "reason": words("correction")}),
)
REMOVED = {
    0: ("data.title", "account"),
    2: ("data.reason.text",),
    3: ("data.basis",),
    4: ("data.channel",),
    5: ("data", "sources.0.title", "late_reason"),
    6: ("corrects.reason",),
}


def releases() -> bytes:
    """Two releases of one process, whose contact moves, and one that cannot be used; all name the contact."""
    person = {"name": words("contact"), "email": f"{TOKENS['contact']}@x.example"}
    parties = [{**BUYER, "roles": ["buyer"], "contactPoint": person}]
    return package(
        release(1, "2026-02-01T09:00:00Z", "tender", parties=parties, tender={"status": "active"}),
        release(2, "2026-03-01T09:00:00Z", parties=parties, tender={"status": "cancelled"}),
        {"ocid": OCID, "date": "2026-01-01T00:00:00Z", "parties": parties},
    )


@pytest.fixture
def filled(place: Place) -> Place:
    """An installation with a text in every private place, in releases, in quarantine and in a draft."""
    assert place.run("init")[0] == 0
    for raw in RECORD:
        place.record(LATE | raw)
    (place.folder / "releases.json").write_bytes(releases())
    assert place.run("import ocds releases.json")[0] == 0
    (place.folder / "releases.json").unlink()
    form = orjson.dumps({"data.reason.text": [f"As was said: {words('reason')}"], "x": ["kept"]}).decode()
    with place.engine().begin() as connection:
        account = {"id": 1, "email": "ada@example.org", "name": "Ada", "disabled": 0, "created": 0}
        connection.execute(insert(tables.account), account)
        draft = {"id": "d", "account": 1, "kind": "k", "stream": "s", "version": 0, "form": form, "changed": 0}
        connection.execute(insert(tables.draft), draft)
    assert place.run("follow --once")[0] == 0
    return place


def private_of_imports(place: Place) -> dict[int, tuple[str, ...]]:
    """Return index -> fields, for what the releases brought in."""
    found = {}
    for position, _, slots in Ledger(place.engine()).read_stored(len(RECORD)):
        paths = tuple(each.path for each in load_slots(slots) if "." in each.path)
        if paths:
            found[position] = paths
    return found


def served(place: Place) -> Iterator[tuple[str, int, bytes]]:
    app = place.app()
    engine = place.engine()
    with reading(engine) as connection:
        size = view.size(connection)
        digests = connection.scalars(select(import_difference.c.sha256)).all()
    names = ["riverside", OCID, "all", "changes", "corrections", "findings", "overdue", "process/riverside"]
    names += [f"process/{OCID}", "organisation/gb-gor-d18", "action/contact-point-named", "recommendation/3"]
    paths = sorted({path for fields in REMOVED.values() for path in fields} | {"data.text", "data.description"})
    known: dict[str, Sequence[object]] = {
        "index": range(size),
        "name": [*names, *paths],
        "digest": digests,
        "number": range(1, 16),
        "slug": ["gb-gor-d18", "gb-x-1"],
        "reference": ["riverside", OCID],
        "kind": ["process"],
    }
    yield from answers(app.test_client(), sorted(set(addresses(app, known))))
    yield from answers(app.test_client(), [f"/search?q={FIRST}", f"/?q={FIRST}", f"/processes/?q={FIRST}"])


def everywhere(place: Place) -> dict[str, set[str]]:
    """Return place -> texts found: files as they lie on the disk, rows unpacked, and every answer of the site."""
    tokens = TOKENS.values()
    found = in_files(place.folder, tokens) | in_rows(place.engine(), tokens)
    return found | {path: texts for path, _, body in served(place) if (texts := found_in(body, tokens))}


def packed_in_files(place: Place, packed: Sequence[bytes]) -> list[str]:
    files = [each for each in place.folder.rglob("*") if each.is_file()]
    return [each.name for each in files if any(part in each.read_bytes() for part in packed)]


def redact_all(place: Place) -> list[tuple[int, str]]:
    whose = ("--organisation", ":".join(BODY[name] for name in ("scheme", "id", "name")))
    why = ("--basis", "erasure_request", "--as", "information officer")
    own = [place.run("redact", str(index), *fields, *why) for index, fields in REMOVED.items()]
    imported = private_of_imports(place).items()
    return own + [place.run("redact", str(index), *fields, *why, *whose) for index, fields in imported]


def test_no_byte_is_left_of_what_was_redacted(filled: Place):
    """Database, write-ahead log, public folder, every answer and the commands' output hold none of the texts after."""
    before = everywhere(filled)
    assert set().union(*before.values()) == set(TOKENS.values())
    assert {"var/candour.db", "draft", "imported_release", "quarantined"} <= before.keys()
    packed = packed_rows(filled.engine(), TOKENS.values())
    assert packed_in_files(filled, packed)
    proofs = dict(every_proof(filled))

    told = redact_all(filled)

    assert [said for status, said in told if status] == []
    assert all("up to date" in said for _, said in told)
    assert not found_in("".join(said for _, said in told).encode(), TOKENS.values())
    assert everywhere(filled) == {}
    assert packed_in_files(filled, packed) == []
    for index, (state, proof) in proofs.items():
        key = read_key(filled.folder / "var/signing.key", "127.0.0.1:8000/log")
        assert OfflineProof.from_bytes(proof).verify(state, key.verifier).size > index
    assert filled.run("verify var/public")[0] == 0
    assert "differed" not in filled.run("rebuild")[1]


def every_proof(place: Place) -> Iterator[tuple[int, tuple[bytes, bytes]]]:
    key = read_key(place.folder / "var/signing.key", "127.0.0.1:8000/log")
    with reading(place.engine()) as connection:
        for index, state in connection.execute(select(entry.c.position, entry.c.state)).all():
            yield index, (state, prove(connection, published_head(place.public, key.verifier), index))


def test_a_redaction_does_not_wait_for_signing(filled: Place):
    """While nothing can be signed, the text is gone from the database and from every answer all the same."""
    Path("var/signing.key").rename("elsewhere.key")

    told = redact_all(filled)

    assert all("could not be sealed" in said for _, said in told)
    assert everywhere(filled) == {}


def test_the_address_of_a_redacted_value_says_that_it_is_gone(filled: Place):
    """It answered with the value and its proof; afterwards with 410, what kind of value it was, when, and the basis."""
    client = filled.app().test_client()
    found = client.get("/entries/2/values/data.reason.text")
    assert orjson.loads(found.get_data())["value"] == words("reason")
    filled.run("redact 2 data.reason.text --basis court_order --as 'information officer'")

    gone = client.get("/entries/2/values/data.reason.text")

    assert gone.status_code == 410
    text = gone.get_data(as_text=True)
    assert re.search("“Why it moved: In words” of entry 2 was removed by law on [0-9]", text), text[
        text.index("<h1") :
    ][:300]
    assert "Order of a court" in text
    assert client.get("/entries/2/values/data.nothing").status_code == 404
    assert client.get("/entries/0/values/account").status_code == 404


def test_the_same_text_elsewhere_is_named(filled: Place):
    """Whoever removes a text is told which other entries of the process hold it, without being shown it."""
    filled.record(LATE | issue(f"Again: {words('reason')}"))
    _, told = filled.run("redact 2 data.reason.text --basis court_order --as 'information officer'")
    assert "holds the same text in data.text" in told
    assert not found_in(told.encode(), TOKENS.values())


WRONG = {
    "no such entry": ("redact 99 data.text --basis court_order --as officer", 1, "There is no entry 99."),
    "no such field": ("redact 2 data.nothing --basis court_order --as officer", 1, "Choose from: data.reason.text, l"),
    "no basis": ("redact 2 data.reason.text --as officer", 2, "--basis"),
    "another basis": ("redact 2 data.reason.text --basis mood --as officer", 2, "'mood' is not one of"),
    "no field": ("redact 2 --basis court_order --as officer", 2, "FIELD"),
}


@pytest.mark.parametrize(("command", "status", "says"), WRONG.values(), ids=WRONG)
def test_a_redaction_that_cannot_be_is_refused(filled: Place, command: str, status: int, says: str):
    """What is wrong is said in a sentence, and nothing is removed."""
    before = filled.database.read_bytes()
    ended, told = filled.run(command)
    assert (ended, says in told) == (status, True), told
    assert filled.database.read_bytes() == before


# --- the page ---------------------------------------------------------------------------------------------------------


def test_the_page_s_own_commands_remove_a_value(filled: Place, root: Path):
    """Those of forgetting.md, as they stand there: the title is nowhere any more, and the log verifies."""
    title = [TOKENS["title"]]
    assert in_files(filled.folder, title)

    redacted, followed = follow_page(filled, commands(root, "forgetting.md"))

    assert "The proofs of entry 0 still hold." in redacted.told
    assert "entries are sealed and public." in followed.told
    assert in_files(filled.folder, title) == {}
    assert in_rows(filled.engine(), title) == {}
    assert filled.run("verify var/public")[0] == 0
    assert filled.app().test_client().get("/entries/0/values/data.title").status_code == 410


def test_what_the_page_says_of_postgresql_removes_it_from_the_table_files(on_postgresql: Place, root: Path):
    """VACUUM FULL of the tables that the page names leaves no file of a table with the text."""
    place = on_postgresql
    assert in_table_files(place) >= {"disclosure"}
    follow_page(place, commands(root, "forgetting.md"))
    page = (root / "docs/operations/forgetting.md").read_text(encoding="utf-8")
    row = next(line for line in page.splitlines() if line.startswith("| PostgreSQL's table files"))
    named = re.findall(r"`(?:VACUUM FULL )?([a-z_…]+);?`", row)
    assert {"disclosure", "view_…", "draft"} <= set(named)
    assert in_rows(place.opened(), [TOKEN]) == {}
    with psycopg.connect(place.environ["DATABASE"], autocommit=True) as connection:
        tables = [name for (name,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        found = [each for each in tables if each in named or each.startswith("view_")]
        assert len(found) > 5
        for name in found:
            connection.execute(f"VACUUM FULL {name}".encode())
    assert in_table_files(place) == set()


def in_table_files(place: Place) -> set[str]:
    """Return the tables whose own files, as they lie on the disk, hold the title."""
    with psycopg.connect(place.environ["DATABASE"], autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        ((folder,),) = connection.execute("SHOW data_directory").fetchall()
        files = connection.execute("SELECT relname, pg_relation_filepath(oid) FROM pg_class WHERE relkind = 'r'")
        return {name for name, path in files if path and found_in((Path(folder) / path).read_bytes(), [TOKEN])}
