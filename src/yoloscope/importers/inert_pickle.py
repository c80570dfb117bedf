"""A pickle read without running it: containers and scalars are built, everything else is a name.

A pickle is a program that may call anything. Here every global is an inert `Named`, a call of one gives another, and no attribute of anything is looked up; so nothing
of what the program asks for can happen. What it costs is bounded: each opcode adds at most a fixed amount, and there are at most `OPCODES_MAX`.

Source: the opcodes as Python's own `pickletools` describes them, protocols 0 to 5.
"""

import pickletools
import struct
from collections.abc import Callable, Mapping
from typing import cast

import msgspec

OPCODES_MAX = 1_000_000
"""A checkpoint of YOLO11x with its optimizer has 148,000."""
_PATH_MAX_CHARS = 4096
_MARK = object()
_SCALARS = {"f8": "<d", "f4": "<f", "f2": "<e", "i8": "<q", "i4": "<i", "b1": "<?"}


class NotReadable(Exception):
    """The bytes are no whole pickle, or one that costs too much."""


class Named(msgspec.Struct, frozen=True, eq=False):
    """Something that is not built: the global it is or was made by, as ``torch.nn.Module``, and what that was given, if anything."""

    name: str
    given: tuple[object, ...] = ()


def loads(data: bytes, *, opcodes_max: int = OPCODES_MAX) -> object:
    """Return what a pickle would build, with `Named` in place of all but ``None``, booleans, numbers, text, bytes, lists, tuples, sets and mappings.

    Raises:
        NotReadable: if it is no whole pickle, or has too many opcodes.
    """
    machine = _Machine()
    try:
        for count, (opcode, argument, _) in enumerate(pickletools.genops(data)):
            if count >= opcodes_max:
                raise NotReadable(f"more than {opcodes_max:,} opcodes")
            if opcode.name == "STOP":
                return machine.result()
            _ACTIONS[opcode.name](machine, argument)
    except (
        ValueError,
        IndexError,
        KeyError,
        TypeError,
        OverflowError,
        struct.error,
        RecursionError,
        MemoryError,
    ) as fault:
        raise NotReadable(str(fault)[:200] or type(fault).__name__) from fault
    raise NotReadable("it does not end")


class _Machine:
    """The stack, the marks on it and the memo, as the pickle's program moves them."""

    def __init__(self) -> None:
        self.stack: list[object] = []
        self.memo: dict[int, object] = {}

    def result(self) -> object:
        """Return what the program left."""
        (found,) = self.popped(1)
        if found is _MARK:
            raise IndexError("only a mark is left")
        return found

    def popped_mark(self) -> list[object]:
        """Take all above the topmost mark, and the mark."""
        at = len(self.stack) - 1
        while self.stack[at] is not _MARK:
            at -= 1
            if at < 0:
                raise IndexError("no mark")
        taken = self.stack[at + 1 :]
        del self.stack[at:]
        return taken

    def popped(self, count: int) -> list[object]:
        """Take the topmost few."""
        if len(self.stack) < count:
            raise IndexError("too little on the stack")
        taken = self.stack[-count:]
        del self.stack[-count:]
        return taken


_NUMBERS = ("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT")
_TEXTS = ("STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8")
_PUSHED = (*_NUMBERS, *_TEXTS, "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8")


def _call(function: object, given: object) -> object:
    """Return what stands for a call: a mapping for that of an ordered one, a number for that of NumPy, else a name."""
    name = function.name if isinstance(function, Named) else type(function).__name__
    arguments = cast("tuple[object, ...]", given) if isinstance(given, tuple) else (given,)
    if name in {"collections.OrderedDict", "builtins.dict"}:
        return {}
    if name.endswith("multiarray.scalar") and len(arguments) == 2:
        return _scalar(*arguments)
    if name.startswith("pathlib."):
        return _path(arguments)
    return Named(name, arguments)


def _path(parts: tuple[object, ...]) -> object:
    """Return a path as text; the parts are shared, so that a long one could be joined again and again."""
    texts = [part for part in parts[:64] if isinstance(part, str)]
    return "/".join(texts).replace("//", "/") if sum(map(len, texts)) <= _PATH_MAX_CHARS else Named("path")


def _scalar(kind: object, data: object) -> object:
    """Return a NumPy scalar, which is pickled as its type and its bytes, as a number."""
    code = kind.given[0] if isinstance(kind, Named) and kind.given else None
    form = _SCALARS.get(code) if isinstance(code, str) else None
    if form is None or not isinstance(data, bytes) or len(data) != struct.calcsize(form):
        return Named("numpy.scalar")
    return cast("object", struct.unpack(form, data)[0])


def _append(target: object, items: list[object]) -> None:
    if isinstance(target, list):
        cast("list[object]", target).extend(items)


def _add(target: object, items: list[object]) -> None:
    if isinstance(target, set):
        cast("set[object]", target).update(_set_of(items))


def _set(target: object, items: list[object]) -> None:
    if isinstance(target, dict):
        cast("dict[object, object]", target).update(
            (_key(key), value) for key, value in zip(items[::2], items[1::2], strict=True)
        )


def _key(value: object) -> object:
    """Return a value if it is surely hashed at once, else something that is: tuples can be nested without end, integers be megabytes long."""
    quick = (isinstance(value, int) and value.bit_length() <= 64) or isinstance(value, str | float | bytes | None)
    return value if quick else Named("key")


def _global(argument: object) -> Named:
    return Named(str(argument).replace(" ", ".", 1)[:200] if isinstance(argument, str) else "?")


def _global_of(module: object, name: object) -> Named:
    if isinstance(module, str) and isinstance(name, str):
        return Named(f"{module[:100]}.{name[:100]}")
    return Named("?")  # as text, a list of lists could be without end


def _set_of(items: list[object]) -> set[object]:
    return {_key(item) for item in items}


def _dict_of(items: list[object]) -> dict[object, object]:
    made: dict[object, object] = {}
    _set(made, items)
    return made


_Action = Callable[[_Machine, object], None]


def _from_mark(made: Callable[[list[object]], object]) -> _Action:
    return lambda machine, _: machine.stack.append(made(machine.popped_mark()))


def _from_top(count: int, made: Callable[[list[object]], object]) -> _Action:
    return lambda machine, _: machine.stack.append(made(machine.popped(count)))


def _from_argument(made: Callable[[object], object]) -> _Action:
    return lambda machine, argument: machine.stack.append(made(argument))


def _into(put: Callable[[object, list[object]], None], *, count: int | None = None) -> _Action:
    """Put the topmost few, or all above the mark, into the container below them."""

    def act(machine: _Machine, _: object) -> None:
        items = machine.popped_mark() if count is None else machine.popped(count)
        put(machine.stack[-1], items)

    return act


def _push(machine: _Machine, argument: object) -> None:
    machine.stack.append(argument)


def _put(machine: _Machine, argument: object) -> None:
    machine.memo[cast("int", argument)] = machine.stack[-1]


def _get(machine: _Machine, argument: object) -> None:
    machine.stack.append(machine.memo[cast("int", argument)])


def _nothing(_: _Machine, argument: object) -> None:
    del argument


def _instance(machine: _Machine, argument: object) -> None:
    machine.stack.append(Named(_global(argument).name, tuple(machine.popped_mark())))


def _memoize(machine: _Machine, _: object) -> None:
    machine.memo[len(machine.memo)] = machine.stack[-1]


def _stored(_: object) -> Named:
    return Named("stored")


def _extension(_: object) -> Named:
    return Named("extension")


_ACTIONS: Mapping[str, _Action] = {
    **dict.fromkeys(_PUSHED, _push),
    **dict.fromkeys(("PUT", "BINPUT", "LONG_BINPUT"), _put),
    **dict.fromkeys(("GET", "BINGET", "LONG_BINGET"), _get),
    **dict.fromkeys(("PROTO", "FRAME", "READONLY_BUFFER"), _nothing),
    "NONE": _from_argument(lambda _: None),
    "NEWTRUE": _from_argument(lambda _: True),
    "NEWFALSE": _from_argument(lambda _: False),
    "MARK": _from_argument(lambda _: _MARK),
    "EMPTY_TUPLE": _from_argument(lambda _: ()),
    "EMPTY_LIST": _from_argument(lambda _: list[object]()),
    "EMPTY_DICT": _from_argument(lambda _: dict[object, object]()),
    "EMPTY_SET": _from_argument(lambda _: set[object]()),
    "NEXT_BUFFER": _from_argument(_stored),
    "LIST": _from_mark(list),
    "TUPLE": _from_mark(tuple),
    "DICT": _from_mark(_dict_of),
    "FROZENSET": _from_mark(_set_of),
    "OBJ": _from_mark(lambda items: _call(items[0], tuple(items[1:]))),
    "TUPLE1": _from_top(1, tuple),
    "TUPLE2": _from_top(2, tuple),
    "TUPLE3": _from_top(3, tuple),
    "REDUCE": _from_top(2, lambda items: _call(*items)),
    "NEWOBJ": _from_top(2, lambda items: _call(*items)),
    "NEWOBJ_EX": _from_top(3, lambda items: _call(*items[:2])),
    "BUILD": _from_top(2, lambda items: items[0]),
    "BINPERSID": _from_top(1, _stored),
    "STACK_GLOBAL": _from_top(2, lambda items: _global_of(*items)),
    "APPEND": _into(_append, count=1),
    "SETITEM": _into(_set, count=2),
    "APPENDS": _into(_append),
    "SETITEMS": _into(_set),
    "ADDITEMS": _into(_add),
    "POP": lambda machine, _: machine.popped(1).clear(),
    "POP_MARK": lambda machine, _: machine.popped_mark().clear(),
    "DUP": lambda machine, _: machine.stack.append(machine.stack[-1]),
    "MEMOIZE": _memoize,
    "PERSID": _from_argument(_stored),
    "GLOBAL": _from_argument(_global),
    "INST": _instance,
    "EXT1": _from_argument(_extension),
    "EXT2": _from_argument(_extension),
    "EXT4": _from_argument(_extension),
}
