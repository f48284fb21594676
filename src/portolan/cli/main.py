"""The command `portolan`: gathers the subcommands, and turns errors into problem, fix and exit code."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from portolan import PortolanError, __version__
from portolan.cli import (
    audit,
    clean,
    cluster,
    decide,
    demo,
    effect,
    export,
    info,
    label,
    layout,
    link,
    picture,
    preference,
    publish,
    rebuild,
    report,
    restore,
    rows,
    score,
    search,
    teach,
    token,
)
from portolan.cli import map as map_command
from portolan.cli import mcp as mcp_command
from portolan.cli import open as open_command
from portolan.cli.output import note, out, show_error

app = typer.Typer(
    name="portolan",
    help="Explorable maps of text datasets, on your own machine.",
    epilog="\b\nStart here:     portolan demo\nYour own data:  portolan map FILE",
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
COMMANDS = (
    (map_command.map_, map_command.EXAMPLES),
    (open_command.open_, open_command.EXAMPLES),
    (info.info, info.EXAMPLES),
    (search.search, search.EXAMPLES),
    (link.link, link.EXAMPLES),
    (picture.picture, picture.EXAMPLES),
    (mcp_command.mcp, mcp_command.EXAMPLES),
    (rows.rows, rows.EXAMPLES),
    (score.score, score.EXAMPLES),
    (preference.preference, preference.EXAMPLES),
    (publish.publish, publish.EXAMPLES),
    (cluster.cluster, cluster.EXAMPLES),
    (layout.layout, layout.EXAMPLES),
    (audit.audit, audit.EXAMPLES),
    (report.report, report.EXAMPLES),
    (decide.decide, decide.EXAMPLES),
    (clean.clean, clean.EXAMPLES),
    (export.export, export.EXAMPLES),
    (restore.restore, restore.EXAMPLES),
    (effect.effect, effect.EXAMPLES),
    (label.label, label.EXAMPLES),
    (token.token, token.EXAMPLES),
    (teach.teach, teach.EXAMPLES),
    (rebuild.rebuild, rebuild.EXAMPLES),
    (demo.demo, demo.EXAMPLES),
)
for command, examples in COMMANDS:
    # A query may begin with a word to leave out: -dog is no option.
    settings = {"ignore_unknown_options": command is search.search}
    # \b keeps the lines as they are.
    app.command(name=command.__name__.rstrip("_"), epilog=f"\b\nExamples:{examples}", context_settings=settings)(
        command
    )


def _version(is_asked: bool) -> None:
    if is_asked:
        out(__version__)
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Explorable maps of text datasets, on your own machine."""


def main() -> None:
    """Run the command line; exit 1 when the data or the request is wrong, 2 when it cannot be parsed."""
    try:
        app()
    except PortolanError as error:
        show_error(error)
        sys.exit(1)
    except KeyboardInterrupt:
        note("Stopped. What was finished is kept: run the same command again to go on.")
        sys.exit(130)
    except BrokenPipeError:
        # The reader of the pipe has gone (`| head`): that is no error, and stdout must not be flushed again.
        sys.stderr.close()
        sys.exit(0)
