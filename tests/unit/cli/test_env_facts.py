"""Where the facts of `yoloscope env` come from: recorded files, a probe that hangs or dies, a server's clock."""

import importlib.util
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from yoloscope.cli import main
from yoloscope.cli.env import facts, gathering, probe, probing

MARK = "\x1eyoloscope "


def told(*lines: dict[str, object]) -> bytes:
    return "".join(MARK + msgspec.json.encode(line).decode() + "\n" for line in lines).encode()


TORCH = {"version": "2.5.1+cu124", "cuda": "12.4", "available": True, "architectures": ["sm_80"], "cudnn": 90100}
ONE = {"name": "A100", "capability": "8.0", "difference": 1e-6}


def test_a_probe_is_read_between_whatever_else_is_printed() -> None:
    said = b"warning: x\n" + told({"driver_cuda": [12, 4]}, {"stage": "import"}, {"torch": TORCH}, {"card": ONE})
    found = probing.read(said + b"\nbye", exit_code=0)
    card = facts.Card("A100", "8.0", 1e-6)
    torch = facts.Torch(
        "2.5.1+cu124", cuda="12.4", cudnn=90100, available=True, architectures=("sm_80",), cards=(card,)
    )
    assert found == probing.Probed((12, 4), torch, None, None)


@pytest.mark.parametrize(
    ("lines", "exit_code", "hung", "torch_error"),
    [
        (({"stage": "import"},), None, "import", None),
        (({"stage": "import"}, {"stage": "start"}), None, "start", None),
        (({"torch": TORCH}, {"stage": "cuda:1"}), None, "cuda:1", None),
        (({"stage": "import"},), -4, None, "killed by SIGILL"),
        (({"stage": "import"},), 3, None, "exit code 3"),
        (({"torch_error": "ImportError: x"},), 0, None, "ImportError: x"),
        ((), 1, None, "exit code 1"),
    ],
)
def test_how_a_probe_ended_belongs_to_its_stage(
    lines: tuple[dict[str, object], ...], exit_code: int | None, hung: str | None, torch_error: str | None
) -> None:
    found = probing.read(told(*lines) + b'\x1eyoloscope {"cut', exit_code=exit_code)
    assert (hung, torch_error) == (found.hung, found.torch_error)


def test_a_card_on_which_the_probe_died_is_told_so() -> None:
    found = probing.read(told({"torch": TORCH}, {"stage": "cuda:0"}), exit_code=-11)
    assert found.torch is not None
    assert found.torch.cards == (facts.Card("cuda:0", "", error="killed by SIGSEGV"),)


@pytest.mark.slow
def test_a_probe_that_hangs_is_left_at_its_limit(tmp_path: Path) -> None:
    script = tmp_path / "hangs.py"
    script.write_text(
        f"print({told({'driver_cuda': [12, 2]}, {'stage': 'import'}).decode()!r}, flush=True)\nwhile 1: pass"
    )
    found = probing.probed(limit_s=3.0, script=script)
    assert found == probing.Probed((12, 2), None, None, "import")


@pytest.mark.slow
def test_a_file_named_torch_in_the_folder_is_not_what_is_tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "torch.py").write_text("raise SystemExit('not me')")
    (tmp_path / "json.py").write_text("raise SystemExit('not me')")
    monkeypatch.chdir(tmp_path)
    found = probing.probed()
    assert found.torch is not None or str(found.torch_error).startswith("ModuleNotFoundError")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("raise ImportError('libcudart.so.12: cannot open')", "ImportError: libcudart.so.12: cannot open"),
        ("import os; os.abort()", "killed by SIGABRT"),
        ("__version__ = '2.1'", "AttributeError: "),  # an installation that broke off
    ],
)
def test_a_torch_that_is_broken_says_how(
    source: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch" / "__init__.py").write_text(source)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert str(probing.probed().torch_error).startswith(says)


@pytest.mark.torch
@pytest.mark.slow
def test_the_small_computation_is_equal_to_itself() -> None:
    torch = pytest.importorskip("torch")
    assert probe.difference(torch, "cpu") == 0.0


def test_a_deviation_is_relative_and_what_is_no_number_is_said_so() -> None:
    assert probe.deviation([1.0, -4.0], [1.0, -3.0]) == 0.25
    with pytest.raises(ArithmeticError):
        probe.deviation([1.0], [float("nan")])


@pytest.mark.parametrize(
    ("name", "text", "limit"),
    [
        ("memory.max", "max\n", None),
        ("memory.max", "4294967296\n", 4 * 1024**3),
        ("memory/memory.limit_in_bytes", "9223372036854771712\n", None),
        ("memory/memory.limit_in_bytes", "1000000\n", 1_000_000),
        ("other", "1", None),
    ],
)
def test_the_limit_of_a_container_is_read(tmp_path: Path, name: str, text: str, limit: int | None) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(text)
    assert gathering.memory_limit(tmp_path) == limit


def test_a_folder_lies_on_the_file_system_of_the_nearest_mount(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text("/dev/a / ext4 rw 0 0\nn:/x /data nfs4 rw 0 0\nt /data/my\\040disk tmpfs rw 0 0\nbroken\n")
    places = ["/data", "/data/runs", "/data/my disk/runs", "/database", "/"]
    found = [gathering.file_system(Path(place), mounts=mounts) for place in places]
    assert found == ["nfs4", "nfs4", "tmpfs", "ext4", "ext4"]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("settings.json", '{"sync": true, "wandb": true, "comet": false}', (True, ("wandb",))),
        ("settings.json", '{"sync": false}', (False, ())),
        ("settings.json", "{", (None, ())),
        ("settings.yaml", "settings_version: 0.0.4\nsync: false\nclearml: true\n", (False, ("clearml",))),
        ("none", "", (None, ())),
    ],
)
def test_the_settings_of_ultralytics_are_only_read(
    tmp_path: Path, name: str, text: str, expected: tuple[bool | None, tuple[str, ...]]
) -> None:
    (tmp_path / name).write_text(text)
    assert gathering.ultralytics_settings(tmp_path) == expected
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(("settings", "none"))] == [name]


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        ("1970-01-01T00:01:45.000Z", (4.0, 1.0)),
        ("1970-01-01T00:01:41.000Z", (0.0, 1.0)),
        ("soon", (None, 0.0)),
        ("None", (None, 0.0)),
    ],
)
def test_a_clock_is_compared_with_the_middle_of_question_and_answer(
    instant: str, expected: tuple[float | None, float]
) -> None:
    assert gathering.clock_offset(instant, before_s=100.0, after_s=102.0) == expected


def test_a_server_tells_its_release_and_its_clock(live_server) -> None:
    found = gathering.asked(live_server.url)
    assert (found.reachable, found.is_private, found.version) == (True, True, "0.1.0")
    assert found.clock_offset_s is not None
    assert abs(found.clock_offset_s) <= found.clock_error_s + 0.01


def test_a_server_whose_clock_is_wrong_is_told_so(
    serve: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = serve()
    monkeypatch.setattr(wrong.services, "clock_ns", lambda: time.time_ns() + 3_600 * 10**9)
    said = CliRunner().invoke(main.cli, ["env", "--fast", "--json", "--server", wrong.url])
    [clock] = [check for check in msgspec.json.decode(said.output)["checks"] if check["id"] == "clock"]
    assert (clock["state"], clock["found"]) == ("warning", "this clock is 3600 s behind the server's")


def test_a_camera_that_streams_without_end_is_left() -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    sent: list[int] = []

    def stream() -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with connection:
                connection.recv(1000)
                connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                blocks = 0
                try:
                    while blocks < 300:
                        connection.sendall(bytes(1_000_000))
                        blocks += 1
                except OSError:
                    pass
                sent.append(blocks)

    camera = threading.Thread(target=stream, daemon=True)
    camera.start()
    found = gathering.asked(f"http://127.0.0.1:{listening.getsockname()[1]}")
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    camera.join(60)
    assert (found.reachable, found.clock_offset_s) == (True, None)
    assert sent
    assert max(sent) < 300


def test_nothing_answers_where_no_server_is() -> None:
    assert gathering.asked("http://127.0.0.1:9") == facts.Server("http://127.0.0.1:9", is_private=True)


@pytest.mark.parametrize(("arguments", "code"), [((), 0), (("--strict",), 1)])
def test_a_problem_changes_the_exit_code_only_where_asked(
    arguments: tuple[str, ...], code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "_memory", lambda: (10**10, 10**6))
    said = CliRunner().invoke(main.cli, ["env", "--fast", "--server", "http://127.0.0.1:9", *arguments])
    assert said.exit_code == code
    assert "✗ problem" in said.output
    assert "→" in said.output


@pytest.mark.parametrize("missing", ["folder", "home", "temporary"])
def test_env_is_there_where_something_is_missing(missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if missing == "folder":
        gone = tmp_path / "gone"
        gone.mkdir()
        monkeypatch.chdir(gone)
        gone.rmdir()
    elif missing == "home":
        monkeypatch.setattr(Path, "home", _fail(RuntimeError("Could not determine home directory.")))
    else:
        monkeypatch.setattr(probing.tempfile, "TemporaryFile", _fail(FileNotFoundError("no room")))
        if importlib.util.find_spec("torch") is None:
            assert "no room" in str(probing.probed().torch_error)
            return
    arguments = ["env", "--json", "--server", "http://127.0.0.1:9", *(["--fast"] if missing != "temporary" else [])]
    result = CliRunner().invoke(main.cli, arguments)
    assert result.exit_code == 0, result.exception
    states = {check["id"]: check["state"] for check in msgspec.json.decode(result.output)["checks"]}
    if missing == "folder":
        assert states["disk"] == "unknown"
    if missing == "temporary":
        assert "no room" in result.output


def _fail(error: Exception) -> Callable[..., Path]:
    def fail(*_: object) -> Path:
        raise error

    return fail


def test_marks_are_letters_that_the_console_has(monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ["env", "--fast", "--server", "http://127.0.0.1:9"]
    for encoding, is_there in (("utf-8", True), ("gbk", False)):
        written = CliRunner(charset=encoding).invoke(main.cli, arguments, env={"YOLOSCOPE_LANG": "zh"})
        assert written.exit_code == 0, written.exception
        assert ("✓ " in written.output) == is_there
        assert "\\u2713" not in written.output


def test_env_keeps_its_keys_and_starts_no_thread() -> None:
    before = threading.active_count()
    said = CliRunner().invoke(main.cli, ["env", "--fast", "--json", "--server", "http://127.0.0.1:9"])
    keys = {"python", "executable", "platform", "packages", "cpus", "memory_bytes", "memory_free_bytes"}
    assert keys | {"disk_free_bytes", "server", "reachable", "checks"} == msgspec.json.decode(said.output).keys()
    assert threading.active_count() == before
