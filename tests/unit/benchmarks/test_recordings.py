"""What the proof keeps in the repository; nothing of it is made here."""

import re
from pathlib import Path

import pytest
from benchmarks.diagnosis import jobs

from yoloscope.importers import own
from yoloscope.wire import recording

DATA = Path(__file__).parents[2] / "data" / "diagnosis"
SPLITS = sorted(path.parent for path in DATA.glob("*/manifest.jsonl"))
FILE_BYTES = 150_000


def test_what_the_rules_were_tuned_on_is_kept() -> None:
    assert "tune" in {folder.name for folder in SPLITS}


@pytest.mark.parametrize("folder", SPLITS, ids=lambda folder: folder.name)
def test_every_recording_is_noted_whole_small_and_of_one_run(folder: Path) -> None:
    noted = jobs.lines(folder)
    assert sorted(path.name for path in folder.glob("*.yoloscope")) == sorted(line.file for line in noted if line.file)
    for line in noted:
        if not line.file:
            continue
        path = folder / line.file
        assert path.stat().st_size <= FILE_BYTES
        with path.open("rb") as file:
            header, _ = recording.prove(file)
        assert [(run.project, run.name) for run in header.runs] == [("diagnosis", line.job.name)]
        (source,) = own.sources(path)
        assert source.told().framework == "ultralytics"


@pytest.mark.parametrize("folder", SPLITS, ids=lambda folder: folder.name)
def test_the_manifest_names_no_place(folder: Path) -> None:
    assert re.findall(r'"/[^"]*', (folder / jobs.NAME).read_text()) == []
