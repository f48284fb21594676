"""Every error Portolan raises, in one tree.

PortolanError
├── InputError (ValueError)          the data or an argument is wrong
│   ├── ShapeError                   two arrays that should have equal length do not
│   ├── NoRowsError                  the source holds nothing to map
│   ├── ColumnError                  a named column is missing or of the wrong kind
│   ├── ParseError                   a file cannot be read as what it claims to be
│   ├── ExpressionError              a filter expression cannot be understood
│   ├── RecipeError                  a recipe cannot be understood, or asks for what the map has not
│   └── CardError                    a provenance card cannot be understood, or names what the map has not
├── NotFoundError (LookupError)      a map, file, row or plugin that does not exist
│   └── UnknownPluginError           no plugin has that name
├── MapFormatError (ValueError)      the folder is no map, or of a newer format
├── MapLockedError (RuntimeError)    another process is writing this map
├── MapWriteError (OSError)          the folder cannot be written: full disk, no permission
├── MissingExtraError (ImportError)  an optional package is not installed
├── RoleError (PermissionError)      the token that was shown may not do that
├── EndpointError (RuntimeError)     a model endpoint refused or did not answer
├── JournalError (ConnectionError)   the database that keeps the journal cannot be reached
└── RequestError (RuntimeError)      a request wrote to the journal in two steps: a mistake of the program's
"""

from __future__ import annotations


class PortolanError(Exception):
    """A problem the person can mend: what is wrong, with the values seen, and the fix."""

    def __init__(self, problem: str, *, fix: str = "") -> None:
        super().__init__(f"{problem}\n{fix}" if fix else problem)
        self.problem = problem
        self.fix = fix


class InputError(PortolanError, ValueError):
    """The data or an argument is wrong."""


class ShapeError(InputError):
    """Two arrays that should have equal length do not."""


class NoRowsError(InputError):
    """The source holds nothing to map."""


class ColumnError(InputError):
    """A named column is missing or of the wrong kind."""


class ParseError(InputError):
    """A file cannot be read as what it claims to be."""


class ExpressionError(InputError):
    """A filter expression cannot be understood. `at`: the place of the character that is wrong, where it is known."""

    def __init__(self, problem: str, *, fix: str = "", at: int | None = None) -> None:
        super().__init__(problem, fix=fix)
        self.at = at


class RecipeError(InputError):
    """A recipe cannot be understood, or asks for what the map has not; says in which `line` and `column`, from 1."""

    def __init__(self, problem: str, *, fix: str = "", line: int | None = None, column: int | None = None) -> None:
        super().__init__(problem, fix=fix)
        self.line = line
        self.column = column


class CardError(InputError):
    """A provenance card cannot be understood; says in which `line` and `column`, from 1."""

    def __init__(self, problem: str, *, fix: str = "", line: int | None = None, column: int | None = None) -> None:
        super().__init__(problem, fix=fix)
        self.line = line
        self.column = column


class NotFoundError(PortolanError, LookupError):
    """A map, file, row or plugin that does not exist."""


class UnknownPluginError(NotFoundError):
    """No plugin has that name."""


class MapFormatError(PortolanError, ValueError):
    """The folder is no map, or of a newer format."""


class MapLockedError(PortolanError, RuntimeError):
    """Another process is writing this map."""


class MapWriteError(PortolanError, OSError):
    """The folder cannot be written: a full disk, or no permission."""


class MissingExtraError(PortolanError, ImportError):
    """An optional package is not installed."""


class RoleError(PortolanError, PermissionError):
    """The token that was shown may not do that."""


class EndpointError(PortolanError, RuntimeError):
    """A model endpoint refused or did not answer."""


class JournalError(PortolanError, ConnectionError):
    """The database that keeps the journal cannot be reached."""


class RequestError(PortolanError, RuntimeError):
    """A request wrote to the journal in two steps: a mistake of the program's."""
