"""Who acts now: a person whom a server let in under a name of their own, else whoever runs this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal, get_args

from portolan.errors import RoleError

Role = Literal["viewer", "labeller", "owner"]
ROLES: tuple[Role, ...] = get_args(Role)
"""Each may do all that those before it may."""


@dataclass(frozen=True)
class Person:
    """Somebody who uses a map, under the name that their token was given out to."""

    name: str
    role: Role

    def may(self, role: Role) -> bool:
        """Whether what needs `role` is this person's to do."""
        return ROLES.index(self.role) >= ROLES.index(role)


LOCAL = Person("", "owner")
"""Whoever runs this process. What they go by can change at any time: `home.author_name` says it."""

_person: ContextVar[Person] = ContextVar("portolan_person", default=LOCAL)


@contextmanager
def acting(person: Person) -> Iterator[None]:
    """Do what the block does as `person`, in threads of the event loop that it asks too."""
    token = _person.set(person)
    try:
        yield
    finally:
        _person.reset(token)


def guest() -> Person | None:
    """The person who acts under a name that the server knows them by; None for whoever runs this process."""
    person = _person.get()
    return None if person is LOCAL else person


def author_of(said: str) -> str:
    """The author of what is done now: `said`, unless somebody acts whose name is known."""
    person = guest()
    return said if person is None else person.name


def is_ours(author: str) -> bool:
    """Whether what `author` did is for whoever acts now to change: an owner's is everything."""
    person = guest()
    return person is None or person.may("owner") or author == person.name


def check_role(role: Role, what: str) -> None:
    """Refuse a person whose role is too small for something that a route lets through. Raises RoleError."""
    person = guest()
    if person is not None and not person.may(role):
        raise RoleError(f"{what} takes the role {role}; {person.name} comes as {person.role}.", fix="Ask an owner.")


def check_own(author: str, what: str) -> None:
    """Refuse a person who is no owner what `author` did, if that is somebody else.

    Raises
    ------
    RoleError
        It is somebody else's.
    """
    person = guest()
    if person is not None and not is_ours(author):
        raise RoleError(f"{what} is of {author}, and you are {person.name}, {person.role}.", fix="Ask an owner.")
