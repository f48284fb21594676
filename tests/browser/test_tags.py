"""A column of lists: its single tags are values, on a served map and on a published one."""

from urllib.parse import quote

import pytest

import portolan
from conftest import settle
from small_data import topic_rows
from static_hosts import hosted

N_ROWS = 400
LISTS = [["red"], ["blue", "red"], ["blue"], [], None, ["it's", "red"], ["red"], ["green", "blue"]]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    rows = [{**row, "tags": LISTS[number % len(LISTS)]} for number, row in enumerate(topic_rows(N_ROWS))]
    path = tmp_path_factory.mktemp("maps") / "tagged"
    return portolan.map_text(rows, name="Tagged", path=path, text="text", category=["topic", "tags"], progress=False)


@pytest.fixture(scope="module", params=["served", "published"])
def address(request, made, serve, tmp_path_factory):
    if request.param == "served":
        yield serve(made.path)
        return
    site = tmp_path_factory.mktemp("sites") / "site"
    made.publish(site, progress=False)
    with hosted(site, "ranges") as url:
        yield url


@pytest.fixture
def page(open_page, address):
    page = open_page(address)
    page.get_by_role("tab", name="Filters").click()
    return page


def line(page, tag):
    facet = page.locator(".facet").filter(has=page.get_by_role("button", name="tags", exact=True))
    return facet.locator("li").filter(has=page.get_by_role("button", name=f"Only {tag}", exact=True))


def counts(page):
    settle(page)
    return {tag: int(line(page, tag).locator(".count").inner_text()) for tag in ("red", "blue", "green", "it's")}


def shown(page):
    settle(page)
    return page.evaluate("__portolan.shown().shown")


def test_every_tag_is_a_value_with_the_rows_that_have_it(page):
    assert counts(page) == {"red": 200, "blue": 150, "green": 50, "it's": 50}
    assert line(page, "no value").locator(".count").inner_text() == "100"


@pytest.mark.parametrize(("tag", "n_with"), [("red", 200), ("it's", 50), ("no value", 100)])
def test_only_a_tag_keeps_the_rows_that_have_it_and_without_all_the_others(page, tag, n_with):
    line(page, tag).get_by_role("button", name=f"Only {tag}").click()
    assert shown(page) == n_with
    line(page, tag).hover()
    line(page, tag).get_by_role("button", name=f"Without {tag}").click()
    assert shown(page) == N_ROWS - n_with


def test_with_a_box_more_rows_that_have_any_of_the_tags_are_kept(page, made):
    line(page, "green").get_by_role("button", name="Only green").click()
    line(page, "it's").get_by_role("checkbox").click()
    assert shown(page) == len(made.filter("list_contains(tags, 'green') OR list_contains(tags, 'it''s')")) == 100


def test_a_column_of_tags_counts_what_other_filters_keep(page):
    page.get_by_role("button", name="Only space").click()
    settle(page)
    assert counts(page) == {"red": 100, "blue": 50, "green": 0, "it's": 50}


def test_a_link_with_a_tag_opens_on_its_rows(open_page, address, made):
    where = "list_contains(tags, 'blue')"
    page = open_page(f"{address}#f={quote(where)}")
    assert shown(page) == len(made.filter(where)) == 150
    page.get_by_role("tab", name="Filters").click()
    assert line(page, "blue").get_by_role("button", name="Only blue").get_attribute("aria-pressed") == "true"


def test_points_are_coloured_by_their_first_tag(page):
    legend = page.get_by_test_id("legend")
    legend.get_by_role("combobox").select_option(label="tags")
    settle(page)
    labels = legend.locator("li .label").all_inner_texts()
    assert labels == ["red", "blue", "green", "it's", "no value"]
    dots = page.evaluate("[...document.querySelectorAll('[data-testid=legend] .box')].map((box) => box.style.cssText)")
    assert len(set(dots)) == 5
