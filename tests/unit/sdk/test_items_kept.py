"""When nothing of an item is kept, and that what was handed over is whole whatever ends the training."""

import multiprocessing
import os
import signal
import struct
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import msgspec
import numpy as np
import pytest

from yoloscope import errors
from yoloscope.records import ids, media, row
from yoloscope.sdk import guard, guarding, items, process, settings
from yoloscope.sdk import run as runs
from yoloscope.spool import handed, layout

SUMMARIES_ONLY = "[policy]\nmedia = false\n"
PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 1, 1)


class _Figure:
    def savefig(self, buffer, *, format: str) -> None:  # noqa: A002
        assert format == "png"
        buffer.write(PNG)


def _lost(run) -> dict[str, int]:
    assert run._page is not None
    return run._page.lost()


def _log_one_of_each(run, folder: Path) -> None:
    (folder / "a").write_bytes(b"a")
    run.log_histogram("a", [1.0])
    run.log_curve("a", [1], [1])
    run.log_matrix("a", [[1]])
    run.log_table("a", {"a": [1]})
    run.log_image("a", [[1]])
    run.log_text("a", "a")
    run.log_figure("a", _Figure())
    run.log_graph("a", [{"id": "a"}], [])
    run.log_embedding("a", [[1.0]])
    run.log_artifact("a", folder / "a")


KINDS = (*sorted(media.SUMMARIES), "image", "text", "figure", "graph", "embedding", "artifact")


@pytest.mark.parametrize(
    ("toml", "kept"),
    [
        (SUMMARIES_ONLY, media.SUMMARIES),
        ("", media.SUMMARIES),
        ("[policy]\nsummaries = false\nmedia = true\n", frozenset(KINDS) - media.SUMMARIES),
    ],
)
def test_what_the_own_policy_forbids_is_not_kept_and_said_once(
    begin, found, tmp_path: Path, capsys: pytest.CaptureFixture[str], toml: str, kept: frozenset[str]
) -> None:
    guard.forget()
    run = begin(toml)
    assert {kind for kind in KINDS if run.takes(kind)} == kept
    _log_one_of_each(run, tmp_path)
    _log_one_of_each(run, tmp_path)
    assert {item.kind for item, _ in found(run)} == kept
    assert _lost(run) == {"item_policy": 2 * len(set(KINDS) - kept)}
    said = capsys.readouterr().err.splitlines()
    assert sorted(line.split(":")[1].strip() for line in said) == sorted(f"log_{kind}" for kind in set(KINDS) - kept)
    field = "media" if "image" not in kept else "summaries"
    assert all(f"{field} = true under [policy] in yoloscope.toml" in line for line in said)


def test_nothing_happens_at_another_rank_or_when_disabled(begin, tmp_path: Path, monkeypatch) -> None:
    off = begin(mode="disabled")
    monkeypatch.setattr(process, "place", lambda: process.Place(rank=1, world_size=2, told_by="RANK"))
    monkeypatch.setenv("MASTER_ADDR", "localhost")
    monkeypatch.setenv("MASTER_PORT", "1")
    other = begin()
    for run in (off, other):
        assert not any(run.takes(kind) for kind in KINDS)
        _log_one_of_each(run, tmp_path)
    assert not list(tmp_path.rglob("*.item"))


def test_a_rank_that_has_joined_keeps_no_items(begin, tmp_path: Path) -> None:
    begin()
    other = runs.Run()
    other.rank = 1
    ref = row.RunRef(ids.RunId("r1"), ids.ProjectName("signs"), name="first", created_ns=1)
    other.start(ref, chosen=settings.resolve(mode="offline"), config={})
    _log_one_of_each(other, tmp_path)
    assert not any(other.takes(kind) for kind in KINDS)
    assert not list(tmp_path.rglob("*.item"))
    other.finish()


def test_nothing_is_kept_after_the_end(begin, found, tmp_path: Path) -> None:
    run = begin()
    run.finish()
    assert not run.takes("image")
    _log_one_of_each(run, tmp_path)
    assert found(run) == []


def test_nothing_is_kept_behind_the_end(begin, found, monkeypatch: pytest.MonkeyPatch) -> None:
    run = begin()
    tell = run._event

    def late(event: row.Event) -> bool:
        run.log_text("a", "late")
        return tell(event)

    monkeypatch.setattr(run, "_event", late)
    run.finish()
    assert found(run) == []


def test_an_unknown_kind_is_not_taken(begin, monkeypatch: pytest.MonkeyPatch) -> None:
    run = begin()
    with pytest.raises(errors.InvalidRecord) as caught:
        run.takes("video")
    assert caught.value.field == "kind"
    monkeypatch.delenv("YOLOSCOPE_STRICT")
    assert run.takes("video") is False


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_keeps_nothing(begin, found) -> None:
    run = begin()
    run.log_text("a", "parent")

    def child() -> None:
        run.name_classes({0: "x"})
        run.log_text("a", "child")

    forked = multiprocessing.get_context("fork").Process(target=child)
    forked.start()
    forked.join(30)
    assert forked.exitcode == 0
    assert [parts for _, parts in found(run)] == [{"text": b"parent"}]
    assert run.directory is not None
    assert layout.load_manifest(run.directory).classes == {}


def test_threads_that_log_at_once_lose_nothing(begin, found) -> None:
    run = begin()
    together = threading.Barrier(4)

    def log(thread: int) -> None:
        together.wait(30)
        for at in range(20):
            run.log_matrix(f"{thread}/{at}", [[thread, at]], column_classes=[f"{thread}", f"class {thread} {at}"])

    threads = [threading.Thread(target=log, args=(thread,)) for thread in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    told = found(run)
    assert [item.number for item, _ in told] == list(range(80))
    assert {item.name: parts["values"] for item, parts in told} == {
        f"{thread}/{at}": struct.pack("<2d", thread, at) for thread in range(4) for at in range(20)
    }
    assert run.directory is not None
    classes = layout.load_manifest(run.directory).classes
    assert len(classes) == len(set(classes.values())) == 4 + 80
    labels = {item.name: msgspec.convert(item.about, handed.MatrixAbout).columns.classes for item, _ in told}
    assert labels == {
        f"{thread}/{at}": (classes[str(thread)], classes[f"class {thread} {at}"])
        for thread in range(4)
        for at in range(20)
    }


def test_a_full_disk_is_counted_and_leaves_nothing(begin, monkeypatch: pytest.MonkeyPatch) -> None:
    guard.forget()
    run = begin()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    run.log_text("a", "a")
    monkeypatch.undo()
    assert _lost(run) == {"item_disk": 1}
    assert run.directory is not None
    assert list((run.directory / handed.FOLDER).iterdir()) == []


def test_media_are_held_back_before_summaries(begin, found, capsys: pytest.CaptureFixture[str]) -> None:
    guard.forget()
    run = begin("[policy]\nmedia = true\n[media]\nquota_mb = 0.1\n")
    for _ in range(4):
        run.log_text("a", "a" * 30_000)
    for _ in range(4):
        run.log_matrix("m", np.zeros((1, 1900)))
    kinds = [item.kind for item, _ in found(run)]
    assert kinds == ["text", "text", "matrix", "matrix"]
    assert _lost(run) == {"item_disk": 4}
    assert capsys.readouterr().err.count("quota_mb under [media]") == 1


def test_what_the_sidecar_took_makes_room(begin, found, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guarding, "LOOK_S", 0.0)
    run = begin("[policy]\nmedia = true\n[media]\nquota_mb = 0.1\n")
    assert run.directory is not None
    for _ in range(3):
        run.log_text("a", "a" * 50_000)
        for path in handed.waiting(run.directory):
            path.unlink()
    assert _lost(run) == {}
    (run.directory / "blobs").mkdir()
    (run.directory / "blobs" / "x").write_bytes(bytes(60_000))
    run.log_text("a", "a" * 50_000)
    assert _lost(run) == {"item_disk": 1}


def test_more_media_than_the_rate_are_held_back(begin, found, capsys: pytest.CaptureFixture[str]) -> None:
    guard.forget()
    run = begin("[policy]\nmedia = true\n[media]\nburst = 2\nper_hour = 0.001\n")
    for at in range(5):
        run.log_text(f"{at}", "a")
        run.log_matrix(f"{at}", [[1]])
    assert [item.name for item, _ in found(run) if item.kind == "text"] == ["0", "1"]
    assert [item.name for item, _ in found(run) if item.kind == "matrix"] == list("01234")
    assert _lost(run) == {"item_rate": 3}
    assert capsys.readouterr().err.count("set burst and per_hour under [media]") == 1


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="kills by signal")
def test_what_was_logged_survives_a_kill(tmp_path: Path) -> None:
    (tmp_path / "yoloscope.toml").write_text("[policy]\nmedia = true\n")
    program = """
        import os, signal
        import numpy as np
        from yoloscope.sdk import launch_sidecar
        launch_sidecar.start = lambda directory: None
        import yoloscope
        run = yoloscope.init(mode="offline")
        picture = np.arange(640 * 640 * 3, dtype="u4").astype("u1").reshape(640, 640, 3)
        for at in range(5):
            run.log_image(f"{at}", picture, boxes=[{"xyxy": (0, 0, 1, 1)}])
        os.kill(os.getpid(), signal.SIGKILL)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], cwd=tmp_path, check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    [directory] = [path.parent for path in tmp_path.rglob("run.json")]
    picture = np.arange(640 * 640 * 3, dtype="u4").astype("u1").tobytes()
    for at, path in enumerate(handed.waiting(directory)):
        with handed.opened(path) as (item, parts):
            assert (item.name, bytes(parts["image"])) == (f"{at}", picture)
    assert len(handed.waiting(directory)) == 5


def test_a_fault_of_ours_is_no_fault_of_the_training(begin, found, lenient, capsys, monkeypatch) -> None:
    run = begin()

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("ours")

    monkeypatch.setattr(items, "_usable_name", broken)
    run.log_text("a", "a")
    assert _lost(run) == {"item_invalid": 1}
    assert "ZeroDivisionError: ours. The training goes on." in capsys.readouterr().err
    assert found(run) == []
