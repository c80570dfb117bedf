"""How fast the link to the server carries what the spool holds, measured by what was sent."""

READ_MOST_BYTES = 1024 * 1024
"""Spool bytes that a lane gives to one body on a fast link."""
READ_LEAST_BYTES = 16 * 1024
READ_FIRST_BYTES = 256 * 1024
"""Before the link is known."""
BODY_S = 1.0
"""How long one body may be under way, so that newer rows need not wait for older ones."""
LIVE_WITHIN_S = 2.0
"""How old a watcher's newest value may be: where all that is waiting takes longer, it is thinned."""
_TELLING_BYTES = 8 * 1024
"""Smaller bodies measure the time of an answer, not the width of the link."""
_WEIGHT = 0.4
"""Of the newest measurement: a link that gets slower is known after two or three bodies."""


class Pace:
    """The link's speed in spool bytes a second, compression included; unknown before the first body of some size."""

    def __init__(self) -> None:
        self._bytes_per_s: float | None = None

    def note(self, size_bytes: int, *, took_s: float) -> None:
        """Take note of how long so many spool bytes took to be acknowledged."""
        if size_bytes < _TELLING_BYTES or took_s <= 0:
            return
        newest = size_bytes / took_s
        known = self._bytes_per_s
        self._bytes_per_s = newest if known is None else known + _WEIGHT * (newest - known)

    def note_failure(self, size_bytes: int, *, took_s: float) -> None:
        """Take note that so many spool bytes did not get through in this time; a server that hung up at once tells nothing."""
        if took_s > LIVE_WITHIN_S:
            self.note(size_bytes, took_s=4 * took_s)

    def most_bytes(self, *, lanes: int) -> int:
        """Return how many spool bytes each of so many lanes gives to a body."""
        if self._bytes_per_s is None:
            return READ_FIRST_BYTES // max(1, lanes)
        return min(READ_MOST_BYTES, max(READ_LEAST_BYTES, int(self._bytes_per_s * BODY_S) // max(1, lanes)))

    def is_short_for(self, waiting_bytes: int) -> bool:
        """Tell whether so many spool bytes take too long for a watcher."""
        return self._bytes_per_s is not None and waiting_bytes > self._bytes_per_s * LIVE_WITHIN_S
