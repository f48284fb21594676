"""Long work of the server: one piece at a time, with progress, stopped when asked."""

import threading

import pytest

from portolan.acting import Person, acting
from portolan.errors import InputError, MapLockedError, NotFoundError
from portolan.home import author_name
from portolan.server.jobs import Desk
from portolan.types import Progress


@pytest.fixture
def desk():
    desk = Desk()
    yield desk
    desk.end(wait_s=5)


def waiting(begun, let_go):
    """Work that reports, waits to be let go, and reports again."""

    def work(report):
        report(Progress("score", 1, 4, unit="texts"))
        begun.set()
        let_go.wait(10)
        report(Progress("score", 2, 4, unit="texts"))
        return "made"

    return work


def test_work_is_done_apart_and_its_result_is_kept(desk):
    job = desk.start("score", "scoring", lambda report: 7)
    job.wait(10)
    assert (job.state, job.result, desk.last()) == ("done", 7, job)


def test_it_is_done_under_the_name_of_whoever_began_it(desk):
    with acting(Person("ada", "owner")):
        job = desk.start("clean", "cleaning", lambda report: author_name())
    job.wait(10)
    assert job.result == "ada"


def test_while_one_works_another_is_refused_and_told_what_is_done(desk):
    begun, let_go = threading.Event(), threading.Event()
    job = desk.start("score", "scoring with length", waiting(begun, let_go))
    begun.wait(10)
    with pytest.raises(MapLockedError, match="scoring with length"):
        desk.start("export", "exporting", lambda report: None)
    assert (job.stage, job.progress.done, job.progress.total) == ("Scoring", 1, 4)
    let_go.set()
    job.wait(10)
    assert desk.start("export", "exporting", lambda report: None).number == 2


def test_stopped_work_ends_at_its_next_step_and_gives_nothing(desk):
    begun, let_go = threading.Event(), threading.Event()
    job = desk.start("score", "scoring", waiting(begun, let_go))
    begun.wait(10)
    desk.stop(job.number)
    let_go.set()
    job.wait(10)
    assert (job.state, job.result) == ("stopped", None)
    with pytest.raises(InputError, match="over already"):
        desk.stop(job.number)


def test_what_fails_says_what_to_do(desk):
    def work(report):
        raise InputError("There is no model.", fix="Name one.")

    job = desk.start("score", "scoring", work)
    job.wait(10)
    assert (job.state, job.problem.problem, job.problem.fix) == ("failed", "There is no model.", "Name one.")


def test_an_error_of_our_own_fails_the_work_and_not_the_server(desk, caplog):
    job = desk.start("score", "scoring", lambda report: 1 / 0)
    job.wait(10)
    assert (job.state, job.problem.problem) == ("failed", "It failed: ZeroDivisionError.")
    assert "scoring failed" in caplog.text


def test_work_that_another_took_the_place_of_is_no_longer_known(desk):
    for _ in range(2):
        desk.start("score", "scoring", lambda report: None).wait(10)
    with pytest.raises(NotFoundError, match="no work 1"):
        desk.job(1)
