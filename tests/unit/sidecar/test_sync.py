"""`yoloscope sync` in the foreground: one directory that cannot be sent keeps none of the others."""

from pathlib import Path

import fake_server
import pytest
from click.testing import CliRunner

from yoloscope.cli import sync as command
from yoloscope.records import row
from yoloscope.sdk import run as runs
from yoloscope.sidecar import notes, shipment
from yoloscope.sidecar import sync as syncing
from yoloscope.spool import ending, layout, platform

pytestmark = pytest.mark.usefixtures("no_sidecar")


def _ended(server: fake_server.FakeServer, **options: str) -> Path:
    run = runs.init(project="p", server=server.url, **options)  # type: ignore[arg-type]
    run.log({"a": 1.0}, step=1)
    run.finish()
    assert run.directory is not None
    return run.directory


def _send(directory: Path, server: str | None = None) -> syncing.Outcome:
    return syncing.send(directory, server=server, progress=lambda sent: None, sleep=lambda seconds: None)


def test_what_was_sent_to_one_server_can_be_sent_to_another(server: fake_server.FakeServer) -> None:
    directory = _ended(server)
    assert _send(directory).state == "complete"
    with fake_server.running() as other:
        assert _send(directory, other.url).state == "complete"
        assert other.steps() == [1]
    assert server.steps() == [1]


def test_a_directory_that_cannot_be_opened_is_named_and_the_others_are_sent(
    server: fake_server.FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = _ended(server), _ended(server)
    acquire = platform.FileLock.acquire

    def faulty(lock: platform.FileLock) -> bool:
        if lock._path.parent == bad:
            raise OSError(5, "input/output error")
        return acquire(lock)

    monkeypatch.setattr(platform.FileLock, "acquire", faulty)
    done = CliRunner().invoke(command.sync, [str(tmp_path / "spool")])
    assert done.exit_code == 2
    assert "cannot be read" in done.output
    assert good.name != bad.name
    assert server.steps() == [1]


def test_a_failed_start_lets_the_directory_go(server: fake_server.FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = _ended(server)

    def broken(path: Path, **options: object) -> None:
        raise OSError(24, "too many open files")

    with monkeypatch.context() as patch:
        patch.setattr(shipment, "Shipment", broken)
        with pytest.raises(OSError, match="too many"):
            _send(directory)
    assert _send(directory).state == "complete"


def test_the_end_that_a_parent_saw_is_sent_with_what_was_left(
    server: fake_server.FakeServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("YOLOSCOPE_RUN", str(tmp_path))
    run = runs.init(project="p", server=server.url)
    assert run.directory is not None
    assert run._alive is not None
    run._alive.release()
    ending.save(run.directory, ending.Exit(pid=1, exit_code=139, wall_ns=7))
    assert _send(run.directory).state == "complete"
    assert [entry for _, _, entry in server.taken] == [row.Ended("crashed", 7, "killed by SIGSEGV", 139)]
    run.finish()


def test_what_the_keeper_is_about_to_note_is_waited_for(server: fake_server.FakeServer) -> None:
    directory = _ended(server, mode="offline")
    waited: list[float] = []

    def keeper_notes(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 3:
            notes.record_provenance(directory, layout.load_manifest(directory))

    sent = syncing.send(directory, server=None, progress=lambda sent: None, sleep=keeper_notes)
    assert (sent.state, sent.sequences, len(waited)) == ("complete", 3, 3)  # a row, its end and where it comes from


def test_a_keeper_that_never_came_is_not_waited_for_long(server: fake_server.FakeServer) -> None:
    directory = _ended(server, mode="offline")
    waited: list[float] = []
    sent = syncing.send(directory, server=None, progress=lambda sent: None, sleep=waited.append)
    assert (sent.state, sent.sequences) == ("complete", 2)
    assert sum(waited) <= 5.01
