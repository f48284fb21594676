"""What people with a screen reader meet: axe finds nothing serious in any panel, light or dark, wide or narrow."""

import pytest

from conftest import serious_findings, settle

WIDE, NARROW = (1440, 900), (390, 844)
everywhere = pytest.mark.parametrize(
    ("theme", "size"), [(theme, size) for theme in ("light", "dark") for size in (WIDE, NARROW)]
)


@pytest.fixture
def visit(open_page, points_url):
    def visit(theme, size, link=""):
        page = open_page(points_url + link, color_scheme=theme, width=size[0], height=size[1])
        page.get_by_role("tab").first.wait_for()
        return page

    return visit


@everywhere
def test_filters_of_every_kind(visit, theme, size):
    where = "continent IN ('Azure') AND length BETWEEN 20 AND 400 AND text('harbour') AND NOT near(3, 0.5)"
    page = visit(theme, size, f"#f={where} AND length(text) > 3")
    settle(page)
    page.get_by_role("tab", name="Filters").click()
    assert serious_findings(page) == []
    page.get_by_role("button", name="Expression", exact=True).click()
    page.get_by_role("combobox", name="Filter expression").type("con")
    assert serious_findings(page) == []


@everywhere
def test_the_table_with_its_columns(visit, theme, size):
    page = visit(theme, size)
    if size == NARROW:
        page.get_by_role("tab", name="Table").click()
    else:
        page.keyboard.press("t")
    page.get_by_role("row").nth(3).wait_for()
    assert serious_findings(page) == []
    page.get_by_role("button", name="Columns").click()
    assert serious_findings(page) == []


@everywhere
def test_all_about_a_topic_and_saved_views(visit, theme, size):
    page = visit(theme, size)
    page.get_by_role("tab", name="Topics").click()
    line = page.get_by_role("treeitem").first
    line.click()
    line.click()
    page.get_by_test_id("cluster-page").wait_for()
    assert serious_findings(page) == []
    page.get_by_role("button", name="Merge with…").click()
    assert serious_findings(page) == []
    page.keyboard.press("Escape")
    if size == NARROW:
        page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Saved views").last.click()
    page.get_by_role("dialog").wait_for()
    assert serious_findings(page) == []
