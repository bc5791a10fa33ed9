"""The dashboard, a recommendation's page and a process's findings: the same findings, each with its grounds."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

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
from web.public.figures import say_results
from web.public.sheets import TABLES
from web.sheet import Sheet, Value, as_csv


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


def processes(client: FlaskClient, choice: str = "") -> int:
    """How many processes fit a choice, by the table of findings."""
    return len(client.get(f"/dashboard/findings.json{choice}").get_json()["rows"])


def cells(shown: str) -> int:
    """How many findings the matrix shows; none where there is no matrix."""
    return len(re.findall(r'<td><a href="[^"]*#finding-', shown))


def test_the_dashboard_has_a_line_for_each_recommendation_and_a_row_for_each_process(demonstration: FlaskClient):
    """Fifteen sentences with counts out of all processes, and a cell for each finding with its word."""
    shown = text(demonstration, "/dashboard")

    for number in RECOMMENDATIONS:
        assert f'href="/recommendations/{number}"' in shown
    matrix = shown.split('<table class="app-matrix">')[1].split("</table>")[0]
    count = processes(demonstration)
    assert cells(shown) == 15 * count
    assert len(re.findall(r'visually-hidden">\d+: (Breached|Met|Not|Does)', matrix)) == 15 * count
    assert shown.count(f"of {count} processes.") == 15


def test_the_counts_at_the_top_add_up(demonstration: FlaskClient):
    """The opening sentence counts every finding of every process once."""
    lead = text(demonstration, "/dashboard").split('class="app-lead">')[1].split("</p>")[0]
    numbers = [int(each) for each in re.findall(r"\b\d+\b", re.sub(r"On .*?:", "", lead))]
    processes, breached, everything, *others = numbers

    assert everything == 15 * processes
    assert breached + sum(others) == everything


def test_large_numbers_of_findings_are_written_as_people_read_them(demonstration: FlaskClient):
    """With a comma between the thousands, as everywhere else."""
    with demonstration.application.test_request_context():
        said = say_results(Counter({"breached": 1_915, "pending": 85}))
    assert [each.text for each in said] == ["1,915 breached", "85 not due yet"]


@pytest.mark.parametrize("number", list(RECOMMENDATIONS))
def test_each_recommendation_says_why_for_every_process(demonstration: FlaskClient, number: int):
    """Each process is named with the result and a sentence, and no slot or value is left unsaid."""
    shown = text(demonstration, f"/recommendations/{number}")

    assert shown.count(f"#finding-{number}") >= processes(demonstration)
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


def test_a_phone_gets_a_list_and_each_chart_a_drawing_of_its_own(demonstration: FlaskClient):
    """Charts are drawn twice, with a title and a description, and a table beside them says the same."""
    shown = text(demonstration, "/dashboard")

    assert shown.count("app-matrix-list") == 1 + shown.count("app-matrix-list__")
    assert shown.count("app-chart--wide") == shown.count("app-chart--narrow") == 2
    assert shown.count("<desc id=") == 4
    ids = re.findall(r'\bid="([^"]+)"', shown)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    ("choice", "fits"),
    [
        ("", "all"),
        ("?organisation=&area=&prison=&from=&to=&status=&since=", "all"),
        ("?from=1900-01-01&to=2200-12-31", "all"),
        ("?to=1900-01-01", "none"),
        ("?from=2026-01-01", "some"),
        ("?from=2026-03-29&to=2026-03-29", "some"),
        ("?status=open", "some"),
        ("?status=closed", "some"),
    ],
)
def test_a_choice_in_the_address_leaves_the_processes_that_fit(demonstration: FlaskClient, choice: str, fits: str):
    """Empty values, as a form sends them, choose nothing; the day on which the clocks change is one like any other."""
    everything, found = processes(demonstration), processes(demonstration, choice)
    shown = text(demonstration, f"/dashboard{choice}")

    assert fits == ("none" if not found else "all" if found == everything else "some")
    assert ("No process on record fits this choice." in shown) == (not found)
    assert cells(shown) == 15 * found


def test_every_process_is_open_or_closed(demonstration: FlaskClient):
    """The two choices by state leave each process once."""
    by_state = [processes(demonstration, f"?status={state}") for state in ("open", "closed")]
    assert sum(by_state) == processes(demonstration)


def test_choosing_a_body_leaves_its_processes_and_keeps_the_choice_in_links(demonstration: FlaskClient):
    """The sentence says what is shown, and the files and pages that are linked keep to it."""
    form = text(demonstration, "/dashboard")
    value, name = re.findall(r'<option value="([^"]+)">([^<(]+) \(', form)[0]
    shown = text(demonstration, f"/dashboard?organisation={value}")

    assert f"Showing {name}" in shown
    kept = re.search(r'recommendations\.csv\?organisation=([^"&]+)"', shown)
    assert kept is not None
    assert unquote_plus(kept[1]) == value
    assert 0 < cells(shown) < 15 * processes(demonstration)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/dashboard?organisation=nobody", "is not among those to choose"),
        ("/dashboard?area=%3Cscript%3E", "is not among those to choose"),
        ("/dashboard?status=half", "is not among those to choose"),
        ("/dashboard?from=2026-02-31", "There is no such day"),
        ("/dashboard?from=yesterday", "is not a day"),
        ("/dashboard?from=0000-01-01", "is not a day"),
        ("/dashboard?from=2026-03-02&to=2026-03-01", "ends before it begins"),
        ("/dashboard?since=2199-01-01", "has not come yet"),
        ("/dashboard?since=2026-02-31", "There is no such day"),
        ("/dashboard?since=99999999", "is on record yet"),
        ("/dashboard?status=open&status=closed", "more than once"),
        ("/recommendations/3?prison=nowhere", "is not among those to choose"),
        ("/dashboard/bids.csv?from=never", "is not a day"),
    ],
)
def test_a_wrong_choice_is_a_plain_page_that_says_what_to_do(demonstration: FlaskClient, address: str, said: str):
    """It names the value, escaped, says what to do, and is a bad request."""
    answer = demonstration.get(address)

    assert answer.status_code == 400
    assert said in answer.get_data(as_text=True)
    assert "<script>" not in answer.get_data(as_text=True)


@pytest.mark.parametrize("since", ["1999-01-01", "2026-03-29", "0", "100"])
def test_what_changed_since_a_day_or_an_entry(demonstration: FlaskClient, since: str):
    """A day before the first entry, the day the clocks change and an entry all work, and the file has the same."""
    shown = text(demonstration, f"/dashboard?since={since}")
    turns = demonstration.get(f"/dashboard/turns.json?since={since}").get_json()["rows"]
    section = shown.split('id="since-then"')[1].split("</section>")[0]

    said = re.search(r"(\d+) findings? turned", section)
    assert said is not None
    assert int(said[1]) == len(turns) > 0
    assert "What changed since" in shown
    if since.isdigit():
        assert all(each["entry"] is None or each["entry"] > int(since) for each in turns)


@pytest.mark.parametrize("name", list(TABLES))
def test_each_table_is_the_same_in_csv_and_in_json(demonstration: FlaskClient, name: str):
    """The columns and the number of rows agree, and a spreadsheet finds no formula."""
    rows = list(csv.reader(io.StringIO(demonstration.get(f"/dashboard/{name}.csv").get_data(as_text=True))))
    data = demonstration.get(f"/dashboard/{name}.json").get_json()

    assert tuple(rows[0]) == TABLES[name].columns
    assert len(rows) - 1 == len(data["rows"])
    assert data["rows"]
    assert all(list(each) == rows[0] for each in data["rows"])
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "@", "\t"))]


@pytest.mark.parametrize(
    ("value", "cell"),
    [("=1+1", "'=1+1"), (" @x", "' @x"), ("-2", "'-2"), (-2, "-2"), (None, ""), (True, "yes"), ((3, 4), "3 4")],
)
def test_a_cell_is_never_run_by_a_spreadsheet(value: Value, cell: str):
    """Words that begin as a formula are marked as words; numbers stay numbers."""
    assert list(csv.reader(io.StringIO(as_csv(Sheet("table", ("a",), [(value,)])))))[1] == [cell]


@pytest.mark.parametrize("address", ["/dashboard/nothing.csv", "/dashboard/bids.xml", "/dashboard/bids.csv?page=2"])
def test_a_table_that_does_not_exist_is_a_plain_404(demonstration: FlaskClient, address: str):
    """Another name, another form and a page beyond the last are not found."""
    assert demonstration.get(address).status_code == 404


def test_a_recommendation_shows_who_disputes_a_finding_with_the_answer(demonstration: FlaskClient):
    """Beside a disputed finding stands the answer that disputes it, linked to its entry."""
    shown = text(demonstration, "/recommendations/13")

    assert "disputed" in shown
    assert re.search(r'href="/entries/\d+"><bdi>[^<]*disputes this', shown)


def test_the_dashboard_of_the_past_has_findings_of_then_and_leaves_out_todays_figures(demonstration: FlaskClient):
    """As known on an early day, fewer processes are there, and what is counted today is not shown."""
    entry = demonstration.get("/dashboard?known=30")
    shown = entry.get_data(as_text=True)

    assert entry.status_code == 200
    assert "You are looking at what was known" in shown
    assert 'id="overdue"' not in shown
    assert 0 < cells(shown) < 15 * processes(demonstration)


def test_a_table_of_the_past_holds_what_was_known(demonstration: FlaskClient):
    """Findings and turns in the files are those of then: what turned later is not among them, on the page neither."""

    def rows(address: str) -> list[dict[str, Any]]:
        return demonstration.get(address).get_json()["rows"]

    every, then = rows("/dashboard/turns.json"), rows("/dashboard/turns.json?known=100")
    counted = rows("/dashboard/recommendations.json?known=100")
    listed = rows("/dashboard/findings.json?known=100")
    last = max(row["at"] for row in then)

    assert then == [row for row in every if row["at"] <= last and (row["entry"] or 0) <= 100]
    assert 0 < len(then) < len(every)
    assert 0 < len(listed) < len(rows("/dashboard/findings.json"))
    for number, row in enumerate(counted, 1):
        assert row["met"] == [each[f"r{number}"] for each in listed].count("met")
        assert row["breached"] == [each[f"r{number}"] for each in listed].count("breached")
    shown = text(demonstration, "/dashboard?known=100&since=2026-03-01")
    assert "What changed since 1 March 2026" in shown
    assert f"{sum(row['at'] > '2026-03-02T00:00:00Z' for row in then)} findings turned." in shown


def test_turns_alike_are_one_line(demonstration: FlaskClient):
    """One launch turns fifteen findings: a reader meets them as one line with the entry that did it."""
    shown = text(demonstration, "/dashboard?since=2026-09-01")

    assert re.search(r"All fifteen.*?Tender launched", shown)
    assert len(re.findall(r'role="rowheader"', shown.split('id="since-then"')[1].split("</table>")[0])) <= 10


def test_an_entry_says_which_findings_it_turned(demonstration: FlaskClient):
    """On the page of an entry stands what its recording changed, with the finding before and then."""
    rows = demonstration.get("/dashboard/turns.json").get_json()["rows"]
    cause = next(row["entry"] for row in rows if row["after"] == "breached" and row["entry"] is not None)

    assert "Findings it turned" in text(demonstration, f"/entries/{cause}")
    assert "Findings it turned" not in text(demonstration, "/entries/0")


def test_an_empty_ledger_has_a_dashboard_that_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """Without any process the dashboard is a plain page, not an error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["candour", "init"])
    cli.main()
    client = create_app(known_settings({})).test_client()

    assert "No process is on record yet" in text(client, "/dashboard")
    assert "No process is on record yet" in text(client, "/recommendations/1")
    assert client.get("/dashboard/bids.csv").get_data(as_text=True).count("\n") == 1
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


def test_how_late_each_kind_is_recorded_is_a_table_to_take_away(demonstration: FlaskClient):
    """A line for each kind, which adds up to what each process recorded so late; the page leads to it."""
    kinds = demonstration.get("/dashboard/lags.json").get_json()["rows"]
    each = demonstration.get("/dashboard/recording.json").get_json()["rows"]
    for row in kinds:
        mine = [found for found in each if found["kind"] == row["kind"]]
        assert row["entries"] == sum(found["entries"] for found in mine)
        assert row["late"] == sum(found["entries"] for found in mine if found["late"])
        assert row["longest_working_days"] == max(found["working_days"] for found in mine)
    assert {row["kind"] for row in kinds} == {found["kind"] for found in each}
    assert any(row["late"] for row in kinds)
    page = text(demonstration, "/dashboard")
    assert "/dashboard/lags.csv" in page
    assert "/withheld?state=withheld" in page
