"""Real stores on a temporary directory, and runs with two attempts to ask about."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from yoloscope.store import open as opening


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[opening.Stores]:
    with opening.open_stores(tmp_path) as stores:
        yield stores
