"""A layout that another has replaced is still known: where its rows lay, how they were clustered."""

import numpy as np
import pytest

import portolan
from portolan.api import rebuild
from portolan.errors import NotFoundError
from portolan.store import FolderStore
from portolan.store.former import MOST_KEPT, keep, names
from small_data import topic_rows

ROWS = topic_rows(120)


def make(path, rows=ROWS, **options):
    return portolan.map_text(rows, name="a", path=path, progress=False, **options)


@pytest.fixture
def relaid(tmp_path):
    """A map, what it was before it got another seed, and its former layout's name."""
    before = make(tmp_path / "m", random_state=0)
    was = before.points.copy(), before.cluster_ids(0).copy(), before.layout_id
    make(tmp_path / "m", random_state=1)
    return FolderStore.open(tmp_path / "m"), *was


def test_a_former_layout_tells_where_its_rows_lay(relaid):
    store, points, _, layout = relaid
    assert store.layout != layout
    assert np.array_equal(store.points_of_layout(layout), points)
    assert np.array_equal(store.points_of_layout(store.layout), store.read_points())


def test_a_former_layout_tells_how_its_rows_were_clustered(relaid):
    store, _, finest, layout = relaid
    assert np.array_equal(store.clusters_of_layout(layout)[0], finest)


def test_layouts_are_listed_the_present_one_last(relaid):
    store, _, _, layout = relaid
    assert store.layouts() == [layout, store.layout]


def test_an_unknown_layout_is_refused_with_those_there_are(relaid):
    store, *_ = relaid
    with pytest.raises(NotFoundError, match=r"no layout '\.\./rows'") as refused:
        store.points_of_layout("../rows")
    assert store.layout in refused.value.fix


def test_a_rebuild_with_the_same_seed_leaves_no_former_layout(tmp_path):
    made = make(tmp_path / "m")
    layout = made.layout_id
    rebuild(tmp_path / "m")
    store = FolderStore.open(tmp_path / "m")
    assert store.layouts() == [layout]
    assert np.array_equal(store.points_of_layout(layout), made.points)


def test_a_layout_that_comes_back_is_the_present_one(relaid):
    store, points, _, layout = relaid
    replaced = store.layout
    make(store.path, random_state=0)
    assert store.layouts() == [replaced, layout]
    assert np.array_equal(store.points_of_layout(layout), points)


def test_other_rows_have_no_former_layouts(relaid):
    store, *_ = relaid
    make(store.path, topic_rows(80, seed=5), replace=True)
    assert store.layouts() == [store.layout]
    assert len(list((store.path / "former").glob("*"))) == 0


def test_rows_that_came_later_lay_nowhere(tmp_path):
    keep(tmp_path / "former", "old", points=np.ones((2, 2), np.float32), layers=[np.array([0, 1], np.int32)])
    from portolan.store.former import read_clusters, read_points

    assert np.isnan(read_points(tmp_path / "former", "old", n_rows=3)[2]).all()
    assert read_clusters(tmp_path / "former", "old", n_rows=3)[0].tolist() == [0, 1, -1]


def test_the_oldest_layouts_make_room(tmp_path):
    for number in range(MOST_KEPT + 2):
        keep(tmp_path, f"layout{number}", points=np.zeros((1, 2), np.float32), layers=[])
    assert names(tmp_path) == [f"layout{number}" for number in range(2, MOST_KEPT + 2)]
