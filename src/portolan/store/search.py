"""The index of words: a Lance dataset of the rows' texts with a full-text (BM25) index, without positions.

Positions make the index several times as large; phrases are checked on the texts of candidates instead. In scripts
written without spaces each character is a token: zero-width spaces part them, and are taken out again on reading.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from portolan.core.parallel import thread_count
from portolan.core.query import NO_SPACES, Query, Term, fold
from portolan.core.search import SCANNED, scan_texts
from portolan.core.text_match import match_texts
from portolan.core.word_bits import WordBits, frequent_words, only_words, word_bits
from portolan.store import storable, tables
from portolan.store.files import write_errors
from portolan.types import BoolArray, RowIds

if TYPE_CHECKING:
    import lance
    from lance.query import FullTextQuery

SCHEMA = pa.schema([pa.field("row_id", pa.int64()), pa.field("text", pa.large_string(), metadata=storable.PLAIN)])
INDEX_MB = 512
"""Memory for building the index."""
MOST_CHECKED = 4096
"""Candidates of a phrase whose texts are looked at."""
SAMPLED = 2000
"""Texts by which it is told how many hold the words of a query."""
MOST_INDEXED_SHARE = 0.15
MOST_CHECKED_SHARE = 0.004
"""Shares of rows above which looking at every text is faster: by words; by phrases."""
LEAST_TOLD = 100_000
"""Rows of a map for which it is kept which of them hold the most frequent words; fewer are looked at in no time."""
SCAN_ROWS = 65_536
MOST_AHEAD = 4
"""Batches that are matched while the next is read."""
_PARTING = "\u200b"


def write_search(path: Path, texts: Iterable[pa.Array]) -> tuple[int, int]:
    """Write the texts of all rows and index their words; returns the dataset's version and number of rows."""
    _, n_rows = tables.write_dataset(path, _parted(texts), schema=SCHEMA)
    import lance

    dataset = lance.dataset(str(path))
    with write_errors(path):
        dataset.create_scalar_index(
            "text",
            "INVERTED",
            with_position=False,
            base_tokenizer="simple",
            stem=False,
            remove_stop_words=False,
            memory_limit=INDEX_MB,
        )
    return dataset.version, n_rows


def _parted(texts: Iterable[pa.Array]) -> Iterator[pa.RecordBatch]:
    at = 0
    for batch in texts:
        column = pc.fill_null(batch.cast(pa.large_string()), "")
        if not pc.all(pc.string_is_ascii(column), min_count=0).as_py():
            column = pc.replace_substring_regex(column, f"([{NO_SPACES}])", f"\\1{_PARTING}")
            column = pc.replace_substring_regex(column, f"([^{_PARTING}])([{NO_SPACES}])", f"\\1{_PARTING}\\2")
        row_ids = pa.array(np.arange(at, at + len(column), dtype=np.int64))
        yield pa.record_batch([row_ids, column], schema=SCHEMA)
        at += len(column)


def texts_of(dataset: lance.LanceDataset, row_ids: RowIds) -> list[str]:
    """Texts of rows, in the order asked."""
    column = tables.take(dataset, row_ids, columns=["text"]).column(0)
    return [text.replace(_PARTING, "") for text in column.to_pylist()]


def find(dataset: lance.LanceDataset, query: Query, *, limit: int) -> RowIds:
    """Rows that match, best first: those with all words by BM25, then, where they are few, those with some of them."""
    if query.is_empty:
        return np.empty(0, dtype=np.int64)
    if not query.terms:
        return scan_texts(_all_texts(dataset), query, limit=limit)
    found = _find(dataset, query, limit=limit, is_any=False)
    if len(found) < limit and len(query.words) > 1:
        more = _find(dataset, query, limit=limit, is_any=True)
        found = np.array(list(dict.fromkeys([*found.tolist(), *more.tolist()])), dtype=np.int64)[:limit]
    return found


def tell_words(dataset: lance.LanceDataset) -> WordBits:
    """Which rows hold the most frequent words, by a look at every text; frequent in a sample of the rows."""
    n_rows = dataset.count_rows()
    words = frequent_words(texts_of(dataset, _sample(n_rows)))

    def tell(texts: pa.Array, first: int) -> NDArray[np.uint64]:
        return word_bits(texts, words, passed_over=_PARTING)

    return WordBits(words, _of_all(dataset, tell) if n_rows else np.empty(0, np.uint64))


def match(dataset: lance.LanceDataset, query: Query, frequent: WordBits | None = None) -> RowIds:
    """All rows that hold every word and phrase of the query and nothing that it leaves out, in no order.

    Frequent words by their bits, where these are known. What they do not tell by the index where few rows match, by
    looking at the texts where many do: the index hands out a million rows in a second, and each candidate of a phrase
    is read by itself.
    """
    n_rows = dataset.count_rows()
    if query.is_empty or not n_rows:
        return np.empty(0, dtype=np.int64)
    asked = frequent.may_match(query) if frequent is not None else np.ones(n_rows, np.bool_)
    rest = frequent.rest(query) if frequent is not None else query
    if rest.is_empty:
        found: RowIds = np.flatnonzero(asked)
        return found
    share = _share_of(dataset, query, n_rows) if query.terms and n_rows > SAMPLED else 0.0
    if not query.terms or share > (MOST_CHECKED_SHARE if _must_check(query) else MOST_INDEXED_SHARE):

        def look(texts: pa.Array, first: int) -> BoolArray:
            return match_texts(texts, rest, passed_over=_PARTING, asked=asked[first : first + len(texts)])

        found = np.flatnonzero(_of_all(dataset, look))
        return found
    return _find(dataset, query, limit=n_rows, is_any=False)


def _share_of(dataset: lance.LanceDataset, query: Query, n_rows: int) -> float:
    """The share of rows that the index would hand out, by a sample: those that hold every word, wherever it stands."""
    sample = pa.array(texts_of(dataset, _sample(n_rows)), pa.large_string())
    return float(match_texts(sample, only_words(query)).mean())


def _sample(n_rows: int) -> RowIds:
    return np.linspace(0, n_rows - 1, min(SAMPLED, n_rows)).astype(np.int64)


def _of_all(dataset: lance.LanceDataset, tell: Callable[[pa.Array, int], NDArray[Any]]) -> NDArray[Any]:
    """What is told of the texts of every batch and the place of its first row, in row order; on all cores."""
    parts: list[NDArray[Any]] = []
    first = 0
    with ThreadPoolExecutor(thread_count(None)) as pool:
        ahead: deque[Future[NDArray[Any]]] = deque()
        for batch in tables.scan(dataset, columns=["text"], batch_rows=SCAN_ROWS):
            ahead.append(pool.submit(tell, batch.column(0), first))
            first += len(batch)
            if len(ahead) > MOST_AHEAD:
                parts.append(ahead.popleft().result())
        parts += [one.result() for one in ahead]
    return np.concatenate(parts)


def _find(dataset: lance.LanceDataset, query: Query, *, limit: int, is_any: bool) -> RowIds:
    must_check = _must_check(query)
    asked = max(limit, MOST_CHECKED) if must_check else limit
    table = dataset.scanner(
        columns=["row_id", "_score"],
        full_text_query=_lance_query(query, is_any=is_any),
        limit=asked,
        disable_scoring_autoprojection=True,
    ).to_table()
    row_ids, scores = table.column("row_id").to_numpy(), table.column("_score").to_numpy()
    ranked: RowIds = row_ids[np.lexsort((row_ids, -scores))]
    return _checked(dataset, query, ranked, limit=limit, is_any=is_any) if must_check else ranked


def _must_check(query: Query) -> bool:
    """Whether the index, which knows no places, cannot tell by itself."""
    return any(len(term.tokens) > 1 for term in (*query.terms, *query.without))


def _checked(dataset: lance.LanceDataset, query: Query, ranked: RowIds, *, limit: int, is_any: bool) -> RowIds:
    """The first `limit` of `ranked` whose texts hold the terms as they are."""
    kept: list[int] = []
    enough = any if is_any else all
    for start in range(0, len(ranked), 256):
        some = ranked[start : start + 256]
        for row_id, text in zip(some.tolist(), texts_of(dataset, some), strict=True):
            folded = fold(text[:SCANNED])
            if query.allows(folded) and enough([term.is_in(folded) for term in query.words] or [True]):
                kept.append(row_id)
        if len(kept) >= limit:
            break
    return np.array(kept[:limit], dtype=np.int64)


def _lance_query(query: Query, *, is_any: bool) -> FullTextQuery:
    from lance.query import BooleanQuery, FullTextOperator, MatchQuery, Occur

    def match(terms: tuple[Term, ...], operator: FullTextOperator) -> FullTextQuery:
        tokens = dict.fromkeys(token for term in terms for token in term.tokens)
        return MatchQuery(" ".join(tokens), "text", operator=operator)

    parts = []
    if query.phrases:
        parts.append((Occur.MUST, match(query.phrases, FullTextOperator.AND)))
    if query.words:
        parts.append((Occur.MUST, match(query.words, FullTextOperator.OR if is_any else FullTextOperator.AND)))
    # A phrase to be left out is no word to be left out: that is checked on the text.
    parts += [(Occur.MUST_NOT, match((term,), FullTextOperator.AND)) for term in query.without if len(term.tokens) == 1]
    return BooleanQuery(parts)


def _all_texts(dataset: lance.LanceDataset) -> Iterator[pa.Array]:
    for batch in tables.scan(dataset, columns=["text"], batch_rows=4096):
        yield pc.replace_substring(batch.column(0), _PARTING, "")
