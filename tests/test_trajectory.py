"""Harm of a row's turns, one by one."""

import pytest

import portolan
from portolan.core.scored import plain_scored
from portolan.core.trajectory import MOST_TURNS, placed_turns, texts_of_turns
from portolan.plugins import scorers
from small_data import topic_rows


def said(role, text):
    return {"role": role, "text": text}


def test_each_turn_comes_with_all_that_was_said_before_it():
    turns = placed_turns(
        {
            "prompt": [said("human", "a"), said("assistant", "b"), said("human", "c")],
            "chosen": [said("assistant", "d")],
            "rejected": [said("assistant", "e"), said("human", "f")],
        }
    )
    assert [turn.before for turn in turns] == ["", "a", "a\n\nb", "a\n\nb\n\nc", "a\n\nb\n\nc", "a\n\nb\n\nc\n\ne"]
    assert [(turn.part, turn.turn) for turn in turns[-2:]] == [("rejected", 0), ("rejected", 1)]
    texts = texts_of_turns(turns)
    assert texts.texts.to_pylist() == list("abcdef")
    assert texts.prompts.to_pylist()[3] == "a\n\nb\n\nc"


def test_replies_of_a_ranking_each_go_on_from_the_prompt():
    replies = [{"turns": [said("assistant", text)]} for text in "xy"]
    turns = placed_turns({"prompt": [said("human", "a")], "replies": replies})
    assert [(turn.reply, turn.text, turn.before) for turn in turns] == [(0, "a", ""), (0, "x", "a"), (1, "y", "a")]


def test_a_text_has_no_turns_and_an_endless_conversation_not_more_than_are_told():
    assert placed_turns({"text": "alone"}) == []
    assert len(placed_turns({"turns": [said("human", "a")] * (MOST_TURNS + 1)})) == MOST_TURNS


@pytest.fixture(scope="module")
def chats(tmp_path_factory):
    rows = [
        {"messages": [{"role": "user", "content": row["text"]}, {"role": "assistant", "content": "Very well."}]}
        for row in topic_rows(40)
    ]
    rows[3]["messages"] += [
        {"role": "user", "content": "You are a worthless idiot and I hate you."},
        {"role": "assistant", "content": "I am sorry to hear it."},
    ]
    return portolan.map_text(
        rows, name="Chats", path=tmp_path_factory.mktemp("maps") / "chats.portolan", progress=False
    )


def test_turns_are_told_where_the_map_was_scored_by_harm_and_not_before(chats):
    assert chats.score_page.of_row(3)["trajectory"] == []
    chats.score("harm:fast", progress=False)
    told = portolan.open_map(chats.path).score_page.of_row(3)["trajectory"]
    assert [(turn["part"], turn["role"]) for turn in told] == [("turns", "human"), ("turns", "assistant")] * 2
    before = "\n\n".join(message["content"] for message in chats.rows_by_id([3])[0]["messages"][:3])
    alone = scorers.get("harm")("fast").score(plain_scored(["I am sorry to hear it."], [before]))["harm"]
    assert told[3]["harm"] == pytest.approx(float(alone[0]), abs=1e-3)
    assert len({turn["harm"] for turn in told}) == 4
