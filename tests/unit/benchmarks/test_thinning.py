import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from benchmarks.diagnosis import thinning

from yoloscope.importers import own
from yoloscope.records import logged
from yoloscope.wire import recording

PROGRAM = """
import yoloscope
run = yoloscope.init(project="secret", name="secret", config={"lr0": 0.1, "data": "/home/somebody/data.yaml"}, framework="ultralytics")
run.update("provenance", {"ultralytics": "8.4.190", "hostname": "somewhere", "command": "yolo train"})
for step in range(20):
    run.log({"train/box_loss": 1 / 3 + step, "augmentation/mosaic": 0.5, "val/box_loss": float("inf")}, step=step, epoch=(step + 1) / 10)
run.finish()
"""


@pytest.fixture
def thinned(tmp_path: Path) -> bytes:
    environment = {"YOLOSCOPE_DIR": str(tmp_path / "spool"), "YOLOSCOPE_MODE": "offline", "YOLOSCOPE_TELEMETRY": "off"}
    subprocess.run([sys.executable, "-c", PROGRAM], env=environment, cwd=tmp_path, check=True, timeout=60)
    return thinning.of_spool(tmp_path / "spool", name="F01-x100-s1", now_ns=1)


def test_a_thinned_recording_is_whole_and_has_its_numbers_in_single_precision(thinned: bytes, tmp_path: Path) -> None:
    recording.prove(io.BytesIO(thinned))
    (tmp_path / "a.yoloscope").write_bytes(thinned)
    (source,) = own.sources(tmp_path / "a.yoloscope")
    rows = [entry for entry in source.entries() if isinstance(entry, logged.Logged)]
    assert [row.step for row in rows] == list(range(20))
    assert rows[3].values == {"train/box_loss": float(np.float32(1 / 3 + 3)), "val/box_loss": float("inf")}


def test_a_thinned_recording_names_neither_machine_nor_place(thinned: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.yoloscope").write_bytes(thinned)
    (source,) = own.sources(tmp_path / "a.yoloscope")
    told = source.told()
    assert (told.name, told.version, told.given["lr0"]) == ("F01-x100-s1", "8.4.190", 0.1)
    bodies = [batch for body in recording.Reader(io.BytesIO(thinned)).bodies() for batch in body]
    assert {(batch.run.project, batch.run.host) for batch in bodies} == {("diagnosis", None)}
    said = json.dumps([told.given, told.settings, told.data], default=str) + repr(bodies)
    assert [word for word in ("secret", "somebody", "somewhere", "yolo train", str(tmp_path)) if word in said] == []


def test_a_spool_of_nothing_makes_no_recording(tmp_path: Path) -> None:
    assert thinning.of_spool(tmp_path, name="a", now_ns=1) == b""
