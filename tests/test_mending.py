"""An editor that is killed between the journal and the tiles: the next one to open the map repairs it."""

import shutil

import numpy as np
import pytest

import portolan
from killing import Nursery
from portolan.store import FolderStore
from small_data import topic_rows

MERGE = """
import sys
from portolan.map import Map
Map.open(sys.argv[1]).edit.merge(["0/0", "0/1"])
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    path = tmp_path_factory.mktemp("maps") / "topics.portolan"
    return portolan.map_text(topic_rows(400), name="Topics", path=path, progress=False).path


@pytest.fixture(scope="module")
def nursery():
    with Nursery() as nursery:
        yield nursery


def tiles_of(path):
    """The finest clusters as the page reads them, in tile order."""
    store = FolderStore.open(path)
    column = next(one for one in store.tile_columns() if one["name"] == "cluster_0")
    return store.tile_codes(column)


def clusters_of(opened):
    """The same as the map says them."""
    store = FolderStore.open(opened.path)
    return opened.cluster_ids(0)[store.tile_order()]


def test_an_edit_whose_editor_was_killed_is_in_the_tiles_when_the_map_is_opened_next(found, tmp_path, nursery):
    n_half_done = 0
    for at_write in range(1, 12):
        path = tmp_path / f"{at_write}.portolan"
        shutil.copytree(found, path)
        if not nursery.run(MERGE, path, at_write=at_write):
            break
        before = tiles_of(path)
        opened = portolan.open_map(path)
        wanted = clusters_of(opened)
        n_half_done += not np.array_equal(before, wanted)
        assert np.array_equal(tiles_of(path), wanted)
    else:
        pytest.fail("The edit makes more writes than were tried.")
    # At least one of the kills fell between the event and the tiles.
    assert n_half_done > 0


def test_a_map_that_another_process_writes_is_left_to_that_one(found, tmp_path, nursery):
    path = tmp_path / "half.portolan"
    shutil.copytree(found, path)
    nursery.run(MERGE, path, at_write=half_done(found, tmp_path, nursery))
    before = tiles_of(path)
    with FolderStore.open(path).writing():
        opened = portolan.open_map(path)
    assert len(opened.edits) == 1
    assert np.array_equal(tiles_of(path), before)
    assert not np.array_equal(before, clusters_of(opened))


def half_done(found, tmp_path, nursery):
    """The first write of an edit at which its event stands and its tiles do not."""
    for at_write in range(1, 12):
        path = tmp_path / f"tried-{at_write}.portolan"
        shutil.copytree(found, path)
        nursery.run(MERGE, path, at_write=at_write)
        if FolderStore.open(path).journal.events():
            return at_write
    raise AssertionError("No write lies between the event and the tiles.")
