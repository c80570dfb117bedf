"""A trainer whose processes meet without a GPU, which Ultralytics itself does not offer; imported by the user's script and by its workers."""

import json
import os
from pathlib import Path

import torch
from torch import distributed
from torch.nn import parallel


class OnProcessors(parallel.DistributedDataParallel):
    """Takes the devices of GPUs and ignores them."""

    def __init__(self, module, device_ids=None, **more: object) -> None:
        super().__init__(module, **more)


parallel.DistributedDataParallel = OnProcessors  # before Ultralytics is imported: the oldest versions keep the class

from ultralytics.models.yolo.detect import DetectionTrainer  # noqa: E402
from ultralytics.utils import DEFAULT_CFG  # noqa: E402

from yoloscope.boot import hook  # noqa: E402
from yoloscope.sdk import run as runs  # noqa: E402
from yoloscope.spool import inbox  # noqa: E402

WITNESSES = Path(os.environ["TEST_WITNESSES"])


class Trainer(DetectionTrainer):
    """Trains in two processes, started by Ultralytics' own launcher; each writes down what it sees itself."""

    def __init__(self, cfg=DEFAULT_CFG, overrides=None, _callbacks=None) -> None:
        super().__init__(cfg, {**(overrides or {}), "device": "cpu"}, _callbacks)
        self.args.device = "cpu,cpu"  # by their number versions before 8.3 know how many processes to start
        self.world_size = 2
        self.ddp = "LOCAL_RANK" not in os.environ
        if self.ddp:
            for callback in map(hook.Callback, hook.EVENTS):  # attached far too early: they travel into the workers
                if callback not in self.callbacks[callback.event]:
                    self.callbacks[callback.event].append(callback)
        else:
            self.callbacks["on_train_batch_end"].append(_witness)

    def _setup_ddp(self, world_size: int = 2) -> None:
        self.device = torch.device("cpu")
        distributed.init_process_group("gloo")

    def final_eval(self) -> None:
        """Leave out what wants a GPU in a distributed training."""


class Deaf(Trainer):
    """Replaces `run_callbacks` and does not call the original."""

    def run_callbacks(self, event: str) -> None:
        """Call what is registered, as the original does."""
        for callback in self.callbacks.get(event, []):
            callback(self)


class ActedUpon(Trainer):
    """Is asked for another rate, then to stop, by orders in rank 0's inbox; every process writes down its rates."""

    def __init__(self, cfg=DEFAULT_CFG, overrides=None, _callbacks=None) -> None:
        super().__init__(cfg, overrides, _callbacks)
        self.orders: list[object] = []
        self.done = 0
        if not self.ddp:
            self.callbacks["on_train_batch_end"].append(_ask)


ORDERS = {1: ("set", {"lr": 0.001}), 7: ("stop", {"how": "evaluate"})}


def _ask(trainer) -> None:
    rates = {"epoch": trainer.epoch, "lr": [float(group["lr"]) for group in trainer.optimizer.param_groups]}
    with (WITNESSES / f"rates{os.environ['RANK']}.jsonl").open("a") as file:
        file.write(json.dumps(rates) + "\n")
    if os.environ["RANK"] == "0" and trainer.done in ORDERS:
        run, number = runs.current(), len(trainer.orders)
        trainer.orders.append(inbox.Order(f"c{number}", *ORDERS[trainer.done], number, 4 * 10**18))
        inbox.save(run.directory, inbox.Inbox(run.id, run.directory.name, tuple(trainer.orders)))
    trainer.done += 1


def _witness(trainer) -> None:
    seen: dict[str, str] = {}
    if os.environ["RANK"] == "0":  # others do not know the names in every version
        items = trainer.loss_items
        names = [name.split("/")[1] for name in trainer.label_loss_items(items)]
        values = items.values() if isinstance(items, dict) else items
        seen = {f"train/{name}": float(value).hex() for name, value in zip(names, values, strict=True)}
    with (WITNESSES / f"rank{os.environ['RANK']}.jsonl").open("a") as file:
        file.write(json.dumps(seen) + "\n")
