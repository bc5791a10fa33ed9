"""The dashboard, a recommendation's page and a process's findings: the same findings, each with its grounds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from ledger.clock import england_and_wales, utc_now
from ledger.streams import Stream
from ledger.voice import ENGLISH
from projections import findings
from projections.measures.catalogue import RECOMMENDATIONS
from web import cli
from web.app import create_app
from web.doctor import known_settings


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A client of the pages of the demonstration ledger."""
    directory: Path = tmp_path_factory.mktemp("demonstration")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(directory)
        patch.setattr("sys.argv", ["candour", "demo", "--no-serve"])
        cli.main()
        app = create_app(known_settings({"CANDOUR_ORIGIN": cli.DEMONSTRATION_ORIGIN}))
        app.config["TESTING"] = True
        yield app.test_client()


def text(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return re.sub(r"\s+", " ", answer.get_data(as_text=True))


def test_the_dashboard_has_a_line_for_each_recommendation_and_a_row_for_each_process(demonstration: FlaskClient):
    """Fifteen sentences with counts out of all processes, and a cell for each finding with its word."""
    shown = text(demonstration, "/dashboard")

    for number in RECOMMENDATIONS:
        assert f'href="/recommendations/{number}"' in shown
    assert shown.count('class="govuk-visually-hidden">Recommendation') == 15 * 4
    assert "of 4" in shown


@pytest.mark.parametrize("number", list(RECOMMENDATIONS))
def test_each_recommendation_says_why_for_every_process(demonstration: FlaskClient, number: int):
    """Each process is named with the result and a sentence, and no slot or value is left unsaid."""
    shown = text(demonstration, f"/recommendations/{number}")

    assert shown.count("#findings") == 4
    assert "%(" not in shown
    assert "Sentence(" not in shown


@pytest.mark.parametrize("path", ["/recommendations/0", "/recommendations/16", "/recommendations/99999999999999999999"])
def test_a_recommendation_that_does_not_exist_is_a_plain_404(demonstration: FlaskClient, path: str):
    """The paper makes fifteen recommendations; any other number is not found."""
    assert demonstration.get(path).status_code == 404


def test_a_page_of_the_dashboard_that_does_not_exist_is_a_plain_404(demonstration: FlaskClient):
    """A page beyond the last is not found, and a page that is no number is a bad request."""
    assert demonstration.get("/dashboard?page=99").status_code == 404
    assert demonstration.get("/dashboard?page=first").status_code == 400


def test_a_process_shows_its_findings_with_the_entries_behind_them(demonstration: FlaskClient):
    """The blank specification of the real story breaches recommendations 11 and 12, as reported by others."""
    shown = text(demonstration, "/processes/family-services")
    table = shown.split('id="findings"')[1].split("</section>")[0]

    assert table.count("<tr") == 16
    assert table.count("Breached, as reported by others") == 3
    assert 'href="/entries/' in table


def test_a_group_has_no_findings(demonstration: FlaskClient):
    """Recommendations are about processes, so an advisory group has none of its own."""
    assert 'id="findings"' not in text(demonstration, "/groups/family-services")


def test_an_empty_ledger_has_a_dashboard_that_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """Without any process the dashboard is a plain page, not an error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["candour", "init"])
    cli.main()
    client = create_app(known_settings({})).test_client()

    assert "No process is on record yet" in text(client, "/dashboard")
    assert capsys.readouterr().err == ""


def test_every_reason_is_a_whole_sentence(demonstration: FlaskClient):
    """What a reader meets ends with a full stop and begins with a capital or a figure."""
    with demonstration.application.app_context():
        from web.state import record  # noqa: PLC0415 - needs the application's context

        with record() as connection:
            for reference in ("family-services", "wrenmoor-families", "estuary-visitors", "oakhollow-mentoring"):
                stream = Stream("process", reference)
                assessed = findings.assess(connection, stream, utc_now(), england_and_wales())
                for reason in (text for each in assessed.findings for text in findings.reasons(each, ENGLISH)):
                    assert re.fullmatch(r"[“\"A-Z0-9].*\.", reason, re.DOTALL), reason
