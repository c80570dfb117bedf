"""Makes what tests share importable, with pytest's assertions inside it."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))
pytest.register_assert_rewrite("contracts.curves")
