"""Kill a Python process for real, at a random moment or at a certain write, and look at what it leaves.

Children are forked from a process that has done the slow imports, so that a hundred kills take seconds. `at_write=n`
ends a child with SIGKILL at its n-th atomic rename, `before` or `after` it: the moments at which a map changes.
`after_s` ends it from outside after so many seconds.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

_NURSERY = """
import json, os, signal, sys, time, traceback, warnings
warnings.simplefilter("ignore")
import lance, lance.query, numpy, pyarrow.dataset  # Lance starts its threads on first use, which is after the fork
import portolan.core.tile_columns, portolan.core.tiles, portolan.store
portolan.core.tiles.tile(numpy.zeros((9, 2), numpy.float32), numpy.arange(9), capacity=4)  # compiles

real_replace = os.replace

def be_killed_at(at_write, when):
    seen = 0
    def replace(source, target):
        nonlocal seen
        seen += 1
        if seen == at_write and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        real_replace(source, target)
        if seen == at_write and when == "after":
            os.kill(os.getpid(), signal.SIGKILL)
    os.replace = replace

for line in sys.stdin:
    order = json.loads(line)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            be_killed_at(order["at_write"], order["when"])
            sys.argv = ["child", *order["arguments"]]
            exec(order["program"], {"__name__": "__main__"})
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    status = None
    if order["after_s"] is not None:
        time.sleep(order["after_s"])
        ended, status = os.waitpid(child, os.WNOHANG)
        if not ended:
            os.kill(child, signal.SIGKILL)
            status = None
    print(os.waitpid(child, 0)[1] if status is None else status, flush=True)
"""


class Nursery:
    """A process that has Portolan imported and forks children on demand. Use it in a `with` statement."""

    def __enter__(self) -> Nursery:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _NURSERY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=60)

    def run(
        self,
        program: str,
        *arguments: str | Path,
        at_write: int = 0,
        when: str = "before",
        after_s: float | None = None,
    ) -> bool:
        """Run `program` in a child; returns whether it was killed (False: it came to its end).

        Raises AssertionError where the program failed on its own; its traceback is on stderr.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        texts = [*map(str, arguments)]
        order = {"program": program, "arguments": texts, "at_write": at_write, "when": when, "after_s": after_s}
        self._process.stdin.write(json.dumps(order) + "\n")
        code = os.waitstatus_to_exitcode(int(self._process.stdout.readline()))
        assert code in (0, -signal.SIGKILL), f"the child failed on its own: {code}"
        return code != 0
