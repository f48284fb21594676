"""What is public, and that looking at it is cheap."""

import subprocess
import sys

import portolan

HEAVY = (
    "numpy",
    "pyarrow",
    "numba",
    "scipy",
    "sklearn",
    "lance",
    "igraph",
    "torch",
    "fastapi",
    "rich",
    "datasets",
    "anywidget",
)


def test_the_public_names_are_these():
    assert portolan.__all__ == [
        "AtlasDataset",
        "AtlasProject",
        "Map",
        "PortolanError",
        "__version__",
        "map_text",
        "open_map",
    ]
    for name in portolan.__all__:
        assert getattr(portolan, name) is not None


def test_the_widget_is_there_for_those_who_have_its_extra():
    assert portolan.Widget.__name__ == "Widget"


def test_importing_portolan_loads_none_of_the_heavy_packages():
    code = f"import portolan, sys; print([name for name in {HEAVY!r} if name in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_the_help_of_the_command_line_loads_none_of_them_either():
    code = (
        "import sys\nfrom portolan.cli.main import main\nsys.argv = ['portolan', 'map', '--help']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules and name != 'rich'])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip().endswith("[]")
