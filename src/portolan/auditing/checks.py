"""Checks of an audit on a map, for pipelines: how many rows of a finding there are where they should not be."""

from __future__ import annotations

import numpy as np

from portolan.auditing.finding import FindingReport
from portolan.core.audit_check import Check, Checked
from portolan.core.finding_status import DROPPED, ROW_STATUSES
from portolan.errors import ExpressionError, InputError
from portolan.types import BoolArray

NOT_COUNTED = (ROW_STATUSES.index("intended"), ROW_STATUSES.index(DROPPED))


def run_check(check: Check, finding: FindingReport) -> Checked:
    """Count the rows of a finding that a check is about; intended and dropped ones are told apart.

    Raises
    ------
    InputError
        The finding could not be looked for: a check of it would always pass.
    ExpressionError
        What stands after in or outside is no filter, and no value of a column of provenance.
    """
    if not finding.note.is_looked_for:
        raise InputError(f"'{check.finding}' could not be looked for: {finding.power}", fix="Leave that check out.")
    is_looked_at = np.ones(finding.store.n_rows, np.bool_)
    if check.region:
        is_met = rows_of(finding, check.where)
        is_looked_at = is_met if check.region == "in" else ~is_met
    inside = finding.is_inside & is_looked_at
    is_left_out = np.isin(finding.row_status, NOT_COUNTED)
    return Checked(
        check, int((inside & ~is_left_out).sum()), int(is_looked_at.sum()), int((inside & is_left_out).sum())
    )


def rows_of(finding: FindingReport, said: str) -> BoolArray:
    """Rows that meet an expression, or have a value of a column of provenance. Raises ExpressionError."""
    return finding.of.filterer.rows(expression_of(finding, said))


def expression_of(finding: FindingReport, said: str) -> str:
    """A filter expression: `said`, unless it is a value of a column of provenance, with quotes or without."""
    said = said.strip()
    known = finding.provenance.find_value(said.strip("'\""))
    if known is not None:
        return finding.provenance.expression(*known)
    try:
        finding.of.filterer.rows(said)
    except ExpressionError as error:
        columns = ", ".join(finding.provenance.columns) or "none is known"
        raise ExpressionError(
            f"'{said}' is no value of a column of provenance ({columns}), and no filter: {error.problem}", fix=error.fix
        ) from error
    return said
