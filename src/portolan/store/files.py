"""Files written whole or not at all, and what goes wrong with them said in our own words."""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from portolan.errors import MapFormatError, MapWriteError, PortolanError, ShapeError

_OTHER_FOLDER = "Choose another folder (-o PATH)."
_FIXES = {
    errno.ENOTDIR: _OTHER_FOLDER,
    errno.EEXIST: _OTHER_FOLDER,
    errno.EISDIR: _OTHER_FOLDER,
    errno.ENAMETOOLONG: _OTHER_FOLDER,
    errno.ENOSPC: "Free some space on that disk and run again: what is done is kept.",
    errno.EDQUOT: "Your quota on that disk is used up: free some space and run again; what is done is kept.",
    errno.EFBIG: "This disk or account limits how large a file may be: lift the limit or choose another folder.",
    errno.EACCES: "Choose a folder you may write to (-o PATH), or change the permissions of this one.",
    errno.EPERM: "Choose a folder you may write to (-o PATH), or change the permissions of this one.",
    errno.EROFS: "That disk is mounted read-only: choose another folder (-o PATH).",
    errno.EIO: "The disk reports a fault: check it, or choose another folder (-o PATH).",
    errno.EMFILE: "Too many files are open: close some programs or raise `ulimit -n`.",
    errno.ENFILE: "Too many files are open: close some programs or raise `ulimit -n`.",
}


@contextmanager
def write_errors(path: Path) -> Iterator[None]:
    """Raise MapWriteError where a write below `path` fails for want of space, permission or a sound disk."""
    try:
        yield
    except MapWriteError:
        raise
    except OSError as error:
        code = _error_number(error)
        if code not in _FIXES:
            raise
        raise MapWriteError(f"'{path}' cannot be written: {os.strerror(code)}.", fix=_FIXES[code]) from error


@contextmanager
def read_errors(path: Path | str) -> Iterator[None]:
    """Raise MapFormatError where what was written at `path` cannot be read: removed, cut short, changed."""
    try:
        yield
    except PortolanError:
        raise
    except (OSError, ValueError) as error:
        raise MapFormatError(
            f"'{path}' is damaged: {str(error).splitlines()[0][:200]}",
            fix="Run: portolan rebuild MAP. If the rows themselves are damaged, make the map again from its source.",
        ) from error


def _error_number(error: OSError) -> int:
    """The system's error number. Lance raises OSError without one and says `(os error 28)` in its text."""
    if error.errno is not None:
        return error.errno
    found = re.search(r"\(os error (\d+)\)", str(error))
    return int(found[1]) if found else 0


def replace_file(path: Path, data: bytes) -> None:
    """Make `path` hold `data`: after a crash at any moment it holds the old bytes or the new ones."""
    write_file(path, lambda file: file.write(data))


def write_file(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Let `write` fill the file at `path`, atomically."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)  # noqa: PTH105 - tests stop the process here by replacing os.replace
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_array(path: Path, array: NDArray[Any]) -> None:
    """Write an array as .npy, atomically."""

    def write(file: BinaryIO) -> None:
        # Not np.save: on a full disk its error does not say why.
        plain = np.ascontiguousarray(array)
        np.lib.format.write_array_header_1_0(file, np.lib.format.header_data_from_array_1_0(plain))
        file.write(plain.data)

    write_file(path, write)


@contextmanager
def new_array(path: Path, shape: tuple[int, ...], dtype: str) -> Iterator[Callable[[NDArray[Any]], None]]:
    """Write a .npy of that shape a part at a time; not atomic: for what counts only once its stage is finished.

    Raises
    ------
    ShapeError
        The parts together are not of that shape.
    """
    n_written = 0

    def append(part: NDArray[Any]) -> None:
        nonlocal n_written
        n_written += len(part)
        with write_errors(path):
            file.write(np.ascontiguousarray(part, dtype=dtype).data)

    with path.open("wb") as file:
        header = {"descr": np.lib.format.dtype_to_descr(np.dtype(dtype)), "fortran_order": False, "shape": shape}
        with write_errors(path):
            np.lib.format.write_array_header_1_0(file, header)
        yield append
        with write_errors(path):
            file.flush()
    if n_written != shape[0]:
        raise ShapeError(f"{path.name} was to have {shape[0]:,} lines.", fix=f"It was given {n_written:,}.")


def sync_folder(folder: Path) -> None:
    """Have the disk hold the names in `folder` (a rename is safe only then)."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_tree(path: Path) -> None:
    """Have the disk hold `path` and all that is below it."""
    if path.is_file():
        with path.open("rb") as file:
            os.fsync(file.fileno())
        return
    for below in path.iterdir():
        sync_tree(below)
    sync_folder(path)


def remove(path: Path) -> None:
    """Remove a file or a folder; it may be gone already."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
