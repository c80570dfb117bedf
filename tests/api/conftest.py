"""The tests of the API import what stands in `tests/contracts`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
