"""Which commands answer a finding in a training that goes on."""

import pytest

from yoloscope.diagnose import acts, catalogue
from yoloscope.records import command, finding

NOW = acts.Now(
    rate=0.005,
    peak=0.01,
    completed=20,
    values={"lr": 0.005, "epochs": 100.0, "weight_decay": 0.0005, "patience": 100.0, "cls": 0.5},
)


def found(
    rule: str, *, variant: str = "", changes: dict[str, object] | None = None, **values: object
) -> finding.Finding:
    return finding.Finding(
        rule=rule, name=rule, severity="warning", variant=variant, changes=changes or {}, values=values
    )


def keys(one: finding.Finding, now: acts.Now = NOW) -> list[str]:
    return [act.key for act in acts.acts(one, now)]


def only(one: finding.Finding, now: acts.Now = NOW) -> acts.Act:
    [act] = acts.acts(one, now)
    return act


@pytest.mark.parametrize(
    ("rule", "variant", "changes", "expected"),
    [
        ("N01", "single", {}, ["rollback lr_factor=0.333"]),
        ("N01", "explosion", {}, ["rollback lr_factor=0.333", "set lr_factor=0.333"]),
        ("N01", "start", {"amp": False}, ["stop how=resumable"]),
        ("N01", "loop", {}, ["stop how=resumable"]),
        ("N03", "", {}, ["rollback lr_factor=0.333", "stop how=evaluate"]),
        ("N04", "", {"amp": False}, []),
        ("N05", "", {"lr0": 0.0033, "warmup_epochs": 5.0}, ["set lr_factor=0.333", "rollback lr_factor=0.333"]),
        ("N05", "loss", {"lr0": 0.0033}, ["rollback lr_factor=0.333", "set lr_factor=0.333"]),
        ("N12", "cold", {"lr0": 0.03}, ["set lr_factor=3"]),
        ("N13", "validation", {"lr0": 0.0033}, ["rollback lr_factor=0.333", "set lr_factor=0.333"]),
        ("N11", "early", {"lrf": 0.1, "cos_lr": True, "epochs": 150}, ["set epochs+50"]),
        ("L04", "", {"cls": 1.0, "cls_pw": 0.5}, ["set cls=1"]),
        ("G01", "", {"mixup": 0.1, "weight_decay": 0.001, "patience": 20},
         ["set weight_decay=0.001", "set patience=20", "stop how=evaluate"]),
        ("G02", "", {}, ["stop how=evaluate"]),
        ("G02", "mosaic_ahead", {"patience": 20}, ["close_mosaic", "set patience=20"]),
        ("G03", "", {"epochs": 60}, ["stop how=evaluate"]),
        ("G03", "mosaic_ahead", {"epochs": 60}, ["close_mosaic", "stop how=evaluate"]),
        ("G04", "", {}, ["stop how=resumable"]),
        ("G07", "", {"box": 10.0}, ["set box=10"]),
        ("G12", "", {"epochs": 150}, ["set epochs+50"]),
        ("P07", "", {"patience": 30}, ["set patience=30"]),
        ("S01", "", {"workers": 4, "cache": "ram"}, []),
        ("G09", "low", {"imgsz": 960, "scale": 0.25, "mosaic": 0.5}, []),
        ("P06", "", {"optimizer": "SGD", "lr0": 0.01, "momentum": 0.9}, []),
        ("A01", "batch", {"batch": 64, "lr0": 0.02}, []),
    ],
)  # fmt: skip
def test_each_finding_has_the_acts_that_need_no_restart(rule, variant, changes, expected) -> None:
    assert keys(found(rule, variant=variant, changes=changes)) == expected


def test_a_rate_is_scaled_by_what_the_schedule_began_from_and_shown_as_it_is_now() -> None:
    act = only(found("N10", changes={"lr0": 0.0033}))
    assert (act.verb, act.args) == ("set", {"lr_factor": 0.333})
    assert act.preview.en == "lr 0.005 → 0.00167 from the next batch"
    assert act.preview.zh == "从下一个 batch 起 lr 0.005 → 0.00167"
    assert not act.is_final


def test_with_an_automatic_optimizer_the_rate_in_effect_counts_whatever_lr0_says() -> None:
    automatic = acts.Now(rate=0.0008, peak=0.001, completed=5, values={"lr": 0.0008, "lr0": 0.01})
    act = only(found("N10", changes={"lr0": 0.00033}), automatic)
    assert act.args == {"lr_factor": 0.333}
    assert act.preview.en == "lr 0.0008 → 0.000266 from the next batch"


def test_a_factor_that_a_rule_names_is_taken_and_advice_on_the_rate_of_now_is_by_that() -> None:
    assert only(found("N08", changes={"lr0": 0.04}, factor=4.0)).args == {"lr_factor": 4.0}
    assert only(found("A01", changes={"lr0": 0.002}, now=0.005)).args == {"lr_factor": 0.4}


@pytest.mark.parametrize("now", [acts.Now(rate=0.005), acts.Now(rate=0.005, peak=0.0)])
def test_a_rate_that_nobody_logged_is_not_scaled(now) -> None:
    assert keys(found("N10", changes={"lr0": 0.0033}), now) == []


@pytest.mark.parametrize("value", [float("nan"), float("inf"), True, "fast", 0.0])
def test_what_is_no_usable_number_is_not_offered(value) -> None:
    assert keys(found("N10", changes={"lr0": value})) == []


def test_the_decay_in_effect_grows_by_as_much_as_the_argument() -> None:
    now = acts.Now(completed=20, values={"weight_decay": 0.00025}, decay_scale=0.5)
    act = acts.acts(found("G01", changes={"weight_decay": 0.001}), now)[0]
    assert act.args == {"weight_decay": 0.0005}
    assert act.preview.en == "weight_decay 0.00025 → 0.0005 from the next batch"


def test_fewer_epochs_than_are_complete_are_not_offered() -> None:
    assert keys(found("G12", changes={"epochs": 20})) == []


def test_what_stands_already_changes_nothing() -> None:
    asked = found("P07", changes={"patience": 30})
    assert only(asked).changes_something
    assert not only(asked, acts.Now(values={"patience": 30.0})).changes_something


def test_ends_are_final_and_say_when() -> None:
    act = only(found("G03"))
    assert act.is_final
    assert act.preview.en == "ends the training after this batch or epoch, with the final evaluation of best.pt"
    assert only(found("G12", changes={"epochs": 150})).preview.en == "epochs 100 → 150 from the next epoch"


def test_every_act_can_be_asked_for_and_is_told_in_both_languages() -> None:
    everything = {"lr0": 0.0033, "weight_decay": 0.001, "epochs": 150, "patience": 20, "close_mosaic": 5}
    everything |= dict.fromkeys(command.GAINS, 2.0)
    for rule in catalogue.RULES:
        for variant in catalogue.TEXTS[rule.id].evidence:
            for act in acts.acts(found(rule.id, variant=variant, changes=everything), NOW):
                assert command.checked(act.verb, act.args) == (act.verb, act.args)
                assert act.preview.en
                assert act.preview.zh
                assert act.preview.en != act.preview.zh
                assert act.key == acts.key(act.verb, act.args, before=NOW.values)


@pytest.mark.parametrize(
    ("verb", "args", "before", "expected"),
    [
        ("set", {"lr": 0.003}, {"lr": 0.009}, "set lr_factor=0.333"),
        ("set", {"lr": 0.003}, {}, "set lr=0.003"),
        ("rollback", {"lr_factor": 1 / 3}, {}, "rollback lr_factor=0.333"),
        ("set", {"epochs": 80}, {"epochs": 100.0}, "set epochs-20"),
        ("set", {"epochs": 80}, {}, "set epochs=80"),
        ("set", {"box": 10.0, "cls": 1.0}, {"box": 7.5}, "set box=10 cls=1"),
        ("stop", {"how": "evaluate"}, {}, "stop how=evaluate"),
        ("close_mosaic", {}, {}, "close_mosaic"),
    ],
)
def test_an_act_has_the_same_name_in_all_runs(verb, args, before, expected) -> None:
    assert acts.key(verb, args, before=before) == expected


@pytest.mark.parametrize(
    ("act", "en"),
    [
        ("set lr_factor=0.333", "lr × 0.333"),
        ("set epochs+50", "epochs +50"),
        ("set box=10 cls=1", "box → 10, cls → 1"),
        ("rollback lr_factor=0.333", "back to the last good checkpoint, lr × 0.333"),
        ("close_mosaic", "no mosaic from the next epoch on"),
        ("pause release=False", "pause release=False"),
    ],
)
def test_an_act_is_told_without_its_run(act, en) -> None:
    assert acts.general(act).en == en
    assert acts.general(act).zh
