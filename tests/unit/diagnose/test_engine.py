from typing import NoReturn

import msgspec
import pytest
from tests.unit.diagnose import hand

from yoloscope.diagnose import catalogue, engine, facts, history, rule
from yoloscope.records import finding, logged

NAN = float("nan")


def made(test, *, rule_id="X01", cadence="epoch", family="numerics", **more: object) -> rule.Rule:
    given = {"is_muted_at_cuts": False, **more}
    return rule.Rule(id=rule_id, name="x", family=family, cadence=cadence, worst="critical", test=test, **given)


def always(view) -> rule.Outcome:
    return rule.Hit(severity="warning", series=("train/box_loss",), values={"epoch": view.epoch})


def test_the_catalogue_has_each_rule_once() -> None:
    ids = [one.id for one in catalogue.RULES]
    assert len(ids) == len(set(ids))
    assert set(ids) == set(catalogue.NAMES)


def test_changes_tell_what_opened_with_its_cause_and_where() -> None:
    told = engine.Engine(hand.NOTHING, (made(always, rule_id="N01", hits=2), made(always, rule_id="N13", hits=2)))
    changes = [told.take(one) for one in hand.entries(epochs={"train/box_loss": [3.0, 2.0, 1.0]})]
    assert [[(one.kind, one.finding.rule, one.finding.caused_by) for one in group] for group in changes] == [
        [],
        [],
        [],
        [("opened", "N01", None), ("opened", "N13", "N01")],
        [],
    ]
    opened = changes[3][0].finding
    assert (
        opened.opened.epoch,
        opened.window,
        opened.by_step,
        opened.values,
    ) == (2.0, (0.0, 2.0), False, {"epoch": 2})


def test_facts_that_come_later_answer_what_was_missing() -> None:
    def test(view) -> rule.Outcome:
        return rule.Missing(("batch",)) if view.facts.number("batch") is None else rule.Hit(severity="info")

    told = engine.Engine(hand.NOTHING, (made(test, cadence="start"),))
    assert [engine.Unevaluated("X01", "missing", inputs=("batch",))] == told.unevaluated()
    changes = told.tell(facts.Facts(settings={"batch": 4}))
    assert [one.kind for one in changes] == ["opened"]
    assert told.unevaluated() == []
    assert told.tell(facts.Facts(settings={"batch": 4})) == []


def test_peers_are_told_from_outside() -> None:
    peers = history.Peers((history.Peer(run="a", name="a"),))
    told = engine.Engine(hand.NOTHING, ())
    told.tell(hand.NOTHING, peers=peers)
    assert peers == told.view.peers


def test_a_rule_that_raises_is_switched_off_for_the_run_and_told(monkeypatch) -> None:
    asked = []

    def broken(_view) -> NoReturn:
        asked.append(1)
        raise ZeroDivisionError("nothing to divide by")

    entries = hand.entries(epochs={"train/box_loss": [3.0, 2.0, 1.0]})
    with pytest.raises(ZeroDivisionError):
        hand.fed(entries, rules=(made(broken),))
    monkeypatch.delenv("YOLOSCOPE_STRICT")
    asked.clear()
    told = hand.fed(entries, rules=(made(broken), made(always, rule_id="X02", hits=1)))
    assert asked == [1]
    assert [engine.Unevaluated("X01", "failed", fault="ZeroDivisionError: nothing to divide by")] == told.unevaluated()
    assert [one.rule for one in told.findings()] == ["X02"]


def test_every_tenth_batch_asks_and_what_is_not_finite_at_once() -> None:
    asked = []
    rules = (made(lambda view: asked.append(view.steps.step), cadence="step"),)
    hand.fed(hand.entries(steps={"train/box_loss": [1.0] * 23 + [NAN] + [1.0] * 8}), rules=rules)
    assert asked == [9, 19, 23, 29]


def test_telemetry_asks_the_rules_of_the_system_while_no_batch_comes() -> None:
    asked = []
    rules = (
        made(lambda view: asked.append(view.readings("system/gpu.0/xid").last), cadence="step", family="system"),
        made(lambda _: pytest.fail("asked"), rule_id="X02", cadence="step"),
    )
    hand.fed(hand.entries(readings={"system/gpu.0/xid": [0.0] * 7 + [79.0] * 3}), rules=rules)
    assert asked == [0.0, 79.0]


def test_a_rule_that_no_moment_came_for_is_told_as_such() -> None:
    told = facts.Facts(given={"epochs": 100})
    rules = (
        made(always, cadence="end"),
        made(always, rule_id="X02", waits=True),
        made(lambda _: rule.Missing(("grad/norm",)), rule_id="X03"),
        made(lambda _: None, rule_id="X04"),
    )
    entries = hand.entries(epochs={"train/box_loss": [3.0, 2.0]}, ends=False)
    assert [(one.rule, one.why) for one in hand.fed(entries, facts=told, rules=rules).unevaluated()] == [
        ("X01", "not_asked"),
        ("X02", "waits"),
        ("X03", "missing"),
    ]


def test_silence_is_asked_by_a_clock_and_ends_when_rows_come() -> None:
    entries = hand.entries(steps={"train/box_loss": [1.0] * 200}, ends=False)
    told = hand.fed(entries)
    assert told.tick(5.0) == []
    assert [(one.kind, one.finding.rule) for one in told.tick(1_500.0)] == [("opened", "H01")]
    told.take(logged.Logged(0, 200, 2.01, 10**12, {"train/box_loss": 1.0}))
    assert [(one.kind, one.finding.rule) for one in told.tick(1.0)] == [("closed", "H01")]


def test_an_expected_jump_mutes_the_rules_that_would_take_it_for_a_fault() -> None:
    asked = []
    rules = (
        made(lambda view: rule.Hit(severity="info") if 3 <= view.epoch <= 5 else None, rule_id="G10", hits=1, clears=1),
        made(lambda view: asked.append(view.epoch), rule_id="N13"),
    )
    hand.fed(hand.entries(epochs={"train/box_loss": [1.0] * 8}), rules=rules)
    assert asked == [1, 2, 6, 7, 8]


def test_states_of_rules_that_are_gone_or_new_are_no_obstacle() -> None:
    old = hand.fed(
        hand.entries(epochs={"train/box_loss": [1.0] * 3}), rules=(made(always), made(always, rule_id="X02"))
    )
    restored = engine.Engine.restore(old.save(), hand.NOTHING, (made(always), made(always, rule_id="X03")))
    assert [one.rule for one in restored.findings()] == ["X01"]


def test_rows_of_an_older_attempt_change_nothing() -> None:
    entries = hand.entries(epochs={"train/box_loss": [1.0] * 3}, attempt=1, ends=False)
    told = hand.fed(entries, rules=())
    before = told.save()
    told.take(logged.Logged(0, None, 9.0, 10**18, {"train/box_loss": NAN}))
    assert before == told.save()


def test_a_finding_is_bytes_and_back() -> None:
    told = hand.fed(hand.entries(epochs={"train/box_loss": [1.0] * 3}), rules=(made(always),))
    packed = msgspec.msgpack.encode(told.findings())
    assert told.findings() == msgspec.msgpack.decode(packed, type=list[finding.Finding])
