"""Pairs that hold personal data."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from portolan.plugins import AuditedPairs, Found, findings

PLAIN = 0.94
"""What of pieces found in replies of hh-rlhf is what it is called: the card of the scorer has it."""
CHECKED = 0.99
CHECKED_KINDS = ("card", "iban", "key")
"""Kinds that a checksum or a known form confirms: a text that only looks so is hardly taken for one."""


class Pii:
    """A person could be found by it."""

    key = "pii:1"
    title = "Personal data"
    what = (
        "The prompt or a reply holds what looks like an e-mail address, phone, card, account or social security number,"
        " IP address, key or postal address. Addresses of offices and help lines, and invented ones, look the same."
    )
    of_rankings = (
        "Personal data",
        "The prompt, the best or the worst reply holds what looks like an e-mail address, phone, card, account or"
        " social security number, IP address, key or postal address; replies between them are not looked at. Addresses"
        " of offices and help lines, and invented ones, look the same.",
    )
    needs = ("pii",)

    def find(self, of: AuditedPairs) -> Found:
        """Pairs by the surest kind that was found in them."""
        confidence = np.full(of.n_rows, np.nan, np.float32)
        for side in ("chosen", "rejected"):
            kinds = of.measured("pii", "pii", side=side)
            counts = pc.fill_null(pc.list_value_length(kinds), 0).to_numpy(zero_copy_only=False)
            confidence = np.fmax(confidence, np.where(counts > 0, PLAIN, np.nan))
            rows = pc.list_parent_indices(kinds).to_numpy(zero_copy_only=False)
            is_checked = pc.is_in(pc.list_flatten(kinds), pa.array(CHECKED_KINDS)).to_numpy(zero_copy_only=False)
            confidence[rows[is_checked]] = CHECKED
        return Found(confidence.astype(np.float32))


findings.add("pii", Pii)
