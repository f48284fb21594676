"""Progress of long work, for people: bars in a terminal or notebook, a line a stage in a pipe."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, TextIO

from portolan.types import Progress

TITLES = {
    "load": "Reading rows",
    "texts": "Finding the texts",
    "fit": "Learning the words",
    "embed": "Embedding",
    "neighbors": "Finding similar texts",
    "project": "Laying out the map",
    "cluster": "Finding clusters",
    "name": "Naming clusters",
    "quality": "Measuring quality",
    "tile": "Drawing tiles",
    "tile-clusters": "Colouring tiles",
    "index": "Indexing words",
    "publish-rows": "Packing rows",
    "publish-neighbors": "Packing similar texts",
    "publish-words": "Indexing words",
    "publish-zip": "Zipping",
    "compare": "Comparing layouts",
    "score": "Scoring",
    "pairs": "Reading pairs",
    "preference": "Learning preferences",
    "power": "Looking for planted flips",
    "audit": "Looking for findings",
    "effect": "Fitting again",
    "rules": "Asking the rules",
    "export": "Writing rows",
}


class Bars:
    """Shows progress on `stream` (stderr by default) while it is entered; call it with each `Progress`."""

    def __init__(self, stream: TextIO | None = None, *, is_shown: bool = True) -> None:
        self._stream = stream if stream is not None else sys.stderr
        self._is_shown = is_shown
        self._rich: Any = None
        self._tasks: dict[str, Any] = {}
        self._lines = _Lines(self._stream)

    def __enter__(self) -> Bars:
        if self._is_shown and (self._stream.isatty() or in_notebook()):
            self._rich = _rich_progress(self._stream)
            self._rich.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._rich is not None:
            self._rich.stop()
        elif self._is_shown:
            self._lines.end(is_done=kind is None)

    def __call__(self, progress: Progress) -> None:
        """Show `progress`."""
        if self._rich is None:
            if self._is_shown:
                self._lines.show(progress)
            return
        if progress.stage not in self._tasks:
            self._finish_tasks()
            title = TITLES.get(progress.stage, progress.stage)
            self._tasks[progress.stage] = self._rich.add_task(title, total=progress.total, note="", unit=progress.unit)
        self._rich.update(
            self._tasks[progress.stage], completed=progress.done, total=progress.total, note=progress.note
        )

    def telling(self, tell: Callable[[str], None]) -> Callable[[str], None]:
        """`tell`, but with its lines above the bars."""

        def told(line: str) -> None:
            if self._rich is None:
                self._lines.end(is_done=True)
                tell(line)
            else:
                self._rich.console.print(line, highlight=False, markup=False)

        return told

    def _finish_tasks(self) -> None:
        for task in self._rich.tasks:
            if not task.finished:
                self._rich.update(task.id, total=task.completed or 1, completed=task.completed or 1)


class _Lines:
    """One plain line a stage, once it is over: for logs and pipes."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._last: Progress | None = None
        self._started = time.monotonic()

    def show(self, progress: Progress) -> None:
        if self._last is None or progress.stage != self._last.stage:
            self.end(is_done=True)
            self._started = time.monotonic()
        self._last = progress

    def end(self, *, is_done: bool) -> None:
        if self._last is None:
            return
        seconds = time.monotonic() - self._started
        title = TITLES.get(self._last.stage, self._last.stage)
        state = f"{seconds:6.1f} s" if is_done else "stopped"
        note = f"  {self._last.note}" if self._last.note else ""
        self._stream.write(f"{title:<24}{self._last.done:>12,} {self._last.unit:<8}{state}{note}\n")
        self._stream.flush()
        self._last = None


def tell_on_stderr(line: str) -> None:
    """Write a line for the person."""
    sys.stderr.write(line + "\n")


def _rich_progress(stream: TextIO) -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, ProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as RichProgress
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Any) -> Text:
            speed = task.finished_speed or task.speed
            return Text(f"{speed:,.0f} {task.fields['unit']}/s" if speed else "", style="dim")

    return RichProgress(
        TextColumn("{task.description:<22}"),
        BarColumn(bar_width=28),
        TextColumn("{task.completed:>11,.0f}"),
        Rate(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("[dim]{task.fields[note]}"),
        console=Console(file=stream),
    )


def in_notebook() -> bool:
    """Whether this runs under a Jupyter kernel (no import: IPython is loaded there already)."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and type(shell).__name__ == "ZMQInteractiveShell"
