"""Work in a thread beside: one at a time, never waited for, and again after it was closed."""

import threading

from yoloscope.sidecar.hardware import aside


def _taken(work: aside.Aside[int]) -> int | None:
    pause = threading.Event()
    for _ in range(6000):
        found = work.take()
        if found is not None or work.busy_s() is None:
            return found
        pause.wait(0.01)
    raise AssertionError("the work did not come to an end")


def test_what_is_asked_for_is_done_once() -> None:
    done: list[int] = []
    work = aside.Aside("counting", lambda: done.append(1) or len(done))
    assert work.take() is None
    assert work.ask()
    assert _taken(work) == 1
    assert work.take() is None
    assert work.ask()
    assert _taken(work) == 2
    work.close()


def test_nothing_further_is_taken_on_until_the_result_was_taken() -> None:
    release = threading.Event()
    work = aside.Aside("waiting", lambda: int(release.wait(60)))
    assert [work.ask(), work.ask()] == [True, False]
    assert work.take() is None
    release.set()
    assert _taken(work) == 1
    assert work.ask()
    work.close()


def test_a_thread_that_hangs_does_not_keep_the_process() -> None:
    work = aside.Aside("hanging", lambda: 0)
    work.ask()
    assert work._thread is not None
    assert work._thread.daemon
    work.close()


def test_after_its_end_it_can_be_asked_again() -> None:
    release = threading.Event()
    work = aside.Aside("again", lambda: int(release.wait(60)))
    work.ask()
    work.close()
    work.close()
    release.set()
    assert work.ask()
    assert _taken(work) == 1
    work.close()
