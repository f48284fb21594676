"""Write what Python makes of texts and queries, for the page's tests: `python tools/write_words_fixture.py`.

The page of a published map searches by itself; it must fold, split, cut and decode as `portolan.core` does.
"""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from portolan.core.postings import by_token, encode
from portolan.core.preview import preview_line
from portolan.core.query import fold, parse_query, tokens_of
from portolan.core.search import snippet

PATH = Path(__file__).parent.parent / "ui" / "src" / "core" / "words.fixture.json"
TEXTS = [
    "Don't PANIC: the map\u2019s words.",
    "Café cafe\u0301 ÀÉÎ straße ΣΊΣΥΦΟΣ ﬁne Ⅻ ½ x²",
    "地図を見る 한국어 문장 ภาษาไทย mixed中文text",
    "under_score e-mail a.b@c.de 3.14 😀 emoji—dash",
    "",
]
QUERIES = [
    "rob a bank",
    '"credit card" -river well-known',
    '-"no way" “curly quotes” bank bank',
    "日本語の本 -東京",
    'open "quote never closed',
    "- -- a_b İstanbul",
    "x" * 50 + " short",
]
LONG = "It was a long story of nothing. " * 20
SNIPPETS = [
    ("How can I rob a bank? Well, banks are\n\nguarded; a bank knows.", "rob bank"),
    (LONG + "Then the credit card was lost, and the card was found again. " + LONG, '"credit card" found'),
    ("漢字の間に銀行がある。" * 40 + "銀行強盗" + "漢字の間に。" * 40, "強盗"),
    ("Straße und Café", "strasse cafe"),
    (LONG, ""),
]
READINGS: list[dict[str, Any]] = [
    {"kind": "text", "text": "  one\n two   three "},
    {"kind": "text", "text": "word " * 100},
    {
        "kind": "pair",
        "prompt": [{"role": "human", "text": "Hi"}, {"role": "human", "text": "How?"}],
        "chosen": [{"role": "assistant", "text": "So."}],
        "rejected": [],
    },
    {"kind": "pair", "prompt": [], "chosen": [{"role": "assistant", "text": " "}], "rejected": []},
    {"kind": "conversation", "turns": [{"role": "human", "text": ""}, {"role": "assistant", "text": "Yes."}]},
]


def fixture() -> dict[str, Any]:
    """All that the page's tests compare with."""
    return {
        "texts": [{"text": text, "folded": fold(text), "tokens": tokens_of(fold(text))} for text in TEXTS],
        "queries": [_query(text) for text in QUERIES],
        "snippets": [
            {"text": text, "query": query, "parts": [list(part) for part in snippet(text, parse_query(query).terms)]}
            for text, query in SNIPPETS
        ],
        "previews": [{"reading": reading, "line": preview_line(reading)} for reading in READINGS],
        "crcs": [{"token": token, "crc": zlib.crc32(token.encode())} for token in ("bank", "café", "地")],
        "postings": _postings(),
    }


def _query(text: str) -> dict[str, Any]:
    query = parse_query(text)
    parts = {"words": query.words, "phrases": query.phrases, "without": query.without}
    return {"text": text, **{name: [list(term.tokens) for term in terms] for name, terms in parts.items()}}


def _postings() -> list[dict[str, Any]]:
    """Lists of three tokens over 300 rows, with numbers of one, two and three bytes."""
    chance = np.random.default_rng(0)
    counts = chance.integers(0, 400, 300)
    indptr = np.concatenate([[0], np.cumsum(counts)])
    ids = chance.choice([-1, 0, 1, 2], indptr[-1], p=[0.5, 0.494, 0.005, 0.001]).astype(np.int32)
    starts, rows, places = by_token(indptr, ids, 3, 0)
    n_rows, lists, list_ends, spots, spot_ends = encode(starts, rows, places, counts.astype(np.uint32), counts.mean())
    written = []
    for token in (1, 2):
        first, last = starts[token], starts[token + 1]
        held = np.unique(rows[first:last])
        a_list = lists[list_ends[token - 1] : list_ends[token]].tobytes()
        written.append(
            {
                "n": int(n_rows[token]),
                "list": a_list.hex(),
                "spots": spots[spot_ends[token - 1] : spot_ends[token]].tobytes().hex(),
                "rows": held.tolist(),
                "weights": list(a_list[-len(held) :]),
                "places": [places[first:last][rows[first:last] == row].tolist() for row in held],
            }
        )
    return written


if __name__ == "__main__":
    PATH.write_text(json.dumps(fixture(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
