"""The least that a page with WebGL takes here: one that does nothing but fill its canvas with a colour."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from playwright.sync_api import Playwright

import browsing

PAGE = b"""<!doctype html>
<canvas style="position: fixed; inset: 0; width: 100%; height: 100%"></canvas>
<script type="module">
  const canvas = Object.assign(document.querySelector("canvas"), { width: innerWidth, height: innerHeight })
  const gl = canvas.getContext("webgl2", { antialias: false, alpha: false, depth: false })
  gl.clearColor(0.9, 0.2, 0.2, 1)
  gl.clear(gl.COLOR_BUFFER_BIT)
  const fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0)
  gl.flush()
  const look = () =>
    gl.getSyncParameter(fence, gl.SYNC_STATUS) === gl.UNSIGNALED
      ? setTimeout(look, 4)
      : requestAnimationFrame(() => performance.mark("first-frame"))
  look()
</script>"""


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.send_header("content-length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def _served() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answer)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()


def first_frame_ms(play: Playwright, *, gpu: bool) -> float:
    """From the navigation until the canvas is filled, told as the map's own page tells its first frame."""
    with _served() as url, browsing.new_page(play, gpu=gpu) as (_, page):
        page.goto(url)
        page.wait_for_function("performance.getEntriesByName('first-frame').length")
        return float(page.evaluate("performance.getEntriesByName('first-frame')[0].startTime"))
