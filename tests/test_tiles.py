import json
from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from portolan.core.tags import counts_by_tag, tags_of
from portolan.core.tile_columns import N_BINS, decode_column, encode_column
from portolan.core.tiles import FINEST_SPLIT, map_positions, relative_positions, tile
from portolan.errors import InputError, ShapeError
from portolan.store import FolderStore

WIDTHS = {"u8": "<u1", "u16": "<u2", "u32": "<u4"}
coordinates = st.floats(-1e6, 1e6, width=32)


def ids(points):
    return np.arange(len(points), dtype=np.int64)


def tiled(points, *, capacity=3):
    return tile(points, ids(points), capacity=capacity)


# The tree.


@given(points=arrays.arrays(np.float32, st.tuples(st.integers(0, 60), st.just(2)), elements=coordinates))
def test_every_row_is_in_one_node_within_its_square_and_where_it_was(points):
    tiling = tiled(points)
    assert sorted(tiling.order.tolist()) == list(range(len(points)))
    assert tiling.start.tolist() == (np.cumsum(tiling.count) - tiling.count).tolist()
    assert tiling.count.sum() == len(points)
    for node in range(tiling.n_nodes):
        places = tiling.places(node)
        assert len(places) <= tiling.capacity
        relative = relative_positions(tiling, points, node)
        assert ((relative >= 0) & (relative <= 1)).all()
        side = tiling.size / 2.0 ** int(tiling.depth[node])
        # Below the finest split rows are dealt out: then the square above it is what holds them.
        tolerance = side * 1e-6 if tiling.depth[node] <= FINEST_SPLIT else tiling.size / 2**FINEST_SPLIT
        assert np.abs(map_positions(tiling, relative, node) - points[places]).max(initial=0) <= tolerance


def test_nodes_are_breadth_first_and_each_has_its_parent():
    points = np.random.default_rng(0).normal(size=(500, 2)).astype(np.float32)
    tiling = tiled(points, capacity=20)
    keys = [tuple(map(int, tiling.key(node).split("/"))) for node in range(tiling.n_nodes)]
    assert keys == sorted(keys)
    assert keys[0] == (0, 0, 0)
    assert all((z - 1, x // 2, y // 2) in keys for z, x, y in keys[1:])


def test_a_node_hands_rows_down_only_when_it_is_full():
    points = np.random.default_rng(0).normal(size=(500, 2)).astype(np.float32)
    tiling = tiled(points, capacity=20)
    by_key = {tiling.key(node): int(tiling.count[node]) for node in range(tiling.n_nodes)}
    parents = {f"{z - 1}/{x // 2}/{y // 2}" for z, x, y in (map(int, key.split("/")) for key in by_key) if z}
    assert all(by_key[parent] == 20 for parent in parents)


def test_the_root_is_a_fair_sample():
    points = np.concatenate([np.full((900, 2), -1), np.full((100, 2), 1)]).astype(np.float32)
    points += np.random.default_rng(0).normal(size=points.shape).astype(np.float32) / 10
    share_right = (points[tiled(points, capacity=400).places(0), 0] > 0).mean()
    assert share_right == pytest.approx(0.1, abs=0.04)


def test_a_rows_priority_hangs_on_its_id_alone():
    points = np.random.default_rng(0).normal(size=(300, 2)).astype(np.float32)
    shuffled = np.random.default_rng(1).permutation(300)
    one = tile(points, ids(points), capacity=10)
    other = tile(points[shuffled], shuffled.astype(np.int64), capacity=10)
    assert one.order.tolist() == shuffled[other.order].tolist()
    assert one.to_json() == other.to_json()


@pytest.mark.parametrize("n_rows", [1, 3, 4, 1000])
def test_rows_all_at_one_place_make_a_tree_that_ends(n_rows):
    points = np.full((n_rows, 2), 7, dtype=np.float32)
    tiling = tiled(points)
    assert tiling.count.max() <= 3
    assert tiling.depth.max() <= FINEST_SPLIT + 6
    node = tiling.n_nodes - 1
    placed = map_positions(tiling, relative_positions(tiling, points, node), node)
    assert np.allclose(placed, 7, atol=tiling.size / 2**FINEST_SPLIT)


def test_no_rows_make_one_empty_node():
    tiling = tiled(np.zeros((0, 2), np.float32))
    assert tiling.to_json()["nodes"] == [{"key": "0/0/0", "start": 0, "count": 0}]


def test_positions_that_are_not_finite_are_refused():
    with pytest.raises(InputError, match="not finite"):
        tiled(np.array([[0, np.nan]], dtype=np.float32))


def test_points_and_ids_of_unlike_length_are_refused():
    with pytest.raises(ShapeError):
        tile(np.zeros((2, 2), np.float32), np.arange(3))


# Columns.


def test_a_category_is_listed_by_count_and_decodes_to_its_values():
    column = encode_column("kind", pa.array(["b", "a", "b", None, "c", "a", "b"]), kind="category")
    assert column.description["values"] == [["b", 3], ["a", 2], ["c", 1]]
    assert column.description["encoding"] == "u8"
    assert column.codes.tolist() == [0, 1, 0, 255, 2, 1, 0]
    assert decode_column(column) == ["b", "a", "b", None, "c", "a", "b"]


@pytest.mark.parametrize("kind", [pa.list_(pa.string()), pa.large_list(pa.large_string()), pa.list_(pa.string(), 1)])
def test_a_category_of_lists_of_strings_says_so(kind):
    column = encode_column("tags", pa.array([["b"], ["ü"], None, ["b"]], kind), kind="category")
    assert column.description["is_list"] is True
    assert tags_of(column.description) == [["b"], ["ü"]]
    assert column.codes.tolist() == [0, 1, 255, 0]


@given(st.lists(st.none() | st.lists(st.none() | st.text(max_size=3), max_size=3), max_size=20))
def test_any_lists_decode_to_their_json(lists):
    column = encode_column("tags", pa.array(lists, pa.list_(pa.string())), kind="category")
    assert decode_column(column) == [None if one is None else json.dumps(one) for one in lists]


def test_a_category_of_other_values_does_not_say_that_it_holds_lists():
    for values in (["a", "b"], [[1], [2]], [{"a": 1}]):
        assert "is_list" not in encode_column("kind", pa.array(values), kind="category").description


def test_tags_are_counted_once_a_row_the_most_frequent_first():
    column = encode_column("tags", pa.array([["b", "a", "a"], ["a"], [], [None], ["c", "b"]]), kind="category")
    assert list(counts_by_tag(column.description, [1] * 5).items()) == [("a", 2), ("b", 2), ("c", 1)]


@given(values=st.lists(st.none() | st.text(max_size=3) | st.integers(0, 300).map(str), max_size=80))
def test_any_category_decodes_to_its_values(values):
    assert decode_column(encode_column("kind", pa.array(values, pa.string()), kind="category")) == values


@pytest.mark.parametrize(("n_values", "encoding"), [(255, "u8"), (256, "u16"), (65_535, "u16"), (65_536, "u32")])
def test_codes_are_as_narrow_as_they_can_be(n_values, encoding):
    column = encode_column("c", np.arange(-1, n_values), kind="cluster", layer=2)
    assert column.description["encoding"] == encoding
    assert column.description["layer"] == 2
    assert decode_column(column) == [None, *range(n_values)]


def test_a_category_of_too_many_values_is_no_column():
    values = pa.array([f"{i}" for i in range(65_535)])
    assert encode_column("id", values, kind="category") is None
    assert encode_column("text", pa.array(["x" * 1000 + str(i) for i in range(500)]), kind="category") is None


def test_categories_of_other_types_are_listed_as_json_holds_them():
    tables = [
        encode_column("n", values, kind="category").description["values"]
        for values in (
            pa.array([3, 3, 1]),
            pa.array([[1, 2], [1, 2]]),
            pa.array(["x", "y", "x"]).dictionary_encode(),
            pa.array([date(2020, 1, 1)]),
        )
    ]
    assert tables == [[[3, 2], [1, 1]], [["[1, 2]", 2]], [["x", 2], ["y", 1]], [["2020-01-01", 1]]]
    assert json.loads(json.dumps(tables)) == tables


@given(values=st.lists(st.floats(width=64) | st.none(), min_size=1, max_size=50))
def test_numbers_decode_to_within_a_step_of_their_range(values):
    column = encode_column("n", pa.array(values, pa.float64()), kind="number")
    known = [value for value in values if value is not None and np.isfinite(value)]
    if not known:
        assert column is None
        return
    step = max(known) / 65_534 - min(known) / 65_534
    assert sum(column.description["counts"]) == len(known)
    assert len(column.description["counts"]) == N_BINS
    if not np.isfinite(max(known) - min(known)):
        return  # the page cannot hold such a range; codes and counts are still right
    for value, back in zip(values, decode_column(column), strict=True):
        if value is None or not np.isfinite(value):
            assert back is None
        else:
            assert back == pytest.approx(value, abs=step, rel=1e-9)


def test_the_ends_of_a_range_are_exact():
    column = encode_column("n", pa.array([Decimal("1.25"), Decimal("3.5"), None]), kind="number")
    assert (column.description["min"], column.description["max"]) == (1.25, 3.5)
    assert column.codes.tolist() == [0, 65_534, 65_535]


@pytest.mark.parametrize(
    "values",
    [
        pa.array([datetime(2022, 1, 1), datetime(2022, 1, 2), None]),
        pa.array([date(2022, 1, 1), date(2022, 1, 2), None]),
        pa.array(["2022-01-01", "2022-01-02T00:00:00Z", "some day"]),
        pa.array([1640995200, 1641081600, None]),
        pa.array([datetime(2022, 1, 1), datetime(2022, 1, 2), None], pa.timestamp("ns", "Asia/Tokyo")),
    ],
)
def test_times_are_seconds_since_1970_whatever_they_came_as(values):
    column = encode_column("t", values, kind="time")
    assert column.description["min"] == datetime(2022, 1, 1, tzinfo=UTC).timestamp()
    assert decode_column(column) == [1640995200, 1641081600, None]


def test_booleans_keep_their_order():
    column = encode_column("flag", pa.array([True, None, True]), kind="boolean")
    assert column.description["values"] == [[False, 0], [True, 2]]
    assert decode_column(column) == [True, None, True]


# On disk.


def drawn(store):
    """Rows as a page reads them: {row_id: (x, y, {column: code})}, from files alone."""
    folder = store.folder("tiles")
    index = json.loads((folder / "tiles.json").read_text())
    rows = {}
    for node in index["nodes"]:
        z, x, y = map(int, node["key"].split("/"))
        side = index["size"] / 2**z
        below = folder / node["key"]
        positions = np.frombuffer((below / "xy.bin").read_bytes(), "<f4").reshape(-1, 2)
        codes = {
            column["name"]: np.frombuffer((below / f"{column['slug']}.bin").read_bytes(), WIDTHS[column["encoding"]])
            for column in index["columns"]
        }
        for place, row_id in enumerate(np.frombuffer((below / "row_id.bin").read_bytes(), "<u4").tolist()):
            left, bottom = index["x"] + x * side, index["y"] + y * side
            at = (left + positions[place, 0] * side, bottom + positions[place, 1] * side)
            rows[row_id] = (at, {name: int(of[place]) for name, of in codes.items()})
        assert len(positions) == node["count"]
    return rows


@pytest.fixture
def stored(tmp_path):
    store = FolderStore.create(tmp_path / "map", facts={})
    points = np.random.default_rng(0).normal(size=(200, 2)).astype(np.float32)
    parity = encode_column("parity of é", np.arange(200) % 2 == 0, kind="boolean")
    store.write_tiles(tiled(points, capacity=16), points=points, layout="lay", key="t", columns=[parity])
    store.finish("tile", key="t")
    return store, points


def test_the_files_hold_every_row_where_it_was(stored):
    store, points = stored
    rows = drawn(store)
    assert sorted(rows) == list(range(200))
    assert np.allclose([rows[i][0] for i in range(200)], points, atol=1e-5)
    assert all(rows[i][1]["parity of é"] == (i % 2 == 0) for i in rows)
    assert store.layout == "lay"


def test_the_tile_order_is_that_of_the_files(stored):
    store, _ = stored
    folder = store.folder("tiles")
    keys = [node["key"] for node in json.loads((folder / "tiles.json").read_text())["nodes"]]
    in_files = np.concatenate([np.frombuffer((folder / key / "row_id.bin").read_bytes(), "<u4") for key in keys])
    assert store.tile_order().tolist() == in_files.tolist()


def test_columns_are_added_to_tiles_that_are_there(stored):
    store, _ = stored
    store.add_tile_columns([encode_column("cluster_0", np.arange(200) // 50, kind="cluster", layer=0)])
    rows = drawn(store)
    assert all(rows[i][1] == {"parity of é": i % 2 == 0, "cluster_0": i // 50} for i in rows)


def test_a_column_takes_the_place_of_its_namesake_and_the_former_file_stays_for_who_reads_it(stored):
    store, _ = stored
    folder = store.folder("tiles")
    store.add_tile_columns([encode_column("cluster_0", np.zeros(200), kind="cluster", layer=0)])
    former = json.loads((folder / "tiles.json").read_text())["columns"][1]["slug"]
    store.add_tile_columns([encode_column("cluster_0", np.ones(200), kind="cluster", layer=0)])
    columns = json.loads((folder / "tiles.json").read_text())["columns"]
    assert [column["name"] for column in columns] == ["parity of é", "cluster_0"]
    assert columns[1]["slug"] != former
    assert (folder / "0/0/0" / f"{former}.bin").exists()
    store.add_tile_columns([encode_column("cluster_0", np.ones(200), kind="cluster", layer=0)])
    assert not (folder / "0/0/0" / f"{former}.bin").exists()


def test_two_columns_whose_names_look_alike_have_files_of_their_own(stored):
    store, _ = stored
    store.add_tile_columns([encode_column(name, np.zeros(200), kind="number") for name in ("a b", "a_b", "語", "文")])
    columns = json.loads((store.folder("tiles") / "tiles.json").read_text())["columns"]
    assert len({column["slug"] for column in columns}) == 5
    assert all(column["slug"].isascii() for column in columns)
