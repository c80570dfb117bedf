"""Where a training stands: the global step and the fractional epoch of every batch, also when an epoch is trained again."""


class Position:
    """Counts batches; `step` is the last batch's global iteration, from 0, and never goes back but for a repeated epoch."""

    def __init__(self, *, start_epoch: int, batches: int) -> None:
        self.epoch = start_epoch
        self.batches = max(1, batches)
        self.first_step = start_epoch * self.batches
        self.done = 0
        self._begun = False
        self._step_before = self.first_step - 1

    @property
    def step(self) -> int:
        """The global iteration of the last batch that is done."""
        return self.first_step + self.done - 1

    @property
    def is_whole(self) -> bool:
        """Whether every batch of the epoch is done."""
        return self.done >= self.batches

    def begin_epoch(self, epoch: int, *, batches: int) -> bool:
        """Start an epoch of so many batches; returns True if it had begun before, as after NaN or a lack of memory."""
        again = self._begun and epoch <= self.epoch
        if not again:
            self._step_before = self.step if self._begun else self._step_before
        self._begun = True
        self.epoch, self.batches, self.done = epoch, max(1, batches), 0
        self.first_step = max(epoch * self.batches, self._step_before + 1)
        return again

    def end_batch(self) -> tuple[int, float]:
        """Count a batch and return its step and epoch: the last batch of epoch 0 of four is step 3, epoch 1.0."""
        self.done += 1
        return self.step, self.epoch + self.done / self.batches
