"""Making a report: the order of its parts, and the files that it becomes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from portolan.core.report import EXAMPLE_MODES, ExampleMode, Report
from portolan.core.report_article import article
from portolan.core.report_effects import forest_drawing
from portolan.core.report_material import Material
from portolan.core.report_texts import read_texts, write_texts
from portolan.core.report_words import AUDITED
from portolan.errors import InputError, MapWriteError, NotFoundError, ParseError
from portolan.reporting.drawings import draw_maps
from portolan.reporting.gather import gather
from portolan.reporting.html import to_page
from portolan.reporting.markdown import drawing_files, to_markdown
from portolan.store.files import replace_file, write_errors

if TYPE_CHECKING:
    from portolan.map import Map

FORMATS = (".html", ".md", ".json")


@dataclass(frozen=True)
class ReportOptions:
    """What a report tells.

    Attributes
    ----------
    examples : {"none", "redacted", "blurred", "shown"}
        Texts of the surest rows of each finding: none; all but little words masked; under a blur until asked for;
        as they are.
    findings : tuple of str, optional
        Only these.
    link_base : str
        The address of the map's page, for links; "" for none.
    drop : tuple of str
        Filter expressions whose rows are dropped in an experiment, beside those that were made before.
    seeds : int
        Random draws of each such experiment.
    day : str
        The date that the report gives; "" for today.
    """

    examples: ExampleMode = "none"
    n_examples: int = 3
    findings: tuple[str, ...] | None = None
    link_base: str = ""
    drop: tuple[str, ...] = ()
    seeds: int = 20
    day: str = ""
    threads: int | None = None


@dataclass(frozen=True)
class Reported:
    """A report that was written.

    Attributes
    ----------
    path : Path
        The file; of Markdown, drawings lie in `files`, beside it.
    """

    path: Path
    size_bytes: int
    n_findings: int
    n_effects: int
    files: Path | None = None

    def to_json(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {**vars(self), "path": str(self.path), "files": None if self.files is None else str(self.files)}


def make_report(of: Map, path: Path, options: ReportOptions, *, texts: Path | None = None) -> Reported:
    """Write a report. Raises InputError, NotFoundError, ParseError or MapWriteError."""
    check(path, options)
    report = report_of(of, options, texts=texts)
    return write_report(report, path)


def check(path: Path, options: ReportOptions) -> None:
    """Refuse what cannot be made before anything is measured. Raises InputError or MapWriteError."""
    if path.suffix.lower() not in FORMATS:
        raise InputError(f"'{path.name}' does not say what to write.", fix=f"End its name in {', '.join(FORMATS)}.")
    if options.examples not in EXAMPLE_MODES:
        raise InputError(
            f"There are no examples '{options.examples}'.", fix=f"Choose one of: {', '.join(EXAMPLE_MODES)}."
        )
    if options.link_base and not options.link_base.startswith(("http://", "https://")):
        raise InputError(f"'{options.link_base}' is no address.", fix="Give the map's address: https://…")
    if not path.parent.is_dir():
        raise MapWriteError(f"There is no folder '{path.parent}'.", fix="Make it, or name another file.")


def report_of(of: Map, options: ReportOptions, *, texts: Path | None = None) -> Report:
    """The report as a structure, with the texts of a file in place of its own."""
    if of.roles.kind in AUDITED:
        of.findings.run(threads=options.threads, progress=False)
        for where in options.drop:
            of.effect(drop=where, seeds=options.seeds, threads=options.threads, progress=False)
    elif options.drop:
        raise InputError(f"These rows (kind: {of.roles.kind}) are no pairs.", fix="Leave --drop out.")
    day = options.day or datetime.now(UTC).date().isoformat()
    facts = gather(
        of, findings=options.findings, examples=options.examples, n_examples=options.n_examples, day=day
    )  # fmt: skip
    maps = draw_maps(of, [of.findings[one["name"]] for one in facts["findings"]])
    facts["drawn"] = maps.drawn
    drawings = dict(maps.drawings)
    kept = of.effects.kept() if facts["effects"] else []
    for place, (effect, told) in enumerate(zip(kept, facts["effects"], strict=True), start=1):
        drawings[f"effect.{place}"] = (forest_drawing(effect.svg(), told, place),)
    report = article(Material(facts, drawings, options.link_base))
    return report.with_texts(_texts(texts, report)) if texts is not None else report


def _texts(path: Path, report: Report) -> Mapping[str, str]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise NotFoundError(
            f"There is no file '{path}'.", fix="Make one: portolan report MAP --write-texts FILE."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise ParseError(f"'{path}' cannot be read: {error}.", fix="Give a text file in UTF-8.") from error
    return read_texts(text, source=path.name, known=[one.key for one in report.prose()])


def save_texts(of: Map, path: Path, options: ReportOptions) -> Path:
    """Write the present texts of a report, for a person to write anew. A file that is there is not replaced."""
    if path.exists():
        raise InputError(f"'{path}' is there already: it may hold what you wrote.", fix="Name another file.")
    with write_errors(path):
        replace_file(path, write_texts(report_of(of, options)).encode())
    return path


def write_report(report: Report, path: Path) -> Reported:
    """Write a report as the ending of `path` says."""
    files = path.parent / f"{path.stem}_files" if path.suffix.lower() == ".md" else None
    write: dict[str, Callable[[], str]] = {
        ".html": lambda: to_page(report),
        ".md": lambda: to_markdown(report, folder=f"{path.stem}_files".replace(" ", "%20")),
        ".json": lambda: json.dumps(report.to_json(), ensure_ascii=False, indent=1) + "\n",
    }
    written = write[path.suffix.lower()]().encode()
    with write_errors(path):
        if files is not None:
            _write_drawings(report, files)
        replace_file(path, written)
    facts = report.facts
    return Reported(path, len(written), len(facts["findings"]), len(facts["effects"]), files)


def _write_drawings(report: Report, folder: Path) -> None:
    """Write drawings into a folder of their own; those of an earlier report are removed, nothing else is."""
    if folder.is_dir():
        if any(one.suffix != ".svg" for one in folder.iterdir()):
            raise InputError(f"'{folder}' holds other things than drawings.", fix="Name another file for the report.")
        shutil.rmtree(folder)
    folder.mkdir()
    for name, svg in drawing_files(report):
        (folder / name).write_text(svg, encoding="utf-8")
