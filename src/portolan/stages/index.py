"""Index: the words of the rows, for search."""

from __future__ import annotations

from collections.abc import Iterator

from portolan.stages.run import Run
from portolan.stages.texts import search_texts
from portolan.types import Progress


def index(run: Run) -> None:
    """Index the words of all texts of a row: of a pair, the prompt and both replies."""

    def texts() -> Iterator[object]:
        n_done, n_rows = 0, run.store.n_rows
        for batch in search_texts(run.store, run.roles):
            yield batch
            n_done += len(batch)
            run.report(Progress("index", n_done, n_rows))

    def work(key: str) -> None:
        run.store.write_search(texts(), key=key)

    run.stage("index", after=["load"], parameters={"roles": run.roles.to_json()}, work=work)
