"""A network that is cut for longer than anybody waits for an answer, and comes back: nothing is lost, nobody is kept waiting."""

import contextlib
import functools
import os
import subprocess
from collections.abc import Callable, Iterator

import faults
import pytest

pytestmark = pytest.mark.slow

Trainings = Callable[[], faults.Training]
Wait = Callable[[Callable[[], bool]], None]

IMPATIENT = """
from yoloscope.sdk import launch_sidecar
launch_sidecar.BEGIN = launch_sidecar.BEGIN.replace("sidecar.main(", '''
import urllib3
from yoloscope.sidecar import client
client.TIMEOUT = urllib3.util.Timeout(connect=1.0, read=2.0)
client.BACKOFF_MOST_S = 1.0
sidecar.main(''')
"""
"""Makes a training whose sidecar gives up on an answer after two seconds and not after thirty."""


def _outlives(
    training: faults.Training, server, wait_until: Wait, *, cut: Callable[[], None], heal: Callable[[], None]
) -> None:
    """Cut the network of a training until two requests have timed out, let the training end, heal, and check every row."""
    wait_until(lambda: faults.rows_of(server, training.run) > 0)
    cut()
    before = training.accepted()["t0"]
    wait_until(lambda: "; try 2, " in (training.directory / "sidecar.log").read_text())
    assert training.accepted()["t0"] > before + 100
    training.stop()
    assert training.process.wait(60) == 0
    heal()
    wait_until(training.is_sent)
    training.check(server)
    assert faults.state_of(server, training.run) == "finished"


@pytest.mark.parametrize("answers_only", [False, True])
def test_a_network_that_swallows_everything_costs_only_time(
    outside, new_training: Trainings, wait_until: Wait, answers_only: bool
) -> None:
    """Where answers alone are swallowed the server has rows that nobody knows of, which are sent again."""
    with faults.link(outside.url) as link:
        training = new_training().begin(link.url, pause_s=0.002, patch=IMPATIENT)
        cut = functools.partial(link.cut, answers_only=answers_only)
        _outlives(training, outside, wait_until, cut=cut, heal=link.heal)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@contextlib.contextmanager
def _other_machine() -> Iterator[tuple[str, str, str]]:
    """Yield a network namespace, the plug of its cable on this side, and this side's address."""
    mark = os.urandom(3).hex()
    space, here, there = f"ys{mark}", f"ysa{mark}", f"ysb{mark}"
    subnet = f"10.203.{int(mark[:2], 16)}"
    with contextlib.ExitStack() as stack:
        try:
            _ip("netns", "add", space)
            stack.callback(_ip, "netns", "del", space)
            _ip("link", "add", here, "type", "veth", "peer", "name", there, "netns", space)
        except (FileNotFoundError, subprocess.CalledProcessError) as error:
            pytest.skip(f"this machine gives nobody a network of their own: {error}")
        _ip("addr", "add", f"{subnet}.1/30", "dev", here)
        _ip("link", "set", here, "up")
        _ip("-n", space, "addr", "add", f"{subnet}.2/30", "dev", there)
        _ip("-n", space, "link", "set", there, "up")
        yield space, here, f"{subnet}.1"


def test_a_cable_that_is_pulled_and_put_back_costs_only_time(
    server, new_training: Trainings, wait_until: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _other_machine() as (space, plug, address):
        server.start(0, "--host", address)
        monkeypatch.setenv("YOLOSCOPE_TOKEN", (server.data / "token").read_text().strip())
        before = ("ip", "netns", "exec", space)
        training = new_training().begin(server.url, pause_s=0.002, patch=IMPATIENT, before=before)
        cut, heal = (functools.partial(_ip, "link", "set", plug, to) for to in ("down", "up"))
        _outlives(training, server, wait_until, cut=cut, heal=heal)
