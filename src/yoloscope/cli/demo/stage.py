"""The two processes of the demo and what is read from them: the server, and the training that it watches.

Both end with the demo: the server by SIGTERM, the training by SIGINT, which makes its run a stopped one.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from pathlib import Path
from types import FrameType
from typing import NoReturn

import msgspec

from yoloscope import errors
from yoloscope.api import client
from yoloscope.cli import run as run_command
from yoloscope.cli import texts
from yoloscope.sdk import launch
from yoloscope.spool import reader

TRAIN_IMAGES = 192
VAL_IMAGES = 64
PROJECT = "demo"
POLICY = '[policy]\nclass_names = "text"\ntext = true\n'  # digits are nobody's secret
MAP50 = "metrics/mAP50"
VAL_LOSS = "val/box_loss"
_POLL_S = 0.5
_STORED_WITHIN_S = 30.0
_JUDGED_WITHIN_S = 60.0
_STOP_WITHIN_S = 20.0
_ENDED = ("finished", "stopped", "crashed", "failed")


class Ready(msgspec.Struct, frozen=True):
    """What `yoloscope up --json` says once it serves."""

    url: str
    link: str
    data: str
    pid: int


class Epoch(msgspec.Struct, frozen=True):
    """How far the training is, as the server knows it."""

    done: int
    planned: int
    box_loss: float
    map50: float


class Advice(msgspec.Struct, frozen=True):
    """What to do, and the arguments to change."""

    text: str
    args: dict[str, object]


class Finding(msgspec.Struct, frozen=True):
    """What one rule says of the training, in the words of this terminal's language."""

    rule: str
    name: str
    severity: str
    first_epoch: float | None
    evidence: str
    advice: Advice


class Outcome(msgspec.Struct, frozen=True):
    """What the demo achieved; the keys that ``--json`` prints."""

    run: str
    url: str
    epochs: int
    points_sent: int
    points_stored: int
    map50_first: float | None
    map50_last: float | None
    findings: list["Finding"] = []


EpochTeller = Callable[[Epoch], None]


class _Run(msgspec.Struct, frozen=True):
    state: str


class _Series(msgspec.Struct, frozen=True):
    name: str
    count: int


class _SeriesList(msgspec.Struct, frozen=True):
    items: list[_Series]


class _Told(msgspec.Struct, frozen=True):
    en: str
    zh: str

    def __str__(self) -> str:
        return self.zh if texts.is_chinese() else self.en


class _Advised(msgspec.Struct, frozen=True):
    text: _Told
    args: dict[str, object]


class _Moment(msgspec.Struct, frozen=True):
    epoch: float | None


class _Found(msgspec.Struct, frozen=True):
    rule: str
    name: str
    severity: str
    status: str
    evidence: _Told
    advice: _Advised
    opened: _Moment


class _Judgement(msgspec.Struct, frozen=True):
    facts: dict[str, object]


class _Findings(msgspec.Struct, frozen=True):
    items: list[_Found]
    answer: _Judgement | None

    @property
    def is_last(self) -> bool:
        """Whether the whole training was judged, its end included."""
        return self.answer is not None and self.answer.facts.get("ended") is True


class _Columns(msgspec.Struct, frozen=True):
    y: list[float | str]


class _Answer(msgspec.Struct, frozen=True):
    series: list[_Columns]


@contextlib.contextmanager
def signals_end() -> Generator[None]:
    """Turn SIGTERM into an orderly end, so that no process is left behind."""

    def leave(number: int, _frame: FrameType | None) -> NoReturn:
        sys.exit(128 + number)

    previous = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


@contextlib.contextmanager
def server(data: Path, *, port: int) -> Generator[Ready]:
    """Give a server that serves `data`, stopped in the end; one that already does is used and left alone.

    Raises:
        ConfigError: if it cannot start; it says itself why.
    """
    command = [sys.executable, "-m", "yoloscope", "up", "--json", "--no-open", "--port", str(port), "--data", str(data)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise errors.ConfigError(
                f"the server did not start (see above), nothing was trained. Another port can be named with --port; asked was {port}"
            )
        yield msgspec.json.decode(line, type=Ready)
    finally:
        process.terminate()
        process.wait()


def train(data: Path, *, ready: Ready, description: Path, epochs: int, on_epoch: EpochTeller) -> Outcome:
    """Train to the end while telling of each epoch, and return what was written and what is stored.

    Raises:
        YoloscopeError: if the training failed or was not recorded; the message names its log.
    """
    folder = data / "demo"
    (folder / "yoloscope.toml").write_text(POLICY, encoding="utf-8")
    outputs = folder / "runs"
    outputs.mkdir(exist_ok=True)
    log = folder / "training.log"
    token = _token(ready)
    api = client.Client(ready.url, token=token)
    with run_command.handshake_folder() as handshake, log.open("wb") as written:
        environment = _environment(folder, ready=ready, token=token)
        command = [sys.executable, "-m", "yoloscope.cli.demo.train", str(description)]
        command += ["--epochs", str(epochs), "--output", str(outputs)]
        child = subprocess.Popen(
            command,
            env=launch.child_environment(environment, handshake=handshake),
            cwd=outputs,  # below the demo's own yoloscope.toml
            stdout=written,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C reaches it once, from here
        )
        code = _watched(child, api=api, handshake=handshake, planned=epochs, on_epoch=on_epoch)
        begun = launch.runs_begun(handshake)
        unattached = launch.why_not_attached(handshake, command=command)
    if code:
        raise errors.YoloscopeError(f"the training ended with exit code {code}; what it said: {log}")
    if not begun:
        why = (
            run_command.not_recorded(unattached)
            if unattached
            else "nothing was recorded; the training says why itself."
        )
        raise errors.YoloscopeError(f"{why} What it said: {log}")
    return _outcome(api, begun[-1], epochs=epochs)


def wait_for_end(ready: Ready, *, on_wait: Callable[[], None]) -> None:
    """Return when Ctrl-C is pressed or the server has ended; `on_wait` tells the user so, who may be quicker than its return."""
    with contextlib.suppress(KeyboardInterrupt):
        on_wait()
        while _runs(ready.pid):
            time.sleep(_POLL_S)


def _environment(folder: Path, *, ready: Ready, token: str | None) -> dict[str, str]:
    """Return what keeps Ultralytics at home: no download, no telemetry, its settings in our folder."""
    settings = folder / "ultralytics"
    settings.mkdir(parents=True, exist_ok=True)
    environment = {
        **os.environ,
        "YOLO_OFFLINE": "true",
        "YOLO_AUTOINSTALL": "false",
        "YOLO_CONFIG_DIR": str(settings),
        "YOLOSCOPE_SERVER": ready.url,
        "YOLOSCOPE_PROJECT": PROJECT,
        "YOLOSCOPE_MODE": "online",
        "YOLOSCOPE_DIR": str(folder / "spool"),
        "PYTHONUNBUFFERED": "1",
    }
    environment.setdefault(
        "OMP_NUM_THREADS", "1"
    )  # as fast as more for pictures this small, and leaves room for the server
    if token:
        environment["YOLOSCOPE_TOKEN"] = token
    return environment


def _token(ready: Ready) -> str | None:
    file = Path(ready.data) / "token"
    return file.read_text(encoding="ascii").strip() if file.is_file() else None


def _watched(
    child: "subprocess.Popen[bytes]", *, api: client.Client, handshake: Path, planned: int, on_epoch: EpochTeller
) -> int:
    """Return the child's exit code; Ctrl-C ends the child first."""
    told = 0
    try:
        while True:
            try:
                return child.wait(timeout=_POLL_S)
            except subprocess.TimeoutExpired:
                told = _tell_progress(api, handshake=handshake, told=told, planned=planned, on_epoch=on_epoch)
    finally:
        if child.poll() is None:
            _stop(child)
        _tell_progress(api, handshake=handshake, told=told, planned=planned, on_epoch=on_epoch)


def _stop(child: "subprocess.Popen[bytes]") -> None:
    child.send_signal(signal.SIGINT)
    try:
        child.wait(timeout=_STOP_WITHIN_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _tell_progress(api: client.Client, *, handshake: Path, told: int, planned: int, on_epoch: EpochTeller) -> int:
    begun = launch.runs_begun(handshake)
    if not begun:
        return told
    run = begun[-1].run
    try:
        losses, map50 = _curve(api, run, name=VAL_LOSS), _curve(api, run, name=MAP50)
    except errors.TransportError:
        return told  # the first rows are still on their way
    validated = min(len(losses), len(map50))
    for index in range(told, validated):
        on_epoch(Epoch(done=index + 1, planned=planned, box_loss=losses[index], map50=map50[index]))
    return max(told, validated)


def _outcome(api: client.Client, word: launch.Word, *, epochs: int) -> Outcome:
    directory = word.path
    deadline_s = time.monotonic() + _STORED_WITHIN_S
    while True:
        sent, stored = reader.points(directory), _stored(api, word.run)
        state = api.get(f"/api/v1/runs/{word.run}", answer=_Run).state
        if (stored >= sent and state in _ENDED) or time.monotonic() > deadline_s:
            break
        time.sleep(_POLL_S)
    curve = _curve(api, word.run, name=MAP50)
    return Outcome(
        run=word.run,
        url=api.url,
        epochs=epochs,
        points_sent=sent,
        points_stored=stored,
        map50_first=curve[0] if curve else None,
        map50_last=curve[-1] if curve else None,
        findings=_findings(api, word.run),
    )


def _findings(api: client.Client, run: str) -> list[Finding]:
    """Return the open findings once the training was judged to its end; what there is if that takes too long."""
    deadline_s = time.monotonic() + _JUDGED_WITHIN_S
    while True:
        found = api.get(f"/api/v1/runs/{run}/findings", answer=_Findings)
        if found.is_last or time.monotonic() > deadline_s:
            break
        time.sleep(_POLL_S)
    return [
        Finding(
            rule=one.rule,
            name=one.name,
            severity=one.severity,
            first_epoch=one.opened.epoch,
            evidence=str(one.evidence),
            advice=Advice(str(one.advice.text), one.advice.args),
        )
        for one in found.items
        if one.status == "open"
    ]


def _stored(api: client.Client, run: str) -> int:
    return sum(series.count for series in api.get(f"/api/v1/runs/{run}/series", answer=_SeriesList).items)


def _curve(api: client.Client, run: str, *, name: str) -> list[float]:
    answer = api.get("/api/v1/series", query={"run": run, "name": name, "buckets": 0}, answer=_Answer)
    return [float(value) for value in answer.series[0].y] if answer.series else []


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True
