"""What a producer is: something that looks at a training at certain moments and logs what it sees.

The registry calls the hooks, in this order, and only those that a producer's class defines itself:

    start                                   once, before the first batch
    begin                                   an epoch's first batch is about to be trained; the pipeline is that of the epoch
    batch                                   a batch of the epoch is on the device, its forward pass comes next
    step, stepped                           around an optimizer step: gradients unscaled and not yet clipped; the weights after it
    row                                     a batch is done, its numbers are read and not yet logged; more may be put among them
    val_start, val_batch, val_end           a validation; `val_batch` comes behind the framework's own reading of the same batch
    epoch                                   the epoch is done and saved
    release                                 after every validation, when the producer goes off, and at the end
    end                                     once, while the run still takes what is logged

``start`` and ``end`` come always, the others only in an epoch that is due. The framework's final evaluation of its best checkpoint is no
epoch and is not shown. A hook that raises switches its producer off, not the others, and never the training. Nothing here may change the
training: no number is drawn from a global random generator, no tensor is written, no gradient is recorded.
"""

from collections.abc import Mapping
from typing import ClassVar, Literal, TypedDict

from yoloscope.integrations.ultralytics import shapes
from yoloscope.sdk import run as runs

Needs = Literal["numbers", "summaries", "media"]
"""What the policy must allow for a producer to work at all; numbers always leave."""


class Place(TypedDict):
    """Step and epoch as all `log_…` take them."""

    step: int
    epoch: float


class Moment:
    """Where the training stands, for `log_…`; the registry keeps it current.

    ``step`` is the global iteration; inside `batch`, `step` and `stepped` that of the batch in work, else of the last one done. ``epoch`` is the
    fractional epoch as rows have it: in a validation the number of completed epochs. ``index`` counts epochs from 0. ``norm`` is what `stepped`
    finds the norm of all gradients before clipping to be: a tensor that nobody has waited for, `None` where the framework does not clip.
    """

    def __init__(self) -> None:
        self.step = -1
        self.epoch = 0.0
        self.index = 0
        self.norm: object = None


class Context:
    """What a producer is given: the run it logs to, the moment, the names of the classes by number, and how many epochs are planned."""

    def __init__(self, run: runs.Run, *, moment: Moment, titles: Mapping[int, str], epochs: int) -> None:
        self.run = run
        self.moment = moment
        self.titles = titles
        self.epochs = epochs

    @property
    def place(self) -> Place:
        """Step and epoch to log with, for ``**``."""
        return {"step": self.moment.step, "epoch": self.moment.epoch}

    @property
    def step(self) -> int:
        """The step to log with."""
        return self.moment.step

    @property
    def epoch(self) -> float:
        """The epoch to log with."""
        return self.moment.epoch


class Producer:
    """Base of all producers; a subclass sets ``name`` and overrides the hooks that it needs.

    ``every`` is the number of epochs between two looks: the first epoch is due, then each `every`-th, and the last. ``early`` first epochs are all
    due, as a signal moves most there. ``at_anomalies``: an epoch in which a loss is not finite or the gradient's norm jumps, and the one after it, are due as well.
    A producer that has seen all it ever will sets ``is_done``. One that ``keeps_budget`` bounds its own cost, which then is nothing to the others.
    """

    name: ClassVar[str] = ""
    policy: ClassVar[Needs] = "summaries"
    tasks: ClassVar[frozenset[str]] = frozenset(("detect", "segment", "pose", "obb", "classify"))
    every: ClassVar[int] = 1
    early: ClassVar[int] = 0
    at_anomalies: ClassVar[bool] = False
    keeps_budget: ClassVar[bool] = False

    def __init__(self, context: Context) -> None:
        self.context = context
        self.is_done = False

    @classmethod
    def spacing(cls, epochs: int) -> int:
        """Return how many epochs lie between two looks in a training of so many; a subclass may make it depend on them."""
        del epochs
        return cls.every

    def wants(self, trainer: shapes.Trainer, index: int) -> bool:
        """Tell whether an epoch (from 0) is of interest beside the regular ones."""
        del trainer, index
        return False

    def start(self, trainer: shapes.Trainer) -> None:
        """Look at what is there before the first batch."""

    def begin(self, trainer: shapes.Trainer) -> None:
        """Look at what holds for the epoch that begins."""

    def batch(self, trainer: shapes.Trainer, batch: dict[str, object]) -> None:
        """Look at a training batch as `preprocess_batch` returned it."""

    def step(self, trainer: shapes.Trainer) -> None:
        """Look at the gradients."""

    def stepped(self, trainer: shapes.Trainer) -> None:
        """Look at the weights behind the optimizer's step."""

    def row(self, trainer: shapes.Trainer, numbers: dict[str, object]) -> None:
        """Put a number into the row of a batch; the GPU has been waited for by now, as its losses are read."""

    def val_start(self, trainer: shapes.Trainer, validator: object) -> None:
        """Prepare for a validation."""

    def val_batch(self, trainer: shapes.Trainer, validator: object, batch: dict[str, object], preds: object) -> None:
        """Look at a validation batch and what was predicted for it, as `update_metrics` was given them."""

    def val_end(self, trainer: shapes.Trainer, validator: object) -> None:
        """Look at a validation that is complete."""

    def epoch(self, trainer: shapes.Trainer) -> None:
        """Look at an epoch that is complete."""

    def release(self) -> None:
        """Take back all that was put into the training, such as a forward hook; calling again changes nothing."""

    def end(self, trainer: shapes.Trainer) -> None:
        """Look at the training a last time."""
