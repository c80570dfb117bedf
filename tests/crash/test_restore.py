"""A server put back to an older backup: what it had acknowledged after it comes again from the spool that was kept."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import told_training

from yoloscope.spool import cursor, layout

pytestmark = pytest.mark.slow


class Backup:
    """A copy of the server's data directory, made while it stands still."""

    def __init__(self, server, tmp_path: Path) -> None:
        self._server = server
        self._copy = tmp_path / "backup"
        self._port = int(server.url.rpartition(":")[2])

    def make(self) -> None:
        """Stop the server, copy, start again."""
        self._server.stop()
        shutil.copytree(self._server.data, self._copy)
        self._server.start(self._port)

    def restore(self) -> None:
        """Stop the server, put the copy in place of its data, start again."""
        self._server.stop()
        shutil.rmtree(self._server.data)
        shutil.copytree(self._copy, self._server.data)
        self._server.start(self._port)

    def start_afresh(self) -> None:
        """Stop the server and start it with nothing but its token."""
        self._server.stop()
        token = (self._server.data / "token").read_bytes()
        shutil.rmtree(self._server.data)
        self._server.data.mkdir()
        (self._server.data / "token").write_bytes(token)
        (self._server.data / "token").chmod(0o600)
        self._server.start(self._port)


@pytest.fixture
def backup(server, tmp_path: Path) -> Backup:
    server.start()
    return Backup(server, tmp_path)


@pytest.fixture
def begin(server, backup: Backup, trainings) -> Iterator[Callable[[], told_training.Training]]:
    return lambda: told_training.Training(trainings, server.url)


def _rows(server, run: str) -> int:
    found = [item["id"] for item in server.get("/api/v1/runs")["items"]]
    return int(server.get(f"/api/v1/runs/{run}")["rows"]) if run in found else -1


def _is_sent(training: told_training.Training) -> Callable[[], bool]:
    return lambda: cursor.load(training.directory).complete


def _sync(place: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "yoloscope", "sync", str(place)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _has_everything(server, training: told_training.Training, *, rows: int, beside: int) -> None:
    assert server.rows(training.run) == {step: step * 0.1 for step in range(rows)}
    assert server.rows(training.run, "b") == {step: -float(step) for step in range(beside)}
    detail = server.get(f"/api/v1/runs/{training.run}")
    assert (detail["state"], detail["config"], detail["lost"]) == ("finished", {"lr0": 0.01}, {})
    assert "python" in detail["provenance"]


@pytest.mark.parametrize("loss", ["restore", "start_afresh"])
def test_a_run_that_still_sends_sends_again_what_the_backup_lacks(
    server, backup: Backup, begin: Callable[[], told_training.Training], wait_until: Callable[..., None], loss: str
) -> None:
    """The lane beside has nothing new to say after the restore: nobody would notice by itself what it lacks."""
    training = begin()
    training.log(0, 100)
    training.log(0, 10, word="beside")
    wait_until(lambda: _rows(server, training.run) == 110)
    backup.make()
    training.log(100, 100)
    training.log(10, 10, word="beside")
    wait_until(lambda: _rows(server, training.run) == 220)
    getattr(backup, loss)()
    training.log(200, 10)
    training.end()
    wait_until(_is_sent(training))
    _has_everything(server, training, rows=210, beside=20)


def test_sync_sends_again_what_the_backup_lacks_of_a_run_that_was_sent_to_its_end(
    server, backup: Backup, begin: Callable[[], told_training.Training], wait_until: Callable[..., None], tmp_path: Path
) -> None:
    older = begin()
    older.log(0, 100)
    older.log(0, 10, word="beside")
    wait_until(lambda: _rows(server, older.run) == 110)
    backup.make()
    newer = begin()
    older.log(100, 100)
    older.log(10, 10, word="beside")
    newer.log(0, 100)
    newer.log(0, 10, word="beside")
    for training in (older, newer):
        training.end()
        wait_until(_is_sent(training))
    backup.restore()
    assert (_rows(server, older.run), _rows(server, newer.run)) == (110, -1)
    for _ in range(2):
        done = _sync(tmp_path / "spool")
        assert done.returncode == 0, done.stderr
        _has_everything(server, older, rows=200, beside=20)
        _has_everything(server, newer, rows=100, beside=10)


@pytest.mark.parametrize("loss", ["restore", "start_afresh"])
def test_a_sidecar_that_notices_a_restore_looks_after_the_runs_beside_its_own(
    server, backup: Backup, begin: Callable[[], told_training.Training], wait_until: Callable[..., None], loss: str
) -> None:
    living = begin()
    living.log(0, 10)
    wait_until(lambda: _rows(server, living.run) == 10)
    backup.make()
    ended = begin()
    ended.log(0, 100)
    ended.log(0, 10, word="beside")
    ended.end()
    wait_until(_is_sent(ended))
    _make_old(ended.directory)
    living.log(10, 10)
    wait_until(lambda: _rows(server, living.run) == 20)
    getattr(backup, loss)()
    living.log(20, 10)
    wait_until(lambda: _rows(server, ended.run) == 110)
    wait_until(lambda: server.get(f"/api/v1/runs/{ended.run}")["state"] == "finished")
    _has_everything(server, ended, rows=100, beside=10)
    living.end()
    assert server.rows(living.run) == {step: step * 0.1 for step in range(30)}


def _make_old(directory: Path) -> None:
    """Let a run have begun an hour ago: a newer one is left to its own sidecar for a while."""
    manifest = layout.load_manifest(directory)
    fields = {name: getattr(manifest, name) for name in manifest.__struct_fields__}
    layout.save_manifest(directory, layout.Manifest(**{**fields, "wall_ns": manifest.wall_ns - 3600 * 10**9}))
