"""The hook in fresh Python processes, with a stand-in for Ultralytics that has the same seams."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from yoloscope.boot import hook

FRAMEWORK = {
    "__init__.py": "",
    "utils/__init__.py": "from .callbacks import add_integration_callbacks\n",
    "utils/callbacks/__init__.py": "from .base import add_integration_callbacks\n",
    "utils/callbacks/base.py": "def add_integration_callbacks(instance):\n    instance.added = True\n",
    "engine/__init__.py": "",
    "engine/validator.py": (
        "class BaseValidator:\n    def run_callbacks(self, event):\n        for c in self.callbacks.get(event, []): c(self)\n"
    ),
    "engine/trainer.py": (
        "from collections import defaultdict\n"
        "from ultralytics.utils import callbacks\n"
        "class BaseTrainer:\n"
        "    def __init__(self):\n"
        "        self.callbacks = defaultdict(list)\n"
        "        callbacks.add_integration_callbacks(self)\n"
        "    def run_callbacks(self, event):\n"
        "        for c in self.callbacks.get(event, []): c(self)\n"
        "    def train(self):\n"
        "        self.run_callbacks('on_train_start')\n"
        "        raise OSError('full')\n"
    ),
}
SEEN = """
import sys, types
seen = []
observe = types.ModuleType("yoloscope.integrations.ultralytics.observe")
observe.trainer_event = lambda trainer, event: seen.append(event)
observe.validator_event = lambda validator, event: seen.append("validator " + event)
sys.modules[observe.__name__] = observe
"""


@pytest.fixture
def framework(tmp_path: Path) -> Path:
    for name, text in FRAMEWORK.items():
        path = tmp_path / "site" / "ultralytics" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "site"


def python(
    code: str, *path: Path | str, flags: tuple[str, ...] = (), executable: str = sys.executable, **environment: str
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [executable, *flags, "-c", code],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(map(str, path)), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def output(code: str, *path: Path | str, **environment: str) -> list[str]:
    done = python(code, *path, **environment)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_trainer_events_reach_the_observer_after_the_users_callbacks(framework: Path) -> None:
    code = SEEN + (
        "from ultralytics.engine.trainer import BaseTrainer\n"
        "trainer = BaseTrainer()\n"
        "trainer.callbacks['on_train_start'].append(lambda t: seen.append('user'))\n"
        "trainer.run_callbacks('on_train_start')\n"
        "print(seen)"
    )
    assert output(code, hook.PATH_DIR, framework) == ["['user', 'on_train_start']"]


def test_late_installation_taps_what_is_imported_already(framework: Path) -> None:
    code = SEEN + (
        "from ultralytics.engine.trainer import BaseTrainer\n"
        "from yoloscope.boot import hook\n"
        "hook.install(); hook.install()\n"
        "BaseTrainer().run_callbacks('on_train_end')\n"
        "print(seen)"
    )
    assert output(code, framework) == ["['on_train_end']"]


def test_a_trainer_with_its_own_run_callbacks_is_reached_once(framework: Path) -> None:
    code = SEEN + (
        "from ultralytics.engine.trainer import BaseTrainer\n"
        "class Deaf(BaseTrainer):\n"
        "    def run_callbacks(self, event):\n"
        "        for c in self.callbacks.get(event, []): c(self)\n"
        "class Polite(BaseTrainer):\n"
        "    def run_callbacks(self, event): super().run_callbacks(event)\n"
        "Deaf().run_callbacks('on_train_start'); Polite().run_callbacks('on_train_end')\n"
        "print(seen)"
    )
    assert output(code, hook.PATH_DIR, framework) == ["['on_train_start', 'on_train_end']"]


def test_a_failed_training_is_torn_down_and_raises_what_it_raised(framework: Path) -> None:
    code = SEEN + (
        "from ultralytics.engine.trainer import BaseTrainer\n"
        "try: BaseTrainer().train()\n"
        "except OSError as error: print(error, seen)\n"
    )
    assert output(code, hook.PATH_DIR, framework) == ["full ['on_train_start', 'teardown']"]


def test_validators_wake_nothing(framework: Path) -> None:
    code = (
        "import sys\n"
        "from ultralytics.engine.validator import BaseValidator\n"
        "v = BaseValidator(); v.callbacks = {}; v.run_callbacks('on_val_end')\n"
        "print('yoloscope.integrations' in sys.modules)"
    )
    assert output(code, hook.PATH_DIR, framework) == ["False"]


def test_a_python_that_never_trains_loads_only_the_hook() -> None:
    code = "import sys; print(sorted(m for m in sys.modules if m.split('.')[0] in ('yoloscope', 'typing', 'msgspec')))"
    assert output(code, hook.PATH_DIR) == ["['yoloscope.boot.hook']"]


def test_the_path_is_as_it_would_be_without_us(tmp_path: Path) -> None:
    code = "import sys; print(sys.path); print('sitecustomize' in sys.modules)"
    assert output(code, tmp_path) == output(code, hook.PATH_DIR, tmp_path)


def test_the_users_own_sitecustomize_runs_in_our_place(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("print('theirs')\n")
    code = "import sys; print(sys.modules['sitecustomize'].__file__)"
    assert ["theirs", str(tmp_path / "sitecustomize.py")] == output(code, hook.PATH_DIR, tmp_path)


def test_an_error_in_the_users_sitecustomize_reads_as_without_us(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import not_there\n")
    assert python("1", tmp_path).stderr == python("1", hook.PATH_DIR, tmp_path).stderr != ""


def test_a_python_without_yoloscope_is_told_once_what_to_install(framework: Path) -> None:
    other = getattr(sys, "_base_executable", sys.executable)
    if python("import msgspec", executable=other).returncode == 0:
        pytest.skip("the base interpreter has what the observer needs")
    code = (
        "from ultralytics.engine.trainer import BaseTrainer\n"
        "t = BaseTrainer(); t.run_callbacks('on_train_start'); t.run_callbacks('on_train_end'); print('trained')"
    )
    done = python(code, hook.PATH_DIR, framework, executable=other)
    assert (done.returncode, done.stdout) == (0, "trained\n")
    [line] = done.stderr.splitlines()
    assert "this training is not recorded" in line
    assert line.endswith("-m pip install yoloscope). The training itself goes on.")


def test_under_strict_a_fault_is_raised(framework: Path) -> None:
    code = SEEN + (
        "from ultralytics.engine.trainer import BaseTrainer\n"
        "def fail(trainer, event): raise LookupError('ours')\n"
        "observe.trainer_event = fail\n"
        "BaseTrainer().run_callbacks('on_train_start')\n"
    )
    done = python(code, hook.PATH_DIR, framework, YOLOSCOPE_STRICT="1")
    assert done.returncode == 1
    assert "LookupError: ours" in done.stderr


def test_word_is_left_for_the_parent(framework: Path, tmp_path: Path) -> None:
    (tmp_path / "word").mkdir()
    output("import ultralytics.engine.trainer", hook.PATH_DIR, framework, YOLOSCOPE_RUN=str(tmp_path / "word"))
    assert sorted(path.name for path in (tmp_path / "word").iterdir()) == ["hooked", "tapped"]
