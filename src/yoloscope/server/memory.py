"""Keeping what the server holds of memory near what it uses.

Called by `yoloscope up` before anything is opened. glibc gives threads heaps of their own, up to eight a core, and keeps what they freed:
forty threads that each once answered a large question hold several times what the process needs. Measured in
mixed load: 345 MB and growing after half an hour without this, 204 MB and flat with it at little more than half the rate.
"""

import ctypes

_M_ARENA_MAX = -8
_M_MMAP_THRESHOLD = -3
_ARENAS = 2
_MMAP_BYTES = (
    1024 * 1024
)  # larger pieces go back to the system when they are freed; setting it stops glibc from raising it by itself


def keep_small() -> bool:
    """Have the C library share its heaps among threads; False where it is not glibc."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    return bool(mallopt(_M_ARENA_MAX, _ARENAS)) and bool(mallopt(_M_MMAP_THRESHOLD, _MMAP_BYTES))
