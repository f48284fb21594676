"""Sentences, charts, markup and texts of reports: pure functions on figures."""

from __future__ import annotations

import re
import shlex
import xml.etree.ElementTree as ET

import pytest

from portolan.core.concept_figures import wilson
from portolan.core.effect_words import AS_GIVEN
from portolan.core.report import Figure, Prose, Report, Section
from portolan.core.report_arguments import order_of_harm, turns_back, where_declared, where_frequent
from portolan.core.report_article import _summed
from portolan.core.report_cards import card_figures, own_figures
from portolan.core.report_dataset import _pairs, declared, identical, length_bias, undeclared
from portolan.core.report_effects import model_words, probe_words, verdict, what_was_done, where_words
from portolan.core.report_figures import Mark, bar_chart, dot_chart
from portolan.core.report_findings import _judged_of, by_provenance, in_order, precision_words, status_words
from portolan.core.report_markup import code, inline_html, link, plain, to_html, to_words
from portolan.core.report_material import Material
from portolan.core.report_method import _limits, commands
from portolan.core.report_preference import accuracy_words, against_baselines, power_paragraphs
from portolan.core.report_redaction import redact
from portolan.core.report_texts import read_texts, write_texts
from portolan.core.report_words import chance, interval, listed, percent, points_interval, signed
from portolan.errors import InputError

SPREAD = {"q05": 1, "q50": 2, "q95": 3, "mean": 2.0}


def share(k, n):
    return wilson(k, n).to_json()


def rate(value="red-team", *, count=10, n=100, expected=0.01, p=0.001, excess=0.09):
    told = wilson(count, n)
    return {
        "value": value, "n": n, "count": count, "rate": told.value, "low": told.low, "high": told.high,
        "expected": expected, "excess": excess, "excess_low": excess - 0.02, "excess_high": excess + 0.02, "p": p,
    }  # fmt: skip


def finding(name="doubly-egregious", *, count=12, rates=(), status_counts=None, judged=(0, 0), said=()):
    unknown = {"value": None, "low": 0.0, "high": 1.0, "n": 0}
    return {
        "name": name, "title": "Both replies are harmful", "count": count, "share": share(count, 1000),
        "by_provenance": {"subset": list(rates)} if rates else {}, "said": list(said), "responses": [],
        "status_counts": status_counts or {"open": count}, "is_looked_for": True, "power": {"says": ""}, "clusters": [],
        "judged": {"precision": share(*judged) if judged[1] else unknown, "recall": unknown, "unsure": 0,
                   "judged_outside": 0},
        "where": f"finding_{name.replace('-', '_')} IS NOT NULL",
    }  # fmt: skip


def outcome(
    name="accuracy", subset="not selected", *, delta=0.001, half=0.003, effect=False, smallest=0.006, right=0.56
):
    return {
        "name": name, "subset": subset, "with": right, "without": right, "random_drop": right - delta, "delta": delta,
        "low": delta - half, "high": delta + half, "p": 0.5, "p_holm": 1.0, "smallest": smallest, "effect": effect,
    }  # fmt: skip


def effect(*outcomes, where="finding_doubly_egregious IS NOT NULL"):
    return {"action": "drop", "where": where, "outcomes": list(outcomes), "n_selected": 12, "n_pairs": 1000,
            "matched_on": ["subset"], "not_matched_on": [], "setting": {"seeds": 20}}  # fmt: skip


# Numbers.


@pytest.mark.parametrize(
    ("value", "told"), [(0.1234, "12.3 %"), (0.034, "3.4 %"), (0.0082, "0.82 %"), (0.00016, "0.016 %"), (0, "0 %")]
)
def test_a_share_has_as_many_digits_as_tell_it_from_its_neighbours(value, told):
    assert percent(value) == told


def test_both_ends_of_an_interval_have_as_many_digits_and_none_is_written_as_nothing():
    assert interval(0.0063, 0.0108) == "0.63 to 1.08 %"
    assert interval(0.00001, 0.0029) == "0.001 to 0.290 %"


def test_what_is_written_as_nothing_has_no_sign():
    assert [signed(value) for value in (-0.00004, 0.0, 0.0002)] == ["0.0000", "0.0000", "+0.0002"]


def test_a_difference_is_told_with_signs_and_a_true_minus():
    assert points_interval(-0.012, 0.034) == "\N{MINUS SIGN}1.2 to +3.4 points"


def test_a_small_p_value_is_told_as_below_a_thousandth():
    assert (chance(1e-9), chance(0.012), chance(0.4)) == ("p < 0.001", "p = 0.012", "p = 0.40")


def test_parts_are_listed_as_one_speaks():
    assert [listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])] == ["a", "a and b", "a, b and c"]


# Markup.


def test_what_comes_from_data_is_no_markup_and_no_html():
    hostile = "**b** <script>alert(1)</script> [x](https://evil.example) `c` | - "
    assert to_words(plain(hostile)) == hostile.strip()
    html = inline_html(plain(hostile))
    assert "<script" not in html
    assert "<a " not in html
    assert "<strong>" not in html


def test_an_address_that_would_run_something_is_no_link():
    assert "<a" not in inline_html("[words](javascript:alert(1))")
    assert inline_html("[words](https://example.org/#f=1)") == '<a href="https://example.org/#f=1">words</a>'


def test_a_link_without_an_address_is_its_words():
    assert link("a [topic]", "") == r"a \[topic\]"


def test_paragraphs_and_lists_become_html():
    assert to_html("One *two*.\n\n- a\n- **b**") == (
        "<p>One <em>two</em>.</p>\n<ul><li>a</li><li><strong>b</strong></li></ul>"
    )


def test_an_expression_is_code_as_it_stands():
    assert inline_html(code("a < 2 AND b = '*x*'")) == "<code>a &lt; 2 AND b = '*x*'</code>"


# The dataset.


def pairs(longer, by=None, **counts):
    told = {"longer_chosen": longer, "longer_chosen_by": {"subset": by or {}}}
    return told | {"identical": 0, "mismatched": 0, "ties": 0, "blank": 0} | counts


def test_no_bias_of_length_is_claimed_where_the_interval_holds_a_half():
    told = length_bias(pairs(share(510, 1000)))
    assert "does not tell" in told
    assert "more often" not in told


def test_a_bias_of_length_is_told_with_its_side_and_with_parts_that_differ():
    told = length_bias(pairs(share(700, 1000), {"helpful": share(400, 500), "harmless": share(100, 500)}))
    assert "the longer reply was chosen more often than not" in told
    assert "the longer one in helpful (80.0 %) and the shorter one in harmless (20.0 %)" in told


def test_a_column_of_one_value_makes_no_parts():
    told = pairs(share(700, 1000), {"all of it": share(700, 1000)})
    assert "By part of the data" not in length_bias(told)
    facts = {"pairs": told | dict.fromkeys(("turns", "prompt_chars", "chosen_chars", "rejected_chars"), SPREAD)}
    charts = [block for block in _pairs(facts | {"kind": "pair"}) if isinstance(block, Figure)]
    assert not charts


def test_statistics_of_rankings_are_told_of_their_best_and_worst_replies():
    told = pairs(share(70, 100), identical=1, ties=2) | {"pairs_of_each": SPREAD}
    assert length_bias(told).startswith("Of 100 pairs of replies that differ in length, the longer reply ranks higher")
    assert "each ranking counts once" in length_bias(told)
    assert identical(told) == (
        "1 ranking has a best and a worst reply that are the same and 2 rankings have no reply that ranks above "
        "another. No ranking has a blank best or worst reply."
    )


def test_of_many_parts_of_the_data_their_number_is_told():
    told = length_bias(pairs(share(700, 1000), {f"part {n}": share(80, 100) for n in range(9)}))
    assert told.endswith("it is the longer one in 9 of 9 parts.")


def test_pairs_that_say_nothing_are_counted_in_singular_and_plural():
    assert identical(pairs(share(1, 2), identical=1, blank=3)) == (
        "1 pair has two identical replies and 3 pairs have a blank reply. No pair has replies to different prompts. "
        "Every pair has a verdict."
    )


def test_that_nothing_is_declared_is_said():
    told = undeclared({"columns": [{"column": "subset", "part": "source"}]})
    assert told.startswith("No provenance card says where these rows come from")
    assert "by the column `subset`" in told


def test_a_declared_card_names_its_owner_and_how_many_values_have_intended_findings():
    column = {"column": "subset", "part": "subset", "values": [{"intended": ["identical"]}, {"intended": []}]}
    told = declared({"owner": "Data & Co", "description": "", "columns": [column]})
    assert "by Data & Co" in told
    assert "1 value has findings" in told


# Findings.


def test_an_excess_is_told_with_its_interval_and_what_is_elsewhere():
    [told] = by_provenance(finding(rates=[rate()]))
    assert told == (
        "It is more frequent in `subset` = red-team: 10 of 100, 10.0 % (5.5 to 17.4 %), against 1.0 % in the rest, an "
        "excess of +7.0 to +11.0 points (p = 0.001)."
    )


def test_no_excess_is_claimed_where_chance_could_give_it():
    [told] = by_provenance(finding(rates=[rate(p=0.2), rate("other", p=0.7, excess=-0.01)]))
    assert "more frequent in" not in told
    assert "than chance could give (smallest p = 0.20)" in told


def test_a_finding_that_nobody_judged_says_so():
    assert "Nobody has judged" in precision_words(Material({}), finding())


def test_a_rule_that_compares_texts_needs_no_judgement():
    told = precision_words(Material({"kind": "pair"}), finding("identical") | {"is_exact": True})
    assert told == "The rule only compares texts: every one of these pairs is what it says, be that a defect or not."
    kinds = [finding("identical") | {"is_exact": True}, finding()]
    assert _judged_of(kinds) == ("No person has judged a sample of any of them, those apart that only compare texts.")
    assert "None of the 1 findings that do more than compare texts" in _limits({"findings": kinds})
    assert "judged" not in _limits({"findings": kinds[:1]})


def test_judged_precision_is_told_with_its_interval_and_what_is_not_known():
    told = precision_words(Material({}), finding(judged=(18, 20)))
    assert "90.0 % (69.9 to 97.2 %)" in told
    assert "how many it misses is not known" in told


def test_findings_stand_by_rows_that_are_open_and_what_is_no_defect_stands_last():
    many, few = finding("recovery", count=500), finding("identical", count=3)
    intended = finding("harmful-chosen", count=50, status_counts={"intended": 49, "open": 1})
    names = [one["name"] for one in in_order([many, intended, few, finding("pii", count=0)])]
    assert names == ["identical", "harmful-chosen", "recovery"]


def test_a_summary_that_tells_of_harm_tells_of_what_turns_back_from_it():
    others = [finding(name, count=90) for name in ("pii", "identical", "near-identical", "duplicate", "leakage")]
    harm, back = finding("harmful-chosen", count=100), finding("recovery", count=20)
    assert [one["name"] for one in _summed(in_order([*others, harm, back]))][-1] == "recovery"
    assert back not in _summed(in_order([*others, back]))


def test_statuses_are_told_with_their_numbers():
    assert status_words(finding(status_counts={"open": 1, "intended": 11})) == "Status: 1 is open and 11 are intended."


# Effects.


def test_no_effect_is_told_with_what_would_have_been_shown():
    assert verdict(effect(outcome(), outcome("log_loss"))) == (
        "**No measurable effect** on any of 2 outcomes. Accuracy on the other pairs differs by +0.10 points "
        "(95 %: \N{MINUS SIGN}0.20 to +0.40) from what the same change to random pairs leads to; a difference of 0.60 "
        "points would have been shown four times in five."
    )


def test_an_effect_is_told_with_its_interval():
    told = verdict(effect(outcome(delta=0.02, effect=True)))
    assert told == (
        "**A measurable effect on 1 of 1 outcome**: accuracy on the other pairs +2.00 points (+1.70 to +2.30)."
    )


def test_a_model_no_better_than_a_coin_on_a_part_of_the_data_says_little_there():
    told = model_words(effect(outcome(), outcome(subset="subset = red", right=0.45)))
    assert "no better than a coin on subset = red (45.0 %)" in told
    assert "says little about any change" in model_words(effect(outcome(right=0.49)))


def test_where_the_model_is_told_where_pairs_come_from_the_report_says_so():
    one = effect(outcome())
    one["setting"]["provenance"] = ["subset"]
    told = model_words(one)
    assert "own model, which is told the `subset` of each pair, is right in 56.0 % of the other pairs" in told


def test_what_probes_are_is_told_where_there_are_some():
    assert probe_words(effect(outcome())) == ""
    one = effect(outcome(), outcome("probe_margin", "over-refusal"))
    one["setting"]["provenance"] = ["subset"]
    assert "They have no `subset`, so each is judged once as a pair of every part" in probe_words(one)


def test_an_experiment_on_a_findings_rows_is_told_by_the_findings_title():
    facts = {"findings": [finding()]}
    assert where_words(facts, "finding_doubly_egregious IS NOT NULL") == "“Both replies are harmful”"
    assert where_words(facts, "subset = 'a'") == ""


# The preference model.


def model(accuracy=0.6, low=0.58, high=0.62, *, can_tell=False, **baselines):
    power = {"planted": 0.1, "auc": 0.6, "average_precision": 0.15, "by_chance": 0.1, "is_refitted": True, "cuts": []}
    return {"accuracy": accuracy, "interval": [low, high], "pairs": 1000, "baselines": {"chance": 0.5, **baselines},
            "power": power, "can_tell": can_tell, "says": "It cannot."}  # fmt: skip


def test_accuracy_whose_interval_holds_a_half_cannot_be_told_from_a_coin():
    assert "cannot be told from a coin" in accuracy_words(model(0.51, 0.48, 0.54))
    assert "cannot" not in accuracy_words(model())


def test_a_model_that_is_not_surely_better_than_a_plain_rule_says_so():
    assert "not surely better" in against_baselines(model(length=0.59))
    assert "not surely better" not in against_baselines(model(length=0.52))


def test_a_model_that_cannot_tell_flipped_pairs_says_so_first():
    [told] = power_paragraphs(model())
    assert told.startswith("**The model cannot tell which pairs are the wrong way round**")
    assert "a random 10 % of the pairs" in told
    assert "at most" not in told


def test_how_many_pairs_can_be_flipped_is_told_beside():
    power = {**model()["power"], "as_it_is": {"at_most": 0.037}}
    [told] = power_paragraphs({**model(), "power": power})
    assert "at most 3.7 % of the pairs are flipped at random; how many are, choices alone do not tell" in told


def test_a_model_of_rankings_is_told_to_rank_and_not_to_choose():
    told = model() | {"rankings": 200}
    assert "it prefers the reply that ranks higher in 60.0 %" in accuracy_words(told)
    assert power_paragraphs(told)[0].startswith("**The model cannot tell which rankings are upside down**")


# Counter-arguments.


def test_how_many_rows_lie_where_they_are_called_intended_is_told_of_both_sides():
    one = finding(status_counts={"intended": 9, "open": 3})
    facts = {"kind": "pair", "provenance": {"is_declared": True}}
    assert where_declared(one, facts) == ("9 of the 12 pairs (75.0 %) lie where they are called intended; 3 do not.")
    facts = {"kind": "ranking", "provenance": {"is_declared": False}}
    assert "where such rankings are intended, so of none of the 12 it is known" in where_declared(finding(), facts)


def test_where_rows_are_frequent_is_told_with_how_many_are_elsewhere():
    assert "2 are elsewhere, where 1.0 % of pairs are" in where_frequent({"kind": "pair"}, finding(rates=[rate()]))


@pytest.mark.parametrize(
    ("count", "told"), [(25, "as often as a coin would"), (45, "the less harmful"), (5, "the more harmful")]
)
def test_which_reply_is_the_less_harmful_is_claimed_only_where_the_interval_leaves_out_a_half(count, told):
    card = {"figures": [{"measure": "right order", "value": 0.574, "on": "A, unseen"}]}
    facts = {"overlaps": {"less_harmful_chosen": {"count": count, "n": 50}}, "cards": {"harm": card}, "harm": "harm"}
    facts["kind"] = "pair"
    assert "57.4 % of pairs of kinds that it was not trained on (50 % is chance): weak evidence" in order_of_harm(facts)
    assert told in order_of_harm(facts)
    assert "best reply" in order_of_harm(facts | {"kind": "ranking"})


def test_how_often_chosen_replies_turn_back_is_told_with_an_interval():
    overlaps = {"harmful_prompts": {"count": 80, "n": 100, "cut": 0.5}, "egregious_refusing": 0}
    facts = {"kind": "pair", "overlaps": overlaps}
    told = turns_back(facts, finding("recovery"))
    assert "turns back in 80, 80.0 % (71.1 to 86.7 %)" in told
    assert "In none of the pairs" in told


# How to make it again.


def test_the_commands_name_the_source_and_what_was_asked_of_the_map():
    parameters = {
        "chosen": "good",
        "rejected": "not so good",
        "layout": "chosen",
        "categories": ["part"],
        "random_state": 7,
    }
    facts = {"source": "my pairs.jsonl", "parameters": parameters, "provenance": None, "findings": [], "effects": []}
    assert commands(facts)[0] == (
        "portolan map 'my pairs.jsonl' --chosen good --rejected 'not so good' --category part --seed 7 -o MAP"
    )
    assert commands(facts | {"source": "demo"})[0] == "portolan demo -o MAP"


def test_the_command_of_an_experiment_has_all_that_was_asked_for():
    one = effect(outcome()) | {"action": "relabel"}
    one["setting"] |= {"seeds": 40, "to": 0.3, "random_state": 2}
    facts = {"provenance": None, "findings": [], "effects": [one, one | {"where": AS_GIVEN}]}
    of_one, of_numbers = commands(facts)[1:3]
    assert of_one.endswith("--to 0.3 --seeds 40 --seed 2")
    assert "m.effect(weights=" in of_numbers
    assert "with a chance of 0.3 that the chosen reply is the better one" in what_was_done(one)


def test_the_commands_define_a_finding_of_ones_own_again_and_a_card_beside_the_data_needs_none():
    own = {"where": "length(chosen) > 3 AND part = 'it''s'", "score": "score / 10", "what": "Long.", "author": "ada"}
    plain = own | {"where": "x > 1", "score": "", "what": "Rows where x > 1."}
    findings = [finding("long") | {"definition": own}, finding("wide") | {"definition": plain}, finding()]
    facts = {"provenance": {"is_declared": True}, "findings": findings, "harm": "harm", "effects": []}
    lines = commands(facts)
    first, second = [line for line in lines if "--define" in line]
    assert shlex.split(first)[4:] == ["long", own["where"], "--confidence", "score / 10", "--what", "Long."]
    assert shlex.split(second)[4:] == ["wide", "x > 1"]
    assert "portolan audit MAP --provenance CARD.yaml" in lines
    assert not any("--provenance" in line for line in commands(facts | {"card_beside": "provenance.yaml"}))


# Cards.


def test_figures_of_several_sets_measured_alike_are_told_as_a_range():
    figures = [
        {"measure": "AUC", "value": value, "on": f"{name}, unseen", "n": 10} for name, value in (("A", 0.6), ("B", 0.9))
    ]
    assert card_figures({"figures": figures}) == ["AUC 0.6 to 0.9 (A and B, unseen; 20 texts)"]


def test_figures_of_parts_of_a_set_are_not_told():
    figures = [
        {"measure": "AUC", "value": 0.6, "on": "A, held out", "n": 10},
        {"measure": "AUC", "value": 0.2, "on": "A, held out: insults", "n": 3},
        {"measure": "found (>= 0.5)", "value": 0.7, "on": "A: insults", "n": 3},
        {"measure": "found (>= 0.5)", "value": 0.7, "on": "A", "n": 3},
    ]
    assert card_figures({"figures": figures}) == ["AUC 0.6 (A, held out; 10 texts)", "found (≥ 0.5) 0.7 (A; 3 texts)"]


def test_figures_of_both_steps_are_not_told_of_the_linear_step_alone():
    figures = [{"measure": "AUC, both", "value": 0.9}, {"measure": "AUC", "value": 0.8}]
    assert [one["value"] for one in own_figures("harm:fast", figures)] == [0.8]
    assert [one["value"] for one in own_figures("harm:all", figures)] == [0.9]
    assert len(own_figures("other", figures)) == 2


# Charts.


def numbers(svg, tag, attribute):
    root = ET.fromstring(svg)
    found = root.iter(f"{{http://www.w3.org/2000/svg}}{tag}")
    return [float(one.get(attribute)) for one in found if one.get(attribute) and one.get("class") == "r-accent"]


def test_a_bar_is_as_long_as_its_share():
    chart = bar_chart([Mark("a", 0.2, 0.1, 0.3), Mark("b", 0.1, 0.05, 0.2)], name="c", title="C")
    long, short, *_ = numbers(chart.svg, "rect", "width")
    assert long == pytest.approx(2 * short, abs=0.2)


def test_dots_stand_in_the_order_of_their_shares():
    chart = dot_chart([Mark("a", 0.4, 0.3, 0.5), Mark("b", 0.6, 0.5, 0.7)], name="c", title="C", line=0.5)
    left, right, *_ = numbers(chart.svg, "circle", "cx")
    assert left < right


def test_names_in_a_chart_are_text_and_no_tags():
    chart = bar_chart([Mark("<b>&\x00", 0.2, 0.1, 0.3)], name="c", title="T<i>")
    assert "&lt;b&gt;&amp;" in chart.svg
    ET.fromstring(chart.svg)
    assert "20.0 %, 10.0 to 30.0 %" in chart.alt


# Texts.


def report():
    return Report("T", "S", (Section("a", "A", (Prose("a", "One."), Prose("b", "Two."))),))


def test_written_texts_are_read_back_as_they_were():
    text = write_texts(report())
    assert read_texts(text, known=["a", "b"]) == {"a": "One.", "b": "Two."}


def test_texts_take_the_place_of_blocks_and_an_empty_one_leaves_its_block_out():
    [section] = report().with_texts({"a": "Mine.", "b": ""}).sections
    assert section.blocks == (Prose("a", "Mine."),)


@pytest.mark.parametrize("text", ["no heading", "## a\n\nx\n\n## a\n\ny\n", "## other\n\nx\n"])
def test_texts_that_have_no_place_are_refused(text):
    with pytest.raises(InputError):
        read_texts(text, known=["a", "b"])


def test_redacted_texts_show_little_words_and_how_long_the_others_are():
    told = redact("Sorry, I can't tell you where Jane lives: 12 Elm Street.")
    assert told == "Sorry, I can't ████ you where ████ █████: ██ ███ ██████."
    assert not re.search("Jane|Elm|12", told)
