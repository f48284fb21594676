"""What a browser shows to a person who comes without the token."""

from __future__ import annotations

from html import escape

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, Response
from starlette.types import Scope

KNOCK_PATH = "/knock.js"
KNOCKED = "again"

# A link on another site's page brings no SameSite=Strict cookie along. Asking again from a page of our own does; the
# query differs, as a change of the fragment alone would load nothing.
KNOCK = f'location.replace("/?{KNOCKED}" + location.hash);\n'

PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Portolan</title>
{script}<h1>{problem}</h1>
<p>{fix}</p>
</html>
"""


def knock() -> Response:
    """The script that asks again. It holds no secret, so anyone may have it."""
    return Response(KNOCK, media_type="text/javascript")


def door_page(scope: Scope, *, problem: str, fix: str) -> Response | None:
    """The page for a person who opened the map's address without the token; None where a program asks."""
    headers = Headers(scope=scope)
    if scope["path"] != "/" or headers.get("sec-fetch-dest") != "document":
        return None
    comes_by_link = headers.get("sec-fetch-site") in ("cross-site", "same-site")
    script = f'<script src="{KNOCK_PATH}"></script>\n' if comes_by_link else ""
    return HTMLResponse(PAGE.format(script=script, problem=escape(problem), fix=escape(fix)), status_code=401)
