"""The audit of preference pairs: findings with evidence, where their rows came from, and what is said of them."""

from portolan.auditing.findings import Findings

__all__ = ["Findings"]
