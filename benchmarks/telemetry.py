"""What one look at the machine takes of a core, part by part, and what telemetry adds to a sidecar.

The tree has 8 workers of 4 threads, the host 300 processes beside. Cards answer from a recording below the real nvidia-ml-py: that
shows what our side takes of two cards, not what a driver does.
"""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pynvml

import yoloscope
from benchmarks import machine, serving, sidecar_cpu
from yoloscope.sdk import launch_sidecar
from yoloscope.sidecar import notebook, telemetry
from yoloscope.sidecar.hardware import host, nvidia, station, tree
from yoloscope.spool import layout

TESTS = Path(__file__).parents[1] / "tests"
sys.path.insert(0, str(TESTS / "standin"))
import nvml_library  # noqa: E402  # lies beside the tests

EVERY_S = 2.0
LOOKS = 300
BAR = 0.01
WORKER = """
import sys, threading
over = threading.Event()
for _ in range(3):
    threading.Thread(target=over.wait, daemon=True).start()
sys.stdin.read()
"""
TRAINING = """
import subprocess, sys
workers = [subprocess.Popen([sys.executable, "-c", sys.argv[1]], stdin=subprocess.PIPE) for _ in range(8)]
print("ready", flush=True)
sys.stdin.read()
for worker in workers:
    worker.stdin.close()
    worker.wait()
"""


def _cpu_s(look: Callable[[float], object]) -> float:
    """Return the CPU seconds of one look in this process, all threads."""
    for at in range(10):
        look(float(at))
    before = time.process_time()
    for at in range(LOOKS):
        look(10.0 + 2 * at)
    return (time.process_time() - before) / LOOKS


@contextlib.contextmanager
def _crowd(count: int) -> Iterator[None]:
    """Have so many further processes on this host."""
    crowd = [subprocess.Popen(["sleep", "3600"]) for _ in range(count)]
    try:
        yield
    finally:
        for process in crowd:
            process.kill()
        for process in crowd:
            process.wait()


@contextlib.contextmanager
def _training() -> Iterator[int]:
    """Run a process with 8 workers, and return its number."""
    command = [sys.executable, "-c", TRAINING, WORKER]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        process.stdout.readline()
        time.sleep(1)  # the workers' threads
        yield process.pid
        process.stdin.close()


def _of_parts(folder: Path) -> dict[str, float]:
    """Return the CPU seconds of one look by its parts."""
    nvml_library.install(pynvml, nvml_library.Library(TESTS / "data" / "nvml" / "two_cards.json"))
    vendor = nvidia.opened()
    assert vendor is not None
    shared = folder / "shared"
    shared.mkdir(mode=0o700)
    with _training() as pid, _crowd(300):
        directory = _directory(folder, pid=pid)
        notes = notebook.Notebook(directory)
        whole = telemetry.Telemetry(
            directory, notes=notes, machine=station.Station(interval_s=EVERY_S, folder=lambda: shared)
        )
        around = host.Surroundings(folder, pid=pid)
        parts = {
            "the host": _cpu_s(host.Host().look),
            "disk, shared memory, container": _cpu_s(lambda _: around.look()),
            "a training with 8 workers": _cpu_s(tree.Tree(pid).look),
            "two cards (recorded)": _cpu_s(lambda _: vendor.look()),
            "a whole look of the elected, its row and what it leaves": _cpu_s(lambda now_s: _whole(whole, now_s)),
        }
        other = telemetry.Telemetry(
            directory, notes=notes, machine=station.Station(interval_s=EVERY_S, folder=lambda: shared)
        )
        parts["a whole look of another, and its row"] = _cpu_s(lambda now_s: _whole(other, now_s))
        whole.close()
        other.close()
        notes.close()
    return parts


def _whole(watched: telemetry.Telemetry, now_s: float) -> None:
    watched.tend(now_s, lives=True)
    while watched.is_looking:
        time.sleep(0.002)
        watched.tend(now_s, lives=True)


def _directory(folder: Path, *, pid: int) -> Path:
    """Return the spool directory of a run that says to be of another process."""
    launch_sidecar.start = lambda _directory: 0
    run = yoloscope.init(project="bench", mode="offline", directory=folder)
    assert run.directory is not None
    run.log({"a": 1.0}, step=1)
    manifest = layout.load_manifest(run.directory)
    layout.save_manifest(run.directory, msgspec.structs.replace(manifest, pid=pid))
    return run.directory


def _of_sidecar(rounds: int) -> dict[str, list[sidecar_cpu.Taken]]:
    """Return what the sidecar of a training of 10 rows a second takes without and with telemetry."""
    found: dict[str, list[sidecar_cpu.Taken]] = {"without telemetry": [], "with telemetry": []}
    with tempfile.TemporaryDirectory() as data, serving.server(Path(data)) as server:
        os.environ["YOLOSCOPE_TOKEN"] = server.token
        for _ in range(rounds):
            for name, value in (("without telemetry", "off"), ("with telemetry", "on")):
                os.environ["YOLOSCOPE_TELEMETRY"] = value
                found[name].append(sidecar_cpu.measure(server, rate_hz=10, watched=False))
    del os.environ["YOLOSCOPE_TELEMETRY"]
    return found


def main(rounds: int = 2) -> None:
    """Print two tables; exit with 1 if telemetry takes 1 % of a core or more."""
    before = machine.load()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        parts = _of_parts(Path(folder))
    print("| one look | CPU ms | share of a core at one each 2 s |\n|---|---|---|")
    for name, cpu_s in parts.items():
        print(f"| {name} | {cpu_s * 1e3:.2f} | {cpu_s / EVERY_S:.3%} |")
    taken = _of_sidecar(rounds)
    print(f"\n{before} before, {machine.load()} after\n")
    print("| sidecar, 10 rows/s, 30 s | share of a core | memory MB |\n|---|---|---|")
    for name, found in taken.items():
        shares = [one.share for one in found]
        resident = max(one.resident_bytes for one in found) / 1e6
        print(f"| {name} | {min(shares):.2%} to {max(shares):.2%} | {resident:.0f} |")
    if max(parts.values()) / EVERY_S >= BAR:
        sys.exit("telemetry takes 1 % of a core or more")


if __name__ == "__main__":
    machine.describe()
    main()
