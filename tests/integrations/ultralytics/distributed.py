"""One process of a real distributed training on processors alone, which Ultralytics itself does not offer.

Started by torch's launcher; ``python distributed.py DATA OUTPUT``.
"""

import os
import sys

import torch
from torch import distributed
from torch.nn import parallel
from ultralytics.models.yolo.detect import DetectionTrainer


class OnProcessors(parallel.DistributedDataParallel):
    """Takes the devices of GPUs and ignores them."""

    def __init__(self, module, device_ids=None, **more: object) -> None:
        super().__init__(module, **more)


parallel.DistributedDataParallel = OnProcessors


class Trainer(DetectionTrainer):
    """A detection trainer whose processes meet without a GPU."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.world_size = int(os.environ["WORLD_SIZE"])

    def _setup_ddp(self) -> None:
        self.device = torch.device("cpu")
        distributed.init_process_group("gloo")

    def final_eval(self) -> None:
        """Leave out what wants a GPU in a distributed training."""


if __name__ == "__main__":
    data, output = sys.argv[1:]
    settings = {"model": os.environ["TEST_MODEL"], "data": data, "project": output, "name": "distributed"}
    sizes = {"epochs": 2, "imgsz": 64, "batch": 16, "nbs": 16, "device": "cpu", "workers": 0, "plots": False}
    Trainer(overrides={**settings, **sizes}).train()
    distributed.destroy_process_group()
