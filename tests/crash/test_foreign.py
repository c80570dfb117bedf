"""The spool of another machine: copied here, on a read-only disk, or from a machine whose bytes stand the other way round."""

import hashlib
import json
import os
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from yoloscope.sdk import launch_sidecar
from yoloscope.sdk import run as runs
from yoloscope.spool import layout, platform

pytestmark = pytest.mark.slow

ROWS = 100
STALE_S = 3600.0


@pytest.fixture
def foreign(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Path]:
    """Make the directory of a training that was killed on another machine, and was copied here just now."""

    def make(name: str = "foreign", *, server: str = "http://127.0.0.1:9") -> Path:
        with monkeypatch.context() as patch:
            patch.setattr(launch_sidecar, "start", lambda directory: None)
            patch.setattr(platform, "boot_id", lambda: "11111111-2222-4333-8444-555555555555")
            patch.setattr(platform, "host_name", lambda: "gpu-7")
            patch.setenv("YOLOSCOPE_DIR", str(tmp_path / "spool"))
            run = runs.init(project="p", name=name, server=server, resume=name)
            for step in range(ROWS):
                run.log({"a": step * 0.1}, step=step)
            assert run.directory is not None
            assert run._alive is not None
            assert run._page is not None
            run._page.close()
            run._writer = None
            run._alive.release()
        manifest = layout.load_manifest(run.directory)
        manifest = msgspec.structs.replace(manifest, pid=1, wall_ns=manifest.wall_ns - int(STALE_S * 1e9))
        layout.save_manifest(run.directory, manifest)
        (run.directory / "sidecar.lock").touch()
        return run.directory

    return make


def _sync(place: Path, *options: str, before: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    command = [*before, sys.executable, "-m", "yoloscope", "sync", str(place), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _has_it(server, run: str = "foreign") -> None:
    assert server.rows(run) == {step: step * 0.1 for step in range(ROWS)}
    detail = server.get(f"/api/v1/runs/{run}")
    assert (detail["host"], detail["state"], detail["lost"]) == ("gpu-7", "crashed", {})


def _digest(directory: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in directory.iterdir()}


def test_sync_sends_the_directory_of_another_machine(server, foreign: Callable[..., Path]) -> None:
    """Its locks are files like any other here; nobody holds them."""
    server.start()
    directory = foreign()
    for _ in range(2):
        done = _sync(directory, "--server", server.url)
        assert done.returncode == 0, done.stderr
        _has_it(server)


def test_a_sidecar_adopts_what_is_quiet_and_leaves_what_is_not(
    server, foreign: Callable[..., Path], trainings, wait_until: Callable[..., None]
) -> None:
    """On a shared disk the trainer of the other machine may live, and its lock not be seen here."""
    server.start()
    quiet, busy = foreign("quiet", server=server.url), foreign("busy", server=server.url)
    for path in quiet.iterdir():
        os.utime(path, (1, 1))
    script = """
import sys, yoloscope
run = yoloscope.init(project="p", server=sys.argv[1])
print(run.id, flush=True)
sys.stdin.read()
"""
    read, write = os.pipe()
    training = trainings(script, server.url, stdin=read)
    os.close(read)
    training.stdout.readline()
    wait_until(lambda: "quiet" in {item["id"] for item in server.get("/api/v1/runs")["items"]})
    wait_until(lambda: server.get("/api/v1/runs/quiet")["state"] == "crashed")
    _has_it(server, "quiet")
    os.close(write)
    assert training.wait(60) == 0
    assert "busy" not in {item["id"] for item in server.get("/api/v1/runs")["items"]}
    assert not (busy / "cursor.json").exists()


def _read_only(directory: Path) -> tuple[str, ...]:
    """Return what starts a command that can only read this directory; skip where nobody may make that."""
    mount = f"mount --bind '{directory}' '{directory}' && mount -o remount,bind,ro '{directory}' && exec \"$@\""
    before = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount, "sh")
    if subprocess.run([*before, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody mount a file system in a namespace of their own")
    return before


def test_a_read_only_copy_is_sent_and_not_touched(server, foreign: Callable[..., Path]) -> None:
    server.start()
    directory = foreign()
    (directory / "sidecar.lock").unlink()  # nothing of ours can be made there
    before, untouched = _read_only(directory), _digest(directory)
    for _ in range(2):
        done = _sync(directory, "--server", server.url, before=before)
        assert done.returncode == 0, done.stderr
        assert "everything is sent" in done.stdout
        assert "the directory is read-only: nothing can be remembered there" in done.stderr
        _has_it(server)
    (told,) = json.loads(_sync(directory, "--server", server.url, "--json", before=before).stdout)["items"]
    assert (told["directory"], told["state"], told["read_only"]) == (str(directory), "complete", True)
    assert _digest(directory) == untouched


def test_a_read_only_copy_can_be_looked_at(foreign: Callable[..., Path]) -> None:
    directory = foreign()
    command = [*_read_only(directory), sys.executable, "-m", "yoloscope", "spool"]
    for word in ("ls", "show", "verify"):
        done = subprocess.run([*command, word, str(directory), "--json"], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        (told,) = json.loads(done.stdout)["items"]
        assert (told["state"], told["host"], sum(lane["rows"] for lane in told["lanes"])) == ("waiting", "gpu-7", ROWS)


def test_a_living_training_of_another_user_is_seen_to_live(server, trainings, tmp_path: Path) -> None:
    """Its directory can only be read here: the lock is asked for all the same."""
    server.start()
    script = """
import sys, yoloscope
run = yoloscope.init(project="p", server=sys.argv[1], mode="offline")
run.log({"a": 1.0}, step=0)
print(run.id, run.directory, flush=True)
sys.stdin.read()
"""
    read, write = os.pipe()
    training = trainings(script, server.url, stdin=read)
    os.close(read)
    run, directory = training.stdout.readline().split()
    done = _sync(Path(directory), "--json", before=_read_only(Path(directory)))
    assert done.returncode == 0, done.stderr
    (told,) = json.loads(done.stdout)["items"]
    assert told["state"] == "running"
    assert server.rows(run) == {0: 1.0}
    os.close(write)
    assert training.wait(60) == 0


def test_the_bytes_of_a_big_endian_machine_are_refused_and_left(server, foreign: Callable[..., Path]) -> None:
    """No release of ours writes there; should one, its numbers must not be read as others."""
    server.start()
    directory = foreign()
    segment = layout.segment_path(directory, lane=0, number=0)
    header = layout.HEADER.unpack_from(segment.read_bytes())
    with segment.open("r+b") as file:
        file.write(struct.pack(">8sIIQqqQQII", *header))
    untouched = {name: digest for name, digest in _digest(directory).items() if name.endswith(".sp")}
    done = _sync(directory, "--server", server.url)
    assert done.returncode == 2
    assert "cannot be read" in done.stdout
    assert "another byte order" in done.stderr
    assert {name: digest for name, digest in _digest(directory).items() if name.endswith(".sp")} == untouched
    assert server.get("/api/v1/runs")["items"] == []
    looked = subprocess.run(
        [sys.executable, "-m", "yoloscope", "spool", "verify", str(directory)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (looked.returncode, "another byte order" in looked.stderr) == (1, True)
