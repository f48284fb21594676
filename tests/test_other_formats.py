"""Pairs of other formats and sources go the whole way: map, preference model, audit, report, from the command line."""

from __future__ import annotations

import gzip
import json
import os
import re
from itertools import combinations, islice
from pathlib import Path

import pytest
from typer.testing import CliRunner

import portolan
from portolan.cli.main import app

N_ROWS = 300
PANDALM = "pandalm/testset-v1.jsonl.gz"
ALPACA = "alpaca-eval/gpt4_annotations.jsonl.gz"


def lines_of(source, every=1):
    """Some lines of a file of the larger data, as they are."""
    data = os.environ.get("PORTOLAN_DATA")
    if not data:
        pytest.skip("PORTOLAN_DATA is not set: it names the folder of the larger data")
    with gzip.open(Path(data) / source, "rt", encoding="utf-8") as lines:
        return list(islice(lines, 0, N_ROWS * every, every))


def run(*arguments):
    said = CliRunner().invoke(app, [str(one) for one in arguments])
    assert said.exit_code == 0, said.output
    return said.stdout


def all_the_way(lines, folder):
    """The map, what `audit --json` says of it and the report, of a file with such lines."""
    folder.mkdir(exist_ok=True)
    (folder / "pairs.jsonl").write_text("".join(lines), encoding="utf-8")
    path = folder / "pairs.portolan"
    run("map", folder / "pairs.jsonl", "-o", path, "--no-open")
    model = json.loads(run("preference", path, "--json"))
    told = json.loads(run("audit", path, "--json"))
    shortcuts = model.pop("shortcuts")
    assert (told["model"], told["shortcuts"]) == (model, shortcuts)
    run("report", path, "-o", folder / "report.md")
    return portolan.open_map(path), told, (folder / "report.md").read_text(encoding="utf-8")


def found(told, name):
    return next(one for one in told["findings"] if one["name"] == name)


def plain(value):
    """A reply as text: some of PandaLM's are true and false without quotes."""
    return value if isinstance(value, str) else json.dumps(value)


def of_pandalm(row):
    """Prompt, better and worse reply of a row, or None where as many people were for the one as for the other."""
    votes = [row[f"annotator{number}"] for number in (1, 2, 3)]
    lead = votes.count(2) - votes.count(1)
    better, worse = ("response2", "response1") if lead > 0 else ("response1", "response2")
    prompt = "\n\n".join(part for part in (row["instruction"], row["input"]) if part)
    return (prompt, plain(row[better]), plain(row[worse])) if lead else None


def of_alpaca(row):
    """The same of a row that GPT-4 judged."""
    if row["preference"] not in (1, 2):
        return None
    better, worse = ("output_2", "output_1") if row["preference"] == 2 else ("output_1", "output_2")
    return row["instruction"], row[better], row[worse]


@pytest.mark.shared
@pytest.mark.parametrize(
    ("source", "every", "read", "origin"),
    [(PANDALM, 1, of_pandalm, "cmp_key"), (ALPACA, 100, of_alpaca, "dataset")],
    ids=["three annotators", "a preference column"],
)
def test_a_file_as_it_came_goes_the_whole_way(source, every, read, origin, tmp_path):
    lines = lines_of(source, every)
    sides = [read(json.loads(line)) for line in lines]
    n_ties = sides.count(None)
    m, told, report = all_the_way(lines, tmp_path)
    table = m.pairs.table().to_pylist()
    for row, given in zip(table, sides, strict=True):
        if given:
            prompt, better, worse = (text.strip() for text in given)
            assert (row["prompt"].strip(), row["chosen"].strip(), row["rejected"].strip()) == (prompt, better, worse)
    assert told["rows"] == N_ROWS
    assert m.pairs.statistics.n_ties == n_ties
    n_learnt = sum(bool(given) and given[1].strip() != given[2].strip() and all(given[1:]) for given in sides)
    assert told["model"]["pairs"] == pytest.approx(n_learnt, abs=3)
    same = [row["row_id"] for row in table if " ".join(row["chosen"].split()) == " ".join(row["rejected"].split())]
    assert set(found(told, "identical")["row_ids"]) >= {row for row in same if table[row]["chosen"].strip()}
    assert found(told, "prompt-mismatch")["count"] == 0
    origins = set(found(told, "duplicate")["by_provenance"])
    assert origin in origins
    assert not origins & {"annotator1", "annotator2", "annotator3", "preference"}
    assert f"A preference audit of {N_ROWS} pairs" in report
    assert re.search(rf"\b{n_ties} pairs? ha(ve|s) no verdict, or a tie", report)


def as_columns(prompt, better, worse):
    return {"prompt": prompt, "chosen": better, "rejected": worse}


def as_messages(prompt, better, worse):
    """As in UltraFeedback's binarized edition: each side a whole conversation."""
    ask = {"role": "user", "content": prompt}
    sides = {
        name: [ask, {"role": "assistant", "content": reply}]
        for name, reply in (("chosen", better), ("rejected", worse))
    }
    return {"prompt": prompt, **sides, "score_chosen": 8.0, "score_rejected": 5.0}


def as_transcripts(prompt, better, worse):
    ask = f"\n\nHuman: {prompt}\n\nAssistant: "
    return {"chosen": ask + better, "rejected": ask + worse}


@pytest.mark.shared
def test_the_same_pairs_in_other_formats_have_the_same_findings(tmp_path):
    rows = [row for line in lines_of(PANDALM) if of_pandalm(row := json.loads(line))]
    sides = [of_pandalm(row) for row in rows]
    formats = {
        "votes": [
            {name: row[name] for name in row if name not in ("idx", "motivation_app", "cmp_key")} for row in rows
        ],
        "columns": [as_columns(*one) for one in sides],
        "messages": [as_messages(*one) for one in sides],
        "transcripts": [as_transcripts(*one) for one in sides],
    }
    said = {}
    for name, some in formats.items():
        _, told, report = all_the_way([json.dumps(row) + "\n" for row in some], tmp_path / name)
        assert f"A preference audit of {len(sides)} pairs" in report
        said[name] = {one["name"]: one["row_ids"] for one in told["findings"]}
        said[name]["model"] = [told["model"]["pairs"], told["model"]["accuracy"]]
    assert len(said["columns"]["duplicate"]) > 10
    assert said["votes"] == said["columns"] == said["messages"] == said["transcripts"]


@pytest.mark.shared
def test_rankings_of_several_replies_with_scores_go_the_whole_way(tmp_path):
    rankings = {}
    for place, row in enumerate(map(json.loads, lines_of(ALPACA, 13))):
        replies = rankings.setdefault(row["instruction"], [(row["output_1"], 5.0)])
        replies.append((row["output_2"], {1: 3.0, 2: 8.0}.get(row["preference"], 5.0) + place / 1000))
    rows = [
        {"instruction": asked, "completions": [{"response": text, "overall_score": score} for text, score in replies]}
        for asked, replies in rankings.items()
    ]
    m, told, report = all_the_way([json.dumps(row) + "\n" for row in rows], tmp_path)
    pairs = {row: set() for row in range(len(rows))}
    for one in m.pairs.table().to_pylist():
        pairs[one["row_id"]].add((one["chosen"], one["rejected"]))
    for row, replies in enumerate(rankings.values()):
        ranked = [text.strip() for text, _ in sorted(replies, key=lambda one: -one[1])]
        assert {tuple(text.strip() for text in pair) for pair in pairs[row]} == set(combinations(ranked, 2))
    assert told["rows"] == told["model"]["rankings"] == len(rows)
    assert f"A preference audit of {len(rows)} rankings" in report
