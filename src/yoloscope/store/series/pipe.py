"""Messages over a pipe: each behind its length, and no thread waits for one longer than it wants.

Called by `worker` and `worker_main`, the two ends.
"""

import os
import select
import struct
import time

from yoloscope import errors

MESSAGE_MAX_BYTES = 1 << 29  # no answer comes near it: a longer one is the sign of a pipe that carries something else
_LENGTH = struct.Struct("<I")


def write(descriptor: int, message: bytes, *, within_s: float | None = None) -> None:
    """Return when the whole message is in the pipe. With `within_s` the descriptor does not block any more.

    Raises:
        OSError: if the other end is closed.
        StoreError: if the other end does not read it within `within_s` seconds.
    """
    until_s = None if within_s is None else time.monotonic() + within_s
    if within_s is not None:
        os.set_blocking(descriptor, False)
    left = memoryview(_LENGTH.pack(len(message)) + message)
    while left:
        _await(descriptor, select.POLLOUT, until_s=until_s)
        left = left[os.write(descriptor, left) :]


def read(descriptor: int, *, within_s: float | None = None) -> bytearray | None:
    """Return the next message; ``None`` if the other end was closed between two of them.

    Raises:
        StoreError: if it ends inside a message, takes longer than `within_s` seconds, or is no message.
    """
    until_s = None if within_s is None else time.monotonic() + within_s
    head = _filled(descriptor, bytearray(_LENGTH.size), until_s=until_s)
    if not head:
        return None
    (size,) = _LENGTH.unpack(head) if len(head) == _LENGTH.size else (0,)
    if not 0 < size <= MESSAGE_MAX_BYTES:
        raise errors.StoreError("the other end of the pipe wrote what is no message")
    message = _filled(descriptor, bytearray(size), until_s=until_s)
    if len(message) != size:
        raise errors.StoreError("the other end of the pipe closed it inside a message")
    return message


def _filled(descriptor: int, room: bytearray, *, until_s: float | None) -> bytearray:
    """Return the room filled, or as much of it as came before the end."""
    at = 0
    with memoryview(room) as whole:
        while at < len(room):
            _await(descriptor, select.POLLIN, until_s=until_s)
            came = os.readv(descriptor, [whole[at:]])
            if not came:
                break
            at += came
    return room if at == len(room) else room[:at]


def _await(descriptor: int, event: int, *, until_s: float | None) -> None:
    if until_s is None:
        return
    waiting = select.poll()  # takes descriptors of any number, `select.select` only the first thousand
    waiting.register(descriptor, event)
    if not waiting.poll(max(0.0, until_s - time.monotonic()) * 1000):
        raise errors.StoreError("the other end of the pipe took too long")
