"""What has to be had and done to start a run again, taken from its provenance: pure, from the server's answer to a `Recipe`.

What a policy withheld, or what never leaves a trainer, is a `Missing` with the reason; `scripts` asks for it by a shell variable.
"""

import re
from collections.abc import Mapping
from typing import Literal, cast

import msgspec

from yoloscope import errors
from yoloscope.cli.runs import words

Why = Literal["withheld", "secret", "folder", "local", "no_repository"]
_COMMIT = re.compile(r"[0-9a-f]{40,64}\Z")
_PACKAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z")
_RELEASE = re.compile(r"\d[\w.+!-]{0,63}\Z", re.ASCII)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z", re.ASCII)
_TORCH_BUILD = re.compile(r"\+(cpu|cu\d+|xpu|rocm[\d.]+)\Z")
_CONSOLE_SCRIPT = re.compile(r"<path>/([A-Za-z][\w-]*)\Z", re.ASCII)
_PYTHON = re.compile(r"(?:<path>/)?(?:python|pypy)[\d.]*(?:\.exe)?\Z")
_GAPS = {"<text>": "withheld", "***": "secret"}
_LAUNCHER = ("RANK", "WORLD_SIZE")


class Missing(msgspec.Struct, frozen=True):
    """Something that the record does not hold: the shell variable that stands for it, what it was, and why it is not there."""

    variable: str
    what: str
    why: Why


class Code(msgspec.Struct, frozen=True):
    """Which code; ``remote`` is None where it is not known, ``folder`` is where the run was started below the root."""

    commit: str
    remote: str | None
    dirty: bool | None
    diff_sha256: str | None
    untracked: int
    folder: list[str] | None


class Word(msgspec.Struct, frozen=True):
    """One word of the command: ``before`` as it is, then the value of ``variable`` where one stands for what is missing."""

    before: str
    variable: str | None = None


class Recipe(msgspec.Struct, frozen=True):
    """Everything that the script is made of."""

    run: str
    name: str
    attempt: int
    start_epoch: float
    python: str | None
    code: Code | None
    packages: dict[str, str]
    unpinned: list[str]
    indexes: list[str]
    environment: dict[str, str]
    command: list[Word]
    seeds: dict[str, object]
    processes: int
    container: str | None
    data: dict[str, object]
    machine: dict[str, object]
    missing: list[Missing]


def recipe(detail: Mapping[str, object], *, attempt: int | None) -> Recipe:
    """Return what starts an attempt of a run again, the newest where none is named.

    Raises:
        NotFound: if the run has no such attempt, or nothing is known of how it was started.
    """
    chosen, provenance = _attempt(detail, number=attempt)
    if not provenance.get("command") or not isinstance(provenance["command"], list):
        raise errors.NotFound(
            f"run {detail['id']} does not tell how it was started: only trainings that yoloscope attached to, or that call init(), do"
        )
    git = words.raw(provenance.get("git"))
    told = words.raw(provenance.get("packages"))
    packages = {name: str(version) for name, version in told.items() if name.lower() != "pip"}  # venv brings its own
    variables = {name: str(value) for name, value in words.raw(provenance.get("environment")).items()}
    elsewhere = words.raw(provenance.get("not_from_index"))
    pinned = {
        name: version for name, version in packages.items() if _is_pinned(name, version) and name not in elsewhere
    }
    command, gaps = _command(provenance, git=git)
    code = _code(git)
    return Recipe(
        run=str(detail["id"]),
        name=str(detail["name"]),
        attempt=_whole(chosen.get("number")) or _whole(detail.get("attempt")),
        start_epoch=_number(chosen.get("start_epoch")),
        python=_told(provenance.get("python")),
        code=code,
        packages=pinned,
        unpinned=sorted(set(packages) - set(pinned)),
        indexes=_indexes(provenance, packages),
        environment={name: value for name, value in variables.items() if _is_exported(name, value)},
        command=command,
        seeds={key: provenance[key] for key in ("seed", "deterministic", "torch_seed") if key in provenance},
        processes=_whole(variables.get("WORLD_SIZE"), otherwise=1),
        container=_told(words.raw(provenance.get("container")).get("image")),
        data=words.raw(provenance.get("data")),
        machine={key: provenance[key] for key in ("platform", "cpus", "cards", "driver") if key in provenance},
        missing=[*_missing_code(code, git=git), *gaps, *_missing_variables(variables)],
    )


def _attempt(detail: Mapping[str, object], *, number: int | None) -> tuple[Mapping[str, object], Mapping[str, object]]:
    """Return an attempt and where it comes from; one that began within a process takes that from the attempt before."""
    attempts = msgspec.convert(detail.get("attempts") or [], list[dict[str, object]])
    if number is not None and number not in {one.get("number") for one in attempts}:
        raise errors.NotFound(f"run {detail['id']} has no attempt {number}; it has {len(attempts)}")
    upto = [one for one in attempts if number is None or _whole(one.get("number")) <= number]
    told = next((own for one in reversed(upto) if (own := words.raw(one.get("provenance"))).get("command")), None)
    return upto[-1] if upto else {}, told or words.raw(detail.get("provenance"))


def _code(git: Mapping[str, object]) -> Code | None:
    commit = str(git.get("commit") or "")
    if not _COMMIT.match(commit):
        return None
    return Code(
        commit=commit,
        remote=_told(git.get("remote")),
        dirty=cast("bool | None", git.get("dirty")),
        diff_sha256=_told(git.get("diff_sha256")),
        untracked=_whole(git.get("untracked")),
        folder=_whole_path(git.get("folder")),
    )


def _missing_code(code: Code | None, *, git: Mapping[str, object]) -> list[Missing]:
    if code is None:
        return [Missing("FOLDER", "folder", "no_repository")]
    why: Why = "withheld" if git.get("remote") else "local"
    found = [] if code.remote else [Missing("REPOSITORY", "repository", why)]
    return found if code.folder is not None else [*found, Missing("FOLDER", "folder", "withheld")]


def _command(provenance: Mapping[str, object], *, git: Mapping[str, object]) -> tuple[list[Word], list[Missing]]:
    """Return the command with the interpreter by its bare name, files by their place below where it was started, and what is missing."""
    said = [str(word) for word in cast("list[object]", provenance["command"])]
    files = words.raw(git.get("files"))
    folder = _whole_path(git.get("folder"))
    made: list[Word] = []
    missing: list[Missing] = []
    for at, word in enumerate(said):
        name, equals, value = word.partition("=")
        before = f"{name}=" if equals else ""
        place = _below(_whole_path(files.get(str(at))), folder=folder)
        if place is not None:
            made.append(Word(before + place))
        elif at == 0 and _PYTHON.match(word):
            made.append(Word("python"))
        elif at == 1 and (script := _CONSOLE_SCRIPT.match(word)):
            made = [Word(script[1])]  # a program that pip installed beside this Python
        elif (why := _gap(value if equals else word)) is not None:
            variable = f"WORD_{at}"
            made.append(Word(before, variable))
            missing.append(Missing(variable, _file(files.get(str(at))) or word, why))
        else:
            made.append(Word(word))
    return made, missing


def _below(place: list[str] | None, *, folder: list[str] | None) -> str | None:
    """Return a file of the repository as it is reached from a folder of it."""
    if not place or folder is None:
        return None
    shared = 0
    while shared < min(len(place) - 1, len(folder)) and place[shared] == folder[shared]:
        shared += 1
    return "/".join([".."] * (len(folder) - shared) + place[shared:])


def _gap(word: str) -> Why | None:
    """Return why a word cannot be used as it stands; None where it can."""
    if word in _GAPS:
        return cast("Why", _GAPS[word])
    if "***@" in word or "?***" in word:
        return "secret"
    if word.startswith("<path>/"):
        return "folder"
    return "withheld" if word.startswith("<path>") else None


def _missing_variables(variables: Mapping[str, str]) -> list[Missing]:
    return [
        Missing(name, name, "withheld")
        for name, value in variables.items()
        if _VARIABLE.match(name) and name not in _LAUNCHER and _gap(value) is not None
    ]


def _is_exported(name: str, value: str) -> bool:
    return bool(_VARIABLE.match(name)) and name not in _LAUNCHER and _gap(value) is None


def _is_pinned(name: str, version: str) -> bool:
    return bool(_PACKAGE.match(name) and _RELEASE.match(version))


def _indexes(provenance: Mapping[str, object], packages: Mapping[str, str]) -> list[str]:
    """Return where builds of torch for one CUDA are found, by the local tags of the versions."""
    versions = [str(provenance.get("torch") or ""), *packages.values()]
    tags = {match[1] for version in versions if (match := _TORCH_BUILD.search(version))}
    return [f"https://download.pytorch.org/whl/{tag}" for tag in sorted(tags)]


def _told(value: object) -> str | None:
    """Return a text that the record holds; None where it is missing or reduced."""
    return value if isinstance(value, str) and value and _gap(value) is None else None


def _whole_path(value: object) -> list[str] | None:
    if not isinstance(value, list):
        return None
    parts = [str(part) for part in cast("list[object]", value)]
    return parts if all(_gap(part) is None and "/" not in part and part != ".." for part in parts) else None


def _file(value: object) -> str | None:
    return "/".join(str(part) for part in cast("list[object]", value)) if isinstance(value, list) else None


def _whole(value: object, *, otherwise: int = 0) -> int:
    try:
        return int(cast("str", value))
    except (TypeError, ValueError):
        return otherwise


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
