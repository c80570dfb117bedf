"""The worker process: what it answers, what becomes of jobs when it dies, and what it never holds."""

import logging
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from contracts import rows
from yoloscope import errors
from yoloscope.records import ids
from yoloscope.store.series import blocks, jobs, worker, worker_main

pytestmark = pytest.mark.slow
WAIT_S = 60.0
_JOB = jobs.SealJob("/nowhere/signs.db", ids.RunId("r1"), 1, 1)
_STAND_IN = """
import os, pathlib, sys, time
import msgspec
from yoloscope.store.series import jobs, pipe, worker_main

been = pathlib.Path({been!r})
count = len(been.read_text()) if been.exists() else 0
been.write_text("x" * (count + 1))

def answer(**fields):
    pipe.write(1, msgspec.msgpack.encode(worker_main.Answer(**fields)))

def exchange():
    return jobs.Exchange("r1", [count], [], [], {{}}, 1)

while (message := pipe.read(0)) is not None:
{body}
"""


@pytest.fixture
def stand_in(tmp_path: Path) -> Generator[Callable[[str], worker.Process], None, None]:
    """Return a maker of workers that do as told with each message; ``count`` is how many of them there were before."""
    made: list[worker.Process] = []

    def make(body: str) -> worker.Process:
        script = _STAND_IN.format(been=str(tmp_path / "been"), body=textwrap.indent(textwrap.dedent(body), "    "))
        made.append(worker.Process((sys.executable, "-c", script)))
        return made[-1]

    yield make
    for one in made:
        one.close()


def _wait(until: Callable[[], bool]) -> None:
    end = time.monotonic() + WAIT_S
    while not until():
        assert time.monotonic() < end
        time.sleep(0.01)


def _is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def _filled(directory: Path) -> Path:
    store = blocks.BlockStore(directory)
    store.append(rows.PROJECT, [rows.lane(rows.column([0.5 * n for n in range(3000)]))]).result()
    store.close()
    return directory / "series" / "signs.db"


def test_the_process_answers_what_the_thread_would(tmp_path: Path) -> None:
    job = jobs.SealJob(str(_filled(tmp_path)), rows.RUN, 1, 1)
    process = worker.Process()
    inline = worker.Inline().done(job)
    assert inline is not None
    assert inline == process.done(job)
    assert process.done(jobs.SealJob(job.path, ids.RunId("unknown"), 1, 1)) is None
    process.close()


def test_it_is_nice_and_holds_neither_sockets_nor_locks_of_the_server(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, (tmp_path / "lock").open("w") as lock:
        listening.set_inheritable(True)
        os.set_inheritable(lock.fileno(), True)
        process = worker.Process()
        process.done(jobs.SealJob(str(_filled(tmp_path)), rows.RUN, 1, 1))
        assert process.pid is not None
        held = [str(fd.readlink()) for fd in Path(f"/proc/{process.pid}/fd").iterdir()]
        assert not [one for one in held if one.startswith("socket:") or one.endswith("/lock")]
        nice = os.getpriority(os.PRIO_PROCESS, process.pid)
        assert min(os.getpriority(os.PRIO_PROCESS, 0) + worker_main.NICENESS, 19) == nice
        process.close()


def test_it_loads_nothing_of_the_web_or_the_catalogue() -> None:
    code = "import sys; from yoloscope.store.series import worker_main; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"fastapi", "starlette", "uvicorn", "sqlalchemy", "click", "yoloscope.sdk.run"} & set(loaded)


def test_it_ends_when_the_server_is_killed(tmp_path: Path) -> None:
    server = """
    import sys, time
    from yoloscope.store.series import jobs, worker
    process = worker.Process()
    process.done(jobs.SealJob(sys.argv[1], "unknown", 1, 1))
    print(process.pid, flush=True)
    time.sleep(600)
    """
    command = [sys.executable, "-c", textwrap.dedent(server), str(_filled(tmp_path))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        pid = int(started.stdout.readline())
        started.kill()
    _wait(lambda: _is_gone(pid))


def test_a_job_whose_worker_dies_is_done_by_the_next(stand_in: Callable[[str], worker.Process]) -> None:
    process = stand_in("os._exit(9) if count == 0 else answer(exchange=exchange())")
    answer = process.done(_JOB)
    assert answer is not None
    assert answer.log_ids == [1]


def test_a_worker_killed_in_mid_job_is_replaced(stand_in: Callable[[str], worker.Process], tmp_path: Path) -> None:
    process = stand_in("time.sleep(600) if count == 0 else answer(exchange=exchange())")
    answers: list[jobs.Exchange | None] = []
    asking = threading.Thread(target=lambda: answers.append(process.done(_JOB)))
    asking.start()
    been = tmp_path / "been"
    _wait(lambda: been.exists() and been.read_text() == "x")  # it is made first, and then written
    first = process.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    asking.join(WAIT_S)
    assert [answer.log_ids for answer in answers if answer is not None] == [[1]]
    assert process.pid != first


@pytest.mark.parametrize(
    "ends",
    [
        "os._exit(9)",
        "pipe.write(1, b'no msgpack at all')",
        "os.write(1, b'\\xff' * 64)",
        "os.write(1, b'\\x10\\x00\\x00\\x00cut'); os._exit(0)",
        "1 / 0",
    ],
    ids=["dies", "another message", "no message", "cut", "a defect"],
)
def test_a_job_that_ends_two_workers_is_given_up_and_the_next_is_done(
    stand_in: Callable[[str], worker.Process], ends: str
) -> None:
    process = stand_in(f"if count < 2:\n    {ends}\nelse:\n    answer(exchange=exchange())")
    with pytest.raises(errors.StoreError, match="ended 2 times"):
        process.done(_JOB)
    answer = process.done(_JOB)
    assert answer is not None
    assert answer.log_ids == [2]


def test_a_worker_that_ends_between_jobs_counts_for_none(
    stand_in: Callable[[str], worker.Process], caplog: pytest.LogCaptureFixture
) -> None:
    process = stand_in("os._exit(9) if count == 1 else answer(exchange=exchange())")
    process.done(_JOB)
    first = process.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    _wait(lambda: _is_gone(first))
    answer = process.done(_JOB)
    assert answer is not None
    assert answer.log_ids == [2]
    assert len(caplog.records) == 1


def test_an_error_of_the_store_is_not_a_death(stand_in: Callable[[str], worker.Process]) -> None:
    process = stand_in("answer(error='StoreVersion', text='axis 3 of run r1 has format 9')")
    with pytest.raises(errors.StoreVersion, match="axis 3 of run r1"):
        process.done(_JOB)
    first = process.pid
    with pytest.raises(errors.StoreVersion):
        process.done(_JOB)
    assert first == process.pid


def test_a_worker_that_has_grown_makes_way_for_another(stand_in: Callable[[str], worker.Process]) -> None:
    process = stand_in("answer(exchange=exchange(), leaves=True); break")
    answers = [process.done(_JOB) for _ in range(3)]
    assert [answer.log_ids for answer in answers if answer is not None] == [[0], [1], [2]]


def test_what_it_prints_goes_to_the_log(
    stand_in: Callable[[str], worker.Process], caplog: pytest.LogCaptureFixture
) -> None:
    process = stand_in("print('low on memory', file=sys.stderr, flush=True); answer()")
    assert process.done(_JOB) is None
    process.close()
    assert [record.getMessage() for record in caplog.records] == ["worker process: low on memory"]


def test_closing_ends_it_in_mid_job(stand_in: Callable[[str], worker.Process], tmp_path: Path) -> None:
    process = stand_in("time.sleep(600)")
    told: list[str] = []

    def ask() -> None:
        try:
            process.done(_JOB)
        except errors.StoreError as error:
            told.append(str(error))

    asking = threading.Thread(target=ask)
    asking.start()
    _wait((tmp_path / "been").exists)
    process.close()
    asking.join(WAIT_S)
    assert told == ["the series store is closed; nothing was changed"]
    with pytest.raises(errors.StoreError, match="closed"):
        process.done(_JOB)


def test_where_no_process_can_be_started_the_server_does_the_work(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    job = jobs.SealJob(str(_filled(tmp_path)), rows.RUN, 1, 1)
    process = worker.Process((str(tmp_path / "no-python"),))
    assert worker.Inline().done(job) == process.done(job)
    process.close()
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
