"""A real browser on a real map, served by the real server. Other browser tests reuse these fixtures."""

import os
import shutil
import sys
import threading
import time
from pathlib import Path

import pytest
import uvicorn

import portolan
from portolan.built_page import PAGE_FOLDER
from portolan.server.app import create_app
from portolan.server.current import CurrentMap
from portolan.server.run import listen
from portolan.server.security import Access
from portolan.team import Team

playwright = pytest.importorskip("playwright.sync_api")

ROOT = Path(__file__).parent.parent.parent
CHROMIUM = os.environ.get("PORTOLAN_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    # A foreign name that is this machine, as its owner's DNS may say.
    "--host-resolver-rules=MAP evil.example 127.0.0.1",
]
READY_MS = 60_000
AXE = ROOT / "ui" / "node_modules" / "axe-core" / "axe.min.js"


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser():
    """Chromium without a graphics card, the worst case."""
    if CHROMIUM is None:
        pytest.skip("needs Chromium")
    if not (PAGE_FOLDER / "index.html").is_file():
        pytest.fail("The page is not built. Run: python hatch_build.py")
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def serve():
    """Give the URL at which a map's folder is served from now on."""
    from portolan.map import Map

    servers = []

    def serve(path):
        listener = listen("127.0.0.1", 0)
        port = listener.getsockname()[1]
        access = Access(token="secret", port=port, team=Team(path))
        app = create_app(CurrentMap(path, open_map=Map.open), access=access)
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{port}/?token=secret"

    yield serve
    for server, thread in servers:
        server.should_exit = True
        thread.join(5)


@pytest.fixture(scope="session")
def map_of(tmp_path_factory):
    """Make a map of rows, in a folder named after it."""

    def map_of(rows, name, **options):
        path = tmp_path_factory.mktemp("maps") / f"{name.lower()}.portolan"
        return portolan.map_text(rows, name=name, path=path, progress=False, **options)

    return map_of


@pytest.fixture
def made(found, tmp_path):
    """The folder of a map that a test may write to: a copy of `found`, which each file says for itself."""
    return shutil.copytree(found, tmp_path / found.name)


@pytest.fixture(scope="session")
def points_map(tmp_path_factory):
    """A map of 40,000 synthetic rows: three layers of clusters, a category, a number."""
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        from make_points_map import make_points_map
    finally:
        sys.path.remove(str(ROOT / "tools"))
    path = tmp_path_factory.mktemp("maps") / "points.portolan"
    make_points_map(path, n_rows=40_000)
    return path


@pytest.fixture(scope="session")
def points_url(serve, points_map):
    return serve(points_map)


@pytest.fixture
def open_page(browser):
    """Open a page on a URL and wait until it is ready; what the page complains of fails the test at its end."""
    contexts, complaints, provoked = [], [], []

    def open_page(url, *, width=1440, height=900, wait_for="ready", **options):
        options = {"reduced_motion": "reduce", **options}
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: message.type in ("error", "warning") and complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(url)
        if wait_for:
            page.wait_for_selector(f"html[data-state={wait_for}]", state="attached", timeout=READY_MS)
            settle(page)
        return page

    # What a test provokes, a refusal of the server for one, it names before.
    open_page.provokes = provoked.append
    yield open_page
    for context in contexts:
        context.close()
    unexpected = [text for text in complaints if not is_expected(text) and not any(some in text for some in provoked)]
    assert unexpected == []


def is_expected(text):
    """Chromium's own words on drawing without a graphics card."""
    return "GL Driver Message" in text or "swiftshader" in text.lower()


def wait_until(page, expression):
    """Wait until an expression holds. Playwright's own wait evaluates text, which the page's CSP forbids."""
    deadline = time.monotonic() + READY_MS / 1000
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, f"never true: {expression}"
        page.wait_for_timeout(30)


def intercept(page, pattern, handler):
    """Answer a page's requests in the server's place, from the moment this returns.

    Playwright's `route` returns earlier: a page that is busy sends its next requests past it.
    """
    page.route(pattern, handler)
    page.route("**/api/ping", lambda route: route.fulfill(status=202, json={}))
    wait_until(page, "fetch('api/ping').then(answer => answer.status === 202)")
    page.unroute("**/api/ping")


def serious_findings(page):
    """What axe finds on the page that is serious or worse: rule and where."""
    if not AXE.is_file():
        pytest.skip("needs axe-core: npm --prefix ui ci")
    page.wait_for_timeout(250)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [
        (one["id"], [node["target"] for node in one["nodes"]])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


def settle(page):
    """Wait until the tiles are there and two frames went by."""
    wait_until(page, "__portolan.isSettled()")
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
