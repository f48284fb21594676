"""The widget's Python half: questions over a comm, and what is selected."""

import asyncio
import json
import queue

import comm
import numpy as np
import pytest
import traitlets
from comm.base_comm import BaseComm

import portolan
from portolan.errors import ColumnError, ExpressionError, InputError, NotFoundError
from portolan.widget import Widget
from portolan.widget.bridge import Bridge
from small_data import topic_rows

WAIT_S = 30


class FakeComm(BaseComm):
    """A notebook's channel whose other end is the test."""

    def __init__(self, **given):
        self.said = queue.Queue()
        self.states = []
        super().__init__(**given)

    def publish_msg(self, msg_type, data=None, buffers=None, **_keys):
        if msg_type == "comm_msg" and data["method"] == "custom":
            self.said.put((data["content"], buffers))
        elif msg_type == "comm_msg" and data["method"] == "update":
            self.states.append(data["state"])

    def tell(self, content, method="custom"):
        data = {"method": method, "content" if method == "custom" else "state": content}
        self.handle_msg({"content": {"data": data}, "buffers": []})

    def ask(self, path, method="GET", body=None, call="1"):
        self.tell({"kind": "ask", "call": call, "method": method, "path": path, "body": body})

    def answer(self):
        message, buffers = self.said.get(timeout=WAIT_S)
        assert message["kind"] == "answer"
        return message, b"".join(bytes(buffer) for buffer in buffers)


@pytest.fixture(scope="module")
def small_map(tmp_path_factory):
    path = tmp_path_factory.mktemp("maps") / "small.portolan"
    return portolan.map_text(topic_rows(300), name="Small", path=path)


@pytest.fixture
def widget(small_map, monkeypatch):
    monkeypatch.setattr(comm, "create_comm", FakeComm)
    made = small_map.widget()
    yield made
    made.close()


def test_the_page_is_answered_over_the_comm_as_the_server_would(widget):
    widget.comm.ask("/api/map")
    message, body = widget.comm.answer()
    assert message["status"] == 200
    assert message["call"] == "1"
    assert json.loads(body)["n_rows"] == 300


def test_tiles_come_as_their_bytes(widget, small_map):
    widget.comm.ask(f"/api/tiles/{small_map.layout_id}/0/0/0/row_id.bin")
    message, body = widget.comm.answer()
    assert message["headers"]["content-type"] == "application/octet-stream"
    assert sorted(np.frombuffer(body, "<u4").tolist()) == list(range(300))


def test_a_question_with_a_body_is_posted(widget):
    asked = {"clauses": [{"key": "a", "where": "topic = 'space'"}], "join": "and", "facets": [], "codes": []}
    widget.comm.ask("/api/filter", method="POST", body=json.dumps(asked))
    message, body = widget.comm.answer()
    assert message["status"] == 200
    length = int.from_bytes(body[:4], "little")
    assert json.loads(body[4 : 4 + length])["n_shown"] == 75


def test_queries_are_read_from_the_address(widget):
    widget.comm.ask("/api/rows?ids=7%2C5&previews=1")
    _, body = widget.comm.answer()
    assert [row["row_id"] for row in json.loads(body)] == [7, 5]


def test_an_error_comes_as_a_problem_and_its_fix(widget):
    widget.comm.ask("/api/rows?ids=300")
    message, body = widget.comm.answer()
    assert message["status"] == 404
    assert set(json.loads(body)) == {"problem", "fix"}


def test_an_application_that_breaks_is_told_to_the_page(caplog):
    async def broken(_scope, _receive, _send):
        raise RuntimeError("no")

    said = queue.Queue()
    Bridge(broken, send=lambda message, buffers: said.put((message, buffers))).hear({"kind": "ask", "call": "a"})
    message, buffers = said.get(timeout=WAIT_S)
    assert message["status"] == 500
    assert "RuntimeError" in json.loads(buffers[0])["problem"]
    assert "failed" in caplog.text


def test_an_aborted_question_gets_no_answer():
    started, ended = queue.Queue(), queue.Queue()

    async def slow(_scope, _receive, _send):
        started.put(True)
        try:
            await asyncio.sleep(WAIT_S)
        except asyncio.CancelledError:
            ended.put("cancelled")
            raise

    bridge = Bridge(slow, send=lambda message, _buffers: ended.put(message))
    bridge.hear({"kind": "ask", "call": "a"})
    started.get(timeout=WAIT_S)
    bridge.hear({"kind": "abort", "call": "a"})
    assert ended.get(timeout=WAIT_S) == "cancelled"
    assert ended.empty()


def test_messages_of_no_kind_that_we_know_are_passed_over(widget):
    widget.comm.tell({"kind": "else"})
    widget.comm.tell({"kind": "abort", "call": "never asked"})
    widget.comm.ask("/api/ping")
    assert widget.comm.answer()[0]["status"] == 200


def test_two_widgets_answer_their_own_pages(widget, small_map):
    other = Widget(small_map)
    other.comm.ask("/api/ping", call="other")
    widget.comm.ask("/api/ping", call="one")
    assert other.comm.answer()[0]["call"] == "other"
    assert widget.comm.answer()[0]["call"] == "one"
    other.comm.tell({"opened": 3}, method="update")
    assert (other.opened, widget.opened) == (3, None)
    other.close()


def test_the_row_in_the_reader_is_selected_where_nothing_else_is(widget):
    widget.comm.tell({"opened": 17}, method="update")
    assert widget.selected_ids.tolist() == [17]
    assert widget.selection.column_names == ["row_id", "text", "topic", "length"]
    assert widget.selection["row_id"].to_pylist() == [17]


def test_marked_rows_go_before_the_row_in_the_reader(widget):
    widget.comm.tell({"opened": 17, "marked": [9, 4]}, method="update")
    assert widget.selected_ids.tolist() == [9, 4]


def test_a_filter_of_the_page_selects_what_it_keeps(widget):
    widget.comm.tell({"where": "topic = 'space' AND row_id < 10", "marked": [2]}, method="update")
    assert widget.selected_ids.tolist() == [1, 5, 9]
    assert widget.selected_ids.dtype == np.int64


def test_what_is_selected_can_be_observed(widget):
    changes = []
    widget.observe(lambda change: changes.append((change["old"].tolist(), change["new"].tolist())), "selected_ids")
    widget.comm.tell({"opened": 17}, method="update")
    widget.comm.tell({"color": "topic"}, method="update")
    widget.comm.tell({"opened": None}, method="update")
    assert changes == [([], [17]), ([17], [])]


def test_an_expression_is_sent_to_the_page(widget):
    widget.select([3])
    widget.select("topic = 'gardens'")
    assert (widget.where, widget.marked) == ("topic = 'gardens'", [])
    assert widget.comm.states[-1] == {"where": "topic = 'gardens'", "marked": []}
    assert len(widget.selected_ids) == 75


def test_a_wrong_expression_is_refused_in_the_cell(widget):
    with pytest.raises(ExpressionError):
        widget.select("topc = 'gardens'")
    assert widget.where == ""


def test_some_ids_are_marked_and_many_become_a_filter(widget, monkeypatch):
    monkeypatch.setattr("portolan.widget.widget.MOST_MARKED", 3)
    widget.select(np.array([4, 2]))
    assert (widget.where, widget.marked) == ("", [4, 2])
    widget.select([8, 4, 2, 6])
    assert (widget.where, widget.marked) == ("row_id IN (8, 4, 2, 6)", [])
    assert widget.selected_ids.tolist() == [2, 4, 6, 8]
    widget.select(None)
    assert widget.selected_ids.tolist() == []


def test_ids_that_are_none_are_refused(widget):
    with pytest.raises(NotFoundError):
        widget.select([300])
    with pytest.raises(InputError, match="float64"):
        widget.select([1.5])
    with pytest.raises(InputError, match="too many"):
        widget.select(np.arange(20_001))
    with pytest.raises(NotFoundError):
        widget.open_row(300)


def test_a_cluster_is_flown_to_by_name_or_id(widget, small_map):
    last = small_map.clusters.to_pylist()[-1]
    widget.fly_to(last["name"].upper())
    assert widget._flight == {"n": 1, "layer": last["layer"], "cluster_id": last["cluster_id"]}
    widget.fly_to(0, layer=0)
    assert widget._flight == {"n": 2, "layer": 0, "cluster_id": 0}


def test_an_unknown_cluster_is_answered_with_those_near_it(widget, small_map):
    name = small_map.clusters.to_pylist()[-1]["name"]
    with pytest.raises(NotFoundError, match="Did you mean"):
        widget.fly_to(name + "s")
    with pytest.raises(NotFoundError, match="layer 9"):
        widget.fly_to(0, layer=9)


def test_points_are_coloured_by_a_column_that_has_colours(widget):
    widget.color_by("topic")
    assert widget.color == "topic"
    widget.color_by(None)
    assert widget.color is None
    with pytest.raises(ColumnError, match="topic"):
        widget.color_by("colour")


def test_a_widget_that_is_too_low_is_refused(small_map):
    with pytest.raises(traitlets.TraitError):
        Widget(small_map, height=10)


def test_a_closed_widget_answers_no_more(small_map, monkeypatch):
    monkeypatch.setattr(comm, "create_comm", FakeComm)
    made = Widget(small_map.path)
    said = made.comm.said
    made.close()
    made._hear(made, {"kind": "ask", "call": "late", "path": "/api/ping"}, [])
    with pytest.raises(queue.Empty):
        said.get(timeout=0.3)


def test_the_page_of_the_widget_is_one_module_that_evaluates_nothing():
    text = str(Widget._esm)
    assert "export{" in text.replace(" ", "")
    assert "__PORTOLAN_STYLES__" not in text
    for sign in ("eval(", "new Function", "import("):
        assert sign not in text
