"""Write the server's OpenAPI document, from which the page's types are generated.

    python tools/write_openapi.py ui/src/data/openapi.json
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from portolan.server.app import create_app
from portolan.server.reader import MapReader


def no_map(path: Path) -> MapReader:
    """Nothing is opened: the document does not depend on a map."""
    raise NotImplementedError(path)


def main() -> None:
    """Write the document to the path given, or to stdout."""
    document = create_app(Path(), access=None, open_map=no_map).openapi()
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
