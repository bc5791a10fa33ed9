"""Open contracting data as programs read it: pages of releases, records, all of it in lines, the extension."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from projections import ocds
from tests.projections.record import BASE_URL, PROCESS, SECRETS, issue
from web.cli import cli

REFERENCE = PROCESS.partition("/")[2]


def package(site, path="/ocds/releases.json"):
    response = site.get(path)
    assert (response.status_code, response.content_type) == (200, "application/json")
    return json.loads(response.text)


def test_releases_come_in_packages_by_the_numbers_of_entries(site):
    """A package says who publishes it and which extensions it uses; releases are in the order of the record."""
    found = package(site)
    assert found["publisher"]["uri"] == BASE_URL
    assert found["extensions"][-1] == f"{BASE_URL}/ocds/extension/extension.json"
    names = [int(each["id"]) for each in found["releases"]]
    assert names == sorted(names)
    assert {each["ocid"] for each in found["releases"]} == {"ocds-local0-riverside", "ocds-local0-group-forum"}


def test_what_is_not_public_is_in_no_answer(site):
    """Questions, withheld issues, removed channels and accounts are nowhere in the data."""
    for path in ("/ocds/releases.json", "/ocds/releases.jsonl", f"/ocds/processes/{REFERENCE}/record.json"):
        assert not [secret for secret in SECRETS if secret in site.get(path).text]


def test_a_full_page_names_the_next(site, monkeypatch):
    """The header leads from package to package, and together they hold each release once."""
    monkeypatch.setattr(ocds, "PAGE", 5)
    path, names = "/ocds/releases.json", []
    while path:
        response = site.get(path)
        names += [(each["ocid"], each["id"]) for each in json.loads(response.text)["releases"]]
        link = response.headers.get("Link", "")
        path = link.partition(">")[0].removeprefix(f"<{BASE_URL}")
    monkeypatch.undo()
    assert sorted(names) == sorted((each["ocid"], each["id"]) for each in package(site)["releases"])
    assert site.get("/ocds/releases.json?from=9999").status_code == 404
    assert site.get("/ocds/releases.json?from=x").status_code == 400


def test_a_record_has_the_releases_and_what_they_come_to(site):
    """The record of a process holds its releases, compiled and versioned; other references are not found."""
    found = package(site, f"/ocds/processes/{REFERENCE}/record.json")
    (record,) = found["records"]
    assert record["compiledRelease"]["tender"]["title"] == "Family services, Riverside"
    assert record["compiledRelease"]["planning"]["budget"]["amount"]["amount"] == 1070000
    values = record["versionedRelease"]["planning"]["budget"]["amount"]["amount"]
    assert [each["value"] for each in values] == [1284000, 1070000]
    assert site.get("/ocds/processes/nothing/record.json").status_code == 404


def test_all_of_it_comes_in_lines(site):
    """The bulk file has one release on each line, the same as the packages."""
    lines = [json.loads(each) for each in site.get("/ocds/releases.jsonl").text.splitlines()]
    packed = package(site)["releases"]
    assert sorted(lines, key=lambda each: (int(each["id"]), each["ocid"])) == sorted(
        packed, key=lambda each: (int(each["id"]), each["ocid"])
    )


def test_a_new_entry_is_one_more_release(site):
    """What was published stays as it is, and the new entry is a release after it."""
    before = package(site)["releases"]
    site.publish(issue("The lift failed."))
    after = package(site)["releases"]
    assert after[: len(before)] == before
    assert [each["id"] for each in after[len(before) :]] == ["16"]


def test_the_extension_is_served_where_packages_say(site):
    """Anyone can fetch the schema of the extension, from any page."""
    response = site.get("/ocds/extension/release-schema.json")
    assert "LedgerEntry" in json.loads(response.text)["definitions"]
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert site.get("/ocds/extension/other.json").status_code == 404


def test_the_extension_says_where_it_is_explained(site):
    """Its description leads to a page that explains every field of its schema."""
    about = json.loads(site.get("/ocds/extension/extension.json").text)["documentationUrl"]["en"]
    told = site.get(about.removeprefix(BASE_URL))
    assert told.status_code == 200
    schema = json.loads(site.get("/ocds/extension/release-schema.json").text)
    parts = [schema, *schema["definitions"].values()]
    names = [name for part in parts for name in part["properties"]]
    assert len(names) >= 15
    assert all(f"<code>{name}</code>" in told.text for name in names)


def test_the_page_on_data_leads_to_all_of_it(site):
    """People find what can be taken away, and what could not be taken in."""
    text = site.get("/data").text
    assert "/ocds/releases.json" in text
    assert "/imports/quarantine" in text


def exported(site, monkeypatch, tmp_path: Path, *arguments: str):
    monkeypatch.setenv("CANDOUR_DATABASE_URL", site.book.engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("CANDOUR_PUBLIC_DIR", str(site.public_dir))
    monkeypatch.setenv("CANDOUR_BASE_URL", BASE_URL)
    monkeypatch.setenv("CANDOUR_SIGNING_KEY", str(tmp_path / "signing.key"))
    return CliRunner().invoke(cli, ["export", "ocds", *arguments])


def test_the_command_writes_what_the_pages_serve(sqlite_site, monkeypatch, tmp_path):
    """As a package, as lines and as a record; a reference that is not on record is refused."""
    file = tmp_path / "out.json"
    assert exported(sqlite_site, monkeypatch, tmp_path, "--output", str(file)).exit_code == 0
    served = package(sqlite_site)["releases"]
    assert len(json.loads(file.read_text())["releases"]) == len(served)
    told = exported(sqlite_site, monkeypatch, tmp_path, REFERENCE, "--lines")
    assert told.exit_code == 0, told.output
    assert [json.loads(each) for each in told.stdout.splitlines()] == [
        each for each in served if each["ocid"].endswith(REFERENCE)
    ]
    record = json.loads(exported(sqlite_site, monkeypatch, tmp_path, REFERENCE, "--record").stdout)
    assert record["records"][0]["ocid"] == "ocds-local0-riverside"
    assert exported(sqlite_site, monkeypatch, tmp_path, "nothing").exit_code == 1
    assert exported(sqlite_site, monkeypatch, tmp_path, "--record").exit_code == 2


def test_what_was_exported_is_read_into_an_empty_ledger_only(sqlite_site, monkeypatch, tmp_path):
    """The command says how many entries it recorded and what stayed behind; a ledger with entries is left alone."""
    file = tmp_path / "out.jsonl"
    assert exported(sqlite_site, monkeypatch, tmp_path, "--lines", "--output", str(file)).exit_code == 0
    refused = CliRunner().invoke(cli, ["import", "ledger", str(file)])
    assert "Read into an empty one" in str(refused.exception)
    monkeypatch.setenv("CANDOUR_DATABASE_URL", f"sqlite:///{tmp_path}/other.db")
    monkeypatch.setenv("CANDOUR_SIGNING_KEY", str(tmp_path / "other.key"))
    monkeypatch.setenv("CANDOUR_PUBLIC_DIR", str(tmp_path / "other"))
    assert CliRunner().invoke(cli, ["init"]).exit_code == 0
    told = CliRunner().invoke(cli, ["import", "ledger", str(file)])
    assert "16 entries = 15 recorded + 1 not taken over" in told.output
    assert "Entry 11 stays there: Its content is not public." in told.output
    file.write_text('{"releases": [{"ocid": "ocds-x00000-1"}]}')
    assert CliRunner().invoke(cli, ["import", "ledger", str(file)]).exit_code == 1
