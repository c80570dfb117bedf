"""A wall clock that is set back by an hour, of a training, its sidecar or the server: order, elapsed time and states stay right."""

import itertools
import subprocess
from collections.abc import Callable
from pathlib import Path

import faults
import pytest

from yoloscope.spool import reader

pytestmark = pytest.mark.slow

Trainings = Callable[[], faults.Training]
Wait = Callable[[Callable[[], bool]], None]

STEPS_BACK = """
import sys, time
wall_ns, back_ns = time.time_ns, 0
time.time_ns = lambda: wall_ns() - back_ns
import yoloscope
run = yoloscope.init(project="p", server=sys.argv[1])
for step in range(40_000):
    if step == 8_000:
        back_ns = 3600 * 10**9
    if step == 39_000:
        run.new_attempt(start_step=38_000)
    run.log({"a": step * 0.5}, step=step if step < 39_000 else step - 1_000)
run.finish()
print(run.id, run.directory, flush=True)
"""


def _series(server, run: str, axis: str) -> tuple[list[float], list[float]]:
    (found,) = server.get(f"/api/v1/series?run={run}&name=a&x={axis}&buckets=0")["series"]
    return found["x"], found["y"]


def test_a_training_whose_clock_is_set_back_keeps_its_order_and_its_elapsed_time(server, trainings, wait_until) -> None:
    """Rows say when they were logged by a clock that cannot go back; each file ties that one to the wall clock of its begin."""
    server.start()
    training = trainings(STEPS_BACK, server.url)
    run, directory = training.stdout.readline().split()
    assert training.wait(60) == 0
    wait_until(lambda: server.get(f"/api/v1/runs/{run}")["rows"] == 40_000)
    values = [step * 0.5 for step in (*range(38_000), *range(39_000, 40_000))]
    assert _anchors_fall(Path(directory))
    assert _series(server, run, "step") == ([float(step) for step in range(39_000)], values)
    elapsed_s, in_order = _series(server, run, "elapsed")
    assert in_order == values
    assert all(before <= after for before, after in itertools.pairwise(elapsed_s))
    assert 0 <= elapsed_s[0] <= elapsed_s[-1] < 600
    detail = server.get(f"/api/v1/runs/{run}")
    assert (detail["state"], detail["attempt"], detail["lost"]) == ("finished", 2, {})
    assert 0 <= detail["elapsed_s"] < 600
    assert sorted(_series(server, run, "time")[1]) == values


def _anchors_fall(directory: Path) -> bool:
    """Tell whether the rows say that the wall clock went back by about an hour."""
    chunks = [chunk for lane in (0, 1) for chunk in reader.chunks(directory, lane=lane)]
    walls = [
        int.from_bytes(entry.wall_ns[:8], "little") for chunk in chunks for entry in chunk.entries if _has_rows(entry)
    ]
    return any(3500e9 < before - after < 3700e9 for before, after in itertools.pairwise(walls))


def _has_rows(entry: object) -> bool:
    return hasattr(entry, "mono_ns")


IN_THE_SIDECAR = '''
from yoloscope.sdk import launch_sidecar
launch_sidecar.BEGIN = launch_sidecar.BEGIN.replace("sidecar.main(", """
import time
from yoloscope.sidecar import loop
loop.HEARTBEAT_S = 0.3
wall_s, wall_ns, begun_s = time.time, time.time_ns, time.monotonic()
def back_s():
    return 3600 if time.monotonic() - begun_s > 1.5 else 0
time.time = lambda: wall_s() - back_s()
time.time_ns = lambda: wall_ns() - back_s() * 10**9
sidecar.main(""")
'''


def test_a_sidecar_whose_clock_is_set_back_goes_on_sending_and_saying_that_the_training_lives(
    server, trainings, wait_until: Wait
) -> None:
    server.start()
    script = f"""{IN_THE_SIDECAR}
import sys, yoloscope
run = yoloscope.init(project="p", server=sys.argv[1])
run.log({{"a": 1.0}}, step=0)
print(run.id, flush=True)
sys.stdin.readline()
run.log({{"a": 2.0}}, step=1)
sys.stdin.readline()
run.finish()
"""
    training = trainings(script, server.url, stdin=subprocess.PIPE)
    run = training.stdout.readline().strip()
    wait_until(lambda: faults.rows_of(server, run) == 1)
    heard: set[object] = set()

    def heard_again() -> bool:
        heard.add(server.get(f"/api/v1/runs/{run}")["updated"])
        return len(heard) == 5  # a server notes the same news once a second, so some came after the step

    wait_until(heard_again)
    assert faults.state_of(server, run) == "running"
    training.stdin.write("\n")
    training.stdin.flush()
    wait_until(lambda: faults.rows_of(server, run) == 2)
    training.stdin.close()
    assert training.wait(60) == 0
    assert faults.state_of(server, run) == "finished"
    assert server.rows(run) == {0: 1.0, 1: 2.0}


AN_HOUR_AHEAD = """
import time
wall_ns = time.time_ns
time.time_ns = lambda: wall_ns() + 3600 * 10**9
"""


def test_what_a_training_of_the_future_left_is_adopted_by_one_of_the_present(
    server, new_training: Trainings, wait_until: Wait
) -> None:
    server.start()
    left = new_training().begin("http://127.0.0.1:9", pause_s=0.0005, patch=AN_HOUR_AHEAD)
    wait_until(lambda: left.accepted().get("t0", 0) > 100)
    left.end_with_sidecar()
    faults.sent_to(left.directory, server.url)
    next_one = new_training().begin(server.url, pause_s=0.001)
    wait_until(left.is_sent)
    left.check(server)
    assert faults.state_of(server, left.run) == "crashed"
    next_one.stop()
    assert next_one.process.wait(60) == 0
    next_one.check(server)


STEPPED = """
import os, time
wall_ns = time.time_ns
time.time_ns = lambda: wall_ns() - 3600 * 10**9 * os.path.exists({mark!r})
"""


def test_a_server_whose_clock_is_set_back_takes_every_row_and_knows_who_lives(
    server, new_training: Trainings, wait_until: Wait, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = tmp_path / "stepped-back"
    with monkeypatch.context() as patched:
        faults.at_start(STEPPED.format(mark=str(mark)), tmp_path / "path", patched)
        server.start()
    dead, living = (new_training().begin(server.url, pause_s=0.002) for _ in range(2))
    for training in (dead, living):
        wait_until(lambda run=training.run: faults.rows_of(server, run) > 0)
    dead.end_with_sidecar()
    mark.touch()
    known = faults.rows_of(server, living.run)
    wait_until(lambda: faults.rows_of(server, living.run) > known + 500)
    # Rows on their way at the step are heard of in what now is the future; those behind them say that it lives, and not in an hour.
    wait_until(lambda: faults.state_of(server, living.run) == "running")
    wait_until(lambda: faults.state_of(server, dead.run) == "unreachable")
    later = new_training().begin(server.url, pause_s=0.002)
    wait_until(lambda: faults.state_of(server, later.run) == "running")
    for training in (living, later):
        training.stop()
        assert training.process.wait(60) == 0
        training.check(server)
        assert faults.state_of(server, training.run) == "finished"
