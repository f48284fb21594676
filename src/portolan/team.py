"""Who may come to a map, and as what: names with tokens, kept under `$PORTOLAN_HOME`, never in the map.

A token has 192 random bits, so a plain hash of it is as good as unguessable; only the hash is kept.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

from portolan.acting import ROLES, Person, Role
from portolan.errors import InputError, MapWriteError, NotFoundError
from portolan.home import author_name, maps_home

FOLDER = "tokens"
LONGEST_NAME = 80


@dataclass(frozen=True)
class Member:
    """Somebody who has a token. `hash` is that of the token, `added` a time in UTC."""

    name: str
    role: Role
    hash: str
    added: str


class Team:
    """The people who have tokens of one map. Several processes may read and change them at once."""

    def __init__(self, map_path: Path) -> None:
        self.map = Path(map_path).resolve()
        called = hashlib.sha256(str(self.map).encode()).hexdigest()[:24]
        self._path = maps_home() / FOLDER / f"{called}.json"
        self._lock = Lock()
        self._stamp: tuple[int, int, int] | None = None
        self._members: list[Member] = []

    def members(self) -> list[Member]:
        """Those who have a token now, in the order in which they got it."""
        try:
            found = self._path.stat()
        except OSError:
            return []
        stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
        with self._lock:
            if stamp != self._stamp:
                self._members, self._stamp = self._read(), stamp
            return list(self._members)

    def person(self, token: str) -> Person | None:
        """Whose token it is; None: nobody's, or it was taken away."""
        shown = hash_of(token)
        try:
            members = self.members()
        except InputError:
            # The file is damaged: nobody comes in by it. `portolan token` says so.
            return None
        for member in members:
            if hmac.compare_digest(shown, member.hash):
                return Person(member.name, member.role)
        return None

    def add(self, name: str, role: str) -> str:
        """Give somebody a token, and return it: it is not kept, only its hash.

        Raises
        ------
        InputError
            There is no such role, the name cannot be one, or has a token already.
        MapWriteError
            `$PORTOLAN_HOME` cannot be written.
        """
        name = " ".join(name.split())
        if role not in ROLES:
            raise InputError(f"There is no role '{role}'.", fix=f"Roles: {', '.join(ROLES)}.")
        if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
            raise InputError(f"'{name[:100]}' is no name.", fix=f"Give 1 to {LONGEST_NAME} letters.")
        if role != "owner" and name.casefold() == author_name().casefold():
            raise InputError(
                f"'{name}' is your own name: what you do would be theirs to undo.", fix="Give them another name."
            )
        token = secrets.token_urlsafe(24)
        with self._changing() as members:
            if any(member.name.casefold() == name.casefold() for member in members):
                raise InputError(
                    f"'{name}' has a token already.", fix=f"Take it away first: portolan token MAP remove '{name}'."
                )
            added = datetime.now(UTC).isoformat("T", "seconds")
            members.append(Member(name, role, hash_of(token), added))
        return token

    def remove(self, name: str) -> None:
        """Take somebody's token away: a server that runs refuses it from now on. Raises NotFoundError."""
        with self._changing() as members:
            kept = [member for member in members if member.name != name]
            if len(kept) == len(members):
                known = ", ".join(f"'{member.name}'" for member in members) or "nobody"
                raise NotFoundError(f"'{name}' has no token.", fix=f"Those who have one: {known}.")
            members[:] = kept

    def _read(self) -> list[Member]:
        try:
            return [Member(**member) for member in json.loads(self._path.read_bytes())["tokens"]]
        except (OSError, ValueError, TypeError, KeyError) as error:
            # Who cannot be read cannot come in; the owner's own token is elsewhere.
            raise InputError(
                f"'{self._path}' is damaged.", fix="Remove it, and give out tokens anew: portolan token MAP add NAME."
            ) from error

    @contextmanager
    def _changing(self) -> Iterator[list[Member]]:
        """The members, to be changed, alone among the processes that do so; kept when the block ends."""
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(self._path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise MapWriteError(
                f"'{self._path}' cannot be written: {error.strerror}.", fix="Set $PORTOLAN_HOME."
            ) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            members = self._read() if self._path.exists() else []
            yield members
            text = json.dumps({"map": str(self.map), "tokens": [asdict(member) for member in members]}, indent=1)
            draft = self._path.with_suffix(f".{os.getpid()}.tmp")
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.write(text)
            draft.replace(self._path)
        finally:
            os.close(handle)


def hash_of(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
