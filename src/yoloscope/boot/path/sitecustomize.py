"""Found by Python at start-up because this folder is on ``PYTHONPATH``: installs the hook, then steps aside.

It must never change how Python starts: what fails here is dropped, this folder leaves ``sys.path`` again, and a
``sitecustomize`` that this one hides is imported in its place, its errors passing through as they would without us.
"""
# ruff: noqa: INP001  # this folder is a path entry, not a package
# ruff: noqa: PTH100, PTH118, PTH120  # pathlib and importlib.util would cost every Python that starts some milliseconds

import importlib.machinery
import os
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))
_HOOK = "yoloscope.boot.hook"  # the name that a later import of the package finds, so that there is one hook a process


def _install_hook() -> None:
    path = os.path.join(os.path.dirname(_HERE), "hook.py")
    loader = importlib.machinery.SourceFileLoader(_HOOK, path)
    hook = type(sys)(_HOOK)
    hook.__file__ = path
    hook.__spec__ = importlib.machinery.ModuleSpec(_HOOK, loader, origin=path)
    sys.modules[_HOOK] = hook
    try:
        loader.exec_module(hook)
    except BaseException:
        del sys.modules[_HOOK]
        raise
    hook.install()
    hook.leave_word("hooked")


def _import_hidden_sitecustomize() -> None:
    """Import what this file hides; `site` ignores that there is none, as it does for ours."""
    ours = sys.modules.pop(__name__)
    try:
        import sitecustomize  # noqa: F401  # pyright: ignore[reportMissingImports, reportUnusedImport]  # importing runs it
    finally:
        sys.modules.setdefault(__name__, ours)


try:  # noqa: SIM105  # contextlib would be imported for this alone
    _install_hook()
except Exception:  # noqa: BLE001, S110  # no guard of ours can be imported yet, and Python must start
    pass
sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or ".") != _HERE]
if __name__ == "sitecustomize":
    _import_hidden_sitecustomize()
