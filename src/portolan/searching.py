"""Search in a map: rankings by words and by meaning, joined. Works, slower, before the index of words is there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from portolan.core.nearest import nearest, similarities_to
from portolan.core.query import Query, parse_query
from portolan.core.search import Hit, join, scan_texts, snippet
from portolan.core.text_match import match_texts
from portolan.core.vector_codes import CodedVectors
from portolan.errors import InputError
from portolan.plugins import Embedder
from portolan.stages.embed import load_embedder, read_codes
from portolan.stages.texts import search_texts, search_texts_of
from portolan.store import Store
from portolan.types import BoolArray, Roles, RowIds, Vectors

MOST_HITS = 10_000
LEAST_BY_MEANING = 50


class Searcher:
    """Finds rows of one map. `vectors()` gives the vectors of all rows, when meaning is first asked for."""

    def __init__(self, store: Store, roles: Roles, vectors: Callable[[], Vectors]) -> None:
        self._store = store
        self._roles = roles
        self._vectors = vectors

    def search(self, text: str, *, limit: int, is_kept: BoolArray | None = None) -> list[Hit]:
        """Rows that match `text`, best first; of the `MOST_HITS` best those that are kept, where `is_kept` is given.

        Raises
        ------
        InputError
            `limit` is out of its range.
        """
        if not isinstance(text, str):
            raise InputError(f"The query is {text!r}.", fix="Search for words: a string.")
        if not 1 <= limit <= MOST_HITS:
            raise InputError(f"limit is {limit}.", fix=f"Ask for 1 to {MOST_HITS:,} rows.")
        query = parse_query(text)
        if query.is_empty:
            return []
        n_asked = limit if is_kept is None else MOST_HITS
        return join(
            query,
            by_words=self._by_words(query, limit=n_asked),
            by_meaning=self._by_meaning(query, limit=n_asked),
            texts_of=self.texts_of,
            limit=limit,
            is_kept=is_kept,
        )

    def like(self, row_id: int, *, limit: int, is_kept: BoolArray | None = None) -> list[Hit]:
        """Rows whose meaning is nearest to that of a row, the nearest first; `score` is the cosine similarity."""
        asked = np.array([row_id], dtype=np.int64)
        n_asked = limit if is_kept is None else MOST_HITS
        found, scores = self._nearest(self._store.read_vectors(asked), limit=n_asked, leave_out=asked)
        places = np.flatnonzero(is_kept[found[0]])[:limit] if is_kept is not None else np.arange(len(found[0]))
        rows = found[0][places]
        return [
            Hit(int(row), float(score), snippet(text, ()), ("meaning",))
            for row, score, text in zip(rows, scores[0][places], self.texts_of(rows), strict=True)
        ]

    def neighbors(self, row_ids: Sequence[int] | RowIds | int, n_neighbors: int) -> tuple[RowIds, NDArray[np.float32]]:
        """The nearest rows of each row, and how similar they are: see `Map.neighbors`.

        Raises
        ------
        InputError
            No neighbour is asked for, or the ids are no whole numbers.
        """
        if n_neighbors < 1:
            raise InputError(f"n_neighbors is {n_neighbors}.", fix="Ask for at least one neighbour.")
        given = np.atleast_1d(np.asarray(row_ids))
        if given.size and given.dtype.kind not in "iu":
            raise InputError(f"row_ids are {given.dtype}.", fix="Give whole numbers, as in map.rows['row_id'].")
        asked = given.astype(np.int64)
        return self._nearest(self._store.read_vectors(asked), limit=n_neighbors, leave_out=asked)

    def matching(self, text: str) -> RowIds:
        """All rows that hold every word and phrase of the query `text` and nothing that it leaves out, in no order."""
        query = parse_query(text)
        if self._store.has("search"):
            return self._store.match_words(query)
        batches = search_texts(self._store, self._roles)
        found: RowIds = np.flatnonzero(np.concatenate([match_texts(texts, query) for texts in batches]))
        return found

    def is_near(self, what: str | int, threshold: float) -> BoolArray:
        """Whether each row is that similar to a text or to a row, by cosine: bool, shape (n_rows,).

        Raises
        ------
        InputError
            A text cannot be compared: it has no known words, or the map's vectors are not of texts.
        """
        vector = self._store.read_vectors(np.array([what])) if isinstance(what, int) else self._embedded(what)
        if self._codes is not None:
            return self._codes.is_near(vector[0], threshold)
        is_near: BoolArray = similarities_to(self._vectors(), vector).ravel() >= threshold
        return is_near

    def _embedded(self, text: str) -> Vectors:
        if self._embedder is None:
            raise InputError(
                "The map's vectors were given, or cannot be made here: a text has no place among them.",
                fix="Compare with a row instead: near(ROW_ID, 0.7).",
            )
        vector = self._embedder.embed(pa.array([text], pa.large_string()))
        if not vector.any():
            raise InputError(f"No word of {text!r} is known to the map's embedder.", fix="Use other or more words.")
        return vector

    def _nearest(
        self, queries: Vectors, *, limit: int, leave_out: RowIds | None = None
    ) -> tuple[RowIds, NDArray[np.float32]]:
        """Rows nearest to each query. Vectors too many to be held are looked for as bytes: the same rows come of it."""
        if self._codes is not None:
            return self._codes.nearest(queries, limit=limit, leave_out=leave_out)
        return nearest(self._vectors(), queries, limit=limit, leave_out=leave_out)

    @cached_property
    def _codes(self) -> CodedVectors | None:
        return read_codes(self._store)

    def texts_of(self, row_ids: RowIds) -> Sequence[str]:
        """What is searched of rows, in the order asked."""
        if self._store.has("search"):
            return self._store.search_texts(row_ids)
        return search_texts_of(self._store, self._roles, row_ids)

    def _by_words(self, query: Query, *, limit: int) -> RowIds:
        if self._store.has("search"):
            return self._store.find_words(query, limit=limit)
        return scan_texts(search_texts(self._store, self._roles), query, limit=limit)

    def _by_meaning(self, query: Query, *, limit: int) -> RowIds:
        """Rows nearest to the query's vector; none where the map's vectors are not of texts, or it has no words."""
        embedder = self._embedder
        if embedder is None or not query.terms:
            return np.empty(0, np.int64)
        vector = embedder.embed(pa.array([query.text], pa.large_string()))
        if not vector.any():
            return np.empty(0, np.int64)
        rows, similarities = self._nearest(vector, limit=max(LEAST_BY_MEANING, limit))
        near: RowIds = rows[0][similarities[0] > 0]
        return near

    @cached_property
    def _embedder(self) -> Embedder | None:
        """What embeds a query as the rows were; None where nothing does."""
        record = self._store.manifest.stages.get("embed")
        if record is None or record.info.get("layout") == "difference":
            return None
        try:
            embedder = load_embedder(self._store)
        except InputError:
            # Made by an embedder that is here no longer: words are still found, and `portolan rebuild` mends the rest.
            return None
        return None if getattr(embedder, "is_row_aligned", False) else embedder
