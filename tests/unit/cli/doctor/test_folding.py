import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from PIL import Image

from yoloscope.cli.doctor import folding
from yoloscope.cli.main import cli
from yoloscope.importers import contract

IMAGES = 12
BEYOND = "coordinates beyond the image: "


def fault(number: int, text: str) -> contract.Fault:
    return contract.Fault(f"{number}.txt", text, text, number)


def test_kinds_differ_in_words_but_not_in_places_and_numbers() -> None:
    columns = [fault(number, f"it has {number} columns, 5 are expected") for number in range(6, 13)]
    beyond = [fault(number, f"coordinates beyond the image: {number}.5 x") for number in range(5)]
    first, second = folding.folded([columns[0], *beyond, *columns[1:]])
    assert (first.shown, first.more) == (tuple(columns[:5]), tuple(columns[5:]))
    assert (second.shown, second.more) == (tuple(beyond), ())
    assert folding.folded([]) == []


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Return a data set whose labels all lie beyond their images, but one that holds a word."""
    for folder in ("images/train", "labels/train"):
        (tmp_path / folder).mkdir(parents=True)
    for number in range(IMAGES):
        Image.new("RGB", (32, 32), (20 * number, 90, 40)).save(tmp_path / f"images/train/{number:02}.png")
        (tmp_path / f"labels/train/{number:02}.txt").write_text("0 1.5 0.5 0.2 0.2\n" if number else "0 a b c d\n")
    path = tmp_path / "data.yaml"
    path.write_text(f"path: {tmp_path}\ntrain: images/train\nval: images/train\nnames: [one]\n")
    return path


@pytest.fixture
def doctor(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    monkeypatch.chdir(tmp_path)
    return lambda *options: CliRunner().invoke(cli, ["doctor", str(data), *options], catch_exceptions=False).stdout


@pytest.mark.parametrize(
    ("lang", "beyond", "fold"),
    [
        ("en", f", line 1: {BEYOND}", "and {} more, all of them in --json and --html"),
        ("zh", " 第 1 行：坐标超出图片：", "另有 {} 条，--json 与 --html 中全部列出"),
    ],
)
def test_a_terminal_shows_the_first_five_of_a_kind(doctor, lang: str, beyond: str, fold: str) -> None:
    shown = "".join(doctor("--lang", lang).split())
    every = 2 * (IMAGES - 1)
    assert shown.count("".join(beyond.split())) == 5
    assert "".join(fold.format(every - 5).split()) in shown
    assert shown.count("00.txt") == 2


def test_programs_and_the_page_have_all_of_them(doctor, tmp_path: Path) -> None:
    (report,) = json.loads(doctor("--json", "--lang", "en"))
    beyond = [line for line in report["faults"] if BEYOND in line]
    assert len(beyond) == 2 * (IMAGES - 1)
    assert f"{tmp_path}/labels/train/01.txt, line 1: {BEYOND}" in beyond[0]
    doctor("--html", "page.html", "--lang", "en")
    page = (tmp_path / "page.html").read_text()
    before, _, behind = page.partition(f"<summary>and {2 * (IMAGES - 1) - 5} more</summary>")
    assert (before.count(BEYOND), behind.partition("</details>")[0].count(BEYOND)) == (
        5,
        17,
    )
