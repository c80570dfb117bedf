"""Rules on room: disk, memory, shared memory, open files."""

from yoloscope.cli.env import facts
from yoloscope.cli.env.rules.finding import UNKNOWN, Finding

DISK_PROBLEM_BYTES, DISK_WARNING_BYTES = 2_000_000_000, 10_000_000_000
"""A training writes two checkpoints of 20 to 250 MB again and again, caches of labels and plots; 2 GB last for one."""
SHARED_NEED_BYTES = 8 * 2 * 16 * 640 * 640 * 3
"""Ultralytics' defaults: 8 workers that hold 2 batches each, 16 pictures of 640 by 640 in a batch, 3 bytes a pixel: 315 MB."""
SHARED_PROBLEM_BYTES = 128 * 1024**2
"""Docker gives 64 MB unless told otherwise, which does not hold four such batches."""
MEMORY_PROBLEM_BYTES, MEMORY_WARNING_BYTES = 2_000_000_000, 4_000_000_000
"""Importing torch and Ultralytics takes 0.7 GB, a CUDA context as much again, each worker 0.3 GB."""
OPEN_FILES_WARNING = 1024
"""Each tensor that a worker hands over is an open file, and each worker holds some; Linux gives 1024."""
NETWORK_FILE_SYSTEMS = frozenset(
    ("nfs", "nfs4", "cifs", "smb3", "smbfs", "ceph", "lustre", "gpfs", "beegfs", "glusterfs", "9p", "afs", "fuse.sshfs")
)


def disk(of: facts.Facts) -> Finding:
    """There is room where trainings write."""
    if not of.places:
        return UNKNOWN
    least = min(of.places, key=lambda place: place.free_bytes)
    values = {"path": least.path, "free": _gb(least.free_bytes)}
    if least.free_bytes < DISK_PROBLEM_BYTES:
        return Finding("problem", "full", values)
    return Finding("warning", "low", values) if least.free_bytes < DISK_WARNING_BYTES else Finding("ok", "ok", values)


def spool_place(of: facts.Facts) -> Finding:
    """The spool lies on a disk of this machine."""
    spool = next((place for place in of.places if place.use == "spool"), None)
    if spool is None or spool.file_system is None:
        return UNKNOWN
    values = {"path": spool.path, "kind": spool.file_system}
    return (
        Finding("warning", "network", values)
        if spool.file_system in NETWORK_FILE_SYSTEMS
        else Finding("ok", "ok", values)
    )


def shared_memory(of: facts.Facts) -> Finding:
    """DataLoader workers have room to hand pictures over."""
    size = of.shared_memory_bytes
    if size is None:
        return UNKNOWN
    values = {"size": _mb(size), "need": _mb(SHARED_NEED_BYTES)}
    if size < SHARED_PROBLEM_BYTES:
        return Finding("problem", "tiny", values)
    return Finding("warning", "small", values) if size < SHARED_NEED_BYTES else Finding("ok", "ok", values)


def memory(of: facts.Facts) -> Finding:
    """There is memory for a training, also below what a container may use."""
    if of.memory_free_bytes is None or of.memory_bytes is None:
        return UNKNOWN
    limit = of.memory_limit_bytes
    is_limited = limit is not None and limit < of.memory_bytes
    usable = min(of.memory_free_bytes, limit) if limit is not None else of.memory_free_bytes
    values = {"usable": _gb(usable), "whole": _gb(limit if is_limited and limit is not None else of.memory_bytes)}
    if usable < MEMORY_PROBLEM_BYTES:
        return Finding("problem", "little", values)
    if usable < MEMORY_WARNING_BYTES:
        return Finding("warning", "little", values)
    return Finding("ok", "limited" if is_limited else "ok", values)


def open_files(of: facts.Facts) -> Finding:
    """A process may open as many files as DataLoader workers need."""
    if of.open_files is None:
        return UNKNOWN
    is_low = 0 <= of.open_files < OPEN_FILES_WARNING  # -1 is no limit
    return Finding("warning" if is_low else "ok", "low" if is_low else "ok", {"limit": of.open_files})


def _gb(size_bytes: int) -> str:
    return f"{size_bytes / 1e9:.1f}"


def _mb(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:.0f}"
