"""From handed files to events: in order, each item once for the server, whatever the sidecar is killed between, and nothing holds the others up."""

import errno
import hashlib
import itertools
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import handing
import msgspec
import numpy as np
import pytest

import yoloscope
from yoloscope.records import media
from yoloscope.sidecar import items, notebook
from yoloscope.spool import blobs, handed, layout, reader, state


class Killed(BaseException):
    """Stands for SIGKILL: nothing of ours catches it."""


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr("yoloscope.sdk.launch_sidecar.start", lambda _: 0)
    run = yoloscope.init(mode="offline", directory=tmp_path / "spool")
    assert run.directory is not None
    yield run.directory
    run.finish()


def noted(directory: Path) -> list[tuple[int, media.Item]]:
    """Return the items in the spool, each with its attempt, in the order of their lanes."""
    chunks = itertools.chain(*(reader.chunks(directory, lane=lane) for lane in reader.lanes(directory)))
    return [(chunk.attempt, entry) for chunk in chunks for entry in chunk.entries if isinstance(entry, media.Item)]


def tend(watcher: items.Items, *, now_s: float = 1.0) -> None:
    """Let everything be noted that can be."""
    while watcher.is_behind() and not watcher.is_stuck():
        watcher.tend(now_s, lives=True)


def watch(directory: Path, *, now_s: float = 1.0) -> None:
    """Let a sidecar note everything, and end."""
    watcher = items.Items(directory)
    try:
        tend(watcher, now_s=now_s)
    finally:
        watcher.close()


def whole(directory: Path, item: media.Item) -> bool:
    """Tell whether the parts of an item lie there with their digests."""
    paths = [directory / blobs.FOLDER / part.digest for part in item.parts]
    return all(hashlib.sha256(path.read_bytes()).hexdigest() == path.name for path in paths)


def test_items_are_noted_in_order_with_whole_parts(directory: Path) -> None:
    handing.histogram(directory, 0, name="grad/all")
    handing.picture(directory, 1, needs=("text",))
    told = handing.file(directory, 2, 3_000_000, name="weights")
    watch(directory)
    (_, first), (_, second), (_, third) = noted(directory)
    assert [(item.number, item.kind, item.name) for item in (first, second, third)] == [
        (0, "histogram", "grad/all"),
        (1, "image", "val/it"),
        (2, "artifact", "weights"),
    ]
    assert (third.step, third.epoch, third.wall_ns) == (told.step, told.epoch, told.wall_ns)
    assert second.needs == ("text",)
    assert [part.role for part in second.parts] == ["image", "boxes"]
    assert third.parts[0].size_bytes == 3_000_000
    assert all(whole(directory, item) for item in (first, second, third))
    assert handed.waiting(directory) == []
    assert sorted(path.name for path in (directory / blobs.FOLDER).glob("*.tmp")) == []


def test_an_item_belongs_to_the_attempt_that_logged_it(directory: Path) -> None:
    manifest = layout.load_manifest(directory)
    later = msgspec.structs.replace(manifest.attempts[0], index=1)
    layout.save_manifest(directory, msgspec.structs.replace(manifest, attempts=(*manifest.attempts, later)))
    handing.histogram(directory, 0, attempt=0)
    handing.histogram(directory, 1, attempt=1)
    handing.histogram(directory, 2, attempt=1)
    watch(directory)
    assert [(attempt, item.number) for attempt, item in noted(directory)] == [(0, 0), (1, 1), (1, 2)]


STEPS = {
    "before a part is there": (blobs.Blobs, "put", "before"),
    "after a part is there": (blobs.Blobs, "put", "after"),
    "before the ledger tells of it": (blobs.Blobs, "note", "before"),
    "after the ledger tells of it": (blobs.Blobs, "note", "after"),
    "after its event is noted": (notebook.Notebook, "event", "after"),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_sidecar_that_is_killed_between_two_steps_leaves_one_item_with_the_same_parts(
    directory: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The event may be there twice, with the same number: a server takes that once."""
    handing.histogram(directory, 0)
    handing.picture(directory, 1)
    owner, name, when = STEPS[step]
    real = getattr(owner, name)

    def killed(*arguments: object, **more: object) -> object:
        if when == "after":
            real(*arguments, **more)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, killed)
        patch.setattr(items.Items, "_set_aside", _raising(Killed()))  # `put` runs in a thread, which ends alone
        watcher = items.Items(directory)
        with pytest.raises(Killed):
            tend(watcher)
        watcher.close()
    watch(directory)
    found = [item for _, item in noted(directory)]
    assert {item.number: item for item in found}.keys() == {0, 1}
    assert all(one == other for one, other in itertools.combinations(found, 2) if one.number == other.number)
    assert all(whole(directory, item) for item in found)
    assert handed.waiting(directory) == []


def test_what_was_noted_before_is_noted_again_as_it_was_though_encoders_change(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handing.picture(directory, 0)
    real = notebook.Notebook.event

    def noted_and_killed(*told: object, **more: object) -> bool:
        real(*told, **more)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(notebook.Notebook, "event", noted_and_killed)
        watcher = items.Items(directory)
        with pytest.raises(Killed):
            tend(watcher)
    watcher.close()
    monkeypatch.setattr("yoloscope.sidecar.encoding.picture.QUALITY", 5)
    watch(directory)
    (_, first), (_, second) = noted(directory)
    assert first == second


def _raising(error: BaseException) -> Callable[..., None]:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


def test_what_cannot_be_encoded_is_set_aside_counted_and_holds_nobody_up(directory: Path) -> None:
    handing.histogram(directory, 0)
    torn = handed.path(directory, 1)
    torn.write_bytes(handed.path(directory, 0).read_bytes()[:50])
    handed.path(directory, 2).write_bytes(b"YSITEM\x00\x09" + bytes(100))
    handed.path(directory, 3).write_bytes(b"")
    handing.over(directory, 4, "matrix", {"other": np.zeros(3)}, about=handed.MatrixAbout())
    handing.over(directory, 5, "image", {"image": np.zeros((0, 4, 3), np.uint8)}, about=handed.ImageAbout())
    handing.over(directory, 6, "table", about={"rows": "many"})
    handing.histogram(directory, 7)
    watch(directory)
    assert [item.number for _, item in noted(directory)] == [0, 7]
    assert sorted(path.stem for path in (directory / handed.FOLDER).glob("*.bad")) == [f"{n:010d}" for n in range(1, 7)]
    assert state.lost_in(directory / "state")["item_unreadable"] == 6
    watch(directory)
    assert state.lost_in(directory / "state")["item_unreadable"] == 6


def test_what_is_set_aside_does_not_take_the_room_of_what_waits(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        handed.path(directory, number).parent.mkdir(exist_ok=True)
        handed.path(directory, number).write_bytes(bytes(100))
    monkeypatch.setattr(items, "ASIDE_MOST_BYTES", 250)
    watch(directory)
    left = sorted(path.name for path in (directory / handed.FOLDER).iterdir())
    assert left == ["0000000000.bad", "0000000001.bad"]
    assert state.lost_in(directory / "state")["item_unreadable"] == 3


def test_a_full_disk_keeps_items_until_there_is_room(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    handing.histogram(directory, 0)
    handing.histogram(directory, 1)
    watcher = items.Items(directory)
    with monkeypatch.context() as patch:
        patch.setattr(blobs.Blobs, "put", _raising(OSError(errno.ENOSPC, "no space")))
        tend(watcher)
        assert watcher.is_stuck()
        assert len(handed.waiting(directory)) == 2
    watcher.tend(1.0 + items.RETRY_S / 2, lives=True)
    assert noted(directory) == []
    watcher.tend(1.0 + items.RETRY_S, lives=True)
    tend(watcher, now_s=1.0 + items.RETRY_S)
    watcher.close()
    assert [item.number for _, item in noted(directory)] == [0, 1]
    assert "item_unreadable" not in state.lost_in(directory / "state")


def test_the_same_picture_is_encoded_once(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoded: list[int] = []
    real = items.encoding.picture.encoded
    monkeypatch.setattr(items.encoding.picture, "encoded", lambda pixels: encoded.append(1) or real(pixels))
    for number in range(4):
        handing.picture(directory, number, seed=number % 2)
    watch(directory)
    found = [item for _, item in noted(directory)]
    assert found[0].parts == found[2].parts
    assert found[1].parts == found[3].parts
    assert len(encoded) == 2


def test_a_picture_whose_part_gave_way_is_encoded_again(directory: Path) -> None:
    handing.picture(directory, 0)
    watcher = items.Items(directory)
    tend(watcher)
    (_, first), *_ = noted(directory)
    (directory / blobs.FOLDER / first.parts[0].digest).unlink()
    handing.picture(directory, 1)
    tend(watcher)
    watcher.close()
    _, (_, second) = noted(directory)
    assert second.parts == first.parts
    assert whole(directory, second)


def test_rounds_do_not_wait_for_a_slow_encoder(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go = threading.Event()
    real = items.encoding.made
    monkeypatch.setattr(items.encoding, "made", lambda *told, **more: go.wait(30) and real(*told, **more))
    handing.histogram(directory, 0)
    watcher = items.Items(directory)
    for _ in range(3):
        watcher.tend(1.0, lives=True)  # it comes back, with nothing done
    assert noted(directory) == []
    assert watcher.is_behind()
    go.set()
    tend(watcher)
    watcher.close()
    assert [item.number for _, item in noted(directory)] == [0]
