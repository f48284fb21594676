"""The harm scorer's second step: a small encoder that reads a text in the context of its prompt, run by onnxruntime."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from portolan.core.encoded import join_pieces, prompt_end
from portolan.core.parallel import map_blocks
from portolan.plugins import MissingExtraError

ENCODER = Path(__file__).parent / "harm_encoder"
ABOUT: dict[str, Any] = json.loads((ENCODER / "about.json").read_text(encoding="utf-8"))


class HarmEncoder:
    """The bundled encoder, read once."""

    def __init__(self, folder: Path = ENCODER) -> None:
        try:
            import onnxruntime
            from tokenizers import Tokenizer
        except ImportError as error:
            raise MissingExtraError(
                "The second step of the 'harm' scorer needs onnxruntime.",
                fix="Run: pip install onnxruntime; or use --scorer harm:fast, which does without.",
            ) from error
        onnxruntime.disable_telemetry_events()
        options = onnxruntime.SessionOptions()
        # Texts go through one by one and side by side: how a sum is split never depends on the number of threads.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        # Every text has a length of its own: plans of memory for each would pile up.
        options.enable_mem_pattern = False
        self._session = onnxruntime.InferenceSession(folder / "model.onnx", options, providers=["CPUExecutionProvider"])
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))

    def logits(self, texts: Sequence[str], prompts: Sequence[str], *, threads: int | None) -> NDArray[np.float32]:
        """Logits of harm, float32, shape (n_texts,); each of its text and prompt alone.

        Quantised activations are scaled by their range in what is run at once: one text at a time, so that its score
        does not depend on its neighbours.
        """
        joined = join_pieces(self._tokenizer, texts, prompt_end(prompts))
        found = np.empty(len(joined), np.float32)

        def work(first: int, last: int) -> None:
            for row in range(first, last):
                ids, n_before = joined[row]
                is_text = (np.arange(len(ids)) >= n_before).astype(np.float32)
                given = {"ids": np.array([ids], np.int64), "is_text": is_text[None]}
                found[row] = self._session.run(["logit"], given)[0][0]

        for _ in map_blocks(work, len(joined), block_rows=4, threads=threads):
            pass
        return found
