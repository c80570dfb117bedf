"""A server that answers wrongly, late or not at all: the training does not notice, and in the end every row is there once."""

import email.utils
import logging
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import bad_server
import pytest
import urllib3.util

from yoloscope.records import row
from yoloscope.sdk import launch_sidecar
from yoloscope.sdk import run as runs
from yoloscope.sidecar import client, loop

pytestmark = pytest.mark.slow

FAULTS: dict[str, bad_server.Fault] = {
    "500": bad_server.says(500, b"<html>Internal Server Error</html>", Content_Type="text/html"),
    "503": bad_server.says(503),
    "507": bad_server.says(507),
    "429": bad_server.says(429),
    "401": bad_server.says(401),
    "404": bad_server.says(404),
    "hangs": bad_server.hangs,
    "closes": bad_server.closes,
    "is cut after the rows were taken": bad_server.is_cut_after_the_rows_were_taken,
    "drips": bad_server.drips,
    "captive portal": bad_server.says(200, b"<html>Please log in</html>", Content_Type="text/html"),
    "redirect": bad_server.says(302, Location="/login"),
    "redirect that keeps the method": bad_server.says(307, Location="/login"),
    "nothing": bad_server.says(200, b""),
    "no content": bad_server.says(204, b""),
    "other JSON": bad_server.says(200, b'{"status": "ok"}'),
    "no UTF-8": bad_server.says(200, b'{"acked": {"\xff": 1}}'),
    "a problem without UTF-8": bad_server.says(503, b'{"title": "\xff"}'),
    "zeros for JSON": bad_server.says(200, bytes(1000)),
    "deep JSON": bad_server.says(200, b"[" * 100_000),
    "giant": bad_server.is_giant,
    "lies": bad_server.lies,
    "asks for a century": bad_server.asks_for_a_century,
}


class Clock:
    """Time that passes only when the courier waits."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def bad() -> Iterator[bad_server.BadServer]:
    with bad_server.running() as running:
        yield running


@pytest.fixture
def training(bad: bad_server.BadServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[runs.Run]:
    """A run in this process whose courier is the test's."""
    monkeypatch.setattr(launch_sidecar, "start", lambda directory: None)
    monkeypatch.setattr(runs, "FINISH_DEAD_S", 0.0)
    monkeypatch.setenv("YOLOSCOPE_DIR", str(tmp_path / "spool"))
    monkeypatch.setenv("YOLOSCOPE_TOKEN", "secret")
    monkeypatch.setattr(client, "TIMEOUT", urllib3.util.Timeout(connect=5.0, read=0.2))
    monkeypatch.setattr(client, "_ANSWER_MOST_S", 0.2)
    started = runs.init(project="p", server=bad.url)
    yield started
    started.finish()


@pytest.fixture
def courier(training: runs.Run) -> Iterator[tuple[loop.Courier, Clock]]:
    assert training.directory is not None
    clock = Clock()
    made = loop.Courier(training.directory, now_s=clock)
    yield made, clock
    made.close()


def _log(training: runs.Run, steps: range) -> None:
    for step in steps:
        training.log({"a": step * 0.1}, step=step)


def _carry(courier: tuple[loop.Courier, Clock], true: Callable[[], bool], *, tick_s: float = 0.05) -> None:
    """Let the courier work, and time pass, until something holds; ten minutes at most."""
    carrying, clock = courier
    end_s = clock.now_s + 600.0
    while not true():
        assert clock.now_s < end_s, "it did not come to hold"
        if not carrying.step():
            clock.now_s += tick_s


@pytest.mark.parametrize("name", FAULTS)
def test_after_every_fault_the_rows_arrive_once(
    bad: bad_server.BadServer, training: runs.Run, courier: tuple[loop.Courier, Clock], name: str
) -> None:
    _log(training, range(50))
    bad.faults, bad.policy_faults = [FAULTS[name]] * 2, [FAULTS[name]]
    _carry(courier, lambda: bad.good.steps() == list(range(50)) and not bad.faults)
    _log(training, range(50, 100))
    bad.faults = [FAULTS[name]]
    _carry(courier, lambda: len(bad.good.steps()) >= 100 and not bad.faults)
    assert bad.good.steps() == list(range(100))
    assert "/login" not in {request.path for request in bad.requests}, "a redirect was followed"
    assert training._page is not None
    assert training._page.lost() == {}


def test_the_last_rows_are_not_taken_for_sent_before_they_were(
    bad: bad_server.BadServer, training: runs.Run, courier: tuple[loop.Courier, Clock]
) -> None:
    """Nothing comes after them that would show the gap."""
    _log(training, range(50))
    training.finish()
    bad.faults = [bad_server.lies]
    _carry(courier, lambda: courier[0].done)
    assert bad.good.steps() == list(range(50))
    assert [entry.state for _, _, entry in bad.good.taken if isinstance(entry, row.Ended)] == ["finished"]


def test_a_giant_answer_is_not_read_to_its_end(
    bad: bad_server.BadServer, training: runs.Run, courier: tuple[loop.Courier, Clock], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    _log(training, range(3))
    bad.faults = [bad_server.is_giant]
    _carry(courier, lambda: bad.good.steps() == [0, 1, 2])
    assert "its answer has no end" in caplog.text


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_respected(
    bad: bad_server.BadServer, training: runs.Run, courier: tuple[loop.Courier, Clock], form: str
) -> None:
    _log(training, range(3))
    wish = "300" if form == "seconds" else email.utils.formatdate(time.time() + 310, usegmt=True)
    bad.faults = [bad_server.says(429, Retry_After=wish)]
    began_s = courier[1].now_s
    _carry(courier, lambda: not bad.faults)
    _carry(courier, lambda: courier[1].now_s > began_s + 290, tick_s=1.0)
    assert len(bad.requests) == 2, "it asked before its time"  # once for the policy
    _carry(courier, lambda: bool(bad.good.steps()), tick_s=1.0)
    assert courier[1].now_s >= began_s + 300
    assert bad.good.steps() == [0, 1, 2]


def test_a_server_that_stays_bad_is_asked_ever_less(
    bad: bad_server.BadServer, training: runs.Run, courier: tuple[loop.Courier, Clock]
) -> None:
    _log(training, range(3))
    bad.faults = [bad_server.closes] * 1000
    began_s = courier[1].now_s
    _carry(courier, lambda: courier[1].now_s > began_s + 300.0, tick_s=0.5)
    assert (
        sum(request.method == "POST" for request in bad.requests) <= 30
    )  # 0.5 s doubled up to 30 s, half of it by chance
    bad.faults = []
    _carry(courier, lambda: bool(bad.good.steps()))
    assert bad.good.steps() == [0, 1, 2]


def test_the_token_goes_to_the_server_alone(
    bad: bad_server.BadServer, training: runs.Run, courier: tuple[loop.Courier, Clock]
) -> None:
    with bad_server.running() as portal:
        _log(training, range(3))
        bad.faults = [bad_server.says(status, Location=f"{portal.url}/login") for status in (301, 302, 303, 307, 308)]
        _carry(courier, lambda: bool(bad.good.steps()))
        assert portal.requests == []
    assert {request.headers["Authorization"] for request in bad.requests} == {"Bearer secret"}


TRAINING = """
import sys, yoloscope
run = yoloscope.init(project="p", server=sys.argv[1])
for line in sys.stdin:
    for step in range(int(line), int(line) + 10):
        run.log({"a": step * 0.1}, step=step)
    print("logged", flush=True)
run.finish()
print("done", flush=True)
"""
TOLD = re.compile(r"yoloscope: finish: not everything is sent yet; it is safe in .* and goes on being sent\n\Z")


@pytest.fixture
def real(bad: bad_server.BadServer, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """A training as a process with its sidecar, told by lines when to log, and what it says on stderr."""
    script = tmp_path / "train.py"
    script.write_text(TRAINING)
    said = tmp_path / "stderr.txt"
    with said.open("w") as stderr:
        process = subprocess.Popen(
            [sys.executable, str(script), bad.url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            cwd=tmp_path,
        )
    yield process, said
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        assert pipe is not None
        pipe.close()


def _logged(process: subprocess.Popen[str], first: int) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{first}\n")
    process.stdin.flush()
    assert process.stdout.readline() == "logged\n"


def test_a_training_does_not_notice_what_its_sidecar_meets(
    bad: bad_server.BadServer, real: tuple[subprocess.Popen[str], Path], wait_until: Callable[..., None]
) -> None:
    process, said = real
    assert process.stdin is not None
    assert process.stdout is not None
    quick = [name for name in FAULTS if name not in ("hangs", "drips")]  # these wait for a time-out of half a minute
    for number, name in enumerate(quick):
        bad.faults = [FAULTS[name]]
        _logged(process, 10 * number)
        wait_until(lambda number=number: not bad.faults and len(bad.good.steps()) >= 10 * (number + 1))
    process.stdin.close()
    assert process.stdout.readline() == "done\n"
    assert process.wait(60) == 0
    assert said.read_text() == ""
    assert bad.good.steps() == list(range(10 * len(quick)))


def test_a_training_ends_while_the_server_hangs_and_everything_arrives_later(
    bad: bad_server.BadServer, real: tuple[subprocess.Popen[str], Path], wait_until: Callable[..., None]
) -> None:
    process, said = real
    assert process.stdin is not None
    assert process.stdout is not None
    bad.faults = [bad_server.hangs] * 1000
    _logged(process, 0)
    wait_until(lambda: bool(bad.requests))
    _logged(process, 10)
    process.stdin.close()
    assert process.stdout.readline() == "done\n"
    assert process.wait(60) == 0
    assert TOLD.match(said.read_text())
    bad.faults = []
    bad.over.set()  # the hanging connections end, as when a server is started anew
    wait_until(lambda: any(isinstance(entry, row.Ended) for _, _, entry in bad.good.taken))
    assert bad.good.steps() == list(range(20))
