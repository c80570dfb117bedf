import pytest
from tests.unit.diagnose import hand

from yoloscope.diagnose import engine, facts, rule
from yoloscope.records import logged


def asked_at(entries, told=hand.NOTHING, *, is_muted=True, waits=False) -> list[int]:
    """The epochs at which a rule is asked."""
    epochs: list[int] = []
    one = rule.Rule(
        id="X01",
        name="x",
        family="numerics",
        cadence="epoch",
        worst="info",
        test=lambda view: epochs.append(view.epoch),
        is_muted_at_cuts=is_muted,
        waits=waits,
    )
    hand.fed(entries, facts=told, rules=(one,))
    return epochs


def curve(count, **more: object) -> list[hand.Entry]:
    return hand.entries(epochs={"train/box_loss": [1.0] * count}, **more)


def test_a_closing_mosaic_mutes_three_epochs_on_both_sides() -> None:
    told = facts.Facts(given={"epochs": 30, "close_mosaic": 10, "mosaic": 1.0})
    assert [*range(1, 17), *range(24, 31)] == asked_at(curve(30), told)
    assert [*range(1, 31)] == asked_at(curve(30), told, is_muted=False)
    view = hand.view(facts=told, epochs={"train/box_loss": [float(at) for at in range(1, 31)]})
    assert (10, [float(at) for at in range(21, 31)]) == (
        view.since_cut,
        view.series("train/box_loss").window().tolist(),
    )


def test_a_resumed_attempt_is_a_cut() -> None:
    entries = [*curve(10, ends=False), *curve(10, attempt=1, start=10)]
    assert [*range(1, 11), *range(14, 21)] == asked_at(entries)


def test_a_repeated_epoch_is_a_cut_and_counted() -> None:
    rows = curve(10)
    again = logged.Begun(1, rows[7].wall_ns - 1, start_epoch=6.0, is_repeat=True)
    late = [
        one if not isinstance(one, logged.Logged) else logged.Logged(1, None, one.epoch, one.wall_ns, one.values)
        for one in rows[7:]
    ]
    made = hand.fed([*rows[:7], again, *late], rules=())
    assert (made.view.repeats, made.view.epoch, made.view.since_cut) == (1, 10, 4)


def test_a_step_of_lr_is_a_cut_but_neither_warm_up_nor_a_fading_end() -> None:
    told = facts.Facts(given={"warmup_epochs": 3})
    steps = [0.1, 0.04, 0.01, *[0.01] * 5, *[0.001] * 4]
    assert hand.view(facts=told, epochs={"lr/weight": steps}).since_cut == 4
    linear = [0.01 * (1 - 0.99 * at / 50) for at in range(50)]
    assert hand.view(facts=told, epochs={"lr/weight": [*linear[:-1], linear[-2] / 3]}).since_cut == 50


def test_a_thawed_layer_is_a_cut() -> None:
    assert (
        hand.view(epochs={"train/box_loss": [1.0] * 6, "frozen/parameters": [9.0, 9.0, 9.0, 0.0, 0.0, 0.0]}).since_cut
        == 3
    )


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"batch": 16}, {"batch": 8}, 2),
        ({"batch": 16}, {"batch": 32}, 5),
        ({"imgsz": 640, "batch": 16}, {"imgsz": 320, "batch": 16}, 2),
        ({"batch": 16}, {"batch": 16, "freeze": 10}, 2),
        ({}, {"batch": 8}, 5),
        ({"batch": 16}, {"batch": 16, "workers": 2}, 5),
    ],
)
def test_settings_that_change_what_curves_mean_are_a_cut(before, after, expected) -> None:
    entries = curve(5)
    made = engine.Engine(facts.Facts(settings=before), ())
    for entry in entries[:5]:
        made.take(entry)
    made.tell(facts.Facts(settings=after))
    for entry in entries[5:]:
        made.take(entry)
    assert expected == made.view.since_cut


def test_a_rule_waits_until_the_warm_up_is_over() -> None:
    assert [*range(12, 21)] == asked_at(curve(20), facts.Facts(given={"epochs": 20}), waits=True)
    assert [*range(30, 35)] == asked_at(curve(34), facts.Facts(given={"epochs": 200}), waits=True)
