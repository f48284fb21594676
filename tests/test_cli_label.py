"""`portolan label`, as a person types it."""

import json

import pytest
from typer.testing import CliRunner

import portolan
from portolan.cli.main import app
from small_data import topic_rows


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    path = tmp_path_factory.mktemp("maps") / "topics.portolan"
    return portolan.map_text(topic_rows(60), name="Topics", path=path, progress=False)


@pytest.fixture
def run(found, monkeypatch):
    for file in found.path.glob("journal.sqlite*"):
        file.unlink()
    monkeypatch.setenv("PORTOLAN_AUTHOR", "ada")

    def run(*arguments, code=0):
        result = CliRunner().invoke(app, ["label", str(found.path), *arguments])
        assert result.exit_code == code, result.output
        return result.stdout

    return run


def test_rows_are_labelled_by_a_filter_and_listed(run):
    run("--set", "tone", "--define", "calm, rude", "--description", "How it sounds")
    assert run("--set", "tone", "--value", "calm", "--where", "row_id < 3") == (
        "2: labelled 3 rows “calm” (tone) where row_id < 3\n"
    )
    run("--set", "tone", "--remove", "--rows", "0,1")
    assert [one["row_id"] for one in json.loads(run("--list", "--json"))] == [2]
    [told] = json.loads(run("--sets", "--json"))
    assert [(one["value"], one["rows"]) for one in told["values"]] == [("calm", 1), ("rude", 0)]


def test_labels_are_listed_as_they_stood_at_a_time(run):
    run("--set", "tone", "--value", "calm", "--rows", "7")
    [label] = json.loads(run("--list", "--json"))
    run("--set", "tone", "--value", "rude", "--rows", "8")
    assert json.loads(run("--at", label["time"], "--json")) == [label]
    assert json.loads(run("--at", "2001-01-01", "--json")) == []


def test_who_said_what_of_a_row_is_told(run):
    run("--set", "tone", "--value", "calm", "--rows", "7", "--reason", "reads well", "--author", "bob")
    told = run("--history", "7")
    assert "bob" in told
    assert "labelled 1 row “calm” (tone): reads well" in told


def test_agreement_and_conflicts_are_told(run):
    run("--set", "tone", "--value", "calm", "--rows", "1,2")
    run("--set", "tone", "--value", "rude", "--rows", "2", "--author", "bob")
    assert json.loads(run("--set", "tone", "--agreement", "--json"))["rows"] == 1
    assert {one["row_id"] for one in json.loads(run("--conflicts", "--json"))} == {2}


def test_second_labels_are_of_rows_that_one_other_person_labelled_without_what_they_said(run):
    assert run("--set", "tone", "--second") == ""
    run("--set", "tone", "--value", "calm", "--rows", "4,9,12", "--author", "bob")
    run("--set", "tone", "--value", "rude", "--rows", "9", "--author", "eve")
    run("--set", "tone", "--value", "rude", "--rows", "12")
    assert run("--set", "tone", "--second") == "4\n"
    assert json.loads(run("--set", "tone", "--second", "--queue", "3", "--json")) == [9, 4]
    assert json.loads(run("--set", "tone", "--second", "--where", "row_id > 4", "--json")) == []
    assert len(json.loads(run("--set", "tone", "--queue", "2", "--json"))) == 58


@pytest.mark.parametrize(
    "wrong", [(), ("--set", "tone"), ("--set", "tone", "--value", "a", "--rows", "x"), ("--set", "t", "--span", "3")]
)
def test_a_command_that_says_too_little_is_refused(run, wrong):
    run(*wrong, code=2)
