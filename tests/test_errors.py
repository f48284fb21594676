"""Each error says problem and fix, and is also the built-in it resembles."""

import inspect

import pytest

from portolan import errors
from portolan.errors import InputError, MapLockedError, MissingExtraError, NotFoundError, PortolanError

TREE = [error for _, error in inspect.getmembers(errors, inspect.isclass) if issubclass(error, PortolanError)]


@pytest.mark.parametrize("error", TREE)
def test_every_error_stands_in_the_tree_that_the_docstring_draws(error):
    assert error.__name__ in errors.__doc__


@pytest.mark.parametrize("error", TREE)
def test_every_error_carries_problem_and_fix(error):
    raised = error("It is broken.", fix="Mend it.")
    assert (raised.problem, raised.fix) == ("It is broken.", "Mend it.")
    assert str(raised) == "It is broken.\nMend it."


def test_errors_are_caught_as_the_built_ins_they_resemble():
    assert issubclass(InputError, ValueError)
    assert issubclass(NotFoundError, LookupError)
    assert issubclass(MapLockedError, RuntimeError)
    assert issubclass(MissingExtraError, ImportError)
