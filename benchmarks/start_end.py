"""What a run costs at its start and its end: import, `init()`, `finish()`, each process fresh, the variants taking turns.

Ours four times: a server on this machine, one that refuses, an address that never answers, and offline. Between start and end a
process logs a row each 10 ms for two seconds, as the shortest trainings do.
"""

import contextlib
import importlib
import itertools
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from benchmarks import machine, serving, variants

ROUNDS = 7
ROWS = 200
ROW_S = 0.010
NOWHERE = "http://10.255.255.1:8080"
"""A private address without a machine: packets vanish, nothing answers."""

Log = Callable[[int], object]
Start = Callable[[ModuleType, Path, str], tuple[Log, Callable[[], object]]]


def _ours(module: ModuleType, folder: Path, server: str) -> tuple[Log, Callable[[], object]]:
    run = module.init(server=server or None, mode="online" if server else "offline", directory=folder)
    return lambda step: run.log(_row(step), step=step), run.finish


def _tensorboardx(module: ModuleType, folder: Path, server: str) -> tuple[Log, Callable[[], object]]:
    del server
    writer = module.SummaryWriter(str(folder))
    return lambda step: [writer.add_scalar(name, value, step) for name, value in _row(step).items()], writer.close


def _wandb(module: ModuleType, folder: Path, server: str) -> tuple[Log, Callable[[], object]]:
    del server
    run = module.init(mode="offline", dir=str(folder), project="bench")
    return lambda step: run.log(_row(step), step=step), run.finish


def _mlflow(module: ModuleType, folder: Path, server: str) -> tuple[Log, Callable[[], object]]:
    del server
    module.set_tracking_uri(f"sqlite:///{folder / 'mlflow.db'}")
    module.start_run()
    return lambda step: module.log_metrics(_row(step), step=step), module.end_run


def _trackio(module: ModuleType, folder: Path, server: str) -> tuple[Log, Callable[[], object]]:
    del folder, server
    module.init(project="bench", embed=False)
    return lambda step: module.log(_row(step), step=step), module.finish


def _swanlab(module: ModuleType, folder: Path, server: str) -> tuple[Log, Callable[[], object]]:
    del server
    module.init(project="bench", mode="offline", logdir=str(folder))
    return lambda step: module.log(_row(step), step=step), module.finish


STARTS: dict[str, tuple[str, Start]] = {
    "yoloscope": ("yoloscope", _ours),
    "tensorboardX": ("tensorboardX", _tensorboardx),
    "wandb offline": ("wandb", _wandb),
    "mlflow sqlite": ("mlflow", _mlflow),
    "trackio": ("trackio", _trackio),
    "swanlab offline": ("swanlab", _swanlab),
}


def _row(step: int) -> dict[str, float]:
    return {f"train/m{index}": step * 0.1 for index in range(10)}


def measure(variant: str, server: str, folder: Path, answer: int) -> None:
    """Write what one run's start and end take, in milliseconds, as JSON."""
    name, start = STARTS[variant]
    os.environ |= {"WANDB_SILENT": "true", "TRACKIO_DIR": str(folder)}
    times_s = [time.perf_counter()]
    module = importlib.import_module(name)
    times_s.append(time.perf_counter())
    log, finish = start(module, folder, server)
    times_s.append(time.perf_counter())
    for step in range(ROWS):
        log(step)
        time.sleep(ROW_S)
    times_s.append(time.perf_counter())
    finish()
    times_s.append(time.perf_counter())
    spent_ms = [(after - before) * 1e3 for before, after in itertools.pairwise(times_s)]
    os.write(answer, json.dumps({"import": spent_ms[0], "init": spent_ms[1], "finish": spent_ms[3]}).encode())
    os._exit(0)  # peers' exit handlers are not what is measured


@contextlib.contextmanager
def _cases() -> Iterator[dict[str, tuple[str, str]]]:
    """Yield the rows of the table: the variant and the server's address of each."""
    with tempfile.TemporaryDirectory() as data, serving.server(Path(data)) as server:
        os.environ["YOLOSCOPE_TOKEN"] = server.token
        ours = {
            "yoloscope, server on this machine": server.url,
            "yoloscope, server refuses": f"http://127.0.0.1:{serving.closed_port()}",
            "yoloscope, server never answers": NOWHERE,
            "yoloscope, offline": "",
        }
        peers = [variant for variant in STARTS if variant != "yoloscope" and find_spec(STARTS[variant][0])]
        yield {said: ("yoloscope", url) for said, url in ours.items()} | {peer: (peer, "") for peer in peers}


def main() -> None:
    """Print a table of medians, the slowest of the rounds behind each."""
    before = machine.load()
    with _cases() as cases:
        found: dict[str, list[dict[str, float]]] = {said: [] for said in cases}
        for _ in range(ROUNDS):
            for said, (variant, server) in cases.items():
                measured = variants.measured("benchmarks.start_end", variant, server)
                found[said] += [measured] if measured else []
    print(f"{before} before, {machine.load()} after\n")
    print(f"| ms, median of {ROUNDS} processes (slowest) | import | init | finish |\n|---|---|---|---|")
    for said, rounds in found.items():
        cells = (_said([item[part] for item in rounds]) for part in ("import", "init", "finish"))
        print(f"| {said} | {' | '.join(cells)} |")


def _said(times_ms: list[float]) -> str:
    return f"{statistics.median(times_ms):,.0f} ({max(times_ms):,.0f})" if times_ms else "did not run"


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(sys.argv[1], sys.argv[2], Path(sys.argv[3]), variants.quiet())
    machine.describe()
    main()
