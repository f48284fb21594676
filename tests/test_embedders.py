"""One contract on each registered embedder, and what is particular to each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from endpoints import DROP, Endpoint
from portolan.errors import EndpointError, InputError, NotFoundError, ShapeError
from portolan.plugins import Embedder, embedders

TOPICS = ["the bank card has not arrived", "a kind of tree with soft wood", "train a model on the image data"]
TEXTS = [f"{TOPICS[i % 3]} number {i}" for i in range(120)]


def letter_counts(text: str) -> list[float]:
    return [1.0 + text.lower().count(letter) for letter in "abcdefgh"]


def counted(request: dict) -> dict:
    """What an endpoint answers to a request for vectors: the counts, in another order than asked for."""
    data = [{"index": i, "embedding": letter_counts(text)} for i, text in enumerate(request["input"])]
    return {"data": data[::-1], "usage": {"total_tokens": len(data)}}


@pytest.fixture
def endpoint(monkeypatch) -> Iterator[Endpoint]:
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", "not-a-key")
    with Endpoint(counted) as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def static_model(tmp_path_factory) -> str:
    """A tiny model2vec model."""
    model2vec = pytest.importorskip("model2vec", reason="model2vec is not installed")
    from tokenizers import Tokenizer, models, pre_tokenizers

    words = ["[UNK]", "[PAD]", *sorted({word for text in TEXTS for word in text.split()})]
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    vectors = np.random.default_rng(0).standard_normal((len(words), 8)).astype(np.float32)
    folder = tmp_path_factory.mktemp("model2vec") / "model"
    model2vec.StaticModel(vectors=vectors, tokenizer=tokenizer).save_pretrained(str(folder))
    return str(folder)


@pytest.fixture(scope="session")
def transformer_model(tmp_path_factory) -> str:
    """A tiny sentence-transformers model with random weights."""
    library = pytest.importorskip("sentence_transformers", reason="sentence-transformers is not installed")
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder = tmp_path_factory.mktemp("sbert")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *sorted({word for text in TEXTS for word in text.split()})]
    (folder / "vocab.txt").write_text("\n".join(words))
    tokenizer = BertTokenizerFast(vocab_file=str(folder / "vocab.txt"))
    config = BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16
    )
    BertModel(config).save_pretrained(folder / "bert")
    tokenizer.save_pretrained(folder / "bert")
    modules = pytest.importorskip("sentence_transformers.sentence_transformer.modules", reason="needs version 6")
    parts = [modules.Transformer(str(folder / "bert")), modules.Pooling(16)]
    library.SentenceTransformer(modules=parts, device="cpu").save(str(folder / "model"))
    return str(folder / "model")


@pytest.fixture(params=[name for name in embedders.names() if name != "vectors"])
def embedder(request) -> Embedder:
    """Each registered embedder of texts, fitted."""
    needs = {"openai": "endpoint", "model2vec": "static_model", "sbert": "transformer_model"}
    argument = request.getfixturevalue(needs[request.param]) if request.param in needs else None
    if request.param == "openai":
        argument = f"letters@{argument.url}"
    return fitted(embedders.get(request.param)(argument, random_state=0, threads=1))


def fitted(embedder: Embedder, texts: list[str] = TEXTS) -> Embedder:
    embedder.fit(lambda: iter([pa.array(texts[i : i + 50], pa.string()) for i in range(0, len(texts), 50)]),
                 n_rows=len(texts))  # fmt: skip
    return embedder


def test_an_embedder_keeps_the_contract(embedder):
    assert isinstance(embedder, Embedder)
    assert embedder.key


def test_vectors_have_unit_length_and_one_row_a_text(embedder):
    vectors = embedder.embed(pa.array(TEXTS))
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(TEXTS), embedder.n_dims)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_a_text_without_words_gives_zeros(embedder):
    assert not embedder.embed(pa.array(["", " \n "])).any()


def test_no_texts_give_no_vectors(embedder):
    assert embedder.embed(pa.array([], pa.string())).shape == (0, embedder.n_dims)


def test_batches_change_nothing(embedder):
    whole = embedder.embed(pa.array(TEXTS))
    parts = np.vstack([embedder.embed(pa.array(TEXTS[i : i + 7])) for i in range(0, len(TEXTS), 7)])
    tolerance = 1e-5 if embedder.key.startswith("sbert") else 0.0  # a transformer pads to its batch
    assert np.abs(whole - parts).max() <= tolerance


def test_a_saved_embedder_embeds_alike(embedder, tmp_path):
    embedder.save(tmp_path / "saved")
    again = type(embedder).load(tmp_path / "saved", threads=2)
    assert again.key == embedder.key
    assert again.n_dims == embedder.n_dims
    assert np.allclose(again.embed(pa.array(TEXTS[:9])), embedder.embed(pa.array(TEXTS[:9])), atol=1e-6)


def test_static_vectors_are_byte_equal_on_any_number_of_threads():
    texts = pa.array([f"{text} {i}" for i in range(60) for text in TEXTS])
    one, two = (fitted(embedders.get("static")(threads=n), texts.to_pylist()).embed(texts) for n in (1, 2))
    assert one.tobytes() == two.tobytes()


def test_static_brings_texts_of_one_meaning_together_without_a_shared_word():
    static = embedders.get("static")()
    money, cash, tree = static.embed(pa.array(["How do I withdraw money?", "taking out cash", "an old oak forest"]))
    assert money @ cash > money @ tree + 0.1


@pytest.mark.parametrize("texts", [["one row"], ["a b", "c d"], ["the same again"] * 10, ["", ""], ["?!", "x"]])
def test_static_embeds_tiny_corpora(texts):
    vectors = fitted(embedders.get("static")(threads=1), texts).embed(pa.array(texts))
    assert np.isfinite(vectors).all()
    lengths = np.linalg.norm(vectors, axis=1)
    assert ((np.abs(lengths - 1) < 1e-5) | (lengths == 0)).all()
    assert (lengths > 0).tolist() == [any(map(str.isalnum, text)) for text in texts]


def test_static_embeds_five_megabytes_as_its_beginning():
    static = embedders.get("static")()
    text = "the bank card has not arrived " * 200_000
    long, short = static.embed(pa.array([text, "the bank card has not arrived"]))
    assert long @ short > 0.999


def test_static_groups_chinese_headlines_by_their_characters():
    texts = ["王者荣耀崩了", "王者荣耀又崩了", "高考成绩公布", "高考成绩查询", "北京下雪", "北京今天下雪"] * 5
    vectors = fitted(embedders.get("static")(threads=1), texts).embed(pa.array(texts[:6]))
    likeness = vectors @ vectors.T - 2 * np.eye(6, dtype=np.float32)
    assert likeness.argmax(axis=1).tolist() == [1, 0, 3, 2, 5, 4]


def test_static_takes_no_argument():
    with pytest.raises(InputError, match="takes no argument"):
        embedders.get("static")("large")


@pytest.mark.parametrize("name", ["model2vec", "sbert", "openai"])
def test_embedders_of_models_ask_which_model(name):
    with pytest.raises(InputError, match="needs a model"):
        embedders.get(name)()


@pytest.mark.parametrize("name", ["model2vec", "sbert"])
def test_a_changed_model_in_the_same_folder_has_another_key(name, tmp_path):
    (tmp_path / "weights").write_text("one")
    before = embedders.get(name)(str(tmp_path)).key
    (tmp_path / "weights").write_text("two")
    assert embedders.get(name)(str(tmp_path)).key != before


def openai(endpoint: Endpoint, **options) -> tuple[Embedder, list[float]]:
    waits: list[float] = []
    return embedders.get("openai")(f"letters@{endpoint.url}", sleep=waits.append, **options), waits


def test_openai_waits_and_tries_again(endpoint):
    embedder, waits = openai(endpoint)
    endpoint.first(500, 429, DROP)
    vectors = embedder.embed(pa.array(["abba"]))
    expected = np.array(letter_counts("abba"), np.float32)
    assert np.allclose(vectors[0], expected / np.linalg.norm(expected))
    assert waits == [1.0, 3.0, 4.0]


def test_openai_gives_up_with_the_endpoints_own_words(endpoint):
    embedder, waits = openai(endpoint)
    endpoint.first(*[503] * 50)
    with pytest.raises(EndpointError, match="503"):
        embedder.embed(pa.array(["abba"]))
    assert len(waits) == 6


def test_openai_does_not_repeat_what_is_refused(endpoint):
    embedder, waits = openai(endpoint)
    endpoint.first(401)
    with pytest.raises(EndpointError, match="401"):
        embedder.fit(lambda: iter([]), n_rows=0)
    assert waits == []


def test_openai_sends_batches_of_bounded_size_and_leaves_empty_texts_out(endpoint):
    embedder, _ = openai(endpoint)
    embedder.fit(lambda: iter([]), n_rows=0)
    endpoint.requests.clear()
    vectors = embedder.embed(pa.array(["", *["a"] * 300, "b" * 50_000]))
    assert [len(request["input"]) for request in endpoint.requests] == [128, 128, 45]
    assert max(len(text) for request in endpoint.requests for text in request["input"]) == 16_000
    assert vectors.any(axis=1).tolist() == [False] + [True] * 301


def test_openai_keeps_to_a_rate(endpoint):
    embedder, waits = openai(endpoint, requests_per_minute=120)
    embedder.embed(pa.array(["a"]))
    assert waits == [0.5, 0.5]


def test_openai_tells_the_cost_before(endpoint, monkeypatch):
    embedder, _ = openai(endpoint)
    assert "price not known" in embedder.estimate(1000, 4_000_000)
    known = embedders.get("openai")("text-embedding-3-small")
    assert known.estimate(1000, 400_000_000).endswith("about 2.00 USD")
    assert endpoint.requests == []


def test_openai_never_saves_the_key(endpoint, tmp_path):
    embedder, _ = openai(endpoint)
    embedder.save(tmp_path)
    assert all("not-a-key" not in path.read_text() for path in tmp_path.iterdir())


def test_given_vectors_are_handed_out_by_rows_at_unit_length(tmp_path):
    np.save(tmp_path / "v.npy", np.array([[3, 4], [0, 0], [0, -2]], np.float64))
    vectors = fitted(embedders.get("vectors")(str(tmp_path / "v.npy")), ["a", "b", "c"])
    assert np.allclose(vectors.embed_rows(0, 3), [[0.6, 0.8], [0, 0], [0, -1]])
    assert vectors.n_dims == 2


def test_given_vectors_come_from_a_column_of_lists():
    vectors = embedders.get("vectors").from_column(pa.chunked_array([[[1.0, 0.0]], [None, [0.0, 5.0]]]))
    assert vectors.embed_rows(0, 3).tolist() == [[1, 0], [0, 0], [0, 1]]


def test_given_vectors_must_be_one_a_row():
    with pytest.raises(ShapeError, match="3 vectors and 120 rows"):
        fitted(embedders.get("vectors")(np.ones((3, 2))))


def test_given_vectors_refuse_what_is_no_vector(tmp_path):
    with pytest.raises(ShapeError):
        embedders.get("vectors")(np.ones(3))
    with pytest.raises(NotFoundError):
        embedders.get("vectors")(str(tmp_path / "missing.npy"))
    with pytest.raises(InputError, match="NaN"):
        embedders.get("vectors")(np.array([[1.0, np.nan]])).embed_rows(0, 1)
    with pytest.raises(InputError, match="given vectors"):
        embedders.get("vectors")(np.ones((1, 2))).embed(pa.array(["text"]))


def test_given_vectors_save_and_load_without_the_vectors(tmp_path):
    embedders.get("vectors")(np.ones((5, 3))).save(tmp_path / "saved")
    assert embedders.get("vectors").load(tmp_path / "saved").n_dims == 3
    assert Path(tmp_path / "saved" / "vectors.npy").stat().st_size < 1000
