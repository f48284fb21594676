"""The bundled sample is the upstream data, with its licence."""

import hashlib
from collections import Counter

import pyarrow as pa
import pytest

from portolan.auditing.card_beside import find_card
from portolan.core.provenance_card import read_card
from portolan.core.roles import describe_roles, infer_roles
from portolan.loaders import open_source
from portolan.plugins import findings
from portolan.sample import sample_path


@pytest.fixture(scope="module")
def table() -> pa.Table:
    return pa.Table.from_batches(list(open_source(sample_path()).batches()))


def test_the_sample_holds_the_four_subsets_of_hh_rlhf(table):
    assert Counter(table.column("subset").to_pylist()) == {
        "harmless-base": 1743,
        "helpful-base": 1785,
        "helpful-online": 857,
        "helpful-rejection-sampled": 2051,
    }


def test_the_sample_is_read_as_pairs(table):
    assert describe_roles(infer_roles(table), table.num_rows) == (
        "text: chosen · pair: chosen/rejected · category: subset · 6,436 rows"
    )


def test_the_readme_states_the_samples_hash():
    readme = (sample_path().parent / "README.md").read_text(encoding="utf-8")
    assert hashlib.sha256(sample_path().read_bytes()).hexdigest() in readme


def test_the_upstream_licence_lies_beside_the_sample():
    assert "Anthropic" in (sample_path().parent / "LICENSE").read_text(encoding="utf-8")


def test_the_samples_card_lies_beside_it_and_says_what_is_intended_where(table):
    path = find_card(sample_path())
    assert path.parent == sample_path().parent
    card = read_card(path.read_text(encoding="utf-8"), columns=table.column_names)
    [column] = card.columns
    assert {one.value for one in column.values} == set(table.column("subset").to_pylist())
    for name in ("doubly-egregious", "recovery"):
        [(_, value)] = card.intended(name)
        assert value.value == "harmless-base"
        assert name in findings.names()
    assert "not written by the data's owner" in card.description
