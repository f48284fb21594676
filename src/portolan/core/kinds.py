"""What one row is, told from column names and types: a pair, a ranking, an attempt, a chat, a text."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from dataclasses import replace

import pyarrow as pa
import pyarrow.types as pt

from portolan.core.columns import ColumnFacts, is_category, is_id, is_time
from portolan.core.votes import verdict_word
from portolan.errors import ColumnError
from portolan.types import Roles

PAIRS = (
    ("chosen", "rejected"), ("chosen", "reject"), ("response_j", "response_k"),
    ("chosen_response", "rejected_response"),
    ("preferred", "dispreferred"), ("accepted", "rejected"), ("better", "worse"), ("better_response", "worse_response"),
    ("positive", "negative"), ("win", "lose"), ("winner_response", "loser_response"), ("good", "bad"),
)  # fmt: skip
SIDES = (
    ("output_1", "output_2"), ("output1", "output2"), ("response_1", "response_2"), ("response1", "response2"),
    ("response_a", "response_b"), ("conversation_a", "conversation_b"), ("completion_a", "completion_b"),
    ("answer_a", "answer_b"), ("answer_1", "answer_2"), ("completion_1", "completion_2"), ("model_a", "model_b"),
    ("response_0", "response_1"), ("human_ref_a", "human_ref_b"), ("summary_a", "summary_b"), ("text_a", "text_b"),
    ("answer_0", "answer_1"), ("completion_0", "completion_1"),
)  # fmt: skip
WINNERS = ("winner", "preference", "preferred", "preferred_response", "choice", "overall_preference", "verdict", "vote",
           "better_response_id", "labels", "label", "judgment", "human_preference")  # fmt: skip
FLAGS = (("winner_model_a", "winner_model_b"), ("winner_a", "winner_b"))
SIDE_SCORES = ("score", "rating", "reward", "overall_score")
"""With the ending that a side has (score_0 beside answer_0): of two such columns the higher number wins."""
PROMPTS = ("prompt", "instruction", "question", "query", "input", "context", "post", "history", "user_input")
REPLIES = ("completion", "response", "output", "answer", "reply", "target")
RANKED = ("completions", "responses", "answers", "candidates", "outputs", "generations", "replies", "summaries")
CHOICES = ("choice", "best", "chosen_index")
"""The place of the best of a list of replies, from 0."""
REPLY_FIELDS = ("response", "text", "content", "completion", "answer", "output", "reply")
SCORE_FIELDS = ("overall_score", "score", "rating", "fine-grained_score", "rank", "ranking", "reward")
SCORES = ("scores", "ratings", "rewards", "ranks", "ranking", "ranking_scores", "score", "rank")
CHATS = ("messages", "conversations", "conversation", "dialog", "dialogue", "dialogues", "chat", "turns", "history")
TRANSCRIPTS = ("transcript", "conversation", "attempt")
FACTS = re.compile(r"(?i)rating|harm|tags|success|task|model_type|num_params|red_team|min_")
TEXTS = ("text", "content", "body", "document", "sentence", "tweet", "comment", "review", "post", "message", "article",
         "abstract", "summary", "description", "definition", "statement", "utterance", "transcript")  # fmt: skip
WEAKER_TEXTS = ("headline", "title", "prompt", "question", "instruction", "query", "goal", "caption", "name")
Names = dict[str, str]
"""Column names by their lower case."""


def detect(table: pa.Table, facts: list[ColumnFacts]) -> Roles:
    """Kind and text-bearing columns of the rows in a sample.

    Raises
    ------
    ColumnError
        No column holds text.
    """
    names = {fact.name.lower(): fact.name for fact in reversed(facts)}
    finders: tuple[Callable[[pa.Table, Names], Roles | None], ...] = (
        _pair, _sides, _ranking, _red_team, _chat, _prompt_and_reply, _messages,
    )  # fmt: skip
    for find in finders:
        if roles := find(table, names):
            return _with_input(roles, table, names)
    return Roles(kind="text", text=_text_column(table, facts))


def _with_input(roles: Roles, table: pa.Table, names: Names) -> Roles:
    """`roles` with the `input` that an `instruction` works on, which belongs to the prompt."""
    more = names.get("input")
    if roles.prompt is None or roles.prompt.lower() != "instruction" or more is None or not _is_textual(table, more):
        return roles
    return replace(roles, notes={**roles.notes, "input": more})


def named_pair(table: pa.Table, chosen: str, rejected: str) -> Roles:
    """Roles of pairs whose sides the user named; the prompt is looked for."""
    names = {name.lower(): name for name in reversed(table.column_names)}
    prompt = _prompt_column(table, names, without={chosen, rejected}) or _chat_before(table, names, (chosen, rejected))
    return _with_input(Roles(kind="pair", chosen=chosen, rejected=rejected, prompt=prompt), table, names)


def _is_textual(table: pa.Table, name: str) -> bool:
    kind = table.schema.field(name).type
    return bool(pt.is_string(kind) or pt.is_large_string(kind) or _is_messages(kind) or pt.is_struct(kind))


def _is_messages(kind: pa.DataType) -> bool:
    if not (pt.is_list(kind) and pt.is_struct(kind.value_type)):
        return False
    fields = {field.name for field in kind.value_type}
    return bool(fields & {"role", "from", "speaker", "author"} and fields & {"content", "value", "text", "message"})


def _prompt_column(table: pa.Table, names: Names, *, without: set[str]) -> str | None:
    for name in PROMPTS:
        if name in names and names[name] not in without and _is_textual(table, names[name]):
            return names[name]
    return None


def _two(table: pa.Table, names: Names, choices: tuple[tuple[str, str], ...]) -> tuple[str, str] | None:
    for left, right in choices:
        if left in names and right in names and all(_is_textual(table, names[name]) for name in (left, right)):
            return names[left], names[right]
    return None


def _pair(table: pa.Table, names: Names) -> Roles | None:
    found = _two(table, names, PAIRS)
    if found is None:
        return None
    prompt = _prompt_column(table, names, without=set(found)) or _chat_before(table, names, found)
    return Roles(kind="pair", chosen=found[0], rejected=found[1], prompt=prompt)


def _chat_before(table: pa.Table, names: Names, sides: tuple[str, str]) -> str | None:
    """The messages that two replies answer, where the replies are a message each (ShareGPT's way of writing pairs)."""
    if not all(pt.is_struct(table.schema.field(name).type) for name in sides):
        return None
    return next(
        (names[name] for name in CHATS if name in names and _is_messages(table.schema.field(names[name]).type)), None
    )


def _sides(table: pa.Table, names: Names) -> Roles | None:
    """Two replies and a column, several people's columns, or a flag for each side, that say which is better."""
    found = _two(table, names, SIDES)
    votes = _votes(table, names, found) if found else []
    if found is None or not votes:
        return None
    prompt = _prompt_column(table, names, without=set(found))
    return Roles(kind="pair", chosen=found[0], rejected=found[1], prompt=prompt, notes={"votes": json.dumps(votes)})


def _votes(table: pa.Table, names: Names, sides: tuple[str, str]) -> list[dict[str, object]]:
    """Columns with a verdict, each with the words by which it says left and right."""
    yes = ["1", "true"]
    for left, right in FLAGS:
        if left in names and right in names:
            return [
                {"column": names[left], "left": yes, "right": []},
                {"column": names[right], "left": [], "right": yes},
            ]
    single = [names[name] for name in WINNERS if name in names][:1]
    if not single and (scores := _side_scores(table, names, sides)):
        return [{"column": name, "left": [], "right": [], "is_score": True} for name in scores]
    columns = single or sorted(name for lower, name in names.items() if re.fullmatch(r"annotator_?\d+", lower))
    left_words, right_words = _verdicts(table, columns, sides)
    return [{"column": name, "left": left_words, "right": right_words} for name in columns]


def _side_scores(table: pa.Table, names: Names, sides: tuple[str, str]) -> tuple[str, str] | None:
    """Two columns of numbers called after the sides: score_0 and score_1 beside answer_0 and answer_1."""
    endings = [re.search(r"_?[a-z0-9]$", side.lower()) for side in sides]
    for stem in SIDE_SCORES:
        found = [names.get(f"{stem}{ending.group()}") for ending in endings if ending]
        kinds = [table.schema.field(name).type for name in found if name]
        if len(kinds) == 2 and all(pt.is_integer(kind) or pt.is_floating(kind) for kind in kinds):
            return str(found[0]), str(found[1])
    return None


def _verdicts(table: pa.Table, columns: list[str], sides: tuple[str, str]) -> tuple[list[str], list[str]]:
    """The words that say left and right. 0 and 1 count sides from zero only where no 2 occurs."""
    seen = {verdict_word(value) for name in columns for value in table.column(name).to_pylist() if value is not None}
    left = ["a", "model_a", "response_a", "left", "first", "model_1", "output_1", "response_1", sides[0].lower()]
    right = ["b", "model_b", "response_b", "right", "second", "model_2", "output_2", "response_2", sides[1].lower()]
    if sides[0].lower() == "human_ref_a":  # SHP: 1 says that A is preferred, 0 that B is
        return [*left, "1"], [*right, "0"]
    if "0" in seen and "2" not in seen:
        return [*left, "0"], [*right, "1"]
    return [*left, "1"], [*right, "2"]


def _ranking(table: pa.Table, names: Names) -> Roles | None:
    """A list of replies with their scores: in the same structs, or in a second list; or with the place of the best."""
    for lower in RANKED:
        if lower not in names:
            continue
        kind = table.schema.field(names[lower]).type
        prompt = _prompt_column(table, names, without={names[lower]})
        if not pt.is_list(kind):
            continue
        notes = {"replies": names[lower]}
        if pt.is_struct(kind.value_type):
            fields = {field.name for field in kind.value_type}
            reply = next((name for name in REPLY_FIELDS if name in fields), None)
            score = next((name for name in SCORE_FIELDS if name in fields), None)
            if reply and score:
                return Roles(
                    kind="ranking", prompt=prompt, notes={**notes, "reply": reply, "score": score, **_low(score)}
                )
            choice = next((names[name] for name in CHOICES if name in names), None)
            if reply and choice and _is_one_of_two(table, names[lower], choice):
                prompt = prompt or _post_column(table, names)
                return Roles(kind="ranking", prompt=prompt, notes={**notes, "reply": reply, "choice": choice})
        scores = next((names[name] for name in SCORES if name in names), None)
        if pt.is_string(kind.value_type) and scores and pt.is_list(table.schema.field(scores).type):
            return Roles(kind="ranking", prompt=prompt, notes={**notes, "scores": scores, **_low(scores)})
    return None


def _is_one_of_two(table: pa.Table, replies: str, choice: str) -> bool:
    """Whether a column of whole numbers says which of two replies is better."""
    two = all(len(value) == 2 for value in table.column(replies).to_pylist() if value is not None)
    return two and bool(pt.is_integer(table.schema.field(choice).type))


def _post_column(table: pa.Table, names: Names) -> str | None:
    """What summaries are of: a struct `info` with the post or the article."""
    kind = table.schema.field(names["info"]).type if "info" in names else None
    is_post = kind is not None and pt.is_struct(kind) and {field.name for field in kind} & {"post", "article"}
    return names["info"] if is_post else None


def _low(name: str) -> dict[str, str]:
    return {"low_is_best": "yes"} if re.search(r"(?i)\brank(s|ing)?$", name) else {}


def _red_team(table: pa.Table, names: Names) -> Roles | None:
    text = next((names[name] for name in TRANSCRIPTS if name in names and _is_textual(table, names[name])), None)
    facts = [name for name in table.column_names if name != text and FACTS.search(name)]
    has_rating = any(re.search(r"(?i)rating|harmless|success", name) for name in facts)
    if text is None or not has_rating:
        return None
    return Roles(kind="red-team", text=text, notes={"facts": json.dumps(facts)})


def _chat(table: pa.Table, names: Names) -> Roles | None:
    """A column of messages, or of strings in turn, under a chat's name."""
    for name in (names[lower] for lower in CHATS if lower in names):
        kind = table.schema.field(name).type
        if _is_messages(kind) or (pt.is_list(kind) and pt.is_string(kind.value_type)):
            return Roles(kind="conversation", text=name)
    return None


def _messages(table: pa.Table, _names: Names) -> Roles | None:
    """A column of messages under any name."""
    found = [field.name for field in table.schema if _is_messages(field.type)]
    return Roles(kind="conversation", text=found[0]) if found else None


def _prompt_and_reply(table: pa.Table, names: Names) -> Roles | None:
    """An instruction and its answer, as in fine-tuning sets."""
    if "text" in names:
        return None
    reply = next((names[name] for name in REPLIES if name in names and _is_textual(table, names[name])), None)
    prompt = _prompt_column(table, names, without={reply} if reply else set())
    return Roles(kind="conversation", text=reply, prompt=prompt) if reply and prompt else None


def _text_column(table: pa.Table, facts: list[ColumnFacts]) -> str:
    """The string column with a text's name, else the one with the longest and most varied strings."""
    strings = [fact for fact in facts if fact.is_text]
    prose = [
        fact for fact in strings if fact.n_values and not is_time(fact, table.column(fact.name)) and not is_id(fact)
    ]
    candidates = prose or strings
    if not candidates:
        raise ColumnError(
            "No column holds text.",
            fix=f"Give rows with a column of strings. The columns are: {', '.join(table.column_names)}.",
        )
    return max(candidates, key=_textness).name


def _textness(facts: ColumnFacts) -> float:
    """How much a column looks like the text of its row; `text` itself always wins over longer columns."""
    name = facts.name.lower()
    variety = facts.n_distinct / max(1, facts.n_values)
    bonus = 4.0 if name == "text" else 2.0 if name in TEXTS else 1.0 if name in WEAKER_TEXTS else 0.0
    weight = 0.1 if is_category(facts) and variety < 0.1 else 1.0
    return weight * (variety * math.log1p(facts.mean_length) + bonus * (0.5 + 0.5 * variety)) + 1e-3 * bonus
