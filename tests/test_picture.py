"""Pictures of a map, from Python and from the command line."""

import json
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import portolan
from portolan.cli.main import main
from portolan.core.color import delta_e
from portolan.core.palette import categorical
from portolan.core.picture_names import Font
from portolan.pictures import fonts
from portolan.pictures.coverage import Coverage, read_coverage
from portolan.pictures.draw import measure

ROOT = Path(__file__).parent.parent
SVG = "{http://www.w3.org/2000/svg}"
SMALL = {"width": 640, "height": 400, "scale": 1}
BARE = {**SMALL, "names": False, "legend": False, "title": "", "caption": ""}
PAPER = {"light": (250, 248, 244), "dark": (18, 22, 26)}


@pytest.fixture(scope="module")
def map_path(tmp_path_factory):
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        from make_points_map import make_points_map
    finally:
        sys.path.remove(str(ROOT / "tools"))
    path = tmp_path_factory.mktemp("maps") / "points.portolan"
    make_points_map(path, n_rows=3_000)
    return path


@pytest.fixture(scope="module")
def m(map_path):
    return portolan.open_map(map_path)


def pixels(path):
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB")).astype(int)


def inked(image, theme="light"):
    """Share of pixels that have a colour."""
    return float((image.max(axis=2) - image.min(axis=2) > 40).mean())


def written(path):
    return ["".join(node.itertext()) for node in ET.parse(path).iter(f"{SVG}text")]


@pytest.mark.parametrize("scale", [1, 2.5])
def test_a_picture_has_the_size_that_was_asked_for(m, tmp_path, scale):
    drawn = m.picture(tmp_path / "p.png", width=640, height=400, scale=scale)
    assert (drawn.width, drawn.height) == (640 * scale, 400 * scale)
    with Image.open(drawn.path) as picture:
        assert picture.size == (drawn.width, drawn.height)
        assert picture.info["dpi"] == pytest.approx((96 * scale, 96 * scale), abs=0.1)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_ground_is_the_pages_and_points_lie_on_it(m, tmp_path, theme):
    image = pixels(m.picture(tmp_path / "p.png", **SMALL, theme=theme).path)
    assert tuple(image[0, 0]) == PAPER[theme]
    assert 0.01 < inked(image) < 0.6


def test_the_same_picture_has_the_same_bytes(m, tmp_path):
    first, second = (m.picture(tmp_path / f"{name}.png", width=400, height=300, scale=1).path for name in "ab")
    assert first.read_bytes() == second.read_bytes()


def test_points_have_the_colours_of_their_values(m, tmp_path):
    image = pixels(m.picture(tmp_path / "p.png", where="continent = 'Amber'", color="continent", **BARE).path)
    values = [value for value, _ in m.filterer.memory.named("continent")["values"]]
    expected = categorical(len(values), "light")[values.index("Amber")]
    strongest = image.reshape(-1, 3)[np.argmax((image.max(axis=2) - image.min(axis=2)).ravel())]
    assert delta_e(tuple(strongest.tolist()), expected) < 8


@pytest.mark.parametrize("palette", ["distinct", "okabe-ito"])
def test_a_palette_gives_values_its_colours(m, tmp_path, palette):
    shown = {"where": "continent = 'Amber'", "color": "continent", "palette": palette}
    image = pixels(m.picture(tmp_path / "p.png", **shown, **BARE).path)
    values = [value for value, _ in m.filterer.memory.named("continent")["values"]]
    expected = categorical(len(values), "light", palette)[values.index("Amber")]
    strongest = image.reshape(-1, 3)[np.argmax((image.max(axis=2) - image.min(axis=2)).ravel())]
    assert delta_e(tuple(strongest.tolist()), expected) < 8


def test_rows_that_a_filter_leaves_out_fade_to_grey(m, tmp_path):
    everything = m.picture(tmp_path / "all.png", **BARE)
    few = m.picture(tmp_path / "few.png", where="row_id < 20", **BARE)
    assert (everything.n_shown, few.n_shown, few.n_in_sight) == (3000, 20, 3000)
    assert inked(pixels(few.path)) < 0.3 * inked(pixels(everything.path))
    bare = m.picture(tmp_path / "none.png", where="row_id < 0", **BARE)
    assert len(np.unique(pixels(bare.path).reshape(-1, 3), axis=0)) > 5


def test_a_region_is_shown_whole_and_no_more_rows_than_lie_in_sight(m, tmp_path):
    x0, y0 = np.quantile(m.points, 0.4, axis=0).tolist()
    x1, y1 = np.quantile(m.points, 0.6, axis=0).tolist()
    drawn = m.picture(tmp_path / "p.png", **SMALL, region=(x0, y0, x1, y1))
    left, bottom, right, top = drawn.region
    assert (min(left, x0), min(bottom, y0)) == pytest.approx((left, bottom))
    assert (max(right, x1), max(top, y1)) == pytest.approx((right, top))
    x, y = m.points.astype(float).T
    inside = (x >= left) & (x <= right) & (y >= bottom) & (y <= top)
    assert drawn.n_in_sight == pytest.approx(int(inside.sum()), abs=2)
    assert drawn.n_in_sight < 3000


def test_a_cluster_is_shown_with_the_names_of_what_is_in_it(m, tmp_path):
    drawn = m.picture(tmp_path / "p.svg", cluster=(1, 10), scale=1)
    x0, y0, x1, y1 = drawn.region
    x, y = np.median(m.points[m.cluster_ids(1) == 10], axis=0)
    assert x0 < x < x1
    assert y0 < y < y1
    finest = m.clusters.filter(m.clusters["layer"].to_numpy() == 0)["name"].to_pylist()
    assert any(" ".join(name.split()[:2]) in written(drawn.path) or name in written(drawn.path) for name in finest)


def test_an_svg_has_names_legend_title_and_caption_as_text(m, tmp_path):
    drawn = m.picture(
        tmp_path / "p.svg", width=900, height=600, scale=1, title="A title & more", caption="Said <below>"
    )
    root = ET.parse(drawn.path).getroot()
    assert (root.get("width"), root.get("viewBox")) == ("900", "0 0 900 600")
    assert root.find(f"{SVG}title").text == "A title & more"
    said = written(drawn.path)
    assert {"A title & more", "Said <below>", "Topics", "Amber", "AMBER"} <= set(said)
    assert root.find(f"{SVG}image").get("href").startswith("data:image/png;base64,")


def test_what_is_not_wanted_is_left_out(m, tmp_path):
    bare = m.picture(tmp_path / "p.svg", **BARE)
    assert written(bare.path) == []


def test_a_number_has_its_range_in_the_legend(m, tmp_path):
    said = written(m.picture(tmp_path / "p.svg", color="length", names=False, scale=1).path)
    assert said[:2] == [m.name, "length"]
    assert said[-1] == "3,000 texts"


@pytest.mark.parametrize(
    ("name", "options", "problem"),
    [
        ("p.jpg", {}, "what kind of picture"),
        ("p.png", {"scale": 20}, "The scale is 20"),
        ("p.png", {"width": 3}, "The width is 3 px"),
        ("p.png", {"width": 120, "height": 120}, "no room left for the map"),
        ("p.png", {"width": 8000, "height": 8000, "scale": 8}, "million pixels"),
        ("p.png", {"region": (1, 1, 0, 0)}, "no rectangle"),
        ("p.png", {"region": (0, 0, 1, float("nan"))}, "no rectangle"),
        ("p.png", {"region": (900, 900, 901, 901)}, "No row lies in the region"),
        ("p.png", {"region": (0, 0, 1, 1), "cluster": (0, 0)}, "Both a region and a cluster"),
        ("p.png", {"cluster": (7, 0)}, "no cluster 7/0"),
        ("p.png", {"color": "colour"}, "no column 'colour'"),
        ("p.png", {"theme": "blue"}, "no theme 'blue'"),
        ("p.png", {"palette": "neon"}, "no palette 'neon'"),
        ("p.png", {"where": "lenght > 3"}, "lenght"),
        ("none/p.png", {}, "There is no folder"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_fix(m, tmp_path, name, options, problem):
    with pytest.raises(portolan.PortolanError, match=problem) as refused:
        m.picture(tmp_path / name, **options)
    assert refused.value.fix
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def run(monkeypatch, capsys):
    """Run the command in this process: its exit code, and what it said."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["portolan", "picture", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code or 0, capsys.readouterr()

    return run


def test_the_command_draws_and_tells_what(run, map_path, tmp_path):
    out = tmp_path / "p.png"
    options = ("--region", "-1,-1,1,1", "--color", "continent", "--scale", 1, "--width", 640, "--height", 400)
    code, said = run(map_path, out, *options, "--no-names", "--json")
    assert code == 0, said.err
    told = json.loads(said.out)
    assert (told["path"], told["width"], told["color"]) == (str(out), 640, "continent")
    assert out.exists()


@pytest.mark.parametrize(
    "wrong",
    [("--region", "1,2,3"), ("--cluster", "five"), ("--color", "nothing"), ("--theme", "blue"), ("--palette", "neon")],
)
def test_the_command_tells_problem_and_fix(run, map_path, tmp_path, wrong):
    code, said = run(map_path, tmp_path / "p.png", *wrong)
    assert code == 1
    assert "Error:" in said.err
    assert "Fix:" in said.err


def test_letters_that_no_font_has_are_left_out_and_none_becomes_a_box():
    pieces = "".join(piece for piece, _ in fonts.runs("a\U000f1234b", 400))
    assert pieces.replace("\U000f1234", "") == "ab"
    if fonts.plain_face(400) is not None:
        assert pieces == "ab"


def test_without_any_font_latin_letters_are_drawn_with_pillows_own(monkeypatch):
    monkeypatch.setattr(fonts, "plain_face", lambda weight: None)
    assert list(fonts.runs("Names", 700)) == [("Names", None)]
    assert measure("Names", Font(14, 650, 0.09)) > 30


def test_a_file_that_is_no_font_has_no_letters(tmp_path):
    (tmp_path / "x.ttf").write_bytes(b"\0\1\0\0\0\1garbage")
    assert ord("a") not in read_coverage(tmp_path / "x.ttf")
    assert read_coverage(tmp_path / "none.ttf") == Coverage()


def test_spaced_letters_take_more_room_but_joined_scripts_are_never_spaced():
    assert measure("NAME", Font(14, 650, 0.09)) == pytest.approx(measure("NAME", Font(14, 650)) + 4 * 0.09 * 14)
    assert measure("سلام", Font(14, 650, 0.09)) == measure("سلام", Font(14, 650))
