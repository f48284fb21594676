"""`python -m portolan.server MAP`: what `portolan.running.background` starts."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from portolan.errors import PortolanError
from portolan.server.run import serve


def main(arguments: list[str] | None = None) -> int:
    """Serve a map; 1 when that cannot be done."""
    parser = argparse.ArgumentParser(prog="python -m portolan.server", description="Serve a map. See `portolan open`.")
    parser.add_argument("map", type=Path)
    parser.add_argument("--idle-hours", type=float, default=None, help="stop after so long without a request")
    chosen = parser.parse_args(arguments)
    map_path = chosen.map.resolve()
    # Stay in no folder that somebody may want to remove.
    os.chdir(Path.home() if Path.home().is_dir() else "/")
    try:
        serve(map_path, idle_s=None if chosen.idle_hours is None else chosen.idle_hours * 3600)
    except PortolanError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
