"""Embed: texts become vectors."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from portolan.core.vector_codes import CodedVectors, encode
from portolan.options import plugin_name
from portolan.plugins import Embedder, Texts, embedders
from portolan.stages.run import Run
from portolan.stages.texts import layout_texts, reply_texts
from portolan.store import Store
from portolan.types import Layout, Progress, Vectors

EMBEDDER_FILE = "embedder.json"
LEARNT = "learnt"
CODES = "vector-codes"
SCALES = "vector-scales"
MOST_HELD_BYTES = 5e8
"""Vectors of more than that are searched as bytes, mapped from disk."""


def embed(run: Run) -> None:
    """Vectors of all rows, in the store; with them what the embedder learnt, so that queries embed alike."""
    name, argument = plugin_name(run.options.embedder)
    embedder = embedders.get(name)(argument, random_state=run.options.random_state, threads=run.options.threads)
    layout = map_layout(run)

    def work(key: str) -> dict[str, Any]:
        embedder.fit(lambda: layout_texts(run.store, run.roles, layout), n_rows=run.store.n_rows, report=run.report)
        keep_vectors(run.store, _counted(run, _blocks(run, embedder, key=key)), n_dims=embedder.n_dims, key=key)
        with run.store.new_folder("embedder", key=key) as folder:
            save_embedder(embedder, name, folder)
        return {"embedder": run.options.embedder, "n_dims": embedder.n_dims, "layout": layout}

    parameters = {"embedder": embedder.key, "layout": layout, "roles": run.roles.to_json()}
    run.stage("embed", after=["load"], parameters=parameters, work=work)


def keep_vectors(store: Store, blocks: Iterable[Vectors], *, n_dims: int, key: str) -> None:
    """Write the vectors of all rows; where they are too many to be held in memory, as bytes as well, to be searched."""
    if store.n_rows * n_dims * 4 <= MOST_HELD_BYTES:
        store.write_vectors(blocks, n_dims=n_dims, key=key)
        return
    shape = (store.n_rows, n_dims)
    with (
        store.new_array(CODES, shape, "int8", key=key) as add_codes,
        store.new_array(SCALES, shape[:1], "<f4", key=key) as add_scales,
    ):

        def coded() -> Iterator[Vectors]:
            for block in blocks:
                codes, scales = encode(block)
                add_codes(codes)
                add_scales(scales)
                yield block

        store.write_vectors(coded(), n_dims=n_dims, key=key)


def read_codes(store: Store) -> CodedVectors | None:
    """The vectors as bytes; None where they are few enough to be held as they are."""
    if not store.has(CODES):
        return None
    return CodedVectors(store.read_array(CODES), store.read_array(SCALES), store.read_vectors)


def map_layout(run: Run) -> Layout:
    """What the map is laid out by; only pairs leave a choice."""
    return run.options.layout if run.roles.kind == "pair" else "chosen"


def save_embedder(embedder: Embedder, name: str, folder: Path) -> None:
    """Write an embedder so that `load_embedder` finds it again."""
    (folder / LEARNT).mkdir()
    embedder.save(folder / LEARNT)
    (folder / EMBEDDER_FILE).write_text(json.dumps({"name": name}), encoding="utf-8")


def load_embedder(store: Store) -> Embedder:
    """The embedder that made the map's vectors."""
    folder = store.folder("embedder")
    name = json.loads((folder / EMBEDDER_FILE).read_text(encoding="utf-8"))["name"]
    return embedders.get(name).load(folder / LEARNT)


def _blocks(run: Run, embedder: Embedder, *, key: str) -> Iterator[Vectors]:
    """Vectors, a batch of rows at a time; batches of a costly embedder are kept as soon as they are there."""
    layout = map_layout(run)
    is_difference = layout == "difference"
    batches: Iterator[Any] = (
        reply_texts(run.store, run.roles) if is_difference else layout_texts(run.store, run.roles, layout)
    )
    n_done = 0
    for number, batch in enumerate(batches):
        kept = run.store.read_chunk("embed", key=key, number=number) if embedder.is_costly else None
        block = kept
        if block is None:
            block = _difference(embedder, *batch) if is_difference else _embedded(embedder, batch, start=n_done)
        if embedder.is_costly and kept is None:
            run.store.write_chunk("embed", key=key, number=number, block=block)
        n_done += len(block)
        yield block


def _embedded(embedder: Embedder, texts: Texts, *, start: int) -> Vectors:
    """Vectors of the texts of rows from `start` on; given vectors know rows, not texts."""
    if getattr(embedder, "is_row_aligned", False):
        rows: Vectors = embedder.embed_rows(start, start + len(texts))  # type: ignore[attr-defined]
        return rows
    return embedder.embed(texts)


def _difference(embedder: Embedder, chosen: Texts, rejected: Texts) -> Vectors:
    """Where chosen lies as seen from rejected: unit vectors, zeros where both are the same."""
    difference = embedder.embed(chosen) - embedder.embed(rejected)
    lengths = np.linalg.norm(difference, axis=1, keepdims=True)
    unit: Vectors = np.divide(difference, lengths, out=np.zeros_like(difference), where=lengths > 1e-6)
    return unit


def _counted(run: Run, blocks: Iterator[Vectors]) -> Iterator[Vectors]:
    n_done, n_rows = 0, run.store.n_rows
    for block in blocks:
        n_done += len(block)
        run.report(Progress("embed", n_done, n_rows))
        yield block
