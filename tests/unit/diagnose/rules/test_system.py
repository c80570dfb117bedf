import pytest
from tests.unit.diagnose import hand
from tests.unit.diagnose.rules import courses
from tests.unit.diagnose.rules.courses import flat, lacks, line, quiet, speaks

from yoloscope.diagnose import rule
from yoloscope.diagnose.facts import Facts, SetFacts
from yoloscope.diagnose.rules import hardware, memory, system
from yoloscope.diagnose.texts import hardware as hardware_texts
from yoloscope.diagnose.texts import memory as memory_texts
from yoloscope.diagnose.texts import system as system_texts

RULES = (*system.RULES, *memory.RULES, *hardware.RULES)
TEXTS = system_texts.TEXTS | memory_texts.TEXTS | hardware_texts.TEXTS
GIB = 2.0**30
MIB = 2.0**20
MINUTES = 160
"""Readings, two seconds apart: a little more than five minutes."""
CARDS = Facts(given={"epochs": 100, "batch": 16}, settings={"batch": 16, "workers": 2}, cpus=16, gpus=1)


def waiting(share: float, *, count: int = 200) -> dict[str, list[float]]:
    return {"time/batch_s": flat(count, 1.0 - share), "time/data_s": flat(count, share)}


def card(number: int = 0, **values: float | list[float]) -> dict[str, list[float]]:
    return {
        f"system/gpu.{number}/{name}": value if isinstance(value, list) else flat(MINUTES, value)
        for name, value in values.items()
    }


def card_memory(share: float) -> dict[str, list[float]]:
    return card(memory_bytes=share * 8 * GIB, memory_total_bytes=8 * GIB)


def growing(name: str, *, by: float, start: float, count: int = 16) -> dict[str, list[float]]:
    return {name: [start + by * at for at in range(count)]}


def levelling(name: str) -> dict[str, list[float]]:
    return {name: [GIB + 60 * MIB * (1 - 0.7**at) * 8 for at in range(20)]}


def slower(ratio: float, *, epochs: int = 3) -> dict[str, list[float]]:
    return {"time/batch_s": [1.0, *flat(9, 0.5), *flat(epochs, 0.5 * ratio)]}


def batches(count: int) -> Facts:
    return Facts(settings={"batches": count})


def stalling(count: int, *, each: int, long_s: float) -> dict[str, list[float]]:
    return {"time/batch_s": [long_s if at % each == each - 1 else 0.1 for at in range(count)]}


RSS, HELD = "system/process/rss_bytes", "system/process/gpu_reserved_bytes"
EIGHT = card(memory_total_bytes=8 * GIB)
HOST = {"system/memory_total_bytes": flat(MINUTES, 64 * GIB)}
SPIKES = [50.0 if at in {250, 300, 350} else 1.0 for at in range(400)]
CLOCK = [*flat(40, 1.9e9), *flat(200, 1.51e9)]

SPEAKING = [
    speaks("S01", "warning", "", facts=CARDS, steps=waiting(0.31), changes={"cache": "disk", "workers": 16}),
    speaks("S01", "critical", "idle", steps=waiting(0.51), readings=card(util_percent=29.0)),
    speaks(
        "S02",
        "info",
        "",
        facts=CARDS,
        steps=waiting(0.09),
        readings=card(util_percent=49.0) | card_memory(0.49),
        changes={"batch": 32},
    ),
    speaks("S03", "warning", "", epochs=slower(1.41)),
    speaks("S03", "warning", "", facts=batches(30), epochs=slower(1.41, epochs=7)),
    speaks("S03", "warning", "", facts=batches(12), epochs=slower(2.01)),
    speaks("S03", "warning", "pauses", steps=stalling(1000, each=50, long_s=1.1), per_epoch=100),
    speaks("S04", "warning", "", epochs=growing(HELD, by=31 * MIB, start=GIB), readings=EIGHT, facts=Facts()),
    speaks("S04", "critical", "ends", epochs=growing(HELD, by=100 * MIB, start=GIB), readings=EIGHT),
    speaks("S05", "warning", "", epochs=growing(RSS, by=13 * MIB, start=0.1 * GIB)),
    speaks("S05", "warning", "", epochs=growing(RSS, by=0.25 * GIB, start=20 * GIB), readings=HOST),
    speaks("S05", "critical", "ends", epochs=growing(RSS, by=GIB, start=4 * GIB), readings=HOST),
    speaks("S06", "warning", "", facts=CARDS, readings=card_memory(0.96), changes={"batch": 12}),
    speaks("S06", "warning", "halved", facts=Facts(given={"batch": 32}, settings={"batch": 16}), changes={"batch": 16}),
    speaks("S07", "warning", "", readings=card(throttled_by_heat=0.06)),
    speaks("S07", "warning", "power", readings=card(throttled_by_power_brake=0.06)),
    speaks("S07", "warning", "clock", readings=card(sm_clock_hz=CLOCK, util_percent=flat(240, 95.0))),
    speaks("S08", "critical", "ecc", readings=card(ecc_uncorrected=[3.0, 4.0])),
    speaks("S08", "critical", "xid", readings=card(xid=[0.0, 79.0])),
    speaks("S08", "warning", "worn", readings=card(xid=[63.0])),
    speaks("S08", "warning", "program", readings=card(xid=[31.0])),
    speaks("S08", "info", "other", readings=card(xid=[32.0])),
    speaks("S09", "warning", "again", epochs={"check/recomputed_loss_difference": [0.0011]}),
    speaks(
        "S09",
        "warning",
        "card",
        epochs={"train/box_loss": flat(4, 1.0)},
        steps={"train/box_loss": SPIKES},
        readings=card(ecc_corrected=[1.0, 9.0]),
    ),
    speaks("S10", "warning", "", epochs={"time/batch_s": flat(5, 1.16), "time/rank.1/batch_s": flat(5, 1.0)}),
    speaks(
        "S10",
        "info",
        "cards",
        epochs={"time/batch_s": flat(5, 1.0), "time/rank.1/batch_s": flat(5, 1.0)},
        readings=card(0, util_percent=99.0, training_memory_bytes=1.0)
        | card(1, util_percent=48.0, training_memory_bytes=1.0),
    ),
]
QUIET = [
    quiet("S01", "a third of the time", steps=waiting(0.3), readings=card(util_percent=5.0)),
    quiet("S01", "the first batches", steps=waiting(0.9, count=99)),
    quiet("S02", "a busy card", steps=waiting(0.05), readings=card(util_percent=50.0) | card_memory(0.2)),
    quiet("S02", "a full card", steps=waiting(0.05), readings=card(util_percent=20.0) | card_memory(0.5)),
    quiet("S02", "waiting for data", steps=waiting(0.2), readings=card(util_percent=20.0) | card_memory(0.2)),
    quiet("S03", "hardly slower", epochs=slower(1.39)),
    quiet("S03", "slower for a few short epochs", facts=batches(30), epochs=slower(1.9)),
    quiet("S03", "nearly twice for a few short epochs", facts=batches(12), epochs=slower(1.99)),
    quiet(
        "S03",
        "sizes that change",
        epochs=slower(2.0),
        facts=Facts(given={"multi_scale": 0.5}, settings={"batches": 100}),
    ),
    quiet("S03", "each epoch begins slowly", steps=stalling(1000, each=100, long_s=3.0), per_epoch=100),
    quiet("S04", "a little more", epochs=growing(HELD, by=30 * MIB, start=GIB), readings=EIGHT),
    quiet("S04", "a level that is found", epochs=levelling(HELD), readings=card(memory_total_bytes=2 * GIB)),
    quiet("S04", "few epochs", epochs=growing(HELD, by=GIB, start=GIB, count=9), readings=EIGHT),
    quiet("S04", "sizes that change", epochs=growing(HELD, by=GIB, start=GIB), facts=Facts(given={"rect": True})),
    quiet("S05", "a level that is found", epochs=levelling(RSS)),
    quiet("S05", "a little of the machine", epochs=growing(RSS, by=0.23 * GIB, start=20 * GIB), readings=HOST),
    quiet("S05", "less than 100 MiB", epochs=growing(RSS, by=12 * MIB, start=0.1 * GIB)),
    quiet("S06", "95 %", readings=card_memory(0.9499)),
    quiet(
        "S06",
        "a set smaller than its batch",
        facts=Facts(given={"batch": 32}, settings={"batch": 8}, train=SetFacts(images=8)),
        readings=card_memory(0.2),
    ),
    quiet("S07", "rarely", readings=card(throttled_by_heat=0.05, throttled_by_power=1.0)),
    quiet("S07", "an idle card", readings=card(sm_clock_hz=CLOCK, util_percent=flat(240, 89.0))),
    quiet("S08", "an old error", readings=card(ecc_uncorrected=[3.0, 3.0], xid=[0.0])),
    quiet("S09", "rounding", epochs={"check/recomputed_loss_difference": [0.001]}),
    quiet("S09", "errors without spikes", readings=card(ecc_corrected=[1.0, 9.0])),
    quiet("S10", "a little slower", epochs={"time/batch_s": flat(5, 1.15), "time/rank.1/batch_s": flat(5, 1.0)}),
]
LACKING = [
    lacks("S01", "time/batch_s", "time/data_s", steps={"time/batch_s": flat(200, 1.0)}),
    lacks("S02", "system/gpu.*/util_percent", "system/gpu.*/memory_bytes", steps=waiting(0.05)),
    lacks("S03", "time/batch_s", epochs={"metrics/mAP50": [0.5]}),
    lacks("S04", "system/process/gpu_reserved_bytes", readings=EIGHT),
    lacks("S04", "system/gpu.*/memory_total_bytes", epochs=growing(HELD, by=GIB, start=GIB)),
    lacks("S05", "system/process/rss_bytes", epochs={"metrics/mAP50": [0.5]}),
    lacks("S06", "system/gpu.*/memory_bytes", epochs={"metrics/mAP50": [0.5]}),
    lacks("S07", "system/gpu.*/throttled_by_heat", readings=card(util_percent=99.0)),
    lacks("S08", "system/gpu.*/ecc_uncorrected", "system/gpu.*/xid", readings=card(util_percent=99.0)),
    lacks("S09", "check/recomputed_loss_difference", "system/gpu.*/ecc_corrected", steps={"train/box_loss": SPIKES}),
    lacks("S10", "time/rank.*/batch_s", epochs={"time/batch_s": flat(5, 1.0)}),
]


@pytest.mark.parametrize("case", SPEAKING)
def test_a_rule_speaks_beyond_its_threshold(case) -> None:
    hit = courses.ask(RULES, case)
    assert isinstance(hit, rule.Hit)
    assert (hit.severity, hit.variant) == case.expected
    assert case.changes is None or hit.changes == case.changes
    courses.check_words(case.rule_id, hit, TEXTS)


@pytest.mark.parametrize("case", QUIET)
def test_a_rule_is_silent_one_notch_below(case) -> None:
    assert courses.ask(RULES, case) is None


@pytest.mark.parametrize("case", LACKING)
def test_a_missing_input_is_no_answer(case) -> None:
    assert courses.ask(RULES, case) == rule.Missing(case.expected)


def test_every_sentence_is_told_by_a_case() -> None:
    told = {(case.values[0].rule_id, case.values[0].expected[1]) for case in SPEAKING}
    assert told == courses.variants(TEXTS)


def test_a_gpu_below_30_percent_that_waits_for_data_is_critical_and_explains_the_idle_card() -> None:
    made = hand.findings(
        facts=CARDS,
        epochs={"train/box_loss": line(8, 2.0, 1.0)},
        steps=waiting(0.7, count=800),
        readings=card(util_percent=flat(400, 22.0)) | card(memory_bytes=flat(400, GIB), memory_total_bytes=8 * GIB),
        rules=RULES,
    )
    found = {one.rule: one for one in made if one.status == "open"}
    assert (found["S01"].severity, found["S01"].values["util"]) == ("critical", pytest.approx(22.0))
    assert set(found) == {"S01"}


def test_a_leak_of_gpu_memory_says_in_which_epoch_the_card_is_full() -> None:
    told = {"epochs": growing(HELD, by=100 * MIB, start=GIB), "readings": EIGHT}
    hit = courses.ask(RULES, courses.Case("S04", told, None))
    assert isinstance(hit, rule.Hit)
    assert hit.values["epoch"] == 16 + (8 * 1024 - (1024 + 1500)) // 100
    assert hit.values["growth"] == pytest.approx(100, rel=1e-3)


def test_a_flaky_gpu_is_the_cause_of_losses_that_break() -> None:
    by_id = {one.id: one for one in RULES}
    assert {"N01", "N03", "N05", "N13"} <= set(by_id["S08"].explains) & set(by_id["S09"].explains)
    found = hand.findings(
        epochs={"train/box_loss": flat(4, 1.0)},
        steps={"train/box_loss": flat(400, 1.0)},
        readings=card(xid=[*flat(100, 0.0), *flat(60, 79.0)]),
        rules=RULES,
    )
    assert [(one.rule, one.severity, one.variant) for one in found] == [("S08", "critical", "xid")]


def test_a_leak_of_the_host_is_found_in_a_recorded_training_of_twelve_epochs() -> None:
    recorded = [670, 749, 787, 821, 858, 895, 929, 966, 1002, 1039, 1074, 1111]
    closes_mosaic = Facts(given={"epochs": 12, "close_mosaic": 4, "mosaic": 0.5})
    found = hand.findings(facts=closes_mosaic, epochs={RSS: [MIB * value for value in recorded]}, rules=RULES)
    assert [(one.rule, one.opened.epoch) for one in found] == [("S05", 12)]
