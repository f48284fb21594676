"""Each namer keeps the contract; what a language model answers is not trusted."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

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


class Endpoint:
    """A chat endpoint on this machine that gives prepared answers, in order; the last one again and again."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.questions = []
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                endpoint.questions.append(json.loads(body))
                status, text = endpoint.next_answer()
                payload = json.dumps({"choices": [{"message": {"content": text}}]}).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def next_answer(self):
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return answer if isinstance(answer, tuple) else (200, answer)

    def namer(self, **options):
        return namers.get("openai")(f"some-model@{self.url}", wait=lambda _s: None, **options)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(params=["keyphrases", "openai"])
def namer(request):
    """Every registered namer; the model answers one and the same name to everything."""
    if request.param == "keyphrases":
        yield namers.get("keyphrases")()
        return
    with Endpoint('{"name": "Animals"}') as endpoint:
        yield endpoint.namer()


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
        assert endpoint.namer(n_at_once=1).name(PETS) == ["Pets at home", "Cats", "Dogs"]
        asked = json.loads(endpoint.questions[2]["messages"][1]["content"])
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
        assert endpoint.namer().name([sketch(0, phrases=("cats",))]) == ["Cats"]


def test_a_name_is_found_amid_chatter_and_cleaned():
    with Endpoint('Here you are:\n```json\n{"name": " \\"house  cats.\\" "}\n```') as endpoint:
        assert endpoint.namer().name([sketch(0)]) == ["House cats"]


def test_a_busy_endpoint_is_asked_again():
    with Endpoint((429, ""), (503, ""), '{"name": "Cats"}') as endpoint:
        assert endpoint.namer().name([sketch(0)]) == ["Cats"]


def test_an_endpoint_that_stays_busy_is_an_error_with_a_fix():
    with Endpoint((503, "")) as endpoint, pytest.raises(EndpointError, match="--namer keyphrases"):
        endpoint.namer().name([sketch(0)])


def test_an_endpoint_that_refuses_is_asked_once():
    with Endpoint((401, "")) as endpoint:
        with pytest.raises(EndpointError, match="401"):
            endpoint.namer().name([sketch(0)])
        assert len(endpoint.questions) == 1


def test_nobody_at_the_address_is_an_error_with_a_fix():
    with Endpoint("") as endpoint:
        namer = endpoint.namer()
    with pytest.raises(EndpointError, match="OPENAI_BASE_URL"):
        namer.name([sketch(0)])


def test_the_same_question_is_asked_once_even_by_the_next_run(tmp_path):
    with Endpoint('{"name": "Cats"}') as endpoint:
        endpoint.namer(cache_folder=tmp_path).name([sketch(0)])
        assert endpoint.namer(cache_folder=tmp_path).name([sketch(0)]) == ["Cats"]
        assert len(endpoint.questions) == 1


def test_the_questions_of_a_layer_are_asked_at_once():
    n_clusters = 4
    together = threading.Barrier(n_clusters, timeout=10)
    with Endpoint('{"name": "Cats"}') as endpoint:
        endpoint.next_answer = lambda: (together.wait(), (200, '{"name": "Cats"}'))[1]
        names = endpoint.namer().name([sketch(i, phrases=(f"phrase {i}",)) for i in range(n_clusters)])
    # Each waited for the others: one after another, the first would have waited in vain.
    assert sorted(names) == ["Cats", "Phrase 1", "Phrase 2", "Phrase 3"]


def test_after_a_refusal_nothing_more_is_asked():
    with Endpoint((401, "")) as endpoint:
        with pytest.raises(EndpointError):
            endpoint.namer(n_at_once=2).name([sketch(i, phrases=(f"phrase {i}",)) for i in range(50)])
        assert len(endpoint.questions) < 50


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
        assert endpoint.questions[0]["model"] == "org/model@v2"


def test_a_namer_without_a_model_is_refused():
    with pytest.raises(InputError, match="openai:MODEL"):
        namers.get("openai")(None)


def test_the_key_of_a_namer_tells_models_and_addresses_apart():
    build = namers.get("openai")
    keys = {build(argument).key for argument in ("a@http://x/v1", "b@http://x/v1", "a@http://y/v1")}
    assert len(keys) == 3
