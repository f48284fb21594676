"""Kill a Python process for real, at a random moment or at a certain write, and look at what it leaves.

A child is a program text; it is started anew each time. `at_write=n` ends it with SIGKILL at its n-th atomic rename,
`before` or `after` it: the moments at which a map changes. `after_s` ends it from outside after so many seconds.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

_PROLOGUE = """
import os, signal, warnings
warnings.simplefilter("ignore")
_real_replace, _at, _when, _seen = os.replace, {at_write}, {when!r}, 0
def _replace(source, target):
    global _seen
    _seen += 1
    if _seen == _at and _when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    _real_replace(source, target)
    if _seen == _at and _when == "after":
        os.kill(os.getpid(), signal.SIGKILL)
os.replace = _replace
"""


def run(
    program: str,
    *arguments: str | Path,
    at_write: int = 0,
    when: str = "before",
    after_s: float | None = None,
    starts_at: str | None = None,
) -> bool:
    """Run `program`; returns whether it was killed (False: it came to its end).

    `starts_at`: the clock of `after_s` starts when the program prints this line (so that imports do not count).
    Raises AssertionError where the program failed on its own.
    """
    code = _PROLOGUE.format(at_write=at_write, when=when) + program
    child = subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    if after_s is not None:
        if starts_at is not None:
            assert child.stdout is not None
            while (line := child.stdout.readline()).strip() != starts_at and line:
                pass
        time.sleep(after_s)
        child.kill()
    _, said = child.communicate(timeout=300)
    assert child.returncode in (0, -signal.SIGKILL), said
    return child.returncode != 0
