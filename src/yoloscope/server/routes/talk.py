"""Conversations over a WebSocket: greeted, then as long as both sides go on."""

import asyncio
from collections.abc import Coroutine

from fastapi import WebSocket
from starlette.websockets import WebSocketDisconnect

POLICY_VIOLATION = 1008


async def greeted(websocket: WebSocket, hello: dict[str, object]) -> bool:
    """Open the connection and say the first word; False if the other side went away meanwhile."""
    try:
        await websocket.accept()
        await websocket.send_json(hello)
    except (WebSocketDisconnect, RuntimeError):  # the latter where it left before it was let in
        return False
    return True


async def until_one_ends(*parts: Coroutine[None, None, None]) -> None:
    """Run the parts of a conversation until the first is over, and end the others; who hangs up is no error."""
    talking = [asyncio.ensure_future(part) for part in parts]
    try:
        done, _ = await asyncio.wait(talking, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in talking:
            task.cancel()
        await asyncio.gather(*talking, return_exceptions=True)
    for task in done:
        error = task.exception()
        if error is not None and not isinstance(error, WebSocketDisconnect):
            raise error
