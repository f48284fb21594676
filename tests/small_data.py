"""Small data for tests: texts of a few topics, made of plain words, and pairs of them."""

from __future__ import annotations

import random

TOPICS = {
    "cooking": "flour butter sugar oven recipe dough bake vanilla cake cream whisk pan salt pepper soup simmer",
    "space": "planet orbit telescope star galaxy rocket comet moon astronaut gravity nebula crater launch probe",
    "gardens": "soil seed tomato prune compost rose water shovel weed blossom hedge lawn mulch root leaf",
    "football": "goal striker referee penalty league coach stadium match keeper defender score season offside",
}


def topic_rows(n_rows: int, *, seed: int = 0) -> list[dict[str, object]]:
    """`n_rows` rows with `text`, `topic` and `length`, topics in turn."""
    chance = random.Random(seed)
    rows: list[dict[str, object]] = []
    for number in range(n_rows):
        topic = list(TOPICS)[number % len(TOPICS)]
        words = [chance.choice(TOPICS[topic].split()) for _ in range(chance.randint(8, 20))]
        text = f"The {' '.join(words[:5])} and the {' '.join(words[5:])}."
        rows.append({"text": text, "topic": topic, "length": len(text)})
    return rows


def pair_rows(n_rows: int, *, seed: int = 0) -> list[dict[str, object]]:
    """`n_rows` pairs as transcripts, with `subset`."""
    left, right = topic_rows(n_rows, seed=seed), topic_rows(n_rows, seed=seed + 1)
    return [
        {
            "chosen": f"\n\nHuman: Tell me about {a['topic']}.\n\nAssistant: {a['text']}",
            "rejected": f"\n\nHuman: Tell me about {a['topic']}.\n\nAssistant: {b['text']}",
            "subset": "even" if number % 2 == 0 else "odd",
        }
        for number, (a, b) in enumerate(zip(left, right, strict=True))
    ]
