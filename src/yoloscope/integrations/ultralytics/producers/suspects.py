"""Looks at a rotating part of the training set with the model as it is, and keeps what it says of the labels in the spool.

Nothing of it leaves the machine: rows go to ``suspects.bin`` (`spool.suspects`), which `yoloscope suspects` reads. It keeps a budget of its
own, a share of the time that batches take; while the model knows nothing yet the budget is saved. Only rank 0 looks.
"""

from pathlib import Path
from typing import cast

import numpy as np

from yoloscope import errors
from yoloscope.curves.suspicion import looks as seeing
from yoloscope.curves.suspicion import rounds
from yoloscope.integrations.ultralytics import shapes
from yoloscope.integrations.ultralytics.producers import contract
from yoloscope.integrations.ultralytics.suspects import allowance, eyes, pictures
from yoloscope.sdk import guard
from yoloscope.spool import suspects

KNOWS_FITNESS = 0.1
"""The framework's fitness from which on looks are worth their time; tried from 0 to 0.6, it made no difference above 0.1."""
_KNOWS_AFTER = 1 / 3  # of the planned epochs, where nothing is validated or little is learnt
_AT_ONCE = 16
_CHANNELS = (1, 3)


class Suspects(contract.Producer):
    """Keeps what the model says of its labels."""

    name = "suspects"
    policy = "numbers"
    tasks = frozenset(("detect", "segment", "pose"))
    keeps_budget = True

    def __init__(self, context: contract.Context) -> None:
        super().__init__(context)
        self._allowance = allowance.Allowance()
        self._pictures: list[suspects.Labels] = []
        self._next = 0
        self._round = 0
        self._batch_s = 0.0
        self._imgsz = self._channels = 0

    def start(self, trainer: shapes.Trainer) -> None:
        """Find out what there is to look at, and write it down; a resumed training goes on where it was."""
        self._allowance.begin_looking()
        directory = self.context.run.directory
        known = pictures.of_dataset(trainer.train_loader.dataset)
        self._imgsz = shapes.attribute(trainer, "args.imgsz", 0)
        channels = trainer.data.get("channels", 3)
        self._channels = channels if isinstance(channels, int) else 0
        if directory is None or not known or not self._imgsz or self._channels not in _CHANNELS:
            self.is_done = True
            return
        chosen, kept = pictures.order(known), rounds.none()
        earlier = _earlier(directory, self.context.run.id) if trainer.start_epoch > 0 else None
        if earlier is not None:
            chosen, kept = pictures.continued(earlier, chosen, until=float(trainer.start_epoch))
            self._round = max(kept.rounds, default=-1) + 1
        head = suspects.followed(
            self.context.run.id,
            imgsz=self._imgsz,
            titles=dict(self.context.titles),
            pictures=chosen,
            pictures_of=len(known),
        )
        suspects.create(directory, head, kept)
        self._pictures = chosen
        self._allowance.end_looking()

    def begin(self, trainer: shapes.Trainer) -> None:
        """Take the time at which an epoch's batches begin."""
        del trainer
        self._allowance.begin_training()

    def val_start(self, trainer: shapes.Trainer, validator: object) -> None:
        """Take the time at which they end."""
        del trainer, validator
        self._allowance.end_training()

    def epoch(self, trainer: shapes.Trainer) -> None:
        """Look at as many pictures as the budget allows, at each once at most."""
        self._allowance.end_training()
        model: object = shapes.attribute(trainer, "ema.ema", None)
        if model is None or getattr(model, "training", True) or not self._knows(trainer):
            return
        self._allowance.begin_looking()
        looking = eyes.Eyes(model, imgsz=self._imgsz, channels=self._channels)
        found: list[rounds.Kept] = []
        while self._next < len(self._pictures) and self._allowance.has(self._batch_s):
            before_s = self._allowance.spent_s
            found.append(self._look(looking))
            self._allowance.end_looking()
            self._batch_s = self._allowance.spent_s - before_s
        if found:
            self._keep(found)
        self._allowance.end_looking()

    def _knows(self, trainer: shapes.Trainer) -> bool:
        fitness: object = shapes.attribute(trainer, "fitness", None)
        good = fitness is not None and float(cast("float", fitness)) >= KNOWS_FITNESS
        return good or self.context.moment.epoch >= _KNOWS_AFTER * self.context.epochs

    def _look(self, looking: eyes.Eyes) -> rounds.Kept:
        first, self._next = self._next, min(self._next + _AT_ONCE, len(self._pictures))
        numbers = range(first, self._next)
        seen = looking.look([self._pictures[number].path for number in numbers])
        return _joined([self._rows(number, one) for number, one in zip(numbers, seen, strict=True) if one is not None])

    def _rows(self, number: int, seen: eyes.Seen) -> rounds.Kept:
        labels = self._pictures[number]
        in_range = np.minimum(labels.classes, max(0, seen.chances.shape[1] - 1))
        looks, extras = seeing.look(seen.boxes, seen.chances, truth=labels.boxes, classes=in_range)
        rows = rounds.Kept(np.zeros(1, seeing.VISIT), looks, extras)
        for some in rows:
            some["image"], some["round"], some["epoch"], some["looks"] = number, self._round, self.context.epoch, 1
        return rows

    def _keep(self, found: list[rounds.Kept]) -> None:
        directory = self.context.run.directory
        assert directory is not None
        suspects.append(directory, _joined(found))
        if self._next < len(self._pictures):
            return
        self._next, self._round = 0, self._round + 1
        if self._round > rounds.ROUNDS_MOST:
            self._bound(directory)

    def _bound(self, directory: Path) -> None:
        known = suspects.load(directory)
        if known is not None and len(known.kept.rounds) > rounds.ROUNDS_MOST:
            suspects.create(directory, known.followed, rounds.bounded(known.kept))


def _joined(parts: list[rounds.Kept]) -> rounds.Kept:
    return rounds.Kept(*(np.concatenate(columns) for columns in zip(rounds.none(), *parts, strict=True)))


def _earlier(directory: Path, run: str) -> suspects.Record | None:
    """Return the newest record of a run that other processes left beside this one."""
    files = [path for path in directory.parent.glob(f"*/{suspects.FILE_NAME}") if path.parent != directory]
    for path in sorted(files, key=lambda path: path.stat().st_mtime, reverse=True):
        with guard.attempt("suspects.earlier"):
            try:
                known = suspects.load(path.parent)
            except errors.SpoolError:
                continue
            if known is not None and known.followed.run == run:
                return known
    return None
