"""What may come next in a filter: at every place what makes sense there, the likeliest first."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import facts as made
from yoloscope.query.filters import completion, fields, parser

RUNS = (
    made.run(
        "a",
        series={"metrics/mAP50": 0.5, "class/big car/AP50": 0.1},
        config={"imgsz": 640, "amp": True},
        tags=("night",),
    ),
    made.run("b", series={"metrics/mAP50": 0.6}, config={"imgsz": 640, "opt": "SGD"}, tags=("day", "night")),
    made.run("c", series={"metrics/mAP50-95": 0.6}, config={"imgsz": 1280, "classes": ["car"]}, state="failed"),
)
SCOPE = fields.Scope(RUNS)


def told(text: str) -> completion.Completion:
    """Return what completes a text at the caret, which stands at the bar."""
    caret = text.index("|")
    return completion.complete(text.replace("|", ""), caret, scope=SCOPE, now_ns=made.NOW_NS)


def items(text: str) -> list[str]:
    return [item.text for item in told(text).items]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("metr|", ["metrics/mAP50", "metrics/mAP50-95"]),
        ("map50|", ["metrics/mAP50", "metrics/mAP50-95"]),
        ("config.|", ["config.imgsz", "config.amp", "config.opt", "config.classes"]),
        ("big|", ["`class/big car/AP50`"]),
        ("`class/big|", ["`class/big car/AP50`"]),
        ("bes|", ["best_epoch", "best("]),
        ("best(|", ["metrics/mAP50", "`class/big car/AP50`", "metrics/mAP50-95"]),
        ("metrics/mAP50 |", ["==", "!=", "<", "<=", ">", ">=", "in [", "exists"]),
        ("best(metrics/mAP50) |", ["==", "!=", "<", "<=", ">", ">=", "in [", "exists"]),
        ("tags |", ["contains", "matches", "exists"]),
        ("tags con|", ["contains"]),
        ("config.opt |", ["==", "!=", "contains", "matches", "in [", "exists"]),
        ("config.amp |", ["==", "!=", "exists"]),
        ("created |", [">", ">=", "<", "<=", "exists"]),
        ("created > |", ["now - 1h", "now - 1d", "now - 1w", "now - 30d"]),
        ("tags contains |", ['"night"', '"day"']),
        ('tags contains "n|"', ['"night"']),
        ("config.imgsz == |", ["640", "1280"]),
        ("config.imgsz in [|", ["640", "1280"]),
        ("config.imgsz in [640, 1|", ["1280"]),
        ("config.imgsz in [640 |", [",", "]"]),
        ("config.amp == t|", ["true"]),
        ("config.classes contains |", ['"car"']),
        ("state == f|", ['"finished"', '"failed"']),
        ("name matches |", []),
        ("nothing == |", []),
        ("state == 'failed' |", ["and", "or"]),
        ("(state == 'failed' |", ["and", "or", ")"]),
        ("state exists |", ["and", "or"]),
        ("(config.imgsz == 640 or not amp|", ["config.amp"]),
    ],
)
def test_at_the_caret_may_come(text: str, expected: list[str]) -> None:
    assert items(text) == expected


def test_at_the_beginning_stand_fields_series_settings_and_not() -> None:
    found = items("|")
    assert found[:2] == ["id", "name"]
    assert {"state", "metrics/mAP50", "config.imgsz", "not", "best("} <= set(found)
    assert found == items("not |") == items("state exists and |") == items("(|")


def test_each_says_what_it_is_and_in_how_many_runs_it_occurs() -> None:
    assert told("metrics/|").items[0] == completion.Item("metrics/mAP50", "series", "metric", 2)
    assert told("config.i|").items == [completion.Item("config.imgsz", "config", "config", 3)]
    assert told("tag|").items == [completion.Item("tags", "field", "list")]
    assert told("tags contains n|").items == [completion.Item('"night"', "value", "text", 2)]
    assert told("tags con|").items == [completion.Item("contains", "operator", "")]


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("|", 0, 0),
        ("sta|te == 1", 0, 5),
        ("state |", 6, 6),
        ('tags contains "ni|ght"', 14, 21),
        ("a == 1 and |", 11, 11),
    ],
)
def test_the_word_under_the_caret_is_replaced_as_a_whole(text: str, start: int, end: int) -> None:
    found = told(text)
    assert (found.start, found.end) == (start, end)


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=30), st.integers(0, 40))
def test_any_text_can_be_completed(text: str, caret: int) -> None:
    found = completion.complete(text, caret, scope=SCOPE, now_ns=made.NOW_NS)
    assert 0 <= found.start <= found.end <= len(text)


def test_every_name_and_value_that_is_offered_can_be_read() -> None:
    for name in [item.text for item in told("|").items if item.kind in ("field", "series", "config")]:
        assert parser.terms(name, field="columns")
        for value in [item.text for item in told(f"{name} == |").items]:
            parser.expression(f"{name} == {value}")


def test_what_no_filter_can_write_is_not_offered_as_a_value() -> None:
    runs = (made.run("a", series={"loss": float("nan")}), made.run("b", series={"loss": float("inf")}))
    found = completion.complete("loss == ", 8, scope=fields.Scope(runs), now_ns=made.NOW_NS)
    assert found.items == []
