"""A provenance card that lies beside the data: taken up by a map, kept through changes, shipped with an export."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

import portolan
from portolan.cli.main import app
from portolan.core.provenance_card import read_card
from portolan.errors import CardError, NotFoundError
from small_data import pair_rows

CARD = """version: 1
owner: the makers
provenance:
  subset:
    values:
      even:
        for: a test
        intended: [identical]
        reason: on purpose
responses:
- finding: identical
  text: We know of them.
  by: the makers
"""


def run(*arguments):
    return CliRunner().invoke(app, [str(one) for one in arguments])


def write(folder, *, name="pairs.jsonl", card=CARD, called="provenance.yaml", rows=None):
    folder.mkdir(exist_ok=True)
    lines = "".join(json.dumps(row) + "\n" for row in rows or pair_rows(40))
    (folder / name).write_text(lines, encoding="utf-8")
    if card is not None:
        (folder / called).write_text(card, encoding="utf-8")
    return folder


def intended(m, finding="identical"):
    return [(said.status, said.where, said.author) for said in m.findings[finding].said]


def mapped(source, path, *more):
    return run("map", source, "-o", path, "--no-open", *more)


BY_CARD = [("intended", "subset = 'even'", "the makers")]


@pytest.mark.parametrize(
    ("source", "called"),
    [
        (".", "provenance.yaml"),
        (".", "provenance.yml"),
        ("pairs.jsonl", "provenance.yaml"),
        ("pairs.jsonl", "pairs.provenance.yaml"),
        ("pairs.jsonl", "pairs.jsonl.provenance.yml"),
    ],
)
def test_a_card_beside_the_data_is_taken_up_and_said(source, called, tmp_path):
    folder = write(tmp_path / "data", called=called)
    told = mapped(folder / source, tmp_path / "m")
    m = portolan.open_map(tmp_path / "m")
    assert intended(m) == BY_CARD
    assert f"Provenance by {called}" in told.stderr
    assert "intended: identical in even (by the makers)" in told.stderr
    assert [one.text for one in m.findings["identical"].responses] == ["We know of them."]


def test_the_card_of_a_file_goes_before_the_one_of_its_folder(tmp_path):
    folder = write(tmp_path / "data", card="provenance:\n  batch: subset\n")
    (folder / "pairs.provenance.yaml").write_text(CARD, encoding="utf-8")
    assert portolan.map_text(folder / "pairs.jsonl", path=tmp_path / "m", progress=False).provenance.card.owner


def test_a_card_beside_the_data_is_left_where_one_says_so(tmp_path):
    folder = write(tmp_path / "data")
    assert "Provenance" not in mapped(folder, tmp_path / "m", "--no-provenance").stderr
    assert not portolan.open_map(tmp_path / "m").provenance.card.is_declared
    m = portolan.map_text(folder, path=tmp_path / "n", progress=False, provenance=False)
    assert not m.provenance.card.is_declared


def test_a_card_that_is_named_is_taken_up_for_data_of_any_kind(tmp_path):
    folder = write(tmp_path / "cards", called="mine.yaml")
    m = portolan.map_text(pair_rows(40), path=tmp_path / "m", progress=False, provenance=folder / "mine.yaml")
    assert intended(m) == BY_CARD
    assert "mine.yaml" in mapped(folder / "pairs.jsonl", tmp_path / "n", "--provenance", folder / "mine.yaml").stderr


def test_a_card_that_is_named_and_is_none_is_refused_before_any_work(tmp_path):
    folder = write(tmp_path / "data", card="provenance: [")
    with pytest.raises(CardError):
        portolan.map_text(folder, path=tmp_path / "m", progress=False, provenance=folder / "provenance.yaml")
    with pytest.raises(NotFoundError):
        portolan.map_text(folder, path=tmp_path / "m", progress=False, provenance=folder / "none.yaml")
    assert not (tmp_path / "m").exists()


@pytest.mark.parametrize(
    ("card", "problem", "fix"),
    [
        ("provenance: [", "line 1, column 14", "Fix:"),
        ("provenance:\n  subset: sbset\n", "no column 'sbset'", "Did you mean 'subset'?"),
        (CARD.replace("even", "evne"), "no row has: subset = evne.", "Did you mean 'even'?"),
        (CARD.replace("[identical]", "[identicl]"), "'identicl', which is no finding", "Did you mean 'identical'?"),
    ],
)
def test_a_card_that_does_not_fit_is_warned_of_and_stops_nothing(card, problem, fix, tmp_path):
    told = mapped(write(tmp_path / "data", card=card), tmp_path / "m")
    assert told.exit_code == 0
    [line] = [line for line in told.stderr.splitlines() if line.startswith("Warning")]
    assert "provenance" in line
    assert problem in line
    assert fix in line
    assert portolan.open_map(tmp_path / "m").is_finished


def test_what_people_say_goes_before_the_card_through_replacing_and_rebuilding(tmp_path):
    folder = write(tmp_path / "data")
    m = portolan.map_text(folder, path=tmp_path / "m", progress=False)
    m.findings["identical"].set_status("to-drop", where="subset = 'even'", reason="not here", author="ada")
    write(folder, card=CARD.replace("a test", "another test"), rows=pair_rows(48))
    portolan.map_text(folder, path=tmp_path / "m", progress=False, replace=True)
    again = portolan.api.rebuild(tmp_path / "m")
    assert again.provenance.card.columns[0].values[0].purpose == "another test"
    assert intended(again) == [*BY_CARD, ("to-drop", "subset = 'even'", "ada")]
    assert again.provenance.shipped().intended("identical") == []


def test_a_card_declared_by_hand_is_not_overruled_by_the_one_beside_the_data(tmp_path):
    folder = write(tmp_path / "data")
    mapped(folder, tmp_path / "m")
    portolan.open_map(tmp_path / "m").declare_provenance("owner: me\nprovenance:\n  batch: subset\n")
    told = mapped(folder, tmp_path / "m")
    assert "another provenance card was declared" in told.stderr
    assert portolan.open_map(tmp_path / "m").provenance.card.owner == "me"
    mapped(folder, tmp_path / "m", "--provenance", folder / "provenance.yaml")
    assert portolan.open_map(tmp_path / "m").provenance.card.owner == "the makers"


def test_a_card_that_somebody_undid_is_not_taken_up_again(tmp_path):
    folder = write(tmp_path / "data")
    m = portolan.map_text(folder, path=tmp_path / "m", progress=False)
    [event] = m.journal.events()
    m.findings.undo(event)
    again = portolan.map_text(folder, path=tmp_path / "m", progress=False)
    assert not again.provenance.card.is_declared
    assert len(again.journal.events()) == 2


def test_columns_that_other_data_has_not_are_no_part_of_the_provenance(tmp_path):
    folder = write(tmp_path / "data")
    portolan.map_text(folder, path=tmp_path / "m", progress=False)
    rows = [{name: row[name] for name in ("chosen", "rejected")} for row in pair_rows(40)]
    write(folder, rows=rows)
    m = portolan.map_text(folder, path=tmp_path / "m", progress=False, replace=True)
    assert m.provenance.columns == ()
    assert intended(m) == []


# Shipped.


@pytest.mark.parametrize("out", ["clean.jsonl", "clean.parquet", "clean"])
def test_an_export_ships_the_card_as_it_stands_and_a_map_of_it_takes_it_up(out, tmp_path):
    m = portolan.map_text(write(tmp_path / "data"), path=tmp_path / "m", progress=False)
    # As the page says it.
    m.findings["duplicate"].set_status("intended", where="CAST(\"subset\" AS VARCHAR) = 'odd'", reason="copies")
    m.findings["duplicate"].respond("They are weighted.", author="ada")
    made = m.export(tmp_path / "out" / out)
    assert tmp_path / "out" / f"{out}.provenance.yaml" in made.side_files
    card = (tmp_path / "out" / f"{out}.card.md").read_text(encoding="utf-8")
    assert f"[{out}.provenance.yaml]({out}.provenance.yaml)" in card
    again = portolan.map_text(tmp_path / "out" / out, path=tmp_path / "n", progress=False)
    assert intended(again) == BY_CARD
    assert intended(again, "duplicate") == [("intended", "subset = 'odd'", "the makers")]
    [answer] = again.findings["duplicate"].responses
    assert (answer.text, answer.author, answer.event) == ("They are weighted.", "ada", None)
    assert [one.text for one in again.findings["identical"].responses] == ["We know of them."]
    assert again.provenance.shipped() == again.provenance.card


def test_a_folder_that_is_exported_holds_its_card_and_links_to_it(tmp_path):
    m = portolan.map_text(write(tmp_path / "data"), path=tmp_path / "m", progress=False)
    m.export(tmp_path / "out")
    assert read_card((tmp_path / "out" / "provenance.yaml").read_text(encoding="utf-8")).owner == "the makers"
    assert "[provenance.yaml](provenance.yaml)" in (tmp_path / "out" / "README.md").read_text(encoding="utf-8")


def test_without_a_card_nothing_is_shipped_until_somebody_says_something(tmp_path):
    m = portolan.map_text(pair_rows(40), path=tmp_path / "m", progress=False)
    m.export(tmp_path / "a.jsonl")
    assert not (tmp_path / "a.jsonl.provenance.yaml").exists()
    event = m.findings["identical"].set_status("intended", where="subset = 'odd'", reason="on purpose")
    m.export(tmp_path / "a.jsonl", replace=True)
    told = read_card((tmp_path / "a.jsonl.provenance.yaml").read_text(encoding="utf-8"))
    [(column, value)] = told.intended("identical")
    assert (column.column, value.value, value.reason) == ("subset", "odd", "on purpose")
    m.findings.undo(event)
    m.export(tmp_path / "a.jsonl", replace=True)
    assert not (tmp_path / "a.jsonl.provenance.yaml").exists()


def test_several_columns_may_tell_one_part_and_are_written_back(tmp_path):
    card = read_card("provenance:\n  source: [site, {column: lang, description: by hand}]\n", columns=["site", "lang"])
    assert [(one.part, one.column) for one in card.columns] == [("source", "site"), ("source", "lang")]
    assert read_card(str(card)) == card


def test_a_response_needs_a_finding_and_a_text():
    with pytest.raises(CardError, match="has no text"):
        read_card("provenance: {subset: a}\nresponses:\n- finding: identical\n")
