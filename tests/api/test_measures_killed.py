"""A server that is killed between what a measure decided and what it did: the act happens once, and is told once."""

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from yoloscope.records import finding, ids, row
from yoloscope.server.diagnosing import known
from yoloscope.store import open as opening
from yoloscope.store import ports_findings, ports_measures

pytestmark = pytest.mark.slow  # two servers each
RUN, PROJECT = ids.RunId("0123456789ab"), ids.ProjectName("signs")
WITHIN_S = 60.0
DIES = """
import os, signal
from yoloscope.server import asking
from yoloscope.cli import main
asked = asking.asked

async def dies(*given, **more):
    if {after}:
        await asked(*given, **more)
    os.kill(os.getpid(), signal.SIGKILL)

asking.asked = dies
main.main()
"""
DIVERGES = finding.Finding(
    rule="N13",
    name="divergence",
    severity="critical",
    opened=finding.Moment(3.0, 30, 5),
    updated=finding.Moment(5.0, 50, 6),
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory with a training that diverges, and a measure that is on."""
    now_ns = time.time_ns()
    said = ports_findings.Diagnosis(verdict="critical", answer={}, not_evaluated={}, thresholds=known.DIGEST)
    control = {"control": {"verbs": ["rollback"], "settings": [], "cannot": {}}}
    with opening.open_stores(tmp_path) as stores:
        catalog = stores.catalog
        catalog.open_run(row.RunRef(RUN, PROJECT, "run", now_ns))
        catalog.open_attempt(RUN, ids.WriterId(secrets.token_hex(16)), row.AttemptRef(0, now_ns, 0))
        catalog.apply(RUN, [row.Updated("settings", control)])
        catalog.findings.put(RUN, [ports_findings.Change(DIVERGES, "opened")], diagnosis=said, at_ns=now_ns)
        on = ports_measures.Setting(mode="on", most=3, who="me", changed_ns=now_ns)
        catalog.measures.set(PROJECT, "roll_back_diverged", on)
    return tmp_path


@contextlib.contextmanager
def started(data: Path, *how: str) -> Iterator["subprocess.Popen[str]"]:
    words = [sys.executable, *how, "up", "--json", "--port", "0", "--data", str(data)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env={**os.environ}) as process:
        yield process
        process.kill()


def told(url: str, data: Path, path: str) -> dict[str, object]:
    token = (data / "token").read_text().strip()
    request = urllib.request.Request(f"{url}{path}", headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


@pytest.mark.parametrize("after", [False, True], ids=["before the command stood", "before it was told"])
def test_a_killed_server_acts_once(data: Path, after: bool) -> None:
    with started(data, "-c", DIES.format(after=after)) as first:
        assert first.wait(WITHIN_S) == -signal.SIGKILL
    with started(data, "-m", "yoloscope") as second:
        assert second.stdout is not None
        url = json.loads(second.stdout.readline())["url"]
        end = time.monotonic() + WITHIN_S
        while time.monotonic() < end:
            events = told(url, data, f"/api/v1/runs/{RUN}/measures")["events"]
            if events:
                break
            time.sleep(0.1)
        commands = told(url, data, f"/api/v1/runs/{RUN}/commands")["items"]
        events = told(url, data, f"/api/v1/runs/{RUN}/measures")["events"]
    assert [(one["id"], one["verb"], one["cause"]) for one in commands] == [("roll_back_diverged-1", "rollback", "N13")]
    assert [(one["kind"], one["command"]) for one in events] == [("acted", "roll_back_diverged-1")]
