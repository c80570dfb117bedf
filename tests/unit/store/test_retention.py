"""Which runs are due when, what may be set, and that no clock can empty a store over night."""

import math

import pytest

from yoloscope import errors
from yoloscope.records import ids
from yoloscope.store import retention
from yoloscope.store.ports_keeping import Clock, Kept, Retention

DAY = retention.DAY_NS
NOW = 20_000 * DAY


def kept(name: str, *, age_days: float, deleted_days: float | None = None, **changes: object) -> Kept:
    """Return a finished run last heard of so many days ago, and in the trash for so many."""
    deleted_ns = None if deleted_days is None else NOW - int(deleted_days * DAY)
    fields = {"state": "finished", "tags": (), "restored": False, **changes}
    word_ns = NOW - int(age_days * DAY)
    return Kept(ids.RunId(name), ids.ProjectName("p"), name, word_ns=word_ns, deleted_ns=deleted_ns, **fields)


def due(*runs: Kept, now_ns: int = NOW, **fields: float | None) -> dict[str, list[str]]:
    found = retention.due(runs, Retention(**fields), now_ns=now_ns)
    return {act: [run.run for run in getattr(found, act)] for act in ("thin", "delete", "remove")}


def test_without_retention_nothing_is_due_but_what_lies_in_the_trash_for_long() -> None:
    runs = [kept("old", age_days=9_000), kept("fresh", age_days=0), kept("gone", age_days=9_000, deleted_days=30)]
    runs.append(kept("going", age_days=9_000, deleted_days=29.9))
    assert due(*runs) == {"thin": [], "delete": [], "remove": ["gone"]}


def test_old_runs_are_thinned_then_deleted_then_removed() -> None:
    runs = [kept(f"r{days}", age_days=days) for days in (6, 7, 29, 30, 31)]
    runs += [kept(f"t{days}", age_days=90, deleted_days=days) for days in (4, 5, 6)]
    assert due(*runs, thin_after_days=7, delete_after_days=30, trash_days=5) == {
        "thin": ["r7", "r29"],
        "delete": ["r30", "r31"],
        "remove": ["t5", "t6"],
    }


@pytest.mark.parametrize(
    "spared",
    [
        {"state": "running"},
        {"state": "stalled"},
        {"state": "unreachable"},
        {"state": "queued"},
        {"state": "paused"},
        {"tags": ("night", "keep")},
        {"restored": True},
    ],
)
def test_runs_that_have_not_ended_or_are_wanted_stay(spared: dict[str, object]) -> None:
    run = kept("r", age_days=9_000, **spared)
    assert due(run, thin_after_days=1, delete_after_days=2) == {"thin": [], "delete": [], "remove": []}


def test_a_run_in_the_trash_that_is_still_heard_of_stays_there() -> None:
    assert due(kept("r", age_days=2, deleted_days=400, state="running")) == {"thin": [], "delete": [], "remove": []}
    silent = kept("r", age_days=31, deleted_days=400, state="running")
    assert due(silent)["remove"] == ["r"]


def test_fields_given_change_and_others_stay() -> None:
    base = Retention(thin_after_days=5, delete_after_days=50, trash_days=3)
    changed = retention.from_mapping({"thin_after_days": None, "trash_days": 1.5}, base=base)
    assert changed == Retention(None, 50, 1.5)
    assert retention.from_mapping({}, base=base) == base


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"delete_after_days": -1}, "delete_after_days"),
        ({"delete_after_days": 0}, "delete_after_days"),
        ({"delete_after_days": 0.5}, "delete_after_days"),
        ({"thin_after_days": math.nan}, "thin_after_days"),
        ({"thin_after_days": math.inf}, "thin_after_days"),
        ({"thin_after_days": 10**400}, "thin_after_days"),
        ({"thin_after_days": True}, "thin_after_days"),
        ({"thin_after_days": "30"}, "thin_after_days"),
        ({"trash_days": None}, "trash_days"),
        ({"trash_days": 36_501}, "trash_days"),
        ({"keep_days": 3}, "keep_days"),
        ({"thin_after_days": 90, "delete_after_days": 30}, "delete_after_days"),
        ({"delete_after_days": 7}, "delete_after_days"),
        ([], "body"),
        ("7", "body"),
    ],
)
def test_what_makes_no_sense_is_refused_and_named(given: object, field: str) -> None:
    with pytest.raises(errors.InvalidRecord, match="nothing was changed") as refused:
        retention.from_mapping(given, base=Retention(thin_after_days=7))
    assert refused.value.field == field


def _round_by_round(clock: Clock, *, wall_ns: int, hours: int) -> Clock:
    """Return the clock after hourly looks at a machine's clock that goes on from `wall_ns`."""
    hour_ns = DAY // 24
    for hour in range(hours):
        clock = retention.passed(clock, wall_ns=wall_ns + hour * hour_ns, ran_ns=hour_ns if hour else 0)
    return clock


def test_time_passes_as_it_does_for_everybody() -> None:
    clock = _round_by_round(Clock(NOW, NOW), wall_ns=NOW, hours=49)
    assert Clock(NOW + 2 * DAY, NOW + 2 * DAY) == clock
    after_a_weekend = retention.passed(clock, wall_ns=NOW + 5 * DAY, ran_ns=0)
    assert Clock(NOW + 5 * DAY, NOW + 5 * DAY) == after_a_weekend


def test_a_clock_set_ten_years_ahead_takes_weeks_to_make_anything_old() -> None:
    ahead_ns = NOW + 3_650 * DAY
    start = retention.passed(Clock(NOW, NOW), wall_ns=ahead_ns, ran_ns=0)
    assert Clock(NOW + 3 * DAY, ahead_ns) == start
    a_week_later = _round_by_round(start, wall_ns=ahead_ns, hours=7 * 24 + 1)
    assert a_week_later.kept_ns == NOW + (3 + 2 * 7) * DAY
    restarted = a_week_later
    for _ in range(50):  # a server that crashes and starts again gains nothing by it
        restarted = retention.passed(restarted, wall_ns=ahead_ns + 7 * DAY, ran_ns=0)
    assert restarted == a_week_later
    mended = retention.passed(restarted, wall_ns=NOW + 8 * DAY, ran_ns=DAY)
    assert mended.kept_ns == restarted.kept_ns


def test_a_clock_that_was_far_behind_stops_nothing_for_long() -> None:
    behind = _round_by_round(Clock(NOW, NOW), wall_ns=0, hours=24)
    assert behind.kept_ns == NOW
    mended = retention.passed(behind, wall_ns=NOW + DAY, ran_ns=DAY // 24)
    assert mended.kept_ns == NOW + DAY


def test_a_long_pause_is_made_up_day_by_day() -> None:
    back = retention.passed(Clock(NOW, NOW), wall_ns=NOW + 30 * DAY, ran_ns=0)
    assert back.kept_ns == NOW + 3 * DAY
    later = _round_by_round(back, wall_ns=NOW + 30 * DAY, hours=27 * 24 + 1)
    assert later.kept_ns == later.wall_ns == NOW + 57 * DAY


def test_a_catalogue_without_a_clock_begins_at_the_last_word_of_any_run() -> None:
    runs = [kept("a", age_days=400), kept("b", age_days=10)]
    assert Clock(NOW - 7 * DAY, NOW) == retention.begun(runs, wall_ns=NOW)
    assert Clock(NOW, NOW) == retention.begun([kept("c", age_days=1)], wall_ns=NOW)
    assert Clock(NOW, NOW) == retention.begun([], wall_ns=NOW)
