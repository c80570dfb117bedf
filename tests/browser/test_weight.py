"""How much JavaScript travels before a page is of use: a size, computed from the built files, not a time."""

import gzip
import re
from pathlib import Path

import pytest

import yoloscope.server

ASSETS = Path(yoloscope.server.__file__).parent / "static" / "assets"
BEFORE_A_CHART = 240_000  # bytes, compressed
TO_THE_FIRST_CHART = 420_000
_OF_ECHARTS = "_echarts_instance_"  # an attribute that it writes: no bundler renames it
_IMPORTED = re.compile(r"""(?:\bfrom|\bimport)\s*["']\./([\w.-]+\.js)["']""")


def chunk(name: str) -> list[Path]:
    """Return the built files of a name, whatever their digest is."""
    found = [path for path in ASSETS.iterdir() if re.fullmatch(rf"{name}-[\w-]{{8}}\.js", path.name)]
    assert found, f"no built file is called {name}"
    return found


def together(entries: list[Path]) -> set[Path]:
    """Return the files, and all that they import at once."""
    found: set[Path] = set()
    waiting = list(entries)
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += [ASSETS / name for name in _IMPORTED.findall(path.read_text(encoding="utf-8"))]
    return found


def weight(files: set[Path]) -> int:
    return sum(len(gzip.compress(path.read_bytes(), 9)) for path in files)


def texts(*halves: str) -> set[Path]:
    """Return the texts of the language that has the longer ones: a page brings one language."""
    return {max(chunk(half), key=lambda path: weight({path})) for half in halves}


@pytest.fixture(scope="module")
def start() -> list[Path]:
    """The files that every page begins with."""
    if not ASSETS.is_dir():
        pytest.skip("the web interface is not built: make web")
    html = (ASSETS.parent / "index.html").read_text(encoding="utf-8")
    return [ASSETS / name for name in re.findall(r"/assets/([\w.-]+\.js)", html)]


def test_the_run_table_brings_little(start) -> None:
    assert weight(together(start) | texts("first")) <= BEFORE_A_CHART


@pytest.mark.parametrize("tab", ["OverviewTab", "ChartSections"])
def test_a_run_shows_its_first_chart_after_little(start, tab) -> None:
    assert weight(together(start + chunk("RunPage") + chunk(tab)) | texts("first", "rest")) <= TO_THE_FIRST_CHART


def test_curves_of_many_runs_show_after_little(start) -> None:
    assert (
        weight(together(start + chunk("ComparePage") + chunk("CurvesTab")) | texts("first", "rest"))
        <= TO_THE_FIRST_CHART
    )


@pytest.mark.parametrize("page", ["start", "RunPage", "ChartSections", "OverviewTab", "CurvesTab"])
def test_the_library_of_other_pictures_is_not_brought_for_curves(start, page) -> None:
    brought = together(start + chunk(page))
    assert not [path.name for path in brought if _OF_ECHARTS in path.read_text(encoding="utf-8")]
    assert any(_OF_ECHARTS in path.read_text(encoding="utf-8") for path in together(chunk("Figure")))
