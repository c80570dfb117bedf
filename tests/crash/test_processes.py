"""Trainings of several processes and threads: who forks, spawns, leaves early or shares a name writes what is its own, whole."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import faults
import pytest

pytestmark = pytest.mark.slow

Wait = Callable[[Callable[[], bool]], None]


def _runs(server) -> dict[str, dict[str, object]]:
    return {item["id"]: item for item in server.get("/api/v1/runs?limit=500")["items"]}


FORKS = """
import os, sys, threading
import yoloscope
run = yoloscope.init(project="p", server=sys.argv[1])
over = threading.Event()
def beside():
    step = 0
    while not over.is_set():
        run.log({"beside": step * 0.5}, step=step)
        step += 1
    print(step, flush=True)
thread = threading.Thread(target=beside)
thread.start()
for number in range(12):
    run.log({"a": float(number)}, step=number)
    if os.fork() == 0:
        for step in range(2000):
            run.log({"a": -1.0, "child": 1.0}, step=step)
        run.update("config", {"child": number})
        run.new_attempt()
        if number % 3 == 0:
            run.finish("failed")
        if number % 3 == 1:
            os._exit(0)
        sys.exit(0)
for number in range(12):
    assert os.wait()[1] == 0
over.set()
thread.join()
run.log({"a": 12.0}, step=12)
run.finish()
print(run.id, flush=True)
"""


def test_forked_children_write_nothing_and_their_parents_rows_are_whole(server, trainings, tmp_path: Path) -> None:
    server.start()
    training = trainings(FORKS, server.url)
    assert training.wait(60) == 0
    beside, run = training.stdout.read().split()
    assert server.whole(run, count=13 + int(beside)) == {step: float(step) for step in range(13)}
    assert server.rows(run, "beside") == {step: step * 0.5 for step in range(int(beside))}
    detail = server.get(f"/api/v1/runs/{run}")
    assert {info["name"] for info in detail["series"]} == {"a", "beside"}
    assert (detail["state"], detail["config"], detail["attempt"], detail["lost"]) == ("finished", {}, 1, {})
    assert len(list((tmp_path / "spool").iterdir())) == 1


FORK_BEGINS = """
import os, sys
import yoloscope
run = yoloscope.init(project="p", name="parent", server=sys.argv[1])
run.log({"a": 0.5}, step=0)
if os.fork() == 0:
    run = yoloscope.init(project="p", name="child", server=sys.argv[1])
    for step in range(1000):
        run.log({"a": step * 2.0}, step=step)
    run.finish()
    print("child", run.id, run.directory, flush=True)
    os._exit(0)
assert os.wait()[1] == 0
run.log({"a": 1.5}, step=1)
run.finish()
print("parent", run.id, run.directory, flush=True)
"""


def test_a_forked_child_that_begins_a_run_has_a_writer_of_its_own(server, trainings) -> None:
    server.start()
    training = trainings(FORK_BEGINS, server.url)
    assert training.wait(60) == 0
    told = {name: (run, directory) for name, run, directory in map(str.split, training.stdout)}
    assert told["parent"][0] != told["child"][0]
    assert told["parent"][1] != told["child"][1]
    assert server.whole(told["parent"][0], count=2) == {0: 0.5, 1: 1.5}
    assert server.whole(told["child"][0], count=1000) == {step: step * 2.0 for step in range(1000)}
    assert {item["name"]: item["state"] for item in _runs(server).values()} == {
        "parent": "finished",
        "child": "finished",
    }


AS_SCRIPT = "import os, sys; os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"

SPAWNS = """
import multiprocessing, sys
import yoloscope

def work(number):
    assert "yoloscope.sdk.run" not in sys.modules
    return number * 2

if __name__ == "__main__":
    run = yoloscope.init(project="p", server=sys.argv[1])
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        for step, value in enumerate(pool.map(work, range(10))):
            run.log({"a": value}, step=step)
    run.finish()
    print(run.id, flush=True)
"""


def test_spawned_children_begin_no_run_of_their_own(server, trainings, tmp_path: Path) -> None:
    """They import the user's main module again; a script has it, `-c` has none."""
    server.start()
    script = tmp_path / "train.py"
    script.write_text(SPAWNS)
    training = trainings(AS_SCRIPT, str(script), server.url)
    assert training.wait(60) == 0
    run = training.stdout.read().strip()
    assert server.whole(run, count=10) == {step: step * 2.0 for step in range(10)}
    assert list(_runs(server)) == [run]
    assert len(list((tmp_path / "spool").iterdir())) == 1


LOADER = """
import sys
import torch.utils.data
import yoloscope
run = yoloscope.init(project="p", server=sys.argv[1])

class Images(torch.utils.data.Dataset):
    def __len__(self):
        return 64

    def __getitem__(self, at):
        run.log({"augment/seconds": 0.1, "a": -1.0}, step=at)
        return at

for batch in torch.utils.data.DataLoader(Images(), 8, num_workers=2, multiprocessing_context="fork"):
    run.log({"a": float(batch.sum())}, step=int(batch[0]) // 8)
for batch in torch.utils.data.DataLoader(range(64), 8, num_workers=1, multiprocessing_context="spawn"):
    run.log({"a": float(batch.sum())}, step=8 + int(batch[0]) // 8)
run.finish()
print(run.id, flush=True)
"""


@pytest.mark.torch
def test_workers_of_a_data_loader_write_nothing(server, trainings, tmp_path: Path) -> None:
    server.start()
    script = tmp_path / "train.py"
    script.write_text('if __name__ == "__main__":\n' + "".join(f"    {line}\n" for line in LOADER.splitlines()))
    training = trainings(AS_SCRIPT, str(script), server.url)
    assert training.wait(100) == 0
    run = training.stdout.read().strip()
    assert server.whole(run, count=16) == {
        step: float(sum(range(step % 8 * 8, step % 8 * 8 + 8))) for step in range(16)
    }
    detail = server.get(f"/api/v1/runs/{run}")
    assert [info["name"] for info in detail["series"]] == ["a"]
    assert detail["state"] == "finished"
    assert list(_runs(server)) == [run]


LEAVES = """
import os, sys, threading
import yoloscope
run = yoloscope.init(project="p", server=sys.argv[1])
def work(name):
    for step in range(3000):
        run.log({name: step * 0.25}, step=step)
threads = [threading.Thread(target=work, args=(name,)) for name in "ab"]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(run.id, run.directory, flush=True)
os._exit(0)
"""


def test_an_exit_that_skips_everything_loses_no_row_and_is_told(server, trainings, wait_until: Wait) -> None:
    server.start()
    training = trainings(LEAVES, server.url)
    assert training.wait(60) == 0
    run, directory = training.stdout.read().split()
    wait_until(lambda: faults.is_sent(Path(directory)))
    assert server.rows(run, "a") == server.rows(run, "b") == {step: step * 0.25 for step in range(3000)}
    detail = server.get(f"/api/v1/runs/{run}")
    assert (detail["state"], detail["lost"]) == ("crashed", {})


DAEMONS = """
import sys, threading
import yoloscope
run = yoloscope.init(project="p", server=sys.argv[1])
told = dict.fromkeys("abc", 0)
def work(name):
    while True:
        run.log({name: told[name] * 0.25}, step=told[name])
        told[name] += 1
for name in "abc":
    threading.Thread(target=work, args=(name,), daemon=True).start()
while min(told.values()) < 100:
    threading.Event().wait(0.001)
print(run.id, run.directory, *told.values(), flush=True)
"""


def test_daemon_threads_that_log_while_the_interpreter_ends_do_no_harm(
    server, trainings, wait_until: Wait, capfd
) -> None:
    server.start()
    for _ in range(3):
        training = trainings(DAEMONS, server.url)
        assert training.wait(60) == 0
        run, directory, *told = training.stdout.read().split()
        wait_until(lambda place=directory: faults.is_sent(Path(place)))
        for name, count in zip("abc", told, strict=True):
            rows = server.rows(run, name)
            assert len(rows) >= int(count)
            assert rows == {step: step * 0.25 for step in range(len(rows))}
        detail = server.get(f"/api/v1/runs/{run}")
        assert (detail["state"], detail["lost"]) == ("finished", {})
    assert "Traceback" not in capfd.readouterr().err


SAME = """
import sys
import yoloscope
run = yoloscope.init(project="p", name="baseline", server=sys.argv[1], directory=sys.argv[3])
print(run.id, flush=True)
sys.stdin.readline()
for step in range(2000):
    run.log({"a": step * float(sys.argv[2])}, step=step)
run.finish()
"""


def test_two_trainings_of_one_name_in_one_folder_are_two_whole_runs(server, trainings, tmp_path: Path) -> None:
    server.start()
    both = {
        factor: trainings(SAME, server.url, factor, str(tmp_path / "runs"), stdin=subprocess.PIPE)
        for factor in ("1", "-3")
    }
    ids = {factor: training.stdout.readline().strip() for factor, training in both.items()}
    for training in both.values():
        training.stdin.close()
    for training in both.values():
        assert training.wait(60) == 0
    for factor, run in ids.items():
        assert server.whole(run, count=2000) == {step: step * float(factor) for step in range(2000)}
    found = _runs(server)
    assert set(found) == set(ids.values())
    assert sorted(item["name"] for item in found.values()) == ["baseline", "baseline-2"]
    assert [item["state"] for item in found.values()] == ["finished", "finished"]
