"""Maps are found by path or by name."""

from pathlib import Path

import pytest

from portolan.errors import NotFoundError
from portolan.home import find_map, map_path, maps_home, slug


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("PORTOLAN_HOME", str(tmp_path))
    return tmp_path


def test_without_a_path_a_map_lies_under_portolan_home(home):
    assert map_path("Anthropic RLHF", None) == home / "anthropic-rlhf.portolan"


def test_a_path_that_was_given_is_taken_as_it_is(home):
    assert map_path("x", Path("somewhere/here")) == Path("somewhere/here")


def test_without_portolan_home_maps_lie_in_the_home_folder(monkeypatch):
    monkeypatch.delenv("PORTOLAN_HOME", raising=False)
    assert maps_home() == Path.home() / ".portolan"


@pytest.mark.parametrize(
    ("name", "folder"), [("a/b:c", "a-b-c"), ("  ", "map"), ("微博 热搜", "微博-热搜"), ("../..", "map")]
)
def test_a_name_makes_a_safe_folder_name(name, folder):
    assert slug(name) == folder


def test_a_map_is_found_by_its_name(home):
    (home / "reviews.portolan").mkdir()
    assert find_map("Reviews") == home / "reviews.portolan"


def test_a_map_is_found_by_its_path_without_the_ending(home):
    (home / "reviews.portolan").mkdir()
    assert find_map(home / "reviews") == home / "reviews.portolan"


def test_a_missing_map_is_refused_with_the_nearest_names(home):
    (home / "reviews.portolan").mkdir()
    with pytest.raises(NotFoundError) as caught:
        find_map("reviewz")
    assert "reviews" in caught.value.fix
