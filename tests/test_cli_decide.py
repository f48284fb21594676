"""`portolan decide`, as a person types it."""

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

    def run(*arguments, code=0, command="decide"):
        result = CliRunner().invoke(app, [command, str(found.path), *arguments])
        assert result.exit_code == code, result.output
        return result.output

    return run


def test_rows_are_decided_by_a_filter_and_listed(run):
    assert run("drop", "--where", "row_id < 3", "--reason", "too short") == (
        "1: decided to drop 3 rows where row_id < 3\n"
    )
    lines = json.loads(run("--list", "--json"))
    assert {(one["decision"], one["reason"]) for one in lines} == {("drop", "too short")}
    assert "too short" in run("--list", "--rows", "2")
    assert run("--list", "--rows", "7") == "Nothing is decided.\n"


def test_new_values_are_numbers_where_they_read_as_such_and_texts_else(run, found):
    run("relabel", "--rows", "4", "--edit", "length=3", "--edit", "text=new words")
    assert json.loads(json.loads(run("--list", "--json"))[0]["edit"]) == {"length": 3, "text": "new words"}


def test_contradictions_are_listed_with_their_events_and_settled_by_them(run):
    run("drop", "--rows", "1,2", "--reason", "spam")
    run("keep", "--rows", "2", "--author", "bob", "--reason", "a joke")
    told = run("--conflicts")
    assert "spam" in told
    assert "a joke" in told
    assert "--between EVENTS" in told
    assert "Decisions contradict each other, too, on 1 row" in run("--conflicts", command="label")
    assert run("keep", "--between", "1,2", "--author", "eve") == "3: settled to keep 1 row\n"
    assert run("--conflicts") == "Nobody contradicts anybody, or it is settled.\n"


@pytest.mark.parametrize(
    "wrong", [(), ("burn", "--rows", "1"), ("drop", "--rows", "x"), ("edit", "--rows", "1", "--edit", "length")]
)
def test_a_command_that_says_too_little_is_refused(run, wrong):
    run(*wrong, code=2)
