"""Who may ask: the token, the Host and Origin checks, and the headers that every answer carries.

The data of a map may be private, and any page that the same browser has open can send requests to this machine.
So each request must name this server as its host (a foreign name that resolves to 127.0.0.1 does not), must not
come from another site's page, and must show the token that the printed URL holds.
"""

from __future__ import annotations

import hmac
import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portolan.acting import LOCAL, Person, acting
from portolan.built_page import CONTENT_SECURITY_POLICY
from portolan.server.door import KNOCK_PATH, KNOCKED, door_page, knock
from portolan.server.problems import problem_response
from portolan.server.roles import SAFE_METHODS, refusal_of
from portolan.team import Team

MAX_BODY_BYTES = 1_000_000
LOCAL_NAMES = ("127.0.0.1", "localhost", "[::1]")
PERSON = "portolan_person"
"""In a request's scope: who asks."""
ANY_ADDRESS = ("0.0.0.0", "::", "[::]")

# A notebook on this machine shows the page in a frame; its port is not ours.
FRAMED_BY = "frame-ancestors 'self' http://localhost:* http://127.0.0.1:*"
HEADERS = {
    "content-security-policy": "; ".join((*CONTENT_SECURITY_POLICY, FRAMED_BY)),
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


@dataclass(frozen=True)
class Access:
    """What a request must show to be answered.

    `token` is that of whoever started the server, an owner; `team` are those who have tokens of their own.
    """

    token: str
    port: int
    host: str = "127.0.0.1"
    team: Team | None = None

    @property
    def cookie_name(self) -> str:
        """Name of the cookie that holds the token. Cookies ignore ports, so the port is in the name."""
        return f"portolan_{self.port}"

    def names_us(self, host: str) -> bool:
        """Whether a request's Host header names this server."""
        name, port = split_host(host.lower())
        if port != self.port:
            return False
        if name in LOCAL_NAMES or name == self.host.lower() or name == f"[{self.host.lower()}]":
            return True
        # Served to the whole network: an address is no name that a stranger's DNS could point here.
        return self.host in ANY_ADDRESS and (is_address(name) or name == socket.gethostname().lower())

    def who(self, token: str | None) -> Person | None:
        """Whose token it is, compared in constant time; None: nobody's."""
        if token is None:
            return None
        if hmac.compare_digest(token.encode(), self.token.encode()):
            return LOCAL
        return self.team.person(token) if self.team is not None else None


def split_host(host: str) -> tuple[str, int | None]:
    """Name and port of a Host header; the port is 80 where it is left out and None where it is no number."""
    name, colon, port = host.rpartition(":")
    if not colon or host.endswith("]"):
        return host, 80
    return name, int(port) if port.isascii() and port.isdigit() else None


def is_address(name: str) -> bool:
    """Whether a host name is an IP address, an IPv6 one in brackets."""
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def token_of(headers: Mapping[str, str], cookie_name: str) -> str | None:
    """The token that a request shows: `Authorization: Bearer`, else the cookie."""
    scheme, _, credentials = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip()
    try:
        cookie = SimpleCookie(headers.get("cookie", "")).get(cookie_name)
    except CookieError:
        return None
    return cookie.value if cookie else None


def comes_from_elsewhere(headers: Mapping[str, str], method: str) -> bool:
    """Whether another site's page sent this request, or may have."""
    origin = headers.get("origin")
    host = headers.get("host", "")
    if origin is not None:
        return origin not in (f"http://{host}", f"https://{host}")
    site = headers.get("sec-fetch-site")
    if site in ("cross-site", "same-site"):
        return method not in SAFE_METHODS or headers.get("sec-fetch-mode") != "navigate"
    # No browser leaves both out when it changes something; a program shows its token in a header, not a cookie.
    return method not in SAFE_METHODS and site is None and "authorization" not in headers


def has_other_body(headers: Mapping[str, str], method: str) -> bool:
    """Whether a request that changes something brings anything but JSON: another site's form could send such a one."""
    if method in SAFE_METHODS:
        return False
    is_empty = headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind != "application/json" and not (is_empty and kind == "")


class Guard:
    """Lets a request through to the app if it is for us, from us, and shows the token."""

    def __init__(self, app: ASGIApp, *, access: Access) -> None:
        self.app = app
        self.access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("cache-control", "no-store")
            await send(message)

        scope = dict(scope)
        answer = self._refusal(scope) or self._entrance(scope) or self._turned_away(scope)
        if answer is not None:
            await answer(scope, receive, send_with_headers)
            return
        with acting(scope[PERSON]):
            await self.app(scope, receive, send_with_headers)

    def _refusal(self, scope: Scope) -> Response | None:
        """The answer to a request that no token could save."""
        headers, method = Headers(scope=scope), scope["method"]
        host = headers.get("host", "")
        if not self.access.names_us(host):
            return problem_response(
                403,
                f"This server does not answer to the host '{host[:100]}'.",
                fix=f"Open http://127.0.0.1:{self.access.port}, or start it with --host and the name you use.",
            )
        if comes_from_elsewhere(headers, method):
            return problem_response(
                403, "The request came from another site's page.", fix="Open the URL that Portolan printed."
            )
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > MAX_BODY_BYTES:
            return problem_response(413, "The request is too large.", fix=f"Send at most {MAX_BODY_BYTES:,} bytes.")
        if has_other_body(headers, method):
            return problem_response(
                415,
                "The request's body is no JSON.",
                fix="Send it with 'Content-Type: application/json'.",
            )
        return None

    def _entrance(self, scope: Scope) -> Response | None:
        """The answer to a URL that carries the token: the same URL without it, and a cookie.

        A frame gets no cookie, as browsers keep cookies from a frame whose page is another site's (a notebook on
        `localhost` is another site than `127.0.0.1`). Its URL carries the token instead, as `/t/TOKEN/`, and the
        page's own requests, being relative, carry it too.
        """
        path: str = scope["path"]
        if path.startswith("/t/"):
            shown, slash, rest = path.removeprefix("/t/").partition("/")
            if slash and (person := self.access.who(shown)) is not None:
                scope["path"], scope["raw_path"] = f"/{rest}", f"/{rest}".encode()
                scope[PERSON] = person
            return None
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        if path == KNOCK_PATH:
            return knock()
        if path != "/":
            return None
        if query == [(KNOCKED, "")] and self._person(scope) is not None:
            return RedirectResponse("/", status_code=303)
        token = dict(query).get("token")
        if token is None or self.access.who(token) is None:
            return None
        kept = urlencode([pair for pair in query if pair[0] != "token"])
        if Headers(scope=scope).get("sec-fetch-dest") == "iframe":
            return RedirectResponse(f"/t/{token}/" + (f"?{kept}" if kept else ""), status_code=303)
        response = RedirectResponse("/" + (f"?{kept}" if kept else ""), status_code=303)
        response.set_cookie(self.access.cookie_name, token, httponly=True, samesite="strict", path="/")
        return response

    def _turned_away(self, scope: Scope) -> Response | None:
        """The answer to a request of nobody known, or beyond the role of who asks; else the scope says who that is."""
        person = self._person(scope)
        if person is None:
            return self._without_token(scope)
        scope[PERSON] = person
        return self._beyond_role(scope, person)

    def _without_token(self, scope: Scope) -> Response:
        """The answer to a request that does not show the token."""
        problem = "This map is private: the request shows no token, or not this server's."
        fix = "Open the whole URL that Portolan printed, with its token, or send 'Authorization: Bearer TOKEN'."
        return door_page(scope, problem=problem, fix=fix) or problem_response(401, problem, fix=fix)

    def _beyond_role(self, scope: Scope, person: Person) -> Response | None:
        """The answer to a request that is not that person's to make."""
        refusal = refusal_of(person, scope["method"], scope["path"])
        return None if refusal is None else problem_response(403, refusal[0], fix=refusal[1])

    def _person(self, scope: Scope) -> Person | None:
        """Who asks; None: somebody without a token that counts."""
        person: Person | None = scope.get(PERSON)
        return person or self.access.who(token_of(Headers(scope=scope), self.access.cookie_name))
