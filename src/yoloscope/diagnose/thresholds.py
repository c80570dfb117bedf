"""Every number that decides whether a rule speaks: the one file that is tuned. Its digest stands in every report of the proof.

Marks: [V] read in a source, [M] measured on public trainings, [P] a proposal to be calibrated. Names begin with the rule's id.
"""

import hashlib
from pathlib import Path

# --- common ---------------------------------------------------------------------------------------------------------
EMA_ALPHA = 0.3
WINDOW_LEAST = 12  # epochs; W = max(12, 0.1 E)
WINDOW_SHARE = 0.1
WINDOW_MOST = 32  # epochs that are remembered
GAINS = (0.002, 0.005)  # rises of mAP50-95 that `stale` counts from
WAIT_LEAST = 12  # epochs; rules on metrics wait until max(12, 0.15 E)
WAIT_SHARE = 0.15
CUT_MUTE = 3  # epochs before and after a cut
STEP_CLEARS = 50
FALLS_Z = -3.1  # corrected Z
MARKS = ("spike", "overflow", "clipped", "explosion", "data_wait", "slow_step")

# --- preflight (P) --------------------------------------------------------------------------------------------------

# --- numerics and optimisation (N) ----------------------------------------------------------------------------------

# --- components of the loss (L) -------------------------------------------------------------------------------------

# --- generalisation and metrics (G) ---------------------------------------------------------------------------------

# --- system (S) -----------------------------------------------------------------------------------------------------

# --- liveness and history (H), forecast and answer ------------------------------------------------------------------


def window(epochs: int | None) -> int:
    """Return W for a budget of so many epochs, as far as is remembered."""
    return min(WINDOW_MOST, max(WINDOW_LEAST, int(WINDOW_SHARE * (epochs or 0))))


def wait(epochs: int | None) -> int:
    """Return until which epoch rules that wait are silent."""
    return max(WAIT_LEAST, int(WAIT_SHARE * (epochs or 0)))


def digest() -> str:
    """Return the SHA-256 of this file."""
    return hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
