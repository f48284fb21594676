"""Publishing: what lies in the folder, what does not, and what may be written over."""

import json
import re
import shutil
import zipfile
import zlib

import numpy as np
import pytest

import portolan
from killing import Nursery
from portolan.core.blurring import blur
from portolan.errors import ColumnError, InputError
from portolan.publishing.row_pack import row_lines
from small_data import pair_rows, topic_rows

SECRET = "Zanzibarquux"
AUTHOR = "Wilhelmina"


@pytest.fixture(scope="module")
def texts(tmp_path_factory):
    """A map of texts with a category, a number, an author in a column of its own, and one telling text."""
    rows = [
        {**row, "author": f"{AUTHOR} {number}", "note": None if number % 7 else "café ½"}
        for number, row in enumerate(topic_rows(600))
    ]
    rows[17]["text"] = f"The {SECRET} orbit of a planet, the credit card of a comet."
    path = tmp_path_factory.mktemp("maps") / "texts.portolan"
    return portolan.map_text(rows, name="Texts & <b>", path=path, progress=False)


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    path = tmp_path_factory.mktemp("maps") / "pairs.portolan"
    return portolan.map_text(pair_rows(200), name="Pairs", path=path, progress=False)


@pytest.fixture(scope="module")
def site(texts, tmp_path_factory):
    folder = tmp_path_factory.mktemp("sites") / "site"
    texts.publish(folder, progress=False)
    return folder


def data_of(folder):
    return folder / json.loads((folder / "portolan-site.json").read_text())["data"]


def pack_of(folder, about):
    files = sorted(folder.glob(f"{about['name']}-*.bin"))
    return b"".join(file.read_bytes() for file in files)


def rows_of(folder):
    """All rows of a site, read as the page does."""
    data = data_of(folder)
    about = json.loads((data / "site.json").read_text())["rows"]
    sizes = np.frombuffer(zlib.decompress((data / "rows-sizes.bin").read_bytes()), "<u4")
    ends = np.cumsum(sizes)
    whole = pack_of(data, about)
    blocks = [zlib.decompress(whole[end - size : end]) for size, end in zip(sizes.tolist(), ends.tolist(), strict=True)]
    return [json.loads(line) for block in blocks for line in block.decode().split("\n")]


def all_bytes(folder):
    """Every byte of a site, and what its compressed pieces hold."""
    found = []
    for path in folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            found.append(path.name.encode() + data)
            found += [inflated(data, start.start()) for start in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", data)]
    return b"\0".join(found)


def inflated(data, start):
    """What a zlib stream at `start` holds; nothing where none is there."""
    try:
        return zlib.decompressobj().decompress(data[start:])
    except zlib.error:
        return b""


def holds(folder, word):
    return word.lower().encode() in all_bytes(folder).lower()


def test_every_row_is_there_as_it_came(texts, site):
    rows = rows_of(site)
    given = texts.rows.drop_columns("row_id").to_pylist()
    assert [row["row_id"] for row in rows] == list(range(600))
    assert [row["columns"] for row in rows] == given
    assert rows[17]["reading"] == {"kind": "text", "text": given[17]["text"]}
    assert np.allclose([(row["x"], row["y"]) for row in rows], texts.points, rtol=1e-5)
    assert rows[3]["clusters"] == [int(texts.cluster_ids(layer)[3]) for layer in range(texts.n_layers)]


def test_pairs_are_read_as_the_server_reads_them(pairs, tmp_path):
    pairs.publish(tmp_path / "site", progress=False)
    rows = pairs.rows.drop_columns("row_id").to_pylist()
    assert [row["reading"] for row in rows_of(tmp_path / "site")] == [pairs.reading(row) for row in rows]


def test_the_nearest_rows_are_those_of_the_map(texts, site):
    data = data_of(site)
    about = json.loads((data / "site.json").read_text())["neighbors"]
    kind = np.dtype([("row_id", "<u4"), ("similarity", "<f4"), ("x", "<f4"), ("y", "<f4")])
    records = np.frombuffer(pack_of(data, about), kind).reshape(600, about["per_row"])
    ids, similarities = texts.neighbors([5], n_neighbors=about["per_row"])
    assert np.allclose(records["similarity"][5], similarities[0], atol=1e-4)
    assert len(set(records["row_id"][5]) & set(ids[0])) >= 0.8 * about["per_row"]
    near = records["row_id"][5]
    assert np.array_equal(np.stack([records["x"][5], records["y"][5]], axis=1), texts.points[near])


def test_the_page_asks_no_other_host_and_runs_no_inline_script(site):
    html = (site / "index.html").read_text()
    assert "default-src 'self'" in html
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", html)
    assert not re.search(r"<script(?![^>]*src=)", html)
    assert "Texts &amp; &lt;b&gt;" in html
    assert "api/" not in html


def test_a_column_that_is_left_out_is_nowhere(texts, site, tmp_path):
    assert holds(site, AUTHOR)
    assert holds(site, "author")
    texts.publish(tmp_path / "site", leave_out=["author", "topic"], progress=False)
    assert not holds(tmp_path / "site", AUTHOR)
    assert not holds(tmp_path / "site", '"author"')
    assert not holds(tmp_path / "site", "football")
    names = [column["name"] for column in json.loads((data_of(tmp_path / "site") / "map.json").read_text())["columns"]]
    assert names == ["text", "length", "note"]


def test_blurred_texts_keep_their_shape_and_no_letters(texts, tmp_path):
    texts.publish(tmp_path / "site", texts="blur", progress=False)
    row = rows_of(tmp_path / "site")[17]
    assert row["reading"]["text"] == blur(texts.rows_by_id([17])[0]["text"])
    assert row["columns"]["topic"] == texts.rows_by_id([17])[0]["topic"]
    assert row["columns"]["author"] == "Xxxxxxxxxx 00"
    assert not holds(tmp_path / "site", SECRET)
    assert not holds(tmp_path / "site", AUTHOR)
    about = json.loads((data_of(tmp_path / "site") / "site.json").read_text())
    assert about["words"] is None
    assert not json.loads((data_of(tmp_path / "site") / "map.json").read_text())["is_searchable"]


def test_dropped_texts_are_not_there_at_all(pairs, tmp_path):
    pairs.publish(tmp_path / "site", texts="drop", progress=False)
    assert not holds(tmp_path / "site", "Tell me about")
    assert not holds(tmp_path / "site", 'rejected"')
    assert {json.dumps(row["columns"]) for row in rows_of(tmp_path / "site")} == {
        '{"subset": "even"}',
        '{"subset": "odd"}',
    }


def test_blur_leaves_no_letter_of_any_script():
    assert blur("Grüße, Ana! 42½ 日本 ∀😀") == "Xxxxx, Xxx! 000 xx xx"
    assert blur("a\n b—c") == "x\n x—x"


def test_a_column_that_texts_are_made_of_cannot_be_left_out(pairs, tmp_path):
    with pytest.raises(ColumnError, match="made of") as error:
        pairs.publish(tmp_path / "site", leave_out=["chosen"], progress=False)
    assert "--texts" in error.value.fix
    with pytest.raises(ColumnError, match="no column") as error:
        pairs.publish(tmp_path / "site", leave_out=["subst"], progress=False)
    assert "subset" in error.value.fix
    assert not (tmp_path / "site").exists()


def test_a_folder_with_other_things_is_refused_unless_asked(pairs, tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match="thesis") as error:
        pairs.publish(tmp_path, progress=False)
    assert "--replace" in error.value.fix
    pairs.publish(tmp_path, replace=True, progress=False)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"
    assert (tmp_path / "index.html").is_file()


def test_a_site_is_published_anew_over_itself_and_leaves_nothing_old(pairs, tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / "CNAME").write_text("maps.example")
    pairs.publish(tmp_path, progress=False)
    before = data_of(tmp_path)
    pairs.publish(tmp_path, progress=False, texts="drop")
    assert [path.name for path in (tmp_path / "data").iterdir()] == [data_of(tmp_path).name]
    assert not before.exists()
    assert (tmp_path / "CNAME").is_file()


def test_the_same_map_gives_the_same_files(pairs, tmp_path):
    for name in ("a", "b"):
        pairs.publish(tmp_path / name, progress=False)
    files = [path.relative_to(tmp_path / "a") for path in (tmp_path / "a").rglob("*") if path.is_file()]
    assert all((tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes() for file in files)


def test_a_run_that_is_killed_leaves_the_former_site_whole(pairs, tmp_path):
    folder = tmp_path / "site"
    pairs.publish(folder, progress=False)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    program = """
import sys
from pathlib import Path
import portolan
portolan.open_map(sys.argv[1]).publish(Path(sys.argv[2]), texts="drop", progress=False)
"""
    with Nursery() as nursery:
        killed = [nursery.run(program, pairs.path, folder, after_s=after_s) for after_s in (0.02, 0.1)]
        killed.append(nursery.run(program, pairs.path, folder, at_write=1))
    assert any(killed)
    assert {path: path.read_bytes() for path in before} == before
    pairs.publish(folder, progress=False, texts="drop")
    assert len(list((folder / "data").iterdir())) == 1


def test_the_zip_holds_the_folder(pairs, tmp_path):
    made = pairs.publish(tmp_path / "site", zip=True, progress=False)
    assert made.zip == tmp_path / "site.zip"
    with zipfile.ZipFile(made.zip) as archive:
        assert "index.html" in archive.namelist()
        assert len(archive.namelist()) == made.n_files
        assert archive.testzip() is None


def test_an_unfinished_map_is_refused(pairs, tmp_path):
    shutil.copytree(pairs.path, tmp_path / "half.portolan")
    half = portolan.open_map(tmp_path / "half.portolan")
    half._store.forget(["index"])
    with pytest.raises(InputError, match="not finished"):
        portolan.open_map(tmp_path / "half.portolan").publish(tmp_path / "site", progress=False)


def test_facts_of_left_out_columns_are_not_in_what_is_read(tmp_path):
    rows = [
        {"transcript": f"\n\nHuman: Tell me of {i}.\n\nAssistant: No.", "rating": float(i % 5), "task_description": "x"}
        for i in range(60)
    ]
    made = portolan.map_text(rows, path=tmp_path / "m.portolan", progress=False)
    made.publish(tmp_path / "site", leave_out=["rating"], progress=False)
    assert "rating" not in json.dumps(rows_of(tmp_path / "site"))


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    """A map of pairs with two further layouts."""
    rows = [{**row, "length": number % 50} for number, row in enumerate(pair_rows(200))]
    path = tmp_path_factory.mktemp("maps") / "compared.portolan"
    made = portolan.map_text(rows, name="Compared", path=path, progress=False)
    made.add_layout("rejected", progress=False)
    made.add_layout("prompt", progress=False)
    return made


def test_further_layouts_are_published_with_the_place_of_every_row(compared, tmp_path):
    compared.publish(tmp_path / "site", progress=False)
    data = data_of(tmp_path / "site")
    assert [one["name"] for one in json.loads((data / "map.json").read_text())["layouts"]] == ["prompt", "rejected"]
    for folder, one in ((data / "layouts" / "rejected", compared.layouts["rejected"]), (data, compared)):
        about = json.loads((folder / "places.json").read_text())
        kind = np.dtype([("x", "<f4"), ("y", "<f4"), ("clusters", "<i4", (about["n_layers"],))])
        places = np.frombuffer(pack_of(folder, about), kind)
        assert np.array_equal(np.stack([places["x"], places["y"]], axis=1), one.points)
        assert places["clusters"][:, 0].tolist() == one.cluster_ids(0).tolist()
    index = json.loads(next((data / "layouts" / "rejected").glob("tiles/*/tiles.json")).read_text())
    assert {"length", "kept_neighbors_main", "cluster_0 of main"} <= {column["name"] for column in index["columns"]}


def test_rows_of_a_site_say_what_they_keep(compared, tmp_path):
    compared.publish(tmp_path / "site", progress=False)
    assert rows_of(tmp_path / "site")[7]["kept"] == compared.kept_of([7])[0]


def test_a_column_that_is_left_out_is_in_no_layout_either(compared, tmp_path):
    compared.publish(tmp_path / "site", leave_out=["length", "kept_neighbors_prompt"], progress=False)
    assert not holds(tmp_path / "site", '"length"')
    assert "prompt" not in rows_of(tmp_path / "site")[7]["kept"]


def test_without_the_texts_of_one_side_no_layout_is_published(compared, tmp_path):
    compared.publish(tmp_path / "site", texts="drop", leave_out=["rejected"], progress=False)
    assert not list(tmp_path.glob("site/data/*/layouts"))
    index = next(tmp_path.glob("site/data/*/tiles/*/tiles.json")).read_text()
    assert "rejected" not in index + next(tmp_path.glob("site/data/*/map.json")).read_text()


def test_rows_are_written_a_batch_at_a_time(texts):
    from portolan.publishing.redaction import redact

    redaction = redact(texts, [], leave_out=(), texts="keep")
    batch = next(texts._store.row_batches(batch_rows=10))
    lines = row_lines(batch, roles=texts.roles, redaction=redaction, points=texts.points, layers=[], kept={})
    assert len(lines) == batch.num_rows
    assert all(b"\n" not in line for line in lines)
