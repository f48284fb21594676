"""A run that is killed at any moment goes on, and ends in the map that an undisturbed run makes."""

import os
import random
import signal
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

import pytest

import portolan
from small_data import topic_rows

STAGES = ["load", "embed", "neighbors", "project", "tile", "cluster", "name", "tile-clusters", "quality", "index"]

# A child that makes the map, and is killed by itself (SIGKILL, as by the system) at a point named by its arguments.
CHILD = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
from small_data import topic_rows
import portolan
from portolan.store import FolderStore

path, where, stage = sys.argv[2:5]
def die(): os.kill(os.getpid(), signal.SIGKILL)

if where in ("before", "after"):
    finish = FolderStore.finish
    def dying(self, name, **more):
        if name == stage and where == "before": die()
        finish(self, name, **more)
        if name == stage and where == "after": die()
    FolderStore.finish = dying
if where == "write":
    replace, left = os.replace, [int(stage)]
    def dying_replace(*arguments, **more):
        left[0] -= 1
        if left[0] == 0: die()
        replace(*arguments, **more)
        if left[0] == -1: die()
    os.replace = dying_replace
portolan.map_text(topic_rows(400), path=path, progress=False)
"""


def start(path: Path, where: str = "nowhere", stage: str = "") -> subprocess.Popen:
    here = str(Path(__file__).parent)
    return subprocess.Popen([sys.executable, "-c", CHILD, here, str(path), where, stage], stderr=subprocess.PIPE)


def content(path: Path) -> dict[str, str]:
    """Hashes of all that a map shows."""
    m = portolan.open_map(path)
    tiles = sorted(file for file in m.tiles_folder().rglob("*") if file.is_file())
    return {
        "vectors": sha256(m.vectors.tobytes()).hexdigest(),
        "points": sha256(m.points.tobytes()).hexdigest(),
        "clusters": str([m.cluster_ids(layer).tolist() for layer in range(m.n_layers)]),
        "names": str(m.clusters.to_pylist()),
        "tiles": str([(str(f.relative_to(m.tiles_folder())), sha256(f.read_bytes()).hexdigest()) for f in tiles]),
        "found": str(m.search("oven soil planet", limit=20)),
    }


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    path = tmp_path_factory.mktemp("undisturbed") / "m"
    portolan.map_text(topic_rows(400), path=path, progress=False)
    return content(path)


def go_on(path: Path) -> None:
    portolan.map_text(topic_rows(400), path=path, progress=False)


@pytest.mark.slow
@pytest.mark.parametrize("where", ["before", "after"])
@pytest.mark.parametrize("stage", STAGES)
def test_killed_at_the_end_of_a_stage(tmp_path, undisturbed, stage, where):
    child = start(tmp_path / "m", where, stage)
    assert child.wait() == -signal.SIGKILL, child.stderr.read()
    child.stderr.close()
    go_on(tmp_path / "m")
    assert content(tmp_path / "m") == undisturbed


@pytest.mark.slow
@pytest.mark.parametrize("number", [1, 2, 4, 7, 10, 14, 18, 23])
def test_killed_at_a_write(tmp_path, undisturbed, number):
    child = start(tmp_path / "m", "write", str(number))
    assert child.wait() == -signal.SIGKILL, child.stderr.read()
    child.stderr.close()
    go_on(tmp_path / "m")
    assert content(tmp_path / "m") == undisturbed


@pytest.mark.slow
def test_killed_again_and_again_at_random_times(tmp_path, undisturbed):
    chance = random.Random(os.environ.get("PORTOLAN_TEST_SEED", "7"))
    path = tmp_path / "m"
    for _ in range(6):
        child = start(path)
        time.sleep(chance.uniform(1.0, 6.0))
        child.kill()
        child.wait()
        child.stderr.close()
        if (path / "map.json").exists():
            portolan.open_map(path)
    go_on(path)
    assert content(path) == undisturbed
