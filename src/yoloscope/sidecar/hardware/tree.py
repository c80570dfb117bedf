"""A training's process and the workers below it, such as those of a DataLoader, from one look to the next."""

from typing import NamedTuple

from yoloscope.sidecar.hardware import processes


class Seen(NamedTuple):
    """The series of `records.system` below ``process/``, and the numbers of all processes of the training."""

    numbers: dict[str, float]
    pids: frozenset[int]


class Tree:
    """The processes of one training; they are whoever has the number `pid` now, and nobody who gets it later."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._started: str | None = None
        self._seen_s: float | None = None
        self._cpu_s: dict[tuple[int, str], float] = {}
        self._sidecars: dict[tuple[int, str], bool] = {}

    @property
    def started(self) -> str | None:
        """The start of the training's process, by which it is told from others; None before the first look."""
        return self._started

    def look(self, now_s: float) -> Seen | None:
        """Return what its processes take at `now_s` of a clock that never steps back; None if it is gone.

        CPU use is over the time since the last look, in percent of one core; memory of shared pages counts in each process.
        """
        main = processes.sample(self._pid)
        if main is None or (self._started is not None and main.started != self._started):
            return None
        self._started = main.started
        workers = self._workers()
        before, passed_s = self._cpu_s, 0.0 if self._seen_s is None else now_s - self._seen_s
        self._cpu_s = {(pid, one.started): one.cpu_s for pid, one in {self._pid: main, **workers}.items()}
        self._seen_s = now_s
        numbers = {
            "process/rss_bytes": float(main.rss_bytes),
            "process/threads": float(main.threads),
            "process/children": float(len(workers)),
            "process/children_rss_bytes": float(sum(one.rss_bytes for one in workers.values())),
        }
        files = processes.open_files(self._pid)
        if files is not None:
            numbers["process/open_files"] = float(files)
        if passed_s > 0:
            own = (self._pid, main.started)
            spent = {key: max(0.0, cpu_s - before.get(key, 0.0)) for key, cpu_s in self._cpu_s.items()}
            numbers["process/cpu_percent"] = 100 * spent.pop(own) / passed_s
            numbers["process/children_cpu_percent"] = 100 * sum(spent.values()) / passed_s
        return Seen(numbers, frozenset((self._pid, *workers)))

    def _workers(self) -> dict[int, processes.Sample]:
        """Return the processes below the training, without the sidecars that its runs have."""
        found: dict[int, processes.Sample] = {}
        for pid in processes.descendants(self._pid):
            one = processes.sample(pid)
            if one is not None and not self._is_sidecar(pid, one.started):
                found[pid] = one
        living = {(pid, one.started) for pid, one in found.items()}
        self._sidecars = {key: is_one for key, is_one in self._sidecars.items() if is_one or key in living}
        return found

    def _is_sidecar(self, pid: int, started: str) -> bool:
        """Tell whether a process is a sidecar; its command line is read once."""
        key = (pid, started)
        if key not in self._sidecars:
            self._sidecars[key] = processes.is_sidecar(pid)
        return self._sidecars[key]
