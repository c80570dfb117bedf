"""One long training that is acted upon over HTTP, or changed by hand at the steps of a plan; started by the test, never imported.

``python hundred.py DATA OUTPUT NAME [PLAN]``. The plan is JSON, ``[[step, verb, args, whether behind the epoch's validation], …]``; without one nobody here changes anything.
"""

import json
import sys
import time
import warnings
from pathlib import Path

import acted_upon
import trainings
from ultralytics import YOLO

EPOCHS = 600
AIR_S = 0.01
SLEEP_S = 0.15
"""At each batch of the training that is acted upon, so that it lasts as long as its commands; it changes no number."""


class Turns:
    """Notes when each epoch had its last batch behind it and its validation ahead, with some air around that moment."""

    def __init__(self) -> None:
        self.at_ns: list[int] = []

    def attach(self, model: YOLO) -> None:
        model.add_callback("on_train_epoch_end", self.turn)

    def turn(self, _: object) -> None:
        time.sleep(AIR_S)
        self.at_ns.append(time.time_ns())
        time.sleep(AIR_S)


class ByHand(acted_upon.ByHand):
    """As the other, for changes behind an epoch's validation too, and for mosaics that stay closed while the end moves."""

    def __init__(self, plan: "list[tuple[int, str, dict[str, object], bool]]") -> None:
        super().__init__({})
        self.behind: dict[int, list[tuple[str, dict[str, object]]]] = {}
        self.closes_at: int | None = None
        for step, verb, args, is_behind in plan:
            (self.behind if is_behind else self.at).setdefault(step, []).append((verb, args))

    def batch(self, trainer) -> None:
        self.change(trainer, self.at.get(self.done, []))
        self.done += 1

    def end(self, trainer) -> None:
        self.change(trainer, self.behind.pop(self.done - 1, []))

    def change(self, trainer, wanted: "list[tuple[str, dict[str, object]]]") -> None:
        for verb, args in wanted:
            if verb == "close_mosaic":
                self.closes_at = trainer.epoch + 1
                trainer.args.close_mosaic = trainer.epochs - self.closes_at
            else:
                self.set(trainer, args)

    def last(self, trainer, epochs: int) -> None:
        super().last(trainer, epochs)
        if self.closes_at is not None:
            trainer.args.close_mosaic = epochs - self.closes_at


def main() -> None:
    warnings.simplefilter("ignore")
    data, output, name, *plans = sys.argv[1:]
    model, witness, turns = YOLO(trainings.MODEL), acted_upon.Witness(), Turns()
    witness.attach(model)
    if plans:
        ByHand(json.loads(Path(plans[0]).read_text())).attach(model)
    else:
        model.add_callback("on_train_batch_end", lambda _: time.sleep(SLEEP_S))
        turns.attach(model)
    model.train(
        data=data,
        project=output,
        name=name,
        **{**acted_upon.SMALL, "epochs": EPOCHS, "patience": 500, "cos_lr": True, "close_mosaic": 1},
    )
    witness.write(Path(output) / name / "seen.json")
    (Path(output) / name / "turns.json").write_text(json.dumps(turns.at_ns))


if __name__ == "__main__":
    main()
