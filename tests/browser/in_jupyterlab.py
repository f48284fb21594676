"""A real JupyterLab, and a notebook in it, for tests."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import nbformat

START_S = 90
FOLDERS = (
    "JUPYTER_CONFIG_DIR",
    "JUPYTER_DATA_DIR",
    "JUPYTER_RUNTIME_DIR",
    "JUPYTERLAB_SETTINGS_DIR",
    "JUPYTERLAB_WORKSPACES_DIR",
    "IPYTHONDIR",
)
TOKEN = "secret"
NEWS = "@jupyterlab/apputils-extension/notification.jupyterlab-settings"
CELL = ".portolan-widget"


class Lab:
    """JupyterLab on a free port, with folders of its own."""

    def __init__(self, folder):
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        quiet = folder / "JUPYTERLAB_SETTINGS_DIR" / NEWS
        quiet.parent.mkdir(parents=True)
        quiet.write_text(json.dumps({"fetchNews": "false", "checkForUpdates": False}))
        self.notebooks = folder / "notebooks"
        self.notebooks.mkdir()
        options = [
            f"--port={self.port}",
            f"--IdentityProvider.token={TOKEN}",
            f"--ServerApp.root_dir={self.notebooks}",
            "--ServerApp.port_retries=0",
            "--LabApp.expose_app_in_browser=True",
            "--no-browser",
            "--allow-root",
        ]
        self._log = (folder / "log").open("w")
        self._server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options],
            env={**os.environ, **{name: str(folder / name) for name in FOLDERS}},
            stdout=self._log,
            stderr=self._log,
        )

    def wait(self):
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            assert self._server.poll() is None, (self.folder / "log").read_text()
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return self
            time.sleep(0.1)
        raise AssertionError((self.folder / "log").read_text())

    def write(self, name, cells):
        """Write a notebook of code cells; its address in the browser."""
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        made = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(cell) for cell in cells], metadata={"kernelspec": kernel}
        )
        nbformat.write(made, Path(self.notebooks) / name)
        return f"http://127.0.0.1:{self.port}/lab/tree/{name}?token={TOKEN}&reset"

    def stop(self):
        self._server.terminate()
        self._server.wait(30)
        self._log.close()


class Notebook:
    """A notebook open in the browser: `run` runs a cell, `widget` is one of its maps."""

    IS_BUSY = "jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'busy'"
    IS_RUNNING = "place => jupyterapp.shell.currentWidget.content.widgets[place].model.executionCount === null"
    IS_IDLE = "window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
    RUN = """async (place) => {
        const { content } = jupyterapp.shell.currentWidget;
        content.activeCellIndex = place;
        await jupyterapp.commands.execute("notebook:run-cell");
        return content.widgets[place].model.sharedModel.toJSON().outputs ?? [];
    }"""

    def __init__(self, page, url, *, folder):
        self.page = page
        self.folder = folder
        page.goto(url)
        page.wait_for_function(self.IS_IDLE, timeout=START_S * 1000)

    def run(self, place):
        """Run the cell at `place`; what it printed. An error in it fails."""
        outputs = self.page.evaluate(self.RUN, place)
        errors = [output["evalue"] for output in outputs if output["output_type"] == "error"]
        assert errors == []
        texts = [output["text"] for output in outputs if output["output_type"] == "stream"]
        return "".join(text if isinstance(text, str) else "".join(text) for text in texts)

    @contextlib.contextmanager
    def running(self, place):
        """While the cell at `place` runs: it waits for the file `go-on`."""
        self.page.evaluate(f"place => void ({self.RUN})(place)", place)
        self.page.wait_for_function(self.IS_BUSY, timeout=START_S * 1000)
        try:
            yield
        finally:  # a cell that goes on for ever would keep every later one waiting
            (self.folder / "go-on").touch()
        self.page.wait_for_function(f"!({self.IS_RUNNING})({place})", timeout=START_S * 1000)

    def is_running(self, place):
        return self.page.evaluate(self.IS_RUNNING, place)

    def widget(self, place=0):
        found = self.page.locator(CELL).nth(place)
        found.locator(".portolan[data-state=ready]").wait_for(state="attached", timeout=START_S * 1000)
        return MapCell(self.page, found)

    def n_cells(self):
        return self.page.evaluate("jupyterapp.shell.currentWidget.content.widgets.length")


class MapCell:
    """A map in a cell."""

    def __init__(self, page, locator):
        self.page = page
        self.locator = locator

    def ask(self, expression):
        """What `map.…` is, `map` being the page's handle."""
        return self.locator.evaluate(f"(cell) => {{ const map = cell.__portolan; return {expression}; }}")

    def wait_until(self, expression):
        deadline = time.monotonic() + START_S
        while not self.ask(expression):
            assert time.monotonic() < deadline, f"never true: {expression}"
            self.page.wait_for_timeout(30)

    def look(self, expression):
        """What an expression over `root`, the page's root in the cell's shadow, is."""
        return self.locator.evaluate(
            f"(cell) => {{ const root = cell.shadowRoot.querySelector('.portolan'); return {expression}; }}"
        )

    def free_point(self):
        """A drawn row that no name covers: its id and where it is on the screen."""
        self.locator.scroll_into_view_if_needed()
        found = self.locator.evaluate(
            """(cell) => {
                const box = cell.getBoundingClientRect();
                for (let y = 60; y < box.height - 20; y += 9)
                    for (let x = 20; x < box.width - 20; x += 9) {
                        const row = cell.__portolan.rowAt(x, y, 4);
                        if (!row) continue;
                        const [left, top] = [box.left + row.x, box.top + row.y];
                        if (top < 100 || top > innerHeight - 60) continue;
                        if (cell.shadowRoot.elementFromPoint(left, top)?.tagName === "CANVAS")
                            return { row_id: row.row_id, x: left, y: top };
                    }
                return null;
            }"""
        )
        assert found is not None
        return found
