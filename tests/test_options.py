"""Choices are checked at the door."""

import pytest

from portolan.errors import InputError
from portolan.options import MapOptions, plugin_name


@pytest.mark.parametrize(
    "wrong", [{"layout": "sideways"}, {"n_neighbors": 1}, {"threads": 0}, {"random_state": -1}, {"random_state": 2**31}]
)
def test_a_value_out_of_range_is_refused_with_a_fix(wrong):
    with pytest.raises(InputError) as caught:
        MapOptions(**wrong)
    assert caught.value.fix


@pytest.mark.parametrize(
    ("choice", "parts"),
    [
        ("static", ("static", None)),
        ("sbert:all-MiniLM-L6-v2", ("sbert", "all-MiniLM-L6-v2")),
        ("openai:m@http://127.0.0.1:8000/v1", ("openai", "m@http://127.0.0.1:8000/v1")),
    ],
)
def test_a_plugin_is_chosen_by_name_and_argument(choice, parts):
    assert plugin_name(choice) == parts
