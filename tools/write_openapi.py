"""Write the server's OpenAPI document to ui/openapi.json, from which the page's types are made.

After a change of the server's answers: `python tools/write_openapi.py`, then `npm run types` in ui/.
"""

from __future__ import annotations

import json
from pathlib import Path

from portolan.map import Map
from portolan.server.app import create_app
from portolan.server.current import CurrentMap

TARGET = Path(__file__).parent.parent / "ui" / "openapi.json"


def openapi_document() -> str:
    """The document, as it stands in the file."""
    document = create_app(CurrentMap(Path("none"), open_map=Map.open), access=None).openapi()
    # The page does not depend on the release.
    document["info"]["version"] = "0"
    return json.dumps(document, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    TARGET.write_text(openapi_document())
    print(f"Wrote {TARGET}.")
