"""What a diagnosis costs the server: microseconds per row of 20 values with the whole catalogue, bytes of state, and what each rule takes.

    python -m benchmarks.diagnosing [--batches 2000] [--runs 10] [--per-epoch 60] [--profile]

Runs of 80 classes are told a row a second each, in turn, as a server sees them: a row of a batch with the telemetry of its second, and at the end of each epoch its
validation. Curves fall and rise as those of a healthy training do, with noise, so that no rule ends early for want of data. All of it counts: rules asked by
step and by epoch, the order of arrival, checkpoints. The bar is 5,000 runs x 20 series x 1 point a second in 0.4 of a core: 80 us per row.
"""

import argparse
import cProfile
import pstats
import time
import tracemalloc
from collections.abc import Iterator

import numpy as np

from yoloscope.diagnose import catalogue, engine, facts, replay, rule
from yoloscope.diagnose.memory import run as memories
from yoloscope.records import logged

BAR_US, BAR_CORES, BAR_BYTES = 80.0, 0.4, 8_192
RUNS = 5_000
CLASSES = 80
SECOND_NS = 1_000_000_000
GROUPS = ("backbone.0-1", "backbone.2-3", "backbone.4-6", "backbone.7-10", "neck.11-16", "neck.17-22", "head.23")
ERRORS = ("correct", "duplicate", "classification", "localisation", "both", "background", "missed")
FACTS = facts.Facts(
    framework="ultralytics",
    given={"model": "yolo11n.pt", "epochs": 300, "optimizer": "SGD", "lr0": 0.01, "imgsz": 640, "amp": True},
    settings={"batch": 16, "close_mosaic": 10, "mosaic": 1.0, "classes": CLASSES, "workers": 8, "batches": 100},
    train=facts.SetFacts(images=1600, instances=12_000, per_class={f"class {at}": 150 for at in range(CLASSES)}),
    val=facts.SetFacts(images=400, instances=3_000, per_class={f"class {at}": 40 for at in range(CLASSES)}),
    cpus=16,
    gpus=1,
)


def _level(epoch: float) -> float:
    return (1 + epoch) ** -0.3


def batch_values(epoch: float, noise: np.random.Generator) -> dict[str, float]:
    """The twenty series of a batch, as the integration logs them."""
    wild = noise.lognormal(0.0, 0.15, 8)
    level = _level(epoch)
    return {
        "train/box_loss": 2.8 * level * float(wild[0]),
        "train/cls_loss": 3.0 * level * float(wild[1]),
        "train/dfl_loss": 1.5 * level * float(wild[2]),
        "lr/weight": 0.01 * (1 - epoch / 303),
        "lr/bn": 0.01 * (1 - epoch / 303),
        "lr/bias": 0.01 * (1 - epoch / 303),
        "time/data_s": 0.02 * float(wild[3]),
        "time/batch_s": 0.2 * float(wild[4]),
        "grad/norm": 30.0 * float(wild[5]),
        "system/process/gpu_reserved_bytes": 8e9,
        "amp/scale": 65536.0,
        **{f"grad/{group}/norm": 5.0 * float(wild[6]) for group in GROUPS[:4]},
        **{f"update/{group}/ratio": 1e-3 * float(wild[7]) for group in GROUPS[:5]},
    }


def epoch_values(epoch: int, noise: np.random.Generator) -> dict[str, float]:
    """What an epoch ends with: means, validation, classes, kinds of errors."""
    wild = noise.normal(1.0, 0.02, CLASSES + 30)
    level, best = _level(epoch), 0.6 * (1 - _level(epoch))
    found = {f"train/epoch/{name}_loss": 2.5 * level * float(wild[at]) for at, name in enumerate(("box", "cls", "dfl"))}
    found |= {f"val/{name}_loss": 2.6 * level * float(wild[at + 3]) for at, name in enumerate(("box", "cls", "dfl"))}
    found |= {f"metrics/{name}": best * float(wild[at + 6]) for at, name in enumerate(("precision", "recall", "mAP50"))}
    found |= {"metrics/mAP50-95": 0.7 * best * float(wild[9]), "metrics/fitness": 0.7 * best * float(wild[9])}
    found |= {
        f"metrics/recall_{size}": best * float(wild[at + 10]) for at, size in enumerate(("small", "medium", "large"))
    }
    found |= {f"errors/{kind}": 100 * float(wild[at + 13]) for at, kind in enumerate(ERRORS)}
    found |= {f"time/{phase}_s": 0.002 for phase in ("preprocess", "inference", "postprocess")}
    found |= {"time/epoch_s": 100.0 * float(wild[20]), "weights/nonfinite": 0.0, "grad/noise_scale": 30.0}
    found |= {f"grad/{group}/norm": 5.0 * float(wild[at + 21]) for at, group in enumerate(GROUPS)}
    found |= {f"update/{group}/ratio": 1e-3 * float(wild[at + 22]) for at, group in enumerate(GROUPS)}
    found |= {f"weights/{group}/norm": 20.0 * float(wild[at + 23]) for at, group in enumerate(GROUPS)}
    return found | {f"class/class {at}/AP50": best * float(wild[at + 30]) for at in range(CLASSES)}


def machine_values(noise: np.random.Generator) -> dict[str, float]:
    """What telemetry reads of a machine with one card."""
    wild = [float(one) for one in noise.normal(1.0, 0.05, 12)]
    host = {
        "cpu_percent": 40 * wild[0],
        "memory_bytes": 3e10 * wild[1],
        "memory_total_bytes": 6.4e10,
        "disk/free_bytes": 1e12,
        "process/rss_bytes": 6e9 * wild[2],
        "process/cpu_percent": 150 * wild[3],
        "process/children_rss_bytes": 8e9 * wild[4],
        "shared_memory/used_bytes": 1e9 * wild[5],
    }
    card = {
        "util_percent": 90 * wild[6],
        "memory_bytes": 9e9,
        "memory_total_bytes": 1.6e10,
        "training_memory_bytes": 8e9 * wild[7],
        "temperature_c": 70 * wild[8],
        "power_w": 250 * wild[9],
        "sm_clock_hz": 1.7e9 * wild[10],
        "throttled_by_power": 0.0,
        "throttled_by_heat": 0.0,
        "ecc_corrected": 0.0,
        "ecc_uncorrected": 0.0,
        "xid": 0.0,
    }
    return {f"system/{name}": value for name, value in host.items()} | {
        f"system/gpu.0/{name}": value for name, value in card.items()
    }


def rows(count: int, *, per_epoch: int, seed: int = 0) -> Iterator[logged.Logged]:
    """Yield rows a second apart: batches, of two seconds one with telemetry, and validations."""
    noise = np.random.default_rng(seed)
    sequence = at = 0
    while at < count:
        epoch, wall_ns = (at + 1) / per_epoch, at * SECOND_NS
        yield logged.Logged(0, at, epoch, wall_ns, batch_values(epoch, noise), "trainer", at)
        if at % 2:
            yield logged.Logged(0, None, None, wall_ns, machine_values(noise), "sidecar", at // 2)
        at += 1
        if at % per_epoch == 0:
            done = at // per_epoch
            yield logged.Logged(0, at, float(done), wall_ns, epoch_values(done, noise), "validation", sequence)
            sequence += 1


def _times(made: list[list[logged.Logged]]) -> tuple[float, int, list[engine.Engine]]:
    """Return the seconds that all runs take, in turn, how many rows that were, and their engines."""
    lives = [replay.Live(FACTS, lambda _: iter(())) for _ in made]
    began = time.process_time()
    for together in zip(*made, strict=True):
        for live, row in zip(lives, together, strict=True):
            live.take((row,))
    spent = time.process_time() - began
    return spent, sum(len(one) for one in made), [live.engine for live in lives]


def _by_rule(rows: list[logged.Logged]) -> dict[str, float]:
    """Return the milliseconds that each rule takes in one run; by the time of the processor, whose clock costs a part of a microsecond a question."""
    spent = {one.id: 0.0 for one in catalogue.RULES}

    def timed(one: rule.Rule) -> rule.Rule:
        def test(view: memories.Memory) -> rule.Outcome:
            began = time.thread_time()
            outcome = one.test(view)
            spent[one.id] += time.thread_time() - began
            return outcome

        return rule.Rule(**{name: getattr(one, name) for name in one.__struct_fields__} | {"test": test})

    made = engine.Engine(FACTS, [timed(one) for one in catalogue.RULES])
    for row in rows:
        made.take(row)
    return {name: round(1e3 * cost, 2) for name, cost in sorted(spent.items(), key=lambda one: -one[1])}


def _memory(runs: int) -> float:
    """Return the kilobytes that one run holds while it is live, after so many epochs that its rings are full."""
    made = list(rows(1_600, per_epoch=20))
    tracemalloc.start()
    lives = [replay.Live(FACTS, lambda _: iter(())) for _ in range(runs)]
    for live in lives:
        for row in made:
            live.take((row,))
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return held / runs / 1e3


def main(*, batches: int = 2_000, runs: int = 10, per_epoch: int = 60, profiled: bool = False) -> None:
    """Print what it costs as a table, then what the costliest rules take."""
    made = [list(rows(batches, per_epoch=per_epoch, seed=seed)) for seed in range(runs)]
    profile = cProfile.Profile()
    if profiled:
        profile.enable()
    spent, count, engines = _times(made)
    if profiled:
        profile.disable()
        pstats.Stats(profile).sort_stats("tottime").print_stats(35)
    print("| figure | value | bar |\n|---|---|---|")
    print(f"| µs per row | {1e6 * spent / count:.1f} | {BAR_US:.0f} |")
    print(f"| cores for {RUNS} live runs, telemetry included | {RUNS * spent / (batches * runs):.2f} | {BAR_CORES} |")
    print(f"| bytes of a saved state, most | {max(len(one.save()) for one in engines)} | {BAR_BYTES} |")
    print(f"| kB of a live run, checkpoints included | {_memory(3):.0f} | |")
    print(f"| findings of these runs | {sum(len(one.findings()) for one in engines)} | |")
    by_rule = _by_rule(made[0])
    print(f"\n| rule | µs per row |\n|---|---|\n| all | {1e3 * sum(by_rule.values()) / len(made[0]):.1f} |")
    for name, ms in list(by_rule.items())[:8]:
        print(f"| {name} | {1e3 * ms / len(made[0]):.1f} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batches", type=int, default=2_000, help="of each run, one a second")
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--per-epoch", type=int, default=60)
    parser.add_argument("--profile", action="store_true")
    asked = parser.parse_args()
    main(batches=asked.batches, runs=asked.runs, per_epoch=asked.per_epoch, profiled=asked.profile)
