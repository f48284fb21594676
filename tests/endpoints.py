"""An endpoint like OpenAI's on this machine, for what asks models."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

DROP = "drop"
Answer = str | int | Callable[[dict[str, Any]], dict[str, Any]]


def chat(text: str) -> dict[str, Any]:
    """What a chat endpoint answers when its model says `text`."""
    return {"choices": [{"message": {"content": text}}]}


class Endpoint:
    """Gives prepared answers, in order; the last one again and again. What it was asked is in `requests`.

    An answer is what a model says, a status to refuse with, DROP to hang up, or a function of the request's content
    that gives the answer's.
    """

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.requests: list[dict[str, Any]] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def first(self, *answers: Answer) -> None:
        """Give these answers before all others."""
        self.answers = [*answers, *self.answers]

    def __enter__(self) -> Endpoint:
        return self

    def __exit__(self, *_) -> None:
        self.server.shutdown()
        self.server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                endpoint.requests.append(body)
                answer = endpoint.answers.pop(0) if len(endpoint.answers) > 1 else endpoint.answers[0]
                if answer == DROP:
                    self.close_connection = True
                    self.connection.close()
                elif isinstance(answer, int):
                    self.say(answer, {"error": "trouble"})
                else:
                    self.say(200, chat(answer) if isinstance(answer, str) else answer(body))

            def say(self, status, content):
                raw = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("content-length", str(len(raw)))
                if status == 429:
                    self.send_header("retry-after", "3")
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, *_args):
                pass

        return Handler
