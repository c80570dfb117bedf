"""How long a batch took and how long it was waited for; our own work in between counts as neither."""

import time


class Stopwatch:
    """Takes times between the events of one training."""

    def __init__(self) -> None:
        self._free_s = self._begin_s = time.perf_counter()

    def free(self) -> None:
        """Take the time from which on the training can ask for data: an epoch begins, or we are done with the last batch."""
        self._free_s = time.perf_counter()

    def begin_batch(self) -> None:
        """Take the time at which the batch's data was there."""
        self._begin_s = time.perf_counter()

    def end_batch(self) -> dict[str, object]:
        """Return what the batch took, in seconds: waiting for its data, and computing."""
        return {"time/data_s": self._begin_s - self._free_s, "time/batch_s": time.perf_counter() - self._begin_s}
