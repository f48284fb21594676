"""The journal: append-only, safe from other processes and from kill -9, never in the way of readers."""

import os
import shutil
import sqlite3
import subprocess
import sys

import pytest
from sqlalchemy.exc import StatementError

from killing import Nursery
from portolan.errors import MapFormatError, MapWriteError, NotFoundError
from portolan.store import Entry, FolderStore
from portolan.store.journal_sqlite import FILE, sqlite_journal


def did(number, kind="x"):
    return Entry(kind, {"number": number})


@pytest.fixture
def journal(tmp_path):
    return sqlite_journal(tmp_path)


def numbers(journal):
    return [event.payload["number"] for event in journal.events()]


def test_events_come_back_as_they_were_written(journal, tmp_path):
    [event] = journal.append([Entry("cluster-renamed", {"to": "Brot — خبز"}, reason="clearer")], author="ada")
    assert sqlite_journal(tmp_path).events() == [event]
    assert (event.author, event.reason, event.payload) == ("ada", "clearer", {"to": "Brot — خبز"})
    assert event.time.endswith("+00:00")


def test_a_map_without_events_has_no_journal_file_and_nothing_is_made_by_reading(journal, tmp_path):
    assert journal.events() == []
    assert not (tmp_path / FILE).exists()


def test_reading_no_events_imports_no_database(tmp_path):
    program = (
        "import sys; from portolan.store import FolderStore as F; F.create(sys.argv[1], facts={}).journal.events()"
    )
    program += "; assert 'sqlalchemy' not in sys.modules"
    subprocess.run([sys.executable, "-c", program, tmp_path / "map"], check=True)


def test_events_of_others_are_seen_at_once(journal, tmp_path):
    assert journal.events() == []
    sqlite_journal(tmp_path).append([did(1)], author="ada")
    assert numbers(journal) == [1]
    sqlite_journal(tmp_path).append([did(2)], author="ada")
    assert numbers(journal) == [1, 2]


def test_events_that_are_written_together_are_written_all_or_none(journal):
    with pytest.raises(StatementError):
        journal.append([did(1), Entry("x", {"number": object()})], author="ada")
    assert journal.events() == []


def test_a_set_of_rows_is_kept_once_and_read_by_its_name(journal):
    for _ in range(2):
        journal.append([Entry("x", {}, row_sets={"abc": b"rows"})], author="ada")
    assert journal.read_row_set("abc") == b"rows"
    with pytest.raises(NotFoundError, match="no set of rows"):
        journal.read_row_set("other")


WRITE_MANY = """
import sys
from pathlib import Path
from portolan.store import Entry
from portolan.store.journal_sqlite import sqlite_journal
journal = sqlite_journal(Path(sys.argv[1]))
for number in range(int(sys.argv[2])):
    journal.append([Entry("x", {"number": number})], author=sys.argv[3])
    print(number, flush=True)
"""


def test_several_processes_write_at_once_while_another_reads(journal, tmp_path):
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITE_MANY, tmp_path, "20", name], stdout=subprocess.DEVNULL)
        for name in ("ada", "bob", "cyd")
    ]
    seen = [0]
    while any(writer.poll() is None for writer in writers):
        seen.append(len(journal.events()))
    assert [writer.returncode for writer in writers] == [0, 0, 0]
    assert seen == sorted(seen)
    events = sqlite_journal(tmp_path).events()
    assert [event.id for event in events] == list(range(1, 61))
    for name in ("ada", "bob", "cyd"):
        assert [event.payload["number"] for event in events if event.author == name] == list(range(20))


def test_a_killed_writer_loses_nothing_that_it_had_reported_and_blocks_nobody(journal, tmp_path):
    journal.append([did(-1)], author="ada")
    with Nursery() as nursery:
        for chance in range(8):
            told = tmp_path / f"told-{chance}"
            program = WRITE_MANY.replace("print(number, flush=True)", f"open({str(told)!r}, 'a').write('x')")
            nursery.run(program, tmp_path, "100000", f"writer-{chance}", after_s=0.4 + 0.03 * chance)
            written = [event for event in journal.events() if event.author == f"writer-{chance}"]
            assert len(written) >= (told.stat().st_size if told.exists() else 0)
            journal.append([did(chance)], author="ada")
    assert [event.payload["number"] for event in journal.events() if event.author == "ada"] == list(range(-1, 8))


def test_a_reader_in_the_midst_of_reading_is_in_nobodys_way(journal, tmp_path):
    journal.append([did(1)], author="ada")
    reader = sqlite3.connect(tmp_path / FILE)
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM events").fetchone() == (1,)
    journal.append([did(2)], author="ada")
    assert reader.execute("SELECT count(*) FROM events").fetchone() == (1,)
    reader.close()
    assert numbers(journal) == [1, 2]


def test_a_copied_map_has_its_journal_even_while_it_is_open(journal, tmp_path):
    journal.append([did(1)], author="ada")
    held = sqlite3.connect(tmp_path / FILE)
    held.execute("SELECT count(*) FROM events").fetchone()
    journal.append([did(2)], author="ada")
    copy = shutil.copytree(tmp_path, tmp_path.parent / "copy")
    held.close()
    assert numbers(sqlite_journal(copy)) == [1, 2]


def test_neither_sweeping_nor_new_rows_remove_the_journal(tmp_path):
    store = FolderStore.create(tmp_path / "map", facts={})
    store.journal.append([did(1)], author="ada")
    store.sweep()
    assert numbers(FolderStore.create(tmp_path / "map", facts={"name": "again"}).journal) == [1]


def test_a_newer_journal_is_refused_with_the_fix(journal, tmp_path):
    journal.append([did(1)], author="ada")
    with sqlite3.connect(tmp_path / FILE) as database:
        database.execute("UPDATE facts SET value = '99' WHERE name = 'format'")
    database.close()
    with pytest.raises(MapFormatError, match="format 99") as caught:
        sqlite_journal(tmp_path).events()
    assert "Upgrade" in caught.value.fix


def test_a_damaged_journal_is_said_so(tmp_path):
    (tmp_path / FILE).write_bytes(b"no database " * 1000)
    with pytest.raises(MapFormatError, match="is damaged"):
        sqlite_journal(tmp_path).events()


AS_NOBODY = """
import os, sys, tempfile
from pathlib import Path
from portolan.errors import PortolanError
from portolan.store import Entry
from portolan.store.journal_sqlite import sqlite_journal
with tempfile.TemporaryDirectory() as folder:  # imports what another user may not be able to
    sqlite_journal(Path(folder)).append([Entry("x", {})], author="nobody")
os.setuid(65534)
journal = sqlite_journal(Path(sys.argv[1]))
print(len(journal.events()))
try:
    journal.append([Entry("x", {})], author="nobody")
except PortolanError as error:
    print(type(error).__name__, error.fix)
"""


@pytest.mark.skipif(os.getuid() != 0, reason="needs to become another user")
@pytest.mark.parametrize("is_open", [False, True], ids=["closed", "while-open"])
def test_a_read_only_journal_is_read_and_refuses_writes_with_the_fix(journal, tmp_path, is_open):
    journal.append([did(1)], author="ada")
    held = sqlite3.connect(tmp_path / FILE)
    if is_open:
        held.execute("SELECT count(*) FROM events").fetchone()
        journal.append([did(2)], author="ada")
    for folder in (tmp_path, *tmp_path.parents[:3]):
        folder.chmod(0o755)
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    environment = {**os.environ, "TMPDIR": str(tmp_path / "open")}
    command = [sys.executable, "-c", AS_NOBODY, tmp_path]
    said = subprocess.run(command, capture_output=True, text=True, env=environment)
    held.close()
    assert said.stdout.splitlines()[0] == ("2" if is_open else "1"), said.stderr
    assert "MapWriteError Copy the map" in said.stdout, said.stderr


def test_a_journal_that_cannot_be_written_is_a_clear_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises((MapWriteError, NotFoundError)):
        sqlite_journal(tmp_path / "file").append([did(1)], author="ada")
