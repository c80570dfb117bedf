"""Locks, allocation and detached processes on this system."""

import errno
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from yoloscope.spool import platform

HOLDER = """
import os, sys
from pathlib import Path
from yoloscope.spool import platform
lock = platform.FileLock(Path(sys.argv[1]))
lock.acquire()
{meanwhile}
print("held", flush=True)
sys.stdin.read()
"""
FORK = """
told, tell = os.pipe()
child = os.fork()
if child == 0:
    lock.release()
    os.write(tell, b"let go")
    os.close(1)
    sys.stdin.read()
    os._exit(0)
os.read(told, 6)
"""


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    """Start a process that holds a lock and does something meanwhile."""
    started: list[subprocess.Popen[str]] = []

    def start(meanwhile: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", HOLDER.format(meanwhile=meanwhile), str(tmp_path / "lock")]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_a_lock_ends_with_its_process(held, tmp_path: Path) -> None:
    process = held("")
    assert platform.is_locked(tmp_path / "lock")
    process.kill()
    process.wait()
    assert not platform.is_locked(tmp_path / "lock")


def test_reading_the_file_in_the_same_process_keeps_the_lock(held, tmp_path: Path) -> None:
    """A training that copies its output folder opens and closes the lock file as well."""
    held("Path(sys.argv[1]).read_bytes()")
    assert platform.is_locked(tmp_path / "lock")


def test_a_forked_child_that_lets_go_neither_ends_nor_keeps_the_lock(held, tmp_path: Path) -> None:
    process = held(FORK)
    assert platform.is_locked(tmp_path / "lock")
    process.kill()
    process.wait()
    assert not platform.is_locked(tmp_path / "lock")  # the child still lives: its input is open


def test_two_holders_exclude_each_other(tmp_path: Path) -> None:
    one, two = platform.FileLock(tmp_path / "lock"), platform.FileLock(tmp_path / "lock")
    assert one.acquire()
    assert not two.acquire()
    one.release()
    assert two.acquire()
    two.release()


def test_a_detached_process_leads_a_session_of_its_own_and_leaves_no_zombie(tmp_path: Path) -> None:
    output = tmp_path / "log"
    code = "import os; print(os.getsid(0) == os.getpid(), flush=True)"
    pid = platform.start_detached([sys.executable, "-c", code], environment=dict(os.environ), output=output)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert output.read_text() == "True\n"
    platform.reap()
    with pytest.raises(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def test_where_a_new_session_cannot_be_asked_for_at_the_start_another_way_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unsupported(*arguments: object, **options: object) -> int:
        raise NotImplementedError

    monkeypatch.setattr(os, "posix_spawn", unsupported)
    test_a_detached_process_leads_a_session_of_its_own_and_leaves_no_zombie(tmp_path)


def test_only_machines_that_reorder_stores_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("time.sleep", waits.append)
    for machine in ("x86_64", "aarch64"):
        monkeypatch.setattr(platform, "_machine", lambda machine=machine: machine)
        platform.settle()
    assert len(waits) == 1


def test_a_system_without_such_locks_uses_record_locks(held, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unsupported(*arguments: object) -> int:
        raise OSError(errno.EINVAL, "not here")

    monkeypatch.setattr(platform.fcntl, "fcntl", unsupported)
    lock = platform.FileLock(tmp_path / "free")
    assert lock.acquire()
    lock.release()
    held("")
    assert platform.is_locked(tmp_path / "lock")


def test_who_may_only_read_sees_the_lock(held, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another user's training, or one on a read-only mount: its file cannot be opened to write."""
    open_ = os.open

    def read_only(path: Path, flags: int, *more: int) -> int:
        if flags & os.O_RDWR:
            raise OSError(errno.EROFS, "read-only file system")
        return open_(path, flags, *more)

    process = held("")
    monkeypatch.setattr(os, "open", read_only)
    assert platform.is_locked(tmp_path / "lock")
    process.kill()
    process.wait()
    assert not platform.is_locked(tmp_path / "lock")


def test_where_there_are_no_locks_the_file_names_its_process(
    held, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "fcntl", None)
    (tmp_path / "lock").write_bytes(b"")
    assert not platform.is_locked(tmp_path / "lock")
    process = held("platform.fcntl = None; lock.release(); lock.acquire()")
    mine = platform.FileLock(tmp_path / "lock")
    assert platform.is_locked(tmp_path / "lock")
    assert not mine.acquire()
    process.kill()
    process.wait()
    assert not platform.is_locked(tmp_path / "lock")
    assert mine.acquire()
    assert platform.is_locked(tmp_path / "lock")
    mine.release()
    assert not platform.is_locked(tmp_path / "lock")


@pytest.mark.parametrize("mark", [b"", b"no number", b"1", b"0 0.0", b"99999999999999999999 1.0", b"\xff 1", b"1 1.0"])
def test_a_mark_that_names_no_process_of_its_time_holds_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mark: bytes
) -> None:
    """A number alone may have been given to another process since."""
    monkeypatch.setattr(platform, "fcntl", None)
    (tmp_path / "lock").write_bytes(mark)
    assert not platform.is_locked(tmp_path / "lock")
    lock = platform.FileLock(tmp_path / "lock")
    assert lock.acquire()
    lock.release()
