"""What the page's tests compare with is what Python makes now."""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_the_fixture_of_the_pages_search_is_what_python_makes_now():
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        from write_words_fixture import PATH, fixture
    finally:
        sys.path.remove(str(ROOT / "tools"))
    assert json.loads(PATH.read_text(encoding="utf-8")) == fixture(), "run: python tools/write_words_fixture.py"
