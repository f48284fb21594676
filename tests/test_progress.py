"""In a pipe each stage leaves one plain line; a terminal gets bars."""

import io
import re

from portolan.progress import Bars
from portolan.types import Progress


def test_a_pipe_gets_one_line_a_stage_without_colour():
    stream = io.StringIO()
    with Bars(stream) as bars:
        for done in (10, 20):
            bars(Progress("embed", done, 20))
        bars(Progress("project", 3, 3, unit="epochs"))
    lines = stream.getvalue().splitlines()
    assert len(lines) == 2
    assert re.fullmatch(r"Embedding +20 rows +\d+\.\d s", lines[0])
    assert "\033" not in stream.getvalue()


def test_a_stage_that_failed_is_said_to_have_stopped():
    stream = io.StringIO()
    try:
        with Bars(stream) as bars:
            bars(Progress("embed", 1, 20))
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        pass
    assert "stopped" in stream.getvalue()


def test_hidden_progress_writes_nothing():
    stream = io.StringIO()
    with Bars(stream, is_shown=False) as bars:
        bars(Progress("embed", 1, 2))
    assert stream.getvalue() == ""


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_gets_bars_with_rate_and_time_left():
    stream = Terminal()
    with Bars(stream) as bars:
        bars(Progress("embed", 1, 2))
        bars(Progress("embed", 2, 2))
    assert "Embedding" in stream.getvalue()


def test_told_lines_are_passed_on():
    told = []
    with Bars(io.StringIO()) as bars:
        bars.telling(told.append)("text: chosen")
    assert told == ["text: chosen"]
