"""After an event: what stands beside the tiles is brought up to it, by whoever holds the map's lock."""

from __future__ import annotations

import time

from portolan.errors import MapLockedError, MapWriteError
from portolan.stages.edit import fit_tiles
from portolan.stages.judge import fit_judged
from portolan.store import Store

WAIT_S = 5.0
"""For a process that writes the map, where somebody is about to read the tiles."""
LEND_S = 0.5
"""How long whoever wrote an event goes on for others, who found the map locked meanwhile."""
PAUSE_S = 0.05


def bring_up_to_date(store: Store, *, wait_s: float = 0.0) -> None:
    """Fit the tiles of the map to its journal. Whoever is making the map anew does it at the end.

    The journal is looked at once more after the lock was let go: an event that was written meanwhile, by somebody who
    then found the map locked, is not left behind. So who wrote one waits for nobody (`wait_s` 0), however many write
    at once; what is behind all the same is caught up with when the tiles are next asked for.
    """
    began = time.monotonic()
    while True:
        try:
            is_new = [fit_tiles(store), fit_judged(store)]
            if not any(is_new) or time.monotonic() - began > max(LEND_S, wait_s):
                return
        except MapLockedError:
            if time.monotonic() - began >= wait_s:
                return
            time.sleep(PAUSE_S)
        except MapWriteError:
            # The journal may lie where one can write, and the map where one cannot.
            return
