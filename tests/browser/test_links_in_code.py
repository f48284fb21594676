"""What one sees is passed on as a link and as Python; a link of a former layout finds its rows and clusters."""

import numpy as np
import pytest

import portolan
from conftest import wait_until
from small_data import topic_rows


@pytest.fixture(scope="module")
def relaid(tmp_path_factory):
    """A map, the largest cluster of its former layout, and that layout's name."""
    path = tmp_path_factory.mktemp("maps") / "m"
    before = portolan.map_text(topic_rows(400), name="Topics", path=path, category="topic", progress=False)
    layout, clusters = before.layout_id, before.cluster_ids(0).copy()
    portolan.map_text(topic_rows(400), name="Topics", path=path, category="topic", random_state=5, progress=False)
    return path, layout, clusters


def copied(page, label):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Share this view").click()
    page.get_by_role("button", name=label, exact=True).click()
    page.get_by_role("status").filter(has_text="Copied").wait_for(state="attached")
    return page.evaluate("navigator.clipboard.readText()")


def test_a_filter_is_copied_as_python_and_gives_the_same_rows(open_page, serve, relaid):
    path = relaid[0]
    page = open_page(f"{serve(path)}#f=topic%20IN%20('space')")
    wait_until(page, "__portolan.shown().shown === 100")
    code = copied(page, "Copy as Python")
    assert code == f'import portolan\n\nportolan.open_map("{path}").filter("topic IN (\'space\')")'
    assert len(eval(code.split("\n\n")[1], {"portolan": portolan})) == 100


def test_a_view_is_copied_as_python(open_page, serve, relaid):
    page = open_page(f"{serve(relaid[0])}#q=rocket&row=5")
    page.get_by_role("listbox").wait_for()
    view = eval(copied(page, "Copy as Python").split("\n\n")[1], {"portolan": portolan})
    assert (view.query, view.row) == ("rocket", 5)
    assert view.camera is not None


def test_the_link_is_copied(open_page, serve, relaid):
    page = open_page(f"{serve(relaid[0])}#row=5")
    page.get_by_test_id("reader").wait_for()
    assert "row=5" in copied(page, "Copy link")


def test_escape_closes_the_ways_to_share(open_page, serve, relaid):
    page = open_page(serve(relaid[0]))
    page.get_by_role("button", name="Share this view").click()
    page.keyboard.press("Escape")
    assert page.get_by_role("button", name="Copy as Python").count() == 0


def test_clusters_of_a_former_link_are_found_by_their_rows(open_page, serve, relaid):
    path, layout, clusters = relaid
    largest = int(np.bincount(clusters).argmax())
    view = portolan.open_map(path).view(f"#v={layout}&f=cluster_0%20IN%20({largest})")
    page = open_page(f"{serve(path)}#map=3/0/0&v={layout}&f=cluster_0%20IN%20({largest})")
    wait_until(page, f"__portolan.shown().shown === {len(view)}")
    assert len(view) > 5
