"""Doubtful labels: what is found, what is told, what is refused."""

import numpy as np
import pytest

import portolan
from portolan.core.concept import frame_of
from portolan.core.mislabeled import NO_LABEL, doubts
from portolan.errors import InputError
from small_data import topic_rows

SWAPPED = [5, 42, 90, 131]


def planted(seed=0, n=300):
    """Vectors in three groups with their labels, of which some are wrong."""
    rng = np.random.default_rng(seed)
    truth = np.arange(n) % 3
    vectors = (np.eye(3)[truth] @ rng.standard_normal((3, 12)) + 0.3 * rng.standard_normal((n, 12))).astype(np.float32)
    labels = truth.copy()
    wrong = rng.choice(n, 15, replace=False)
    labels[wrong] = (truth[wrong] + 1) % 3
    return vectors, labels, truth, wrong


def test_wrong_labels_are_doubted_the_most_and_the_right_one_is_told():
    vectors, labels, truth, wrong = planted()
    found = doubts(vectors, labels, np.arange(len(labels)), frame_of(vectors), n_labels=3)
    assert set(np.argsort(-found.doubt)[: len(wrong)]) == set(wrong)
    assert (found.likeliest == truth).mean() > 0.99
    assert found.accuracy == pytest.approx(1 - len(wrong) / len(labels), abs=0.02)


def test_rows_of_one_text_are_never_learnt_from_and_judged_at_once():
    vectors, labels, _, _ = planted(n=60)
    twice = np.concatenate([vectors, vectors])
    rng = np.random.default_rng(1)
    noise = rng.integers(0, 3, len(labels))
    found = doubts(
        twice, np.concatenate([noise, noise]), np.tile(np.arange(len(labels)), 2), frame_of(twice), n_labels=3
    )
    # By memory alone each copy would be told rightly.
    assert found.accuracy < 0.6


def test_rows_without_a_label_or_a_text_have_no_doubt():
    vectors, labels, _, _ = planted()
    vectors[3] = 0
    labels[4] = NO_LABEL
    found = doubts(vectors, labels, np.arange(len(labels)), frame_of(vectors), n_labels=3)
    assert np.flatnonzero(np.isnan(found.doubt)).tolist() == [3, 4]
    assert found.likeliest[[3, 4]].tolist() == [NO_LABEL, NO_LABEL]


@pytest.fixture(scope="module")
def m(tmp_path_factory):
    rows = topic_rows(160)
    names = sorted({row["topic"] for row in rows})
    for row in SWAPPED:
        rows[row]["topic"] = names[(names.index(rows[row]["topic"]) + 1) % len(names)]
    rows[7]["topic"] = "only one of its kind"
    return portolan.map_text(rows, path=tmp_path_factory.mktemp("maps") / "topics", progress=False)


def test_the_scorer_finds_swapped_labels_of_a_column(m):
    doubt = m.score("mislabeled:topic")
    assert set(np.argsort(-np.nan_to_num(doubt))[: len(SWAPPED)]) == set(SWAPPED)
    assert np.isnan(doubt[7])
    assert m.filter("mislabeled > 0.5").tolist() == SWAPPED
    [note] = [note for note in m.scores if note.name == "mislabeled:topic"]
    assert note.card["figures"][0]["measure"] == "accuracy out of fold"


@pytest.mark.parametrize(("asked", "words"), [("mislabeled", "which column"), ("mislabeled:smell", "no column 'smell'"),
                                              ("mislabeled:text", "labels of 5 rows")])  # fmt: skip
def test_what_holds_no_labels_is_refused(m, asked, words):
    with pytest.raises(InputError, match=words):
        m.score(asked)
