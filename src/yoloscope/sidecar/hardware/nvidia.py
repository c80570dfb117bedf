"""NVIDIA cards through NVML (nvidia-ml-py). Every value is asked for on its own: what one card does not tell is left out, said once.

No driver, no card or no nvidia-ml-py: `opened` returns None without a word. A card is there and the driver does not answer, since the machine has just begun or
the driver was updated: that is said, for nobody may take it for a machine without cards.
"""

import ctypes
import logging
from collections.abc import Callable, Iterable
from typing import Any

from yoloscope.sidecar.hardware import bus, port

log = logging.getLogger("yoloscope.sidecar")
VENDOR = "nvidia"
_XIDS_MOST = 100
"""Events taken in one look; a card in trouble may report thousands."""
_THROTTLES = {
    "throttled_by_power": 0x4,  # the power limit, in software
    "throttled_by_heat": 0x20 | 0x40,  # in software and in hardware
    "throttled_by_hardware": 0x8,  # half the clock or less: heat, power brake or supply
    "throttled_by_power_brake": 0x80,  # the power supply asked for it
}
"""Bits of NVML's clock event reasons by the series that they become."""
_NEVER = {2, 3, 4, 13, 25}
"""Not for this card, not for this user, or not in this driver: not asked again."""
_LOST = {15, 16}
"""The card fell off the bus, or must be reset."""
_GONE = {1, 9, 12, 18}
"""The driver was unloaded, or updated under us."""

_Ask = Callable[[Any, Any], dict[str, float]]


def opened() -> port.Vendor | None:
    """Return the open driver; None where there is none.

    Raises:
        DriverGone: if there are cards and it does not answer.
    """
    try:
        import pynvml  # noqa: PLC0415  # 3 MB, for the one sidecar of a host that reads cards
    except ImportError:
        return None
    nvml: Any = pynvml
    try:
        nvml.nvmlInit()
    except nvml.NVMLError as error:
        if int(error.value) != nvml.NVML_ERROR_LIBRARY_NOT_FOUND and bus.count():
            raise port.DriverGone(str(error)) from error
        log.debug("no NVIDIA driver: %s", error)
        return None
    return _Nvidia(nvml)


class _Device:
    """One card: its handle, and what it is known not to tell."""

    def __init__(self, handle: Any, *, index: int, uuid: str, name: str) -> None:
        self.handle = handle
        self.index = index
        self.uuid = uuid
        self.name = name
        self.refused: set[str] = set()
        self.noted: set[str] = set()
        self.xid: float | None = None
        self.xid_errors = 0


class _Nvidia:
    """NVML, open. Used from one thread."""

    def __init__(self, nvml: Any) -> None:
        self._nvml = nvml
        self._devices = [found for index in range(self._count()) if (found := self._device(index)) is not None]
        self._events = self._listening()

    def look(self) -> list[port.Card]:
        """Return all cards as they are now; raises DriverGone as the port says."""
        self._take_events()
        return [self._card(device) for device in self._devices]

    def close(self) -> None:
        """Let NVML go; harmless when it is gone."""
        try:
            if self._events is not None:
                self._nvml.nvmlEventSetFree(self._events)
                self._events = None
            self._nvml.nvmlShutdown()
        except self._nvml.NVMLError as error:
            log.debug("NVML does not close: %s", error)

    def _count(self) -> int:
        try:
            return int(self._nvml.nvmlDeviceGetCount())
        except self._nvml.NVMLError as error:
            raise port.DriverGone(f"NVIDIA cards cannot be counted: {error}") from error

    def _device(self, index: int) -> _Device | None:
        nvml = self._nvml
        try:
            handle = nvml.nvmlDeviceGetHandleByIndex(index)
            uuid, name = nvml.nvmlDeviceGetUUID(handle), nvml.nvmlDeviceGetName(handle)
        except nvml.NVMLError as error:
            log.info("NVIDIA card %d is left out: %s", index, error)
            return None
        return _Device(handle, index=index, uuid=_text(uuid), name=_text(name))

    def _card(self, device: _Device) -> port.Card:
        numbers: dict[str, float] = {}
        processes: dict[int, int] | None = None
        try:
            for name, ask in _ASKED:
                numbers.update(self._asked(device, name, ask) or {})
            listed = self._asked(device, "processes", _processes)
            processes = None if listed is None else {int(pid): int(used) for pid, used in listed.items()}
        except _CardLostError:
            numbers, processes = {}, None
        if device.xid is not None:
            numbers |= {"xid": device.xid, "xid_errors": float(device.xid_errors)}
        return port.Card(VENDOR, device.index, device.uuid, device.name, numbers, processes)

    def _asked(self, device: _Device, name: str, ask: _Ask) -> dict[str, float] | None:
        """Return what one call tells, None if it tells nothing.

        Raises:
            DriverGone, _CardLostError: if nothing more is to be asked of the driver, or of this card in this look.
        """
        if name in device.refused:
            return None
        try:
            return ask(self._nvml, device.handle)
        except self._nvml.NVMLError as error:
            code = int(error.value)
            if code in _GONE:
                raise port.DriverGone(str(error)) from error
            self._note(device, "the card" if code in _LOST else name, error)
            if code in _LOST:
                raise _CardLostError from error
            if code in _NEVER:
                device.refused.add(name)
        except AttributeError as error:  # a release of nvidia-ml-py without this call
            self._note(device, name, error)
            device.refused.add(name)
        return None

    @staticmethod
    def _note(device: _Device, what: str, error: Exception) -> None:
        if what not in device.noted:
            device.noted.add(what)
            log.info("NVIDIA card %d (%s): %s cannot be read: %s", device.index, device.name, what, error)

    def _listening(self) -> Any:
        """Return an event set that hears XID errors of the cards that report them; None where none does."""
        nvml, heard = self._nvml, False
        try:
            events = nvml.nvmlEventSetCreate()
        except nvml.NVMLError as error:
            log.info("XID errors cannot be read: %s", error)
            return None
        for device in self._devices:
            try:
                nvml.nvmlDeviceRegisterEvents(device.handle, nvml.nvmlEventTypeXidCriticalError, events)
                device.xid, heard = 0.0, True
            except nvml.NVMLError as error:
                self._note(device, "xid", error)
        return events if heard else None

    def _take_events(self) -> None:
        nvml = self._nvml
        try:
            for _ in range(_XIDS_MOST if self._events is not None else 0):
                self._take(nvml.nvmlEventSetWait_v2(self._events, 0))
        except nvml.NVMLError as error:  # a timeout: there is no further one
            if int(error.value) in _GONE:
                raise port.DriverGone(str(error)) from error

    def _take(self, event: Any) -> None:
        for device in self._devices:
            if _address(device.handle) == _address(event.device):
                device.xid, device.xid_errors = float(event.eventData), device.xid_errors + 1
                log.warning("NVIDIA card %d (%s) reports XID %d", device.index, device.name, event.eventData)


class _CardLostError(Exception):
    """A card that answers nothing any more."""


def _utilisation(nvml: Any, card: Any) -> dict[str, float]:
    rates = nvml.nvmlDeviceGetUtilizationRates(card)
    return {"util_percent": float(rates.gpu), "memory_busy_percent": float(rates.memory)}


def _memory(nvml: Any, card: Any) -> dict[str, float]:
    memory = nvml.nvmlDeviceGetMemoryInfo(card)
    return {"memory_bytes": float(memory.used), "memory_total_bytes": float(memory.total)}


def _temperature(nvml: Any, card: Any) -> dict[str, float]:
    return {"temperature_c": float(nvml.nvmlDeviceGetTemperature(card, nvml.NVML_TEMPERATURE_GPU))}


def _power(nvml: Any, card: Any) -> dict[str, float]:
    return {"power_w": nvml.nvmlDeviceGetPowerUsage(card) / 1e3}


def _power_limit(nvml: Any, card: Any) -> dict[str, float]:
    return {"power_limit_w": nvml.nvmlDeviceGetEnforcedPowerLimit(card) / 1e3}


def _sm_clock(nvml: Any, card: Any) -> dict[str, float]:
    return {"sm_clock_hz": nvml.nvmlDeviceGetClockInfo(card, nvml.NVML_CLOCK_SM) * 1e6}


def _memory_clock(nvml: Any, card: Any) -> dict[str, float]:
    return {"memory_clock_hz": nvml.nvmlDeviceGetClockInfo(card, nvml.NVML_CLOCK_MEM) * 1e6}


def _throttles(nvml: Any, card: Any) -> dict[str, float]:
    reasons = int(nvml.nvmlDeviceGetCurrentClocksThrottleReasons(card))
    return {name: float(bool(reasons & bits)) for name, bits in _THROTTLES.items()}


def _ecc_corrected(nvml: Any, card: Any) -> dict[str, float]:
    kind = nvml.NVML_MEMORY_ERROR_TYPE_CORRECTED
    return {"ecc_corrected": float(nvml.nvmlDeviceGetTotalEccErrors(card, kind, nvml.NVML_VOLATILE_ECC))}


def _ecc_uncorrected(nvml: Any, card: Any) -> dict[str, float]:
    kind = nvml.NVML_MEMORY_ERROR_TYPE_UNCORRECTED
    return {"ecc_uncorrected": float(nvml.nvmlDeviceGetTotalEccErrors(card, kind, nvml.NVML_VOLATILE_ECC))}


def _processes(nvml: Any, card: Any) -> dict[str, float]:
    listed: Iterable[Any] = nvml.nvmlDeviceGetComputeRunningProcesses(card)
    return {str(one.pid): float(-1 if one.usedGpuMemory is None else one.usedGpuMemory) for one in listed}


_ASKED: tuple[tuple[str, _Ask], ...] = (
    ("memory", _memory),
    ("utilisation", _utilisation),
    ("temperature", _temperature),
    ("power", _power),
    ("power limit", _power_limit),
    ("core clock", _sm_clock),
    ("memory clock", _memory_clock),
    ("throttle reasons", _throttles),
    ("corrected memory errors", _ecc_corrected),
    ("memory errors", _ecc_uncorrected),
)


def _text(value: object) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _address(handle: Any) -> int | None:
    return ctypes.cast(handle, ctypes.c_void_p).value
