"""What is typed becomes arguments, or is refused with what would do before anything is sent."""

import click
import pytest
from click.testing import CliRunner

from yoloscope.cli import main
from yoloscope.cli.act import asking

NOWHERE = ("--server", "http://127.0.0.1:9")


@pytest.mark.parametrize(
    ("words", "args"),
    [
        (("lr=0.003",), {"lr": 0.003}),
        (("lr=3e-3", "epochs=120"), {"lr": 0.003, "epochs": 120}),
        (("lr=x0.3",), {"lr_factor": 0.3}),
        (("lr=×0.3",), {"lr_factor": 0.3}),
        (("lr=*2",), {"lr_factor": 2}),
        (("close-mosaic=0", "box = 7.5"), {"close_mosaic": 0, "box": 7.5}),
        (("lr=nan",), {"lr": pytest.approx(float("nan"), nan_ok=True)}),
        (("lr=abc",), {"lr": "abc"}),
        (("patience=-1",), {"patience": -1}),
    ],
)
def test_words_become_arguments(words: tuple[str, ...], args: dict[str, object]) -> None:
    assert asking.arguments(words) == args


@pytest.mark.parametrize("words", [("lr",), ("=3",), ("lr=1", "lr=2"), ("lr_factor=2", "lr=x3"), ("--jsn",)])
def test_words_of_no_sense_are_refused(words: tuple[str, ...]) -> None:
    with pytest.raises(click.UsageError):
        asking.arguments(words)


@pytest.mark.parametrize(
    ("word", "english", "chinese"),
    [
        ("lr=abc", "lr=abc cannot be used: use a number above 0 up to 10", "lr=abc 不可用：请用大于 0、不超过 10 的数"),
        ("lr=0", "lr=0 cannot be used: use a number above 0 up to 10", "lr=0 不可用：请用大于 0、不超过 10 的数"),
        ("lr=1e9", "lr=1000000000.0 cannot be used", "lr=1000000000.0 不可用"),
        ("lr=nan", "lr=nan cannot be used", "lr=nan 不可用"),
        ("lr=x0", "lr_factor=0 cannot be used: use a number above", "lr_factor=0 不可用：请用大于"),
        ("weight_decay=-1", "use a number from 0 up to 1", "请用 0 到 1 之间的数"),
        ("patience=-1", "use a whole number from 1 to 100000", "请用 1 到 100000 之间的整数"),
        ("epochs=1.5", "epochs=1.5 cannot be used", "epochs=1.5 不可用"),
        ("batch=8", "there is no batch: use one of lr, lr_factor", "没有 batch：可以用：lr, lr_factor"),
    ],
)
def test_a_bad_value_is_refused_in_both_languages_before_anything_is_sent(
    word: str, english: str, chinese: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = CliRunner().invoke(main.cli, ["set", "r1", word, *NOWHERE])
    assert (said.exit_code, english in said.output) == (2, True), said.output
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert chinese in CliRunner().invoke(main.cli, ["set", "r1", word, *NOWHERE]).output


def test_lr_and_its_factor_exclude_each_other() -> None:
    said = CliRunner().invoke(main.cli, ["set", "r1", "lr=0.1", "lr_factor=2", *NOWHERE])
    assert (said.exit_code, "lr_factor" in said.output) == (2, True)


@pytest.mark.parametrize(
    "words",
    [
        ("stop", "r1", "--resumable", "--kill"),
        ("do", "r1", "note"),
        ("do", "r1", "note", " "),
        ("do", "r1", "validate", "x=1"),
        ("do", "r1", "rollback", "lr_factor=2"),
        ("do", "r1", "stop"),
        ("pause", "r1", "--deadline", "0"),
        ("set", "r1"),
    ],
)
def test_wrong_usage_is_exit_code_two(words: tuple[str, ...]) -> None:
    assert CliRunner().invoke(main.cli, [*words, *NOWHERE]).exit_code == 2


@pytest.mark.parametrize(
    "words",
    [
        ("pause", "r1"),
        ("stop", "r1", "--kill"),
        ("set", "r1", "lr=1"),
        ("resume", "r1"),
        ("commands", "r1"),
        ("save", "r1"),
    ],
)
def test_no_server_is_exit_code_three(words: tuple[str, ...]) -> None:
    said = CliRunner().invoke(main.cli, [*words, *NOWHERE])
    assert (said.exit_code, "no yoloscope server answers" in said.output) == (3, True)
