"""A stand-in for libnvidia-ml: it fills the structures of the real nvidia-ml-py from a recording, and returns NVML's own codes.

What lies above the library's functions is real: nvidia-ml-py's calls, structures and errors. What lies below never ran here.
"""

import ctypes
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

INSUFFICIENT_SIZE = 7
NOT_FOUND = 6
TIMEOUT = 10
_HANDLE_BASE = 0x1000


class Library:
    """What ``CDLL`` would return; made once a test, or in a process by the module `pynvml` beside this one.

    ``opened`` is called at each `nvmlInit`; ``pids`` may replace the processes of a card at any time.
    """

    def __init__(self, recording: Path, *, opened: Callable[[], None] = lambda: None) -> None:
        self._cards = json.loads(recording.read_text())["cards"]
        self._looks = [-1] * len(self._cards)
        self._opened = opened
        self._events: list[tuple[int, int]] = []
        self.pids: Callable[[int], list[list[int]] | None] = lambda card: None
        self.gone = 0

    def say(self, card: int, what: str, value: object) -> None:
        """Change what a card answers from now on."""
        for look in self._cards[card]["looks"]:
            look[what] = value

    def nvmlInitWithFlags(self, flags: object) -> int:  # noqa: N802
        self._opened()
        return self.gone

    def nvmlShutdown(self) -> int:  # noqa: N802
        return 0

    def nvmlDeviceGetCount_v2(self, count: Any) -> int:  # noqa: N802
        count._obj.value = len(self._cards)
        return self.gone

    def nvmlDeviceGetHandleByIndex_v2(self, index: Any, device: Any) -> int:  # noqa: N802
        if not 0 <= index.value < len(self._cards):
            return NOT_FOUND
        ctypes.cast(device, ctypes.POINTER(ctypes.c_void_p))[0] = _HANDLE_BASE + index.value
        return 0

    def nvmlDeviceGetUUID(self, handle: Any, buffer: Any, size: object) -> int:  # noqa: N802
        buffer.value = self._cards[_index(handle)]["uuid"].encode()
        return 0

    def nvmlDeviceGetName(self, handle: Any, buffer: Any, size: object) -> int:  # noqa: N802
        buffer.value = self._cards[_index(handle)]["name"].encode()
        return 0

    def nvmlDeviceGetMemoryInfo(self, handle: Any, memory: Any) -> int:  # noqa: N802  # the first of each look
        card = _index(handle)
        self._looks[card] = min(self._looks[card] + 1, len(self._cards[card]["looks"]) - 1)
        return self._answer(handle, "memory", lambda value: _set(memory, used=value[0], total=value[1]))

    def nvmlDeviceGetUtilizationRates(self, handle: Any, rates: Any) -> int:  # noqa: N802
        return self._answer(handle, "utilisation", lambda value: _set(rates, gpu=value[0], memory=value[1]))

    def nvmlDeviceGetTemperature(self, handle: Any, sensor: object, out: Any) -> int:  # noqa: N802
        return self._answer(handle, "temperature", lambda value: _set(out, value=value))

    def nvmlDeviceGetPowerUsage(self, handle: Any, out: Any) -> int:  # noqa: N802
        return self._answer(handle, "power", lambda value: _set(out, value=value))

    def nvmlDeviceGetEnforcedPowerLimit(self, handle: Any, out: Any) -> int:  # noqa: N802
        return self._answer(handle, "power_limit", lambda value: _set(out, value=value))

    def nvmlDeviceGetClockInfo(self, handle: Any, kind: Any, out: Any) -> int:  # noqa: N802
        what = {1: "sm_clock", 2: "memory_clock"}[kind.value]
        return self._answer(handle, what, lambda value: _set(out, value=value))

    def nvmlDeviceGetCurrentClocksThrottleReasons(self, handle: Any, out: Any) -> int:  # noqa: N802
        return self._answer(handle, "throttle", lambda value: _set(out, value=value))

    def nvmlDeviceGetTotalEccErrors(self, handle: Any, kind: Any, counter: object, out: Any) -> int:  # noqa: N802
        what = "ecc_uncorrected" if kind.value else "ecc_corrected"
        return self._answer(handle, what, lambda value: _set(out, value=value))

    def nvmlDeviceGetComputeRunningProcesses_v3(self, handle: Any, count: Any, found: Any) -> int:  # noqa: N802
        def fill(recorded: list[list[int]]) -> int:
            listed = self.pids(_index(handle))
            listed = recorded if listed is None else listed
            if len(listed) > count._obj.value:
                count._obj.value = len(listed)
                return INSUFFICIENT_SIZE
            count._obj.value = len(listed)
            for place, (pid, used) in enumerate(listed):
                found[place].pid, found[place].usedGpuMemory = pid, used
            return 0

        return self._answer(handle, "processes", fill)

    def nvmlEventSetCreate(self, events: object) -> int:  # noqa: N802
        return 0

    def nvmlEventSetFree(self, events: object) -> int:  # noqa: N802
        return 0

    def nvmlDeviceRegisterEvents(self, handle: Any, kinds: object, events: object) -> int:  # noqa: N802
        return 0

    def nvmlEventSetWait_v2(self, events: object, data: Any, timeout: object) -> int:  # noqa: N802
        if self.gone:
            return self.gone
        for card, known in enumerate(self._cards):
            look = known["looks"][max(0, self._looks[card])]
            if look.get("xid"):
                data._obj.eventData = look["xid"].pop(0)
                ctypes.cast(data, ctypes.POINTER(ctypes.c_void_p))[0] = _HANDLE_BASE + card
                return 0
        return TIMEOUT

    def _answer(self, handle: Any, what: str, fill: Callable[[Any], int | None]) -> int:
        card = _index(handle)
        value = self._cards[card]["looks"][max(0, self._looks[card])][what]
        if isinstance(value, dict) and "hang_s" in value:
            time.sleep(value["hang_s"])
            return TIMEOUT
        if self.gone or isinstance(value, dict):
            return self.gone or value["error"]
        return fill(value) or 0


def install(nvml: Any, library: Library) -> None:
    """Put a library under the real nvidia-ml-py."""
    nvml.nvmlLib = library
    nvml._nvmlGetFunctionPointer_cache.clear()


def from_environment() -> Library:
    """Return the library that a process under test has.

    ``NVML_RECORDING`` is its recording, ``NVML_OPENED`` a file that gets the number of each process that opens it, and ``NVML_PIDS``
    one that holds ``{"<card>": [[pid, bytes], …]}``. While the file ``NVML_SILENT`` is there the driver does not answer who opens it.
    """
    opened, pids, silent = (os.environ.get(f"NVML_{name}") for name in ("OPENED", "PIDS", "SILENT"))

    def note() -> None:
        if opened:
            with Path(opened).open("a") as file:
                file.write(f"{os.getpid()}\n")
        while silent and Path(silent).exists():
            time.sleep(0.05)

    def listed(card: int) -> list[list[int]] | None:
        try:
            return json.loads(Path(pids or "").read_text())[str(card)]
        except (OSError, ValueError, KeyError):
            return None

    library = Library(Path(os.environ["NVML_RECORDING"]), opened=note)
    library.pids = listed
    return library


def _index(handle: Any) -> int:
    return ctypes.cast(handle, ctypes.c_void_p).value - _HANDLE_BASE  # type: ignore[operator]


def _set(out: Any, **values: int) -> None:
    for name, value in values.items():
        setattr(out._obj, name, value)
