"""SIGKILL at any moment, of the training, of it and its sidecar, of the server: what `log` returned for arrives, once."""

import contextlib
import random
import threading
import time
from collections.abc import Callable
from pathlib import Path

import faults
import pytest

pytestmark = pytest.mark.slow

Trainings = Callable[[], faults.Training]
Wait = Callable[..., None]


def _let_pass(time_s: float) -> None:
    """Wait until the moment of a fault, which nothing tells."""
    threading.Event().wait(time_s)


def _rounds(few: int, many: int) -> pytest.MarkDecorator:
    """Run a test with few rounds in `make test` and with many in `make test-all`."""
    long = pytest.param(many, marks=[pytest.mark.long, pytest.mark.timeout(3600)])
    return pytest.mark.parametrize("rounds", [pytest.param(few, marks=pytest.mark.timeout(300)), long])


@_rounds(20, 200)
def test_a_killed_training_loses_nothing_that_log_returned_for(
    server, new_training: Trainings, wait_until: Wait, rounds: int
) -> None:
    """One to three threads log as fast as they can, and a signal handler that interrupts the first; the sidecar stays."""
    server.start()
    for seed in range(rounds):
        moment = random.Random(seed)
        threads, signals_hz = moment.randint(1, 3), moment.choice((0, 1000, 2000))
        training = new_training().begin(server.url, threads=threads, signals_hz=signals_hz)
        _let_pass(moment.uniform(0.0, 0.25))
        training.process.kill()
        training.process.wait()
        wait_until(training.is_sent)
        training.check(server, hint=f"seed {seed}: {threads} threads, {signals_hz} signals a second")


@pytest.mark.parametrize("threads", [1, 3])
def test_a_container_that_is_killed_takes_trainer_and_sidecar_at_one_instant_and_no_row(
    outside, new_training: Trainings, wait_until: Wait, tmp_path: Path, threads: int
) -> None:
    before, server = faults.container(), outside
    training = new_training().begin(server.url, threads=threads, signals_hz=500, pause_s=0.0002, before=before)
    wait_until(lambda: faults.rows_of(server, training.run) > 0)  # so that some rows will be sent for a second time
    training.end_with_namespace()
    assert faults.couriers_of(training.directory) == []
    for cursor in training.directory.glob("cursor.json"):
        cursor.unlink()
    for _ in range(2):
        done = faults.sync(tmp_path / "spool")
        assert done.returncode == 0, done.stderr
        training.check(server)
    assert faults.state_of(server, training.run) == "crashed"


def test_containers_that_share_a_spool_never_mix_and_take_over_only_what_is_dead(
    outside, new_training: Trainings, wait_until: Wait, tmp_path: Path
) -> None:
    """Each trainer is process 1 of its container; a later sidecar adopts at its start what was left before."""
    before, server = faults.container(), outside
    first = new_training().begin(server.url, pause_s=0.001, before=before)
    wait_until(lambda: faults.state_of(server, first.run) == "running")
    faults.grown_older(first.directory, by_s=300)
    second = new_training().begin(server.url, pause_s=0.001, before=before)
    wait_until(lambda: faults.rows_of(server, second.run) > 0)  # its sidecar has looked beside itself by then
    assert faults.holders_of(first.directory) == first.processes()
    assert first.directory != second.directory
    assert faults.pid_in_manifest(first.directory) == faults.pid_in_manifest(second.directory) == 1
    assert faults.state_of(server, first.run) == "running"
    faults.grown_older(second.directory, by_s=300)
    first.end_with_namespace()
    third = new_training().begin(server.url, pause_s=0.001, before=before)
    wait_until(first.is_sent)
    first.check(server)
    assert faults.state_of(server, first.run) == "crashed"
    assert faults.holders_of(second.directory) == second.processes()
    wait_until(lambda: faults.state_of(server, second.run) == faults.state_of(server, third.run) == "running")
    for training in (second, third):
        training.end_with_namespace()
    assert faults.sync(tmp_path / "spool").returncode == 0
    for training in (first, second, third):
        training.check(server)


EAGER = """
from yoloscope.wire import protocol
protocol.FLUSH_UNWATCHED_MS = 10
"""


@_rounds(8, 100)
def test_a_server_killed_while_it_commits_neither_loses_nor_doubles(
    server, new_training: Trainings, wait_until: Wait, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rounds: int
) -> None:
    """Four trainings send all the time, as the server asks; every fourth kill takes one of them as well, which a new one replaces."""
    faults.at_start(EAGER, tmp_path / "path", monkeypatch)
    server.start()
    port = int(server.url.rpartition(":")[2])
    begun = [new_training().begin(server.url, threads=2, pause_s=0.001) for _ in range(4)]
    living = list(begun)
    for seed in range(rounds):
        moment = random.Random(seed)
        _wait_for_commits(server.data, 3)
        if seed % 2:  # else what is being written is stored, and nobody will be told
            _let_pass(moment.uniform(0.0, 0.05))
        server.kill()
        if seed % 4 == 3:
            killed = living.pop(moment.randrange(4))
            killed.process.kill()
            living.append(new_training().begin(server.url, threads=2, pause_s=0.001))
            begun.append(living[-1])
        server.start(port)
    for training in living:
        training.stop()
    for training in begun:
        assert training.process.wait(60) == (0 if training in living else -9)
        wait_until(training.is_sent, 60 + 6 * rounds)  # all of them have something left, on as many cores as there are
        training.check(server)
        assert faults.state_of(server, training.run) == ("finished" if training in living else "crashed")


def _wait_for_commits(data: Path, count: int) -> None:
    """Return at the moment when the server has written to its logs so many times."""
    end_s = time.monotonic() + 5
    before = _logs(data)
    while count and time.monotonic() < end_s:
        _let_pass(0.0005)
        if (now := _logs(data)) != before:
            before, count = now, count - 1


def _logs(data: Path) -> list[tuple[int, int]]:
    """Return size and time of every write-ahead log."""
    found: list[tuple[int, int]] = []
    for path in sorted(data.rglob("*-wal")):
        with contextlib.suppress(FileNotFoundError):  # a new file has one of another name for a moment
            found.append((path.stat().st_size, path.stat().st_mtime_ns))
    return found
