"""Methods of one object replaced for a while, and put back."""

import weakref
from collections.abc import Callable
from typing import cast

Method = Callable[..., object]


class Wrap:
    """One method of one object, called through `around(original, *args, **kwargs)` as long as it is on.

    The wrapper is an attribute of the instance, so its class and other instances stay as they are. If somebody has wrapped it in turn, it
    cannot be taken out: it then only passes calls on. The object is not kept alive.
    """

    def __init__(self, around: Callable[..., object]) -> None:
        self._around = around
        self._owner: Callable[[], object] = _nobody
        self._name = ""
        self._mine: Callable[[], object] = _nobody
        self._before: object = None

    @property
    def owner(self) -> object:
        """The object whose method is replaced, `None` if there is none."""
        return self._owner()

    def put_on(self, owner: object, name: str) -> None:
        """Replace `owner.name`; nothing happens if that is no method or a wrapper is on already."""
        original = cast("Method | None", getattr(owner, name, None))
        if self._mine() is not None or not callable(original):
            return

        def wrapped(*args: object, **kwargs: object) -> object:
            if self._mine() is not wrapped:
                return original(*args, **kwargs)
            return self._around(original, *args, **kwargs)

        self._owner, self._name, self._mine = weakref.ref(owner), name, weakref.ref(wrapped)
        self._before = vars(owner).get(name)
        setattr(owner, name, wrapped)

    def take_off(self) -> None:
        """Put back what was there; calling again changes nothing."""
        owner, mine = self._owner(), self._mine()
        self._owner, self._mine = _nobody, _nobody
        if owner is None or vars(owner).get(self._name) is not mine:
            return
        if self._before is None:
            delattr(owner, self._name)
        else:
            setattr(owner, self._name, self._before)


def _nobody() -> object:
    return None
