"""Write the runs as spools, for `yoloscope sync`: ``python -m tools.seeding DIR [--made-up N] [--only NAME …]``.

The clock of the SDK is replaced in this process alone.
"""

import argparse
import os
import time
from pathlib import Path

TRAININGS = Path(__file__).resolve().parents[2] / "tests" / "data" / "trainings"
_UNTOLD = {"mem_leak", "stalled", "yolo11n", "yolov8n"}
"""Tests of the diagnosis need them; there is little to look at."""
_APART_S = 5400.0
_MADE_UP_APART_S = 900.0


def main() -> None:
    """Tell them all; the newest ended a minute ago."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--made-up", type=int, default=0, help="how many runs besides the recorded ones")
    parser.add_argument("--only", nargs="*", help="recorded trainings by name; all by default")
    chosen = parser.parse_args()
    os.environ |= {
        "YOLOSCOPE_DIR": str(chosen.directory.absolute()),
        "YOLOSCOPE_MODE": "offline",
        "YOLOSCOPE_TELEMETRY": "off",
    }
    (chosen.directory).mkdir(parents=True, exist_ok=True)
    _fill(chosen.made_up, chosen.only)


def _fill(made_up_runs: int, only: list[str] | None) -> None:
    from tools.seeding import clock, made_up, recorded  # noqa: PLC0415  # reads the environment

    now_s = time.time() - 60
    with clock.replaced() as replaced:
        for number in range(made_up_runs):
            made_up.tell(number, clock=replaced, ends_s=now_s - number * _MADE_UP_APART_S, project="sweeps")
        wanted = set(only or (path.name for path in TRAININGS.iterdir())) - _UNTOLD
        folders = sorted(path for path in TRAININGS.iterdir() if path.is_dir() and path.name in wanted)
        for number, folder in enumerate(folders):
            recorded.tell(folder, clock=replaced, ends_s=now_s - number * _APART_S, project="signs")


if __name__ == "__main__":
    main()
