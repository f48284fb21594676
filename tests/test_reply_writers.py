"""Who wrote each reply: by columns of names that pair up, through the verdict, and by what a card declares."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pytest

import portolan
from portolan.auditing.writers import writer_sql
from portolan.core.provenance_card import read_card, write_card
from portolan.core.roles import infer_roles
from portolan.core.writers import WriterColumns, find_writer_columns, other_side, writers
from portolan.errors import CardError
from portolan.plugins import Found, findings

WINNERS = ["model_a", "model_b", "tie", "model_b"]


def rows(n=60, *, first="model_a", second="model_b"):
    """Pairs that a verdict decides; ana writes every first reply, bo or cy the second."""
    return [
        {
            "prompt": f"Number {n}?", "response_a": f"Yes, it is {n} indeed.", "response_b": f"No, I think not {n}.",
            first: "ana", second: "bo" if n % 2 else "it's cy", "winner": WINNERS[n % 4],
        }
        for n in range(n)
    ]  # fmt: skip


def chosen_by(row):
    return {"model_a": row["model_a"], "model_b": row["model_b"]}.get(row["winner"])


@pytest.fixture
def m(tmp_path):
    return portolan.map_text(rows(), path=tmp_path / "m", progress=False)


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        (("response_a", "response_b", "winner", "model_a", "model_b"), ("model_a", "model_b")),
        (("output_1", "output_2", "preference", "generator_1", "generator_2"), ("generator_1", "generator_2")),
        (("response1", "response2", "annotator1", "generator2", "Generator1"), ("Generator1", "generator2")),
        (("chosen", "rejected", "chosen_model", "rejected_model"), ("chosen_model", "rejected_model")),
        (("chosen", "rejected", "model_a", "model_b"), None),
        (("response_a", "response_b", "winner", "model_a", "topic_b"), None),
        (("model_a", "model_b", "winner"), None),
    ],
)
def test_columns_of_writers_are_known_by_names_that_pair_up(columns, found):
    table = pa.table({name: ["model_b" if name == "winner" else f"{name} {n}" for n in range(30)] for name in columns})
    roles = infer_roles(table)
    assert roles.kind == "pair"
    assert find_writer_columns(table.schema, roles) == (WriterColumns(*found) if found else None)


def test_the_other_side_of_a_column_is_told_by_its_name():
    names = ["model_a", "model_b", "out1", "out2", "made_by"]
    assert other_side("model_b", names) == WriterColumns("model_a", "model_b")
    assert other_side("out1", names) == WriterColumns("out1", "out2")
    assert other_side("made_by", names) is None


def test_the_writer_of_the_chosen_reply_is_the_winners_and_a_tie_has_none():
    table = pa.Table.from_pylist(rows())
    [batch] = table.to_batches()
    found = writers(batch, infer_roles(table), WriterColumns("model_a", "model_b"))
    told = [None if code < 0 else found.names[code] for code in found.chosen]
    assert told == [chosen_by(row) for row in rows()]
    assert ((found.chosen < 0) == (found.rejected < 0)).all()
    assert (found.chosen != found.rejected)[found.chosen >= 0].all()


def test_without_a_card_findings_are_told_by_who_wrote_the_chosen_reply_and_not_by_its_place(m):
    assert m.provenance.columns == ("chosen_by", "rejected_by")
    is_of = [chosen_by(row) == "it's cy" for row in rows()]
    codes, names = m.provenance.values("chosen_by")
    assert (codes == names.index("it's cy")).tolist() == is_of
    before = m.filter(f"{writer_sql(m._store, 'chosen_by')} = 'it''s cy'")
    m.findings.run(["identical"], progress=False)
    after = m.provenance.expression("chosen_by", "it's cy")
    assert after == "chosen_by = 'it''s cy'"
    assert before.tolist() == m.filter(after).tolist() == np.flatnonzero(is_of).tolist()
    assert set(m.findings["identical"].by_provenance) == {"chosen_by", "rejected_by"}


def test_several_raters_decide_who_wrote_the_chosen_reply_together(tmp_path):
    some = [
        {"instruction": f"Say {n}.", "response1": f"It is {n}.", "response2": f"Not {n}.", "generator1": "x",
         "generator2": "y", "annotator1": 1 + n % 2, "annotator2": 2, "annotator3": 1 + (n // 2) % 2}
        for n in range(40)
    ]  # fmt: skip
    m = portolan.map_text(some, path=tmp_path / "m", progress=False)
    votes = [sum(row[f"annotator{one}"] == 2 for one in (1, 2, 3)) for row in some]
    of_y = [row for row, n in enumerate(votes) if n >= 2]
    assert m.filter("chosen_by = 'y'").tolist() == of_y
    assert m.filter(f"{writer_sql(m._store, 'chosen_by')} = 'y'").tolist() == of_y


def test_a_card_may_name_the_writers_of_both_replies_and_is_written_back_so(tmp_path):
    m = portolan.map_text(rows(first="left_is", second="right_is"), path=tmp_path / "m", progress=False)
    assert "chosen_by" not in m.provenance.columns
    m.declare_provenance("provenance:\n  written_by: {first: left_is, second: right_is}\n")
    assert m.provenance.columns == ("chosen_by", "rejected_by")
    assert m.filter("chosen_by = 'ana'").tolist() == [row for row, one in enumerate(rows()) if chosen_by(one) == "ana"]
    assert read_card(str(m.provenance)) == m.provenance.card
    again = read_card(write_card(m.provenance.card), columns=["left_is", "right_is"])
    assert again.written_by == WriterColumns("left_is", "right_is")


def test_who_wrote_the_chosen_reply_is_intended_by_name_where_columns_pair_up(m):
    m.declare_provenance(
        "provenance:\n  chosen_by:\n    values:\n      ana:\n        intended: [identical]\n        reason: a test\n"
    )
    assert m.provenance.card.written_by == WriterColumns("model_a", "model_b")
    assert [said.where for said in m.findings["identical"].said] == ["chosen_by = 'ana'"]


def test_a_column_of_one_side_is_no_writer_of_the_chosen_reply_and_the_fix_says_what_is(m):
    with pytest.raises(CardError, match="model_a says who wrote one of the two replies") as caught:
        m.declare_provenance("provenance:\n  chosen_by: model_a\n")
    assert (caught.value.line, caught.value.column) == (2, 14)
    assert "written_by: {first: model_a, second: model_b}" in caught.value.fix


@pytest.mark.parametrize(
    ("card", "problem"),
    [
        ("provenance:\n  written_by: {first: model_a}\n", "one column of two"),
        ("provenance:\n  written_by: {first: model_a, second: model_c}\n", "no column 'model_c'"),
        ("provenance:\n  written_by: {first: model_a, second: model_b}\n  chosen_by: prompt\n", "follows from"),
    ],
)
def test_what_is_wrong_with_writers_in_a_card_is_told(card, problem, m):
    with pytest.raises(CardError, match=problem):
        m.declare_provenance(card)


def test_columns_of_writers_follow_the_card_and_go_with_it(tmp_path):
    m = portolan.map_text(rows(first="x_is", second="y_is"), path=tmp_path / "m", progress=False)
    event = m.declare_provenance("provenance:\n  written_by: {first: x_is, second: y_is}\n")
    assert "chosen_by" in dict(m.further_columns)
    m.findings.undo(event)
    m.findings.run(["identical"], progress=False)
    assert "chosen_by" not in dict(m.further_columns)
    assert m.provenance.columns == ("x_is", "y_is")


class ByAna:
    """Pairs whose chosen reply ana wrote."""

    key = "by-ana:1"
    title = what = "Ana wrote the chosen reply."
    needs = ()
    reads_writers = True

    def find(self, of):
        codes, names = of.writers.of("chosen_by")
        return Found(np.where(codes == names.index("ana"), 1, np.nan).astype(np.float32))


def test_a_finding_that_reads_writers_is_looked_for_again_where_a_card_says_otherwise(m, monkeypatch):
    monkeypatch.setitem(findings._plugins, "by-ana", ByAna)
    m.findings.run(["by-ana"], progress=False)
    of_ana = m.findings["by-ana"].row_ids.tolist()
    assert sorted(of_ana) == [row for row, one in enumerate(rows()) if chosen_by(one) == "ana"]
    m.declare_provenance("provenance:\n  written_by: {first: model_b, second: model_a}\n")
    m.findings.run(["by-ana"], progress=False)
    assert sorted(m.findings["by-ana"].row_ids) == [n for n, one in enumerate(WINNERS * 15) if one == "model_b"]


def test_columns_of_writers_are_those_of_the_data_that_took_the_others_place_and_of_a_map_made_anew(tmp_path):
    portolan.map_text(rows(), path=tmp_path / "m", progress=False)
    more = rows(96)
    m = portolan.map_text(more, path=tmp_path / "m", progress=False, replace=True)
    of_ana = [row for row, one in enumerate(more) if chosen_by(one) == "ana"]
    assert m.filter("chosen_by = 'ana'").tolist() == of_ana
    assert portolan.api.rebuild(tmp_path / "m").filter("chosen_by = 'ana'").tolist() == of_ana


@pytest.mark.shared
def test_of_alpaca_eval_findings_are_told_by_the_model_that_wrote_the_chosen_reply(tmp_path):
    import gzip
    import os
    from pathlib import Path

    if "PORTOLAN_DATA" not in os.environ:
        pytest.skip("PORTOLAN_DATA is not set: it names the folder of the larger data")
    path = Path(os.environ["PORTOLAN_DATA"]) / "alpaca-eval" / "gpt4_annotations.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        some = [json.loads(line) for line, _ in zip(lines, range(2000), strict=False)][::10]
    m = portolan.map_text(some, path=tmp_path / "alpaca", progress=False)
    m.findings.run(["near-identical"], progress=False)
    by = m.findings["near-identical"].by_provenance["chosen_by"]
    expected = {
        1: [row["generator_1"] for row in some].count("text_davinci_003"),
        2: sum(row["preference"] == 1 for row in some),
    }
    [davinci] = [one for one in by if one["value"] == "text_davinci_003"]
    assert expected[1] == len(some)
    assert davinci["n"] == expected[2]
