"""A small data set, and trainings in processes of their own that leave spools to read."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import harness

OVERLAY = Path(__file__).parents[3] / ".cache" / "ultralytics-8.3.200"


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> harness.Trained:
    """Every kind of training, recorded with no code change, in one process."""
    trained = harness.Trained(tmp_path_factory.mktemp("trained"))
    kinds = ["plain", "early_stop", "failing", "interrupted", "nan", "resumed", "unvalidated", "overridden"]
    trained.run(*kinds, environment={"YOLOSCOPE_STRICT": "1"})
    return trained


@pytest.fixture(scope="session")
def trained_8_3(tmp_path_factory: pytest.TempPathFactory) -> harness.Trained:
    """The same under the last version whose losses were one tensor; `make ultralytics-8.3` installs it."""
    if not OVERLAY.is_dir():
        pytest.skip(f"no Ultralytics 8.3.200 in {OVERLAY}")
    trained = harness.Trained(tmp_path_factory.mktemp("trained83"), overlay=OVERLAY)
    trained.run("plain", "failing", "resumed", "overridden", environment={"YOLOSCOPE_STRICT": "1"})
    return trained
