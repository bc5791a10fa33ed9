"""The published log is served as it lies in its folder, and nothing else is."""

from __future__ import annotations

import pytest

from ledger.tlog.note import Ed25519Verifier, open_checkpoint
from tests.projections.record import ORIGIN, RECORD, opening

TEXT = "text/plain; charset=utf-8"
BYTES = "application/octet-stream"


@pytest.mark.parametrize(
    ("name", "kind", "keep"),
    [
        ("checkpoint", TEXT, "no-cache"),
        ("checkpoints", TEXT, "no-cache"),
        ("key", TEXT, "no-cache"),
        ("tile/0/000.p/16", BYTES, "public, max-age=31536000, immutable"),
        ("tile/entries/000.p/16", BYTES, "public, max-age=31536000, immutable"),
    ],
)
def test_each_file_comes_as_it_was_published(sqlite_site, name, kind, keep):
    """The bytes of the folder, with the type of tlog-tiles, kept as long as they can stay true."""
    response = sqlite_site.get(f"/log/{name}")

    assert response.status_code == 200
    assert response.get_data() == (sqlite_site.public_dir / "log" / name).read_bytes()
    assert response.content_type == kind
    assert response.headers["Cache-Control"] == keep
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    again = sqlite_site.get(f"/log/{name}", headers={"If-None-Match": response.headers["ETag"]})
    assert (again.status_code, again.get_data()) == (304, b"")
    assert sqlite_site.head(f"/log/{name}").headers["Content-Length"] == str(len(response.get_data()))


def test_the_checkpoint_is_signed_by_the_published_key(site):
    """A client that has the key can begin here."""
    key = Ed25519Verifier.from_vkey(site.get("/log/key").get_data(as_text=True).strip())
    checkpoint, _ = open_checkpoint(site.get("/log/checkpoint").get_data(), key)

    assert (checkpoint.origin, checkpoint.size) == (ORIGIN, len(RECORD))


def test_a_new_checkpoint_is_seen_at_once(sqlite_site):
    """A witness that asks again with its tag gets what is new."""
    first = sqlite_site.get("/log/checkpoint")
    sqlite_site.publish(opening("more"))

    again = sqlite_site.get("/log/checkpoint", headers={"If-None-Match": first.headers["ETag"]})

    assert again.status_code == 200
    assert again.get_data() != first.get_data()


OUTSIDE = [
    "../signing.key",
    "../../signing.key",
    "..%2fsigning.key",
    "%2e%2e/signing.key",
    "....//signing.key",
    "tile/../key",
    "tile/../../ALERT",
    "tile/%2e%2e/key",
    "tile/0/../../key",
    "tile/0/000.p/16/../../../../key",
    "tile//etc/passwd",
    "tile/entries/..%2f..%2fkey",
    "tile/0/000.p/16%00",
    "tile/0/000.p/016",
    "tile/0/000.p/256",
    "tile/0/000.p/0",
    "tile/0/x000/000.p/16",
    "tile/00/000.p/16",
    "tile/64/000",
    "tile/0/1",
    "tile/0/000.p",
    "tile/0",
    "tile/",
    "tile",
    "tile/0/000.p/1%D9%A6",
    "tile/0/000.p/17",
    "tile/0/001",
    "tile/0/000",
    ".key.new",
    "checkpoint/",
    "nothing",
    "",
]


@pytest.mark.parametrize("path", OUTSIDE)
def test_no_path_leads_out_of_the_log(sqlite_site, path, tmp_path):
    """Only the one spelling of a published file's place is found; the key, above all, is not."""
    secret = (tmp_path / "signing.key").read_bytes()
    response = sqlite_site.get(f"/log/{path}")

    assert response.status_code in {404, 308}
    assert secret not in response.get_data()
    if response.status_code == 308:
        assert sqlite_site.get(response.headers["Location"]).status_code == 404


def test_a_link_in_the_folder_is_nothing_special(sqlite_site, tmp_path):
    """Names that are no place in the tree are not served, even if such a file lies there."""
    (sqlite_site.public_dir / "log" / "secret").symlink_to(tmp_path / "signing.key")

    assert sqlite_site.get("/log/secret").status_code == 404


def test_a_log_that_is_not_published_yet_is_not_there(new_site, new_sqlite):
    """Before the first checkpoint there is nothing to show, and nothing breaks."""
    site = new_site(new_sqlite())

    assert site.get("/log/checkpoint").status_code == 404
    assert site.get("/").status_code == 200
