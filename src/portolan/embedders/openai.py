"""Any endpoint that speaks OpenAI's /embeddings: OpenAI itself, or vLLM, Ollama, LM Studio, TEI on your own machine.

`--embedder openai:MODEL` or `openai:MODEL@BASE_URL`; otherwise OPENAI_BASE_URL, and OPENAI_API_KEY where one is needed.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from portolan.embedders._model_files import require_argument, save_model, saved_model
from portolan.plugins import Embedder, EndpointError, MissingExtraError, Report, Texts, Vectors, embedders, silent

_DEFAULT_URL = "https://api.openai.com/v1"
_MAX_TEXTS = 128
_MAX_CHARS = 200_000
_MAX_TEXT_CHARS = 16_000
"""Most models read 8,192 tokens; a longer text is cut."""
_MAX_TRIES = 7
_MAX_WAIT_S = 60.0
_TIMEOUT_S = 120.0
_CHARS_PER_TOKEN = 4
_USD_PER_MILLION_TOKENS = {
    "text-embedding-3-small": 0.02,
    "text-embedding-3-large": 0.13,
    "text-embedding-ada-002": 0.10,
}
"""OpenAI's list prices, 2025; told as an estimate."""


class OpenAIEmbedder:
    """Vectors from an OpenAI-compatible endpoint."""

    is_costly = True

    def __init__(
        self,
        argument: str | None = None,
        *,
        random_state: int = 0,
        threads: int | None = None,
        requests_per_minute: float | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._model, _, url = require_argument("openai", argument).partition("@")
        self._url = (url or os.environ.get("OPENAI_BASE_URL") or _DEFAULT_URL).rstrip("/")
        self._pause_s = 60 / requests_per_minute if requests_per_minute else 0.0
        self._sleep = sleep
        self._n_dims = 0
        self._client: Any = None
        self.n_tokens = 0
        """Tokens the endpoint has counted so far."""
        self.key = f"openai:{self._model}@{self._url}:{_MAX_TEXT_CHARS}"

    @property
    def n_dims(self) -> int:
        """Length of a vector; asks the endpoint once if it is not known yet."""
        if not self._n_dims:
            self._n_dims = self._request(["length"]).shape[1]
        return self._n_dims

    def estimate(self, n_rows: int, n_chars: int) -> str:
        """What embedding would send and cost, as one line for a person."""
        n_tokens = n_chars // _CHARS_PER_TOKEN
        n_requests = max(-(-n_rows // _MAX_TEXTS), -(-n_chars // _MAX_CHARS))
        said = f"openai:{self._model}: {n_rows:,} texts, about {n_tokens:,} tokens in {n_requests:,} requests"
        price = _USD_PER_MILLION_TOKENS.get(self._model) if self._url == _DEFAULT_URL else None
        cost = f"about {n_tokens * price / 1e6:,.2f} USD" if price is not None else "price not known"
        return f"{said} to {self._url}, {cost}"

    def fit(self, batches: Callable[[], Iterator[Texts]], *, n_rows: int, report: Report = silent) -> None:
        """Ask for one vector, so that a wrong key or name is told before the work begins."""
        self._n_dims = self._request(["length"]).shape[1]

    def embed(self, texts: Texts) -> Vectors:
        """Vectors of `texts`, shape (n_rows, n_dims), float32, unit length; a text of white space alone gives zeros."""
        from portolan.core.lsa import unit_rows

        said = [text[:_MAX_TEXT_CHARS] for text in texts.to_pylist()]
        vectors = np.zeros((len(said), self.n_dims), np.float32)
        for places in _requests([i for i, text in enumerate(said) if text.strip()], said):
            found = self._request([said[i] for i in places])
            if found.shape[1] != self.n_dims:
                raise EndpointError(
                    f"{self._url} answered with vectors of {found.shape[1]} numbers after {self.n_dims}.",
                    fix="Check that one model alone answers under this name.",
                )
            vectors[places] = found
        return unit_rows(vectors)

    def save(self, folder: Path) -> None:
        """Write model and endpoint; never the key."""
        save_model(folder, argument=f"{self._model}@{self._url}", n_dims=self.n_dims)

    @classmethod
    def load(cls, folder: Path, *, threads: int | None = None) -> Embedder:
        """The embedder that `save` wrote."""
        argument, n_dims = saved_model(folder)
        embedder = cls(argument, threads=threads)
        embedder._n_dims = n_dims
        return embedder

    def _request(self, texts: list[str]) -> Vectors:
        """Vectors of the texts of one request, in order."""
        body = {"model": self._model, "input": texts, "encoding_format": "float"}
        answer = self._answer(body)
        try:
            found = sorted(answer["data"], key=lambda entry: entry["index"])
            vectors = np.array([entry["embedding"] for entry in found], np.float32)
            self.n_tokens += int((answer.get("usage") or {}).get("total_tokens") or 0)
        except (KeyError, TypeError, ValueError) as error:
            raise EndpointError(
                f"{self._url} gave no embeddings in its answer: {str(answer)[:200]}",
                fix="Check that the endpoint speaks OpenAI's /embeddings and that the model embeds.",
            ) from error
        if vectors.shape[:1] != (len(texts),) or vectors.ndim != 2:
            raise EndpointError(
                f"{self._url} answered {len(texts)} texts with an array of shape {vectors.shape}.",
                fix="Check that the endpoint takes a list of texts as input.",
            )
        return vectors

    def _answer(self, body: dict[str, Any]) -> Any:
        """The endpoint's answer, tried again with growing pauses while it is busy, failing or away."""
        import httpx

        problem = ""
        for number in range(_MAX_TRIES):
            if self._pause_s:
                self._sleep(self._pause_s)
            wait_s = min(2.0**number, _MAX_WAIT_S)
            try:
                response = self._opened().post(f"{self._url}/embeddings", json=body)
            except httpx.TransportError as error:
                problem = f"{type(error).__name__}: {error}"
            else:
                if response.status_code == 200:
                    return _json(response, self._url)
                problem = f"{response.status_code}: {response.text[:300]}"
                if response.status_code != 429 and response.status_code < 500:
                    break
                wait_s = _retry_after(response.headers.get("retry-after"), otherwise=wait_s)
            if number < _MAX_TRIES - 1:
                self._sleep(wait_s)
        raise EndpointError(
            f"{self._url}/embeddings did not answer for '{self._model}': {problem}",
            fix="Check OPENAI_API_KEY, OPENAI_BASE_URL and the model's name; then run again: finished work is kept.",
        )

    def _opened(self) -> Any:
        if self._client is None:
            try:
                import httpx
            except ImportError as error:
                raise MissingExtraError(
                    "The 'openai' embedder needs httpx.", fix="Run: pip install 'portolan[openai]'."
                ) from error
            secret = os.environ.get("OPENAI_API_KEY")
            headers = {"Authorization": f"Bearer {secret}"} if secret else {}
            self._client = httpx.Client(headers=headers, timeout=_TIMEOUT_S)
        return self._client


def _json(response: Any, url: str) -> Any:
    try:
        return response.json()
    except ValueError as error:
        raise EndpointError(
            f"{url} answered with something that is no JSON: {response.text[:200]}",
            fix="Check the base URL: it usually ends in /v1.",
        ) from error


def _retry_after(header: str | None, *, otherwise: float) -> float:
    """Seconds the endpoint asks to wait for; dates, which hardly anyone sends, count as not said."""
    try:
        return min(max(float(header or ""), 0.0), _MAX_WAIT_S)
    except ValueError:
        return otherwise


def _requests(places: list[int], texts: list[str]) -> Iterator[list[int]]:
    """Places cut into requests of bounded size."""
    request: list[int] = []
    n_chars = 0
    for place in places:
        if request and (len(request) == _MAX_TEXTS or n_chars + len(texts[place]) > _MAX_CHARS):
            yield request
            request, n_chars = [], 0
        request.append(place)
        n_chars += len(texts[place])
    if request:
        yield request


embedders.add("openai", OpenAIEmbedder)
