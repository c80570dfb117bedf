"""What is found in the recorded trainings of the repository, as the table of `tests/unit/diagnose/test_t0.py` has it."""

import math
from pathlib import Path

from benchmarks.diagnosis import streams
from yoloscope.importers import find

DATA = Path(__file__).resolve().parents[2] / "tests" / "data"


def main() -> None:
    """Print the table."""
    for path in sorted([*(DATA / "trainings").iterdir(), *(DATA / "run_folders").iterdir()]):
        for source in find.sources(path) if path.is_dir() or path.suffix == ".yoloscope" else ():
            alarms = sorted(streams.of_source(source).alarms, key=lambda one: one.rule)
            shown = ", ".join(f'("{one.rule}", "{one.worst}"): {math.floor(one.epoch)}' for one in alarms)
            print(f'    "{path.name}": {{{shown}}},')
