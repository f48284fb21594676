"""`portolan demo`: the bundled sample, mapped and opened."""

from __future__ import annotations

from typing import Annotated

import typer

from portolan.cli.map import Json, NoOpen, Out
from portolan.cli.open import serve_map
from portolan.cli.output import note, out, out_json

EXAMPLES = r"""
  portolan demo
"""


def demo(
    output: Out = None,
    no_open: NoOpen = False,
    as_json: Json = False,
    port: Annotated[int | None, typer.Option(help="Default: the first free one from 8722.")] = None,
) -> None:
    """Map the bundled sample and open it.

    It holds 6,436 chosen/rejected pairs of Anthropic's hh-rlhf (MIT). Warning: much of it is offensive; such data is
    made to teach models what to refuse.
    """
    from portolan import api
    from portolan.options import MapOptions
    from portolan.sample import sample_path

    options = MapOptions(
        name="hh-rlhf sample",
        description="6,436 preference pairs of Anthropic's hh-rlhf, test split (MIT).",
        path=output,
    )
    made = api.make_map(sample_path(), options, tell=note)
    if as_json:
        out_json(made.info())
    if not no_open:
        serve_map(made.path, port=port, is_quiet=as_json)
    elif not as_json:
        note(f"Open it: portolan open {made.path}")
        out(str(made.path))
