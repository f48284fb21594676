"""Which role each route needs: the one place that says so. What changes anything and is not named needs an owner."""

from __future__ import annotations

import re
from functools import cache

from portolan.acting import Person, Role

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

NEEDS: dict[tuple[str, str], Role] = {
    # They answer questions that are too long for an address.
    ("POST", "/api/filter"): "viewer",
    ("POST", "/api/table"): "viewer",
    ("POST", "/api/concepts/next"): "viewer",
    ("POST", "/api/recipe/check"): "viewer",
    # A scorer's argument may name files of this machine; an export is what an owner wrote.
    ("GET", "/api/score-plan"): "owner",
    ("GET", "/api/exports/{name}"): "owner",
    # Of what others did, a labeller may undo or replace nothing: `acting.check_own`.
    ("POST", "/api/labels"): "labeller",
    ("POST", "/api/decisions"): "labeller",
    # What is learnt follows from labels.
    ("POST", "/api/concepts"): "labeller",
    ("POST", "/api/undo"): "labeller",
    # Judging is labelling, and whoever labels may answer.
    ("POST", "/api/findings/{name}/sample"): "labeller",
    ("POST", "/api/findings/{name}/responses"): "labeller",
    ("POST", "/api/views"): "labeller",
    ("DELETE", "/api/views"): "labeller",
    # What everyone is to choose from, and what the map looks like to everyone.
    ("POST", "/api/label-sets"): "owner",
    ("POST", "/api/clusters/edit"): "owner",
    ("POST", "/api/me"): "owner",
    ("POST", "/api/scores"): "owner",
    ("POST", "/api/audit"): "owner",
    ("POST", "/api/effects"): "owner",
    ("POST", "/api/influence"): "owner",
    ("POST", "/api/findings/{name}/status"): "owner",
    ("POST", "/api/clean"): "owner",
    ("POST", "/api/clean/undo"): "owner",
    ("POST", "/api/restore"): "owner",
    ("POST", "/api/export"): "owner",
    ("POST", "/api/download"): "owner",
    ("POST", "/api/jobs/{number}/stop"): "owner",
}


def role_needed(method: str, path: str) -> Role:
    """The role that a request needs; `path` as it was asked for, or as a route has it."""
    asked = "GET" if method == "HEAD" else method
    for (named_method, named), role in NEEDS.items():
        if asked == named_method and (path == named or _pattern(named).fullmatch(path)):
            return role
    return "viewer" if method in SAFE_METHODS else "owner"


def refusal_of(person: Person, method: str, path: str) -> tuple[str, str] | None:
    """Why a person may not ask for that: problem and fix; None: they may."""
    role = role_needed(method, path)
    if person.may(role):
        return None
    problem = f"{person.name} comes as {person.role}; this needs {article(role)}."
    return (
        problem,
        f"Ask an owner of the map, or for a token with that role: portolan token MAP add NAME --role {role}.",
    )


def article(role: Role) -> str:
    """The role with its article: "an owner"."""
    return f"an {role}" if role == "owner" else f"a {role}"


@cache
def _pattern(path: str) -> re.Pattern[str]:
    """What paths a route's path with {names} in it stands for."""
    return re.compile("".join(part if part == "[^/]+" else re.escape(part) for part in _parts(path)))


def _parts(path: str) -> list[str]:
    return ["[^/]+" if part.startswith("{") else part for part in re.split(r"(\{[^}]+\})", path)]
