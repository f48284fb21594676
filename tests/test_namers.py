"""Each namer keeps the contract; what a language model answers is not trusted."""

import json
import threading

import pytest

from endpoints import Endpoint, chat
from portolan.errors import EndpointError, InputError
from portolan.plugins import ClusterSketch, namers


def sketch(cluster_id, *, layer=0, parent_id=0, phrases=("cats", "dogs"), siblings=(), exemplars=("A text.",)):
    return ClusterSketch(
        cluster_id=cluster_id,
        layer=layer,
        parent_id=parent_id,
        size=10,
        keyphrases=phrases,
        exemplars=exemplars,
        siblings=siblings,
    )


PETS = [
    sketch(0, layer=1, parent_id=-1, phrases=("pets",)),
    sketch(0, phrases=("cats",), siblings=(1,)),
    sketch(1, phrases=("dogs",), siblings=(0,)),
]


def namer_at(endpoint, **options):
    return namers.get("openai")(f"some-model@{endpoint.url}", wait=lambda _s: None, **options)


@pytest.fixture(params=["keyphrases", "openai"])
def namer(request):
    """Every registered namer; the model answers one and the same name to everything."""
    if request.param == "keyphrases":
        yield namers.get("keyphrases")()
        return
    with Endpoint('{"name": "Animals"}') as endpoint:
        yield namer_at(endpoint)


def test_every_namer_is_under_test():
    assert namers.names() == ["keyphrases", "openai"]


def test_each_cluster_gets_a_name_in_order_and_none_is_empty(namer):
    names = namer.name(PETS)
    assert len(names) == len(PETS)
    assert all(names)


def test_no_two_clusters_of_a_layer_have_one_name(namer):
    names = namer.name([sketch(i, siblings=tuple(j for j in range(5) if j != i)) for i in range(5)])
    assert len({name.lower() for name in names}) == 5


def test_a_cluster_without_phrases_and_texts_still_has_a_name(namer):
    assert namer.name([sketch(0, phrases=(), exemplars=())])[0]


def test_no_clusters_need_no_names(namer):
    assert namer.name([]) == []


def test_phrases_are_joined_in_sentence_case():
    assert namers.get("keyphrases")().name([sketch(0, phrases=("bank robbery", "stealing cars"))]) == [
        "Bank robbery, stealing cars"
    ]


def test_a_name_stays_short_however_long_the_phrases():
    phrases = ("a rather long phrase of many words", "another long phrase", "third")
    assert namers.get("keyphrases")().name([sketch(0, phrases=phrases)]) == ["A rather long phrase of many words"]


def test_a_cluster_does_not_take_its_parents_name():
    parent, child = namers.get("keyphrases")().name(
        [sketch(0, layer=1, parent_id=-1, phrases=("pets",)), sketch(0, phrases=("pets",))]
    )
    assert parent != child


def test_without_phrases_a_typical_row_names_the_cluster():
    assert namers.get("keyphrases")().name([sketch(0, phrases=(), exemplars=("  Ten\nrows. ",))]) == ["Ten rows."]


def test_the_model_is_shown_phrases_texts_and_the_names_around():
    with Endpoint('{"name": "Pets at home"}', '{"name": "Cats"}', '{"name": "Dogs"}') as endpoint:
        assert namer_at(endpoint, n_at_once=1).name(PETS) == ["Pets at home", "Cats", "Dogs"]
        asked = json.loads(endpoint.requests[2]["messages"][1]["content"])
    assert asked == {
        "keyphrases": ["dogs"],
        "typical_texts": ["A text."],
        "part_of": "Pets at home",
        "neighbouring_groups": ["Cats"],
    }


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "Cats",
        '{"name": ""}',
        '{"name": 7}',
        '{"title": "Cats"}',
        '{"name": "I\'m sorry, I cannot help with that"}',
        '{"name": "' + "long " * 20 + '"}',
        "{broken",
    ],
)
def test_an_answer_that_will_not_do_gives_way_to_keyphrases(answer):
    with Endpoint(answer) as endpoint:
        assert namer_at(endpoint).name([sketch(0, phrases=("cats",))]) == ["Cats"]


def test_a_name_is_found_amid_chatter_and_cleaned():
    with Endpoint('Here you are:\n```json\n{"name": " \\"house  cats.\\" "}\n```') as endpoint:
        assert namer_at(endpoint).name([sketch(0)]) == ["House cats"]


def test_a_busy_endpoint_is_asked_again():
    with Endpoint(429, 503, '{"name": "Cats"}') as endpoint:
        assert namer_at(endpoint).name([sketch(0)]) == ["Cats"]


def test_an_endpoint_that_stays_busy_is_an_error_with_a_fix():
    with Endpoint(503) as endpoint, pytest.raises(EndpointError, match="--namer keyphrases"):
        namer_at(endpoint).name([sketch(0)])


def test_an_endpoint_that_refuses_is_asked_once():
    with Endpoint(401) as endpoint:
        with pytest.raises(EndpointError, match="401"):
            namer_at(endpoint).name([sketch(0)])
        assert len(endpoint.requests) == 1


def test_nobody_at_the_address_is_an_error_with_a_fix():
    with Endpoint("") as endpoint:
        namer = namer_at(endpoint)
    with pytest.raises(EndpointError, match="OPENAI_BASE_URL"):
        namer.name([sketch(0)])


def test_the_same_question_is_asked_once_even_by_the_next_run(tmp_path):
    with Endpoint('{"name": "Cats"}') as endpoint:
        namer_at(endpoint, cache_folder=tmp_path).name([sketch(0)])
        assert namer_at(endpoint, cache_folder=tmp_path).name([sketch(0)]) == ["Cats"]
        assert len(endpoint.requests) == 1


def test_the_questions_of_a_layer_are_asked_at_once():
    n_clusters = 4
    together = threading.Barrier(n_clusters, timeout=10)
    with Endpoint(lambda _: (together.wait(), chat('{"name": "Cats"}'))[1]) as endpoint:
        names = namer_at(endpoint).name([sketch(i, phrases=(f"phrase {i}",)) for i in range(n_clusters)])
    # Each waited for the others: one after another, the first would have waited in vain.
    assert sorted(names) == ["Cats", "Phrase 1", "Phrase 2", "Phrase 3"]


def test_after_a_refusal_nothing_more_is_asked():
    with Endpoint(401) as endpoint:
        with pytest.raises(EndpointError):
            namer_at(endpoint, n_at_once=2).name([sketch(i, phrases=(f"phrase {i}",)) for i in range(50)])
        assert len(endpoint.requests) < 50


def test_a_child_says_what_sets_it_apart_from_its_siblings():
    sketches = [
        sketch(0, layer=1, parent_id=-1, phrases=("crime", "police")),
        sketch(0, phrases=("crime", "police", "prison"), siblings=(1,)),
        sketch(1, phrases=("police", "crime", "car chase"), siblings=(0,)),
    ]
    assert namers.get("keyphrases")().name(sketches) == [
        "Crime, police",
        "Crime, prison, police",
        "Police, car chase, crime",
    ]


def test_the_key_goes_along_and_the_address_may_come_from_the_environment(monkeypatch):
    with Endpoint('{"name": "Cats"}') as endpoint:
        monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url)
        namer = namers.get("openai")("org/model@v2", wait=lambda _s: None)
        assert namer.name([sketch(0)]) == ["Cats"]
        assert endpoint.requests[0]["model"] == "org/model@v2"


def test_a_namer_without_a_model_is_refused():
    with pytest.raises(InputError, match="openai:MODEL"):
        namers.get("openai")(None)


def test_the_key_of_a_namer_tells_models_and_addresses_apart():
    build = namers.get("openai")
    keys = {build(argument).key for argument in ("a@http://x/v1", "b@http://x/v1", "a@http://y/v1")}
    assert len(keys) == 3
