"""What a real browser makes of the token, the cookie, frames and foreign pages."""

import contextlib
import http.server
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import uvicorn

from fake_map import FakeMap, make_fake_map
from portolan.server.app import create_app
from portolan.server.current import CurrentMap
from portolan.server.run import listen
from portolan.server.security import Access

PAGE = (
    '<!doctype html><meta charset="utf-8"><title>waiting</title><script type="module" src="./assets/page.js"></script>'
)
SCRIPT = """
const answer = await fetch("./api/map");
document.title = answer.ok ? (await answer.json()).name : `refused ${answer.status}`;
"""


@pytest.fixture
def served(tmp_path):
    """URL of a server whose page shows the map's name as its title."""
    page = tmp_path / "page"
    (page / "assets").mkdir(parents=True)
    (page / "index.html").write_text(PAGE)
    (page / "assets" / "page.js").write_text(SCRIPT)
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    path = make_fake_map(tmp_path / "a.portolan")
    access = Access(token="secret", port=port)
    app = create_app(CurrentMap(path, open_map=FakeMap), access=access, page_folder=page)
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{port}/?token=secret"
    server.should_exit = True
    thread.join(5)


@pytest.fixture
def elsewhere(tmp_path):
    """Serve one HTML page on another port; gives a function from its HTML to that port."""
    with contextlib.ExitStack() as stack:

        def elsewhere(html):
            folder = tmp_path / "elsewhere"
            folder.mkdir()
            (folder / "index.html").write_text(html)
            server = stack.enter_context(_quiet_server(folder))
            return server.server_address[1]

        yield elsewhere


@contextlib.contextmanager
def _quiet_server(folder: Path):
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=str(folder))

        def log_message(self, *_args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def tab(browser):
    """A tab that shares no cookies with another test's."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


def wait_for_title(page, title):
    page.wait_for_function("title => document.title === title", arg=title, timeout=5000)


def test_the_printed_url_opens_the_map_and_leaves_the_token_out(tab, served):
    tab.goto(served + "#row=3")
    wait_for_title(tab, "A map")
    assert urlsplit(tab.url).query == ""
    assert urlsplit(tab.url).fragment == "row=3"
    tab.goto(served.replace("?token=secret", ""))
    wait_for_title(tab, "A map")


def test_a_link_on_another_sites_page_opens_the_map_once_one_was_let_in(tab, served, elsewhere):
    tab.goto(served)
    wait_for_title(tab, "A map")
    port = elsewhere(f'<a href="{served.split("?")[0]}#row=3">the row</a>')
    tab.goto(f"http://evil.example:{port}/")
    tab.click("a")
    wait_for_title(tab, "A map")
    assert urlsplit(tab.url).fragment == "row=3"


def test_a_link_on_another_sites_page_lets_nobody_in_who_was_not(tab, served, elsewhere):
    port = elsewhere(f'<a href="{served.split("?")[0]}#row=3">the row</a>')
    tab.goto(f"http://evil.example:{port}/")
    tab.click("a")
    tab.wait_for_url("**/?again#row=3")
    assert "This map is private" in tab.inner_text("h1")


@pytest.mark.parametrize("notebook", ["localhost", "127.0.0.1"])
def test_a_notebook_on_this_machine_shows_the_map_in_a_frame(tab, served, elsewhere, notebook):
    port = elsewhere(f'<iframe src="{served}"></iframe>')
    tab.goto(f"http://{notebook}:{port}/")
    wait_for_title(tab.frames[1], "A map")


def test_another_sites_page_can_neither_frame_nor_read_the_map(tab, served, elsewhere):
    tab.goto(served)
    wait_for_title(tab, "A map")
    port = elsewhere(f'<iframe src="{served}"></iframe>')
    tab.goto(f"http://evil.example:{port}/")
    tab.wait_for_timeout(500)
    assert tab.frames[1].url.startswith("chrome-error:")
    origin = served.split("/?")[0]
    read = "url => fetch(url, {credentials: 'include'}).then(() => 'read', () => 'refused')"
    assert tab.evaluate(read, f"{origin}/api/map") == "refused"


def test_a_foreign_name_for_this_machine_is_refused(tab, served):
    port = urlsplit(served).port
    answer = tab.goto(f"http://evil.example:{port}/?token=secret")
    assert answer.status == 403


def test_an_inline_script_does_not_run(tab, served):
    tab.goto(served)
    wait_for_title(tab, "A map")
    tab.evaluate(
        "() => { const s = document.createElement('script'); s.text = 'document.title = 1'; document.body.append(s) }"
    )
    assert tab.title() == "A map"
