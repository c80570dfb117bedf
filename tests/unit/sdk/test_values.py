"""Odd arguments of `log`: whatever they do when they are looked at, the training goes on and the rest of the row is kept."""

import sys
from collections.abc import Iterator, Mapping

import pytest

from yoloscope.records import row
from yoloscope.sdk import guard, values


class Losses:
    def __init__(self) -> None:
        self.counts: dict[str, int] = {}

    def count_lost(self, reason: str) -> int:
        self.counts[reason] = self.counts.get(reason, 0) + 1
        return self.counts[reason]


class Raising:
    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __float__(self) -> float:
        raise self.error

    def __int__(self) -> int:
        raise self.error

    def __repr__(self) -> str:
        raise self.error


class Torn(Mapping[str, float]):
    def __getitem__(self, name: str) -> float:
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        yield "a"
        raise RuntimeError("changed size during iteration")

    def __len__(self) -> int:
        return 1


@pytest.fixture(autouse=True)
def lenient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("YOLOSCOPE_STRICT", raising=False)
    guard.forget()
    yield
    guard.forget()


ERRORS = [ZeroDivisionError(), AssertionError(), DeprecationWarning("size 1"), KeyError("x"), RuntimeError("cuda")]


@pytest.mark.parametrize("error", ERRORS)
def test_a_value_that_raises_is_left_out_and_counted(error: Exception) -> None:
    losses = Losses()
    found = values.Cleaner(losses).row({"bad": Raising(error), "good": 1.0}, 3, 0.5)
    assert (found, losses.counts) == (({"good": 1.0}, 3, 0.5), {"wrong_type": 1})


@pytest.mark.parametrize("error", ERRORS)
def test_a_step_or_epoch_that_raises_costs_itself_alone(error: Exception) -> None:
    found = values.Cleaner(Losses()).row({"good": 1.0}, Raising(error), Raising(error))
    assert found is not None
    assert found[:2] == ({"good": 1.0}, row.NO_STEP)


def test_a_mapping_that_cannot_be_walked_through_is_counted() -> None:
    losses = Losses()
    assert values.Cleaner(losses).row(Torn(), 0, 0.0) is None
    assert losses.counts == {"wrong_type": 1}


def test_ctrl_c_in_the_middle_is_the_users() -> None:
    with pytest.raises(KeyboardInterrupt):
        values.Cleaner(Losses()).row({"a": Raising(KeyboardInterrupt())}, 0, 0.0)


class Broken:
    encoding = "no-such-encoding"

    def write(self, text: str) -> int:
        raise AttributeError(text)


@pytest.mark.parametrize("stream", [None, Broken()])
def test_a_stderr_that_is_gone_or_broken_does_not_matter(monkeypatch: pytest.MonkeyPatch, stream: object) -> None:
    monkeypatch.setattr(sys, "stderr", stream)
    guard.note("a", "b")
    assert values.Cleaner(Losses()).row({"a": None}, 0, 0.0) is None


def test_ever_new_names_do_not_flood_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    cleaner = values.Cleaner(Losses())
    for number in range(1000):
        cleaner.row({f"image_{number}": "x"}, 0, 0.0)
    said = capsys.readouterr().err.splitlines()
    assert len(said) <= guard.NOTES_MOST + 1
    assert "counted" in said[-1]
