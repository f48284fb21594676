"""An export: every format that others read, rows as they came, what lies beside, and nothing half written."""

import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import portolan
from killing import Nursery
from portolan.cli.main import app
from portolan.errors import InputError, NotFoundError
from small_data import pair_rows

N_ROWS = 40
CLEAN = """
name: clean
rules:
  - drop: row_id < 5
    reason: first ones
  - flip: row_id < 8
    reason: the wrong way round
  - edit: row_id < 10
    column: chosen
    replace: Human
    with: Person
    reason: words
"""


def conversations(n_rows):
    """Pairs as TRL has them: prompt, chosen and rejected as lists of messages."""
    rows = []
    for number, row in enumerate(pair_rows(n_rows)):
        question, good = row["chosen"].split("\n\nAssistant: ")
        bad = row["rejected"].split("\n\nAssistant: ")[1]
        rows.append(
            {
                "prompt": [{"role": "user", "content": question.removeprefix("\n\nHuman: ")}],
                "chosen": [{"role": "assistant", "content": good}],
                "rejected": [{"role": "assistant", "content": bad}],
                "source": ["web", "book"][number % 2],
            }
        )
    return rows


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """Lines written in many ways, as other programs do."""
    ways = [{}, {"ensure_ascii": False}, {"separators": (",", ":")}, {"sort_keys": True}]
    path = tmp_path_factory.mktemp("data") / "pairs.jsonl"
    rows = [{**row, "note": "ü" if number % 3 else None} for number, row in enumerate(pair_rows(N_ROWS))]
    lines = [json.dumps(row, **ways[number % 4]) for number, row in enumerate(rows)]
    lines[20] = lines[20].replace("{", "{  ", 1)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def shared(source, tmp_path_factory):
    return portolan.map_text(source, path=tmp_path_factory.mktemp("maps") / "pairs", progress=False)


@pytest.fixture
def made(shared):
    yield shared
    shared.restore()


def export(made, path, **how):
    return made.export(path, progress=False, **how)


def test_lines_that_nothing_was_decided_of_are_the_sources_own(made, source, tmp_path):
    told = export(made, tmp_path / "out.jsonl")
    assert told.is_byte_equal
    assert (tmp_path / "out.jsonl").read_bytes() == source.read_bytes()


def test_lines_of_rows_that_were_changed_differ_and_the_others_are_the_sources_own(made, source, tmp_path):
    made.clean(CLEAN)
    told = export(made, tmp_path / "out.jsonl.gz")
    before = source.read_bytes().splitlines(keepends=True)
    after = gzip.decompress((tmp_path / "out.jsonl.gz").read_bytes()).splitlines(keepends=True)
    assert after[5:] == before[10:]
    old, new = json.loads(before[6]), json.loads(after[1])
    assert new == {**old, "chosen": old["rejected"], "rejected": old["chosen"]}
    assert json.loads(after[4])["chosen"].startswith("\n\nPerson:")
    assert (told.n_before, told.n_rows, told.n_changed) == (40, 35, 5)


def test_without_its_source_rows_are_equal_by_value_and_it_says_why(made, source, tmp_path):
    copy = portolan.map_text(shutil.copy(source, tmp_path / "copy.jsonl"), path=tmp_path / "m", progress=False)
    with (tmp_path / "copy.jsonl").open("a") as file:
        file.write("{}\n")
    told = export(copy, tmp_path / "out.jsonl")
    assert not told.is_byte_equal
    assert "copy.jsonl has changed since the map was made" in told.equality
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert rows == [json.loads(line) for line in source.read_text(encoding="utf-8").splitlines()]
    assert export(copy, tmp_path / "again.jsonl", source=source).is_byte_equal
    with pytest.raises(InputError, match="not the file"):
        export(copy, tmp_path / "third.jsonl", source=tmp_path / "copy.jsonl")
    with pytest.raises(NotFoundError):
        export(copy, tmp_path / "third.jsonl", source=tmp_path / "none.jsonl")


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_broken_and_blank_lines_are_no_rows_and_the_last_line_may_have_no_end(tmp_path, ending):
    lines = [json.dumps({"text": f"the text of row {n}", "n": n}) for n in range(30)]
    lines[3] = '{"text": "broken'
    lines[7] = ""
    path = tmp_path / "rows.jsonl"
    path.write_bytes(ending.join(lines).encode())
    made = portolan.map_text(path, path=tmp_path / "m", progress=False)
    made.clean("rules: [{drop: n = 0}]")
    assert export(made, tmp_path / "out.jsonl").is_byte_equal
    assert (tmp_path / "out.jsonl").read_bytes() == ending.join(lines[1:3] + lines[4:7] + lines[8:]).encode()
    made.clean("{rules: [{drop: n = 29}]}")
    export(made, tmp_path / "out.jsonl", replace=True)
    assert (tmp_path / "out.jsonl").read_bytes().endswith((lines[28] + ending).encode())


def read(path):
    if path.suffix == ".csv":
        return pd.read_csv(path, keep_default_na=False, na_values=[""])
    return pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_feather(path)


@pytest.mark.parametrize("ending", [".parquet", ".arrow", ".csv"])
def test_tables_are_read_by_pandas_and_polars_in_the_inputs_columns_and_order(made, source, tmp_path, ending):
    made.clean(CLEAN)
    path = tmp_path / f"out{ending}"
    export(made, path)
    frame = read(path)
    rows = [json.loads(line) for line in source.read_text(encoding="utf-8").splitlines()]
    assert list(frame.columns) == ["chosen", "rejected", "subset", "note"]
    assert frame["chosen"].tolist()[5:] == [row["chosen"] for row in rows[10:]]
    assert frame["chosen"].tolist()[:3] == [row["rejected"] for row in rows[5:8]]
    readers = {".csv": pl.read_csv, ".parquet": pl.read_parquet, ".arrow": pl.read_ipc}
    assert readers[ending](path)["chosen"].to_list() == frame["chosen"].tolist()


def test_a_folder_is_loaded_by_datasets_with_its_card(made, tmp_path, monkeypatch):
    datasets = pytest.importorskip("datasets")
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    made.clean(CLEAN)
    export(made, tmp_path / "out")
    loaded = datasets.load_dataset(str(tmp_path / "out"), cache_dir=str(tmp_path / "cache"))
    assert list(loaded) == ["train"]
    assert loaded["train"].column_names == ["chosen", "rejected", "subset", "note"]
    assert loaded["train"].num_rows == 35
    front = (tmp_path / "out" / "README.md").read_text(encoding="utf-8").split("---")[1]
    assert "pretty_name: pairs" in front
    assert "path: data/train-*.parquet" in front


def test_conversations_stay_what_trl_takes_for_preferences(tmp_path, monkeypatch):
    datasets = pytest.importorskip("datasets")
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    rows = conversations(20)
    made = portolan.map_text(rows, path=tmp_path / "m", progress=False)
    made.clean("rules: [{flip: row_id < 3}, {drop: source = 'book'}]")
    export(made, tmp_path / "out")
    loaded = datasets.load_dataset(str(tmp_path / "out"), cache_dir=str(tmp_path / "cache"))["train"]
    turns = datasets.List({"content": datasets.Value("string"), "role": datasets.Value("string")})
    for side in ("prompt", "chosen", "rejected"):
        assert loaded.features[side] == turns
    assert (loaded[1]["chosen"], loaded[1]["rejected"]) == (rows[1]["rejected"], rows[1]["chosen"])
    assert loaded[3] == rows[4]


def test_types_that_a_file_states_are_kept(tmp_path):
    table = pa.table(
        {
            "text": pa.array([f"a text about number {n}" for n in range(30)], pa.large_string()),
            "kind": pa.array(["a", "b", "c"] * 10).dictionary_encode(),
            "row_id": pa.array(range(30), pa.uint8()),
            "when": pa.array(range(30), pa.timestamp("ms", "Europe/Rome")),
            "vector": pa.array([[0.5, 1.5]] * 30, pa.list_(pa.float32(), 2)),
        }
    )
    pq.write_table(table, tmp_path / "in.parquet")
    made = portolan.map_text(tmp_path / "in.parquet", path=tmp_path / "m", text="text", progress=False)
    export(made, tmp_path / "out.parquet")
    assert pq.read_table(tmp_path / "out.parquet").equals(table)


def test_the_card_tells_of_how_many_rows_people_contradict_each_other(made, tmp_path):
    dropped = made.decide("drop", where="row_id < 5", author="ada")
    kept = made.decide("keep", where="row_id BETWEEN 3 AND 9", author="bob")
    export(made, tmp_path / "out.parquet")
    card = (tmp_path / "out.parquet.card.md").read_text(encoding="utf-8")
    assert "People contradict each other on 2 rows decided by hand" in card
    made.decide("drop", between=[dropped.id, kept.id], author="eve")
    export(made, tmp_path / "settled.parquet")
    assert "contradict" not in (tmp_path / "settled.parquet.card.md").read_text(encoding="utf-8")


def test_beside_it_lie_what_was_removed_what_changed_why_and_the_recipe(made, tmp_path):
    made.clean(CLEAN, author="ada")
    told = export(made, tmp_path / "out.parquet")
    removed = pq.read_table(tmp_path / "out.parquet.removed.parquet").to_pylist()
    assert [row["row_id"] for row in removed] == [0, 1, 2, 3, 4]
    assert removed[0]["chosen"] == made.rows_by_id([0])[0]["chosen"]
    assert (removed[0]["removed_reason"], removed[0]["removed_by"], removed[0]["removed_rule"]) == (
        "first ones", "ada", "clean #1",
    )  # fmt: skip
    changes = [json.loads(line) for line in (tmp_path / "out.parquet.changes.jsonl").read_text().splitlines()]
    assert [(one["row_id"], one["decision"]) for one in changes] == [
        (5, "flip"), (6, "flip"), (7, "flip"), (8, "edit"), (9, "edit"),
    ]  # fmt: skip
    assert changes[3]["before"]["chosen"].replace("Human", "Person") == changes[3]["after"]["chosen"]
    card = (tmp_path / "out.parquet.card.md").read_text(encoding="utf-8")
    assert "| before | 40 |" in card
    assert "| after | 35 (87.5%) |" in card
    assert "| drop | 5 | first ones | clean #1: `row_id < 5` | ada |" in card
    assert told.files["out.parquet"] in card
    assert told.files["out.parquet"] == hashlib.sha256((tmp_path / "out.parquet").read_bytes()).hexdigest()
    made.restore()
    made.clean(tmp_path / "out.parquet.recipe.yaml")
    assert export(made, tmp_path / "again.parquet").files["again.parquet"] == told.files["out.parquet"]


def test_the_same_decisions_give_the_same_bytes(made, tmp_path):
    for ending in ("jsonl.gz", "parquet", "arrow", "csv"):
        made.clean(CLEAN)
        first = export(made, tmp_path / f"a.{ending}").files
        made.restore()
        made.clean(CLEAN)
        assert [*export(made, tmp_path / f"b.{ending}").files.values()] == [*first.values()]


def test_nothing_is_left_where_all_rows_are_dropped(made, tmp_path):
    made.clean("rules: [{drop: row_id >= 0}]")
    for ending in (".jsonl", ".parquet", ".csv", ".arrow", ""):
        assert export(made, tmp_path / f"out{ending}").n_rows == 0
    assert pq.read_table(tmp_path / "out.parquet").num_rows == 0
    assert (tmp_path / "out.jsonl").read_bytes() == b""


def test_what_lies_there_is_replaced_only_when_asked_and_the_source_and_the_map_never(made, source, tmp_path):
    export(made, tmp_path / "out.jsonl")
    with pytest.raises(InputError, match="there already"):
        export(made, tmp_path / "out.jsonl")
    export(made, tmp_path / "out.jsonl", replace=True)
    before = source.read_bytes()
    with pytest.raises(InputError, match="made from"):
        export(made, source, replace=True)
    with pytest.raises(InputError, match="in the map itself"):
        export(made, made.path / "out.jsonl")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match="other things"):
        export(made, tmp_path / "other", replace=True)
    assert source.read_bytes() == before


@pytest.mark.parametrize("name", ["out.json", "out.xlsx", "out.jsonl.zst"])
def test_a_format_that_is_not_written_is_refused(made, tmp_path, name):
    with pytest.raises(InputError, match="are not written as"):
        export(made, tmp_path / name)


decided = st.lists(
    st.tuples(st.sampled_from(["drop", "flip", "keep", "review"]), st.integers(0, N_ROWS), st.integers(0, N_ROWS)),
    max_size=4,
)


@settings(deadline=None, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rules=decided)
def test_export_and_restore_give_the_original(made, source, tmp_path, rules):
    made.restore()
    if rules:
        made.clean({"rules": [{decision: f"row_id >= {low} AND row_id < {high}"} for decision, low, high in rules]})
    export(made, tmp_path / "out.jsonl", replace=True)
    removed = pq.read_table(tmp_path / "out.jsonl.removed.parquet").num_rows
    assert len((tmp_path / "out.jsonl").read_bytes().splitlines()) + removed == N_ROWS
    made.restore()
    export(made, tmp_path / "out.jsonl", replace=True)
    assert (tmp_path / "out.jsonl").read_bytes() == source.read_bytes()


EXPORT = """
import sys, portolan
portolan.open_map(sys.argv[1]).export(sys.argv[2], replace=True, progress=False)
"""


@pytest.fixture(scope="module")
def nursery():
    with Nursery() as one:
        yield one


@pytest.mark.parametrize("name", ["out.jsonl", "out"])
def test_a_killed_export_leaves_no_half_file_and_the_next_one_cleans_up(made, tmp_path, nursery, name):
    made.clean(CLEAN)
    out = tmp_path / name
    ends = [{"at_write": at_write, "when": when} for at_write in (1, 5) for when in ("before", "after")]
    for end in [*ends, {"after_s": 0.1}, {"after_s": 0.3}]:
        nursery.run(EXPORT, made.path, out, **end)
        if out.exists():
            assert rows_in(out) == 35
    export(made, out, replace=True)
    assert rows_in(out) == 35
    sides = [name + side for side in (".removed.parquet", ".changes.jsonl", ".card.md", ".recipe.yaml")]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([name, *sides])


def rows_in(out):
    if out.is_dir():
        return pq.read_table(out / "data").num_rows
    return pq.read_table(out).num_rows if out.suffix == ".parquet" else len(out.read_bytes().splitlines())


def test_a_full_disk_is_said_and_leaves_nothing(made, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(portolan.PortolanError, match="cannot be written"):
        export(made, tmp_path / "out.jsonl")
    assert list(tmp_path.iterdir()) == []


def test_the_command_writes_and_says_what_and_where(made, tmp_path):
    made.clean(CLEAN)
    said = CliRunner().invoke(app, ["export", str(made.path), str(tmp_path / "out.csv"), "--json"])
    told = json.loads(said.stdout)
    assert (told["n_rows"], told["n_before"], told["decided"]) == (35, 40, {"drop": 5, "flip": 3, "edit": 2})
    said = CliRunner().invoke(app, ["export", str(made.path), str(tmp_path / "out.csv"), "--replace"])
    assert said.stdout.splitlines()[0] == str(tmp_path / "out.csv")
    assert "35 of 40 rows" in said.stderr


def test_neither_command_line_nor_package_load_what_exporting_needs_before_it_is_asked():
    program = "import sys, portolan; sys.exit(any(name in sys.modules for name in ('yaml', 'pyarrow.parquet')))"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
