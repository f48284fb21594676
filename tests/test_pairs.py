"""A row is cut into prompt and replies; what is embedded holds no role marks; what is read hides nothing."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portolan.core.changing import Changer
from portolan.core.pairs import TURNS, prompt_turns, questions_of, reading_of, sides_of, sides_of_row, texts_of
from portolan.core.roles import infer_roles
from portolan.core.transcript import STYLES, join, split, style_named, style_of
from portolan.core.votes import leads
from portolan.types import Roles, Turn

HH = Roles(kind="pair", chosen="chosen", rejected="rejected", shape="transcript", notes={"style": "hh"})
PROMPT = "\n\nHuman: Hi?\n\nAssistant: Hello.\n\nHuman: And?\n\nAssistant:"
GOOD = {"chosen": f"{PROMPT} Good.", "rejected": f"{PROMPT} Bad."}


def batch(*rows: dict) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist(list(rows))


def texts(rows: list[dict], layout: str = "chosen", **named) -> list[str]:
    table = pa.Table.from_pylist(rows)
    return texts_of(table.to_batches()[0], infer_roles(table, **named), layout).to_pylist()


def words(turns: list[dict]) -> list[str]:
    return [f"{turn['role']}: {turn['text']}" for turn in turns]


def test_a_pair_shares_the_turns_both_sides_begin_with():
    assert reading_of(GOOD, HH) == {
        "kind": "pair",
        "prompt": [
            {"role": "human", "text": "Hi?"},
            {"role": "assistant", "text": "Hello."},
            {"role": "human", "text": "And?"},
        ],
        "chosen": [{"role": "assistant", "text": "Good."}],
        "rejected": [{"role": "assistant", "text": "Bad."}],
    }


def test_identical_sides_still_show_their_reply():
    reading = reading_of({"chosen": GOOD["chosen"], "rejected": GOOD["chosen"]}, HH)
    assert words(reading["chosen"]) == words(reading["rejected"]) == ["assistant: Good."]


def test_sides_with_different_prompts_stand_in_full_and_say_so():
    reading = reading_of({"chosen": "\n\nHuman: A\n\nAssistant: 1", "rejected": "\n\nHuman: B\n\nAssistant: 2"}, HH)
    assert reading["prompt"] == []
    assert words(reading["chosen"]) == ["human: A", "assistant: 1"]
    assert words(reading["rejected"]) == ["human: B", "assistant: 2"]
    assert "same prompt" in reading["note"]


def test_a_missing_reply_is_no_turn_and_an_empty_reply_is_an_empty_turn():
    missing = reading_of({"chosen": GOOD["chosen"], "rejected": PROMPT.removesuffix("\n\nAssistant:")}, HH)
    assert missing["rejected"] == []
    assert words(missing["chosen"]) == ["assistant: Good."]
    empty = reading_of({"chosen": GOOD["chosen"], "rejected": PROMPT}, HH)
    assert empty["rejected"] == [{"role": "assistant", "text": ""}]


def test_sides_of_unequal_length_part_at_the_first_different_turn():
    longer = {"chosen": f"{PROMPT} Good.", "rejected": f"{PROMPT} Good.\n\nHuman: More\n\nAssistant: No."}
    reading = reading_of(longer, HH)
    assert words(reading["chosen"]) == ["assistant: Good."]
    assert words(reading["rejected"]) == ["assistant: Good.", "human: More", "assistant: No."]


def test_a_mark_in_the_middle_of_a_sentence_is_text():
    row = {"chosen": "\n\nHuman: Say Human: or\nAssistant: twice\n\nAssistant: ok", "rejected": "x"}
    _, chosen, _ = sides_of_row(row, HH)
    assert chosen[0] == Turn("human", "Say Human: or\nAssistant: twice")


def test_text_before_the_first_mark_and_text_without_marks_are_shown():
    reading = reading_of({"chosen": "Be kind.\n\nHuman: A\n\nAssistant: b", "rejected": "no marks at all"}, HH)
    assert words(reading["chosen"])[0] == "other: Be kind."
    assert (
        words(reading["rejected"]) == ["human: no marks at all"] or reading["rejected"][0]["text"] == "no marks at all"
    )


def test_nulls_are_empty_sides():
    reading = reading_of({"chosen": None, "rejected": GOOD["rejected"]}, HH)
    assert reading["chosen"] == []
    empty = batch({"chosen": None, "rejected": "x"}, {"chosen": "\n\nHuman: a", "rejected": None})
    assert texts_of(empty, HH).to_pylist() == ["", "a"]


def test_each_layout_of_a_pair_embeds_its_part_without_role_marks():
    assert texts([GOOD]) == ["Hi?\n\nHello.\n\nAnd?\n\nGood."]
    assert texts([GOOD], "rejected") == ["Hi?\n\nHello.\n\nAnd?\n\nBad."]
    assert texts([GOOD], "prompt") == ["Hi?\n\nHello.\n\nAnd?"]
    prompt, chosen, rejected = sides_of(batch(GOOD), HH)
    assert (prompt.to_pylist(), chosen.to_pylist()) == (["Hi?\n\nHello.\n\nAnd?"], ["Good."])
    assert rejected.to_pylist() == ["Bad."]


def test_texts_are_large_strings_without_nulls():
    column = texts_of(batch({"text": "a"}, {"text": None}), Roles(text="text"))
    assert column.type == pa.large_string()
    assert column.null_count == 0


def test_trl_pairs_of_strings_put_the_prompt_before_the_reply():
    row = {"prompt": "Why?", "chosen": "Because.", "rejected": "No."}
    assert texts([row]) == ["Why?\n\nBecause."]
    assert texts([row], "prompt") == ["Why?"]
    roles = infer_roles(pa.Table.from_pylist([row]))
    assert words(reading_of(row, roles)["chosen"]) == ["assistant: Because."]


@pytest.mark.parametrize("repeats", [True, False])
def test_trl_pairs_of_messages_show_the_prompt_once(repeats):
    ask = {"role": "user", "content": "Why?"}
    first = [ask] if repeats else []
    row = {
        "prompt": "Why?",
        "chosen": [*first, {"role": "assistant", "content": "Because."}],
        "rejected": [*first, {"role": "assistant", "content": "No."}],
    }
    roles = infer_roles(pa.Table.from_pylist([row]))
    reading = reading_of(row, roles)
    assert words(reading["prompt"]) == ["human: Why?"]
    assert words(reading["chosen"]) == ["assistant: Because."]
    assert texts([row]) == ["Why?\n\nBecause."]


def test_a_prompt_written_as_a_transcript_gives_its_turns():
    row = {"prompt": PROMPT, "chosen": " Good.", "rejected": " Bad."}
    reading = reading_of(row, infer_roles(pa.Table.from_pylist([row])))
    assert words(reading["prompt"]) == ["human: Hi?", "assistant: Hello.", "human: And?"]
    assert [turn["text"].strip() for turn in reading["chosen"]] == ["Good."]


def test_a_winner_column_decides_which_side_is_chosen_and_ties_say_so():
    data = [
        {"instruction": "Q", "output_1": "left", "output_2": "right", "preference": verdict}
        for verdict in (1, 2, 0, 1.5)
    ]
    table = pa.Table.from_pylist(data)
    roles = infer_roles(table)
    assert texts_of(table.to_batches()[0], roles).to_pylist() == ["Q\n\nleft", "Q\n\nright", "Q\n\nleft", "Q\n\nleft"]
    readings = [reading_of(row, roles) for row in data]
    assert [reading["chosen"][0]["text"] for reading in readings] == ["left", "right", "left", "left"]
    assert ["Tie" in reading.get("note", "") for reading in readings] == [False, False, True, True]


def test_several_peoples_verdicts_are_counted():
    data = [{"instruction": "Q", "response1": "a", "response2": "b", "annotator1": 1, "annotator2": 2, "annotator3": 2}]
    assert texts(data) == ["Q\n\nb"]


def test_a_flag_for_each_side_decides_which_is_chosen():
    data = [
        {"prompt": "Q", "response_a": "a", "response_b": "b", "winner_model_a": left, "winner_model_b": right}
        for left, right in ((1, 0), (0, 1), (0, 0))
    ]
    assert texts(data) == ["Q\n\na", "Q\n\nb", "Q\n\na"]


def test_sharegpt_pairs_answer_the_conversation_before_them():
    row = {
        "conversations": [
            {"from": "human", "value": "Q1"}, {"from": "gpt", "value": "A1"}, {"from": "human", "value": "Q2"},
        ],
        "chosen": {"from": "gpt", "value": "good"}, "rejected": {"from": "gpt", "value": "bad"},
    }  # fmt: skip
    reading = reading_of(row, infer_roles(pa.Table.from_pylist([row])))
    assert words(reading["prompt"]) == ["human: Q1", "assistant: A1", "human: Q2"]
    assert words(reading["chosen"]) == ["assistant: good"]
    assert words(reading["rejected"]) == ["assistant: bad"]
    assert texts([row])[0].split() == ["Q1", "A1", "Q2", "good"]
    assert texts([row], layout="prompt")[0].split() == ["Q1", "A1", "Q2"]


WEBGPT = [
    {
        "question": {"dataset": "eli5", "id": f"q{number}", "full_text": "Why is the sky blue?"},
        "answer_0": "left", "score_0": score, "answer_1": "right", "score_1": other,
    }
    for number, (score, other) in enumerate(((0.5, -0.5), (-1.0, 1.0), (0.0, 0.0), (None, None)))
]  # fmt: skip


def test_of_two_replies_with_a_score_each_the_higher_one_is_chosen():
    table = pa.Table.from_pylist(WEBGPT)
    roles = infer_roles(table)
    assert (roles.kind, roles.chosen, roles.rejected, roles.prompt) == ("pair", "answer_0", "answer_1", "question")
    readings = [reading_of(row, roles) for row in WEBGPT]
    assert [words(reading["chosen"]) for reading in readings] == [[f"assistant: {side}"] for side in (
        "left", "right", "left", "left")]  # fmt: skip
    assert ["Tie" in reading.get("note", "") for reading in readings] == [False, False, True, True]
    assert words(readings[0]["prompt"]) == ["human: Why is the sky blue?"]
    assert leads(table.to_batches()[0], roles).tolist() == [-1, 1, 0, 0]
    assert texts(WEBGPT)[1] == "Why is the sky blue?\n\nright"


def test_a_flip_exchanges_the_scores_of_two_replies():
    table = pa.Table.from_pylist(WEBGPT)
    changer = Changer(table.schema, infer_roles(table))
    flipped = changer.flip(table.to_batches()[0], np.array([True, False, False, False]))
    assert flipped.column("score_0").to_pylist()[:2] == [-0.5, -1.0]
    assert flipped.column("score_1").to_pylist()[:2] == [0.5, 1.0]


SUMMARIES = [
    {
        "info": {"id": "t3", "post": "A long post.", "title": "Title", "subreddit": "r"},
        "summaries": [{"text": "first", "policy": "sup1", "note": ""}, {"text": "second", "policy": "ref", "note": ""}],
        "choice": choice, "worker": "w",
    }
    for choice in (0, 1)
]  # fmt: skip


def test_a_prompts_turns_are_told_with_their_roles():
    said = [("system", "Be brief."), ("user", "Q1"), ("assistant", "A1"), ("user", "Q2")]
    row = {
        "prompt": [{"role": role, "content": text} for role, text in said],
        "chosen": [{"role": "assistant", "content": "good"}], "rejected": [{"role": "assistant", "content": "bad"}],
    }  # fmt: skip
    for rows in ([row], [GOOD]):
        table = pa.Table.from_pylist(rows)
        found = prompt_turns(table.to_batches()[0], infer_roles(table))
        assert found.type == TURNS
        told = [(turn["role"], turn["text"]) for turn in found[0].as_py()]
        assert told == (
            [("system", "Be brief."), ("human", "Q1"), ("assistant", "A1"), ("human", "Q2")] if rows == [row]
            else [("human", "Hi?"), ("assistant", "Hello."), ("human", "And?")]
        )  # fmt: skip


def test_of_two_summaries_the_choice_ranks_first():
    table = pa.Table.from_pylist(SUMMARIES)
    roles = infer_roles(table)
    assert (roles.kind, roles.notes["choice"], roles.prompt) == ("ranking", "choice", "info")
    assert "choice" not in roles.categories
    first, second = (reading_of(row, roles) for row in SUMMARIES)
    assert words(first["prompt"]) == ["human: A long post."]
    assert [(reply["name"], reply["rank"]) for reply in first["replies"]] == [("sup1", 1), ("ref", 2)]
    assert [(reply["name"], reply["rank"]) for reply in second["replies"]] == [("ref", 1), ("sup1", 2)]
    assert texts(SUMMARIES) == ["A long post.\n\nfirst", "A long post.\n\nsecond"]


def test_a_flip_turns_the_choice_between_two_summaries():
    table = pa.Table.from_pylist(SUMMARIES)
    changer = Changer(table.schema, infer_roles(table))
    changer.check_flip()
    assert changer.flip(table.to_batches()[0], np.array([True, False])).column("choice").to_pylist() == [1, 1]
    assert changer.flipped_columns == ["choice"]


def test_the_input_of_an_instruction_belongs_to_the_prompt():
    rows = [
        {"instruction": "Translate.", "input": "Hallo", "output": "Hello"},
        {"instruction": "Greet.", "input": "", "output": "Hi"},
    ]
    assert texts(rows) == ["Translate.\n\nHallo\n\nHello", "Greet.\n\nHi"]
    reading = reading_of(rows[0], infer_roles(pa.Table.from_pylist(rows)))
    assert words(reading["turns"]) == ["human: Translate.", "human: Hallo", "assistant: Hello"]


def test_a_prompt_in_messages_and_its_completion_are_one_conversation():
    row = {"prompt": [{"role": "user", "content": "Q"}], "completion": [{"role": "assistant", "content": "A"}]}
    assert texts([row]) == ["Q\n\nA"]


def test_a_ranking_may_have_a_transcript_for_its_prompt():
    row = {
        "prompt": "\n\nHuman: Q\n\nAssistant: ",
        "answers": [{"answer": "b", "rank": 2.0}, {"answer": "a", "rank": 1.0}],
    }
    reading = reading_of(row, infer_roles(pa.Table.from_pylist([row])))
    assert words(reading["prompt"]) == ["human: Q"]
    assert [reply["turns"][0]["text"] for reply in reading["replies"]] == ["a", "b"]


def test_a_ranking_shows_the_best_reply_first_and_embeds_it():
    row = {
        "instruction": "Q",
        "completions": [
            {"response": "fair", "overall_score": 5.0, "model": "m1"},
            {"response": "best", "overall_score": 9.0, "model": "m2"},
            {"response": "also best", "overall_score": 9.0, "model": "m3"},
        ],
    }
    roles = infer_roles(pa.Table.from_pylist([row]))
    replies = reading_of(row, roles)["replies"]
    assert [(reply["name"], reply["rank"]) for reply in replies] == [("m2", 1), ("m3", 1), ("m1", 2)]
    assert texts([row]) == ["Q\n\nbest"]


def test_a_red_team_attempt_shows_its_turns_and_facts():
    row = {"transcript": "\n\nHuman: A\n\nAssistant: B", "rating": 3.0, "tags": ["x"], "min_harmlessness_score": -1.5}
    reading = reading_of(row, infer_roles(pa.Table.from_pylist([row])))
    assert reading["kind"] == "red-team"
    assert words(reading["turns"]) == ["human: A", "assistant: B"]
    assert reading["facts"] == {"rating": 3.0, "tags": ["x"], "min_harmlessness_score": -1.5}


@pytest.mark.parametrize(
    "cell",
    [
        [{"role": "user", "content": "A"}, {"role": "assistant", "content": "B"}],
        [{"from": "human", "value": "A"}, {"from": "gpt", "value": "B"}],
        "### Human: A\n### Assistant: B",
        "<|im_start|>user\nA<|im_end|>\n<|im_start|>assistant\nB<|im_end|>\n",
        "<|user|>\nA</s>\n<|assistant|>\nB</s>",
        "User: A\nAssistant: B",
    ],
)
def test_chats_are_read_in_each_way_of_writing_them(cell):
    row = {"messages": cell}
    roles = infer_roles(pa.Table.from_pylist([row]), text="messages")
    assert words(reading_of(row, roles)["turns"]) == ["human: A", "assistant: B"]
    assert texts([row], text="messages")[0].split() == ["A", "B"]


def test_a_message_of_several_parts_shows_its_text():
    row = {"messages": [{"role": "user", "content": [{"type": "text", "text": "A"}, {"type": "image", "text": None}]}]}
    roles = infer_roles(pa.Table.from_pylist([row]))
    assert words(reading_of(row, roles)["turns"]) == ["human: A\n[image]"]


def test_plain_text_is_read_as_it_is():
    assert reading_of({"text": " a\n"}, Roles(text="text")) == {"kind": "text", "text": " a\n"}
    assert reading_of({"text": None}, Roles(text="text")) == {"kind": "text", "text": ""}


MARKS = ["\n\nHuman: ", "\n\nAssistant:", "Human:", "User: ", "### Human: ", "<|im_start|>user\n", "<|im_end|>", "</s>"]
PIECES = st.sampled_from([*MARKS, "\n\n", "\n", " ", "hi", "é😀", "\x1e"])
MIXED = st.lists(PIECES, max_size=12).map("".join)


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
@settings(max_examples=100)
@given(text=MIXED)
def test_a_transcript_put_together_again_is_the_same_string(style, text):
    assert join(split(text, style)) == text


@settings(max_examples=150)
@given(left=MIXED, right=MIXED, shared=MIXED)
def test_cutting_a_batch_gives_what_cutting_each_row_gives(left, right, shared):
    row = {"chosen": shared + left, "rejected": shared + right}
    by_row = ["\n\n".join(turn.text for turn in turns) for turns in sides_of_row(row, HH)]
    assert [side.to_pylist()[0] for side in sides_of(batch(row), HH)] == by_row


@settings(max_examples=150)
@given(left=MIXED, right=MIXED, shared=MIXED)
def test_what_a_batch_asks_is_the_last_human_turn_of_each_prompt_else_its_last(left, right, shared):
    rows = [{"chosen": shared + left, "rejected": shared + right}, GOOD]
    prompt = sides_of_row(rows[0], HH)[0]
    humans = [turn.text for turn in prompt if turn.role == "human"]
    first = (humans or [turn.text for turn in prompt] or [""])[-1]
    assert questions_of(batch(*rows), HH).to_pylist() == [first, "And?"]


def test_a_ranking_asks_what_its_prompt_says():
    rows = [{"instruction": "Why?", "completions": [{"response": "So."}, {"response": "No."}]}]
    table = pa.Table.from_pylist(rows)
    assert questions_of(table.to_batches()[0], infer_roles(table)).to_pylist() == ["Why?"]


def test_slices_of_a_batch_are_cut_like_the_batch():
    rows = batch(GOOD, {"chosen": None, "rejected": "x"}, {key: value + " more" for key, value in GOOD.items()})
    whole = [side.to_pylist()[2] for side in sides_of(rows, HH)]
    assert [side.to_pylist()[0] for side in sides_of(rows.slice(2), HH)] == whole


def test_plain_prose_is_no_transcript():
    assert style_of(["A story about Human: beings.", "Nothing here."]) is None
    assert style_of(["Question: what?", "Q: one line"]) is None
    assert style_of([GOOD["chosen"]] * 3) is style_named("hh")
