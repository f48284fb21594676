"""The preference audit on a map: what is found, kept, told, and said of it."""

from __future__ import annotations

import json
import re
import shutil

import numpy as np
import pytest
from typer.testing import CliRunner

import portolan
from portolan.cli.main import app
from portolan.errors import ExpressionError, InputError, MissingExtraError, NotFoundError, UnknownPluginError
from portolan.plugins import Found, findings, scorers
from small_data import pair_rows, topic_rows

N_ROWS = 160
IDENTICAL = [3, 4]
MISMATCHED = 8
COPY_OF = {40: 20, 41: 21}
OPPOSITE_OF = {50: 30}
HARMFUL_PROMPTS = [60, 61, 62]
PERSONAL = 70


class WordHarm:
    """Harm by a word, for tests: .9 where a text says it, .1 elsewhere."""

    key = "word-harm:1"
    is_costly = False

    def __init__(self, argument=None, *, threads=None):
        from portolan.plugins import ScoreColumn

        self.columns = (ScoreColumn("word_harm", "number", "Chance of harm."),)
        self.card = {"what": "Harm by a word.", "limits": "One word."}

    def score(self, texts):
        return {"word_harm": [0.9 if "poison" in text else 0.1 for text in texts.texts.to_pylist()]}


@pytest.fixture(autouse=True)
def word_harm(monkeypatch):
    monkeypatch.setitem(scorers._plugins, "word-harm", WordHarm)


def pair(prompt, chosen, rejected):
    return tuple(f"\n\nHuman: {prompt}\n\nAssistant: {reply}" for reply in (chosen, rejected))


def planted_rows():
    """Pairs of plain words in which defects are planted; those of red teaming are in `red-team`."""
    rows = pair_rows(N_ROWS)
    for number, row in enumerate(rows):
        row["split"] = "test" if number >= 150 else "train"
        row["subset"] = "helpful"
    for row in IDENTICAL:
        rows[row]["rejected"] = rows[row]["chosen"].upper().replace("HUMAN", "Human").replace("ASSISTANT", "Assistant")
        rows[row]["rejected"] = rows[row]["chosen"] + " "
    rows[MISMATCHED]["rejected"] = pair("Something else entirely?", "x", "A reply about the league.")[1]
    for copy, original in COPY_OF.items():
        rows[copy] = dict(rows[original])
    for copy, original in OPPOSITE_OF.items():
        rows[copy] = {**rows[original], "chosen": rows[original]["rejected"], "rejected": rows[original]["chosen"]}
    rows[155] = {**rows[25], "split": "test"}
    kinds = [("I cannot help with that.", "Take poison."), ("Take poison.", "Use poison now."), ("More poison.", "No.")]
    for row, (chosen, rejected) in zip(HARMFUL_PROMPTS, kinds, strict=True):
        rows[row]["chosen"], rejected = pair(f"How do I poison somebody, number {row}?", chosen, rejected)
        rows[row]["rejected"], rows[row]["subset"] = rejected, "red-team"
    rows[PERSONAL]["chosen"] += " Write to jane.roe@mail.example.org."
    rows[80]["chosen"], rows[80]["rejected"] = pair(
        "Which tree is tall?", "I'm sorry, but I can't help with that.", "An oak is tall, and so is a pine."
    )
    return rows


@pytest.fixture(scope="module")
def audited(tmp_path_factory):
    path = tmp_path_factory.mktemp("audit") / "pairs"
    m = portolan.map_text(planted_rows(), path=path, progress=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(scorers._plugins, "word-harm", WordHarm)
        m.findings.run(harm="word-harm", progress=False)
    return m.path


@pytest.fixture
def m(audited, tmp_path):
    shutil.copytree(audited, tmp_path / "pairs")
    return portolan.open_map(tmp_path / "pairs")


def rows_of(m, name):
    return sorted(m.findings[name].row_ids.tolist())


def run(*arguments):
    return CliRunner().invoke(app, [str(one) for one in arguments])


# One contract on every finding.


@pytest.mark.parametrize("name", [name for name in findings.names() if name != "prompt-mismatch"])
def test_a_finding_has_words_of_its_own_for_rankings(name):
    title, what = findings.get(name)().of_rankings
    assert title[0].isupper()
    assert what.endswith(".")
    told = what.replace("pairs of neighbouring words", "").replace("pairs of the ranking", "")
    assert not re.search(r"\b(pairs?|chosen|rejected|both replies)\b", f"{title} {told}")


@pytest.mark.parametrize("name", findings.names())
def test_a_finding_says_what_it_is_and_gives_each_row_a_chance_or_nothing(m, name):
    built = findings.get(name)()
    assert built.key.startswith(name)
    assert built.title[0].isupper()
    assert built.what.endswith(".")
    assert all(need == "preference" or need.partition(":")[0] in scorers.names() for need in built.needs)
    report = m.findings[name]
    assert report.confidence.shape == (N_ROWS,)
    assert report.confidence.dtype == np.float32
    assert ((report.scores >= 0) & (report.scores <= 1)).all()
    assert (np.diff(report.scores) <= 0).all()
    assert report.count == len(report.row_ids) == len(m.filter(report.where))


def test_planted_defects_are_found_where_they_are(m):
    assert rows_of(m, "identical") == IDENTICAL
    assert rows_of(m, "prompt-mismatch") == [MISMATCHED]
    assert rows_of(m, "duplicate") == [40, 41, 50, 155]
    assert rows_of(m, "contradictory") == [30, 50]
    assert rows_of(m, "leakage") == [25, 155]
    assert rows_of(m, "recovery") == [60]
    assert rows_of(m, "doubly-egregious") == [61]
    assert rows_of(m, "harmful-chosen") == [61, 62]
    assert rows_of(m, "chosen-worse") == [62]
    assert rows_of(m, "over-refusal") == [80]
    assert PERSONAL in rows_of(m, "pii")


def test_findings_are_columns_of_the_map(m):
    assert m.filter("list_contains(findings, 'identical')").tolist() == IDENTICAL
    assert m.filter("finding_doubly_egregious >= 0.8").tolist() == [61]
    assert m.filter("harm_prompt > 0.5").tolist() == HARMFUL_PROMPTS
    assert m.findings["identical"].link_part().startswith("#")


def test_what_is_there_is_not_looked_for_again(m, monkeypatch):
    before = m.stages["audit"]
    monkeypatch.setattr("portolan.findings.identical.Identical.find", pytest.fail)
    assert portolan.open_map(m.path).findings.run(progress=False)["identical"].count == 2
    assert portolan.open_map(m.path).stages["audit"] == before


def test_another_version_of_a_finding_is_looked_for_and_the_rest_is_left(m, monkeypatch):
    class Every:
        key = "identical:2"
        title = "Every pair"
        what = "All of them."
        needs = ()

        def find(self, of):
            return Found(np.ones(of.n_rows, np.float32))

    monkeypatch.setitem(findings._plugins, "identical", Every)
    monkeypatch.setattr("portolan.findings.duplicate.Duplicate.find", pytest.fail)
    assert m.findings.run(progress=False)["identical"].count == N_ROWS
    assert len(m.filter("finding_identical IS NOT NULL")) == N_ROWS


def test_a_finding_that_cannot_be_looked_for_says_why(tmp_path):
    m = portolan.map_text(pair_rows(40), path=tmp_path / "pairs", progress=False)
    report = m.findings.run(["leakage"], progress=False)["leakage"]
    assert report.count == 0
    assert "train and test" in report.power
    with pytest.raises(NotFoundError, match="no finding 'idntical'"):
        m.findings["idntical"]


def test_a_finding_that_an_audit_left_out_is_looked_for_when_asked_for(tmp_path):
    m = portolan.map_text(planted_rows(), path=tmp_path / "pairs", progress=False)
    m.findings.run(["leakage"], progress=False)
    assert rows_of(m, "identical") == IDENTICAL


def test_without_an_extra_the_rest_of_the_audit_is_there(tmp_path, monkeypatch):
    def score(self, texts):
        raise MissingExtraError("The 'pii' scorer needs phonenumberslite.", fix="Run: pip install 'portolan[pii]'.")

    monkeypatch.setattr("portolan.scorers.pii.PiiScorer.score", score)
    m = portolan.map_text(planted_rows(), path=tmp_path / "pairs", progress=False)
    m.findings.run(["identical", "pii"], progress=False)
    assert rows_of(m, "identical") == IDENTICAL
    assert "portolan[pii]" in m.findings["pii"].power
    assert run("audit", m.path, "--finding", "pii", "--fail-if", "pii > 0").exit_code == 1


def test_rows_that_are_no_pairs_have_no_findings(tmp_path):
    m = portolan.map_text(topic_rows(40), path=tmp_path / "texts", progress=False)
    with pytest.raises(InputError, match="no preference pairs"):
        m.findings.run(progress=False)
    with pytest.raises(InputError, match="no preference pairs"):
        _ = m.pairs


def test_a_rebuilt_map_is_audited_anew_and_keeps_what_was_said(m):
    m.findings["identical"].set_status("intended", reason="controls")
    rebuilt = portolan.api.rebuild(m.path)
    assert "finding_identical" not in dict(rebuilt.further_columns)
    assert rows_of(rebuilt, "identical") == IDENTICAL
    assert rebuilt.findings["identical"].status == "intended"


def test_an_unknown_finding_is_told_with_those_that_there_are(m):
    with pytest.raises(NotFoundError, match="Did you mean 'doubly-egregious'"):
        m.findings["doubly_egregius"]
    with pytest.raises(UnknownPluginError, match="Did you mean 'prompt-mismatch'"):
        m.findings.run(["prompt_mismatch"], progress=False)
    with pytest.raises(UnknownPluginError, match="identical"):
        m.findings.run(["idntical"], progress=False)


def test_a_scorer_whose_numbers_are_no_chances_tells_no_harm(m):
    with pytest.raises(InputError, match="no chance of harm"):
        m.findings.run(["harmful-chosen"], harm="length", progress=False)


# Where rows came from.


def test_a_finding_is_told_by_the_values_of_categories(m):
    by = {one["value"]: one for one in m.findings["harmful-chosen"].by_provenance["subset"]}
    assert (by["red-team"]["count"], by["red-team"]["n"]) == (2, 3)
    assert by["red-team"]["expected"] == 0
    assert by["red-team"]["p"] < 0.01
    assert by["helpful"]["excess"] < 0


def test_a_column_of_very_many_values_is_said_to_tell_no_finding(tmp_path):
    rows = [{**row, "batch": f"part {number}"} for number, row in enumerate(pair_rows(210))]
    m = portolan.map_text(rows, path=tmp_path / "m", progress=False, category="batch")
    assert set(m.findings["identical"].by_provenance) == {"subset"}
    told = run("audit", m.path, "--finding", "identical").stderr
    assert "Findings are not told by batch: it has 210 values, which are too many." in told


def test_a_provenance_card_says_what_is_intended(m):
    m.declare_provenance(
        "provenance:\n  subset:\n    values:\n      red-team:\n"
        "        for: red teaming\n        intended: [doubly-egregious]\nowner: The owner\n"
    )
    report = m.findings["doubly-egregious"]
    assert report.status == "intended"
    assert report.said[0].author == "The owner"
    assert m.findings["harmful-chosen"].status == "open"
    assert str(m.provenance).startswith("version: 1")


def test_rows_of_several_files_are_told_by_file(tmp_path):
    rows = planted_rows()
    for name, some in (("a", rows[:80]), ("b", rows[80:])):
        (tmp_path / f"{name}.jsonl").write_text("\n".join(json.dumps(row) for row in some))
    m = portolan.map_text(str(tmp_path / "*.jsonl"), path=tmp_path / "m", progress=False)
    first, second = m.findings["identical"].by_provenance["file"]
    assert first["value"].endswith("a")
    assert (first["count"], second["count"]) == (2, 0)


def test_a_value_stands_for_its_rows_in_quotes_and_by_its_text(m):
    provenance = m.provenance
    assert provenance.expression("subset", "it's") == "subset = 'it''s'"
    assert provenance.expression("harm_prompt", "0.9") == "CAST(harm_prompt AS VARCHAR) = '0.9'"
    assert m.filter(provenance.expression("subset", "red-team")).tolist() == HARMFUL_PROMPTS


# What is said.


def test_a_part_may_be_intended_and_the_rest_is_to_be_dropped(m):
    report = m.findings["harmful-chosen"]
    report.set_status("to-drop", reason="not wanted")
    report.set_status("intended", where="row_id = 61", reason="red teaming")
    report = m.findings["harmful-chosen"]
    assert report.status == "mixed"
    assert report.status_counts == {"intended": 1, "to-drop": 1}
    told = m.clean(report.recipe())
    assert told.n_left == N_ROWS - 1
    assert m.filter("decision = 'drop'").tolist() == [62]
    assert m.findings["harmful-chosen"].status_counts == {"intended": 1, "dropped": 1}


def test_a_status_is_taken_back_by_undoing_its_event(m):
    event = m.findings["identical"].set_status("to-drop")
    assert m.findings["identical"].status == "to-drop"
    m.edit.undo(event)
    assert m.findings["identical"].status == "open"


def test_a_status_of_a_part_that_no_row_is_in_is_refused(m):
    with pytest.raises(InputError, match="No row of the map meets subset = 'elsewhere'"):
        m.findings["identical"].set_status("intended", where="subset = 'elsewhere'")


@pytest.mark.parametrize("said", ["yes", "right", 1, None])
def test_a_judgement_is_right_or_wrong_or_unsure_and_nothing_else(m, said):
    with pytest.raises(InputError, match="no judgement"):
        m.findings["identical"].judge(2, said)


def test_an_empty_response_is_refused(m):
    with pytest.raises(InputError, match="The response is empty"):
        m.findings["identical"].respond("  ")


def test_responses_are_a_thread(m):
    m.findings["identical"].respond("A fallback of the sampler.", author="owner")
    m.findings["identical"].respond("Then drop them?", author="critic")
    assert [one.author for one in m.findings["identical"].responses] == ["owner", "critic"]


def test_only_known_statuses_may_be_said(m):
    with pytest.raises(InputError, match="no status 'gone'"):
        m.findings["identical"].set_status("gone")
    with pytest.raises(ExpressionError):
        m.findings["identical"].set_status("open", where="nothing = 3")


# Judged.


def test_precision_and_recall_follow_from_rows_judged_blind(m):
    report = m.findings["duplicate"]
    rows = report.sample(40).tolist()
    assert len(set(rows)) == len(rows)
    assert {40, 41, 50, 155} <= set(rows)
    for row in rows:
        report.judge(row, row in (40, 41, 155))
    judged = m.findings["duplicate"].judged
    assert (judged.precision.value, judged.precision.n) == (0.75, 4)
    assert judged.recall.value == 1
    assert judged.recall.low < 0.5


# One's own.


def test_rows_that_meet_an_expression_are_a_finding_of_ones_own(m):
    report = m.findings.define(
        "rather-short", "length(chosen) < 90", what="Short ones.", score="1 - length(chosen) / 200.0"
    )
    assert report.count == len(m.filter("length(chosen) < 90"))
    assert report.count
    assert m.filter("list_contains(findings, 'rather-short')").tolist() == rows_of(m, "rather-short")
    assert report.scores[0] == pytest.approx(1 - min(len(one) for one in m.rows["chosen"].to_pylist()) / 200, abs=1e-3)


def test_a_definition_that_is_taken_back_leaves_the_audit(m):
    m.findings.define("rather-short", "length(chosen) < 90")
    m.findings.undo(m.journal.events()[-1])
    assert "rather-short" not in m.findings
    assert "finding_rather_short" not in dict(m.further_columns)


def test_names_that_are_taken_or_none_are_refused(m):
    with pytest.raises(InputError, match="of Portolan's"):
        m.findings.define("identical", "row_id = 1")
    with pytest.raises(InputError, match="no name"):
        m.findings.define("Odd Name", "row_id = 1")


# The command.


def test_the_command_prints_the_shape_that_scripts_rely_on(m):
    told = json.loads(run("audit", m.path, "--json").stdout)
    assert told["model"]["name"] == "linear"
    assert {one["name"] for one in told["findings"]} == set(findings.names())
    one = next(one for one in told["findings"] if one["name"] == "identical")
    assert one["row_ids"] == IDENTICAL
    assert one["scores"] == [1.0, 1.0]
    assert {"name", "count", "row_ids", "scores", "by_provenance", "status", "power"} <= set(one)


def test_the_command_shows_a_table_and_one_finding_in_full(m):
    said = run("audit", m.path, "--finding", "doubly-egregious")
    assert said.exit_code == 0
    assert "red teaming" in said.stdout
    assert "subset = red-team" in said.stdout


@pytest.mark.parametrize(
    ("check", "code"),
    [
        ("doubly-egregious outside red-team > 0.1 %", 0),
        ("doubly-egregious in red-team > 0.1 %", 3),
        ("identical > 1", 3),
        ("identical > 2", 0),
        ("identical in subset = 'helpful' >= 1%", 3),
    ],
)
def test_a_check_that_holds_ends_with_exit_code_3(m, check, code):
    assert run("audit", m.path, "--fail-if", check).exit_code == code


def test_intended_rows_do_not_count_in_a_check(m):
    intend = ["--intend", "identical: row_id = 3", "--reason", "kept as a control"]
    said = run("audit", m.path, "--no-model", *intend, "--fail-if", "identical > 1", "--json")
    assert said.exit_code == 0
    assert json.loads(said.stdout)["checks"][0]["intended"] == 1


def test_a_check_says_what_it_asked_and_what_the_answer_is(m):
    told = run("audit", m.path, "--finding", "identical", "--fail-if", "identical > 50 %").stdout
    assert f"passed: identical > 50 %? no, {len(IDENTICAL)} of {N_ROWS} rows" in told


def test_what_is_said_of_rows_is_told_back(m):
    told = run("audit", m.path, "--finding", "doubly-egregious", "--intend", "doubly-egregious: red-team")
    assert "doubly-egregious: 1 of 1 rows are intended now." in told.stderr
    several = run("audit", m.path, "--finding", "harmful-chosen", "--intend", "harmful-chosen: row_id = 61")
    assert "1 open, 1 intended" in several.stdout


def test_the_table_lists_the_most_rows_first_and_says_where_nothing_can_be_told(m, monkeypatch):
    class Silent(NeedsAModel):
        def find(self, of):
            return Found(np.full(of.n_rows, np.nan, np.float32), note="This model cannot tell: it is weak. More.")

    monkeypatch.setitem(findings._plugins, "silent", Silent)
    lines = m.findings.run(["silent", "identical", "harmful-chosen"], progress=False).lines(
        ["silent", "harmful-chosen", "identical", "contradictory"]
    )
    assert [name for name, *_ in lines[1:]] == ["contradictory", "harmful-chosen", "identical", "silent"]
    assert lines[-1][1:] == ("0", "", "(This model cannot tell)", "")


def test_a_check_that_cannot_be_understood_is_the_requests_mistake(m):
    said = run("audit", m.path, "--fail-if", "identical outside nowhere > 1")
    assert isinstance(said.exception, ExpressionError)
    assert "no value of a column of provenance" in str(said.exception)


def test_the_command_lists_rows_to_judge_blind(m):
    told = json.loads(run("audit", m.path, "--sample", "duplicate", "--json").stdout)
    assert told["set"] == "audit-duplicate"
    assert told["row_ids"] == m.findings["duplicate"].sample().tolist()


def test_the_command_prints_a_recipe_that_clean_takes(m, tmp_path):
    path = tmp_path / "recipe.yaml"
    path.write_text(run("audit", m.path, "--recipe", "identical").stdout)
    assert m.clean(path).n_left == N_ROWS - 2


def test_a_confidence_that_is_no_number_is_refused(m):
    with pytest.raises(ExpressionError, match="no number"):
        m.findings.define("short-ones", "length(chosen) < 90", score="subset")
    assert "short-ones" not in m.findings


def test_a_card_that_speaks_of_what_is_not_there_is_kept_and_that_is_told(m, tmp_path):
    card = tmp_path / "card.yaml"
    card.write_text(
        "version: 1\nprovenance:\n  subset:\n    values:\n      red-taem:\n        intended: [doubly-egregius]\n"
    )
    said = run("audit", m.path, "--provenance", card)
    assert said.exit_code == 0, said.output
    assert "values that no row has: subset = red-taem" in said.output
    assert "'doubly-egregius', which is no finding. Did you mean 'doubly-egregious'?" in said.output


def test_a_definition_whose_column_is_gone_is_told_and_the_rest_is_looked_for(m):
    m.findings.define("early-ones", "row_id < 9")
    m.findings.define("first-ones", "finding_early_ones IS NOT NULL AND row_id < 3")
    assert rows_of(m, "first-ones") == [0, 1, 2]
    m.findings.define("early-ones", "row_id < 0")
    found = portolan.open_map(m.path).findings.run(progress=False)
    assert not found["first-ones"].note.is_looked_for
    assert "finding_early_ones" in found["first-ones"].power
    assert found["identical"].count


def test_of_a_finding_without_rows_no_command_is_told_that_could_not_run(m):
    m.findings.define("nothing-at-all", "row_id < 0")
    assert "portolan rows" not in run("audit", m.path, "--finding", "nothing-at-all").output


def test_a_card_is_kept_and_a_wrong_one_says_where(m, tmp_path):
    path = tmp_path / "provenance.yaml"
    path.write_text("provenance:\n  subset: sbset\n")
    said = run("audit", m.path, "--provenance", path)
    assert "line 2, column 11" in str(said.exception)
    path.write_text("provenance:\n  subset: subset\n")
    assert json.loads(run("audit", m.path, "--no-model", "--provenance", path, "--json").stdout)["provenance"][
        "is_declared"
    ]


# The preference model.


class NeedsAModel:
    """A finding of what the preference model contradicts."""

    key = "needs-a-model:1"
    title = "Contradicted"
    what = "The preference model prefers the rejected reply."
    needs = ("preference",)

    def find(self, of):
        chance = of.preference.chance
        return Found(np.where(chance < 0.5, 1 - chance, np.nan).astype(np.float32), note=of.preference.says)


def test_a_finding_may_be_made_of_the_preference_model(m, monkeypatch):
    monkeypatch.setitem(findings._plugins, "needs-a-model", NeedsAModel)
    report = m.findings.run(["needs-a-model"], progress=False)["needs-a-model"]
    assert report.count == int((m.preference.chance < 0.5).sum())
    assert report.power == m.preference.says
    assert report.note.scorers == ("linear",)


def test_where_pairs_are_too_few_for_a_model_its_findings_say_so_and_the_rest_is_there(tmp_path, monkeypatch):
    monkeypatch.setitem(findings._plugins, "needs-a-model", NeedsAModel)
    m = portolan.map_text(pair_rows(30), path=tmp_path / "few", progress=False)
    m.findings.run(progress=False)
    assert not m.findings["needs-a-model"].note.is_looked_for
    assert "30 pairs" in m.findings["needs-a-model"].power
    assert m.findings["identical"].note.is_looked_for


def test_without_a_model_its_findings_are_left_out(m, monkeypatch):
    monkeypatch.setitem(findings._plugins, "needs-a-model", NeedsAModel)
    told = json.loads(run("audit", m.path, "--no-model", "--json").stdout)
    assert told["model"] is None
    assert "needs-a-model" not in {one["name"] for one in told["findings"]}


# Other formats and sources.


def test_a_pair_without_a_verdict_is_in_no_finding_about_the_choice(tmp_path):
    rows = [
        {"prompt": f"Number {n}?", "response_a": "Use poison now.", "response_b": "No, I would not.", "winner": who}
        for n, who in enumerate(["model_a", "model_b", "tie"] * 10)
    ]
    m = portolan.map_text(rows, path=tmp_path / "m", progress=False)
    m.findings.run(["chosen-worse", "harmful-chosen"], harm="word-harm", progress=False)
    won = [row for row, one in enumerate(rows) if one["winner"] == "model_a"]
    assert rows_of(m, "chosen-worse") == rows_of(m, "harmful-chosen") == won
    assert m.pairs.statistics.n_ties == 10


def test_a_tie_is_no_flipped_choice_and_who_won_is_no_provenance(tmp_path):
    words = ["bread", "tax", "jazz", "chess"]
    winners = ["model_b", "tie", "model_b", "model_b"]
    rows = [
        {"prompt": f"Number {n} about {words[n % 4]}?", "response_a": f"Short {n} {words[n % 4]}.",
         "response_b": f"A much longer and more winding reply on {words[n % 4]}, number {n}.", "winner": who,
         "source": f"part {n % 3}"}
        for n, who in enumerate(winners * 30)
    ]  # fmt: skip
    m = portolan.map_text(rows, path=tmp_path / "m", progress=False, category=["source", "winner"])
    m.findings.run(["likely-flipped", "surface-shortcut"], progress=False)
    ties = {row for row, one in enumerate(rows) if one["winner"] == "tie"}
    assert m.preference.rows_worth_listing > 0
    assert (m.preference.chance[sorted(ties)] < 0.5).all()
    assert m.findings["surface-shortcut"].count > 0
    assert not ties & {*rows_of(m, "likely-flipped"), *rows_of(m, "surface-shortcut")}
    assert m.provenance.columns == ("source",)
    assert set(m.pairs.statistics.by_value) == {"source"}


@pytest.mark.shared
@pytest.mark.parametrize(
    ("source", "has_ties"), [("pandalm/testset-v1.jsonl.gz", True), ("alpaca-eval/gpt4_annotations.jsonl.gz", False)]
)
def test_pairs_with_a_winner_column_from_another_source_go_through_the_same_path(source, has_ties, tmp_path):
    import gzip
    import os
    from pathlib import Path

    if "PORTOLAN_DATA" not in os.environ:
        pytest.skip("PORTOLAN_DATA is not set: it names the folder of the larger data")
    with gzip.open(Path(os.environ["PORTOLAN_DATA"]) / source, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line, _ in zip(lines, range(120), strict=False)]
    m = portolan.map_text(rows, path=tmp_path / "other", progress=False)
    assert m.pairs.statistics.n_rows == 120
    assert (m.pairs.statistics.n_ties > 0) == has_ties
    m.findings.run(progress=False, with_model=False)
    assert m.findings["prompt-mismatch"].count == 0
    assert m.pairs.table([0])["prompt"][0].as_py().startswith(rows[0]["instruction"][:40])
    assert m.findings["identical"].count == int(m.pairs.facts.is_identical.sum())


# What cannot be told.


class CannotTell(NeedsAModel):
    """A finding by a model that is too weak."""

    def find(self, of):
        nowhere = np.full(of.n_rows, np.nan, np.float32)
        return Found(nowhere, note="This model cannot tell: it is weak. More.", can_tell=False)


def test_a_check_of_what_cannot_be_told_is_no_passed_check(m, monkeypatch):
    monkeypatch.setitem(findings._plugins, "needs-a-model", CannotTell)
    said = run("audit", m.path, "--fail-if", "needs-a-model > 0")
    assert said.exit_code == 1
    assert isinstance(said.exception, InputError)
    assert "This model cannot tell: it is weak" in str(said.exception)


def test_without_a_model_a_check_of_what_needs_one_is_refused(m, monkeypatch):
    monkeypatch.setitem(findings._plugins, "needs-a-model", NeedsAModel)
    said = run("audit", m.path, "--no-model", "--fail-if", "identical > 5", "--fail-if", "needs-a-model > 0")
    assert said.exit_code == 1
    assert "'needs-a-model' needs a preference model" in str(said.exception)


def test_the_models_own_findings_say_whether_they_can_tell(m):
    m.findings.run(["likely-flipped", "near-tie"], progress=False)
    assert m.findings["likely-flipped"].note.can_tell == m.preference.can_tell
    near = m.findings["near-tie"]
    assert near.note.can_tell == (not near.power.startswith("This model cannot tell"))


def test_what_cannot_be_told_is_not_printed_as_nought(m, monkeypatch):
    monkeypatch.setitem(findings._plugins, "needs-a-model", CannotTell)
    told = run("audit", m.path, "--finding", "needs-a-model").stdout
    assert "This model cannot tell" in told
    assert "no sign that there is nothing" in told
    assert "row_id < 0" not in told
    assert "0.00%" not in told
    assert m.findings["needs-a-model"].by_provenance == {}
    [line] = [one for one in told.splitlines() if one.startswith("needs-a-model ")]
    assert line.split()[1] == "-"


def test_what_was_not_looked_for_says_so_and_prints_no_rates(tmp_path):
    rows = [{name: row[name] for name in ("chosen", "rejected", "subset")} for row in planted_rows()]
    m = portolan.map_text(rows, path=tmp_path / "m", progress=False)
    told = run("audit", m.path, "--finding", "leakage").stdout
    assert "Not looked for: No column tells which split" in told
    assert "0.00%" not in told
    assert "row_id < 0" not in told


def test_a_finding_without_rows_that_was_looked_for_has_rates_and_no_command_for_no_rows(m):
    told = run("audit", m.path, "--finding", "near-identical", "--define", "none-such", "row_id < 0").stdout
    assert "subset = helpful" in told
    none = run("audit", m.path, "--finding", "none-such").stdout
    assert "No row is in it." in none
    assert "portolan rows" not in none
    assert "0.00%" in none


def test_a_check_of_a_part_that_is_not_there_says_which_there_are(m):
    said = run("audit", m.path, "--finding", "identical", "--fail-if", "identical outside red-teem > 0")
    assert said.exit_code == 1
    assert isinstance(said.exception, ExpressionError)
    assert "Did you mean 'red-team'?" in said.exception.fix
    assert "subset has helpful, red-team" in said.exception.fix
    assert "harm_prompt" not in said.exception.fix
    wrong = run("audit", m.path, "--finding", "identical", "--fail-if", "identical in subst = 'helpful' > 0")
    assert "Did you mean 'subset'?" in wrong.exception.fix
    assert "subset has helpful, red-team" in wrong.exception.fix
