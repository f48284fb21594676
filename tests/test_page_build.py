"""How the page is built from its sources."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture
def builder(monkeypatch):
    pytest.importorskip("hatchling")
    monkeypatch.syspath_prepend(str(ROOT))
    import hatch_build

    yield hatch_build
    sys.modules.pop("hatch_build", None)


def test_packages_that_other_checkouts_build_with_are_not_installed_anew(builder, tmp_path, monkeypatch):
    shared, ui = tmp_path / "shared", tmp_path / "ui"
    (shared / "vite").mkdir(parents=True)
    ui.mkdir()
    (ui / "package-lock.json").write_text("{}")
    (ui / "node_modules").symlink_to(shared)
    monkeypatch.setattr(builder, "UI", ui)
    with pytest.raises(SystemExit, match="is a link to"):
        builder.install()
    assert (shared / "vite").is_dir()
