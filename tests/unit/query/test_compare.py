"""What is told of runs side by side: only what differs, under dotted keys, and what is missing is not null."""

import pytest

from yoloscope import errors
from yoloscope.query import compare
from yoloscope.records import ids, row
from yoloscope.store import ports

W1, W2, W3 = (ids.WriterId(digit * 32) for digit in "123")


def attempt(
    number: int, *, writer: ids.WriterId = W1, index: int = 0, rank: int = 0, rows: bool = True, **provenance: object
) -> ports.AttemptInfo:
    return ports.AttemptInfo(
        number, writer, index, number * 10, 0, None, None, rank=rank, has_rows=rows, provenance=provenance
    )


def info(name: str, *attempts: ports.AttemptInfo, **sections: dict[str, object]) -> ports.RunInfo:
    ref = row.RunRef(ids.RunId(name), ids.ProjectName("p"), name=name, created_ns=1, host=sections.pop("host", "h"))  # type: ignore[arg-type]
    empty: dict[str, dict[str, object]] = {
        name: {} for name in ("config", "settings", "provenance", "progress", "life")
    }
    return ports.RunInfo(
        ref=ref,
        state="running",
        created_ns=1,
        updated_ns=1,
        ended_ns=None,
        end_reason=None,
        exit_code=None,
        lost={},
        deferred=0,
        attempts=attempts,
        **(empty | sections),
    )


class Catalog:
    """A catalogue that knows some runs."""

    def __init__(self, *known: ports.RunInfo) -> None:
        self._known = {one.ref.id: one for one in known}

    def run(self, run: ids.RunId) -> ports.RunInfo:
        return self._known[run]


def compared(*known: ports.RunInfo, numbers: tuple[int, ...] = ()) -> compare.Comparison:
    numbers = numbers or (0,) * len(known)
    asked = [compare.Asked(one.ref.id, number) for one, number in zip(known, numbers, strict=True)]
    return compare.comparison(Catalog(*known), asked)  # type: ignore[arg-type]


def test_each_part_of_the_provenance_has_its_section() -> None:
    mine = {
        "git": {"commit": "1", "dirty": False},
        "command": ["python", "a.py"],
        "packages": {"torch": "2.1.0", "numpy": "1"},
        "torch": "2.1.0+cu118",
        "driver": "535",
        "seed": 0,
        "data": {"train": {"images": 3}},
    }
    theirs = {
        "git": {"commit": "2", "dirty": False},
        "command": ["python", "b.py"],
        "packages": {"torch": "2.2.0", "numpy": "1"},
        "torch": "2.2.0+cu121",
        "driver": "550",
        "seed": 1,
        "data": {"train": {"images": 4}},
    }
    one = info("a", config={"lr0": 0.1}, settings={"mosaic": 1.0, "batch": 16}, provenance=mine)
    other = info("b", config={"lr0": 0.2}, settings={"mosaic": 0.0, "batch": 8}, provenance=theirs)
    assert compared(one, other) == compare.Comparison(
        [compare.Compared("a", "a", "a", "p", 0), compare.Compared("b", "b", "b", "p", 0)],
        {
            "code": [
                {"key": "command", "a": ["python", "a.py"], "b": ["python", "b.py"]},
                {"key": "git.commit", "a": "1", "b": "2"},
            ],
            "packages": [{"key": "torch", "a": "2.1.0+cu118", "b": "2.2.0+cu121"}],
            "settings": [{"key": "batch", "a": 16, "b": 8}, {"key": "seed", "a": 0, "b": 1}],
            "config": [{"key": "lr0", "a": 0.1, "b": 0.2}],
            "data": [{"key": "train.images", "a": 3, "b": 4}],
            "machine": [{"key": "driver", "a": "535", "b": "550"}],
            "augmentation": [{"key": "mosaic", "a": 1.0, "b": 0.0}],
        },
        {"code": 1, "packages": 1, "settings": 0, "config": 0, "data": 0, "machine": 1, "augmentation": 0},
    )


def test_what_is_missing_is_not_null() -> None:
    found = compared(info("a", config={"x": None, "y": 1}), info("b", config={"z": None}), info("c", config={"x": 2}))
    assert found.sections["config"] == [
        {"key": "x", "a": None, "c": 2},
        {"key": "y", "a": 1},
        {"key": "z", "b": None},
    ]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (1, 1.0, True),
        (1, True, False),
        (0, False, False),
        (0.1, 0.1, True),
        (0.1, "0.1", False),
        ([1, 2], [1.0, 2.0], True),
        ([1], [True], False),
        ([1], [1, 2], False),
        (None, None, True),
        (None, False, False),
    ],
)
def test_values_are_the_same_as_json_has_it(one: object, other: object, same: object) -> None:
    assert compare.is_same(one, other) is same
    assert compare.is_same(other, one) is same


def test_nested_keys_are_dotted_and_plain_lists_stay_whole() -> None:
    given = {"a": {"b": {"c": 1}, "d": {}}, "groups": [{"lr": 1}, {"lr": 2}], "list": [1, 2], "none": None}
    expected = {"a.b.c": 1, "groups.0.lr": 1, "groups.1.lr": 2, "list": [1, 2], "none": None}
    assert expected == compare.flat(given)


def test_two_attempts_of_a_run_are_compared_by_what_each_was_started_with() -> None:
    first, second = attempt(1, git={"commit": "1"}), attempt(2, writer=W2, git={"commit": "2"})
    run = info("a", first, second, config={"lr0": 1})
    found = compared(run, run, numbers=(1, 0))
    assert [one.attempt for one in found.runs] == [1, 2]
    assert found.sections["code"] == [{"key": "git.commit", "a": "1", "b": "2"}]
    assert found.equal["config"] == 1


def test_an_attempt_within_a_process_shares_what_is_known_of_the_process() -> None:
    resumed = (attempt(3, writer=W2, rows=False, driver="2"), attempt(4, writer=W2, index=1, seed=4))
    run = info(
        "a", attempt(1, seed=3, driver="1"), attempt(2, index=1), *resumed, attempt(5, writer=W3, rank=1, seed=9)
    )
    assert [compare.provenance_of(run, number=number) for number in (1, 2, 3)] == [
        {"seed": 3, "driver": "1"},
        {"seed": 3, "driver": "1"},
        {"driver": "2", "seed": 4},
    ]


def test_an_unknown_attempt_and_a_single_run_are_refused() -> None:
    run = info("a", attempt(1))
    with pytest.raises(errors.NotFound, match="no attempt 2; it has 1"):
        compared(run, run, numbers=(1, 2))
    with pytest.raises(errors.InvalidRecord, match="1 runs cannot be compared"):
        compared(run)
