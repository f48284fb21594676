"""Kernels are compiled beside a first map, once."""

from portolan import warming


def test_what_was_compiled_is_not_compiled_again(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    stamp = warming.stamp_path()
    stamp.parent.mkdir(parents=True)
    stamp.touch()
    before = len(warming._started)
    warming.warm_in_background(threads=2)
    assert len(warming._started) == before


def test_one_thread_compiles_nothing_beside(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    before = len(warming._started)
    warming.warm_in_background(threads=1)
    assert len(warming._started) == before


def test_another_cache_of_numba_has_another_stamp(tmp_path, monkeypatch):
    here = warming.stamp_path()
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    assert warming.stamp_path() != here


def test_a_cache_folder_that_cannot_be_made_is_no_error(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    before = len(warming._started)
    warming.warm_in_background(threads=2)
    assert len(warming._started) == before


def test_warming_runs_every_stage_after_embedding():
    warming.warm()
