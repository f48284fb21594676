"""The cleaned dataset as files: written where one says, or sent to the browser."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from fastapi.responses import FileResponse

from portolan.errors import NotFoundError
from portolan.exporting import Exported
from portolan.server.clean_models import ExportedAnswer, ExportedFile, JobAnswer, ToDownload, ToExport
from portolan.server.current import CurrentMap
from portolan.server.job_routes import SOON_S, job_answer


def export_routes(current: CurrentMap) -> APIRouter:
    """Routes under /api for exports."""
    router = APIRouter(tags=["cleaning"])
    offered = Offered()

    @router.post("/export")
    def export(asked: ToExport) -> JobAnswer:
        """Write the cleaned dataset to a path of the server's machine; beside it what tells of it."""
        page = current.read().clean_page

        def work(report: Any) -> ExportedAnswer:
            made = page.export(asked.path, is_replacing=asked.replace, source=asked.source, report=report)
            return offered.keep(made)

        job = current.desk.start("export", f"exporting to {asked.path}", work)
        job.wait(SOON_S)
        return job_answer(job)

    @router.post("/download")
    def download(asked: ToDownload) -> JobAnswer:
        """Make the cleaned dataset as a file for the browser, which `GET /api/exports/{name}` then sends."""
        page = current.read().clean_page
        stem = Path(page.now()["export_to"]).stem

        def work(report: Any) -> ExportedAnswer:
            folder = offered.new_folder()
            made = page.export(str(folder / (stem + asked.format)), is_replacing=False, source=None, report=report)
            return offered.keep(made).model_copy(update={"path": ""})

        job = current.desk.start("export", "making a file to download", work)
        job.wait(SOON_S)
        return job_answer(job)

    @router.get("/exports/{name}", response_class=FileResponse)
    def file(name: str) -> FileResponse:
        """A file of the last export."""
        return FileResponse(offered.path(name), filename=name, media_type="application/octet-stream")

    return router


class Offered:
    """Files of the last export, for the browser to fetch; those made for it alone lie in a folder that goes with us."""

    def __init__(self) -> None:
        self._remove_folder: Callable[[], object] = lambda: None
        self._paths: dict[str, Path] = {}

    def new_folder(self) -> Path:
        """A folder to export into; what was made for the browser before is removed."""
        self._remove_folder()
        folder = tempfile.mkdtemp(prefix="portolan-export-")
        self._remove_folder = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return Path(folder)

    def keep(self, made: Exported) -> ExportedAnswer:
        """Offer the files of an export, and tell of them."""
        folder = made.path.parent
        names = dict.fromkeys([*made.files, *(str(path.relative_to(folder)) for path in made.side_files)])
        self._paths = {name: folder / name for name in names if "/" not in name}
        files = [
            ExportedFile(
                name=name, size_bytes=(folder / name).stat().st_size, sha256=made.files.get(name),
                is_offered=name in self._paths,
            )
            for name in names
        ]  # fmt: skip
        told = {name: value for name, value in made.to_json().items() if name not in ("files", "side_files")}
        return ExportedAnswer.model_validate({**told, "files": files})

    def path(self, name: str) -> Path:
        """Where a file lies. Raises NotFoundError where the last export wrote none of that name, or it is gone."""
        path = self._paths.get(name)
        if path is None or not path.is_file():
            raise NotFoundError(f"The last export has no file '{name[:200]}'.", fix="Export again.")
        return path
