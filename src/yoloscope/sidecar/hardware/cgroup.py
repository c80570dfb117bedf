"""The memory limit that a container, a batch system or a unit sets on a training: cgroup version 2 or 1, Linux only."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path("/sys/fs/cgroup")


class _Files(NamedTuple):
    limit: str
    used: str
    cache: str
    """Key in ``memory.stat`` of what the kernel gives up first; tools for containers do not count it as used."""


_V2 = _Files("memory.max", "memory.current", "inactive_file")
_V1 = _Files("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")


class Limit:
    """The tightest memory limit above a process; its folder is found once."""

    def __init__(self, pid: int, *, root: Path = ROOT, proc: Path = Path("/proc")) -> None:
        found = [
            (limit, folder, files)
            for folder, files in _folders(pid, root=root, proc=proc)
            if (limit := _limit(folder, files))
        ]
        self._where = min(found, key=lambda one: one[0])[1:] if found else None

    def look(self, *, machine_bytes: int) -> dict[str, float]:
        """Return the series below ``container/``; none where no limit below the memory of the machine is set."""
        if self._where is None:
            return {}
        folder, files = self._where
        limit = _limit(folder, files)
        if limit is None or limit >= machine_bytes:
            return {}
        try:
            used = int((folder / files.used).read_text())
            lines = (folder / "memory.stat").read_text().splitlines()
            cache = next((int(line.split()[1]) for line in lines if line.startswith(files.cache + " ")), 0)
        except (OSError, ValueError, IndexError):
            return {"container/memory_limit_bytes": float(limit)}
        return {"container/memory_limit_bytes": float(limit), "container/memory_bytes": float(max(0, used - cache))}


def _folders(pid: int, *, root: Path, proc: Path) -> Iterator[tuple[Path, _Files]]:
    """Yield the folders of a process's memory group and of those above it; a container may see only its own, as the root."""
    try:
        lines = (proc / str(pid) / "cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if number == "0" and not controllers:
            yield from ((folder, _V2) for folder in _upwards(root, path))
        elif "memory" in controllers.split(","):
            yield from ((folder, _V1) for folder in _upwards(root / "memory", path))


def _upwards(root: Path, path: str) -> Iterator[Path]:
    folder = root / path.strip("/")
    while folder != root and root in folder.parents and ".." not in folder.parts:
        yield folder
        folder = folder.parent
    yield root


def _limit(folder: Path, files: _Files) -> int | None:
    """Return the bytes that a group may take, None where it has no limit or cannot be read."""
    try:
        return int((folder / files.limit).read_text())
    except (OSError, ValueError):  # "max"
        return None
