"""What can wait, waits until the first page has what it asked for."""

import asyncio
import threading

from portolan.server import run
from portolan.server.app import create_app
from portolan.server.current import CurrentMap
from portolan.server.run import Activity, ask_once
from portolan.server.security import Access


async def _answer_nothing(scope, receive, send):
    return None


def _waiting(activity):
    """A thread that waits for quiet, and the list it puts its answer into."""
    answers = []
    thread = threading.Thread(target=lambda: answers.append(activity.wait_for_quiet()), daemon=True)
    thread.start()
    return thread, answers


def test_nobody_is_waited_for_after_the_first_page_has_what_it_asked_for(monkeypatch):
    monkeypatch.setattr(run, "QUIET_S", 0.01)
    activity = Activity(_answer_nothing)
    thread, answers = _waiting(activity)
    asyncio.run(activity({"type": "http"}, None, None))
    thread.join(20)
    assert answers == [True]


def test_before_anyone_asked_there_is_no_quiet(monkeypatch):
    monkeypatch.setattr(run, "QUIET_S", 0.0)
    activity = Activity(_answer_nothing)
    thread, answers = _waiting(activity)
    thread.join(0.05)
    assert answers == []
    activity.end()
    thread.join(20)


def test_a_page_that_asks_on_and_on_is_not_waited_for_without_end(monkeypatch):
    monkeypatch.setattr(run, "QUIET_S", 3600.0)
    monkeypatch.setattr(run, "MOST_BUSY_S", 0.0)
    activity = Activity(_answer_nothing)
    asyncio.run(activity({"type": "http"}, None, None))
    assert activity.wait_for_quiet() is True


def test_who_waits_for_quiet_is_told_that_the_server_ends():
    activity = Activity(_answer_nothing)
    thread, answers = _waiting(activity)
    activity.end()
    thread.join(20)
    assert answers == [False]


def test_the_server_asks_itself_once_without_a_map_and_is_let_in(tmp_path):
    (tmp_path / "favicon.svg").write_text("<svg/>")
    access = Access(token="secret", port=8722)
    app = create_app(CurrentMap(tmp_path / "none", open_map=None), access=access, page_folder=tmp_path)
    statuses = []

    async def listening(scope, receive, send):
        async def note(message):
            statuses.append(message.get("status"))
            await send(message)

        await app(scope, receive, note)

    asyncio.run(ask_once(listening, access=access))
    assert statuses[0] == 200
