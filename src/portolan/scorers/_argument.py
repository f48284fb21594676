"""What scorers without a choice say to one."""

from __future__ import annotations

from portolan.errors import InputError


def refuse_argument(name: str, argument: str | None) -> None:
    """Raise InputError where the scorer of that name, which takes no argument, was given one."""
    if argument is not None:
        raise InputError(f"The '{name}' scorer takes no argument.", fix=f"Write --scorer {name}.")
