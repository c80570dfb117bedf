"""Waits for Ultralytics to be imported and passes its events on: installed in any Python, stdlib only.

A finder at the head of ``sys.meta_path`` knows four module names. Once one of them has executed, `BaseTrainer.run_callbacks`
and `BaseValidator.run_callbacks` are tapped: the original runs first, then the event is delivered. The observer is
imported at the first event of a trainer, so a process that never trains pays for the finder alone. Taps carry a marker,
which makes every step idempotent. Trainer classes that replace `run_callbacks` are reached through their callback lists.

The one ``except Exception`` outside `sdk.guard` stands here: the guard itself may be what cannot be imported.
"""
# ruff: noqa: PTH100, PTH105, PTH110, PTH118, PTH120, PTH123  # pathlib, typing and importlib.util would cost every Python that starts milliseconds

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Protocol

    class Caller(Protocol):
        """A trainer or validator that is being built."""

        callbacks: dict[str, list[object]]

    class Observer(Protocol):
        """The module that takes events."""

        def trainer_event(self, trainer: object, event: str) -> None:
            """Take an event of a trainer."""
            ...

        def validator_event(self, validator: object, event: str) -> None:
            """Take an event of a validator."""
            ...


HANDSHAKE = "YOLOSCOPE_RUN"
"""The environment variable that names the folder in which a trainer leaves word for `yoloscope run`."""
RESUME = "YOLOSCOPE_RESUME"
"""The environment variable with which `yoloscope resume` names the run that the process is to go on with."""
RESUME_FROM = "YOLOSCOPE_RESUME_FROM"
"""The checkpoint that it is to go on from."""
PATH_DIR = os.path.join(os.path.dirname(os.path.abspath(__file__)), "path")
"""The folder for ``PYTHONPATH``."""
EVENTS = (
    "on_pretrain_routine_start",
    "on_train_start",
    "on_train_epoch_start",
    "on_train_batch_start",
    "on_train_batch_end",
    "on_train_epoch_end",
    "on_fit_epoch_end",
    "on_train_end",
    "teardown",
)
_OBSERVER = "yoloscope.integrations.ultralytics.observe"
_RELAUNCH = "yoloscope.integrations.ultralytics.relaunch"
_TAPPED = "_yoloscope_tapped"


class Callback:
    """A callback for one event, equal to every other for that event, so that no list holds two."""

    def __init__(self, event: str) -> None:
        self.event = event

    def __call__(self, caller: object) -> None:
        """Deliver the event unless the tap of the same object is about to."""
        if id(caller) not in _inside:
            deliver_trainer_event(caller, self.event)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Callback) and other.event == self.event

    def __hash__(self) -> int:
        return hash(self.event)


class Finder:
    """Lets the other finders find the four modules, and taps each once it has executed."""

    def __init__(self) -> None:
        self._busy: set[str] = set()

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec that Python would have used, its loader told to tap; `None` for every other module."""
        if name not in _TAPS or name in self._busy:
            return None
        self._busy.add(name)
        try:
            spec = self._ask_others(name, path, target)
        finally:
            self._busy.discard(name)
        if spec is not None and spec.loader is not None:
            _tap_after_execution(spec)
        return spec

    def _ask_others(self, name: str, path: Sequence[str] | None, target: ModuleType | None) -> ModuleSpec | None:
        for finder in sys.meta_path:
            find = getattr(finder, "find_spec", None)
            spec = None if finder is self or find is None else find(name, path, target)
            if spec is not None:
                return spec
        return None


_finder = Finder()
_inside: list[int] = []
_observer: Observer | None = None
_off = False


def install() -> None:
    """Tap Ultralytics now if it is imported, else when it is; calling again changes nothing."""
    if os.environ.get("YOLOSCOPE_MODE") == "disabled":
        return
    if _finder not in sys.meta_path:
        sys.meta_path.insert(0, _finder)
    for name, tap in _TAPS.items():
        module = sys.modules.get(name)
        if module is not None:
            tap(module)


def leave_word(name: str, *, text: str = "") -> None:
    """Write a file in the folder of `yoloscope run`, if there is one; whoever reads it finds it whole."""
    folder = os.environ.get(HANDSHAKE)
    if not folder:
        return
    target = os.path.join(folder, name)
    if not text and os.path.exists(target):
        return
    partial = os.path.join(folder, f"part-{os.getpid()}-{name}")
    try:
        with open(partial, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(partial, target)
    except OSError:
        return  # the folder of a parent that is gone


def deliver_trainer_event(trainer: object, event: str) -> None:
    """Hand a trainer's event to the observer, importing it at the first one; never raises unless strict."""
    global _observer  # noqa: PLW0603  # one observer a process, loaded late on purpose
    if _off or event not in EVENTS:
        return
    try:
        if _observer is None:
            _observer = _load_observer()
        _observer.trainer_event(trainer, event)
    except Exception as error:  # noqa: BLE001  # see the head of this module
        _switch_off(error)


def deliver_validator_event(validator: object, event: str) -> None:
    """Hand a validator's event to the observer if a training woke it."""
    if _off or _observer is None:
        return
    try:
        _observer.validator_event(validator, event)
    except Exception as error:  # noqa: BLE001  # see the head of this module
        _switch_off(error)


def _load_observer() -> Observer:
    return _load(_OBSERVER)  # pyright: ignore[reportReturnType]  # a module with these two functions


def _load(name: str) -> ModuleType:
    try:
        __import__("yoloscope")
    except ModuleNotFoundError:
        _import_package_from_here()
    __import__(name)
    return sys.modules[name]


def _import_package_from_here() -> None:
    """Import the package beside this file by its place, so that nothing else beside it becomes importable."""
    import importlib.util

    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    spec = importlib.util.spec_from_file_location(
        "yoloscope", os.path.join(root, "__init__.py"), submodule_search_locations=[root]
    )
    assert spec is not None
    assert spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules["yoloscope"] = package
    spec.loader.exec_module(package)


def _switch_off(error: Exception) -> None:
    """Say once why nothing is recorded, and stay silent from then on; under ``YOLOSCOPE_STRICT=1`` raise."""
    global _off  # noqa: PLW0603  # a fault here is one of the whole process
    _off = True
    if os.environ.get("YOLOSCOPE_STRICT") == "1":
        raise error
    reason = " ".join(f"{type(error).__name__}: {error}".split())
    if isinstance(error, ModuleNotFoundError):
        reason = f"{error}; install yoloscope for this Python as well: {sys.executable} -m pip install yoloscope"
    leave_word("failed", text=reason)
    try:  # noqa: SIM105  # contextlib is not loaded for this
        sys.stderr.write(f"yoloscope: this training is not recorded ({reason}). The training itself goes on.\n")
    except (OSError, ValueError):
        pass  # a closed or full stderr must not matter


def _tap_after_execution(spec: ModuleSpec) -> None:
    loader = spec.loader
    assert loader is not None
    execute = loader.exec_module

    def exec_module(module: ModuleType) -> None:
        del loader.exec_module
        execute(module)
        _TAPS[spec.name](module)

    try:
        loader.exec_module = exec_module
    except AttributeError:
        return  # a loader with no room for attributes: `attach` remains


def _tap_trainer(module: ModuleType) -> None:
    trainer = getattr(module, "BaseTrainer", None)
    _tap_run_callbacks(trainer, deliver_trainer_event)
    _tap_train(trainer)
    leave_word("tapped")


def _tap_model(module: ModuleType) -> None:
    """Have a training that is started again go on where it was."""
    if not os.environ.get(RESUME):
        return
    try:
        _load(_RELAUNCH).tap(module)
    except Exception as error:  # noqa: BLE001  # see the head of this module
        _switch_off(error)


def _tap_validator(module: ModuleType) -> None:
    _tap_run_callbacks(getattr(module, "BaseValidator", None), deliver_validator_event)


def _tap_run_callbacks(owner: type | None, deliver: Callable[[object, str], None]) -> None:
    original = getattr(owner, "run_callbacks", None)
    if owner is None or original is None or hasattr(original, _TAPPED):
        return

    def run_callbacks(self: object, event: str) -> None:
        _inside.append(id(self))
        try:
            original(self, event)
        finally:
            _inside.pop()
        deliver(self, event)

    _replace(owner, "run_callbacks", run_callbacks)


def _tap_train(owner: type | None) -> None:
    """Deliver a teardown when a training fails: versions before 8.4.124 fire none then; a second one changes nothing."""
    original = getattr(owner, "train", None)
    if owner is None or original is None or hasattr(original, _TAPPED):
        return

    def train(self: object, *args: object, **kwargs: object) -> object:
        try:
            return original(self, *args, **kwargs)
        except BaseException:
            deliver_trainer_event(self, "teardown")
            raise

    _replace(owner, "train", train)


def _tap_integrations(module: ModuleType) -> None:
    original = getattr(module, "add_integration_callbacks", None)
    if original is None or hasattr(original, _TAPPED):
        return

    def add_integration_callbacks(instance: Caller) -> None:
        original(instance)
        if not hasattr(type(instance), "train") or hasattr(getattr(type(instance), "run_callbacks", None), _TAPPED):
            return
        for event in EVENTS:
            if (callback := Callback(event)) not in instance.callbacks[event]:
                instance.callbacks[event].append(callback)

    for place in (module, sys.modules.get(module.__name__.rpartition(".")[0])):
        if getattr(place, "add_integration_callbacks", None) is original:
            _replace(place, "add_integration_callbacks", add_integration_callbacks)


def _replace(owner: object, name: str, replacement: Callable[..., object]) -> None:
    setattr(replacement, _TAPPED, True)
    setattr(owner, name, replacement)


_TAPS: dict[str, Callable[[ModuleType], None]] = {
    "ultralytics.utils.callbacks.base": _tap_integrations,
    "ultralytics.engine.model": _tap_model,
    "ultralytics.engine.trainer": _tap_trainer,
    "ultralytics.engine.validator": _tap_validator,
}
