"""A small data set, and trainings in processes of their own that leave spools to read."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import harness


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> harness.Trained:
    """Every kind of training, recorded with no code change, in one process."""
    trained = harness.Trained(tmp_path_factory.mktemp("trained"))
    kinds = ["plain", "early_stop", "failing", "interrupted", "nan", "resumed", "unvalidated", "overridden"]
    trained.run(*kinds, environment={"YOLOSCOPE_STRICT": "1"})
    return trained


@pytest.fixture(scope="session")
def trained_8_3(tmp_path_factory: pytest.TempPathFactory) -> harness.Trained:
    """The same under the last version whose losses were one tensor."""
    trained = harness.Trained(tmp_path_factory.mktemp("trained83"), overlay=harness.overlay("8.3.200"))
    trained.run("plain", "failing", "resumed", "overridden", environment={"YOLOSCOPE_STRICT": "1"})
    return trained
