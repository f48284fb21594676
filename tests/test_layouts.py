"""Further layouts of a map's rows are added, compared, continued after a kill, rebuilt and removed."""

import json
import shutil
import signal
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.distance import pdist
from typer.testing import CliRunner

import portolan
from portolan.api import rebuild
from portolan.cli.main import app
from portolan.errors import ColumnError, InputError, MapLockedError, NotFoundError
from portolan.store import FolderStore
from small_data import pair_rows, topic_rows


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """A map of pairs by chosen, to be copied."""
    path = tmp_path_factory.mktemp("maps") / "pairs.portolan"
    portolan.map_text(pair_rows(400), path=path, name="Pairs", progress=False)
    return path


@pytest.fixture(scope="module")
def made(plain, tmp_path_factory):
    """The same map with a layout by rejected."""
    path = tmp_path_factory.mktemp("made") / "pairs.portolan"
    shutil.copytree(plain, path)
    m = portolan.open_map(path)
    m.add_layout("rejected", progress=False)
    return m


@pytest.fixture
def own(made, tmp_path):
    """A copy of that map to change."""
    shutil.copytree(made.path, tmp_path / "pairs.portolan")
    return portolan.open_map(tmp_path / "pairs.portolan")


def files(folder):
    """Hashes of the files in a folder."""
    return {str(f.relative_to(folder)): sha256(f.read_bytes()).hexdigest() for f in folder.rglob("*") if f.is_file()}


def content(m):
    """What a layout and its comparison hold."""
    one = m.layouts["rejected"]
    return {
        "vectors": sha256(one.vectors.tobytes()).hexdigest(),
        "points": sha256(one.points.tobytes()).hexdigest(),
        "clusters": str([one.cluster_ids(layer).tolist() for layer in range(one.n_layers)]),
        "names": str(one.clusters.to_pylist()),
        "tiles": {path: told for path, told in files(one.tiles_folder()).items() if path.endswith(".bin")},
        "columns": [json.loads((each.tiles_folder() / "tiles.json").read_text())["columns"] for each in (m, one)],
        "kept": m.compare("rejected").kept.tolist(),
    }


def column(m, name):
    entries = json.loads((m.tiles_folder() / "tiles.json").read_text())["columns"]
    return next((entry for entry in entries if entry["name"] == name), None)


def test_a_layout_is_a_map_of_the_same_rows_with_its_own_vectors_and_points(made):
    rejected = made.layouts["rejected"]
    assert rejected.rows.equals(made.rows)
    assert rejected.roles == made.roles
    assert not np.array_equal(rejected.vectors, made.vectors)
    assert rejected.points.shape == made.points.shape
    assert rejected.n_layers >= 1
    assert rejected.is_finished
    assert rejected.layouts == {}


def test_it_holds_no_copy_of_the_rows_nor_of_their_words(made):
    kinds = {path.name for path in made.layouts["rejected"].path.iterdir()}
    assert not kinds & {"rows", "search", "broken"}
    assert {"vectors", "points", "clusters", "tiles", "topics", "map.json"} <= kinds


def test_adding_it_leaves_what_the_map_had_as_it_was(plain, made):
    before, after = files(plain), files(made.path)
    grown = {"map.json", "map.json.previous", ".lock"}
    changed = {path for path in before if path not in grown and not path.endswith("tiles.json")}
    assert {path: after[path] for path in changed} == {path: before[path] for path in changed}


def test_it_is_the_map_that_is_laid_out_like_that_from_the_start_but_turned(made, tmp_path):
    alone = portolan.map_text(pair_rows(400), path=tmp_path / "m", layout="rejected", progress=False)
    rejected = made.layouts["rejected"]
    assert np.array_equal(alone.vectors, rejected.vectors)
    assert np.allclose(pdist(alone.points), pdist(rejected.points), rtol=1e-3, atol=1e-3)
    same = ["cluster_id", "layer", "name", "size", "keyphrases"]
    assert alone.clusters.select(same).equals(rejected.clusters.select(same))


def test_it_lies_the_way_the_map_does(made):
    rejected = made.layouts["rejected"].points

    def agreement(points):
        return float(np.sum((points - points.mean(axis=0)) * (made.points - made.points.mean(axis=0))))

    quarter = np.array([[0, -1], [1, 0]], np.float32)
    mirror = np.array([[1, 0], [0, -1]], np.float32)
    others = [rejected @ turn for turn in (quarter, -quarter, -quarter @ quarter @ mirror, mirror, mirror @ quarter)]
    assert agreement(rejected) > max(agreement(points) for points in others)


def test_it_is_found_by_words_and_by_meaning_as_the_map_is(made):
    rejected = made.layouts["rejected"]
    assert rejected.search("tomato compost", limit=5)
    assert rejected.filter("text('tomato')").tolist() == made.filter("text('tomato')").tolist()


def test_each_side_has_a_column_of_what_its_rows_keep(made):
    comparison = made.compare("rejected")
    assert comparison.n_neighbors == 15
    assert 0 < comparison.mean < 1
    known = column(made, "kept_neighbors_rejected")
    assert known["kind"] == "number"
    assert known["min"] == pytest.approx(np.nanmin(comparison.kept))
    assert column(made.layouts["rejected"], "kept_neighbors_main")["kind"] == "number"
    # Where no distances are equal, a neighbour that is kept one way is kept the other way.
    assert comparison.mean == pytest.approx(_share_of_lists(made), abs=0.01)


def _share_of_lists(m):
    here, there = (one.neighbors(np.arange(400), 15)[0] for one in (m, m.layouts["rejected"]))
    return np.mean([len(set(a) & set(b)) / 15 for a, b in zip(here, there, strict=True)])


def test_the_column_filters_as_any_other(made):
    kept = made.compare("rejected").kept
    assert made.filter("kept_neighbors_rejected < 0.2").tolist() == np.flatnonzero(kept < 0.2).tolist()
    assert made.filter("sqrt(kept_neighbors_rejected) < 0.5").tolist() == np.flatnonzero(kept < 0.25).tolist()
    assert len(made.layouts["rejected"].filter("kept_neighbors_main >= 0")) == 400


def test_the_column_sorts_as_any_other(made):
    kept = made.compare("rejected").kept
    first = made.table(sort="kept_neighbors_rejected desc", limit=20).column("row_id").to_numpy()
    assert kept[first].tolist() == sorted(kept.tolist(), reverse=True)[:20]


def test_rows_tell_what_they_keep_in_each_layout(made):
    kept = made.compare("rejected").kept
    assert made.kept_of([7, 3]) == [{"rejected": pytest.approx(kept[row], abs=1e-4)} for row in (7, 3)]
    assert made.layouts["rejected"].kept_of([7]) == [{}]


def test_a_link_shows_a_layout_beside_the_map(made):
    part = made.link_part(rows=[3], beside="rejected")
    assert part == f"#v={made.layout_id}&row=3&with=rejected"
    view = made.view(part)
    assert (view.beside, view.row, view.hash) == ("rejected", 3, part)
    assert "beside rejected" in repr(view)
    with pytest.raises(NotFoundError, match="no layout 'prompt' to show beside it"):
        made.link_part(beside="prompt")


def test_the_command_links_to_the_layout_beside_the_map(made):
    said = run("link", made.path, "--beside", "rejected", "--part")
    assert said.stdout.strip() == made.link_part(beside="rejected")
    refused = run("open", made.path, "--beside", "prompt", "--no-open")
    assert refused.exit_code != 0
    assert isinstance(refused.exception, NotFoundError) or "no layout 'prompt'" in refused.output


def test_opening_with_a_layout_beside_prints_a_link_that_shows_it(made, monkeypatch):
    said = []
    monkeypatch.setattr("portolan.server.run.serve", lambda _path, *, on_ready, **_: on_ready("http://host/?token=t"))
    monkeypatch.setattr("webbrowser.open", said.append)
    told = run("open", made.path, "--beside", "rejected").stdout.strip()
    assert told == "http://host/?token=t" + made.link_part(beside="rejected")
    assert said == [told]


def test_the_map_is_published_with_the_column(made, tmp_path):
    site = made.publish(tmp_path / "site", progress=False)
    index = next(site.path.glob("data/*/tiles/*/tiles.json"))
    assert "kept_neighbors_rejected" in [one["name"] for one in json.loads(index.read_bytes())["columns"]]


def test_an_area_drawn_on_the_other_layout_finds_its_rows(made):
    rejected = made.layouts["rejected"]
    middle = float(np.median(rejected.points[:, 0]))
    area = f"{middle} -1e6, 1e6 -1e6, 1e6 1e6, {middle} 1e6"
    found = made.filter(f"in_area('{rejected.layout_id}', '{area}')")
    assert found.tolist() == np.flatnonzero(rejected.points[:, 0] > np.float32(middle)).tolist()


def test_each_side_has_the_others_finest_clusters_as_codes(made):
    guests = column(made, "cluster_0 of rejected")
    assert (guests["kind"], guests["layer"], guests["of"]) == ("cluster", 0, "rejected")
    assert column(made.layouts["rejected"], "cluster_0 of main")["of"] == "main"


def test_a_second_call_finds_all_done(own):
    before = content(own)
    own.add_layout("rejected", progress=False)
    assert content(own) == before
    done = own.layouts["rejected"].stages
    assert done["embed"]["finished"] == portolan.open_map(own.path).layouts["rejected"].stages["embed"]["finished"]


def test_several_layouts_stand_side_by_side(own):
    own.add_layout("prompt", progress=False)
    assert set(own.layouts) == {"prompt", "rejected"}
    assert {note["by"] for note in own.layout_notes()} == {"prompt", "rejected"}


def test_a_rebuild_makes_the_layouts_again_as_they_were(own):
    before = content(own)
    again = rebuild(own.path)
    assert content(again) == before


def test_a_map_that_is_made_otherwise_is_compared_anew(own):
    before = own.compare("rejected").mean
    changed = portolan.map_text(pair_rows(400), path=own.path, name="Pairs", layout="prompt", progress=False)
    assert changed.compare("rejected").mean != before
    assert column(changed, "kept_neighbors_rejected") is not None


def test_a_layout_of_rows_that_are_gone_is_not_shown_and_is_made_again_when_added(own):
    lines = []
    rows = pair_rows(300, seed=5)
    from portolan.api import make_map
    from portolan.options import MapOptions

    changed = make_map(rows, MapOptions(path=own.path, is_replacing=True), tell=lines.append, shows_progress=False)
    assert dict(changed.layouts) == {}
    assert any("'rejected' is of rows that the map no longer has" in line for line in lines)
    assert len(changed.add_layout("rejected", progress=False).points) == 300


def test_removing_it_leaves_nothing_of_it(plain, own):
    own.remove_layout("rejected")
    assert dict(own.layouts) == {}
    assert not (own.path / "layouts" / "rejected.portolan").exists()
    assert column(own, "kept_neighbors_rejected") is None
    assert column(own, "cluster_0 of rejected") is None
    assert own.vectors.tolist() == portolan.open_map(plain).vectors.tolist()
    with pytest.raises(NotFoundError, match="no further layout 'rejected'"):
        own.remove_layout("rejected")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"layout": "chosen"}, "laid out by chosen with 'static' already"),
        ({"layout": "sideways"}, "There is no layout 'sideways'"),
        ({"layout": "rejected", "name": "main"}, "cannot name a layout"),
        ({"layout": "rejected", "name": "../up"}, "cannot name a layout"),
        ({"layout": "rejected", "embedder": "nothing"}, "nothing"),
    ],
)
def test_what_makes_no_layout_is_refused_and_leaves_nothing(own, arguments, message):
    with pytest.raises((InputError, NotFoundError), match=message):
        own.add_layout(arguments.pop("layout"), progress=False, **arguments)
    assert list(own.layouts) == ["rejected"]


def test_rows_that_are_no_pairs_have_no_other_side(tmp_path):
    texts = portolan.map_text(topic_rows(60), path=tmp_path / "m", progress=False)
    with pytest.raises(ColumnError, match="cannot be laid out by rejected"):
        texts.add_layout("rejected", progress=False)
    with pytest.raises(InputError, match="already"):
        texts.add_layout("chosen", progress=False)


def test_given_vectors_make_a_layout_of_texts(tmp_path):
    texts = portolan.map_text(topic_rows(200), path=tmp_path / "m", progress=False)
    vectors = np.random.default_rng(0).standard_normal((200, 6)).astype(np.float32)
    np.save(tmp_path / "vectors.npy", vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
    made = texts.add_layout("chosen", embedder=f"vectors:{tmp_path / 'vectors.npy'}", name="given", progress=False)
    assert made.vectors.shape == (200, 6)
    assert texts.compare("given").mean < 0.3


def test_a_map_that_is_being_written_takes_no_layout(own):
    with FolderStore.open(own.path).writing(), pytest.raises(MapLockedError):
        own.add_layout("prompt", progress=False)


CHILD = """
import os, signal, sys
import portolan
from portolan.store import FolderStore

path, where, stage = sys.argv[1:4]
finish = FolderStore.finish
def dying(self, name, **more):
    if name == stage and where == "before": os.kill(os.getpid(), signal.SIGKILL)
    finish(self, name, **more)
    if name == stage and where == "after": os.kill(os.getpid(), signal.SIGKILL)
FolderStore.finish = dying
portolan.open_map(path).add_layout("rejected", progress=False)
"""


@pytest.mark.slow
@pytest.mark.parametrize("where", ["before", "after"])
@pytest.mark.parametrize("stage", ["load", "embed", "neighbors", "tile", "tile-clusters", "compare-main", "index"])
def test_a_kill_at_the_end_of_any_stage_is_gone_on_from(plain, made, tmp_path, stage, where):
    path = tmp_path / "m"
    shutil.copytree(plain, path)
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(path), where, stage], stderr=subprocess.DEVNULL)
    assert child.wait() == -signal.SIGKILL
    m = portolan.open_map(path)
    assert dict(m.layouts) == {}
    assert m.rows.equals(made.rows)
    m.add_layout("rejected", progress=False)
    assert content(m) == content(made)


def test_a_kill_before_the_comparison_is_the_maps_shows_no_layout_yet(plain, made, tmp_path):
    path = tmp_path / "m"
    shutil.copytree(plain, path)
    arguments = [sys.executable, "-c", CHILD, str(path), "before", "compare-rejected"]
    assert subprocess.run(arguments, stderr=subprocess.DEVNULL, check=False).returncode == -signal.SIGKILL
    m = portolan.open_map(path)
    assert dict(m.layouts) == {}
    m.add_layout("rejected", progress=False)
    assert content(m) == content(made)


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_the_command_adds_lists_and_removes(plain, tmp_path):
    path = tmp_path / "pairs.portolan"
    shutil.copytree(plain, path)
    added = run("layout", path, "add", "--layout", "rejected", "--json")
    assert added.exit_code == 0
    [told] = json.loads(added.stdout)
    assert told["name"] == "rejected"
    assert told["kept_column"] == "kept_neighbors_rejected"
    assert {"fall_apart", "stay_together", "clusters"} <= set(told)
    listed = run("layout", path)
    assert "of their 15 nearest rows" in listed.stdout
    assert run("layout", path, "remove", "rejected").exit_code == 0
    assert json.loads(run("layout", path, "list", "--json").stdout) == []
    assert Path(path, "map.json").exists()
