"""One-time links: a code that opens the dashboard once, kept in memory for ten minutes."""

import time
from collections import OrderedDict
from collections.abc import Callable

from yoloscope.server.access import secret

LIFETIME_S = 600.0
_CODES_MAX = 100


class Links:
    """Codes that have not been used yet."""

    def __init__(self, *, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._clock_s = clock_s
        self._expires_s: OrderedDict[str, float] = OrderedDict()

    def new(self) -> str:
        """Return a new code; the oldest goes when there are too many."""
        code = secret.new()
        self._expires_s[code] = self._clock_s() + LIFETIME_S
        if len(self._expires_s) > _CODES_MAX:
            self._expires_s.popitem(last=False)
        return code

    def use(self, code: str) -> bool:
        """Tell whether the code opens the door; it never does so again."""
        expires_s = self._expires_s.pop(code, None)
        return expires_s is not None and self._clock_s() < expires_s
