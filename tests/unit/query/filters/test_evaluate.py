"""What filters answer: as naive Python does over random runs, false where a value is missing, and refused where nothing could ever pass."""

import math
import operator
import re
from datetime import datetime, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import facts as made
from yoloscope import errors
from yoloscope.query import facts
from yoloscope.query.filters import evaluate, fields, grammar, parser

MAP50 = "metrics/mAP50"
_ORDER = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_NONE = object()


def passing(text: str, *runs: facts.Facts, now_ns: int = made.NOW_NS) -> list[str]:
    """Return the ids of the runs that a filter lets through."""
    asked = evaluate.Asked(text, fields.Scope(runs), now_ns)
    passes = evaluate.predicate(parser.expression(text), asked=asked)
    return [run.ref.id for run in runs if passes(run)]


def refused(text: str, *runs: facts.Facts) -> errors.InvalidFilter:
    with pytest.raises(errors.InvalidFilter) as caught:
        passing(text, *runs)
    return caught.value


RUNS = (
    made.run(
        "a",
        series={MAP50: (0.4, 0.1, 0.7, 9), "train/box_loss": (1.5, 1.0, 3.0, 90), "lr": 0.01},
        config={"imgsz": 640, "amp": True, "optim": {"name": "SGD"}, "freeze": None, "classes": ["car", "bus"]},
        tags=("night", "v2"),
        group="g1",
        created_ns=made.NOW_NS - made.DAY_NS,
    ),
    made.run(
        "b",
        series={MAP50: (0.6, 0.2, 0.65, 9), "train/box_loss": (math.nan, math.nan, math.nan, 3)},
        config={"imgsz": 1280, "amp": 1, "optim": {"name": "AdamW"}, "freeze": 10},
        tags=("day",),
        created_ns=made.NOW_NS - 3 * made.DAY_NS,
        lost={"full": 2, "late": 3},
        exit_code=0,
    ),
    made.run(
        "c", config={"imgsz": "640"}, state="running", ended_ns=None, created_ns=made.NOW_NS, progress={"epochs": 5}
    ),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('metrics/mAP50 > 0.3 and config.imgsz == 640 and tags contains "night"', "a"),
        ("metrics/mAP50 > 0.5", "b"),
        ("metrics/mAP50(B) > 0.5", "b"),
        ("best(metrics/mAP50) > 0.66", "a"),
        ("best(train/box_loss) < 2", "a"),
        ("min(metrics/mAP50) < 0.2", "a"),
        ("max(metrics/mAP50(B)) <= 0.65", "b"),
        ("count(train/box_loss) == 3", "b"),
        ("train/box_loss exists", "ab"),
        ("min(train/box_loss) exists", "a"),
        ("not metrics/mAP50 > 0.5", "ac"),
        ("metrics/mAP50 <= 0.5", "a"),
        ("config.imgsz == 640", "a"),
        ('config.imgsz == "640"', "c"),
        ("config.imgsz != 640", "bc"),
        ("config.imgsz in [1280, 320]", "b"),
        ("config.amp == true", "a"),
        ("config.amp == 1", "b"),
        ('config.optim.name matches "^(sgd|SGD)$"', "a"),
        ('config.optim.name < "B"', "b"),
        ("config.freeze == null", "a"),
        ("config.freeze exists", "ab"),
        ('config.classes contains "bus"', "a"),
        ('tags matches "^v[0-9]"', "a"),
        ('name contains "c"', "c"),
        ("group exists", "a"),
        ("not group exists", "bc"),
        ("lost > 4 or state == 'running'", "bc"),
        ("exit_code == 0", "b"),
        ("epochs >= 5", "c"),
        ("ended exists", "ab"),
        ("created > now - 2d", "ac"),
        ("created <= now - 2d", "b"),
        ("created == now", "c"),
        ("created != now", "ab"),
        ('created > "2027-01-14"', "ac"),
        ('created > "2027-01-14T07:59+00:00" and created < "2027-01-14T09:00:00Z"', "a"),
        ("created in [now, now - 1d]", "ac"),
    ],
)
def test_a_filter_lets_through(text: str, expected: str) -> None:
    assert "".join(passing(text, *RUNS)) == expected


def test_the_state_is_that_of_the_time_of_asking() -> None:
    running = made.run("r", state="running", updated_ns=made.NOW_NS)
    later_ns = made.NOW_NS + 61 * 10**9
    assert passing("state == 'running'", running, now_ns=made.NOW_NS) == ["r"]
    assert passing("state == 'running'", running, now_ns=later_ns) == []
    assert passing("state == 'unreachable'", running, now_ns=later_ns) == ["r"]


def test_a_series_whose_points_were_all_superseded_has_a_count_alone() -> None:
    run = made.run("r", series={"x": (math.nan, math.nan, math.nan, 0)})
    assert passing("x exists or x == 0 or min(x) exists", run) == []
    assert passing("count(x) == 0", run) == ["r"]


def test_a_field_hides_a_series_of_its_name_but_not_from_last() -> None:
    run = made.run("r", series={"epoch": 7.0}, config={"a b": 1})
    assert passing("last(epoch) == 7 and epoch == 0 and `config.a b` == 1", run) == ["r"]


@pytest.mark.parametrize(
    ("text", "column", "says", "fix"),
    [
        ("metrics/mAP5 > 0.5", 1, "no run asked for has", "did you mean metrics/mAP50?"),
        ("imgsz > 0.5", 1, "no run asked for has", "did you mean config.imgsz?"),
        ("map50 > 0.5", 1, "'map50'", "did you mean metrics/mAP50"),
        ("stat == 'running'", 1, "'stat'", "did you mean state?"),
        ("lr == 1 and config.imgz == 640", 13, "'config.imgz'", "did you mean config.imgsz?"),
        ("best(train/boxloss) > 1", 1, "'train/boxloss'", "did you mean train/box_loss?"),
        ("best(state) > 1", 1, "'state'", ""),
        ("best(lr) > 1", 1, "whether more or less", "use min(...) or max(...)"),
        ("state == 'runing'", 10, "no such state", "use one of queued, running"),
        ("state > 3", 9, "'state' is text", "compare it with text"),
        ("metrics/mAP50 == 'a'", 18, "is a number", "compare it with a number"),
        ("metrics/mAP50 contains 'a'", 24, "is a number", "use =="),
        ("tags == 'night'", 9, "is a list", "write tags contains"),
        ("config.optim.name > 3", 21, "is text", "compare it with text"),
        ("config.optim.name == null", 22, "never == null", "write not config.optim.name exists"),
        ("config.amp > true", 14, "neither more nor less", "use == or !="),
        ("config.imgsz == now", 17, "now is a time", "compare created"),
        ("created > 5", 11, "no time", 'write "2026-11-20"'),
        ("created > 'yesterday'", 11, "'yesterday' is no time", 'write "2026-11-20"'),
        ("created contains '2026'", 18, "cannot be asked with contains", "use =="),
        ("name matches '('", 14, "missing )", "RE2"),
        (r"name matches '(a)\1'", 14, "invalid escape", "RE2"),
        ("name matches '(a{100}){9}'", 14, "too large", "RE2"),
        ("name matches 3", 14, "a pattern is text", "in quotes"),
    ],
)
def test_what_can_never_pass_is_refused_with_its_place(text: str, column: int, says: str, fix: str) -> None:
    error = refused(text, *RUNS)
    assert error.column == column
    assert says in str(error)
    assert error.fix.startswith(fix) or fix in error.fix


def test_while_there_are_no_runs_every_name_may_be_one() -> None:
    assert passing("metrics/mAP50 > 0.5 and config.imgsz == 640") == []


def test_a_pattern_cannot_be_made_slow() -> None:
    run = made.run("r", config={"text": "a" * 5_000})
    assert passing('config.text matches "(a+)+b"', run) == []
    assert passing('config.text matches "(a|aa)*$"', run) == ["r"]


_numbers = st.one_of(st.integers(-3, 3), st.floats(-2, 2), st.sampled_from([math.nan, math.inf, 0.5]))
_any = st.one_of(st.none(), st.booleans(), _numbers.filter(math.isfinite), st.sampled_from(["", "a", "ab", "b"]))
_runs = st.builds(
    lambda values, config, tags, epochs: (values, config, tags, epochs),
    st.dictionaries(st.sampled_from(["x", "y"]), _numbers, max_size=2),
    st.dictionaries(st.sampled_from(["k", "l"]), st.one_of(_any, st.lists(_any, max_size=3)), max_size=2),
    st.lists(st.sampled_from(["a", "ab", "b"]), max_size=3, unique=True),
    st.one_of(st.none(), st.integers(0, 3)),
)
_leaf = st.one_of(
    st.builds(grammar.Exists, st.sampled_from([grammar.Term(name) for name in ("x", "config.k", "tags", "epochs")])),
    st.builds(
        grammar.Comparison,
        st.sampled_from([grammar.Term(name) for name in ("x", "y", "config.k", "config.l", "epochs", "tags")]),
        st.sampled_from(grammar.OPERATORS),
        st.builds(grammar.Value, _any),
    ),
    st.builds(
        grammar.Membership,
        st.sampled_from([grammar.Term(name) for name in ("x", "config.k")]),
        st.lists(st.builds(grammar.Value, _any), min_size=1, max_size=3).map(tuple),
    ),
)


def _nested(inner: st.SearchStrategy) -> st.SearchStrategy:
    parts = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(st.builds(grammar.Not, inner), st.builds(grammar.And, parts), st.builds(grammar.Or, parts))


_expressions = st.recursive(_leaf, _nested, max_leaves=6)


def naive(expression: grammar.Expression, run: tuple) -> bool:
    """The meaning of a filter, said as plainly as it can be."""
    match expression:
        case grammar.And(parts):
            return all(naive(part, run) for part in parts)
        case grammar.Or(parts):
            return any(naive(part, run) for part in parts)
        case grammar.Not(inner):
            return not naive(inner, run)
        case grammar.Exists(term):
            return _value(term.name, run) is not _NONE
        case grammar.Membership(term, values):
            return any(_holds(_value(term.name, run), "==", value.value) for value in values)
        case grammar.Comparison(term, symbol, value):
            return _holds(_value(term.name, run), symbol, value.value)


def _value(name: str, run: tuple) -> object:
    values, config, tags, epochs = run
    if name == "epochs":
        return _NONE if epochs is None else epochs
    if name == "tags":
        return tags
    return config.get(name.removeprefix("config."), _NONE) if name.startswith("config.") else values.get(name, _NONE)


def _same(found: object, wanted: object) -> bool:
    return isinstance(found, bool) == isinstance(wanted, bool) and found == wanted


def _holds(found: object, symbol: str, wanted: object) -> bool:
    if found is _NONE:
        return False
    if symbol in ("==", "!="):
        return _same(found, wanted) == (symbol == "==")
    if symbol == "contains" and isinstance(found, str):
        return isinstance(wanted, str) and wanted in found
    if symbol == "contains":
        return isinstance(found, list) and any(_same(item, wanted) for item in found)
    if symbol == "matches":
        texts = found if isinstance(found, list) else [found]
        return any(isinstance(item, str) and re.search(wanted, item) is not None for item in texts)
    comparable = evaluate.class_of(found) == evaluate.class_of(wanted)
    return comparable and _ORDER[symbol](found, wanted)


def _check(runs: list[tuple], expression: grammar.Expression) -> None:
    known = [
        made.run(str(at), series=values, config=config, tags=tuple(tags), progress={"epochs": epochs})
        for at, (values, config, tags, epochs) in enumerate(runs)
    ]
    asked = evaluate.Asked("", fields.Scope(known), made.NOW_NS)
    try:
        passes = evaluate.predicate(expression, asked=asked)
    except errors.InvalidFilter:
        return
    assert [passes(run) for run in known] == [naive(expression, run) for run in runs]


@settings(max_examples=40, deadline=None)
@given(st.lists(_runs, min_size=1, max_size=5), _expressions)
def test_a_filter_answers_as_naive_python_does(runs: list[tuple], expression: grammar.Expression) -> None:
    _check(runs, expression)


@pytest.mark.slow
@settings(max_examples=500, deadline=None)
@given(st.lists(_runs, min_size=1, max_size=5), _expressions)
def test_every_filter_answers_as_naive_python_does(runs: list[tuple], expression: grammar.Expression) -> None:
    _check(runs, expression)


def test_a_time_without_a_zone_is_utc() -> None:
    moment = datetime(2026, 11, 20, 8, 30, 15, 250_000, tzinfo=timezone.utc)
    run = made.run("r", created_ns=int(moment.timestamp()) * 10**9 + 250_000_000)
    for text in ("2026-11-20T08:30:15.250", "2026-11-20T08:30:15.250Z", "2026-11-20T16:30:15.250+08:00"):
        assert passing(f'created == "{text}"', run) == ["r"]
