"""The page of a published site: the built bundle, told where the map's files are and what it may load."""

from __future__ import annotations

import re
import shutil
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from portolan.built_page import CONTENT_SECURITY_POLICY, PAGE_FOLDER
from portolan.core.counted import counted
from portolan.errors import NotFoundError
from portolan.store.files import write_errors

_PRELOAD = re.compile(r"\s*<!--(?:(?!-->).)*-->\s*<link rel=\"preload\"[^>]*>", re.DOTALL)
_TITLE = re.compile(r"<title>[^<]*</title>")
FROM_DISK = """\
if (location.protocol === "file:") {
  document.body.textContent =
    "This map must come from a web server: browsers let no page read files beside it. " +
    "In the folder of this file, run: python3 -m http.server, then open http://127.0.0.1:8000/";
}
"""
"""For whoever opens index.html with a double click. A plain script: modules are refused there."""


def built_page() -> Path:
    """The folder of the built page.

    Raises
    ------
    NotFoundError
        It is not built.
    """
    if not (PAGE_FOLDER / "index.html").is_file():
        raise NotFoundError("The page is not built.", fix="In a clone, run: pip install -e . A release holds it.")
    return PAGE_FOLDER


def copy_assets(folder: Path) -> set[str]:
    """Copy all of the page but index.html, which comes last: names of scripts and styles hold their hash.

    Returns
    -------
    set of str
        Names of the files in `assets` that this page needs, now or later.
    """
    with write_errors(folder):
        for path in sorted(built_page().rglob("*")):
            name = path.relative_to(PAGE_FOLDER)
            if path.is_file() and name.name not in ("index.html", "built-from.txt", "gallery.html"):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, folder / name)
        (folder / "assets").mkdir(exist_ok=True)
        (folder / "assets" / "from-disk.js").write_text(FROM_DISK)
    return {"from-disk.js", *(path.name for path in (built_page() / "assets").iterdir())}


def index_html(info: dict[str, Any], index: dict[str, Any], *, data: str) -> str:
    """index.html of a published map.

    Parameters
    ----------
    info : dict
        As `map.json` has it.
    index : dict
        The layout's `tiles.json`.
    data : str
        Where the map's files are, from the page, with a slash at the end.
    """
    page = (built_page() / "index.html").read_text()
    head = [
        f'<meta http-equiv="Content-Security-Policy" content="{"; ".join(CONTENT_SECURITY_POLICY)}" />',
        '<meta name="referrer" content="no-referrer" />',
        f'<meta name="portolan-data" content="{escape(data)}" />',
        f'<meta name="description" content="{escape(_about(info))}" />',
        *(
            f'<link rel="preload" href="{escape(data + path)}" as="fetch" crossorigin="anonymous" />'
            for path in first_files(info, index)
        ),
    ]
    page = _TITLE.sub(lambda _: f"<title>{escape(info['name'])} · Portolan</title>", _PRELOAD.sub("", page))
    page = page.replace("</title>", "</title>\n    " + "\n    ".join(head), 1)
    return page.replace("</body>", '  <script src="./assets/from-disk.js"></script>\n  </body>', 1)


def _about(info: dict[str, Any]) -> str:
    return info["description"] or f"A map of {counted(info['n_rows'], 'text')}."


def first_files(info: dict[str, Any], index: dict[str, Any]) -> list[str]:
    """What the page asks for before its first frame."""
    layout = f"tiles/{quote(str(info['layout']))}"
    own = [one for one in index["columns"] if one["kind"] == "cluster" and "of" not in one]
    finest = [one["slug"] for one in own if one["layer"] == 0]
    files = [f"0/0/0/{name}.bin" for name in ("xy", "row_id", *finest)] if index["nodes"] else []
    return ["map.json", "clusters.json", *(f"{layout}/{name}" for name in ("tiles.json", *files))]
