"""A training's processes, measured on real ones."""

import os
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from yoloscope.sidecar.hardware import processes, tree

pytestmark = pytest.mark.slow
PARENT = """
import subprocess, sys
children = [subprocess.Popen([sys.executable, "-c", sys.argv[1], *words]) for words in ([], [], ["yoloscope.sidecar"])]
block = bytearray(40_000_000)
print(*(child.pid for child in children), flush=True)
try:
    sys.stdin.read()
finally:
    for child in children:
        child.kill()
        child.wait()
"""
CHILD = "import sys; block = bytearray(20_000_000); sys.stdin.read()"


@pytest.fixture
def training() -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """A process with two workers and one sidecar below it, and their numbers in this order."""
    command = [sys.executable, "-c", PARENT, CHILD]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        pids = [int(word) for word in process.stdout.readline().split()]
        yield process, pids
        assert process.stdin is not None
        process.stdin.close()
        process.wait(60)


def test_workers_are_counted_and_sidecars_are_not(training) -> None:
    process, (first, second, _sidecar) = training
    seen = tree.Tree(process.pid).look(0.0)
    assert seen is not None
    assert seen.pids == {process.pid, first, second}
    assert seen.numbers["process/children"] == 2.0


def test_memory_is_what_psutil_tells(training) -> None:
    process, (first, second, _sidecar) = training
    seen = tree.Tree(process.pid).look(0.0)
    assert seen is not None
    assert seen.numbers["process/rss_bytes"] == pytest.approx(psutil.Process(process.pid).memory_info().rss, rel=0.2)
    workers = sum(psutil.Process(pid).memory_info().rss for pid in (first, second))
    assert seen.numbers["process/children_rss_bytes"] == pytest.approx(workers, rel=0.2)
    assert seen.numbers["process/threads"] == psutil.Process(process.pid).num_threads()
    assert seen.numbers["process/open_files"] == psutil.Process(process.pid).num_fds()


@pytest.mark.skipif(sys.platform != "linux", reason="compares the two ways of Linux")
def test_psutil_alone_tells_the_same(training, monkeypatch) -> None:
    process, (first, second, _sidecar) = training
    own = tree.Tree(process.pid).look(0.0)
    monkeypatch.setattr(processes, "_ON_LINUX", False)
    other = tree.Tree(process.pid).look(0.0)
    assert own is not None
    assert other is not None
    assert other.pids == own.pids == {process.pid, first, second}
    assert other.numbers == pytest.approx(own.numbers, rel=0.2)


def test_a_number_given_to_another_process_is_not_taken_for_the_training(training, monkeypatch) -> None:
    process, _ = training
    watched = tree.Tree(process.pid)
    assert watched.look(0.0) is not None
    real = processes.sample

    def reused(pid: int) -> processes.Sample | None:
        found = real(pid)
        return None if found is None else found._replace(started=found.started + "1")

    monkeypatch.setattr(processes, "sample", reused)
    assert watched.look(2.0) is None


def test_an_ended_process_is_gone_even_before_it_is_collected() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert tree.Tree(process.pid).look(0.0) is None
    process.wait()


def test_cpu_use_is_over_the_time_since_the_last_look(monkeypatch) -> None:
    cpu_s = {100: 10.0, 101: 3.0}
    starts = {100: "a", 101: "b"}
    monkeypatch.setattr(processes, "descendants", lambda pid: [pid for pid in cpu_s if pid != 100])
    monkeypatch.setattr(processes, "is_sidecar", lambda pid: False)
    monkeypatch.setattr(processes, "open_files", lambda pid: None)
    monkeypatch.setattr(processes, "sample", lambda pid: processes.Sample(1, cpu_s[pid], 1, 0, starts[pid]))
    watched = tree.Tree(100)
    first = watched.look(50.0)
    assert first is not None
    assert "process/cpu_percent" not in first.numbers
    cpu_s |= {100: 11.0, 101: 3.5, 102: 0.5}
    starts[102] = "c"
    second = watched.look(52.0)
    assert second is not None
    assert (second.numbers["process/cpu_percent"], second.numbers["process/children_cpu_percent"]) == (50.0, 50.0)
    cpu_s[101], starts[101] = 0.2, "d"  # a worker that came in place of one that ended, with its number
    third = watched.look(54.0)
    assert third is not None
    assert third.numbers["process/children_cpu_percent"] == pytest.approx(10.0)


def test_a_process_is_known_by_its_start_not_by_its_number(training) -> None:
    process, _ = training
    seen = processes.sample(process.pid)
    assert seen is not None
    assert processes.is_same(process.pid, started=seen.started)
    assert not processes.is_same(process.pid, started=seen.started + "1")
    assert not processes.is_same(2**22 + 1, started=seen.started)


def test_ancestors_lead_from_a_worker_to_its_training(training) -> None:
    process, (first, *_) = training
    assert list(processes.ancestors(first))[:3] == [first, process.pid, os.getpid()]


@pytest.mark.skipif(sys.platform != "linux", reason="threads are listed there alone")
def test_a_thread_that_ended_meanwhile_hides_no_workers(training, monkeypatch: pytest.MonkeyPatch) -> None:
    """Data loaders start and end threads all the time; the numbers of workers would come and go with them."""
    process, (first, second, _sidecar) = training
    listed = os.listdir

    def with_one_that_ended(path: str) -> list[str]:
        found = listed(path)
        return ["999999999", *found] if path.endswith("/task") else found

    monkeypatch.setattr(processes.os, "listdir", with_one_that_ended)
    seen = tree.Tree(process.pid).look(0.0)
    assert seen is not None
    assert seen.pids == {process.pid, first, second}
