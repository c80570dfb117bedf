"""Rules of the repository that no linter knows."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def _names(requirements: list[str]) -> list[str]:
    return [re.split(r"[\s\[<>=!~;@]", line)[0].lower() for line in requirements]


def test_every_dependency_has_a_line_that_says_what_it_is_for() -> None:
    said = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8").lower()
    extras = PROJECT["project"]["optional-dependencies"].values()
    wanted = _names(PROJECT["project"]["dependencies"]) + [name for extra in extras for name in _names(extra)]
    assert [name for name in wanted if f"| {name}" not in said and f", {name}" not in said] == []
    assert [name for name in _names(PROJECT["dependency-groups"]["dev"]) if name not in said] == []


def test_every_dependency_is_pinned_with_hashes() -> None:
    locked = (ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8")
    groups = [PROJECT["project"]["dependencies"], PROJECT["dependency-groups"]["dev"]]
    groups += list(PROJECT["project"]["optional-dependencies"].values())
    for name in {name for group in groups for name in _names(group)}:
        assert re.search(rf"^{re.escape(name)}==[^\n]*\\\n\s+--hash=sha256:", locked, re.MULTILINE), name


@pytest.mark.parametrize("lock", ["requirements/run.txt", "requirements/dev.txt", "web/package-lock.json"])
def test_lock_files_name_no_host(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert re.findall(r'(?:--index-url|"resolved"|--find-links)[^\n]*', text) == []


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_the_readme_shows_a_picture_and_two_commands_on_its_first_screen(readme: str) -> None:
    first_screen = "\n".join((ROOT / readme).read_text(encoding="utf-8").splitlines()[:40])
    assert "make demo" in first_screen
    assert "make test" in first_screen
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", first_screen)
    assert pictures
    assert all((ROOT / picture).is_file() for picture in pictures)


def test_git_holds_no_weights_and_no_foreign_code() -> None:
    """Ultralytics is AGPL: the copies that tests install stay outside the repository, whatever a broad `git add` meets."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    foreign = re.compile(r"^\.cache/|node_modules/|\.(pt|pth|onnx|engine|safetensors|npz)$|^(src/)?ultralytics/")
    assert [name for name in listed if foreign.search(name)] == []
    assert [name for name in listed if (ROOT / name).is_file() and (ROOT / name).stat().st_size > 600_000] == []


def test_documents_link_only_to_files_that_exist() -> None:
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    broken = [
        f"{document.relative_to(ROOT)} -> {target}"
        for document in documents
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8"))
        if not (document.parent / target).exists()
    ]
    assert broken == []
