"""The names below ``system/`` and what they mean, in both languages."""

import pytest

from yoloscope.records import names, system


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("system/cpu_percent", names.Meaning("system", "%", "none", "CPU use", "CPU 占用")),
        ("system/process/rss_bytes", names.Meaning("system", "B", "none", "Memory of the training", "训练进程内存")),
        ("system/gpu.0/util_percent", names.Meaning("system", "%", "none", "GPU 0: use", "GPU 0：利用率")),
        (
            "system/gpu.11/ecc_uncorrected",
            names.Meaning(
                "system",
                "",
                "lower",
                "GPU 11: memory errors not corrected since boot",
                "GPU 11：开机以来未纠正的显存错误",
            ),
        ),
        (
            "system/rank.3/gpu.1/power_w",
            names.Meaning("system", "W", "none", "GPU 1: power (rank 3)", "GPU 1：功耗（rank 3）"),
        ),
        ("system/disk/read_bytes_per_s", names.Meaning("system", "B/s", "none", "Disk reads", "磁盘读取")),
        ("system/my/own_bytes", names.Meaning("system", "B", "none", "system/my/own_bytes", "system/my/own_bytes")),
    ],
)
def test_a_name_has_its_meaning(name, expected) -> None:
    assert names.meaning(name) == expected


@pytest.mark.parametrize("rank", [0, 2])
@pytest.mark.parametrize("card", [None, 1])
def test_every_measure_is_found_again_by_its_name(rank, card) -> None:
    for what in system.MEASURES if card is None else system.CARD_MEASURES:
        name = system.name_of(what, rank=rank, card=card)
        assert names.check(name) == name
        assert system.measure_of(name) is not None


def test_titles_are_all_different() -> None:
    for measures in (system.MEASURES, system.CARD_MEASURES):
        assert len({one.title_en for one in measures.values()}) == len(measures)
        assert len({one.title_zh for one in measures.values()}) == len(measures)
