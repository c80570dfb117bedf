"""An hour of eight trainings against one server while trainings, sidecars and the server are killed at random; not in CI.

    make soak                       one hour
    make soak MINUTES=5 SEED=7      shorter, or the same draws again (what the machine does between them differs)

At the end everything is synced and compared: each row whose `log` returned is at the server exactly once, with its values, and at most
one more a thread and kill. Memory is sampled all along; two trainings and their sidecars are spared for it. The summary is JSON; the
exit code is 1 if anything differs.
"""

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import msgspec
import psutil
import soak_check
import urllib3

TRAININGS = 8
SPARED = 2
KILL_S = (5.0, 20.0)
SAMPLE_S = 10.0
OUTAGE_S = (0.0, 15.0)
RATES_HZ = (2.0, 10.0, 40.0, 100.0, 250.0)
THREADS_MOST = 3
RESUMES = 0.4
RESUMES_MOST = 6
PATIENCE_S = 120.0
TARGETS = {"training": 45, "sidecar": 25, "training and sidecar": 15, "server": 10, "server and training": 5}
"""What a kill hits, by weight."""
HERE = Path(__file__).parent


class Server:
    """A `yoloscope up` that is killed, and started again on the same data and port."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.starts = 0
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start and wait until it answers; after a kill it must come back on its data."""
        command = [
            sys.executable,
            "-m",
            "yoloscope",
            "up",
            "--json",
            "--port",
            str(self.port),
            "--data",
            str(self.data),
        ]
        with (self.data.parent / "server.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        assert self.process.stdout is not None
        if not self.process.stdout.readline():
            raise RuntimeError(f"the server did not start again, see {log.name}")
        self.starts += 1

    def kill(self) -> None:
        """SIGKILL it, whatever it does."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """End it as a user does."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(60)

    def get(self, path: str) -> bytes:
        """Return the body of a path, as columns where there are some."""
        token = (self.data / "token").read_text(encoding="ascii").strip()
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/vnd.yoloscope.columns"}
        answer = urllib3.request("GET", self.url + path, headers=headers, timeout=120.0)
        if answer.status != 200:
            raise RuntimeError(f"{path} is answered with {answer.status}: {answer.data[:300]!r}")
        return answer.data


class Training(msgspec.Struct):
    """A training that runs."""

    number: int
    process: subprocess.Popen[bytes]
    folder: Path

    @property
    def run(self) -> str:
        """The run's id; empty before `init` returned."""
        with contextlib.suppress(FileNotFoundError):
            return str(json.loads((self.folder / f"{self.number}.run").read_text())["run"])
        return ""

    def sidecar(self) -> psutil.Process | None:
        """Return its sidecar's process, None if it has none any more."""
        with contextlib.suppress(psutil.Error):
            return next(iter(psutil.Process(self.process.pid).children()), None)
        return None

    def kill(self) -> None:
        """SIGKILL it."""
        self.process.kill()
        self.process.wait()


class Soak:
    """All processes of a soak, and what was measured."""

    def __init__(self, root: Path, *, seed: int) -> None:
        self.draw = random.Random(seed)
        self.spool, self.ledgers = root / "spool", root / "ledgers"
        for path in (self.spool, self.ledgers, root / "data"):
            path.mkdir()
        self.server = Server(root / "data")
        self.trainings: list[Training] = []
        self.started = 0
        self.kills: Counter[str] = Counter()
        self.resumed: Counter[str] = Counter()
        self.faults: list[str] = []
        self.server_memory: list[tuple[float, int]] = []
        self.sidecar_memory: dict[int, list[tuple[float, int]]] = {}

    def run(self, seconds: float) -> None:
        """Start everything and kill until the time is over."""
        self.server.start()
        self.trainings = [self._started("") for _ in range(TRAININGS)]
        begun_s = now_s = time.monotonic()
        kill_at_s, sample_at_s = begun_s + self.draw.uniform(*KILL_S), begun_s + SAMPLE_S
        while now_s < begun_s + seconds:
            time.sleep(max(0.0, min(kill_at_s, sample_at_s, begun_s + seconds) - now_s))
            now_s = time.monotonic()
            if now_s >= sample_at_s:
                self._sample(now_s - begun_s)
                sample_at_s += SAMPLE_S
            if now_s >= kill_at_s:
                self._kill(self.draw.choices(list(TARGETS), list(TARGETS.values()))[0])
                kill_at_s = time.monotonic() + self.draw.uniform(*KILL_S)

    def end(self) -> None:
        """Let the trainings finish and everything left be sent.

        Raises:
            RuntimeError: if something does not come to its end.
        """
        (self.ledgers / "stop").touch()
        for training in self.trainings:
            if training.process.wait(PATIENCE_S) != 0:
                raise RuntimeError(f"training {training.number} ended with {training.process.returncode}")
        end_s = time.monotonic() + PATIENCE_S
        while self._sidecars() and time.monotonic() < end_s:
            time.sleep(1)
        for sidecar in self._sidecars():  # one that waits in its back-off holds what `sync` wants
            sidecar.kill()
            sidecar.wait(10)

    def sync(self) -> Counter[str]:
        """Send what is left with `yoloscope sync` and count the directories by how they end."""
        command = [sys.executable, "-m", "yoloscope", "sync", str(self.spool), "--json"]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        return Counter(item["state"] for item in json.loads(done.stdout)["items"])

    def close(self) -> None:
        """End every process that is left."""
        for training in self.trainings:
            training.kill()
        for sidecar in self._sidecars():
            sidecar.kill()
        self.server.stop()

    def _started(self, resume: str) -> Training:
        self.started += 1
        count = self.draw.randint(1, THREADS_MOST)
        rates_hz = [self.draw.choice(RATES_HZ) for _ in range(count)]
        plan = json.dumps({"number": self.started, "resume": resume, "rates_hz": rates_hz})
        command = [sys.executable, str(HERE / "soak_training.py"), self.server.url, str(self.ledgers), plan]
        with (self.ledgers.parent / "trainings.log").open("ab") as log:
            environment = {**os.environ, "YOLOSCOPE_DIR": str(self.spool)}
            process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        return Training(self.started, process, self.ledgers)

    def _kill(self, target: str) -> None:
        self.kills[target] += 1
        victim = self.draw.choice(self.trainings[SPARED:])
        if "sidecar" in target and (sidecar := victim.sidecar()):
            with contextlib.suppress(psutil.Error):
                sidecar.send_signal(signal.SIGKILL)
        if "server" in target:
            self.server.kill()
        if "training" in target:
            self._replace(victim)
        if "server" in target:
            time.sleep(self.draw.uniform(*OUTAGE_S))
            self.server.start()

    def _replace(self, victim: Training) -> None:
        if victim.process.poll() is not None:
            self.faults.append(f"training {victim.number} ended by itself with {victim.process.returncode}")
        victim.kill()
        run = victim.run
        resume = run if self.draw.random() < RESUMES and self.resumed[run] < RESUMES_MOST else ""
        self.resumed[resume] += 1
        self.trainings[self.trainings.index(victim)] = self._started(resume)

    def _sidecars(self) -> list[psutil.Process]:
        found: list[psutil.Process] = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                line = process.cmdline()
                if line and line[-1].startswith(str(self.spool)) and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
        return found

    def _sample(self, at_s: float) -> None:
        with contextlib.suppress(psutil.Error):
            assert self.server.process is not None
            self.server_memory.append((at_s, _own_bytes(psutil.Process(self.server.process.pid))))
        for training in self.trainings[:SPARED]:
            sidecar = training.sidecar()
            if sidecar is not None and sidecar.status() != psutil.STATUS_ZOMBIE:
                self.sidecar_memory.setdefault(sidecar.pid, []).append((at_s, _own_bytes(sidecar)))
            elif training.run:
                self.faults.append(f"after {at_s:.0f} s the sidecar of training {training.number} is gone, unkilled")


def _own_bytes(process: psutil.Process) -> int:
    """Return the memory that a process has to itself: pages of files that it maps, a spool's segments, come and go."""
    info = process.memory_info()
    return info.rss - getattr(info, "shared", 0)


def _summary(soak: Soak, states: Counter[str], *, seed: int, minutes: float) -> dict[str, object]:
    compared = soak_check.compare(soak.ledgers, soak.server.get)
    server_growth = soak_check.growth_bytes(soak.server_memory)
    sidecar_growth = max(map(soak_check.growth_bytes, soak.sidecar_memory.values()), default=0.0)
    flat = server_growth <= soak_check.SERVER_GROWTH_BYTES and sidecar_growth <= soak_check.SIDECAR_GROWTH_BYTES
    return {
        "ok": flat and not compared.differences and not soak.faults and set(states) == {"complete"},
        "seed": seed,
        "minutes": minutes,
        "faults": soak.faults,
        "kills": dict(soak.kills),
        "trainings_started": soak.started,
        "resumed": soak.resumed.total() - soak.resumed[""],
        "server_starts": soak.server.starts,
        "directories": dict(states),
        **msgspec.to_builtins(compared),
        "server_own_memory_mb": _range_mb([size for _, size in soak.server_memory]),
        "server_growth_mb": round(server_growth / 1e6, 1),
        "server_growth_most_mb": round(soak_check.SERVER_GROWTH_BYTES / 1e6, 1),
        "sidecar_own_memory_mb": _range_mb([size for one in soak.sidecar_memory.values() for _, size in one]),
        "sidecar_growth_mb": round(sidecar_growth / 1e6, 1),
        "sidecar_growth_most_mb": round(soak_check.SIDECAR_GROWTH_BYTES / 1e6, 1),
    }


def _range_mb(sizes: list[int]) -> list[float]:
    return [round(min(sizes) / 1e6, 1), round(max(sizes) / 1e6, 1)] if sizes else []


def main() -> int:
    """Soak, print the summary, and return how the process shall exit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=float(os.environ.get("MINUTES") or 60))
    parser.add_argument("--seed", type=int, default=int(os.environ.get("SEED") or random.randrange(10**6)))
    parser.add_argument("--keep", action="store_true", help="keep all files also when nothing differs")
    options = parser.parse_args()
    print(f"soak: {options.minutes:g} minutes, seed {options.seed}", file=sys.stderr)
    root = Path(tempfile.mkdtemp(prefix="yoloscope-soak-"))
    soak = Soak(root, seed=options.seed)
    try:
        soak.run(options.minutes * 60)
        soak.end()
        summary = _summary(soak, soak.sync(), seed=options.seed, minutes=options.minutes)
    finally:
        soak.close()
    print(json.dumps(summary, indent=2))
    if summary["ok"] and not options.keep:
        shutil.rmtree(root)
    else:
        print(f"soak: everything is kept in {root}", file=sys.stderr)
    return 0 if summary["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
