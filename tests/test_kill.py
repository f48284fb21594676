"""A map whose writer is killed, for real, at any moment: it opens, and what was reported as done is whole and equal."""

import shutil

import numpy as np
import pyarrow as pa
import pytest

from killing import Nursery
from portolan.core.query import parse_query
from portolan.store import FolderStore

# Stage after stage, as a pipeline does; a stage is reported when `finish` has returned. A round changes every key.
WRITER = """
import sys
import numpy as np, pyarrow as pa
from portolan.core.tile_columns import encode_column
from portolan.core.tiles import tile
from portolan.store import FolderStore

path, rounds, first = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 0
for number in range(first, rounds):
    store = FolderStore.create(path, facts={"name": "a"})
    n_rows = 400
    values = np.arange(n_rows) * (number + 1)
    table = pa.table({"text": [f"word{value}" for value in values], "n": values})
    done = open(path + ".done", "a", buffering=1)

    def finish(stage):
        store.finish(stage, key=f"{stage}-{number}", info={"round": number})
        done.write(f"{stage} {number}\\n")

    def is_due(stage):
        return not store.is_done(stage, f"{stage}-{number}")

    with store.writing():
        if "load" in store.manifest.stages and store.manifest.stages["load"].info["round"] > number:
            continue
        if is_due("load"):
            store.write_rows(table.to_batches(max_chunksize=100), schema=table.schema, key=f"load-{number}")
            finish("load")
        if is_due("embed"):
            vectors = np.repeat(values[:, None], 8, axis=1).astype(np.float32)
            for part in range(2):
                if store.read_chunk("embed", key=f"embed-{number}", number=part) is None:
                    block = vectors[part * 200 : part * 200 + 200]
                    store.write_chunk("embed", key=f"embed-{number}", number=part, block=block)
            blocks = [store.read_chunk("embed", key=f"embed-{number}", number=part) for part in range(2)]
            store.write_vectors(blocks, n_dims=8, key=f"embed-{number}")
            with store.new_folder("embedder", key=f"embed-{number}") as folder:
                (folder / "round").write_text(str(number))
            finish("embed")
        if is_due("project"):
            points = np.stack([values, values], axis=1).astype(np.float32)
            store.write_points(points, key=f"project-{number}")
            finish("project")
        if is_due("tile"):
            points = store.read_points()
            tiles = tile(points, np.arange(n_rows), capacity=100)
            store.write_tiles(tiles, points=points, layout=f"tile-{number}", key=f"tile-{number}")
            finish("tile")
        if is_due("tile-columns"):
            store.add_tile_columns([encode_column("n", values, kind="number")])
            finish("tile-columns")
        if is_due("index"):
            store.write_search([table.column("text").combine_chunks()], key=f"index-{number}")
            finish("index")
        store.sweep()
"""


@pytest.fixture(scope="module")
def nursery():
    with Nursery() as nursery:
        yield nursery


def check(path):
    """Open the map and compare each done stage with what it must hold; returns the stages that are done."""
    if not (path / "map.json").exists():
        return {}
    store = FolderStore.open(path)
    assert store.notices == []
    done = {stage: record.info["round"] for stage, record in store.manifest.stages.items()}
    values = np.arange(400) * (done.get("load", 0) + 1)
    if "load" in done:
        assert store.read_rows()["n"].to_pylist() == values.tolist()
        assert store.read_rows(row_ids=[399])["text"].to_pylist() == [f"word{values[399]}"]
    if "embed" in done:
        assert np.array_equal(store.read_vectors()[:, 7], values.astype(np.float32))
        assert (store.folder("embedder") / "round").read_text() == str(done["embed"])
    if "project" in done:
        assert np.array_equal(store.read_points()[:, 1], values.astype(np.float32))
    if "tile" in done:
        assert sorted(store.tile_order().tolist()) == list(range(400))
        assert sum(file.stat().st_size for file in store.folder("tiles").rglob("xy.bin")) == 400 * 8
    if "tile-columns" in done:
        assert sum(file.stat().st_size for file in store.folder("tiles").rglob("n-*.bin")) == 400 * 2
    if "index" in done:
        assert store.find_words(parse_query(f"word{values[7]}"), limit=5).tolist() == [7]
    return done


def reported(path):
    """The last round that each stage reported as done."""
    record = path.with_name(path.name + ".done")
    lines = record.read_text().splitlines() if record.exists() else []
    return {stage: int(number) for stage, number in (line.split() for line in lines if line.count(" ") == 1)}


def check_nothing_reported_is_lost(path):
    done = check(path)
    for stage, number in reported(path).items():
        # New rows undo what followed from the old ones.
        assert done.get("load", -1) > number or done.get(stage, -1) >= number


@pytest.mark.slow
def test_a_kill_at_each_write_loses_nothing_that_was_reported(tmp_path, nursery):
    path = tmp_path / "map"
    at_write = 0
    for when in ("before", "after"):
        at_write = 0
        is_killed = True
        while is_killed:
            at_write += 1
            shutil.rmtree(path, ignore_errors=True)
            path.with_name("map.done").unlink(missing_ok=True)
            is_killed = nursery.run(WRITER, path, "1", at_write=at_write, when=when)
            check_nothing_reported_is_lost(path)
            assert not nursery.run(WRITER, path, "1")
            assert set(check(path)) == {"load", "embed", "project", "tile", "tile-columns", "index"}
    assert at_write > 10


@pytest.mark.slow
def test_a_hundred_kills_at_random_moments_lose_nothing_that_was_reported(tmp_path, nursery):
    path = tmp_path / "map"
    random = np.random.default_rng(0)
    n_killed = 0
    while n_killed < 100:
        # On from the last round: a writer that looks for it would spend its time on that.
        first = max(0, reported(path).get("load", 0))
        n_killed += nursery.run(WRITER, path, "100000", str(first), after_s=float(random.uniform(0.02, 1.0)))
        check_nothing_reported_is_lost(path)


def test_a_kill_at_each_rename_of_one_stage_leaves_the_stage_before(tmp_path, nursery):
    path = tmp_path / "map"
    nursery.run(WRITER, path, "1")
    before = check(path)
    for at_write, when in ((1, "before"), (1, "after"), (2, "before"), (2, "after"), (3, "before")):
        nursery.run(TOUCH, path, at_write=at_write, when=when)
        assert check(path) == before
    assert FolderStore.open(path).manifest.facts["name"] in ("a", "b")


TOUCH = """
import sys
from portolan.store import FolderStore
store = FolderStore.open(sys.argv[1])
store.update({"name": "b" if store.manifest.facts["name"] == "a" else "a"})
"""


def test_a_killed_writers_lock_is_free_at_once(tmp_path, nursery):
    path = tmp_path / "map"
    table = pa.table({"n": [1]})
    store = FolderStore.create(path, facts={})
    store.write_rows(table.to_batches(), schema=table.schema, key="k")
    store.finish("load", key="k", info={"round": 0})
    holder = "import sys, time\nfrom portolan.store import FolderStore\nwith FolderStore.open(sys.argv[1]).writing():\n"
    assert nursery.run(holder + " open(sys.argv[2], 'w').close()\n time.sleep(60)", path, tmp_path / "held", after_s=1)
    assert (tmp_path / "held").exists()
    store.update({"free": True})
    assert FolderStore.open(path).manifest.facts["free"]
