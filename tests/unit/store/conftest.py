"""Makes the contract suites importable, with pytest's assertions inside them."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))
pytest.register_assert_rewrite("contracts.series_store", "contracts.catalog")
