"""What becomes of a run's items on their way: told to the server, kept back by policy, refused; each that never arrives is counted once.

Owned by `shipment`, which knows what was acknowledged; `uploads` sends what is due by it.
"""

from collections.abc import Callable
from pathlib import Path

from yoloscope import errors
from yoloscope.records import media, policy, reduction, row
from yoloscope.sidecar import parcel
from yoloscope.spool import blobs, state


class Parts:
    """The items of one directory and their parts; `allowed` tells what may leave now, and may raise ServerUnavailable."""

    def __init__(self, directory: Path, *, page: state.StatePage, allowed: Callable[[], policy.Policy]) -> None:
        self.blobs = blobs.Blobs(directory)
        self._page = page
        self._allowed = allowed
        self._refused: set[int] = set()

    def refuse(self, batch: row.Batch) -> None:
        """Take note that the server does not take what a batch tells of items; that is counted already."""
        self._refused.update(item.number for item in parcel.items_of(batch.entries))

    def settle(self, acknowledged: parcel.Parcel) -> None:
        """Take note of what the server knows of items, of which it acknowledged the events or what stood in their places.

        Raises:
            ServerUnavailable: if that cannot be written down: then it is sent and acknowledged again.
        """
        told = {item.number for item in parcel.items_of(acknowledged.batch.entries)}
        for item in acknowledged.items:
            if item.number in self._refused:
                self._note(item, "refused")
            elif item.number in told:
                self._note(item, "told")
            else:
                self.withhold(item)

    def allows(self, item: media.Item) -> bool:
        """Tell whether the parts of an item may leave now.

        Raises:
            ServerUnavailable: if the server has to be asked for its policy and does not answer.
        """
        return reduction.withheld(item, policy=self._allowed()) is None

    def withhold(self, item: media.Item) -> None:
        """Keep an item back by policy, and count it."""
        if self._note(item, "withheld"):
            self._page.count_lost("policy")

    def give_up(self, item: media.Item) -> None:
        """Send no more of an item, a part of which the server will never take, and count it."""
        if self._note(item, "refused"):
            self._page.count_lost("item_refused")

    def drop(self, held: blobs.Held) -> None:
        """Remove a part that waits, over the quota, and count the items that are no longer whole by it.

        Raises:
            OSError: if the disk cannot be written.
        """
        for _ in range(self.blobs.drop(held)):
            self._page.count_lost("item_quota")

    def progressed(self) -> None:
        """Let whoever waits for the end of the training know that something was acknowledged."""
        self._page.put("last_ack_ns", self._page.get("last_ack_ns") + 1)

    def _note(self, item: media.Item, what: blobs.State) -> bool:
        try:
            return self.blobs.settle(item, what)
        except OSError as error:
            raise errors.ServerUnavailable(
                f"what became of an item cannot be noted: {error}", connected=False
            ) from error
