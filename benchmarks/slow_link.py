"""How rows travel over a link that is slow or cut: 50 metrics at 100 Hz, the run watched in a browser.

The server and the training live in network namespaces of their own, joined by a pair of interfaces that `tc` slows down in both
directions. One metric carries the time of its `log` call, so that its age tells the delay from there to being readable. Needs root,
`ip` and `tc`; where the kernel has no netem, the link is slow but adds no delay of its own, and the table says so.
"""

import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
from websockets.sync.client import connect

from benchmarks import machine, serving, variants

RATES = ("1mbit", "256kbit", "128kbit")
"""The last does not carry what is logged: rows have to wait."""
METRICS = 50
RATE_HZ = 100
WARM_S = 10.0
STEADY_S = 60.0
CUT_S = 45.0
BACK_MOST_S = 240.0
FRESH_S = 5.0
"""A newest row younger than this counts as live."""
POLL_S = 0.1
SERVER_SPACE, TRAINER_SPACE = "yoloscope-server", "yoloscope-trainer"
SERVER_ADDRESS, TRAINER_ADDRESS = "10.77.0.1", "10.77.0.2"
TRAINING = f"""
import random, struct, sys, time
import yoloscope
run = yoloscope.init(project="bench", server=sys.argv[1], directory=sys.argv[2])
print(run.id, flush=True)
step, due_s, values = 0, time.perf_counter(), [1.0] * {METRICS - 1}
while True:
    values = [struct.unpack("f", struct.pack("f", value * random.uniform(0.98, 1.0199)))[0] for value in values]
    run.log({{"clock": time.time(), **{{f"train/m{{i}}": value for i, value in enumerate(values)}}}}, step=step)
    step += 1
    due_s += 1 / {RATE_HZ}
    time.sleep(max(0.0, due_s - time.perf_counter()))
"""


class Sample(msgspec.Struct, frozen=True, array_like=True):
    """What could be read at a moment: the newest row's own time and number, and how many rows there are."""

    at_s: float
    newest_s: float
    newest_step: int
    rows: int

    @property
    def age_s(self) -> float:
        """How old the newest readable row is."""
        return self.at_s - self.newest_s

    @property
    def is_whole(self) -> bool:
        """Whether no row before the newest is missing."""
        return self.rows == self.newest_step + 1


class Link:
    """Two namespaces and the link between them."""

    def __init__(self, rate: str) -> None:
        self.has_delay = True
        for space in (SERVER_SPACE, TRAINER_SPACE):
            subprocess.run(["ip", "netns", "del", space], stderr=subprocess.DEVNULL, check=False)
            _run("ip", "netns", "add", space)
            _run("ip", "-n", space, "link", "set", "lo", "up")
        peer = ("type", "veth", "peer", "name", "trainer", "netns", TRAINER_SPACE)
        _run("ip", "link", "add", "server", "netns", SERVER_SPACE, *peer)
        self._join(SERVER_SPACE, "server", address=SERVER_ADDRESS, rate=rate)
        self._join(TRAINER_SPACE, "trainer", address=TRAINER_ADDRESS, rate=rate)

    def _join(self, space: str, device: str, *, address: str, rate: str) -> None:
        _run("ip", "-n", space, "address", "add", f"{address}/30", "dev", device)
        _run("ip", "-n", space, "link", "set", device, "up")
        shape = ("tbf", "rate", rate, "burst", "16kb", "latency", "400ms")
        _run("tc", "-n", space, "qdisc", "add", "dev", device, "root", "handle", "1:", *shape)
        delay = ["tc", "-n", space, "qdisc", "add", "dev", device, "parent", "1:", "netem", "delay", "20ms"]
        done = subprocess.run(delay, stderr=subprocess.DEVNULL, check=False)
        self.has_delay = self.has_delay and done.returncode == 0

    def cut(self) -> None:
        """Lose every packet from now on."""
        _run("ip", "-n", SERVER_SPACE, "link", "set", "server", "down")

    def mend(self) -> None:
        """Let packets through again."""
        _run("ip", "-n", SERVER_SPACE, "link", "set", "server", "up")

    def bytes_there_and_back(self) -> tuple[int, int]:
        """Return what the training's side has sent and received, headers included."""
        (device,) = json.loads(_run("ip", "-n", TRAINER_SPACE, "-s", "-j", "link", "show", "dev", "trainer"))
        return device["stats64"]["tx"]["bytes"], device["stats64"]["rx"]["bytes"]

    def close(self) -> None:
        """Remove the namespaces, and the link with them."""
        for space in (SERVER_SPACE, TRAINER_SPACE):
            _run("ip", "netns", "del", space)


def probe(server: serving.Server, run: str, seconds: float) -> None:
    """Watch a run from inside the server's namespace and write what can be read, a line each time."""
    headers = {"Authorization": f"Bearer {server.token}"}
    url = server.url.replace("http", "ws", 1) + "/api/v1/live"
    end_s = time.time() + seconds
    with connect(url, additional_headers=headers, proxy=None, max_queue=None) as socket:
        socket.send(msgspec.json.encode({"type": "watch", "runs": [run]}).decode())
        while time.time() < end_s:
            sample = _read(server, run)
            if sample is not None:
                sys.stdout.buffer.write(msgspec.json.encode(sample) + b"\n")
                sys.stdout.flush()
            time.sleep(POLL_S)


def _read(server: serving.Server, run: str) -> Sample | None:
    try:
        items = server.get(f"/api/v1/runs/{run}/series")["items"]
    except RuntimeError:  # the run did not arrive yet
        return None
    assert isinstance(items, list)
    found = next((item for item in items if item["name"] == "clock"), None)
    return found and Sample(time.time(), found["last"], found["last_step"], found["count"])


class Measured(msgspec.Struct, frozen=True):
    """One link's figures; a time of None did not come within `BACK_MOST_S`."""

    rate: str
    has_delay: bool
    bytes_per_point: float
    link_share: float
    ages_s: list[float]
    rows_behind: int
    live_after_s: float | None
    whole_after_s: float | None


def measure(rate: str) -> Measured:
    """Return the figures of a link: steady, then cut and back."""
    with contextlib.ExitStack() as held:
        folder = held.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        link = Link(rate)
        held.callback(link.close)
        inside = ("ip", "netns", "exec", SERVER_SPACE)
        server = held.enter_context(
            serving.server(Path(folder) / "data", options=("--host", SERVER_ADDRESS), before=inside)
        )
        run = held.enter_context(_training(server, folder))
        time.sleep(WARM_S)
        before, begun_s = link.bytes_there_and_back(), time.perf_counter()
        samples = _samples(server, run, STEADY_S)
        there, back_bytes = (now - then for now, then in zip(link.bytes_there_and_back(), before, strict=True))
        spent_s = time.perf_counter() - begun_s
        back_s, back = _cut_and_back(link, server, run)
        points = METRICS * (samples[-1].rows - samples[0].rows)
        return Measured(
            rate=rate,
            has_delay=link.has_delay,
            bytes_per_point=(there + back_bytes) / max(1, points),
            link_share=there * 8 / spent_s / _bits(rate),
            ages_s=[sample.age_s for sample in samples],
            rows_behind=samples[-1].newest_step + 1 - samples[-1].rows,
            live_after_s=_first([one.at_s for one in back if one.age_s < FRESH_S], back_s),
            whole_after_s=_first([one.at_s for one in back if one.age_s < FRESH_S and one.is_whole], back_s),
        )


def _cut_and_back(link: Link, server: serving.Server, run: str) -> tuple[float, list[Sample]]:
    """Return when the link came back, and what was readable since."""
    link.cut()
    time.sleep(CUT_S)
    link.mend()
    back_s = time.time()
    samples: list[Sample] = []
    while time.time() - back_s < BACK_MOST_S:
        samples += _samples(server, run, 10.0)
        if samples[-1].age_s < FRESH_S and samples[-1].is_whole:
            break
    return back_s, samples


def _first(moments_s: Sequence[float], since_s: float) -> float | None:
    return moments_s[0] - since_s if moments_s else None


def _bits(rate: str) -> float:
    return float(rate.removesuffix("mbit")) * 1e6 if rate.endswith("mbit") else float(rate.removesuffix("kbit")) * 1e3


def _samples(server: serving.Server, run: str, seconds: float) -> list[Sample]:
    arguments = (server.url, server.token, run, str(seconds))
    command = ["ip", "netns", "exec", SERVER_SPACE, sys.executable, "-m", "benchmarks.slow_link", *arguments]
    lines = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.splitlines()
    return [msgspec.json.decode(line, type=Sample) for line in lines]


@contextlib.contextmanager
def _training(server: serving.Server, folder: str) -> Iterator[str]:
    command = ["ip", "netns", "exec", TRAINER_SPACE, sys.executable, "-c", TRAINING, server.url, folder]
    environment = {**os.environ, "YOLOSCOPE_TOKEN": server.token}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as training:
        assert training.stdout is not None
        try:
            yield training.stdout.readline().strip()
        finally:
            training.kill()
            variants.end_left(folder + "/.yoloscope")


def _run(*command: str) -> str:
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout


def _seconds(value: float | None) -> str:
    return f"not within {BACK_MOST_S:.0f} s" if value is None else f"{value:.1f} s"


def main() -> None:
    """Print a table, or why none can be made here."""
    if os.geteuid() != 0 or not (shutil.which("ip") and shutil.which("tc")):
        print("slow link: not run, it needs root, `ip` and `tc`")
        return
    before = machine.load()
    rows = [measure(rate) for rate in RATES]
    print(f"{before} before, {machine.load()} after\n")
    print(
        f"| {METRICS} metrics at {RATE_HZ} Hz, watched, {STEADY_S:.0f} s | bytes/point on the wire | link used upwards ",
        end="",
    )
    print("| age of the newest row p50 / p95 / max | rows missing before it ", end="")
    print(f"| newest row again after a cut of {CUT_S:.0f} s | all rows again |\n|---|---|---|---|---|---|---|")
    for row in rows:
        middle, late = statistics.median(row.ages_s), statistics.quantiles(row.ages_s, n=20)[-1]
        name = f"{row.rate}/s, {'20 ms each way' if row.has_delay else 'no delay added: no netem here'}"
        print(f"| {name} | {row.bytes_per_point:.1f} | {row.link_share:.0%} ", end="")
        print(f"| {middle:.2f} / {late:.2f} / {max(row.ages_s):.2f} s | {row.rows_behind:,} ", end="")
        print(f"| {_seconds(row.live_after_s)} | {_seconds(row.whole_after_s)} |")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        url, token, run_id, length = sys.argv[1:]
        probe(serving.Server(url, token, 0), run_id, float(length))
    else:
        machine.describe()
        main()
