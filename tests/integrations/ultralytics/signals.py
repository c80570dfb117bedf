"""Train in ways that each show one number that rules read, and keep what a witness computes for itself. Started by tests, never imported.

``python signals.py DATA OUTPUT NAME…`` leaves ``OUTPUT/NAME.json`` for each.
"""

import json
import os
import sys
import warnings
from pathlib import Path

import torch
import trainings
from ultralytics import YOLO

from yoloscope.integrations.ultralytics.producers import noise_scale

UNCHANGED = dict.fromkeys(
    ("mosaic", "hsv_h", "hsv_s", "hsv_v", "translate", "scale", "fliplr", "degrees", "shear", "perspective"), 0.0
)
NAMES = ("updates", "nonfinite", "amp_scale", "noise_scale", "repeats")
KINDS: dict[str, dict[str, object]] = {
    "noisy": {"batch": 4, "nbs": 16, "warmup_epochs": 0, "epochs": 4, "lr0": 1e-4},
    "unchanged": {"epochs": 3, **UNCHANGED},
    "scaled": {"epochs": 3},
    "broken": {"epochs": 2},
    "off": {"epochs": 1, "batch": 8},
}
SPOILT = {"scaled": (4, 6), "broken": (5,)}
"""Optimizer steps, from 0, whose gradients are spoilt: the first of the second epoch and one in its midst."""


class Witness:
    """Looks at gradients behind each batch and at all values before each optimizer step; its callbacks come before ours."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.batches = 0
        self.few: list[float] = []
        self.whole: list[float] = []
        self.bad: list[int] = []

    def prepared(self, trainer) -> None:
        """A scaler as on a GPU: it finds overflows and halves its scale."""
        if self.name == "scaled":
            trainer.scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)

    def start(self, trainer) -> None:
        self.trainer = trainer
        step = trainer.optimizer_step
        weight = next(trainer.model.parameters())
        weight.register_hook(self._spoilt)

        def optimizer_step() -> None:
            self.bad.append(self._count())
            self.whole.append(self._norm())
            self.batches = 0
            step()

        trainer.optimizer_step = self.kept = optimizer_step

    def _spoilt(self, grad: torch.Tensor) -> torch.Tensor | None:
        if len(self.bad) not in SPOILT.get(self.name, ()):
            return None
        spoilt = grad.clone()
        spoilt.view(-1)[:3] = float("inf")
        return spoilt

    def batch(self, trainer) -> None:
        if any(one.grad is not None for one in trainer.model.parameters()):
            self.batches += 1
            if self.batches == 1:
                self.few.append(self._norm())

    def _norm(self) -> float:
        grads = [one.grad.double() for one in self.trainer.model.parameters() if one.grad is not None]
        return float(sum((one**2).sum() for one in grads)) ** 0.5

    def _count(self) -> int:
        model, average = self.trainer.model, self.trainer.ema.ema
        values = [*model.parameters(), *(one.grad for one in model.parameters() if one.grad is not None)]
        values += [one for one in average.state_dict().values() if one.is_floating_point()]
        return int(sum((~torch.isfinite(one)).sum() for one in values))


def train(name: str, data: str, output: Path) -> None:
    folder = output / f"in-{name}"
    folder.mkdir(parents=True)
    if name == "off":
        switched = "".join(f"{one} = false\n" for one in NAMES)
        (folder / "yoloscope.toml").write_text(f"[producers]\n{switched}")
    os.chdir(folder)
    noise_scale.STRIDE = 1  # these epochs have four steps
    witness, model = Witness(name), YOLO(trainings.MODEL)
    model.add_callback("on_pretrain_routine_end", witness.prepared)
    model.add_callback("on_train_start", witness.start)
    model.add_callback("on_train_batch_end", witness.batch)
    model.train(data=data, project=str(output), name=name, **{**trainings.SMALL, **KINDS[name]})
    told = {"few": witness.few, "whole": witness.whole, "bad": witness.bad}
    (output / f"{name}.json").write_text(json.dumps(told))


def main() -> None:
    warnings.simplefilter("ignore")
    data, output, *names = sys.argv[1:]
    for name in names:
        train(name, data, Path(output))


if __name__ == "__main__":
    main()
