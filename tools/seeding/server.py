"""A server with trainings in it: recorded ones (project ``signs``), one of them with every item, and made-up ones (``sweeps``)."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parents[2]
WITH_ITEMS = "20261122-custom-adamw-mosaic"
_OPEN_POLICY = {"class_names": "text", "text": True, "summaries": True, "media": True}


class Seeded:
    """The server, and what a test or a photographer asks it."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self.token = token
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["Authorization"] = f"Bearer {token}"

    def get(self, path: str) -> dict:
        """Return what the API answers."""
        answer = self.session.get(self.url + path, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def run(self, name: str) -> str:
        """Return the id of the run of that name."""
        found = self.get("/api/v1/runs?limit=500&archived=any")["items"]
        return next(one["id"] for one in found if one["name"] == name)

    @property
    def with_items(self) -> str:
        """Return the id of the run that has every item."""
        return self.run(WITH_ITEMS)

    def link(self) -> str:
        """Return an address that logs a browser in once."""
        answer = self.session.post(f"{self.url}/api/v1/links", timeout=30)
        answer.raise_for_status()
        return answer.json()["url"]


@contextmanager
def seeded(folder: Path, *, made_up: int = 30) -> Iterator[Seeded]:
    """Fill a new server below `folder` and run it until the block ends."""
    (folder / "yoloscope.toml").write_text('[policy]\nclass_names = "text"\ntext = true\nmedia = true\n')
    environment = {**os.environ, "HOME": str(folder), "PYTHONPATH": str(ROOT), "YOLOSCOPE_STRICT": "1"}

    def run(*words: str) -> None:
        command = [sys.executable, "-m", *words]
        subprocess.run(command, cwd=folder, env=environment, check=True, timeout=240, stdout=subprocess.DEVNULL)

    run("tools.seeding", str(folder / "spool"), "--made-up", str(made_up))
    words = [sys.executable, "-m", "yoloscope", "up", "--json", "--port", "0", "--data", str(folder / "data")]
    with subprocess.Popen(words, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            url = json.loads(server.stdout.readline())["url"].split("?")[0].rstrip("/")
            environment["YOLOSCOPE_TOKEN"] = (folder / "data" / "token").read_text().strip()
            made = Seeded(url, environment["YOLOSCOPE_TOKEN"])
            for project in ("signs", "sweeps"):
                answer = made.session.put(f"{url}/api/v1/projects/{project}/policy", json=_OPEN_POLICY, timeout=30)
                answer.raise_for_status()
            run("yoloscope", "sync", str(folder / "spool"), "--server", url)
            run("yoloscope", "import", str(ROOT / "tests/data/trainings/with-items.yoloscope"), "--server", url)
            yield made
        finally:
            server.terminate()
