"""Which column plays which part is found from names, types and values; what the user names is taken."""

import math

import pyarrow as pa
import pytest

from portolan.core.columns import seconds_of
from portolan.core.roles import describe_roles, infer_roles
from portolan.core.votes import votes_of
from portolan.errors import ColumnError


def roles_of(rows: list[dict], **named):
    return infer_roles(pa.Table.from_pylist(rows), **named)


def many(n_rows: int = 40, **columns) -> list[dict]:
    return [{name: make(place) for name, make in columns.items()} for place in range(n_rows)]


def sentence(place: int) -> str:
    return f"This is sentence number {place}, and it says something about {place * 7}."


def test_hh_rlhf_rows_are_pairs_of_transcripts():
    rows = many(
        chosen=lambda n: f"\n\nHuman: q{n}\n\nAssistant: a", rejected=lambda n: f"\n\nHuman: q{n}\n\nAssistant: b",
        subset=lambda n: "ab"[n % 2],
    )  # fmt: skip
    roles = roles_of(rows)
    assert (roles.kind, roles.shape, roles.categories) == ("pair", "transcript", ("subset",))
    assert describe_roles(roles, 6436) == "text: chosen · pair: chosen/rejected · category: subset · 6,436 rows"


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (("prompt", "chosen", "reject"), ("pair", "chosen", "reject", "prompt")),
        (("question", "response_j", "response_k"), ("pair", "response_j", "response_k", "question")),
    ],
)
def test_pairs_under_other_names_are_found(columns, expected):
    roles = roles_of(many(**dict.fromkeys(columns, sentence)))
    assert (roles.kind, roles.chosen, roles.rejected, roles.prompt) == expected


@pytest.mark.parametrize(
    ("left", "right", "winner", "verdicts"),
    [
        ("output_1", "output_2", "preference", (1, 2)),
        ("response_a", "response_b", "winner", ("model_a", "model_b")),
        ("conversation_a", "conversation_b", "winner", ("model_a", "tie")),
        ("response_0", "response_1", "better_response_id", (0, 1)),
    ],
)
def test_two_replies_with_a_verdict_are_a_pair(left, right, winner, verdicts):
    rows = many(**{left: sentence, right: sentence, winner: lambda n: verdicts[n % 2]})
    roles = roles_of(rows)
    assert (roles.kind, roles.chosen, roles.rejected) == ("pair", left, right)
    assert [vote["column"] for vote in votes_of(roles)] == [winner]
    assert describe_roles(roles, 40).startswith(f"pair: {left}/{right} · winner: {winner}")


def test_two_replies_without_a_verdict_are_no_pair():
    assert roles_of(many(output_1=sentence, output_2=sentence)).kind == "text"


def test_a_list_of_scored_replies_is_a_ranking():
    rows = many(prompt=sentence, responses=lambda n: ["a", "b", "c"], scores=lambda n: [1.0, 2.0, 3.0])
    roles = roles_of(rows)
    assert (roles.kind, roles.prompt, roles.notes["scores"]) == ("ranking", "prompt", "scores")


def test_messages_are_a_conversation():
    roles = roles_of([{"id": "a", "messages": [{"role": "user", "content": "hi"}]}])
    assert (roles.kind, roles.text, roles.shape) == ("conversation", "messages", "messages")


def test_an_instruction_and_its_output_are_a_conversation():
    roles = roles_of(many(instruction=sentence, output=sentence))
    assert (roles.kind, roles.prompt, roles.text) == ("conversation", "instruction", "output")


def test_a_column_named_text_is_the_text_even_beside_a_longer_one():
    assert roles_of(many(notes=lambda n: sentence(n) * 5, text=sentence)).text == "text"


def test_else_the_longest_and_most_varied_strings_are_the_text():
    rows = many(kind=lambda n: "always the same long sentence about nothing", what=sentence, code=lambda n: f"c{n}")
    assert roles_of(rows).text == "what"


def test_parts_of_a_table_are_found_by_name_and_values():
    rows = many(
        doc_id=lambda n: f"d{n}", text=sentence, topic=lambda n: "abc"[n % 3], ok=lambda n: n % 2 == 0,
        tags=lambda n: ["x", "y"][: n % 3], created_at=lambda n: f"2024-01-{n % 28 + 1:02}T00:00:00Z",
        length=lambda n: n * 10, price=lambda n: n / 3,
    )  # fmt: skip
    roles = roles_of(rows)
    assert (roles.id, roles.text, roles.time) == ("doc_id", "text", "created_at")
    assert roles.categories == ("topic", "ok", "tags")
    assert roles.numbers == ("length", "price")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("date", 20220131), ("timestamp", 1_700_000_000), ("created_utc", 1_700_000_000_000), ("day", "20220131"),
        ("when", "2022-01-31"), ("updated", "2022-01-31 10:20:30"), ("date", "2022/01/31"), ("year", 2021),
    ],
)  # fmt: skip
def test_times_are_known_in_the_ways_people_write_them(name, value):
    assert roles_of(many(text=sentence, **{name: lambda n: value})).time == name


def test_a_plain_number_is_no_time():
    assert roles_of(many(text=sentence, length=lambda n: 1_700_000_000 + n)).time is None


def test_times_become_seconds_since_1970():
    day = 86400.0
    assert seconds_of(pa.array(["1970-01-02", None, "no"]))[0] == day
    assert math.isnan(seconds_of(pa.array(["1970-01-02", None, "no"]))[2])
    assert seconds_of(pa.array([20220101]))[0] == seconds_of(pa.array(["2022-01-01T00:00:00Z"]))[0] == 1640995200.0
    assert seconds_of(pa.array([1640995200, 1640995200000]))[0] == 1640995200.0
    assert seconds_of(pa.array([None, 1640995200000]))[1] == 1640995200.0
    assert seconds_of(pa.array([86400], pa.timestamp("s")))[0] == day


def test_what_the_user_names_is_taken():
    rows = many(text=sentence, other=sentence, key=lambda n: n % 5, when=lambda n: "2020-01-01", group=sentence)
    roles = roles_of(rows, text="other", id="key", time="when", categories=["group"])
    assert (roles.text, roles.id, roles.time, roles.categories) == ("other", "key", "when", ("group",))


def test_sides_that_the_user_names_still_have_their_prompt():
    roles = roles_of(many(question=sentence, mine=sentence, yours=sentence), chosen="mine", rejected="yours")
    assert (roles.kind, roles.chosen, roles.rejected, roles.prompt) == ("pair", "mine", "yours", "question")


def test_a_column_of_repeated_ids_is_an_id_only_if_named():
    rows = many(id=lambda n: f"d{n // 2}", text=sentence)
    assert roles_of(rows).id is None
    assert roles_of(rows, id="id").id == "id"


def test_a_missing_column_is_an_error_with_the_nearest_name():
    with pytest.raises(ColumnError, match="Did you mean 'headline'") as error:
        roles_of(many(headline=sentence), text="headlin")
    assert "The columns are: headline" in error.value.fix


def test_one_side_of_a_pair_is_an_error():
    with pytest.raises(ColumnError, match="two sides"):
        roles_of(many(a=sentence, b=sentence), chosen="a")


def test_a_table_without_text_is_an_error_that_lists_the_columns():
    with pytest.raises(ColumnError, match="The columns are: n"):
        roles_of([{"n": 1}])


def test_a_renamed_column_answers_to_its_first_name():
    from portolan.loaders import open_source

    rows = [{"row_id": n, "text": sentence(n)} for n in range(5)]
    table = pa.Table.from_batches(list(open_source(rows).batches()))
    assert infer_roles(table, id="row_id").id == "original_row_id"


@pytest.mark.parametrize("n_rows", [1, 2, 10])
def test_few_rows_have_roles_too(n_rows):
    assert roles_of(many(n_rows, text=sentence, n=lambda n: n)).text == "text"


def test_rows_that_are_all_alike_still_have_a_text():
    assert roles_of(many(text=lambda n: "same", other=lambda n: None)).text == "text"
