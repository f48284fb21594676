"""What the commands print: results on stdout, everything else on stderr, colour only in a terminal."""

from __future__ import annotations

import json
import sys
from typing import Any

from portolan.core.text_table import table
from portolan.errors import PortolanError

__all__ = ["note", "out", "out_json", "show_error", "table"]


def out(text: str) -> None:
    """Write a line of the command's result."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def note(text: str) -> None:
    """Write a line for the person beside the result."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def out_json(value: Any) -> None:
    """Write `value` as JSON for another program."""
    out(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def show_error(error: PortolanError) -> None:
    """Write problem and fix; no traceback."""
    red, reset = ("\033[31m", "\033[0m") if sys.stderr.isatty() else ("", "")
    note(f"{red}Error:{reset} {error.problem}")
    if error.fix:
        note(f"  Fix: {error.fix}")
