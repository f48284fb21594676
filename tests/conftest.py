"""What holds for every test."""

import os

import pytest
from hypothesis import HealthCheck, settings

from portolan import warming
from postgres import PostgresServer, find_binaries

# No test is timed, the making of its examples neither: machines are busy.
settings.register_profile("portolan", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("portolan")


@pytest.fixture(scope="session", autouse=True)
def no_waiting_for_the_disk():
    """A map that a test makes need not outlive a power cut: waiting for the disk took a third of its time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def nothing_left_running():
    """A first map compiles in a process of its own, which is awaited: Python warns of what it leaves behind."""
    yield
    for process in warming._started:
        process.wait(timeout=300)


@pytest.fixture(scope="session")
def postgres():
    """A PostgreSQL server, started when a test first asks for it."""
    binaries = find_binaries()
    if binaries is None:
        missing = "PostgreSQL is not installed: sudo apt-get install postgresql"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    with PostgresServer(binaries) as server:
        yield server
