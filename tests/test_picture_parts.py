"""The parts of a picture: land, points, names, legend, letters."""

import numpy as np
import pytest

from portolan.core.picture import frame_of, land_bounds
from portolan.core.picture_colors import coloring_of, default_column, places_of
from portolan.core.picture_kernels import draw_discs
from portolan.core.picture_land import measure_land, point_look, shade_land
from portolan.core.picture_layout import LegendLine, Plate, lay_out, shorten
from portolan.core.picture_names import Font, NameCluster, extents, name_lines, place_names
from portolan.core.picture_raster import TONES
from portolan.core.picture_words import written_moment, written_number


def measure(text, font):
    return 0.6 * font.size * len(text)


def test_a_frame_shows_all_of_what_it_must_in_the_middle_of_its_box():
    frame = frame_of((0, 0, 10, 10), (100, 50, 300, 150), padding=0)
    corners = frame.to_px(np.array([[0, 0], [10, 10]], np.float32))
    assert corners.tolist() == [[150, 150], [250, 50]]


def test_the_land_leaves_out_the_few_rows_that_strayed():
    points = np.random.default_rng(0).uniform(0, 1, (5000, 2)).astype(np.float32)
    points[0] = (500, 500)
    assert max(land_bounds(points)) < 1.1


def test_points_are_larger_where_rows_are_sparse_and_lighter_where_they_crowd():
    sparse, usual, crowded = (point_look(rows) for rows in (0.001, 0.02, 20))
    assert sparse.diameter > usual.diameter > crowded.diameter
    assert usual.opacity > crowded.opacity >= 0.22


def test_a_point_covers_as_many_pixels_as_its_disc_has():
    ink = np.zeros((40, 40, 5), np.float32)
    one = np.array([[20.3, 19.8]], np.float32), np.zeros(1, np.uint16), np.ones((1, 3), np.float32)
    draw_discs(ink, *one, np.zeros(1, bool), 0.0, 10.0, 1.0, 1.0)
    assert ink[..., 3].sum() == pytest.approx(np.pi * 25, rel=0.02)


def test_a_strip_has_the_points_that_lie_below_its_edge():
    ink = np.zeros((10, 10, 5), np.float32)
    point = np.array([[5, 105]], np.float32), np.zeros(1, np.uint16), np.ones((1, 3), np.float32)
    draw_discs(ink, *point, np.zeros(1, bool), 100.0, 3.0, 1.0, 1.0)
    assert ink[5, 5, 3] > 0.9


def test_a_missing_value_is_drawn_hollow():
    ink = np.zeros((40, 40, 5), np.float32)
    one = np.array([[20, 20]], np.float32), np.zeros(1, np.uint16), np.ones((1, 3), np.float32)
    draw_discs(ink, *one, np.ones(1, bool), 0.0, 20.0, 1.0, 1.8)
    assert ink[20, 20, 3] < ink[20, 29, 3]


def test_the_land_is_tinted_where_rows_are_and_nowhere_else():
    xy = np.random.default_rng(0).normal((100, 100), 8, (4000, 2)).astype(np.float32)
    land = measure_land(xy, width=400, height=200)
    x, y = np.arange(400) + 0.5, np.arange(-1, 201) + 0.5
    shade = shade_land(land, x=x, y=y, strength=0.5, line=0.1, line_px=1)
    assert shade[100, 100] > 0.2
    assert shade[100, 300] == 0


def test_land_without_rows_is_bare():
    land = measure_land(np.empty((0, 2), np.float32), width=100, height=100)
    assert shade_land(land, x=np.arange(9.0), y=np.arange(9.0), strength=1, line=1, line_px=1).max() == 0


def test_a_cluster_reaches_as_far_as_most_of_its_rows():
    xy = np.array([[0, 0], [1, 0], [0, 1], [-1, 0], [50, 50], [9, 9]], float)
    x, y, radius = extents(xy, np.array([0, 0, 0, 0, 0, 1]), 2)[0]
    assert (x, y) == (0, 0)
    assert radius == pytest.approx(1.2)
    assert np.isnan(extents(xy, np.array([0, 0, 0, 0, 0, 1]), 2)[1]).all()


def some_clusters(n, *, layer=0):
    rng = np.random.default_rng(n)
    return [
        NameCluster(layer, i, f"topic number {i}", int(rng.integers(1, 99)), *rng.uniform(0, 600, 2).tolist(), 60)
        for i in range(n)
    ]


def test_no_name_lies_over_another_or_beyond_the_edge():
    placed = place_names(some_clusters(60) + some_clusters(9, layer=1), top=1, width=600, height=600, measure=measure)
    boxes = [
        (name.x - w / 2, name.y - h / 2, name.x + w / 2, name.y + h / 2)
        for name in placed
        for w, h in [(max(measure(line, name.font) for line in name.lines), 1.2 * name.font.size * len(name.lines))]
    ]
    assert len(placed) > 12
    assert all(box[0] > 0 and box[1] > 0 and box[2] < 600 and box[3] < 600 for box in boxes)
    for i, a in enumerate(boxes):
        assert not any(a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3] for b in boxes[:i])


def test_the_coarsest_names_are_capitals_and_come_first():
    placed = place_names(some_clusters(30) + some_clusters(3, layer=1), top=1, width=600, height=600, measure=measure)
    assert [name.depth for name in placed[:3]] == [0, 0, 0]
    assert placed[0].lines == ("TOPIC NUMBER 0",) or placed[0].lines[0].isupper()
    assert placed[0].font.spacing_em > 0
    assert placed[-1].lines[0].islower()


def test_a_name_without_room_at_its_middle_moves_to_other_land_of_its_cluster():
    first = NameCluster(1, 0, "first", 9, 300, 300, 80)
    second = NameCluster(1, 1, "second", 5, 300, 300, 80, ((300, 400),))
    placed = place_names([first, second], top=1, width=600, height=600, measure=measure)
    assert [(name.x, name.y) for name in placed] == [(300, 300), (300, 400)]


def test_long_names_go_on_two_lines_of_like_length():
    assert name_lines("sourdough bread, yeast and ovens") == ["sourdough bread,", "yeast and ovens"]
    assert name_lines("chess openings") == ["chess openings"]


CLUSTERS = {"name": "cluster_0", "slug": "c0", "kind": "cluster", "layer": 0, "missing": 255, "encoding": "u8"}
COARSE = {**CLUSTERS, "name": "cluster_1", "slug": "c1", "layer": 1}
LANGUAGE = {"name": "lang", "slug": "l", "kind": "category", "values": [["en", 3], ["de", 1]], "missing": 255}
LENGTH = {"name": "length", "slug": "n", "kind": "number", "min": 0.0, "max": 9.0, "missing": 65535}


def test_the_coarsest_clusters_colour_unless_another_column_is_named():
    assert default_column([LENGTH, LANGUAGE, CLUSTERS, COARSE]) is COARSE
    assert default_column([LENGTH, LANGUAGE]) is LANGUAGE
    assert default_column([LENGTH]) is LENGTH
    assert default_column([]) is None


def test_a_code_without_a_colour_is_drawn_as_missing():
    coloring = coloring_of(LANGUAGE, columns=[LANGUAGE], clusters=[], names={}, ground="light")
    assert places_of(np.array([0, 1, 255, 7]), coloring).tolist() == [0, 1, 2, 2]


def test_numbers_run_along_the_ramp_and_missing_ones_stand_apart():
    coloring = coloring_of(LENGTH, columns=[LENGTH], clusters=[], names={}, ground="dark")
    assert places_of(np.array([0, 33_000, 65_534, 65_535], np.uint16), coloring).tolist() == [0, 32, 63, 64]


def plate(n_lines, width=1600):
    lines = [LegendLine(f"value {i}", 100 - i, (1, 2, 3)) for i in range(n_lines)]
    return Plate(width, 900, "Title", "Caption", "column", lines)


def texts(marks):
    return [mark.text for mark in marks if hasattr(mark, "text")]


def test_few_values_stand_below_the_map_and_many_beside_it():
    below, _ = lay_out(plate(3), TONES["light"], measure)
    beside, _ = lay_out(plate(40), TONES["light"], measure)
    assert below[2] > beside[2]
    assert below[3] < beside[3]


def test_values_that_have_no_room_are_counted():
    _, marks = lay_out(plate(200), TONES["light"], measure)
    n_listed = sum(text.startswith("value") for text in texts(marks))
    assert f"{200 - n_listed} more" in texts(marks)


def test_all_that_is_written_stays_on_the_picture():
    for width in (320, 700, 1600):
        _, marks = lay_out(plate(60, width), TONES["light"], measure)
        for mark in marks:
            assert 0 <= mark.x <= width
            assert 0 <= mark.y <= 900


def test_a_text_that_is_too_long_ends_in_an_ellipsis():
    assert shorten("a long title", Font(10), 42, measure) == "a long…"


def test_numbers_and_moments_are_written_as_the_page_does():
    assert [written_number(value) for value in (1234.6, 0.1234, 0.0001234, 7.0)] == ["1,235", "0.123", "1.2e-04", "7"]
    assert written_moment(1640995200, 1e9) == "1 Jan 2022"
    assert written_moment(1640995200, 3600) == "1 Jan 2022, 00:00"
