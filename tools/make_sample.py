"""Make the bundled sample: the four hh-rlhf files as one, with the file's name in the column `subset`.

    python tools/make_sample.py FOLDER_WITH_HH_RLHF

The folder holds `harmless-base.jsonl.gz`, `helpful-base.jsonl.gz`, `helpful-online.jsonl.gz`,
`helpful-rejection-sampled.jsonl.gz` and `LICENSE`. Rows keep their text and order.
The result is the same bytes each time.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import sys
from pathlib import Path

import zstandard

SUBSETS = ("harmless-base", "helpful-base", "helpful-online", "helpful-rejection-sampled")
TARGET = Path(__file__).resolve().parent.parent / "src" / "portolan" / "sample"


def sample_lines(folder: Path) -> bytes:
    """All rows as JSON lines, in UTF-8."""
    lines = []
    for subset in SUBSETS:
        with gzip.open(folder / f"{subset}.jsonl.gz", "rt", encoding="utf-8") as file:
            for line in file:
                row = json.loads(line)
                lines.append(json.dumps({**row, "subset": subset}, ensure_ascii=False) + "\n")
    return "".join(lines).encode()


def main() -> None:
    """Write the sample and print what the README states about it."""
    folder = Path(sys.argv[1])
    data = sample_lines(folder)
    packed = zstandard.ZstdCompressor(level=19, write_content_size=True).compress(data)
    (TARGET / "hh-rlhf.jsonl.zst").write_bytes(packed)
    shutil.copyfile(folder / "LICENSE", TARGET / "LICENSE")
    n_rows = data.count(b"\n")
    print(f"{n_rows:,} rows, {len(data):,} bytes, packed {len(packed):,} bytes")
    print("sha256 of the file:", hashlib.sha256(packed).hexdigest())
    print("sha256 of the text:", hashlib.sha256(data).hexdigest())


if __name__ == "__main__":
    main()
