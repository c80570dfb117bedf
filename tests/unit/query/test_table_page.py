"""Pages of the run table: filtered, sorted with what has no value last, cut at a place that stays right while runs change, summed up."""

import math
import statistics
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import facts as made
from yoloscope import errors
from yoloscope.query import facts, table, table_page
from yoloscope.records import ids
from yoloscope.store import ports

SIGNS = ids.ProjectName("signs")


def snapshot(*runs: facts.Facts) -> table.Snapshot:
    return table.Snapshot({run.ref.id: run for run in runs}, versions={SIGNS: 1}, behind={})


def page(runs: Sequence[facts.Facts], **asked: object) -> table_page.Page:
    return table_page.page(table_page.Question(**asked), snapshot=snapshot(*runs), now_ns=made.NOW_NS)


def shown(runs: Sequence[facts.Facts], **asked: object) -> str:
    return "".join(item.id for item in page(runs, **asked).items)


RUNS = (
    made.run("a", series={"x": 0.5, "y": 1.0}, config={"k": 3, "t": "b"}, created_ns=made.NOW_NS - 1, tags=("u",)),
    made.run("b", series={"x": math.nan, "y": 2.0}, config={"k": "3"}, created_ns=made.NOW_NS - 2, state="failed"),
    made.run("c", series={"x": -1.0}, config={"k": True, "t": "a"}, created_ns=made.NOW_NS - 3, tags=("u", "v")),
    made.run("d", series={"x": math.inf, "y": 1.0}, config={"k": None}, created_ns=made.NOW_NS - 4, project="cars"),
    made.run("e", deleted_ns=7, created_ns=made.NOW_NS - 5),
    made.run("f", archived_ns=7, created_ns=made.NOW_NS - 6, starred=True, note="x"),
    made.run("g", archived_ns=7, deleted_ns=8, created_ns=made.NOW_NS - 7),
)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, "abcd"),
        ({"project": SIGNS}, "abc"),
        ({"which": "trashed"}, "eg"),
        ({"which": "archived"}, "f"),
        ({"which": "kept"}, "abcdf"),
        ({"which": "kept", "where": "starred == true or not archived == false"}, "f"),
        ({"which": "kept", "sort": "-starred,created"}, "fdcba"),
        ({"which": "kept", "where": 'note contains "x"'}, "f"),
        ({"states": ("failed",)}, "b"),
        ({"where": "y >= 1"}, "abd"),
        ({"where": "  "}, "abcd"),
        ({"sort": "created"}, "dcba"),
        ({"sort": "x"}, "cadb"),
        ({"sort": "-x"}, "dacb"),
        ({"sort": "y"}, "adbc"),
        ({"sort": "-y,created"}, "bdac"),
        ({"sort": "config.k"}, "abcd"),
        ({"sort": "-config.k"}, "dcba"),
        ({"sort": "config.t"}, "cabd"),
        ({"sort": "-tags"}, "cabd"),
        ({"sort": "best_epoch"}, "abcd"),
        ({"sort": "-state,-name", "where": "x exists"}, "dcab"),
    ],
)
def test_the_table_shows(asked: dict[str, object], expected: str) -> None:
    assert shown(RUNS, **asked) == expected


def test_health_is_sorted_by_how_grave_it_is() -> None:
    verdicts = {"a": "healthy", "b": None, "c": "warning", "d": "critical", "e": "unknown"}
    judged = [
        made.run(name, health=ports.Health(verdict), created_ns=made.NOW_NS) for name, verdict in verdicts.items()
    ]
    assert shown(judged, sort="-health") == "dceab"
    assert shown(judged, sort="health") == "aecdb"
    assert shown(judged, where='health == "critical" or health == "warning"', sort="-health") == "dc"


def test_a_page_ends_where_the_next_begins_and_tells_how_many_match() -> None:
    first = page(RUNS, sort="x", limit=3)
    second = page(RUNS, sort="x", limit=3, cursor=first.next)
    assert [[item.id for item in one.items] for one in (first, second)] == [["c", "a", "d"], ["b"]]
    assert (first.total, second.total, second.next) == (4, 4, None)


def test_what_is_asked_for_beside_the_row_stands_in_its_values() -> None:
    asked = "config.k, last(x),created,tags,metrics/nothing"
    with pytest.raises(errors.InvalidFilter, match=r"columns, column 32 .*metrics/nothing"):
        page(RUNS, columns=asked)
    found = page(RUNS, columns=asked.rpartition(",")[0])
    assert [item.values for item in found.items][1:3] == [
        {"config.k": "3", "last(x)": "NaN", "created": "2027-01-15T07:59:59.999Z", "tags": ()},
        {"config.k": True, "last(x)": -1.0, "created": "2027-01-15T07:59:59.999Z", "tags": ("u", "v")},
    ]


def test_aggregates_are_of_all_matching_numbers_not_of_the_page() -> None:
    found = page(RUNS, aggregates="y, x,config.k,epochs", limit=1).aggregates
    assert (found["y"].count, found["y"].min, found["y"].max, found["y"].median) == (3, 1.0, 2.0, 1.0)
    assert found["y"].mean == pytest.approx(4 / 3)
    assert found["y"].std == pytest.approx(statistics.stdev([1, 2, 1]))
    assert (found["x"].count, found["x"].min, found["x"].max) == (2, -1.0, 0.5)
    assert (found["config.k"].count, found["config.k"].mean, found["config.k"].std) == (1, 3.0, None)
    assert (found["epochs"].count, found["epochs"].mean) == (0, None)
    assert page(RUNS, aggregates="y", where="x == -1").aggregates["y"].count == 0


@pytest.mark.parametrize("name", ["state", "tags", "created"])
def test_what_is_no_number_has_no_aggregates(name: str) -> None:
    with pytest.raises(errors.InvalidFilter, match=f"aggregates, column 4 .*'{name}' is no number"):
        page(RUNS, aggregates=f"y, {name}")


def test_more_names_than_a_cursor_holds_are_refused() -> None:
    with pytest.raises(errors.InvalidFilter, match=r"sort, column 11 .*6 names"):
        page(RUNS, sort="x,x,x,x,x,y")


@pytest.mark.parametrize(
    "other",
    [
        {"sort": "-x"},
        {"sort": ""},
        {"sort": "x", "where": "y > 0"},
        {"sort": "x", "project": SIGNS},
        {"sort": "x", "states": ("failed",)},
    ],
)
def test_a_cursor_of_another_question_is_refused(other: dict[str, object]) -> None:
    cursor = page(RUNS, sort="x", limit=1).next
    with pytest.raises(errors.InvalidRecord, match="belongs to another project, filter or order") as caught:
        page(RUNS, limit=1, cursor=cursor, **other)
    assert caught.value.field == "cursor"


@pytest.mark.parametrize("cursor", ["", "x", "AAAA", "é", "W10", "gqNhYmM" * 9])
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(errors.InvalidRecord, match="is not usable"):
        page(RUNS, cursor=cursor)


def test_a_long_text_to_sort_by_makes_no_long_cursor() -> None:
    runs = [made.run(name, config={"t": "夜" * 4_000}, created_ns=at) for at, name in enumerate("ab")]
    first = page(runs, sort="config.t", limit=1)
    assert first.next is not None
    assert len(first.next) < 600
    assert [item.id for item in page(runs, sort="config.t", cursor=first.next).items] == ["a"]


_values = st.one_of(st.none(), st.sampled_from([0.0, 1.0, 2.5, -1.0, math.nan, math.inf]))


def _runs(values: list[float | None], *, created: list[int]) -> list[facts.Facts]:
    return [
        made.run(f"r{at}", series={} if value is None else {"x": value}, created_ns=when)
        for at, (value, when) in enumerate(zip(values, created, strict=False))
    ]


def _naive(runs: list[facts.Facts], *, descending: bool) -> list[str]:
    def key(run: facts.Facts) -> tuple[bool, float, int, tuple[int, ...]]:
        value = run.totals.get("x", "last")
        is_missing = value is None or math.isnan(value)
        number = 0.0 if is_missing else (-value if descending else value)
        return is_missing, number, -run.ref.created_ns, tuple(-ord(letter) for letter in run.ref.id)

    return [run.ref.id for run in sorted(runs, key=key)]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(_values, min_size=1, max_size=9),
    st.lists(st.integers(0, 3), min_size=9, max_size=9),
    st.booleans(),
    st.integers(1, 4),
)
def test_pages_follow_each_other_without_gap_or_repetition(
    values: list, created: list, descending: bool, limit: int
) -> None:
    runs = _runs(values, created=created)
    if not any(value is not None for value in values):
        return
    seen: list[str] = []
    cursor = None
    while True:
        found = page(runs, sort="-x" if descending else "x", limit=limit, cursor=cursor)
        seen += [item.id for item in found.items]
        cursor = found.next
        if cursor is None:
            break
    assert seen == _naive(runs, descending=descending)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(_values, min_size=4, max_size=9),
    st.lists(_values, min_size=9, max_size=9),
    st.sets(st.integers(0, 8)),
    st.booleans(),
)
def test_runs_that_change_between_pages_take_no_other_run_with_them(
    values: list, later: list, changing: set[int], descending: bool
) -> None:
    """Each run that stays as it was is shown once, whatever the others do, the last of the page before among them."""
    runs = _runs([1.0, *values], created=list(range(10)))
    sort = "-x" if descending else "x"
    first = page(runs, sort=sort, limit=3)
    changed = _runs(
        [1.0] + [later[at] if at in changing else value for at, value in enumerate(values)], created=list(range(10))
    )
    changed = [run for at, run in enumerate(changed) if at - 1 not in changing or at % 2]
    second = page(changed, sort=sort, limit=100, cursor=first.next)
    steady = {f"r{at + 1}" for at in range(len(values)) if at not in changing} | {"r0"}
    seen = [item.id for item in first.items] + [item.id for item in second.items]
    assert sorted(one for one in seen if one in steady) == sorted(steady)


def test_a_run_that_falls_silent_is_told_without_any_change() -> None:
    runs = (made.run("a", state="running"), made.run("b"))
    scope = snapshot(*runs).scope(None)
    assert table_page.silent(scope, now_ns=made.NOW_NS) == []
    assert table_page.silent(scope, now_ns=made.NOW_NS + 61 * 10**9) == [("a", "unreachable")]


@pytest.mark.parametrize(
    ("where", "archived", "expected"),
    [
        ("", None, "shown"),
        ("archived == true", None, "kept"),
        ("x > 1 and `archived` exists", None, "kept"),
        ('name matches "archived"', None, "shown"),
        ("archived == ", None, "kept"),
        ("archived == true", "false", "shown"),
        ("", "true", "archived"),
        ("", "any", "kept"),
    ],
)
def test_archived_runs_are_asked_for(where: str, archived: table_page.Archived | None, expected: table.Which) -> None:
    assert table_page.which(where, archived=archived) == expected
