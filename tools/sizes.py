"""Fails when a source file passes 400 lines or a Python function passes 50 (docstrings not counted)."""

import ast
import subprocess
import sys
from pathlib import Path

FILE_LINES = 400
FUNCTION_LINES = 50
_FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
GENERATED = {"web/src/api/schema.gen.ts"}


def _sources() -> list[Path]:
    patterns = [
        "src/*.py",
        "tests/*.py",
        "benchmarks/*.py",
        "tools/*.py",
        "web/src/*.ts",
        "web/src/*.tsx",
        "hatch_build.py",
    ]
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        capture_output=True,
        text=True,
        check=True,
    )
    return [Path(line) for line in listed.stdout.split() if line not in GENERATED and Path(line).is_file()]


def _length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first = node.body[0]
    has_doc = (
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    )
    start = node.lineno
    doc = (first.end_lineno or first.lineno) - first.lineno + 1 if has_doc else 0
    return (node.end_lineno or start) - start + 1 - doc


def _faults(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8")
    found: list[str] = []
    lines = text.count("\n")
    if lines > FILE_LINES:
        found.append(f"{path}: {lines} lines, the limit is {FILE_LINES}")
    if path.suffix == ".py":
        functions = (node for node in ast.walk(ast.parse(text)) if isinstance(node, _FUNCTION))
        found += [
            f"{path}:{node.lineno}: {node.name} has {_length(node)} lines, the limit is {FUNCTION_LINES}"
            for node in functions
            if _length(node) > FUNCTION_LINES
        ]
    return found


def main() -> int:
    """Print what is too long and return how the process shall exit."""
    faults = [fault for path in _sources() for fault in _faults(path)]
    print("\n".join(faults) or "sizes: all files and functions are within their limits")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
