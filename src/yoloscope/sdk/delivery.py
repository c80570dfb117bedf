"""Waiting for the sidecar at the end of a training: as long as the server takes rows, and no longer.

Called by `Run.finish` in the trainer and by `yoloscope run` beside it.
"""

import time

from yoloscope.spool import state

WAIT_S = 10.0
DEAD_S = 1.9
"""Leaves a tenth of a second of the two that a training may wait at its end for all else that ends."""
START_S = 5.0
"""How long a sidecar may take to start, on a busy machine."""
_POLL_S = 0.02


def wait(page: state.StatePage, *, most_s: float = WAIT_S, dead_s: float = DEAD_S) -> bool:
    """Return whether everything is sent: wait `most_s` while acknowledgements come, `dead_s` without any."""
    begun_s = progress_s = time.monotonic()
    page.put("finishing", 1)
    acked = page.get("last_ack_ns")
    while not page.get("complete"):
        now_s = time.monotonic()
        if now_s - begun_s > most_s or now_s - progress_s > dead_s:
            return False
        latest = page.get("last_ack_ns")
        if latest != acked:
            acked, progress_s = latest, now_s
        time.sleep(_POLL_S)
    return True
