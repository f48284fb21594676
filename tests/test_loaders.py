"""Any source comes in as Arrow batches of one schema; what cannot be read is put aside and named."""

import bz2
import gzip
import io
import json
import math
import sys
import tracemalloc
from pathlib import Path

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest
import zstandard

from portolan.errors import InputError, MapWriteError, NoRowsError, NotFoundError, ParseError
from portolan.loaders import open_source
from portolan.plugins import BrokenLine, Loader, ReadOptions, loaders


def read(source, **options) -> pa.Table:
    return pa.Table.from_batches(list(open_source(source, options=ReadOptions(**options)).batches()))


def rows(source, **options) -> list[dict]:
    return read(source, **options).to_pylist()


def write(path: Path, data: str | bytes) -> Path:
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def broken_of(source) -> list[BrokenLine]:
    found: list[BrokenLine] = []
    read(source, on_broken=found.append)
    return found


PEOPLE = [{"text": "one", "n": 1}, {"text": "two", "n": 2}]
LINES = '{"text": "one", "n": 1}\n{"text": "two", "n": 2}\n'


def test_every_loader_keeps_the_contract():
    for name in loaders.names():
        plugin = loaders.get(name)
        assert isinstance(plugin(), Loader)
        assert not plugin.accepts(object())


FORMATS = {
    "a.jsonl": LINES.encode(),
    "a.jsonl.gz": gzip.compress(LINES.encode()),
    "a.jsonl.zst": zstandard.compress(LINES.encode()),
    "a.jsonl.bz2": bz2.compress(LINES.encode()),
    "a.json": json.dumps(PEOPLE, indent=2).encode(),
    "columns.json": b'{"text": ["one", "two"], "n": [1, 2]}',
    "under_a_key.json": json.dumps({"version": "1", "data": PEOPLE}).encode(),
    "pretty.json": "\n".join(json.dumps(row, indent=2) for row in PEOPLE).encode(),
    "a.csv": b"text,n\none,1\ntwo,2\n",
    "a.tsv": b"text\tn\none\t1\ntwo\t2\n",
    "semicolons.csv": b"text;n\r\none;1\r\ntwo;2\r\n",
    "no_ending": LINES.encode(),
}


@pytest.mark.parametrize(("name", "data"), FORMATS.items(), ids=FORMATS)
def test_the_same_rows_come_out_of_each_text_format(tmp_path, name, data):
    assert rows(write(tmp_path / name, data)) == PEOPLE


def test_binary_formats_are_known_by_their_bytes_whatever_their_names(tmp_path):
    table = pa.Table.from_pylist(PEOPLE)
    pyarrow.parquet.write_table(table, tmp_path / "really_parquet.jsonl")
    pyarrow.feather.write_feather(table, str(tmp_path / "a.feather"))
    with pa.OSFile(str(tmp_path / "stream.bin"), "wb") as file, pa.ipc.new_stream(file, table.schema) as writer:
        writer.write_table(table)
    for name in ("really_parquet.jsonl", "a.feather", "stream.bin"):
        assert rows(tmp_path / name) == PEOPLE


def test_a_text_file_is_a_row_a_line_without_blank_lines(tmp_path):
    assert rows(write(tmp_path / "a.txt", "one, two\r\n\n  \nthree")) == [{"text": "one, two"}, {"text": "three"}]


def test_objects_in_memory_are_read_like_files():
    import pandas as pd
    import polars as pl

    sources = [PEOPLE, iter(PEOPLE), (row for row in PEOPLE), pa.Table.from_pylist(PEOPLE), pd.DataFrame(PEOPLE),
               pl.DataFrame(PEOPLE), pa.RecordBatch.from_pylist(PEOPLE)]  # fmt: skip
    for source in sources:
        assert rows(source) == PEOPLE


def test_strings_become_a_text_column():
    assert rows(["one", "two"]) == [{"text": "one"}, {"text": "two"}]


def test_a_frame_whose_columns_mix_types_is_kept_as_text():
    import pandas as pd

    frame = pd.DataFrame({"text": ["a", "b"], "mixed": [1, "x"]})
    assert rows(frame) == [{"text": "a", "mixed": "1"}, {"text": "b", "mixed": "x"}]


def test_a_named_index_of_a_frame_is_a_column():
    import pandas as pd

    frame = pd.DataFrame({"text": ["a"]}, index=pd.Index(["k1"], name="key"))
    assert rows(frame) == [{"key": "k1", "text": "a"}]


def test_a_frame_with_a_name_twice_keeps_both_columns():
    import pandas as pd

    frame = pd.DataFrame([["x", "y"]], columns=["text", "text"])
    assert rows(frame) == [{"text": "x", "text_2": "y"}]


def test_a_folder_that_datasets_saved_is_read(tmp_path):
    import datasets

    datasets.Dataset.from_list(PEOPLE).save_to_disk(tmp_path / "saved")
    assert rows(tmp_path / "saved") == PEOPLE


def test_a_map_is_no_source_of_rows(tmp_path):
    write(tmp_path / "map.json", "{}")
    with pytest.raises(InputError, match="is a map, not data"):
        read(tmp_path)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_an_error_that_names_the_folder(monkeypatch):
    from portolan.loaders import _unify

    def full(**_options):
        return Path("/dev/full").open("r+b", buffering=0)

    monkeypatch.setattr(_unify.tempfile, "SpooledTemporaryFile", full)
    with pytest.raises(MapWriteError, match="kept aside"):
        read([{"text": "x" * 100_000}])


def test_hugging_face_datasets_are_read_and_several_splits_must_be_chosen_from():
    import datasets

    train = datasets.Dataset.from_list(PEOPLE)
    assert rows(train) == PEOPLE
    assert rows(train.select([1, 0])) == PEOPLE[::-1]
    assert rows(train.to_iterable_dataset()) == PEOPLE
    assert rows(datasets.DatasetDict(train=train)) == PEOPLE
    with pytest.raises(InputError, match=r"dataset\['train'\]"):
        rows(datasets.DatasetDict(train=train, test=train))


def test_a_dataset_name_is_loaded_with_its_split(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    folder = tmp_path / "data"
    folder.mkdir()
    write(folder / "train.jsonl", LINES)
    assert rows(f"hf:{folder}:train") == PEOPLE


def test_a_folder_a_glob_and_a_list_of_paths_are_one_source_with_a_file_column(tmp_path):
    write(tmp_path / "one.jsonl", '{"text": "one"}\n')
    write(tmp_path / "two.jsonl.gz", gzip.compress(b'{"text": "two", "extra": [1]}\n'))
    write(tmp_path / "README.md", "not data")
    expected = [{"text": "one", "file": "one", "extra": None}, {"text": "two", "file": "two", "extra": [1]}]
    assert rows(tmp_path) == expected
    assert rows(str(tmp_path / "*.jsonl*")) == expected
    assert rows([tmp_path / "one.jsonl", tmp_path / "two.jsonl.gz"]) == expected


def test_a_missing_path_among_several_is_named(tmp_path):
    write(tmp_path / "one.jsonl", LINES)
    with pytest.raises(NotFoundError, match=r"one\.jsonl\?"):
        rows([tmp_path / "one.jsonl", tmp_path / "onw.jsonl"])


def test_a_url_is_read_through_fsspec():
    import fsspec

    with fsspec.open("memory://bucket/a.jsonl.gz", "wb") as file:
        file.write(gzip.compress(LINES.encode()))
    assert rows("memory://bucket/a.jsonl.gz") == PEOPLE


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(LINES.encode(), id="jsonl"),
        pytest.param(b"text,n\none,1\ntwo,2\n", id="csv"),
        pytest.param(gzip.compress(LINES.encode()), id="jsonl.gz"),
    ],
)
def test_a_dash_reads_what_is_piped_in(monkeypatch, data):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert rows("-") == PEOPLE


def test_types_that_differ_late_in_a_file_are_widened_for_all_rows(tmp_path):
    early = [{"a": 1, "b": None, "c": {"x": 1}, "d": []} for _ in range(30_000)]
    late = {"a": 2.5, "b": "text", "c": {"y": "z"}, "d": [1], "e": True}
    path = write(tmp_path / "a.jsonl", "\n".join(json.dumps(row) for row in [*early, late]))
    table = read(path)
    assert table.slice(30_000).to_pylist() == [{**late, "c": {"x": None, "y": "z"}}]
    assert table.slice(0, 1).to_pylist() == [{"a": 1.0, "b": None, "c": {"x": 1, "y": None}, "d": [], "e": None}]


@pytest.mark.parametrize("values", [[1, "x", None], [1, 2**70, None], [{"a": 1}, [1], None], [True, 1, None]])
def test_types_that_nothing_holds_together_become_json_text(tmp_path, values):
    expected = [value if value is None or isinstance(value, str) else json.dumps(value) for value in values]
    lines = "\n".join(json.dumps({"v": value}) for value in values)
    for source in ([{"v": value} for value in values], write(tmp_path / "a.jsonl", lines)):
        assert read(source).column("v").to_pylist() == expected


def test_text_that_looks_like_a_date_stays_as_it_was_written(tmp_path):
    path = write(tmp_path / "a.jsonl", '{"when": "2024-01-02 03:04:05"}\n')
    assert rows(path) == [{"when": "2024-01-02 03:04:05"}]


def test_nested_columns_and_booleans_are_kept(tmp_path):
    row = {"tags": ["a", "b"], "turns": [{"role": "user", "content": "hi"}], "ok": True, "meta": {"x": {"y": [1]}}}
    assert rows(write(tmp_path / "a.jsonl", json.dumps(row))) == [row]


def test_strings_and_lists_of_all_kinds_become_one_kind_and_other_types_are_kept():
    table = pa.table({
        "text": pa.array(["a"]).dictionary_encode(),
        "large": pa.array(["b"], pa.large_string()),
        "nothing": pa.nulls(1),
        "tags": pa.array([["c"]], pa.large_list(pa.large_string())),
        "empty": pa.array([{}], pa.struct([])),
        "map": pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int64())),
        "took": pa.array([5], pa.duration("s")),
    })  # fmt: skip
    result = read(table)
    assert result.schema.types[:4] == [pa.string(), pa.string(), pa.string(), pa.list_(pa.string())]
    assert result.schema.types[4:] == table.schema.types[4:]
    assert result.to_pylist() == table.to_pylist()


def test_broken_lines_are_left_out_and_listed_with_their_numbers(tmp_path):
    path = write(tmp_path / "a.jsonl", '{"text": "one"}\n{"text": \n\n[1]\n{"text": "five"}\n')
    assert [row["text"] for row in rows(path)] == ["one", "five"]
    assert [(line.line, line.source) for line in broken_of(path)] == [(2, "a.jsonl"), (4, "a.jsonl")]
    assert broken_of(path)[0].raw == '{"text": '


def test_strict_reading_names_the_broken_line(tmp_path):
    path = write(tmp_path / "a.jsonl", '{"text": "one"}\n{oops}\n')
    with pytest.raises(ParseError, match=r"Line 2 of a\.jsonl"):
        read(path, is_strict=True)


def test_csv_records_with_a_wrong_number_of_cells_are_left_out_and_listed(tmp_path):
    path = write(tmp_path / "a.csv", "text,n\none,1\ntwo,2,3\nfour,4\n")
    assert [row["n"] for row in rows(path)] == [1, 4]
    (line,) = broken_of(path)
    assert (line.line, line.problem) == (3, "3 cells where 2 should be")


def test_strict_reading_of_csv_names_the_broken_record(tmp_path):
    with pytest.raises(ParseError, match=r"Line 3 of a\.csv"):
        read(write(tmp_path / "a.csv", "text,n\none,1\ntwo,2,3\n"), is_strict=True)


def test_csv_cells_may_hold_delimiters_quotes_and_line_ends(tmp_path):
    path = write(tmp_path / "a.csv", 'text,n\n"a, ""b""\nc",1\nd,2\n')
    assert rows(path) == [{"text": 'a, "b"\nc', "n": 1}, {"text": "d", "n": 2}]


def test_csv_cells_with_leading_zeros_stay_text_and_empty_numbers_are_missing(tmp_path):
    path = write(tmp_path / "a.csv", "zip,n,ok\n007,1,true\n012,,false\n")
    assert rows(path) == [{"zip": "007", "n": 1, "ok": True}, {"zip": "012", "n": None, "ok": False}]


def test_csv_without_a_header_row_keeps_its_first_record(tmp_path):
    path = write(tmp_path / "a.csv", '"3","A headline, long"\n"4","Another"\n')
    assert rows(path)[0] == {"column_1": 3, "column_2": "A headline, long"}


def test_tabs_with_stray_quotes_are_read_as_they_are(tmp_path):
    path = write(tmp_path / "a.tsv", 'text\tn\nsay "hi\t1\nplain\t2\n')
    assert rows(path) == [{"text": 'say "hi', "n": 1}, {"text": "plain", "n": 2}]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_unicode_encodings_are_known_by_their_marks(tmp_path, encoding):
    text = '{"text": "naïve 中文 עברית 😀"}\n'
    mark = "\ufeff".encode("utf-16-be") if encoding == "utf-16-be" else b""
    assert rows(write(tmp_path / "a.jsonl", mark + text.encode(encoding)))[0]["text"] == "naïve 中文 עברית 😀"


def test_a_file_in_windows_1252_is_read_with_a_note(tmp_path):
    source = open_source(write(tmp_path / "a.csv", "text,n\ncafé “yes”,1\n".encode("cp1252")))
    assert next(source.batches()).to_pylist() == [{"text": "café “yes”", "n": 1}]
    assert any("Windows-1252" in note for note in source.notes)


def test_damaged_bytes_in_utf8_are_replaced_and_counted(tmp_path):
    source = open_source(write(tmp_path / "a.txt", "é fine\n".encode() + b"bad \xff here\n"))
    assert next(source.batches()).column("text").to_pylist() == ["é fine", "bad \ufffd here"]
    assert any("1 bytes" in note or "1 byte" in note for note in source.notes)


def test_characters_cut_by_a_block_end_stay_whole(tmp_path):
    text = "x" + "é" * (3 << 20)
    assert rows(write(tmp_path / "a.txt", text)) == [{"text": text}]


def test_half_characters_nuls_and_repeated_keys_in_json_are_read_sensibly(tmp_path):
    lines = [r'{"t": "half \ud800 here"}', r'{"t": "nul \u0000 byte"}', '{"t": "first", "t": "last"}']
    half, nul, repeated = (row["t"] for row in rows(write(tmp_path / "a.jsonl", "\n".join(lines))))
    assert half.startswith("half \ufffd")
    assert nul == "nul \0 byte"
    assert repeated == "last"


def test_nan_and_infinity_are_numbers(tmp_path):
    values = [row["v"] for row in rows(write(tmp_path / "a.jsonl", '{"v": 1.5}\n{"v": NaN}\n{"v": -Infinity}\n'))]
    assert values[0] == 1.5
    assert math.isnan(values[1])
    assert values[2] == -math.inf


def test_a_text_of_five_megabytes_is_one_row(tmp_path):
    text = "word " * (1 << 20)
    for name, data in (("a.jsonl", json.dumps({"text": text})), ("a.csv", f"text,n\n{text},1\n"), ("a.txt", text)):
        assert read(write(tmp_path / name, data)).num_rows == 1


def test_a_thousand_columns_are_read(tmp_path):
    row = {f"c{place}": place for place in range(1000)}
    assert rows(write(tmp_path / "a.jsonl", json.dumps(row))) == [row]


def test_columns_with_names_that_maps_use_are_renamed_with_a_note():
    source = open_source([{"row_id": 7, "a.b": 1, "": 2, "text": "x"}])
    (row,) = next(source.batches()).to_pylist()
    assert row == {"original_row_id": 7, "a.b": 1, "column_3": 2, "text": "x"}
    assert "Column 'row_id' is called 'original_row_id' in the map." in source.notes


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.csv", "a.txt", "empty"])
def test_an_empty_file_says_that_there_are_no_rows(tmp_path, name):
    with pytest.raises(NoRowsError, match="holds no rows"):
        read(write(tmp_path / name, b""))


@pytest.mark.parametrize("source", [[], pa.table({"text": pa.array([], pa.string())})])
def test_a_source_without_rows_says_so(source):
    with pytest.raises(NoRowsError):
        read(source)


def test_a_missing_file_is_an_error_with_near_names(tmp_path):
    write(tmp_path / "train.jsonl", LINES)
    with pytest.raises(NotFoundError, match=r"Did you mean .*train\.jsonl"):
        read(tmp_path / "trian.jsonl")


def test_what_is_no_source_is_refused_with_a_fix():
    with pytest.raises(InputError, match="iterable of dicts or strings"):
        read(42)
    with pytest.raises(InputError, match="Row 1 is a int"):
        read(["a", 1])


def test_a_small_cut_off_file_keeps_its_rows_too(tmp_path):
    lines = "".join(f'{{"text": "row {i} {i * 7919 % 10007}"}}\n' for i in range(3000))
    packed = gzip.compress(lines.encode())
    path = write(tmp_path / "cut.jsonl.gz", packed[: len(packed) * 3 // 4])
    broken_of(path)
    assert 1500 < len(rows(path)) < 2400


@pytest.mark.parametrize("name", ["fake.parquet", "fake.arrow"])
def test_what_only_its_name_says_is_binary_is_refused_and_not_read_as_text(tmp_path, name):
    with pytest.raises(ParseError, match="damaged"):
        rows(write(tmp_path / name, b"not parquet\nnor arrow\n"))


def test_a_cut_off_gzip_file_keeps_the_rows_before_the_cut(tmp_path):
    data = gzip.compress("".join(f'{{"n": {n}, "x": "{n * n}"}}\n' for n in range(50_000)).encode())
    path = write(tmp_path / "a.jsonl.gz", data[: len(data) // 2])
    assert read(path).num_rows > 1000
    assert any("breaks off" in line.problem for line in broken_of(path))
    with pytest.raises(ParseError, match="breaks off"):
        read(path, is_strict=True)


def test_a_damaged_parquet_file_is_an_error_with_a_fix(tmp_path):
    with pytest.raises(ParseError, match="damaged parquet"):
        read(write(tmp_path / "a.parquet", b"PAR1 and nothing more"))


def test_batches_are_no_larger_than_asked(tmp_path):
    path = write(tmp_path / "a.jsonl", "\n".join(json.dumps({"n": n}) for n in range(1000)))
    sizes = [batch.num_rows for batch in open_source(path, options=ReadOptions(batch_rows=300)).batches()]
    assert sizes == [300, 300, 300, 100]


def test_the_fingerprint_follows_the_bytes_of_files(tmp_path):
    first = open_source(write(tmp_path / "a.jsonl", LINES)).fingerprint
    assert first == open_source(write(tmp_path / "b.jsonl", LINES)).fingerprint
    assert first != open_source(write(tmp_path / "c.jsonl", LINES + LINES)).fingerprint
    assert open_source(PEOPLE).fingerprint is None


def test_sizes_are_told_where_they_are_known(tmp_path):
    pyarrow.parquet.write_table(pa.Table.from_pylist(PEOPLE), tmp_path / "a.parquet")
    source = open_source(tmp_path / "a.parquet")
    assert (source.total_rows, source.label) == (2, "a.parquet")
    assert source.size_bytes == (tmp_path / "a.parquet").stat().st_size
    assert open_source(iter(PEOPLE)).total_rows is None


def test_an_endless_iterator_is_taken_a_block_at_a_time():
    def forever():
        n = 0
        while True:
            yield {"n": n, "text": "x" * 1000}
            n += 1

    tracemalloc.start()
    plugin = loaders.get("rows")()
    batches = plugin.read(forever(), options=ReadOptions())
    for _ in range(30):
        next(batches)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20 << 20
