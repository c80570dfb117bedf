"""How often the kernel has killed for lack of memory in a process's control group: version 2's ``memory.events``, 1's ``memory.oom_control``."""

import re
from pathlib import Path

_KILLS = re.compile(r"^oom_kill (\d+)$", re.MULTILINE)
_MOUNTS = Path("/sys/fs/cgroup")


def file_of(pid: int, *, mounts: Path = _MOUNTS, processes: Path = Path("/proc")) -> Path | None:
    """Return the file that counts kills in the control group of a process, None where there is none."""
    try:
        text = (processes / str(pid) / "cgroup").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return None
    for line in sorted(text.splitlines(), key=lambda line: line.startswith("0:")):  # where both are, 1 has the memory
        _, controllers, group = line.split(":", 2)
        candidates = _candidates(controllers.split(","), group.lstrip("/"), mounts=mounts)
        found = next((path for path in candidates if kills(path) is not None), None)
        if found is not None:
            return found
    return None


def kills(file: Path) -> int | None:
    """Return the count in a file, None if it holds none."""
    try:
        match = _KILLS.search(file.read_text(encoding="ascii", errors="replace"))
    except OSError:
        return None
    return int(match[1]) if match else None


def _candidates(controllers: list[str], group: str, *, mounts: Path) -> list[Path]:
    """Return where the file may lie: in a container the group's own folder is mounted in the place of the root."""
    if "memory" in controllers:
        return [mounts / "memory" / part / "memory.oom_control" for part in (group, "")]
    if controllers == [""]:
        roots = (mounts, mounts / "unified")
        return [root / part / "memory.events" for root in roots for part in (group, "")]
    return []
