"""What each producer costs a training on this machine: milliseconds a look, and its share of the validation at its own spacing.

Two trainings in this process with everything on, each look counted, none thinned out: a small model on 64-pixel pictures with 200 validation
images, which learns enough to predict; and yolo11n at 640 pixels with 64 images, untrained and asked for all predictions above 0.0005, so that
every image brings 300: more than any real validation has. The sidecar, which encodes beside the training, is left out. A producer that also
looks at training batches has that in its figure; what a first look pays for imports is left out.
"""

import os
import statistics
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from benchmarks import machine
from yoloscope.boot import hook
from yoloscope.cli.demo import data
from yoloscope.integrations.ultralytics.producers import contract, costs, registry, sampling
from yoloscope.sdk import launch_sidecar

BAR = 0.05
MICRO = str(Path(data.__file__).with_name("micro.yaml"))
CASES: dict[str, tuple[str, dict[str, int], dict[str, object]]] = {
    "micro, 64 px, 200 images": (
        MICRO,
        {"train": 128, "val": 200},
        {"imgsz": 64, "batch": 16, "nbs": 16, "epochs": 12, "optimizer": "AdamW", "lr0": 0.005, "mosaic": 0.0},
    ),
    "yolo11n, 640 px, 64 images of 300 predictions": (
        "yolo11n.yaml",
        {"train": 8, "val": 64},
        {"imgsz": 640, "batch": 4, "epochs": 4, "conf": 0.0005},
    ),
}
TOLD = {"device": "cpu", "workers": 0, "plots": False, "verbose": False, "warmup_epochs": 1, "seed": 3}


SPENT: defaultdict[str, list[float]] = defaultdict(list)
VALIDATIONS: list[float] = []


class Counted(costs.Budget):
    """Notes what an epoch took, and thins out nothing."""

    def judge(
        self, spent: Mapping[str, float], *, validation_s: float, clocks: Mapping[str, sampling.Clock]
    ) -> str | None:
        """Keep the figures."""
        del clocks
        VALIDATIONS.append(validation_s)
        for name, seconds in spent.items():
            SPENT[name].append(seconds)
        return None


def _kinds() -> dict[str, type[contract.Producer]]:
    """Return the class of each producer by its name, the first where several share one."""
    found: dict[str, type[contract.Producer]] = {}
    for name, module, kind in registry.KNOWN:
        made: type[contract.Producer] = getattr(__import__(f"{registry.PLACE}.{module}", fromlist=[kind]), kind)
        found.setdefault(name, made)
    return found


def _train(case: str) -> None:
    from ultralytics import YOLO  # noqa: PLC0415  # the hook has to be there first

    model, images, changes = CASES[case]
    SPENT.clear()
    VALIDATIONS.clear()
    described = data.make(Path.cwd() / "data", **images)
    YOLO(model).train(data=str(described), project=str(Path.cwd() / "runs"), **{**TOLD, **changes})


def _report(case: str) -> float:
    """Print a table and return the share of what is on by default."""
    validation_s = statistics.median(VALIDATIONS[1:])
    print(f"{case}: {len(VALIDATIONS)} validations, {validation_s * 1e3:.0f} ms each (median)\n")
    print(
        "| producer | policy | looks | ms a look | each n epochs | share of the validation |\n|---|---|---|---|---|---|"
    )
    shares, kinds = defaultdict[str, float](float), _kinds()
    for name, took in sorted(SPENT.items(), key=lambda one: -statistics.median(one[1][1:] or one[1])):
        look_s, kind = statistics.median(took[1:] or took), kinds[name]
        spacing, policy = kind.spacing(100), "its own budget" if kind.keeps_budget else kind.policy
        share = look_s / spacing / validation_s if len(took) > 1 else 0.0
        shares[policy] += share
        told = f"{share:.2%}" if len(took) > 1 else "once"
        print(f"| {name} | {policy} | {len(took)} | {look_s * 1e3:.2f} | {spacing} | {told} |")
    by_default = shares["numbers"] + shares["summaries"]
    print(f"| **on by default** | | | | | **{by_default:.2%}** |")
    print(f"| with media | | | | | {by_default + shares['media']:.2%} |\n")
    return by_default


def main(*cases: str) -> None:
    """Print a table a case; exit with 1 if what is on by default takes more than 5 % of a validation."""
    os.environ.update(YOLO_OFFLINE="true", YOLO_AUTOINSTALL="false", YOLOSCOPE_MODE="offline")
    costs.Budget = Counted  # type: ignore[misc]
    launch_sidecar.start = lambda _directory: 0
    hook.install()
    shares: list[float] = []
    for case in cases or CASES:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            os.environ["YOLO_CONFIG_DIR"] = folder
            os.chdir(folder)
            every = "".join(f"{name} = 1\n" for name in dict.fromkeys(name for name, _, _ in registry.KNOWN))
            Path("yoloscope.toml").write_text(f"[policy]\nmedia = true\n[producers]\n{every}", encoding="utf-8")
            before = machine.load()
            _train(case)
            shares.append(_report(case))
            print(f"{before} before, {machine.load()} after\n", flush=True)
            os.chdir("/")
    if max(shares) > BAR:
        sys.exit("what is on by default takes more than 5 % of a validation")


if __name__ == "__main__":
    machine.describe()
    main(*sys.argv[1:])
