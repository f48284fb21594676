"""A published map in a real browser: from a host that knows ranges, and from Python's own, which does not."""

import contextlib
from urllib.parse import quote, urlsplit

import pytest

import portolan
from conftest import wait_until
from small_data import pair_rows
from static_hosts import hosted

N_ROWS = 600
QUESTIONS = [
    ("Who sells a credit card for a telescope?", "The bank sells a credit card.", "Nobody sells a card on credit."),
    ("どこで地図を買えますか", "銀行の隣で買えます。", "地図はありません。"),
]

OPEN_POINT = """() => {
  for (let x = 500; x < 1300; x += 10) for (let y = 150; y < 800; y += 10) {
    const point = __portolan.rowAt(x, y, 9)
    if (point && document.elementFromPoint(point.x, point.y)?.closest('.stage canvas')) return point
  }
}"""
"""A point that nothing lies over."""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    rows = [{**row, "length": 10 * number % 700} for number, row in enumerate(pair_rows(N_ROWS - len(QUESTIONS)))]
    for question, chosen, rejected in QUESTIONS:
        asked = f"\n\nHuman: {question}\n\nAssistant: "
        rows.append({"chosen": asked + chosen, "rejected": asked + rejected, "subset": "odd", "length": None})
    path = tmp_path_factory.mktemp("maps") / "kitchen.portolan"
    return portolan.map_text(rows, name="Kitchen talk", path=path, progress=False)


@pytest.fixture(scope="module")
def site(made, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sites") / "site"
    made.publish(folder, progress=False)
    return folder


@pytest.fixture(scope="module", params=["ranges", "plain"])
def address(request, site):
    with hosted(site, request.param) as url:
        yield url


@pytest.fixture
def visit(open_page, address):
    return lambda link="", **window: open_page(address + link, **window)


def shown(page):
    return page.evaluate("__portolan.shown().shown")


def search(page, query):
    page.fill("[role=searchbox]", query)
    page.wait_for_selector("[role=option], .advice", timeout=60_000)
    wait_until(page, "!document.querySelector('.results .count')?.textContent.includes('Searching')")


def bytes_sent(page, act):
    """What the host sent while `act` was done."""
    sizes = []
    page.on("response", lambda response: sizes.append(int(response.headers.get("content-length") or 0)))
    act()
    page.wait_for_timeout(400)
    return sum(sizes)


def test_the_map_opens_with_less_than_two_megabytes_and_asks_no_other_host(browser, address):
    with contextlib.closing(browser.new_context()) as context:
        page = context.new_page()
        asked, sizes = [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("response", lambda response: sizes.append(int(response.headers.get("content-length") or 0)))
        page.goto(address)
        page.wait_for_selector("html[data-state=ready]", state="attached", timeout=60_000)
        assert page.evaluate("__portolan.drawnRows()") == N_ROWS
        assert sum(sizes) < 2_000_000
        page.fill("[role=searchbox]", "telescope")
        page.wait_for_selector("[role=option]")
        assert {urlsplit(url).netloc for url in asked} == {urlsplit(address).netloc}
        assert not [url for url in asked if "/api/" in url]


def test_topics_and_names_are_those_of_the_map(visit, made):
    page = visit()
    page.wait_for_selector("[role=treeitem]")
    names = made.clusters.to_pylist()
    top = [cluster["name"] for cluster in names if cluster["parent_id"] == -1]
    assert page.locator("[role=treeitem] .name").first.inner_text() in top
    assert page.title() == "Kitchen talk · Portolan"


def test_a_row_under_the_pointer_shows_its_texts(visit, made):
    page = visit()
    point = page.evaluate(OPEN_POINT)
    page.mouse.move(point["x"] - 1, point["y"])
    page.mouse.move(point["x"], point["y"])
    page.wait_for_selector("[data-testid=hover-card] .replies")
    words = made.rows_by_id([point["row_id"]])[0]["chosen"].split("Assistant: ")[1][:20]
    assert words in page.locator("[data-testid=hover-card]").inner_text()


def test_a_link_opens_its_row_with_similar_texts_that_open_too(visit, made):
    page = visit("#row=17")
    page.wait_for_selector("[data-testid=reader] .actions")
    reply = made.reading(made.rows_by_id([17])[0])["rejected"][-1]["text"]
    assert reply in page.locator("[aria-label='Rejected reply']").inner_text()
    near = page.locator("[data-testid=reader] section:last-child li button")
    near.first.wait_for()
    assert near.count() == 12
    near.first.click()
    nearest = made.neighbors([17], n_neighbors=3)[0][0].tolist()
    wait_until(page, f"{nearest}.some(row => location.hash.includes('row=' + row))")


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ('"credit card"', [N_ROWS - 2]),
        ('"credit card" -bank', []),
        ("sells", [N_ROWS - 2]),
        ("地図", [N_ROWS - 1]),
        ("図地", []),
        ("TÉLESCOPE credit", [N_ROWS - 2]),
    ],
)
def test_words_phrases_and_words_to_leave_out_are_found(visit, query, rows):
    page = visit()
    search(page, query)
    if not rows:
        assert page.locator("[role=option]").count() == 0
        return
    assert page.locator("[role=option] mark").count() > 0
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    wait_until(page, f"location.hash.includes('row={rows[0]}')")


def test_rows_with_every_word_come_first_then_those_with_some(visit, made):
    page = visit()
    search(page, "telescope nebula")
    texts = [text.lower() for text in page.locator("[role=option]").all_inner_texts()]
    has_both = ["telescope" in text and "nebula" in text for text in texts]
    assert len(texts) == 50
    assert has_both[0]
    assert len(made.filter("text('telescope nebula')")) > 0


def test_the_page_says_that_it_searches_words_alone(visit):
    page = visit()
    box = page.get_by_role("searchbox")
    assert box.get_attribute("placeholder") == "Search by words"
    box.focus()
    assert "not their meaning" in page.locator("#search-hint").inner_text()


@pytest.mark.parametrize(
    "where",
    [
        "subset = 'odd'",
        "subset <> 'odd'",
        "length BETWEEN 100 AND 250",
        "length IS NULL OR length > 600",
        "NOT length > 600",
        "text('telescope orbit')",
        "text('\"credit card\" -river')",
        "subset IN ('even') AND text('flour') AND length < 500",
        "cluster_0 = 1",
        "row_id IN (1, 5, 17)",
        "subset LIKE 'ev%' OR row_id < 10",
    ],
)
def test_a_filter_keeps_the_rows_that_the_map_keeps(visit, made, where):
    page = visit(f"#f={quote(where)}")
    n_kept = len(made.filter(where))
    wait_until(page, f"__portolan.shown().shown === {n_kept}")
    assert 0 < n_kept < N_ROWS


def test_an_area_keeps_the_rows_in_it(visit, made):
    x, y = made.points[:, 0], made.points[:, 1]
    corners = f"{x.min()} {y.min()}, {x.mean()} {y.min()}, {x.mean()} {y.max()}, {x.min()} {y.max()}"
    where = f"in_area('{made.layout_id}', '{corners}')"
    page = visit(f"#f={quote(where)}")
    wait_until(page, f"__portolan.shown().shown === {len(made.filter(where))}")


def test_a_filter_that_needs_a_database_is_refused_in_words(visit):
    page = visit(f"#f={quote('length(chosen) > 400')}")
    page.get_by_role("tab", name="Filters").click()
    page.get_by_text("does not understand this filter").first.wait_for()


@pytest.mark.parametrize("texts", ["blur", "drop"])
def test_without_texts_there_is_nothing_to_search_and_none_to_read(open_page, made, tmp_path, texts):
    made.publish(tmp_path / "site", texts=texts, progress=False)
    with hosted(tmp_path / "site", "ranges") as url:
        page = open_page(url + "#row=17")
        page.wait_for_selector("[data-testid=reader] .actions")
        assert page.get_by_role("searchbox").count() == 0
        said = page.locator("[data-testid=reader]").inner_text()
        assert ("Xxx " in said) if texts == "blur" else ("texts of this map are not published" in said)
        assert page.evaluate("__portolan.drawnRows()") == N_ROWS


def test_a_row_costs_a_few_kilobytes_where_the_host_knows_ranges(open_page, site):
    with hosted(site, "ranges") as url:
        page = open_page(url)
        first = bytes_sent(page, lambda: page.evaluate("location.hash = '#row=3'"))
        later = bytes_sent(page, lambda: page.evaluate("location.hash = '#row=300'"))
    assert first < 200_000
    assert later < 120_000


def test_a_site_of_which_files_are_missing_says_so(browser, made, tmp_path):
    made.publish(tmp_path / "site", progress=False)
    for path in tmp_path.glob("site/data/*/map.json"):
        path.unlink()
    with hosted(tmp_path / "site", "plain") as url, contextlib.closing(browser.new_context()) as context:
        page = context.new_page()
        page.goto(url)
        page.wait_for_selector("html[data-state=error]", state="attached")
        assert "cannot be read" in page.locator("body").inner_text()


def test_opened_from_the_disk_the_page_says_what_to_do(browser, site):
    with contextlib.closing(browser.new_context()) as context:
        page = context.new_page()
        page.goto(f"file://{site}/index.html")
        page.get_by_text("python3 -m http.server").wait_for()


# What a published map has, and what it has not

NOT_HERE = ("views", "rename", "merge", "expression")


def test_the_table_sorts_filters_and_opens_rows(visit, made):
    page = visit(f"#f={quote('length > 600')}")
    page.keyboard.press("t")
    table = page.get_by_test_id("table")
    rows = table.get_by_role("row")
    rows.nth(2).wait_for()
    n_kept = len(made.filter("length > 600"))
    table.get_by_text(f"{n_kept} of {N_ROWS}").wait_for()
    table.get_by_role("columnheader", name="length").get_by_role("button").first.click()
    wait_until(page, "document.querySelector('[aria-sort=ascending]') !== null")
    page.keyboard.press("j")
    page.get_by_test_id("reader").locator(".actions").wait_for()


def test_a_copied_link_opens_on_the_same_rows_and_colours(visit, made):
    page = visit(f"#f={quote('length > 600')}&color=subset&row=17")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_test_id("reader").locator(".actions").wait_for()
    page.get_by_role("button", name="Share this view").click()
    page.get_by_role("button", name="Copy link", exact=True).click()
    wait_until(page, "navigator.clipboard.readText().then((text) => text.includes('row=17'))")
    link = page.evaluate("navigator.clipboard.readText()")
    other = visit("#" + urlsplit(link).fragment)
    n_kept = len(made.filter("length > 600"))
    wait_until(other, f"__portolan.shown().shown === {n_kept}")
    other.get_by_test_id("reader").get_by_text("Row 17").first.wait_for()
    colours = [one.get_by_test_id("legend").locator("select").input_value() for one in (page, other)]
    assert colours[0] == colours[1]


def test_nothing_is_offered_that_a_published_map_cannot_do(visit):
    page = visit()
    line = page.get_by_role("treeitem").first
    line.click()
    line.click()
    assert page.get_by_test_id("cluster-page").count() == 0
    assert page.get_by_role("button", name="Saved views").count() == 0
    page.get_by_role("tab", name="Filters").click()
    adding = page.get_by_role("group", name="Add a filter").get_by_role("button")
    assert adding.all_inner_texts() == ["Words", "Lasso"]
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Find a command")
    for words in ("save view", "rename topic", "merge", "expression"):
        field.fill(words)
        options = page.get_by_test_id("palette").get_by_role("option")
        # What one typed can always be searched for: once that stands there, the list is of these words.
        options.filter(has_text=f"Search for “{words}”").wait_for()
        offered = [text.lower() for text in options.all_inner_texts() if not text.startswith("Search for")]
        assert not [text for text in offered if any(word in text for word in NOT_HERE)]
