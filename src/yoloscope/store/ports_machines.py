"""What the server needs of a store to know machines, as a protocol; part of `ports.Catalog`."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from yoloscope.records import machine, machine_state

BUCKET_NS = 600 * 10**9
"""How long the use of a card is added up: ten minutes, by the server's clock."""
KEPT_NS = 90 * 86_400 * 10**9
"""How long use is kept."""


class UseBucket(msgspec.Struct, frozen=True):
    """The use of a card in the ten minutes from ``begin_ns`` on: how often it was seen, and seen in use.

    ``util_sum`` adds the percent of the ``util_samples`` looks that found any; ``runs`` are ids.
    """

    card: str
    begin_ns: int
    samples: int
    busy_samples: int
    util_samples: int
    util_sum: float
    memory_max_bytes: int
    runs: tuple[str, ...]


class UseSum(msgspec.Struct, frozen=True):
    """A card's buckets in a span of time: how many there are, and the sum of the shares of looks that found it in use."""

    host: str
    card: str
    buckets: int
    share_sum: float


class Machines(Protocol):
    """Machines and the use of their cards. Safe to call from any thread."""

    def hear(self, report: machine.Report, *, now_ns: int) -> bool:
        """Take a report that came now; False if it is not newer than what its sender said before, and nothing was stored.

        The first report after ten minutes forgets what is older than `KEPT_NS`.
        """
        ...

    def machines(self, *, since_ns: int) -> list[machine_state.Machine]:
        """Return the machines heard of since then, by host."""
        ...

    def machine(self, host: str) -> machine_state.Machine:
        """Return one machine.

        Raises:
            NotFound: if there is none of that name.
        """
        ...

    def use(self, host: str, *, from_ns: int) -> list[UseBucket]:
        """Return the use of a host's cards from then on, by card and time."""
        ...

    def use_sums(self, *, from_ns: int, until_ns: int) -> Sequence[UseSum]:
        """Return the use of all cards in the buckets that begin from `from_ns` on and before `until_ns`."""
        ...
