"""The commands do what their help says, for people and for other programs."""

import csv
import json
import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from portolan.cli.main import app
from small_data import topic_rows

COMMANDS = ["map", "open", "info", "search", "link", "mcp", "picture", "rebuild", "demo", "rows"]


def run(*arguments, stdin=None, **more):
    return subprocess.run(
        [sys.executable, "-m", "portolan", *map(str, arguments)], capture_output=True, text=True, input=stdin, **more
    )


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "topics.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in topic_rows(200)))
    return path


@pytest.fixture(scope="module")
def map_path(source, tmp_path_factory):
    path = tmp_path_factory.mktemp("maps") / "topics"
    said = run("map", source, "-o", path, "--no-open")
    assert said.returncode == 0, said.stderr
    assert said.stdout.strip() == str(path)
    assert "text: text" in said.stderr
    return path


@pytest.mark.parametrize("command", COMMANDS)
def test_help_shows_examples(command):
    said = CliRunner().invoke(app, [command, "--help"])
    assert said.exit_code == 0
    assert f"portolan {command}" in said.stdout.split("Examples:")[1]


def test_map_tells_as_json_what_it_made(source, tmp_path):
    said = run("map", source, "-o", tmp_path / "m", "--name", "Topics", "--json", "--no-open")
    made = json.loads(said.stdout)
    assert (made["name"], made["rows"]) == ("Topics", 200)


def test_map_reads_standard_input(tmp_path):
    said = run("map", "-", "-o", tmp_path / "m", "--no-open", stdin="one line\nanother line\na third line\n")
    assert said.returncode == 0, said.stderr
    assert json.loads(run("info", tmp_path / "m", "--json").stdout)["rows"] == 3


def test_a_dry_run_tells_the_stages_and_writes_nothing(source, tmp_path):
    said = run("map", source, "-o", tmp_path / "m", "--dry-run", "--json")
    assert {"load", "embed", "index"} <= {stage["stage"] for stage in json.loads(said.stdout)["stages"]}
    assert not (tmp_path / "m").exists()


def test_info_is_for_people_and_for_programs(map_path):
    assert "200 rows" in run("info", map_path).stdout
    info = json.loads(run("info", map_path, "--json").stdout)
    assert info["rows"] == 200
    assert 0 <= info["quality"]["trustworthiness"] <= 1


def test_search_prints_rows_best_first(map_path):
    found = json.loads(run("search", map_path, "telescope comet", "--limit", 3, "--json").stdout)
    assert len(found) == 3
    assert all("row_id" in hit and "score" in hit for hit in found)
    assert found[0]["score"] >= found[-1]["score"]


def test_search_without_results_says_so_and_prints_no_row(map_path):
    said = run("search", map_path, '"no such phrase anywhere"')
    assert (said.returncode, said.stdout) == (0, "")
    assert "No row matches" in said.stderr


def test_maps_without_a_path_lie_under_portolan_home_and_open_by_name(source, tmp_path):
    env = {**os.environ, "PORTOLAN_HOME": str(tmp_path)}
    assert run("map", source, "--no-open", env=env).returncode == 0
    assert (tmp_path / "topics.portolan" / "map.json").exists()
    assert json.loads(run("info", "topics", "--json", env=env).stdout)["rows"] == 200


def test_output_in_a_pipe_has_no_colour(map_path):
    said = run("info", map_path)
    assert "\033" not in said.stdout + said.stderr


@pytest.mark.parametrize(
    "wrong",
    [
        ("map", "no-such-file.jsonl", "--no-open"),
        ("info", "no-such-map"),
        ("map", "SOURCE", "--text", "nope", "-o", "OUT", "--no-open"),
        ("map", "SOURCE", "--embedder", "nope", "-o", "OUT", "--no-open"),
        ("map", "SOURCE", "--namer", "nope", "-o", "OUT", "--no-open"),
        ("map", "SOURCE", "--layout", "nope", "-o", "OUT", "--no-open"),
    ],
)
def test_a_wrong_request_exits_1_with_problem_and_fix_and_no_traceback(source, tmp_path, wrong):
    names = {"SOURCE": source, "OUT": tmp_path / "m"}
    said = run(*(names.get(part, part) for part in wrong))
    assert said.returncode == 1
    assert "Error:" in said.stderr
    assert "Fix:" in said.stderr
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize("wrong", [("map",), ("map", "x", "--no-such-option"), ("no-such-command",)])
def test_a_command_line_that_cannot_be_parsed_exits_2(wrong):
    assert run(*wrong).returncode == 2


def test_strict_refuses_broken_lines_and_otherwise_they_are_listed_and_kept(tmp_path):
    source = tmp_path / "rows.jsonl"
    source.write_text('{"text": "one good line"}\n{"text": broken\n{"text": "another good line"}\n')
    said = run("map", source, "-o", tmp_path / "a", "--no-open", "--strict")
    assert said.returncode == 1
    assert "Line 2" in said.stderr
    said = run("map", source, "-o", tmp_path / "b", "--no-open")
    assert said.returncode == 0
    assert "1 broken line was left out" in said.stderr
    assert "line 2" in said.stderr
    (kept,) = (tmp_path / "b" / "broken").rglob("*.jsonl")
    assert [json.loads(line)["line"] for line in kept.read_text().splitlines()] == [2]


def test_rebuild_makes_the_map_again(map_path):
    before = json.loads(run("info", map_path, "--json").stdout)
    assert run("rebuild", map_path).returncode == 0
    after = json.loads(run("info", map_path, "--json").stdout)
    assert after["quality"] == before["quality"]


def test_a_query_may_begin_with_a_word_to_leave_out(map_path):
    said = run("search", map_path, "-dog", "--limit", "3", "--json")
    assert said.returncode == 0, said.stderr
    assert all("dog" not in hit["text"].lower() for hit in json.loads(said.stdout))


def test_rows_are_shown_a_line_each_and_cut_to_the_window(map_path):
    said = run("rows", map_path, "--limit", 3, "--sort", "length(text) desc", env=os.environ | {"COLUMNS": "50"})
    lines = said.stdout.splitlines()
    assert lines[0].split()[:2] == ["row_id", "text"]
    assert len(lines) == 4
    assert all(len(line) <= 50 for line in lines)


def test_rows_are_filtered_sorted_and_printed_whole_for_programs(map_path):
    said = run("rows", map_path, "--where", "row_id IN (3, 5, 9)", "--sort", "row_id desc", "--limit", 2, "--json")
    assert [row["row_id"] for row in json.loads(said.stdout)] == [9, 5]
    said = run("rows", map_path, "--columns", "text", "--limit", 0, "--csv")
    read = list(csv.DictReader(said.stdout.splitlines()))
    assert len(read) == 200
    assert list(read[0]) == ["row_id", "text"]


def test_rows_say_when_there_are_none(map_path):
    said = run("rows", map_path, "--where", "row_id < 0")
    assert (said.returncode, said.stdout) == (0, "")
    assert "No row matches" in said.stderr


def test_an_action_before_the_map_is_told_the_order():
    said = run("cluster", "list", "reviews")
    assert said.returncode == 2
    assert "The map comes first: portolan cluster reviews list" in " ".join(said.stderr.replace("│", " ").split())
