"""Backup beside a server that works, restore after everything is lost, and both killed half-way: real processes."""

import contextlib
import json
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import told_training

from yoloscope import errors
from yoloscope.spool import cursor
from yoloscope.store import backup, restore
from yoloscope.store import open as opening

pytestmark = pytest.mark.slow


def yoloscope(*arguments: str | Path, before: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    command = [*before, sys.executable, "-m", "yoloscope", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def has_rows(server, run: str, rows: int) -> Callable[[], bool]:
    def true() -> bool:
        found = {item["id"]: item["rows"] for item in server.get("/api/v1/runs")["items"]}
        return found.get(run) == rows

    return true


def _wipe(directory: Path) -> None:
    """Remove a killed server's data; its worker, which ends a moment later, may still be putting files away."""
    while directory.exists():
        shutil.rmtree(directory, ignore_errors=True)


def test_all_that_was_acknowledged_after_a_backup_comes_again_and_once(
    server, trainings, wait_until: Callable[..., None], tmp_path: Path
) -> None:
    """Also when the same backup is restored a second time, which no gap in a lane shows that has nothing new to say."""
    server.start()
    port = int(server.url.rpartition(":")[2])
    training = told_training.Training(trainings, server.url)
    training.log(0, 100)
    training.log(0, 10, word="beside")
    wait_until(has_rows(server, training.run, 110))
    training.tell(100, 20_000)  # the backup is made while rows come
    done = yoloscope("backup", tmp_path / "b.tar", "--data", server.data, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["runs"] == 1
    training.heard()
    training.log(10, 10, word="beside")
    wait_until(has_rows(server, training.run, 20_120))
    for at in (1, 2):
        server.kill()
        _wipe(server.data)
        done = yoloscope("restore", tmp_path / "b.tar", "--data", server.data, "--json")
        assert done.returncode == 0, done.stderr
        server.start(port)
        training.log(20_000 + at * 100, 100)
        wait_until(has_rows(server, training.run, 20_120 + at * 100))
    training.end()
    wait_until(lambda: cursor.load(training.directory).complete)
    assert server.rows(training.run) == {step: step * 0.1 for step in range(20_300)}
    assert server.rows(training.run, "b") == {step: -float(step) for step in range(20)}
    detail = server.get(f"/api/v1/runs/{training.run}")
    assert (detail["state"], detail["config"], detail["lost"]) == ("finished", {"lr0": 0.01}, {})


STOPPING = """
import sys, time
from yoloscope.cli import main
from yoloscope.store import archive, backup, restore

_, place, calls, *arguments = sys.argv
module, _, name = place.partition(".")
real, count = getattr(globals()[module], name), 0

def stopping(*given, **more):
    global count
    count += 1
    if count == int(calls):
        print("there", flush=True)
        time.sleep(600)
    return real(*given, **more)

setattr(globals()[module], name, stopping)
sys.argv = ["yoloscope", *arguments]
main.main()
"""


def killed_at(place: str, call: int, *arguments: str | Path) -> None:
    """Run a command and kill it with SIGKILL where it calls a function for that time."""
    command = [sys.executable, "-c", STOPPING, place, str(call), *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "there\n"
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """Data, one of whose files is larger than what is copied at a time."""
    opening.open_stores(tmp_path / "data").close()
    with contextlib.closing(sqlite3.connect(tmp_path / "data" / "series" / "large.db")) as connection, connection:
        connection.execute("CREATE TABLE ballast (payload BLOB)")
        connection.executemany("INSERT INTO ballast VALUES (randomblob(?))", [(1024 * 1024,)] * 4)
    return tmp_path / "data"


def _is_whole(data: Path) -> None:
    with opening.open_stores(data) as stores:
        assert stores.catalog.all_runs(None) == []
    with contextlib.closing(sqlite3.connect(data / "series" / "large.db")) as connection:
        assert connection.execute("SELECT count(*), sum(length(payload)) FROM ballast").fetchone() == (4, 4 * 1024**2)


@pytest.mark.parametrize(
    ("place", "call"),
    [
        ("archive.add", 1),
        ("archive.end", 1),
        *(
            pytest.param(place, call, marks=pytest.mark.long)
            for place in ("backup._copy", "archive.add")
            for call in (1, 2)
        ),
    ],
)
def test_a_backup_that_is_killed_leaves_nothing_that_looks_like_one(
    large: Path, tmp_path: Path, place: str, call: int
) -> None:
    made = tmp_path / "b.tar"
    killed_at(place, call, "backup", made, "--data", large)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("b.tar")] == []
    assert (tmp_path / ".b.tar.part").exists()
    with pytest.raises(errors.StoreError, match="cut off or damaged"):
        restore.into(tmp_path / "again", tmp_path / ".b.tar.part", now_ns=0)
    backup.write(large, made, now_ns=0)
    assert [path.name for path in tmp_path.iterdir() if "b.tar" in path.name] == ["b.tar"]
    restore.into(tmp_path / "again", made, now_ns=0)
    _is_whole(tmp_path / "again")


@pytest.mark.parametrize(
    ("place", "call"),
    [
        ("restore._raise_epoch", 1),
        ("backup.sync_directory", 6),
        pytest.param("restore._extract", 1, marks=pytest.mark.long),
        pytest.param("archive.members", 2, marks=pytest.mark.long),
        *(pytest.param("backup.sync_directory", call, marks=pytest.mark.long) for call in (4, 5, 7, 8)),
    ],
)
def test_a_directory_that_was_not_restored_to_the_end_is_refused(
    large: Path, tmp_path: Path, place: str, call: int
) -> None:
    made, again = tmp_path / "b.tar", tmp_path / "again"
    backup.write(large, made, now_ns=0)
    killed_at(place, call, "restore", made, "--data", again)
    if (again / ".restoring").exists():
        with pytest.raises(errors.StoreError, match=r"not whole.*yoloscope restore"):
            opening.open_stores(again)
        restore.into(again, made, now_ns=0)
    _is_whole(again)


def test_a_server_is_not_started_on_half_a_backup(large: Path, tmp_path: Path) -> None:
    made, again = tmp_path / "b.tar", tmp_path / "again"
    backup.write(large, made, now_ns=0)
    killed_at("restore._raise_epoch", 1, "restore", made, "--data", again)
    refused = yoloscope("up", "--port", "0", "--no-open", "--data", again)
    assert (refused.returncode, "is not whole" in refused.stderr) == (2, True)
    done = yoloscope("restore", made, "--data", again)
    assert done.returncode == 0, done.stderr
    _is_whole(again)


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_a_full_disk_is_said_and_leaves_no_half(large: Path, tmp_path: Path, command: str) -> None:
    small, place = tmp_path / "small", tmp_path / "b.tar"
    small.mkdir()
    mount = f"mount -t tmpfs -o size=2m none '{small}' && \"$@\"; code=$?; ls -A '{small}'; exit $code"
    before = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount, "sh")
    if subprocess.run([*before, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody mount a file system in a namespace of their own")
    assert yoloscope("backup", place, "--data", large).returncode == 0
    if command == "backup":
        full = yoloscope("backup", small / "b.tar", "--data", large, before=before)
    else:
        full = yoloscope("restore", place, "--data", small, before=before)
    assert full.returncode == 2
    assert "the disk is full" in full.stderr
    assert full.stdout in ("", "lock\n")
