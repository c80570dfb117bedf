"""A server that is killed while it takes a recording: the same file goes on, and nothing is doubled or left behind."""

import threading
from pathlib import Path

import numpy as np
import pytest
import urllib3

from yoloscope.records import ids, row
from yoloscope.wire import recording

pytestmark = pytest.mark.slow

BODIES = 120
ROWS = 2_000


def _recording(target: Path) -> None:
    """Write a file of a quarter of a million rows."""
    writer = recording.Writer()
    ref = row.RunRef(ids.RunId("r1"), ids.ProjectName("p"), "r1", created_ns=10**18)
    attempt = row.AttemptRef(0, wall_ns=10**18, mono_ns=10**18)
    with target.open("wb") as file:
        name = recording.RunName(ref.id, ref.project, ref.name)
        file.write(writer.head(recording.Header("0.1.0", 10**18, "server", (name,))))
        for number in range(BODIES):
            steps = np.arange(number * ROWS, (number + 1) * ROWS)
            times = (10**18 + steps * 10**6).tobytes()
            rows = row.Matrix(("a",), steps.tobytes(), (steps / 100).tobytes(), times, times, np.sqrt(steps).tobytes())
            file.write(writer.body([row.Batch(ref, attempt, recording.PLACEHOLDER, 0, number * ROWS, (rows,))]))
        end = row.Ended("finished", wall_ns=10**18 + 1)
        file.write(writer.body([row.Batch(ref, attempt, recording.PLACEHOLDER, 0, BODIES * ROWS, (end,))]))
        file.write(writer.tail({"r1": 10**18 + 1}))


def _post(server, file: Path) -> int:
    """Return the status of an import, 0 if the server went away."""
    token = (server.data / "token").read_text().strip()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": recording.CONTENT_TYPE}
    pool = urllib3.PoolManager(retries=False)
    try:
        return pool.request("POST", f"{server.url}/api/v1/recordings", body=file.read_bytes(), headers=headers).status
    except urllib3.exceptions.HTTPError:
        return 0
    finally:
        pool.clear()


def test_a_server_killed_while_it_imports_goes_on_with_the_same_file(server, wait_until, tmp_path: Path) -> None:
    file = tmp_path / "r1.yoloscope"
    _recording(file)
    server.start()
    names = {path.name for path in server.data.iterdir()}
    statuses: list[int] = []
    sending = threading.Thread(target=lambda: statuses.append(_post(server, file)))
    sending.start()
    wait_until(lambda: any(one["rows"] for one in server.get("/api/v1/runs")["items"]))
    server.kill()
    sending.join()
    assert statuses == [0]
    server.start()
    before = server.get("/api/v1/runs/r1")
    assert 0 < before["rows"] < BODIES * ROWS
    assert before["state"] != "finished"
    assert _post(server, file) == 200
    found = server.get("/api/v1/runs/r1")
    assert (found["rows"], found["state"]) == (BODIES * ROWS, "finished")
    assert server.rows("r1") == {step: float(np.sqrt(step)) for step in range(BODIES * ROWS)}
    left = {path.name for path in server.data.iterdir()} - names - {"series"}
    assert [name for name in left if not name.startswith("catalog.db")] == []
