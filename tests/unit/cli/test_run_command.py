"""``yoloscope run``: exit codes, output, signals and the one line when nothing was recorded."""

import os
import signal
import subprocess
import sys
from pathlib import Path

YOLOSCOPE = [sys.executable, "-m", "yoloscope", "run"]


def run(*words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*YOLOSCOPE, *words], env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


def test_output_and_exit_code_are_the_childs() -> None:
    done = run("--", sys.executable, "-c", "import sys; print('out'); print('err', file=sys.stderr); sys.exit(7)")
    assert (done.returncode, done.stdout) == (7, "out\n")
    assert done.stderr.startswith("err\n")


def test_death_by_a_signal_is_128_and_its_number() -> None:
    done = run(sys.executable, "-c", "import os; os.kill(os.getpid(), 9)")
    assert done.returncode == 137


def test_a_command_that_is_not_there_is_127() -> None:
    done = run("no-such-command-here")
    assert (done.returncode, done.stderr) == (127, "yoloscope: command not found: 'no-such-command-here'\n")


def test_options_after_the_command_are_the_childs() -> None:
    done = run(sys.executable, "-c", "import sys; print(sys.argv[1:])", "--help", "--project", "x")
    assert done.stdout == "['--help', '--project', 'x']\n"


def test_it_says_once_why_nothing_was_recorded() -> None:
    done = run(sys.executable, "-I", "-c", "1")
    assert done.stderr.count("\n") == 1
    assert "started with -I" in done.stderr
    assert "nothing imported ultralytics" in run(sys.executable, "-c", "1").stderr


def test_disabled_says_nothing() -> None:
    assert run(sys.executable, "-c", "1", YOLOSCOPE_MODE="disabled").stderr == ""


def test_a_signal_is_passed_on(tmp_path: Path) -> None:
    code = (
        "import signal, sys, os\n"
        "signal.signal(signal.SIGTERM, lambda n, f: sys.exit(42))\n"
        "print('ready', flush=True)\n"
        "signal.pause()\n"
    )
    with subprocess.Popen(
        [*YOLOSCOPE, sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "ready\n"
        parent.send_signal(signal.SIGTERM)
        assert parent.wait() == 42
