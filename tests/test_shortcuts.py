"""Plain traits alone: what each sees, that they find what was planted and where, and claim nothing of coins."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

import portolan
from portolan.cli.main import app
from portolan.core.reply_surface import N_SURFACE, SURFACE
from portolan.core.report_material import Material
from portolan.core.report_shortcuts import shortcut_blocks
from portolan.core.shortcut_figures import Column, rules_by_part, rules_of
from portolan.core.shortcuts import GROUPS, WHAT, RulePairs, rule_logits
from portolan.core.shortcuts_told import Shortcuts
from small_data import TOPICS

PART = ("a", "b", "c", "d")


def coins(n, *, seed=0):
    """Pairs of which nothing tells the choice, with everything that a rule may see, and the part that each is in."""
    rng = np.random.default_rng(seed)
    pairs = RulePairs(
        np.ones(n, np.int8), rng.integers(0, 5, n), np.arange(n), np.ones(n, np.float32),
        rng.normal(size=(n, N_SURFACE)).astype(np.float32), rng.random(n) < 0.5, rng.integers(0, 4, (n, 2)),
    )  # fmt: skip
    return pairs, Column("part", np.arange(n) % len(PART), PART)


def told(pairs, column):
    return Shortcuts(rules_of(pairs, threads=1), rules_by_part(pairs, [column], threads=1))


def with_number(pairs, name, where):
    """The chosen reply has more of a number in those pairs."""
    surface = pairs.surface.copy()
    column = SURFACE.index(name)
    surface[where, column] = np.abs(surface[where, column]) + 0.5
    return replace(pairs, surface=surface)


def test_every_number_of_the_looks_is_in_one_group():
    assert sorted(name for names in GROUPS.values() for name in names) == sorted(SURFACE)
    assert set(GROUPS) < set(WHAT)


def test_a_rule_sees_its_own_numbers_alone():
    pairs, _ = coins(300)
    changed = with_number(pairs, "commas", np.arange(300) < 150)
    before, after = (rule_logits(some, threads=1) for some in (pairs, changed))
    assert (before["punctuation"] != after["punctuation"]).any()
    for rule in set(before) - {"punctuation", "looks"}:
        np.testing.assert_allclose(before[rule], after[rule], atol=1e-4)


def test_a_trait_that_nothing_is_known_of_says_nothing():
    pairs, _ = coins(200)
    surface = pairs.surface.copy()
    surface[:, [SURFACE.index(name) for name in GROUPS["echo"]]] = 0
    assert not rule_logits(replace(pairs, surface=surface), threads=1)["echo"].any()
    assert "writer" not in rule_logits(replace(pairs, writers=None), threads=1)
    assert "position" not in rule_logits(replace(pairs, is_first=None), threads=1)


def test_punctuation_that_decides_everywhere_is_found_and_nothing_else():
    pairs, column = coins(800)
    found = told(with_number(pairs, "commas", np.ones(800, bool)), column)
    assert [one.name for one in found.sure] == ["punctuation", "looks"]
    assert found["punctuation"].accuracy.value > 0.95
    assert not found.stronger


def test_punctuation_that_decides_in_one_part_is_found_there():
    pairs, column = coins(1200)
    found = told(with_number(pairs, "commas", column.codes == 2), column)
    assert {(one.value, one.rule.name) for one in found.stronger} == {("c", "punctuation"), ("c", "looks")}
    assert found.stronger[0].rule.accuracy.value > 0.9
    assert found.stronger[0].elsewhere < 0.6
    assert "“c” punctuation" in found.says


def test_what_turns_round_between_parts_is_found_in_both_and_not_in_all():
    pairs, column = coins(1200)
    both = with_number(pairs, "words", np.ones(1200, bool))
    surface = both.surface.copy()
    surface[column.codes % 2 == 1] *= -1
    found = told(replace(both, surface=surface), column)
    lengths = {one.value: one.rule for one in found.parts if one.rule.name == "length"}
    assert not found["length"].is_sure
    assert all(one.is_sure and one.accuracy.value > 0.9 for one in lengths.values())


def test_a_position_that_decides_is_found():
    pairs, column = coins(600)
    is_first = np.arange(600) % 5 != 0
    found = told(replace(pairs, is_first=is_first), column)
    assert [one.name for one in found.sure] == ["position"]
    assert found["position"].accuracy.value == pytest.approx(0.8)


def test_a_writer_who_wins_in_one_part_whatever_it_says_is_found_there():
    pairs, column = coins(1200)
    writers = np.where(np.arange(1200)[:, None] % 8 < 4, [0, 1], [1, 0])
    writers[column.codes == 1] = (0, 1)
    found = told(replace(pairs, writers=writers), column)
    assert {(one.value, one.rule.name) for one in found.stronger} == {("b", "writer")}
    assert found.stronger[0].rule.accuracy.value > 0.99


def test_of_coins_something_is_claimed_once_in_twenty_times_at_most():
    claims = 0
    for seed in range(40):
        pairs, column = coins(500, seed=seed)
        found = told(pairs, column)
        claims += bool(found.sure or found.stronger or found.unlike)
    assert claims <= 2


def test_pairs_without_an_outcome_and_small_parts_are_not_told_of():
    pairs, column = coins(800)
    outcomes = pairs.outcomes.copy()
    outcomes[column.codes == 3] = 0
    found = told(replace(pairs, outcomes=outcomes), column)
    assert found["length"].accuracy.n == 600
    assert {one.value for one in found.parts} == {"a", "b", "c"}


def test_pairs_of_one_prompt_make_a_rule_less_sure():
    pairs, column = coins(400)
    planted = with_number(pairs, "lines", np.arange(400) % 4 != 0)
    alone, copied = (rules_of(some, threads=1)[2] for some in (planted, replace(planted, groups=np.arange(400) // 40)))
    assert copied.accuracy.high - copied.accuracy.low != alone.accuracy.high - alone.accuracy.low
    assert copied.p > alone.p
    assert column.values == PART


def test_what_was_told_is_told_again_from_json():
    pairs, column = coins(500)
    column = replace(column, clusters=[(1, number) for number in range(4)])
    found = told(with_number(pairs, "commas", column.codes == 0), column)
    again = Shortcuts.from_json(json.loads(json.dumps(found.to_json(), allow_nan=False)), {(1, 0): "Renamed"})
    assert [one.to_json() for one in again.rules] == [one.to_json() for one in found.rules]
    assert again.regions[0].value == "Renamed"


# The map.


def rows_with_a_mark(n):
    """Pairs about several topics: among gardens the reply with a comma is chosen, and the model alpha elsewhere."""
    rng = np.random.default_rng(0)
    rows = []
    for number in range(n):
        topic = list(TOPICS)[number % 4]
        words = TOPICS[topic].split()
        marks = [", ", "; "] if topic == "gardens" else rng.permutation([", ", "; "])
        good, bad = (" ".join(rng.choice(words, 5)) + mark + " ".join(rng.choice(words, 5)) + "." for mark in marks)
        writers = ["alpha", "beta"] if topic == "cooking" else rng.permutation(["alpha", "beta"])
        rows.append({
            "prompt": f"Question {number} about {topic}?", "chosen": good, "rejected": bad,
            "chosen_model": writers[0], "rejected_model": writers[1], "subset": topic,
        })  # fmt: skip
    return rows


@pytest.fixture(scope="module")
def marked(tmp_path_factory):
    return portolan.map_text(rows_with_a_mark(800), name="marked", path=tmp_path_factory.mktemp("m") / "m.portolan")


def test_a_map_tells_which_trait_decides_and_in_which_topic(marked):
    found = marked.shortcuts
    assert {one.name for one in found.sure} == {"punctuation", "writer", "looks"}
    by_subset = {(one.value, one.rule.name) for one in found.stronger if one.column == "subset"}
    assert by_subset == {("gardens", "punctuation"), ("gardens", "looks"), ("cooking", "writer")}
    assert {one.rule.name for one in found.regions} >= {"punctuation", "writer"}
    assert "chosen_model" not in {one.column for one in found.parts}


def test_it_is_measured_once_until_what_decides_it_changes(marked):
    first = marked.shortcuts
    record = marked._store.manifest.stages["shortcuts"]
    assert marked.shortcuts.to_json() == first.to_json()
    assert marked._store.manifest.stages["shortcuts"] == record
    region = first.regions[0]
    layer, cluster_id = region.cluster
    event = marked.edit.rename((layer, cluster_id), "Green things")
    assert "Green things" in {one.value for one in marked.shortcuts.regions}
    assert marked._store.manifest.stages["shortcuts"] == record
    marked.edit.undo(event.id)


def test_the_finding_the_command_and_json_tell_it(marked):
    finding = marked.findings["surface-shortcut"]
    assert "punctuation is right on" in finding.power
    assert {one["rule"] for one in finding.note.power["alone"] if one["is_sure"]} == {"punctuation", "writer", "looks"}
    said = CliRunner().invoke(app, ["preference", str(marked.path)])
    assert "in parts" in said.output
    assert "1.000+" in said.output
    assert "subset = gardens" in said.output
    told_json = json.loads(CliRunner().invoke(app, ["preference", str(marked.path), "--json"]).stdout)
    assert {one["rule"] for one in told_json["shortcuts"]["rules"]} == {*WHAT} - {"position"}


# The report.


def test_a_report_draws_traits_and_names_the_parts_in_which_they_tell_more():
    pairs, column = coins(1200)
    column = replace(column, name="topic", clusters=[(2, number) for number in range(4)])
    told_json = told(with_number(pairs, "commas", column.codes == 2), column).to_json()
    for one in told_json["parts"]:
        one["link"] = f"#cluster={one['cluster_id']}"
    words, figure, table = shortcut_blocks(Material({"shortcuts": told_json}, link_base="http://here/"))
    assert "surely more than a coin" in words.text
    assert "punctuation" in words.text
    assert "punctuation" in figure.drawings[0].alt
    assert [row[0] for row in table.rows] == ["topic [c](http://here/#cluster=2)"]
    assert table.rows[0][1] == "punctuation"


def test_a_report_of_coins_says_that_no_trait_tells_and_lists_no_part():
    pairs, column = coins(800)
    blocks = shortcut_blocks(Material({"shortcuts": told(pairs, column).to_json()}))
    assert len(blocks) == 2
    assert "none of 7 plain traits" in blocks[0].text
    assert shortcut_blocks(Material({})) == []
