"""The head of a dataset card, by which the Hugging Face hub and `load_dataset` know what lies in a folder."""

from __future__ import annotations

import yaml

_SIZES = ((10**3, "n<1K"), (10**4, "1K<n<10K"), (10**5, "10K<n<100K"), (10**6, "100K<n<1M"), (10**7, "1M<n<10M"),
          (10**8, "10M<n<100M"), (10**9, "100M<n<1B"))  # fmt: skip


def front_matter(name: str, n_rows: int) -> str:
    """YAML between two lines of ---: the name, the size, and which files hold which split."""
    size = next((told for most, told in _SIZES if n_rows < most), "n>1B")
    files = [{"split": "train", "path": "data/train-*.parquet"}]
    facts = {
        "pretty_name": name,
        "size_categories": [size],
        "configs": [{"config_name": "default", "data_files": files}],
    }
    return f"---\n{yaml.safe_dump(facts, allow_unicode=True, sort_keys=False)}---\n\n"
