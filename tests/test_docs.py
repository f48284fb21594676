"""Every command, option, plugin and route has its place in the docs."""

import importlib.util
import re
from pathlib import Path

import pytest
import typer

from portolan.cli.main import app
from portolan.plugins import embedders, findings, loaders, namers, preferrers, scorers
from portolan.server.app import create_app
from portolan.server.current import CurrentMap

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
COMMANDS = typer.main.get_command(app).commands


def section(page, heading):
    """Text of `page` under a second-level heading, up to the next one."""
    text = (DOCS / page).read_text(encoding="utf-8")
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
    found = dict(zip(parts[1::2], parts[2::2], strict=True))
    assert heading in found, f"docs/{page} has no '## {heading}'"
    return found[heading]


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_and_each_of_its_options_is_described(command):
    described = section("commands.md", f"`portolan {command}`")
    options = {option for parameter in COMMANDS[command].params for option in parameter.opts if option.startswith("-")}
    missing = sorted(option for option in options if f"`{option}`" not in described)
    assert not missing


def test_no_command_is_described_that_is_not_there():
    text = (DOCS / "commands.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^## `portolan (.+)`$", text, flags=re.MULTILINE)) == set(COMMANDS)


@pytest.mark.parametrize(
    ("registry", "heading"),
    [
        (loaders, "Loaders"),
        (embedders, "Embedders"),
        (namers, "Namers"),
        (scorers, "Scorers"),
        (findings, "Findings"),
        (preferrers, "Preferrers"),
    ],
    ids=["loaders", "embedders", "namers", "scorers", "findings", "preferrers"],
)
def test_every_plugin_has_its_line_and_no_line_is_without_its_plugin(registry, heading):
    described = re.findall(r"^\| `(.+?)` \|", section("plugins.md", heading), flags=re.MULTILINE)
    package = Path(importlib.util.find_spec(f"portolan.{heading.lower()}").origin).parent
    bundled = {path.stem.replace("_", "-") for path in package.glob("[!_]*.py")}
    assert bundled <= set(registry.names())
    assert sorted(described) == sorted(bundled)


def routes():
    """Paths of all routes of the server that programs may use."""
    current = CurrentMap(Path("none"), open_map=pytest.fail)
    return [*create_app(current, access=None).openapi()["paths"], "/", "/api/openapi.json"]


@pytest.mark.parametrize("path", routes())
def test_every_route_is_described(path):
    described = re.findall(
        r"^\| `(?:GET|POST|DELETE) (.+?)(?:\?.*?)?` \|", section("server.md", "What it answers"), flags=re.MULTILINE
    )
    assert path in described


def test_the_document_that_the_pages_types_are_made_from_is_up_to_date():
    path = ROOT / "tools" / "write_openapi.py"
    spec = importlib.util.spec_from_file_location("write_openapi", path)
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    written = tool.TARGET.read_text(encoding="utf-8")
    assert written == tool.openapi_document(), "Run: python tools/write_openapi.py"


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda path: path.name)
def test_links_between_pages_lead_somewhere(page):
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name} → {target}"
