"""Fonts of this machine: a plain one for most letters, and others for the letters that it has not.

Nothing is downloaded. Where the machine has no font at all, Pillow's own serves Latin letters.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from PIL import ImageFont

from portolan.pictures.coverage import Coverage, read_coverage

PLAIN = (
    ("Inter-Regular", "Inter-Medium", "Inter-SemiBold", "Inter-Bold"),
    ("NotoSans-Regular", "NotoSans-Medium", "NotoSans-SemiBold", "NotoSans-Bold"),
    ("segoeui", "segoeui", "seguisb", "segoeuib"),
    ("OpenSans-Regular", "OpenSans-Medium", "OpenSans-SemiBold", "OpenSans-Bold"),
    ("Roboto-Regular", "Roboto-Medium", "Roboto-Bold", "Roboto-Bold"),
    ("Ubuntu-R", "Ubuntu-M", "Ubuntu-B", "Ubuntu-B"),
    ("LiberationSans-Regular", "LiberationSans-Regular", "LiberationSans-Bold", "LiberationSans-Bold"),
    ("Arial", "Arial", "Arial Bold", "Arial Bold"),
    ("arial", "arial", "arialbd", "arialbd"),
    ("DejaVuSans", "DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Bold"),
)
"""File names of families that read well small: regular, medium, half bold, bold; the first family found is taken."""
WEIGHTS = (400, 500, 600, 700)
KINDS = {".ttf", ".otf", ".ttc"}
HAN_FACES = {"kana": 0, "hangul": 1, "han": 2}
"""Noto's CJK collections begin with the Japanese, the Korean and the simplified Chinese face."""

Face = tuple[Path, int]
"""A font file, and the number of the face in it."""


@cache
def font_files() -> dict[str, Path]:
    """Font files of this machine by name, without the ending."""
    found: dict[str, Path] = {}
    for folder in font_folders():
        for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
            if path.suffix.lower() in KINDS:
                found.setdefault(path.stem, path)
    return found


def font_folders() -> list[Path]:
    """Where fonts lie on this kind of machine, the user's own first."""
    home = Path.home()
    if sys.platform == "darwin":
        return [home / "Library/Fonts", Path("/Library/Fonts"), Path("/System/Library/Fonts")]
    if sys.platform == "win32":
        local = Path(os.environ.get("LOCALAPPDATA", home))
        return [local / "Microsoft/Windows/Fonts", Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts"]
    return [home / ".local/share/fonts", home / ".fonts", Path("/usr/local/share/fonts"), Path("/usr/share/fonts")]


@cache
def plain_face(weight: int) -> Face | None:
    """The face that most letters are set in; None where the machine has no fonts."""
    files = font_files()
    for family in PLAIN:
        if family[0] not in files:
            continue
        wanted = min(range(len(WEIGHTS)), key=lambda place: abs(WEIGHTS[place] - weight))
        # A family without the half bold has a bold; without the medium, a regular.
        names = family[wanted:] + family[wanted::-1] if wanted >= 2 else family[wanted::-1]
        return files[next(name for name in names if name in files)], 0
    return None


@cache
def face_for(letter: str, weight: int) -> Face | None:
    """A face that has the letter: the plain one, else another; None where no font has it."""
    plain = plain_face(weight)
    if plain is None:
        return None
    if ord(letter) in coverage_of(plain[0]):
        return plain
    kind = "bold" if weight >= 600 else "regular"
    for path in _others():
        if ord(letter) in coverage_of(path):
            bold = font_files().get(path.stem.replace("Regular", "Bold"), path) if kind == "bold" else path
            face = bold if ord(letter) in coverage_of(bold) else path
            return face, _number(face, letter)
    return None


@cache
def coverage_of(path: Path) -> Coverage:
    """Which letters a font file has; none where it cannot be read."""
    return read_coverage(path)


@cache
def _others() -> tuple[Path, ...]:
    """Fonts for letters that the plain one has not: upright sans serifs of regular weight first."""

    def rank(path: Path) -> tuple[bool, ...]:
        name = path.stem.lower()
        styles = ("italic", "oblique"), ("mono",), ("serif", "naskh", "kufi", "nastaliq"), ("condensed", "narrow")
        unwanted = [any(word in name for word in words) for words in styles]
        is_usual = any(word in name for word in ("notosans", "dejavusans", "arialuni", "unicode"))
        return (*unwanted, not is_usual, "bold" in name or "light" in name or "black" in name)

    files = [path for path in font_files().values() if not {"emoji", "color"} & set(path.stem.lower().split("-"))]
    return tuple(sorted((path for path in files if "emoji" not in path.stem.lower()), key=rank))


def _number(path: Path, letter: str) -> int:
    if "cjk" not in path.stem.lower() or path.suffix.lower() != ".ttc":
        return 0
    code = ord(letter)
    kind = "kana" if 0x3040 <= code <= 0x30FF else "hangul" if 0xAC00 <= code <= 0xD7FF else "han"
    return HAN_FACES[kind]


@cache
def load(face: Face | None, size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """A face at a size in px."""
    if face is None:
        return ImageFont.load_default(size)
    return ImageFont.truetype(str(face[0]), size, index=face[1])


def runs(text: str, weight: int) -> Iterator[tuple[str, Face | None]]:
    """Pieces of `text` that one face has; letters that no font has are left out, so that none becomes a box."""
    plain = plain_face(weight)
    if plain is None:
        yield text, None
        return
    piece, face = "", plain
    for letter in text:
        # Marks and spaces go with what stands before them, where that face has them.
        is_kept = bool(piece) and (letter.isspace() or _joins(letter)) and ord(letter) in coverage_of(face[0])
        found = face if is_kept else face_for(letter, weight)
        if found is None:
            continue
        if found != face and piece:
            yield piece, face
            piece = ""
        piece, face = piece + letter, found
    if piece:
        yield piece, face


def _joins(letter: str) -> bool:
    import unicodedata

    return unicodedata.combining(letter) > 0 or letter in "\u200c\u200d"
