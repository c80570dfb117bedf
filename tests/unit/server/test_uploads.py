"""The file of an upload: gone however the request ends, and given back to the disk beside the event loop."""

import asyncio
import tempfile
import threading
from pathlib import Path

import pytest

from yoloscope.server import uploads


class Noted:
    """A temporary file that remembers which thread closed it."""

    def __init__(self, file, closed_by: list[threading.Thread]) -> None:
        self._file = file
        self._closed_by = closed_by

    def close(self) -> None:
        self._closed_by.append(threading.current_thread())
        self._file.close()


@pytest.mark.parametrize("end", ["return", "error", "cancelled"])
def test_the_file_is_closed_beside_the_event_loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str) -> None:
    closed_by: list[threading.Thread] = []
    make = tempfile.TemporaryFile
    monkeypatch.setattr(uploads.tempfile, "TemporaryFile", lambda **given: Noted(make(**given), closed_by))

    async def use() -> None:
        async with uploads.temporary(tmp_path):
            if end == "error":
                raise ValueError
            await asyncio.sleep(0 if end == "return" else 60)

    async def run() -> None:
        task = asyncio.create_task(use())
        for _ in range(200):
            await asyncio.sleep(0.01)
            if end == "cancelled":
                task.cancel()
            if task.done():
                break
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(run())
    assert [thread is threading.main_thread() for thread in closed_by] == [False]
    assert list(tmp_path.iterdir()) == [tmp_path / "home"]
