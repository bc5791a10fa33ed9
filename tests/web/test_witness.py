"""A witness over HTTP and on the command line."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from werkzeug.test import Client

from ledger.witness import DATABASE
from tests.ledger.submissions import NOON
from tests.ledger.witnesses import LOG, Chain, new_witness
from web.cli import cli
from web.witness_app import WitnessApp

VKEY = LOG.verifier.to_vkey()


def clock() -> datetime:
    return NOON


@pytest.fixture
def client(tmp_path: Path) -> Client:
    return Client(WitnessApp(new_witness(tmp_path, "w", VKEY), clock))


def test_a_checkpoint_is_cosigned_over_http(client: Client):
    """Signature lines alone, and then the size with its own media type where the old size is wrong."""
    answer = client.post("/add-checkpoint", data=Chain(b"a").request(0))
    assert answer.status_code == 200
    assert answer.text.startswith("— w.example ")
    again = client.post("/add-checkpoint", data=Chain(b"a", b"b").request(0))
    assert (again.status_code, again.text, again.content_type) == (409, "1\n", "text/x.tlog.size")


REFUSED = {
    "an unknown log": (404, Chain(b"a").request(0, origin="other.example")),
    "another key": (403, Chain(b"a").request(0, signer=type(LOG).from_seed(LOG.name, bytes(32)))),
    "nothing": (400, b""),
    "noise": (400, b"\xff\0" * 50),
    "too much": (413, b"x" * 64_001),
}


@pytest.mark.parametrize(("status", "body"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_has_the_status_of_the_specification(client: Client, status: int, body: bytes):
    """And a sentence; nothing of what was sent comes back."""
    answer = client.post("/add-checkpoint", data=body)
    assert answer.status_code == status
    assert answer.text.endswith(".\n")
    assert "Traceback" not in answer.text


def test_people_see_whose_witness_it_is_and_what_alarms_there_are(client: Client):
    """The key, the logs, and a fork it was shown."""
    client.post("/add-checkpoint", data=Chain(b"a").request(0))
    assert f"log {LOG.name}: 1" in client.get("/").text
    assert client.get("/key").text.startswith("w.example+")
    client.post("/add-checkpoint", data=Chain(b"x").request(1))
    assert f"ALARM: {LOG.name}" in client.get("/").text
    assert client.get("/nothing").status_code == 404
    assert client.get("/add-checkpoint").status_code == 405
    assert client.put("/").status_code == 405


def test_a_witness_that_lost_its_memory_signs_nothing(tmp_path: Path):
    """503, and no new memory is made."""
    client = Client(WitnessApp(new_witness(tmp_path, "w", VKEY), clock))
    (tmp_path / "w" / DATABASE).unlink()
    assert client.post("/add-checkpoint", data=Chain(b"a").request(0)).status_code == 503


def test_the_commands_make_a_witness_and_watch(tmp_path: Path):
    """init, trust and alarms; exit status 1 where something is refused or wrong."""
    run = CliRunner().invoke
    folder = str(tmp_path / "w")
    made = run(cli, ["witness", "init", "--name", "w.example", "--folder", folder])
    assert (made.exit_code, "w.example+" in made.output) == (0, True)
    assert run(cli, ["witness", "init", "--name", "w.example", "--folder", folder]).exit_code == 1
    assert run(cli, ["witness", "trust", VKEY, "--folder", folder]).output == (
        f"The witness cosigns {LOG.name} from now on.\n"
    )
    assert run(cli, ["witness", "trust", "nonsense", "--folder", folder]).exit_code == 1
    assert run(cli, ["witness", "alarms", "--folder", folder]).output == "No alarms.\n"
    gone = run(cli, ["witness", "watch", str(tmp_path / "no"), "--vkey", VKEY, "--once", "--folder", folder])
    assert gone.exit_code == 1


def test_the_doctor_says_whether_the_quorum_is_met(tmp_path: Path):
    """A witness that does not answer leaves the log signed and not public, and the doctor tells which one."""
    witness = new_witness(tmp_path, "w")
    policy = tmp_path / "policy"
    policy.write_text(f"witness w {witness.vkey} http://127.0.0.1:9\nquorum w\n")
    environ = {
        "CANDOUR_DATABASE_URL": f"sqlite:///{tmp_path}/candour.db",
        "CANDOUR_SIGNING_KEY": str(tmp_path / "signing.key"),
        "CANDOUR_PUBLIC_DIR": str(tmp_path / "public"),
        "CANDOUR_WITNESS_POLICY": str(policy),
    }
    run = CliRunner(env=environ).invoke
    assert run(cli, ["init"]).exit_code == 0
    assert not (tmp_path / "public" / "log" / "checkpoint").exists()
    told = run(cli, ["doctor"])
    assert told.exit_code == 1
    assert "LOOK  witnesses: 0 entries are signed; not cosigned by: w. The quorum is not met" in told.output
