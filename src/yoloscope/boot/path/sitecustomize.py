"""Found by Python at start-up because this folder is on ``PYTHONPATH``: installs the hook, then runs the user's own file.

It must never change how Python starts: whatever fails here is dropped, and a ``sitecustomize`` that this one hides is
found, put in its place and run, its errors passing through as they would without us.
"""
# ruff: noqa: INP001  # this folder is a path entry, not a package
# ruff: noqa: PTH100, PTH118, PTH120  # pathlib would cost every Python that starts some milliseconds

import importlib.machinery
import importlib.util
import os
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))
_HOOK = "yoloscope.boot.hook"  # the name that a later import of the package finds, so that there is one hook a process


def _install_hook() -> None:
    spec = importlib.util.spec_from_file_location(_HOOK, os.path.join(os.path.dirname(_HERE), "hook.py"))
    if spec is None or spec.loader is None:
        return
    hook = importlib.util.module_from_spec(spec)
    sys.modules[_HOOK] = hook
    spec.loader.exec_module(hook)
    hook.install()
    hook.leave_word("hooked")


def _run_hidden_sitecustomize() -> None:
    others = [entry for entry in sys.path if os.path.abspath(entry or ".") != _HERE]
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", others)
    if spec is None or spec.loader is None:
        return
    module = importlib.util.module_from_spec(spec)
    sys.modules["sitecustomize"] = module
    spec.loader.exec_module(module)


try:  # noqa: SIM105  # contextlib would be imported for this alone
    _install_hook()
except Exception:  # noqa: BLE001, S110  # no guard of ours can be imported yet, and Python must start
    pass
_run_hidden_sitecustomize()
