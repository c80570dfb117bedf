"""The spool's limits as decisions: what is too much, too old, and which comes first."""

from pathlib import Path

from yoloscope.spool import quota

DAY_S = 86_400.0


def _sealed(number: int, *, level: int = 0, written_s: float = 0.0, directory: str = "a") -> quota.Sealed:
    return quota.Sealed(Path(directory), 0, number, 4096, level, written_s)


def test_at_most_half_of_the_free_disk_may_wait_unsent() -> None:
    assert quota.Limits().unsent_bytes(free_bytes=1000) == 500
    assert quota.Limits().unsent_bytes(free_bytes=10**15) == quota.QUOTA_BYTES
    assert quota.Limits(quota_mb=0.5).unsent_bytes(free_bytes=1000) == 500_000


def test_the_oldest_of_those_shrunk_least_comes_next() -> None:
    waiting = [
        _sealed(0, level=2, written_s=1),
        _sealed(1, level=1, written_s=3),
        _sealed(2, level=1, written_s=2, directory="b"),
        _sealed(3, level=quota.SPENT),
    ]
    assert quota.next_to_shrink(waiting) == waiting[2]
    assert quota.next_to_shrink(waiting[3:]) is None


def test_ended_directories_go_when_too_old_or_too_large_and_the_oldest_first() -> None:
    now_s = 100 * DAY_S
    old, big, young = (
        quota.Ended(Path(name), size, now_s - age * DAY_S)
        for name, size, age in (("o", 1, 8), ("b", 90, 6), ("y", 20, 1))
    )
    assert quota.outlived([young, big, old], now_s=now_s, keep_days=7, keep_bytes=1000) == [old]
    assert quota.outlived([young, big, old], now_s=now_s, keep_days=7, keep_bytes=100) == [old, big]
    assert quota.outlived([young, big], now_s=now_s, keep_days=7, keep_bytes=110) == []
    assert quota.outlived([young], now_s=now_s, keep_days=0, keep_bytes=100) == [young]
    just_ended = quota.Ended(Path("j"), 500, now_s - 60)
    assert quota.outlived([just_ended, young], now_s=now_s, keep_days=0, keep_bytes=100) == [young]


def test_of_a_running_training_the_oldest_acknowledged_segments_are_surplus() -> None:
    sizes = [(Path("2"), 2.0, 50), (Path("0"), 0.0, 50), (Path("1"), 1.0, 50)]
    assert quota.surplus(sizes, keep_bytes=60) == [Path("0"), Path("1")]
    assert quota.surplus(sizes, keep_bytes=150) == []
