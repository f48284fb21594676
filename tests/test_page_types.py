"""The page's types are made from the server's answers: neither may change alone."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture
def document(monkeypatch):
    monkeypatch.setattr(sys, "path", [str(ROOT / "tools"), *sys.path])
    from write_openapi import openapi_document

    return openapi_document()


def test_the_page_knows_the_answers_that_the_server_gives(document):
    written = (ROOT / "ui" / "openapi.json").read_text()
    assert written == document, "Run: python tools/write_openapi.py, then npm run types in ui/."
