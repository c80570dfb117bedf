"""The real server as a process of its own, and the trainings of the Ultralytics tests."""

import os
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
import requests

sys.path.insert(0, str(Path(__file__).parents[1] / "integrations" / "ultralytics"))


class Up(NamedTuple):
    """A running ``yoloscope up`` and its token."""

    url: str
    token: str

    def get(self, path: str, **query: object) -> dict[str, object]:
        """Return the JSON of a path."""
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = requests.get(self.url + path, params=query, headers=headers, timeout=30)  # type: ignore[arg-type]
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
def start_up(tmp_path: Path) -> Generator[Callable[[], Up], None, None]:
    """Start ``yoloscope up`` on a free port; it stops when the test ends."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> Up:
        data = tmp_path / "data"
        command = [sys.executable, "-m", "yoloscope", "up", "--json", "--no-open"]
        process = subprocess.Popen(
            [*command, "--port", "0", "--data", str(data)], stdout=subprocess.PIPE, env=dict(os.environ)
        )
        started.append(process)
        assert process.stdout is not None
        ready = msgspec.json.decode(process.stdout.readline(), type=dict[str, object])
        return Up(str(ready["url"]), (data / "token").read_text().strip())

    yield start
    for process in started:
        process.terminate()
        process.communicate()
