"""Two plain web hosts for a folder: Python's own, which knows no ranges, and one that does. They note what was sent."""

import contextlib
import functools
import http.server
import re
import shutil
import threading
from pathlib import Path


class Plain(http.server.SimpleHTTPRequestHandler):
    """As `python -m http.server` serves a folder."""

    def log_message(self, *_args):
        pass

    def copyfile(self, source, outputfile):
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            shutil.copyfileobj(source, outputfile)


class Ranged(Plain):
    """Answers 206 to a Range, as most hosts do."""

    protocol_version = "HTTP/1.1"

    def send_head(self):
        found = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        path = Path(self.translate_path(self.path))
        if not found or not path.is_file():
            return super().send_head()
        start, end = int(found[1]), min(int(found[2]), path.stat().st_size - 1)
        data = path.read_bytes()[start : end + 1]
        self.send_response(206)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Range", f"bytes {start}-{end}/{path.stat().st_size}")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
        return None


HOSTS = {"plain": Plain, "ranges": Ranged}


@contextlib.contextmanager
def hosted(folder, kind):
    """Serve `folder`; gives its URL."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(HOSTS[kind], directory=str(folder)))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
