"""What a link shows, in code; and that it shows the same rows after a new layout."""

import re
import subprocess
import sys

import numpy as np
import pytest

import portolan
from portolan.core.former_clusters import matching, names_clusters, rewrite_clusters
from portolan.errors import ExpressionError, NotFoundError
from small_data import topic_rows

ROWS = topic_rows(200)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    path = tmp_path_factory.mktemp("maps") / "m"
    return portolan.map_text(ROWS, name="Topics <b>", path=path, progress=False)


@pytest.fixture(scope="module")
def relaid(tmp_path_factory):
    """A map; and the same folder once it was laid out and clustered anew, with another seed."""
    path = tmp_path_factory.mktemp("maps") / "m"
    before = portolan.map_text(ROWS, name="a", path=path, progress=False, random_state=0)
    kept = {
        "layout": before.layout_id,
        "points": before.points.copy(),
        "clusters": before.cluster_ids(0).copy(),
    }
    return kept, portolan.map_text(ROWS, name="a", path=path, progress=False, random_state=7)


def test_a_view_has_the_rows_that_meet_its_filter(made):
    view = made.view("http://127.0.0.1:8722/?token=t#f=topic%20%3D%20'space'")
    assert view.where == "topic = 'space'"
    assert view.row_ids.tolist() == list(range(1, 200, 4))
    assert set(view.rows["topic"].to_pylist()) == {"space"}
    assert len(view) == 50


def test_a_view_without_a_filter_has_all_rows(made):
    assert len(made.view("#row=3")) == made.n_rows
    assert made.view("#row=3").rows.num_rows == made.n_rows


def test_a_view_searches_among_its_rows(made):
    view = made.view("#q=rocket&f=row_id%20%3C%20100")
    assert view.query == "rocket"
    assert view.results
    assert all(hit.row_id < 100 for hit in view.results)


def test_a_view_tells_what_is_open_marked_coloured_and_looked_at(made):
    view = made.view("#map=2/0.5/-1&v=x&color=topic&row=3&sel=3,4&cluster=0/1")
    assert (view.row, view.selected, view.color) == (3, [3, 4], "topic")
    assert view.cluster["cluster_id"] == 1
    assert view.cluster["layer"] == 0


def test_the_camera_of_another_layout_looks_at_nothing(made):
    assert made.view("#map=2/0.5/-1&v=other").camera is None
    assert made.view(f"#map=2/0.5/-1&v={made.layout_id}").camera.x == 0.5


def test_a_view_says_what_it_shows_and_no_markup_of_the_data(made):
    view = made.view("#f=topic%20%3D%20'space'&q=moon")
    assert repr(view) == ("<portolan.View of 'Topics <b>': rows 50 of 200; where topic = 'space'; search moon>")
    assert "Topics &lt;b&gt;" in view._repr_html_()
    assert "topic = &#x27;space&#x27;" in view._repr_html_()


def test_what_is_no_link_and_no_saved_view_is_refused(made):
    with pytest.raises(NotFoundError, match="no view 'robbery'"):
        made.view("robbery")


def test_a_saved_view_is_found_by_its_name(made):
    made.save_view("Moons", "#f=topic%20%3D%20'space'&q=moon")
    view = made.view("Moons")
    assert (view.name, view.query, len(view)) == ("Moons", "moon", 50)
    with pytest.raises(NotFoundError) as refused:
        made.view("Moon")
    assert "Saved views: Moons." in refused.value.fix


def test_a_link_says_what_it_was_asked_for(made):
    part = made.link_part(rows=[2, 5], cluster=1, layer=0, where="topic = 'space'", query="moon", color="topic")
    view = made.view(part)
    assert (view.row, view.selected, view.where, view.query, view.color) == (
        2,
        [2, 5],
        "topic = 'space'",
        "moon",
        "topic",
    )
    assert view.cluster["cluster_id"] == 1
    assert view.hash == part


def test_a_link_to_the_whole_map_has_no_part(made):
    assert made.link_part() == ""


@pytest.mark.parametrize(
    ("asked", "error", "message"),
    [
        ({"rows": [999]}, NotFoundError, "no row 999"),
        ({"rows": [-1]}, NotFoundError, "no row -1"),
        ({"cluster": 999, "layer": 0}, NotFoundError, "no cluster 999"),
        ({"color": "smell"}, NotFoundError, "no colours for 'smell'"),
        ({"where": "smell = 1"}, ExpressionError, "no column 'smell'"),
    ],
)
def test_a_link_to_what_is_not_there_is_refused(made, asked, error, message):
    with pytest.raises(error, match=message):
        made.link_part(**asked)


def test_the_command_line_writes_the_same_link(made):
    asked = ["--row", "2", "--row", "5", "--cluster", "0/1", "--where", "topic = 'space'", "--color", "topic"]
    said = subprocess.run(
        [sys.executable, "-m", "portolan", "link", str(made.path), *asked, "--part"], capture_output=True, text=True
    )
    assert said.stdout.strip() == made.link_part(
        rows=[2, 5], cluster=1, layer=0, where="topic = 'space'", color="topic"
    )


def test_the_command_line_refuses_what_is_no_cluster(made):
    said = subprocess.run(
        [sys.executable, "-m", "portolan", "link", str(made.path), "--cluster", "big"], capture_output=True, text=True
    )
    assert said.returncode == 1
    assert "LAYER/ID" in said.stderr


# After a new layout.


def test_an_area_drawn_on_a_former_layout_still_finds_its_rows(relaid):
    kept, now = relaid
    x, y = np.median(kept["points"], axis=0)
    left, low = kept["points"].min(axis=0) - 1
    area = f"in_area('{kept['layout']}', '{left} {low}, {x} {low}, {x} {y}, {left} {y}')"
    inside = (kept["points"] < [x, y]).all(axis=1)
    assert now.layout_id != kept["layout"]
    assert now.filter(area).tolist() == np.flatnonzero(inside).tolist()


def test_rows_search_and_filter_of_a_former_link_are_the_same(relaid):
    kept, now = relaid
    view = now.view(f"#map=3/1/1&v={kept['layout']}&row=7&sel=7,9&q=moon&f=topic%20%3D%20'space'")
    assert (view.row, view.selected, view.query, len(view)) == (7, [7, 9], "moon", 50)
    assert view.camera is None
    assert view.layout == now.layout_id
    assert view.notices == ()


def test_clusters_of_a_former_link_are_found_by_their_rows(relaid):
    kept, now = relaid
    largest = int(np.bincount(kept["clusters"]).argmax())
    before = set(np.flatnonzero(kept["clusters"] == largest).tolist())
    view = now.view(f"#v={kept['layout']}&cluster=0/{largest}&f=cluster_0%20IN%20({largest})")
    assert len(before & set(view.row_ids.tolist())) > len(before) / 2
    assert view.cluster["cluster_id"] == int(re.search(r"\((\d+)\)", view.where)[1])
    assert "former layout" in view.notices[0]


def test_clusters_of_an_unknown_layout_are_told_of(made):
    assert "no longer known" in made.view("#v=gone&cluster=0/0").notices[0]


OLD = [np.array([0, 0, 0, 1, 1, -1])]
NEW = [np.array([1, 1, 0, 0, 0, 0]), np.array([0, 0, 0, 0, 0, 0])]


def test_a_former_cluster_is_the_present_one_that_shares_most_with_it():
    match = matching(OLD, NEW)
    assert match(0, 0) == (0, 1)
    assert match(0, 1) == (0, 0)


def test_a_cluster_that_was_never_there_is_none_now():
    assert matching(OLD, NEW)(0, 5) is None
    assert matching(OLD, NEW)(3, 0) is None
    assert matching(OLD, [])(0, 0) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("cluster_0 = 0", "cluster_0 = 1"),
        ("CLUSTER_0 in (0, 1)", "cluster_0 IN (1, 0)"),
        ("cluster_0 NOT IN (0)", "cluster_0 NOT IN (1)"),
        ("cluster_0 IN (0) AND a = 'cluster_0 = 0'", "cluster_0 IN (1) AND a = 'cluster_0 = 0'"),
        ("cluster_0 <> 1", "cluster_0 <> 0"),
        ("cluster_0 = 9 OR b", "FALSE OR b"),
        ("cluster_0 NOT IN (9)", "TRUE"),
        ("my_cluster_0 = 0", "my_cluster_0 = 0"),
        ('"cluster_0 = 0" = 1', '"cluster_0 = 0" = 1'),
    ],
)
def test_a_filter_names_the_present_clusters_and_is_else_the_same(before, after):
    assert rewrite_clusters(before, matching(OLD, NEW)) == after


def test_only_conditions_on_clusters_are_looked_for():
    assert names_clusters("a = 1 AND cluster_2 NOT IN (3)")
    assert not names_clusters("a = 'cluster_2 = 3'")
