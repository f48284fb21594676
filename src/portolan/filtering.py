"""Which rows of a map meet a filter expression."""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from portolan.core.expression import CALL_COLUMN, Call, Expression, parse_expression
from portolan.errors import ExpressionError
from portolan.searching import Searcher
from portolan.store import Store
from portolan.types import BoolArray, ClusterIds

CLUSTER_COLUMN = "cluster_{}"


class Filterer:
    """Answers filter expressions on one map. `cluster_ids(layer)` is asked only for layers that one names."""

    def __init__(
        self, store: Store, searcher: Searcher, *, n_layers: int, cluster_ids: Callable[[int], ClusterIds]
    ) -> None:
        self._store = store
        self._searcher = searcher
        self._n_layers = n_layers
        self._cluster_ids = cluster_ids

    @property
    def columns(self) -> list[str]:
        """What expressions may name: `row_id`, the user's columns, `cluster_0` (the finest layer) and so on."""
        clusters = [CLUSTER_COLUMN.format(layer) for layer in range(self._n_layers)]
        given = [field.name for field in self._store.schema]
        return list(dict.fromkeys(["row_id", *given, *clusters]))

    def rows(self, text: str) -> BoolArray:
        """Whether each row meets the expression: bool, shape (n_rows,). Unknown (NULL) counts as no.

        Raises
        ------
        ExpressionError
            The expression cannot be understood, or compares what cannot be compared.
        """
        expression = parse_expression(text, self.columns)
        table = self._table(expression)
        with duckdb.connect(":memory:", config={"enable_external_access": "false"}) as database:
            database.register("map", table)
            condition = f"COALESCE(CAST(({expression.sql}) AS BOOLEAN), false)"
            try:
                kept: pa.Table = database.sql(f"SELECT {condition} AS is_kept FROM map").to_arrow_table()
            except duckdb.Error as error:
                raise ExpressionError(
                    f"The filter cannot be answered: {str(error).splitlines()[0]}",
                    fix="Compare a column with a value of its kind; CAST(column AS …) changes the kind.",
                ) from error
        is_kept: BoolArray = kept.column("is_kept").to_numpy()
        return is_kept

    def _table(self, expression: Expression) -> pa.Table:
        given = {field.name for field in self._store.schema}
        table = self._store.read_rows(columns=[name for name in expression.columns if name in given])
        for layer in range(self._n_layers):
            name = CLUSTER_COLUMN.format(layer)
            if name in expression.columns and name not in given:
                # -1 is no cluster: such a row is in none, so it meets no comparison.
                ids = pa.array(self._cluster_ids(layer))
                table = table.append_column(name, pc.if_else(pc.less(ids, 0), None, ids))
        for number, call in enumerate(expression.calls):
            table = table.append_column(CALL_COLUMN.format(number), pa.array(self._answer(call)))
        return table

    def _answer(self, call: Call) -> BoolArray:
        is_found = np.zeros(self._store.n_rows, np.bool_)
        if call.name == "text":
            is_found[self._searcher.matching(str(call.argument))] = True
        else:
            assert call.threshold is not None
            is_found[self._searcher.similar(call.argument) >= call.threshold] = True
        return is_found
