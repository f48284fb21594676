"""A published folder as one zip file."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

from portolan.store.files import write_errors
from portolan.types import Progress, Report


def write_zip(folder: Path, *, report: Report) -> Path:
    """Write `folder` as FOLDER.zip beside it, at once; returns its path."""
    target = folder.with_name(f"{folder.name}.zip")
    draft = folder.with_name(f".{folder.name}.zip.{os.getpid()}")
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    try:
        with write_errors(target), zipfile.ZipFile(draft, "w", allowZip64=True) as archive:
            for place, path in enumerate(files):
                # Packs are compressed already.
                how = zipfile.ZIP_STORED if path.suffix == ".bin" else zipfile.ZIP_DEFLATED
                archive.write(path, path.relative_to(folder), compress_type=how)
                report(Progress("publish-zip", place + 1, len(files), unit="files"))
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return target
