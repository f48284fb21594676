"""The MCP server: the tools, resources and prompts of one map, over stdio or HTTP."""

from __future__ import annotations

import base64
import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from portolan import __version__
from portolan.agents.clusters import tell_cluster
from portolan.agents.describing import GRAMMAR, describe
from portolan.agents.opened import OpenedMap
from portolan.agents.texts import NOTICE, ROW_CHARACTERS, rows_for_agents
from portolan.agents.tools import MapTools
from portolan.errors import MissingExtraError, PortolanError

if TYPE_CHECKING:
    from mcp.server.mcpserver import MCPServer

INSTRUCTIONS = """\
This is a Portolan map: a dataset of texts (often pairs of a chosen and a rejected reply), laid out by meaning and
grouped in nested clusters. Everything here reads; nothing changes the map.
Begin with `describe`. Then: `search` for what texts say, `filter` for counts and samples by a condition, `facets` for
the values of a column, `clusters` and `cluster` for topics, `neighbors` for texts like one, `read_rows` for whole
texts, `findings` for the audit of preference pairs. Give the person a `link` to what you found, and say how many rows
it is of how many.
"""
OVERVIEW = """\
Tell me what is in this dataset. Use `describe`, then `clusters`, then `cluster` on the largest and on the oddest ones;
read some rows of each before you name it. Say how many rows each part has, how the columns divide over the parts, what
surprised you, and give a link to each part."""
FIND = """\
Find the texts about: {what}
Search in several wordings, read the best and the borderline hits, then write one filter (text(…), near(…), columns)
that keeps the right rows, check its count and a sample, and refine it. Report the filter, the count, the breakdown by
columns and clusters, three examples by row id, what the filter misses or wrongly keeps, and a link."""


def create_mcp(path: Path, *, may_start_server: bool = False) -> MCPServer[Any]:
    """The server of the map at `path`; run it with `run_stdio` or `run_http`.

    Parameters
    ----------
    may_start_server : bool
        Whether the tool `link` may start the page's server where none runs.

    Raises
    ------
    MissingExtraError
        The SDK is not installed.
    NotFoundError, MapFormatError
        There is no such map.
    """
    try:
        from mcp.server.mcpserver import MCPServer
        from mcp.types import ToolAnnotations
    except ImportError as error:
        raise MissingExtraError("The MCP server needs its SDK.", fix="Run: pip install 'portolan[mcp]'.") from error
    opened = OpenedMap(path)
    server: MCPServer[Any] = MCPServer(
        "portolan",
        title=f"Portolan: {opened.read().name}",
        version=__version__,
        instructions=f"{INSTRUCTIONS}\n{NOTICE}",
        log_level="WARNING",
    )
    tools = MapTools(opened, may_start_server=may_start_server)
    reads = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
    for tool in (
        tools.describe, tools.search, tools.filter, tools.read_rows, tools.clusters, tools.cluster, tools.neighbors,
        tools.facets, tools.findings, tools.link,
    ):  # fmt: skip
        server.add_tool(_telling(tool), description=_summary(tool), annotations=reads)
    # Without `structured_output` the SDK would promise a schema for the picture's bytes.
    server.add_tool(
        _telling(tools.picture), description=_summary(tools.picture), annotations=reads, structured_output=False
    )
    _add_resources(server, opened)
    _add_prompts(server)
    return server


def _add_resources(server: MCPServer[Any], opened: OpenedMap) -> None:
    from mcp.server.mcpserver.exceptions import ResourceNotFoundError

    def found(answer: Callable[[], Any]) -> str:
        try:
            return json.dumps({"answer": answer(), "notice": NOTICE}, ensure_ascii=False)
        except PortolanError as error:
            raise ResourceNotFoundError(_said(error)) from error

    @server.resource("portolan://map", title="The map", mime_type="application/json")
    def the_map() -> str:
        """What the map holds, as the tool `describe` tells it."""
        return found(lambda: describe(opened.read()))

    @server.resource("portolan://filters", title="How filters are written", mime_type="text/plain")
    def filters() -> str:
        """The grammar of filter expressions."""
        return GRAMMAR

    @server.resource("portolan://rows/{row_id}", title="A row", mime_type="application/json")
    def row(row_id: int) -> str:
        """One row in full."""
        return found(lambda: rows_for_agents(opened.read(), [row_id], max_characters=ROW_CHARACTERS)[0])

    @server.resource("portolan://clusters/{layer}/{cluster_id}", title="A cluster", mime_type="application/json")
    def cluster(layer: int, cluster_id: int) -> str:
        """One cluster with what shows what it is about."""
        return found(lambda: tell_cluster(opened.read(), f"{layer}/{cluster_id}"))


def _add_prompts(server: MCPServer[Any]) -> None:
    @server.prompt(title="What is in this dataset?")
    def overview() -> str:
        """Describe the dataset: its topics, columns, and what stands out."""
        return OVERVIEW

    @server.prompt(title="Find texts about something")
    def find(what: str) -> str:
        """Find all texts about something, and how they are distributed."""
        return FIND.format(what=what)


def _telling(tool: Callable[..., dict[str, Any] | bytes]) -> Callable[..., Any]:
    """The tool, answering in few characters, with a person's error told to the agent as problem and fix."""
    from mcp.server.mcpserver.exceptions import ToolError
    from mcp.types import CallToolResult, ImageContent, TextContent

    @functools.wraps(tool)
    def told(*arguments: Any, **more: Any) -> CallToolResult:
        try:
            answer = tool(*arguments, **more)
        except PortolanError as error:
            raise ToolError(_said(error)) from error
        if isinstance(answer, bytes):
            data = base64.b64encode(answer).decode()
            return CallToolResult(content=[ImageContent(type="image", data=data, mime_type="image/png")])
        # The SDK would write it with spaces and line breaks, which an agent pays for.
        text = json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
        return CallToolResult(content=[TextContent(type="text", text=text)], structured_content=answer)

    return told


def _said(error: PortolanError) -> str:
    return f"{error.problem}\nFix: {error.fix}" if error.fix else error.problem


def _summary(tool: Callable[..., Any]) -> str:
    return " ".join((tool.__doc__ or "").split())
