"""Recipes, exports and scores over the server."""

import gc
import json
import shutil

import pyarrow.parquet as pq
import pytest
from starlette.testclient import TestClient

import portolan
from portolan.map import Map
from portolan.server.app import create_app
from portolan.server.current import CurrentMap
from portolan.server.export_routes import Offered
from portolan.server.security import Access
from small_data import pair_rows

RULES = [
    {"decision": "drop", "where": "row_id < 10", "reason": "the first ten"},
    {"decision": "flip", "where": "row_id < 15", "comment": "some of them\nare gone before"},
]


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("maps")
    (folder / "pairs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in pair_rows(120)))
    made = portolan.map_text(folder / "pairs.jsonl", name="Pairs", path=folder / "pairs.portolan", progress=False)
    return made.path


@pytest.fixture
def path(found, tmp_path):
    path = tmp_path / "pairs.portolan"
    shutil.copytree(found, path)
    return path


@pytest.fixture
def current(path):
    current = CurrentMap(path, open_map=Map.open)
    yield current
    current.desk.end(wait_s=10)


@pytest.fixture
def client(current):
    app = create_app(current, access=Access(token="t", port=8722))
    base = {"base_url": "http://127.0.0.1:8722", "headers": {"authorization": "Bearer t"}}
    with TestClient(app, raise_server_exceptions=False, **base) as client:
        yield client


def get(client, route, status=200, **params):
    answer = client.get(f"/api/{route}", params=params)
    assert answer.status_code == status, answer.text
    return answer.json()


def post(client, route, status=200, **body):
    answer = client.post(f"/api/{route}", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def finished(client, job):
    while job["state"] == "running":
        job = get(client, f"jobs/{job['number']}", wait_s=10)
    return job


def applied(client, rules=RULES, *, dry_run=False):
    form = {"name": "mine", "rules": rules}
    return finished(client, post(client, "clean", recipe=form, dry_run=dry_run))["cleaned"]


# Recipes.


def test_a_recipe_in_parts_is_told_as_text_and_a_text_in_parts(client):
    told = post(client, "recipe/check", recipe={"name": "mine", "description": "a few", "rules": RULES})
    assert told["problem"] is None
    assert "  # some of them\n  # are gone before\n  - flip: row_id < 15" in told["text"]
    assert post(client, "recipe/check", text=told["text"])["recipe"] == told["recipe"]
    assert [rule["reason"] for rule in told["recipe"]["rules"]] == ["the first ten", ""]


@pytest.mark.parametrize(
    ("text", "line", "column", "rule"),
    [
        ("rules:\n  - drop: row_id < 3\n  - drop: lenght > 3\n", 3, 11, 2),
        ("rules:\n  - drop: row_id < 3\n  - dorp: row_id < 3\n", 3, 5, 2),
        ("rules:\n  - drop: [\n", 3, 1, 1),
        ("", None, None, None),
    ],
    ids=["no such column", "no such word", "no YAML", "nothing"],
)
def test_what_is_wrong_with_a_text_is_told_with_line_column_and_rule(client, text, line, column, rule):
    problem = post(client, "recipe/check", text=text)["problem"]
    assert (problem["line"], problem["column"], problem["rule"]) == (line, column, rule)
    assert problem["problem"]
    assert problem["fix"]


def test_a_rule_that_asks_for_what_the_map_has_not_is_found_in_a_form_too(client):
    post(client, "decisions", decision="keep", rows=[3])
    told = post(client, "recipe/check", recipe={"rules": [*RULES, {"decision": "keep", "where": "decision = 'drop'"}]})
    assert told["problem"]["rule"] == 3
    assert "rules decide it" in told["problem"]["problem"]
    assert len(told["recipe"]["rules"]) == 3


def test_a_recipe_is_given_once(client):
    assert "not given, or twice" in post(client, "recipe/check", 400)["problem"]
    assert "not given, or twice" in post(client, "clean", 400, text="rules: []", recipe={})["problem"]


def test_a_dry_run_tells_by_rule_by_value_and_with_rows_and_changes_nothing(client):
    told = applied(client, dry_run=True)
    assert [(rule["n_matched"], rule["n_taken"]) for rule in told["rules"]] == [(10, 10), (15, 5)]
    assert told["rules"][1]["taken_before"] == {"rule 1": 10}
    assert told["rules"][0]["by"]["subset"] == {"even": 5, "odd": 5}
    assert told["rules"][0]["examples"][0]["text"].startswith("Tell me about")
    assert [(one["before"], one["after"]) for one in told["balance"]["subset"]] == [(60, 55), (60, 55)]
    assert (told["n_events"], told["step"], told["n_left"]) == (2, [], 110)
    assert get(client, "recipe")["decided"] == {}


def test_applied_it_stands_and_its_rules_have_their_rows(client):
    told = applied(client)
    assert len(told["step"]) == 2
    now = get(client, "recipe")
    assert (now["decided"], now["n_left"], now["by_hand"]) == ({"drop": 10, "flip": 5}, 110, {})
    [recipe] = now["recipes"]
    assert (recipe["recipe"]["name"], recipe["rows"]) == ("mine", [10, 5])
    assert post(client, "recipe/check", recipe=recipe["recipe"])["text"] == recipe["text"]
    assert applied(client)["step"] == []


def test_applying_is_undone_in_one_step_also_where_it_took_back_what_was_before(client):
    applied(client)
    step = applied(client, [RULES[0]])["step"]
    assert get(client, "recipe")["decided"] == {"drop": 10}
    post(client, "clean/undo", events=step)
    assert get(client, "recipe")["decided"] == {"drop": 10, "flip": 5}
    assert "undone already" in post(client, "clean/undo", 404, events=step)["problem"]


def test_a_recipe_without_rules_takes_back_what_it_did_and_nothing_else(client):
    post(client, "decisions", decision="keep", rows=[3])
    applied(client)
    assert get(client, "recipe")["decided"] == {"drop": 9, "flip": 5, "keep": 1}
    applied(client, [])
    now = get(client, "recipe")
    assert (now["decided"], now["by_hand"], now["recipes"]) == ({"keep": 1}, {"keep": 1}, [])


def test_decisions_by_hand_stand_in_the_whole_text_and_not_in_a_recipe(client):
    post(client, "decisions", decision="keep", rows=[3], reason="short, and right")
    applied(client)
    assert "short, and right" in get(client, "recipe/text")["text"]
    assert "short, and right" not in get(client, "recipe")["recipes"][0]["text"]


def test_rows_that_a_recipe_names_come_through_a_form_unchanged(client, path):
    post(client, "decisions", decision="drop", rows=[3, 4])
    text = get(client, "recipe/text")["text"]
    form = post(client, "recipe/check", text=text)["recipe"]
    assert form["decisions"][0]["n_rows"] == 2
    assert post(client, "recipe/check", recipe=form)["text"] == text


def test_restore_takes_all_back_and_undone_it_stands_again(client):
    applied(client)
    assert get(client, "recipe")["can_undo_restore"] is False
    assert len(post(client, "restore", reason="to begin anew")["events"]) == 2
    now = get(client, "recipe")
    assert (now["decided"], now["can_undo_restore"]) == ({}, True)
    post(client, "restore", undo=True)
    assert get(client, "recipe")["decided"] == {"drop": 10, "flip": 5}
    assert get(client, "recipe")["can_undo_restore"] is False


# Exports.


def test_an_export_lies_beside_the_map_and_tells_its_files(client, path):
    applied(client)
    to = get(client, "recipe")["export_to"]
    assert to == str(path.with_name("pairs-clean.jsonl"))
    made = finished(client, post(client, "export", path=to))["exported"]
    assert (made["n_before"], made["n_rows"], made["n_changed"], made["is_byte_equal"]) == (120, 110, 5, True)
    sizes = {file["name"]: file["size_bytes"] for file in made["files"]}
    assert sizes == {file.name: file.stat().st_size for file in path.parent.glob("pairs-clean*")}
    assert len(sizes) == 5


def test_a_path_that_is_not_whole_begins_beside_the_map(client, path):
    made = finished(client, post(client, "export", path="out/mine.parquet"))["exported"]
    assert made["path"] == str(path.parent / "out" / "mine.parquet")
    assert pq.read_table(made["path"]).num_rows == 120


def test_what_lies_there_is_not_replaced_unless_asked_and_then_only_an_export(client, path):
    finished(client, post(client, "export", path="mine.csv"))
    failed = finished(client, post(client, "export", path="mine.csv"))
    assert failed["state"] == "failed"
    assert "is there already" in failed["problem"]
    assert finished(client, post(client, "export", path="mine.csv", replace=True))["state"] == "done"
    (path.parent / "letters.csv").write_text("dear ada")
    failed = finished(client, post(client, "export", path="letters.csv", replace=True))
    assert "is no export" in failed["problem"]
    assert (path.parent / "letters.csv").read_text() == "dear ada"


def test_a_download_is_the_cleaned_dataset_and_leaves_nothing_beside_the_map(client, path):
    applied(client)
    made = finished(client, post(client, "download", format=".jsonl"))["exported"]
    assert made["path"] == ""
    [name] = [file["name"] for file in made["files"] if file["sha256"]]
    answer = client.get(f"/api/exports/{name}")
    assert answer.headers["content-disposition"] == 'attachment; filename="pairs-clean.jsonl"'
    assert len(answer.content.splitlines()) == 110
    assert [file.name for file in path.parent.iterdir()] == ["pairs.portolan"]


def test_only_the_last_download_lies_on_the_disk_and_only_while_the_server_is_there():
    offered = Offered()
    first, second = offered.new_folder(), offered.new_folder()
    assert (first.exists(), second.exists()) == (False, True)
    del offered
    gc.collect()
    assert not second.exists()


@pytest.mark.parametrize("name", ["pairs-clean.jsonl", "..%2Fpairs.portolan%2Fmap.json", "%2Fetc%2Fpasswd"])
def test_no_other_file_is_sent(client, name):
    assert client.get(f"/api/exports/{name}").status_code == 404


# Scores.


def test_every_scorer_is_told_with_its_card_and_what_it_needs(client):
    told = {one["name"]: one for one in get(client, "scorers")}
    assert told["length"]["card"]["limits"]
    assert (told["length"]["argument"], told["length"]["missing"]) == ("", "")
    assert told["hf"]["needs_argument"]
    assert told["judge"]["is_costly"]


def test_what_scoring_would_take_is_told_before(client):
    plan = get(client, "score-plan", scorer="length")
    assert (plan["n_texts"], plan["is_done"]) == (240, False)
    assert "tokens read" in get(client, "score-plan", scorer="judge:gpt-4o-mini")["estimate"]
    assert "no scorer named" in get(client, "score-plan", 404, scorer="lenght")["problem"]


def test_a_scorer_runs_and_its_columns_are_there_to_filter_by(client):
    before = get(client, "map")["version"]
    job = finished(client, post(client, "scores", scorer="length"))
    assert (job["state"], job["total"], job["done"]) == ("done", 240, 240)
    assert "length_words_rejected" in {column["name"] for column in job["scored"]["columns"]}
    told = get(client, "map")
    assert told["version"] != before
    names = [one["name"] for one in get(client, f"tiles/{told['layout']}/tiles.json")["columns"]]
    assert "length_words" in names
    assert get(client, "score-plan", scorer="length")["is_done"]


def test_a_scorer_that_cannot_run_says_why(client):
    job = finished(client, post(client, "scores", scorer="hf"))
    assert (job["state"], job["problem"]) == ("failed", "The 'hf' scorer needs a model.")


def test_a_second_scorer_is_told_that_one_runs_and_the_first_can_be_stopped(client, monkeypatch):
    import threading

    from portolan.scorers.refusal import RefusalScorer

    begun, let_go = threading.Event(), threading.Event()
    score = RefusalScorer.score

    def waits(self, texts):
        begun.set()
        let_go.wait(20)
        return score(self, texts)

    monkeypatch.setattr(RefusalScorer, "score", waits)
    job = post(client, "scores", scorer="refusal")
    assert begun.wait(20)
    assert "scoring with refusal" in post(client, "scores", 409, scorer="length")["problem"]
    # Meanwhile the server answers.
    assert get(client, "map")["n_rows"] == 120
    assert post(client, f"jobs/{job['number']}/stop")["state"] == "running"
    let_go.set()
    assert finished(client, job)["state"] == "stopped"
    assert get(client, "scores") == []


def test_a_row_is_told_what_each_scorer_says_of_it(client):
    finished(client, post(client, "scores", scorer="length"))
    [told] = get(client, "rows/7/scores")["scores"]
    assert told["scorer"] == "length"
    said = {one["name"]: one["value"] for one in told["columns"]}
    assert said["length"] == said["length_chosen"] > 20
    assert get(client, "rows/120/scores", 404)["problem"] == "There is no row 120."


def test_personal_data_is_told_where_it_stands_once_the_map_was_scored_for_it(tmp_path):
    pytest.importorskip("phonenumbers")
    rows = [{"text": f"Row {n} of many."} for n in range(40)]
    rows[3]["text"] = "😀 Write to ada@example.org, or to bob@example.org."
    path = portolan.map_text(rows, name="Letters", path=tmp_path / "l.portolan", progress=False).path
    app = create_app(CurrentMap(path, open_map=Map.open), access=Access(token="t", port=8722))
    base = {"base_url": "http://127.0.0.1:8722", "headers": {"authorization": "Bearer t"}}
    with TestClient(app, **base) as client:
        assert get(client, "rows/3/scores")["personal"] == []
        finished(client, post(client, "scores", scorer="pii"))
        found = get(client, "rows/3/scores")["personal"]
    assert [rows[3]["text"][one["start"] : one["stop"]] for one in found] == ["ada@example.org", "bob@example.org"]
    assert {(one["part"], one["kind"]) for one in found} == {("text", "email")}
