"""`portolan picture`: draw a map into a file, without a browser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from portolan.cli.output import note, out, out_json
from portolan.core.counted import counted
from portolan.errors import InputError

if TYPE_CHECKING:
    from portolan.core.palette import Ground, PaletteName

EXAMPLES = r"""
  portolan picture reviews reviews.png
  portolan picture reviews poster.png --scale 8 --theme dark --color stars
  portolan picture reviews topic.svg --cluster 2/5 --title 'Refunds'
  portolan picture reviews bad.png --where 'stars <= 2' --color country --no-names
  portolan picture reviews safe.png --palette distinct
"""


def picture(
    map_path: Annotated[Path, typer.Argument(metavar="MAP", help="The map's folder, or its name.")],
    output: Annotated[Path, typer.Argument(metavar="OUT", help="The file to write: .png or .svg.")],
    region: Annotated[str | None, typer.Option(metavar="X0,Y0,X1,Y1", help="A part of the map, in map units.")] = None,
    cluster: Annotated[str | None, typer.Option(metavar="LAYER/ID", help="A cluster; layer 0 is the finest.")] = None,
    where: Annotated[str | None, typer.Option(help="Fade rows that do not meet a filter expression.")] = None,
    color: Annotated[str | None, typer.Option(metavar="COLUMN", help="What colours. Default: the topics.")] = None,
    scale: Annotated[float, typer.Option(help="Pixels for one of width and height, 1 to 8.")] = 2,
    width: Annotated[int, typer.Option(help="Before scaling.")] = 1600,
    height: Annotated[int, typer.Option(help="Before scaling.")] = 1000,
    title: Annotated[str | None, typer.Option(help="Default: the map's name. '' for none.")] = None,
    caption: Annotated[str | None, typer.Option(help="Default: the number of rows. '' for none.")] = None,
    theme: Annotated[str, typer.Option(help="light or dark.")] = "light",
    palette: Annotated[
        str, typer.Option(help="portolan; or, safe for colour-blind eyes: distinct, okabe-ito.")
    ] = "portolan",
    names: Annotated[bool, typer.Option("--names/--no-names", help="Topics' names.")] = True,
    legend: Annotated[bool, typer.Option("--legend/--no-legend", help="What the colours mean.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was drawn as JSON.")] = False,
) -> None:
    """Draw a map into a PNG or SVG file."""
    from portolan.api import open_map

    drawn = open_map(map_path).picture(
        output,
        region=None if region is None else parse_region(region),
        cluster=None if cluster is None else parse_cluster(cluster),
        where=where,
        color=color,
        scale=scale,
        width=width,
        height=height,
        title=title,
        caption=caption,
        theme=cast("Ground", theme),
        palette=cast("PaletteName", palette),
        names=names,
        legend=legend,
    )
    if as_json:
        out_json({**vars(drawn), "path": str(drawn.path)})
        return
    note(f"{drawn.width:,} by {drawn.height:,} px, {counted(drawn.n_shown, 'row')}")
    out(str(drawn.path))


def parse_region(text: str) -> tuple[float, float, float, float]:
    """Four numbers between commas."""
    try:
        x0, y0, x1, y1 = (float(part) for part in text.split(","))
    except ValueError:
        raise InputError(
            f"The region '{text}' cannot be read.",
            fix="Give left, bottom, right, top in map units: --region X0,Y0,X1,Y1.",
        ) from None
    return x0, y0, x1, y1


def parse_cluster(text: str) -> tuple[int, int]:
    """A layer and an id with a stroke between them."""
    layer, stroke, cluster_id = text.partition("/")
    if not (stroke and layer.isdecimal() and cluster_id.isdecimal()):
        raise InputError(f"The cluster '{text}' cannot be read.", fix="Give its layer and its id, as in --cluster 2/5.")
    return int(layer), int(cluster_id)
