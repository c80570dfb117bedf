"""What the measures would have done in the recorded trainings of the diagnosis' proof: to none that is healthy anything."""

import pytest
from benchmarks import autopilot
from benchmarks.diagnosis import jobs

pytestmark = pytest.mark.slow  # 128 trainings are replayed


@pytest.fixture(scope="module")
def found() -> dict[str, autopilot.Would]:
    return {one.name: one for one in autopilot.would(autopilot.JUDGED)}


def test_no_healthy_training_would_have_been_touched(found) -> None:
    healthy = [one for one in found.values() if one.fault == jobs.HEALTHY]
    assert len(healthy) == 68
    assert [(one.name, one.acts) for one in healthy if one.acts] == []


def test_whom_they_would_have_touched(found) -> None:
    touched = {one.name: {name: why.split()[0] for name, why in one.acts.items()} for one in found.values() if one.acts}
    none_found, broken = {"stop_broken": "G04"}, {"roll_back_diverged": "N03", "stop_broken": "N03"}
    assert touched == {
        "F01-x30late-s8001": {"roll_back_diverged": "N13"},
        "F03-x0.001-s8000": none_found,
        "F03-x0.001-s8001": none_found,
        "F04-shift0.5-s8001": none_found,
        "F05-swap1-s8000": none_found,
        "F05-swap1-s8001": none_found,
        "F11-weights-s8001": {"roll_back_diverged": "N01", "stop_broken": "N01"},
        "F15-cls0-s8000": none_found,
        "F15-cls0-s8001": none_found,
        "F22-weight-s8000": broken,
    }
