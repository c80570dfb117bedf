"""Which sidecar reads the machine: one at a time, the next when it dies, and nobody is believed who could be another user."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec
import pytest

from yoloscope.sidecar.hardware import election, port
from yoloscope.spool import platform

HOLDER = """
import sys, time
from pathlib import Path
from yoloscope.sidecar.hardware import election
print(election.Election(Path(sys.argv[1])).leads(), flush=True)
sys.stdin.read()
"""
CARD = port.Card("nvidia", 0, "GPU-1", "One", {"util_percent": 7.0}, {4: 5})


def _look(**changes: object) -> election.Look:
    look = election.Look(platform.boot_id(), time.monotonic_ns(), 2.0, os.getpid(), {"cpu_percent": 3.0}, (CARD,))
    return msgspec.structs.replace(look, **changes)


@pytest.mark.slow
def test_when_the_elected_is_killed_another_takes_over(shared) -> None:
    command = [sys.executable, "-c", HOLDER, str(shared)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "True\n"
        other = election.Election(shared)
        assert not other.leads()
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        assert other.leads()
    third = election.Election(shared)
    assert not third.leads()
    other.close()
    other.close()
    assert third.leads()
    third.close()


def test_a_look_is_read_as_it_was_left(shared) -> None:
    look = _look()
    election.Election(shared).publish(look)
    assert election.Election(shared).latest() == look
    assert [path.name for path in shared.iterdir() if path.suffix == ".tmp"] == []


def test_a_look_tells_cards_that_have_not_answered_from_none(shared) -> None:
    assert _look(cards=(), knows_cards=True).all_cards == ()
    assert _look(cards=(), knows_cards=False).all_cards is None
    assert _look(knows_cards=False).all_cards is None, "one maker's answered, another's did not"
    assert _look(knows_cards=True).all_cards == (CARD,)


def test_in_an_older_releases_look_only_cards_that_are_there_are_known(shared) -> None:
    assert (_look().all_cards, _look(cards=()).all_cards) == ((CARD,), None)


def test_the_lock_of_who_reads_is_never_old(shared) -> None:
    elected = election.Election(shared)
    assert elected.leads()
    os.utime(shared / "elected.lock", (1, 1))
    elected.publish(_look())
    assert (shared / "elected.lock").stat().st_mtime > 1e9
    elected.close()


@pytest.mark.parametrize(
    "changes",
    [
        {"mono_ns": time.monotonic_ns() - int(6.5e9)},
        {"mono_ns": time.monotonic_ns() + int(3600e9)},
        {"boot_id": "another"},
        {"version": election.VERSION + 1},
    ],
    ids=["stale", "of the future", "another boot", "another release"],
)
def test_a_look_that_is_not_of_now_is_not_used(shared, changes) -> None:
    election.Election(shared).publish(_look(**changes))
    assert election.Election(shared).latest() is None


def test_a_clock_set_back_or_forth_changes_nothing(shared, monkeypatch) -> None:
    look = _look()
    election.Election(shared).publish(look)
    for years in (-30, 30):
        monkeypatch.setattr(time, "time_ns", lambda years=years: int((1.8e9 + years * 3e7) * 1e9))
        assert election.Election(shared).latest() == look


@pytest.mark.parametrize("content", [b"", b"\x00\x01", b"[]", b'{"boot_id": 7}'])
def test_a_foreign_file_in_place_of_a_look_is_not_used_and_said_once(shared, caplog, content) -> None:
    caplog.set_level("INFO")
    (shared / "look.json").write_bytes(content)
    reader = election.Election(shared)
    assert [reader.latest(), reader.latest()] == [None, None]
    assert len(caplog.messages) == 1


def test_a_folder_in_place_of_the_lock_leaves_each_alone(shared) -> None:
    (shared / "elected.lock").mkdir()
    alone = election.Election(shared)
    assert alone.leads()
    assert alone.folder is None


def test_without_a_folder_each_leads_and_leaves_nothing(tmp_path) -> None:
    alone = election.Election(None)
    assert alone.leads()
    alone.publish(_look())
    assert alone.latest() is None
    alone.close()


def test_who_cannot_leave_a_look_says_it_once(shared, caplog) -> None:
    caplog.set_level("INFO")
    (shared / "look.json").mkdir()
    elected = election.Election(shared)
    elected.publish(_look())
    elected.publish(_look())
    assert len(caplog.messages) == 1


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the system's temporary files lie in this test; the folder's name is there too."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    for name in election._JOBS:
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "tmp").mkdir()
    return tmp_path / "tmp" / f"yoloscope-host-{os.getuid()}"


def test_the_folder_is_this_users_alone(temporary) -> None:
    assert election.shared_folder() == election.shared_folder() == temporary
    assert temporary.stat().st_mode & 0o777 == 0o700


def test_a_job_of_a_batch_system_has_a_folder_of_its_own(temporary, monkeypatch) -> None:
    senders = {election.sender()}
    for job in ("17", "18"):
        monkeypatch.setenv("SLURM_JOB_ID", job)
        assert election.shared_folder() == election.shared_folder()
        senders.add(election.sender())
    assert len(list(temporary.parent.iterdir())) == 2
    assert len(senders) == 3


def test_a_link_in_place_of_the_folder_is_not_followed(temporary, tmp_path) -> None:
    (tmp_path / "theirs").mkdir(mode=0o700)
    temporary.symlink_to(tmp_path / "theirs")
    assert election.shared_folder() is None
    assert list((tmp_path / "theirs").iterdir()) == []


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o720])
def test_a_folder_that_others_may_write_to_is_not_used(temporary, mode) -> None:
    temporary.mkdir()
    temporary.chmod(mode)
    assert election.shared_folder() is None


def test_a_folder_of_another_user_is_not_used(temporary, monkeypatch) -> None:
    temporary.mkdir(mode=0o700)
    monkeypatch.setattr(os, "getuid", lambda: 4242)
    temporary.rename(temporary.with_name("yoloscope-host-4242"))
    assert election.shared_folder() is None


def test_a_file_in_place_of_the_folder_is_not_used(temporary) -> None:
    temporary.touch()
    assert election.shared_folder() is None


def test_where_nothing_can_be_written_there_is_no_folder(temporary, caplog) -> None:
    caplog.set_level("INFO")
    temporary.parent.rmdir()
    temporary.parent.touch()
    assert election.shared_folder() is None
    assert len(caplog.messages) == 1
