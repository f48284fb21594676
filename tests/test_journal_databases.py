"""What holds for a journal in any database; what holds for one in PostgreSQL; moving from one to the other."""

import json
import threading

import pytest

import portolan
from portolan.core.events import Event
from portolan.errors import InputError, JournalError, MapFormatError, NotFoundError, RequestError
from portolan.once import once
from portolan.store import Entry, FolderStore
from portolan.store.journal import SqlJournal
from portolan.store.journal_postgres import PREFIX, PostgresDatabase, parse_place, postgres_journal
from portolan.store.journal_sqlite import sqlite_journal
from postgres import PASSWORD
from small_data import topic_rows


def did(number, kind="x"):
    return Entry(kind, {"number": number})


def numbers(journal):
    return [event.payload["number"] for event in journal.events()]


@pytest.fixture
def place(postgres, request):
    return parse_place(postgres.url(), name=request.node.name[:150])


@pytest.fixture(params=["sqlite", "postgresql"])
def opened(request, tmp_path):
    """Opens the one journal, as another process would."""
    if request.param == "sqlite":
        return lambda: sqlite_journal(tmp_path)
    place = request.getfixturevalue("place")
    return lambda: postgres_journal(place)


def test_events_come_back_as_they_were_written(opened):
    payload = {"to": "Brot — خبز 🍞", "n": 2**60, "none": None, "part": {"list": [1.5, True]}}
    [event] = opened().append([Entry("x", payload, reason="clearer\n")], author="ada")
    assert opened().events() == [event]
    assert event.payload == payload


def test_a_journal_that_nobody_has_written_is_empty(opened):
    assert opened().events() == []


def test_events_of_others_are_seen_at_once(opened):
    reader = opened()
    for number in range(3):
        opened().append([did(number)], author="ada")
        assert numbers(reader) == list(range(number + 1))


def test_events_written_together_are_written_all_or_none(opened):
    journal = opened()
    journal.append([did(0)], author="ada")
    with pytest.raises(Exception, match="JSON"):
        journal.append([did(1), Entry("x", {"number": object()})], author="ada")
    assert numbers(opened()) == [0]
    assert [event.id for event in journal.append([did(1), did(2)], author="ada")] == [2, 3]


def test_sets_of_rows_are_kept_once_and_read_by_name(opened):
    journal = opened()
    for _ in range(2):
        journal.append([Entry("x", {}, row_sets={"a": b"rows\0", "b": b""})], author="ada")
    assert opened().read_row_sets(["b", "a", "a"]) == {"a": b"rows\0", "b": b""}
    with pytest.raises(NotFoundError, match="no set of rows"):
        journal.read_row_set("c")


def test_a_request_that_comes_again_writes_nothing_and_gets_what_it_wrote(opened):
    with once("asked:1"):
        written = opened().append([did(0), did(1)], author="ada")
    with once("asked:1"):
        assert opened().of_request() == opened().append([did(2)], author="ada") == written
    assert numbers(opened()) == [0, 1]


def test_a_request_that_writes_in_two_steps_is_refused_the_second_when_it_comes_first_and_when_it_comes_again(opened):
    for _ in range(2):
        with once("asked:1"):
            opened().append([did(0)], author="ada")
            with pytest.raises(RequestError, match="in two steps"):
                opened().append([did(1)], author="ada")
    assert numbers(opened()) == [0]


def test_a_write_that_failed_may_be_tried_again_by_the_same_request(opened):
    with once("asked:1"):
        with pytest.raises(Exception, match="JSON"):
            opened().append([Entry("x", {"number": object()})], author="ada")
        opened().append([did(1)], author="ada")
    assert numbers(opened()) == [1]


def test_another_request_and_one_without_a_name_are_written(opened):
    for name in ("asked:1", "asked:2", None, None):
        with once(name):
            assert opened().of_request() == []
            opened().append([did(name)], author="ada")
    assert numbers(opened()) == ["asked:1", "asked:2", None, None]


def test_requests_that_come_twice_at_the_same_time_write_once(opened):
    opened().append([did(-1)], author="ada")
    together = threading.Barrier(4, timeout=20)
    found = []

    def ask():
        journal = opened()
        together.wait()
        with once("asked:1"):
            found.append(journal.append([did(0)], author="ada"))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert numbers(opened()) == [-1, 0]
    assert [[event.id for event in events] for events in found] == [[2]] * 4


def test_ids_grow_without_a_gap_however_many_write_at_once_and_no_reader_sees_a_smaller_one_later(opened):
    opened().append([did(-1)], author="ada")
    is_over = threading.Event()
    seen = []

    def read():
        journal = opened()
        while not is_over.is_set():
            seen.append([event.id for event in journal.events()])

    def write(author):
        journal = opened()
        for number in range(25):
            journal.append([did(number)] * (1 + number % 3), author=author)

    reader = threading.Thread(target=read)
    writers = [threading.Thread(target=write, args=(f"writer {number}",)) for number in range(4)]
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    is_over.set()
    reader.join()
    ids = [event.id for event in opened().events()]
    assert ids == list(range(1, 1 + 1 + 4 * sum(1 + number % 3 for number in range(25))))
    assert all(known == ids[: len(known)] for known in seen)


def test_times_never_run_backwards_whatever_the_clock_says(opened, monkeypatch):
    journal = opened()
    [first] = journal.append([did(0)], author="ada")

    class Yesterday:
        @staticmethod
        def now(_zone):
            from datetime import UTC, datetime

            return datetime(2001, 1, 1, tzinfo=UTC)

    monkeypatch.setattr("portolan.store.journal.datetime", Yesterday)
    [second] = journal.append([did(1)], author="ada")
    assert second.time == first.time


def test_letters_that_no_database_keeps_are_refused_before_anything_is_written(opened):
    with pytest.raises(InputError, match="letters"):
        opened().append([Entry("x", {}, reason="a\0b")], author="ada")
    assert opened().events() == []


def test_journals_in_one_database_know_nothing_of_each_other(postgres):
    one, other = (postgres_journal(parse_place(postgres.url(), name=name)) for name in ("one", "other"))
    one.append([Entry("x", {"number": 1}, row_sets={"a": b"ones"})], author="ada")
    other.append([Entry("x", {"number": 2}, row_sets={"a": b"others"})], author="ada")
    assert (numbers(one), numbers(other)) == ([1], [2])
    assert (one.read_row_set("a"), other.read_row_set("a")) == (b"ones", b"others")
    assert one.events()[0].id == other.events()[0].id == 1


def test_the_url_names_the_journal_and_what_is_kept_of_it_holds_no_password(postgres):
    place = parse_place(postgres.url() + "?journal=team-a&sslmode=prefer", name="mine")
    assert place.name == "team-a"
    assert PASSWORD not in str(place)
    assert "sslmode=prefer" in place.url
    assert "journal=" not in place.url


@pytest.mark.parametrize("url", ["mysql://a/b", "no url", "postgresql://host"])
def test_a_url_of_something_else_is_refused_with_the_fix(url):
    with pytest.raises(InputError, match="no PostgreSQL database") as caught:
        parse_place(url, name="a")
    assert "postgresql://" in caught.value.fix


def test_a_database_that_does_not_answer_is_said_so_without_its_password(postgres, monkeypatch):
    monkeypatch.delenv("PGPASSWORD", raising=False)
    url = f"postgresql://portolan:{PASSWORD}@127.0.0.1:1/postgres"
    with pytest.raises(JournalError, match="cannot be reached") as caught:
        postgres_journal(parse_place(url, name="a")).events()
    assert PASSWORD not in str(caught.value)


def test_a_wrong_password_is_said_so_with_the_fix(postgres):
    url = postgres.url(password="wrong", database="template1")
    with pytest.raises(JournalError) as caught:
        postgres_journal(parse_place(url, name="a")).events()
    assert "PGPASSWORD" in caught.value.fix


def test_without_a_password_in_the_url_the_usual_variable_gives_it(postgres, monkeypatch):
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    # A user of another spelling: no password was given to this process for such a URL.
    url = postgres.url(password=None) + "?application_name=a"
    journal = postgres_journal(parse_place(url, name="by-variable"))
    journal.append([did(1)], author="ada")
    assert numbers(journal) == [1]


def test_a_journal_of_a_newer_format_is_refused_with_the_fix(postgres, place):
    postgres_journal(place).append([did(1)], author="ada")
    with postgres.connect() as connection:
        connection.execute(f"UPDATE {PREFIX}facts SET value = '99' WHERE journal = %s", [place.name])
    with pytest.raises(MapFormatError, match="format 99"):
        postgres_journal(place).events()


def test_a_connection_that_broke_is_made_anew(postgres, place):
    journal = SqlJournal(PostgresDatabase(place))
    journal.append([did(1)], author="ada")
    with postgres.connect() as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'portolan'")
    assert numbers(journal) == [1]
    journal.append([did(2)], author="ada")
    assert numbers(journal) == [1, 2]


@pytest.fixture
def store(tmp_path):
    return FolderStore.create(tmp_path / "map", facts={})


def test_a_map_whose_journal_is_moved_has_all_its_events_and_goes_on_there(store, place):
    entries = [Entry("x", {"number": 1, "rows": "a"}, row_sets={"a": b"rows"}), did(2)]
    store.journal.append(entries, author="ada")
    before = store.journal.events()
    store.move_journal(place)
    assert store.journal.events() == before
    assert store.journal.read_row_set("a") == b"rows"
    store.journal.append([did(3)], author="bob")
    assert numbers(FolderStore.open(store.path).journal) == [1, 2, 3]
    assert numbers(sqlite_journal(store.path)) == [1, 2]
    assert PASSWORD not in (store.path / "map.json").read_text()


def test_a_moved_journal_comes_back_with_what_was_added(store, place):
    store.journal.append([did(1)], author="ada")
    store.move_journal(place)
    store.journal.append([did(2)], author="ada")
    store.move_journal(None)
    assert "journal.sqlite" in store.journal.place
    assert numbers(store.journal) == [1, 2]


def test_two_histories_are_not_made_one(store, place):
    store.journal.append([did(1)], author="ada")
    postgres_journal(place).append([did(9)], author="bob")
    with pytest.raises(InputError, match="1 events") as caught:
        store.move_journal(place)
    assert "?journal=" in caught.value.fix
    assert numbers(store.journal) == [1]


def test_a_map_without_events_joins_a_journal_that_others_have_begun(store, place):
    postgres_journal(place).append([did(9)], author="bob")
    store.move_journal(place)
    assert numbers(store.journal) == [9]


def test_a_map_is_made_with_its_journal_in_postgresql_and_keeps_it_when_made_again(postgres, tmp_path):
    path = tmp_path / "topics.portolan"
    rows = topic_rows(60)
    made = portolan.map_text(rows, name="Topics", path=path, journal=postgres.url(), progress=False)
    made.save_view("Here", "#map=1/0/0")
    fact = json.loads((path / "map.json").read_text())["journal"]
    assert fact["url"] == postgres.url(password=None)
    assert fact["name"].startswith("topics-")
    again = portolan.map_text(rows, name="Topics", path=path, progress=False)
    assert [view.name for view in again.views] == ["Here"]
    assert again.journal.place.startswith("postgresql://")
    assert not (path / "journal.sqlite").exists()
    assert isinstance(again.history[0], Event)


def test_a_map_is_not_begun_with_a_journal_that_cannot_be_reached(tmp_path):
    path = tmp_path / "topics.portolan"
    with pytest.raises(JournalError):
        portolan.map_text(topic_rows(9), path=path, journal="postgresql://a@127.0.0.1:1/b", progress=False)
    assert not path.exists()
