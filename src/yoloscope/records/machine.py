"""A machine as one look at it found it: its cards, its load, and which run's process uses what. Numbers and ids only.

Made by one sidecar a host, or by `yoloscope agent`, and sent as JSON to ``POST /api/v1/machines``. What cannot be read is None.
"""

import msgspec

VERSION = 1


class CardProcess(msgspec.Struct, frozen=True):
    """A process on a card; ``run`` is the id of the run that it belongs to, None for anybody else's."""

    pid: int
    memory_bytes: int | None = None
    run: str | None = None


class Card(msgspec.Struct, frozen=True):
    """An accelerator: ``index`` as its vendor's tools count, ``uuid`` for good, use in percent, memory in bytes."""

    index: int
    uuid: str
    name: str
    vendor: str
    util_percent: float | None = None
    memory_bytes: int | None = None
    memory_total_bytes: int | None = None
    temperature_c: float | None = None
    power_w: float | None = None
    processes: tuple[CardProcess, ...] = ()


class RunHere(msgspec.Struct, frozen=True):
    """A run that has a living process on this machine."""

    run: str
    project: str
    pid: int
    since_ns: int


class Report(msgspec.Struct, frozen=True):
    """The machine ``host`` at ``wall_ns``; ``interval_s`` is how soon the next report follows if all goes well.

    ``sender`` tells apart those that report one host at the same time: several users, a container beside the host. Whoever takes over
    from another says the same, for what it says replaces the other's at once. It names what the election is about, such as a hash
    of the user's id and the process namespace; of different senders cards and runs are united (`machine_state`).
    """

    host: str
    boot_id: str
    wall_ns: int
    interval_s: float
    cpus: int
    cpu_percent: float | None = None
    memory_bytes: int | None = None
    memory_total_bytes: int | None = None
    cards: tuple[Card, ...] = ()
    runs: tuple[RunHere, ...] = ()
    version: int = VERSION
    sender: str = ""
