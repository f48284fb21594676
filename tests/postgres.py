"""A PostgreSQL server of the tests' own, in a temporary folder."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

DEBIAN = Path("/usr/lib/postgresql")
PASSWORD = "secret-of-the-tests"
READY_S = 60


def find_binaries() -> Path | None:
    """The folder that holds `initdb` and `postgres`; of Debian's the newest."""
    found = shutil.which("initdb")
    if found is not None and shutil.which("postgres") is not None:
        return Path(found).resolve().parent
    folders = sorted(DEBIAN.glob("*/bin"), key=lambda folder: float(folder.parent.name))
    return folders[-1] if folders else None


class PostgresServer:
    """A server that listens on 127.0.0.1, for use in a `with` statement. Its superuser is `portolan`."""

    def __init__(self, binaries: Path) -> None:
        self._binaries = binaries
        # PostgreSQL refuses to run as root.
        self._user = "nobody" if os.getuid() == 0 else None

    def __enter__(self) -> PostgresServer:
        self.folder = Path(tempfile.mkdtemp(prefix="portolan-postgres-", dir="/tmp"))
        (self.folder / "password").write_text(PASSWORD)
        if self._user is not None:
            account = pwd.getpwnam(self._user)
            for path in (self.folder, self.folder / "password"):
                os.chown(path, account.pw_uid, account.pw_gid)
        self._run(
            "initdb", "-D", self.folder / "data", "-U", "portolan", "-E", "UTF8", "--locale=C", "--no-sync",
            "-A", "scram-sha-256", f"--pwfile={self.folder / 'password'}",
        )  # fmt: skip
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self) -> None:
        """Start the server and wait until it answers."""
        settings = [f"unix_socket_directories={self.folder}", "listen_addresses=127.0.0.1", f"port={self.port}"]
        command = [self._binaries / "postgres", "-D", self.folder / "data"]
        command += [part for setting in settings for part in ("-c", setting)]
        log = (self.folder / "log").open("ab")
        self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder, **self._as_user())
        log.close()
        until = time.monotonic() + READY_S
        while not self._answers():
            assert self._process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < until, "PostgreSQL does not answer"
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop the server; clients are disconnected."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait(timeout=60)

    def url(self, *, database: str = "postgres", password: str | None = PASSWORD) -> str:
        """The URL of a database, with its password or without."""
        secret = "" if password is None else f":{password}"
        return f"postgresql://portolan{secret}@127.0.0.1:{self.port}/{database}"

    def connect(self):
        """A connection of the driver's own, to look at what is there."""
        import psycopg

        return psycopg.connect(self.url(), autocommit=True)

    def _answers(self) -> bool:
        import psycopg

        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, program: str, *arguments: str | Path) -> None:
        command = [self._binaries / program, *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self.folder, **self._as_user())

    def _as_user(self) -> dict[str, object]:
        if self._user is None:
            return {}
        account = pwd.getpwnam(self._user)
        return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
