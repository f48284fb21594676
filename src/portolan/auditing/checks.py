"""Checks of an audit on a map, for pipelines: how many rows of a finding there are where they should not be."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from portolan.auditing.choices import PREFERENCE
from portolan.auditing.finding import FindingReport
from portolan.auditing.provenance import Provenance
from portolan.core.audit_check import Check, Checked
from portolan.core.finding_status import DROPPED, ROW_STATUSES
from portolan.core.nearest_name import did_you_mean
from portolan.errors import ExpressionError, InputError
from portolan.plugins import findings as registry
from portolan.types import BoolArray

MOST_NAMED = 12
"""Values of a column that an error lists."""
_NAME = re.compile(r"[\w./-]+(?: [\w./-]+)*")
"""What may be a value's name, and is no comparison."""
NOT_COUNTED = (ROW_STATUSES.index("intended"), ROW_STATUSES.index(DROPPED))


def run_check(check: Check, finding: FindingReport) -> Checked:
    """Count the rows of a finding that a check is about; intended and dropped ones are told apart.

    Raises
    ------
    InputError
        The finding could not be looked for, or what it looks with cannot tell: a check of it would always pass.
    ExpressionError
        What stands after in or outside is no filter, and no value of a column of provenance.
    """
    if not finding.note.is_looked_for:
        raise InputError(f"'{check.finding}' could not be looked for: {finding.power}", fix="Leave that check out.")
    if not finding.note.can_tell:
        raise InputError(
            f"'{check.finding}' cannot be checked, for that nothing is listed does not say that there is nothing: "
            f"{finding.power}",
            fix="Leave that check out, or audit with a stronger model: portolan preference MAP --model NAME.",
        )
    is_looked_at = np.ones(finding.store.n_rows, np.bool_)
    if check.region:
        is_met = rows_of(finding, check.where)
        is_looked_at = is_met if check.region == "in" else ~is_met
    inside = finding.is_inside & is_looked_at
    is_left_out = np.isin(finding.row_status, NOT_COUNTED)
    return Checked(
        check, int((inside & ~is_left_out).sum()), int(is_looked_at.sum()), int((inside & is_left_out).sum())
    )


def check_without_model(checks: Sequence[Check]) -> None:
    """Refuse checks of findings that need a preference model, where none may be fitted. Raises InputError."""
    needing = [
        check.finding
        for check in checks
        if check.finding in registry.names() and PREFERENCE in registry.get(check.finding)().needs
    ]
    if needing:
        raise InputError(
            f"'{needing[0]}' needs a preference model, so without one it cannot be checked.",
            fix="Leave out --no-model, or that check.",
        )


def rows_of(finding: FindingReport, said: str) -> BoolArray:
    """Rows that meet an expression, or have a value of a column of provenance. Raises ExpressionError."""
    return finding.of.filterer.rows(expression_of(finding, said))


def expression_of(finding: FindingReport, said: str) -> str:
    """A filter expression: `said`, unless it is a value of a column of provenance, with quotes or without."""
    said = said.strip()
    value = said.strip("'\"")
    known = finding.provenance.find_value(value)
    if known is not None:
        return finding.provenance.expression(*known)
    try:
        finding.of.filterer.rows(said)
    except ExpressionError as error:
        values = values_told(finding.provenance, value)
        if _NAME.fullmatch(value):
            raise ExpressionError(f"'{value}' is no value of a column of provenance.", fix=values) from error
        raise ExpressionError(
            f"'{said}' is no value of a column of provenance, and no filter: {error.problem}",
            fix=f"{error.fix} {values}",
        ) from error
    return said


def values_told(provenance: Provenance, asked: str) -> str:
    """The values of the columns of provenance, the one nearest to what was asked for first."""
    if not provenance.columns:
        return "No column tells where rows came from: declare one by portolan audit MAP --provenance FILE."
    known = {column: provenance.values(column)[1] for column in provenance.columns}
    told = []
    for column, values in known.items():
        more = f" and {len(values) - MOST_NAMED:,} more" if len(values) > MOST_NAMED else ""
        told.append(f"{column} has {', '.join(values[:MOST_NAMED])}{more}")
    hint = did_you_mean(asked, [value for values in known.values() for value in values])
    return f"{hint}Columns of provenance and their values: {'; '.join(told)}."
