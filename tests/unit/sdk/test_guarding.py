"""The rate and the room of items, by a clock and on a disk of our own."""

from pathlib import Path

import pytest

from yoloscope import errors
from yoloscope.sdk import guarding, settings


class _Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def _taken(rate: guarding.Rate) -> int:
    taken = 0
    while rate.take():
        taken += 1
    return taken


def test_a_bucket_is_full_at_first_and_fills_by_the_hour() -> None:
    clock = _Clock()
    rate = guarding.Rate(guarding.Limits(), clock=clock)
    assert _taken(rate) == 200
    clock.now_s = 1800.0
    assert _taken(rate) == 200  # 500 came, 200 is all it holds
    clock.now_s += 36.0
    assert _taken(rate) == 10


def test_room_is_counted_when_it_might_be_too_little(tmp_path: Path) -> None:
    clock = _Clock()
    disk = guarding.Disk(tmp_path, quota_bytes=100, clock=clock)
    assert disk.has_room(80, is_summary=False)
    assert not disk.has_room(81, is_summary=False)
    assert disk.has_room(100, is_summary=True)
    disk.add(80)
    clock.now_s += guarding.LOOK_S
    assert disk.has_room(80, is_summary=False)  # nothing lies there any more
    (tmp_path / "handed").mkdir()
    (tmp_path / "handed" / "1.item").write_bytes(bytes(50))
    (tmp_path / "blobs").mkdir()
    (tmp_path / "blobs" / "x").write_bytes(bytes(40))
    disk.add(80)
    clock.now_s += guarding.LOOK_S
    assert not disk.has_room(1, is_summary=False)
    assert disk.has_room(10, is_summary=True)
    assert not disk.has_room(11, is_summary=True)


def test_a_full_folder_is_looked_at_once_a_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = _Clock()
    looks: list[Path] = []
    monkeypatch.setattr(guarding, "_bytes_in", lambda folder: looks.append(folder) or 100)
    disk = guarding.Disk(tmp_path, quota_bytes=100, clock=clock)
    for _ in range(10):
        assert not disk.has_room(101, is_summary=True)
    assert looks == [tmp_path / "handed", tmp_path / "blobs"]
    clock.now_s = guarding.LOOK_S
    assert not disk.has_room(101, is_summary=True)
    assert len(looks) == 4


@pytest.mark.parametrize(("free", "quota"), [(10**9, 50_000_000), (10**12, 2 * 1024**3), (0, 0)])
def test_the_room_is_a_share_of_what_is_free(free: int, quota: int) -> None:
    assert guarding.Limits().waiting_bytes(free_bytes=free) == quota


def test_the_file_may_set_the_limits(tmp_path: Path) -> None:
    (tmp_path / "yoloscope.toml").write_text("[media]\nquota_mb = 5\nburst = 3\nper_hour = 60\n")
    found = settings.resolve(environment={}, start=tmp_path).media
    assert found == guarding.Limits(quota_mb=5, burst=3, per_hour=60)
    assert found.waiting_bytes(free_bytes=0) == 5_000_000


@pytest.mark.parametrize("line", ["quota_mb = 0", "burst = 0", "per_hour = -1", "images = 3", 'quota_mb = "5"'])
def test_limits_that_cannot_be_read_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    (tmp_path / "yoloscope.toml").write_text(f"[media]\n{line}\n")
    with pytest.raises(errors.ConfigError, match=r"\[media\].*use for example quota_mb = 2000"):
        settings.resolve(environment={}, start=tmp_path)
    monkeypatch.delenv("YOLOSCOPE_STRICT")
    assert settings.resolve(environment={}, start=tmp_path).media == guarding.Limits()
