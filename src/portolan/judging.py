"""Language models as judges: what a scorer and a preference model that ask one have in common."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from portolan.errors import EndpointError, InputError, MissingExtraError, NotFoundError

AT_ONCE = 8
"""Requests that are under way at a time."""
MOST_CHARACTERS = 24_000
"""Of each text that is sent."""
_DEFAULT_URL = "https://api.openai.com/v1"
_MOST_TRIES = 6
_MOST_WAIT_S = 60.0
_TIMEOUT_S = 120.0
_ANSWER_TOKENS = 80
_USD_PER_MILLION = {
    "gpt-4o-mini": (0.15, 0.60),
    "gpt-4o": (2.5, 10.0),
    "gpt-4.1-mini": (0.4, 1.6),
    "gpt-4.1": (2.0, 8.0),
}
"""OpenAI's list prices for what is read and what is written, 2025; told as an estimate."""


class Judge:
    """A chat model at an OpenAI-compatible endpoint, and the rubric that it judges by.

    Parameters
    ----------
    argument : str
        MODEL, MODEL@URL, then ,rubric=FILE.
    option : str
        How it is asked for: "--scorer judge", "--model judge".
    rubric : str
        The rubric where no file is named.
    """

    def __init__(
        self, argument: str | None, *, option: str, rubric: str, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        where, _, self.rubric_file = (argument or "").partition(",rubric=")
        self.model, _, url = where.partition("@")
        if not self.model:
            kind = "scorer" if "scorer" in option else "model"
            raise InputError(
                f"The 'judge' {kind} needs a model.", fix=f"Write {option}:MODEL, or judge:MODEL@URL,rubric=FILE."
            )
        self.url = (url or os.environ.get("OPENAI_BASE_URL") or _DEFAULT_URL).rstrip("/")
        self.rubric = _read_rubric(self.rubric_file) if self.rubric_file else rubric
        self._sleep = sleep
        self._client: Any = None

    def estimate(self, n_requests: int, n_chars: int) -> str:
        """What so many requests of so many characters in all would send and cost, as one line for a person."""
        n_read, n_written = n_chars // 4, n_requests * _ANSWER_TOKENS
        said = f"judge:{self.model}: {n_requests:,} requests to {self.url}, about {n_read:,} tokens read"
        price = _USD_PER_MILLION.get(self.model) if self.url == _DEFAULT_URL else None
        if price is None:
            return f"{said} and {n_written:,} written, price not known"
        return f"{said} and {n_written:,} written, about {(n_read * price[0] + n_written * price[1]) / 1e6:,.2f} USD"

    def ask(self, instructions: str, given: dict[str, str]) -> tuple[float, str] | None:
        """Score and reason; asked for once more where the answer has no score from 0 to 10, then None.

        Raises
        ------
        EndpointError
            The endpoint did not answer, though it was asked again and again with growing pauses.
        """
        self.open()
        messages = [
            {"role": "system", "content": instructions + self.rubric},
            {"role": "user", "content": json.dumps(given, ensure_ascii=False)},
        ]
        body = {"model": self.model, "temperature": 0, "messages": messages}
        for _ in range(2):
            found = read_answer(self._answer(body))
            if found is not None:
                return found
        return None

    def _answer(self, body: dict[str, Any]) -> str:
        import httpx

        problem = ""
        for number in range(_MOST_TRIES):
            if number:
                self._sleep(min(2.0**number, _MOST_WAIT_S))
            try:
                response = self._client.post(f"{self.url}/chat/completions", json=body)
            except httpx.TransportError as error:
                problem = f"{type(error).__name__}: {error}"
                continue
            if response.status_code == 200:
                return str(response.text)
            problem = f"{response.status_code}: {response.text[:300]}"
            if response.status_code != 429 and response.status_code < 500:
                break
        raise EndpointError(
            f"{self.url}/chat/completions did not answer for '{self.model}': {problem}",
            fix="Check OPENAI_API_KEY, OPENAI_BASE_URL and the model's name; then run again: finished work is kept.",
        )

    def open(self) -> None:
        """Make ready to ask, before several threads do."""
        if self._client is None:
            try:
                import httpx
            except ImportError as error:
                raise MissingExtraError("'judge' needs httpx.", fix="Run: pip install 'portolan[openai]'.") from error
            secret = os.environ.get("OPENAI_API_KEY")
            headers = {"Authorization": f"Bearer {secret}"} if secret else {}
            self._client = httpx.Client(headers=headers, timeout=_TIMEOUT_S)


def read_answer(answer: str) -> tuple[float, str] | None:
    """Score and reason in an endpoint's answer; None where there is no score from 0 to 10."""
    try:
        content = json.loads(answer)["choices"][0]["message"]["content"]
        found = re.search(r"\{.*\}", content, re.DOTALL)
        said = json.loads(found.group()) if found else {}
        score = float(said["score"])
    except (ValueError, KeyError, IndexError, TypeError):
        return None
    return (score, str(said.get("reason", "")).strip()) if 0 <= score <= 10 else None


def _read_rubric(path: str) -> str:
    try:
        rubric = Path(path).expanduser().read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise NotFoundError(f"The rubric '{path}' cannot be read.", fix="Give a text file: rubric=FILE.") from error
    if not rubric:
        raise InputError(f"The rubric '{path}' is empty.", fix="Write in it what 0 and what 10 mean.")
    return rubric
