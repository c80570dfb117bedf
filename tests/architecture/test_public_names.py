"""The public Python names exist, are sorted, and load only what they need."""

import json
import subprocess
import sys

import yoloscope


def test_public_names_are_exact_and_can_be_loaded() -> None:
    assert sorted(yoloscope.__all__) == ["Api", "Run", "__version__", "attach", "init"]
    assert all(getattr(yoloscope, name) is not None for name in yoloscope.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(yoloscope, "no_such_name")


def test_attaching_loads_no_framework() -> None:
    script = "import json, sys, yoloscope; yoloscope.attach; print(json.dumps(sorted({'torch', 'ultralytics', 'numpy'} & set(sys.modules))))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []
