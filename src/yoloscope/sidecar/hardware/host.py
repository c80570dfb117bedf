"""The host as a whole through psutil: processors, memory, disks, network. Every call may fail on its own; its values are then left out."""

import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import psutil

from yoloscope.sidecar.hardware import cgroup

log = logging.getLogger("yoloscope.sidecar")
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108  # where DataLoader workers hand over their batches
_Read = Callable[[], dict[str, float]]


class Parts:
    """Readings that are tried one by one; what one of them cannot tell is said once and left out."""

    def __init__(self, *reads: _Read) -> None:
        self._reads = reads
        self._told: set[str] = set()

    def look(self) -> dict[str, float]:
        """Return what all of them tell."""
        found: dict[str, float] = {}
        for read in self._reads:
            try:
                found |= read()
            except (psutil.Error, OSError, RuntimeError, ValueError, AttributeError, NotImplementedError) as error:
                name = getattr(read, "__name__", "a value").strip("_")
                if name not in self._told:
                    self._told.add(name)
                    log.info("%s cannot be read here: %s", name, error)
        return found


class Host:
    """What all trainings of the machine share; one sidecar reads it for all."""

    def __init__(self) -> None:
        self._disk = _Rates("disk/read_bytes_per_s", "disk/written_bytes_per_s")
        self._network = _Rates("network/received_bytes_per_s", "network/sent_bytes_per_s")
        self._now_s = 0.0
        self._begun = False
        self._parts = Parts(self._processors, _load, _memory, _swap, self._disks, self._networks)

    def look(self, now_s: float) -> dict[str, float]:
        """Return the series of `records.system` that tell of the host; rates are over the time since the last look."""
        self._now_s = now_s
        return self._parts.look()

    def _processors(self) -> dict[str, float]:
        use_percent = psutil.cpu_percent(None)  # since the last call
        begun, self._begun = self._begun, True
        return {"cpu_percent": use_percent} if begun else {}

    def _disks(self) -> dict[str, float]:
        counters = psutil.disk_io_counters(nowrap=False)
        return {} if counters is None else self._disk.of(counters.read_bytes, counters.write_bytes, now_s=self._now_s)

    def _networks(self) -> dict[str, float]:
        cards = psutil.net_io_counters(pernic=True, nowrap=False)
        outer = [card for name, card in cards.items() if not name.startswith("lo")]
        received, sent = sum(card.bytes_recv for card in outer), sum(card.bytes_sent for card in outer)
        return self._network.of(received, sent, now_s=self._now_s)


class Surroundings:
    """What one training has around it: the disk that it writes to, its shared memory, the limit of its container."""

    def __init__(self, folder: Path, *, pid: int) -> None:
        self._folder = folder
        self._limit = cgroup.Limit(pid)
        self._memory_bytes = 0
        self._parts = Parts(self._disk, self._shared_memory, self._container)

    def look(self) -> dict[str, float]:
        """Return the series of `records.system` that tell of them."""
        return self._parts.look()

    def _disk(self) -> dict[str, float]:
        usage = shutil.disk_usage(self._folder)
        return {"disk/free_bytes": float(usage.free), "disk/used_bytes": float(usage.used)}

    def _shared_memory(self) -> dict[str, float]:
        if not SHARED_MEMORY.is_dir():
            return {}
        usage = shutil.disk_usage(SHARED_MEMORY)
        return {"shared_memory/used_bytes": float(usage.used), "shared_memory/total_bytes": float(usage.total)}

    def _container(self) -> dict[str, float]:
        self._memory_bytes = self._memory_bytes or psutil.virtual_memory().total
        return self._limit.look(machine_bytes=self._memory_bytes)


class _Rates:
    """Two counters as bytes a second; one that goes back was set anew, and tells nothing for once."""

    def __init__(self, first: str, second: str) -> None:
        self._names = (first, second)
        self._before: tuple[float, float, float] | None = None

    def of(self, first: float, second: float, *, now_s: float) -> dict[str, float]:
        before, self._before = self._before, (now_s, first, second)
        if before is None or now_s <= before[0] or first < before[1] or second < before[2]:
            return {}
        passed_s = now_s - before[0]
        return {self._names[0]: (first - before[1]) / passed_s, self._names[1]: (second - before[2]) / passed_s}


def _load() -> dict[str, float]:
    return {"load_1m": os.getloadavg()[0]} if hasattr(os, "getloadavg") else {}


def _memory() -> dict[str, float]:
    memory = psutil.virtual_memory()
    return {"memory_bytes": float(memory.total - memory.available), "memory_total_bytes": float(memory.total)}


def _swap() -> dict[str, float]:
    swap = psutil.swap_memory()
    return {"swap_bytes": float(swap.used), "swap_total_bytes": float(swap.total)} if swap.total else {}
