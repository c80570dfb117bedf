"""How large the gradients of each layer group are, how large its weights are, and how far one optimizer step moves them."""

from typing import ClassVar

import torch

from yoloscope.integrations import tensors
from yoloscope.integrations.ultralytics import shapes
from yoloscope.integrations.ultralytics.producers import contract, layers


class Updates(contract.Producer):
    """Logs ``grad/<group>/norm``, ``weights/<group>/norm`` and ``update/<group>/ratio`` of one step in the middle of each epoch.

    The norm of the weights is that before the step. The ratio is the norm of the change by the norm of the weights before it, over the parameters that are trained. It is of the order of
    1e-3 where the rate fits (Stanford's cs231n notes, "Ratio of weights:updates"). Costs a copy of the weights for that one step,
    and one transfer.
    """

    name: ClassVar[str] = "updates"
    policy: ClassVar[contract.Needs] = "numbers"

    def __init__(self, context: contract.Context) -> None:
        super().__init__(context)
        self._from_step = 0
        self._has_looked = False
        self._trained: dict[str, list[torch.Tensor]] = {}
        self._before: dict[str, list[torch.Tensor]] = {}
        self._gradients: dict[str, torch.Tensor] = {}

    def begin(self, trainer: shapes.Trainer) -> None:
        """Wait for the first optimizer step behind the middle of the epoch."""
        self._from_step = self.context.step + len(trainer.train_loader) // 2
        self._has_looked = False

    def step(self, trainer: shapes.Trainer) -> None:
        """Take the gradients' norms and copy the weights."""
        if self._has_looked or self.context.step < self._from_step:
            return
        self._has_looked = True
        for group, named in layers.groups(layers.trained(trainer)).items():
            parameters = [one for _, one in named if one.requires_grad and one.grad is not None]
            if parameters:
                self._trained[group] = [one.detach() for one in parameters]
                self._before[group] = [one.detach().clone() for one in parameters]
                self._gradients[group] = tensors.norm([one.grad for one in parameters if one.grad is not None])

    def stepped(self, trainer: shapes.Trainer) -> None:
        """Log by how much the weights have moved."""
        del trainer
        if not self._before:
            return
        told = {f"grad/{group}/norm": norm for group, norm in self._gradients.items()}
        for group, before in self._before.items():
            size = told[f"weights/{group}/norm"] = tensors.norm(before)
            for one, now in zip(before, self._trained[group], strict=True):
                one.sub_(now)
            told[f"update/{group}/ratio"] = tensors.norm(before) / size
        numbers = dict(zip(told, tensors.floats(torch.stack(list(told.values()))), strict=True))
        self.context.run.log(numbers, **self.context.place)
        self.release()

    def release(self) -> None:
        """Let the copies go."""
        self._trained, self._before, self._gradients = {}, {}, {}
