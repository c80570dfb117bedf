"""Time for tests of the courier."""

from collections.abc import Callable


class Clock:
    """Time that passes only when somebody waits."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.on_wait: Callable[[], None] = lambda: None

    def __call__(self) -> float:
        return self.now_s

    def wait(self, seconds: float) -> None:
        self.now_s += seconds
        self.on_wait()
