"""A recipe as a shell script that a person reads before running it: comments in their language, everything from the record quoted.

What is missing is asked for at the top by ``: "${NAME:?why}"``, so that nothing is cloned or installed before all is there.
"""

import shlex
from collections.abc import Iterator

import msgspec

from yoloscope.cli import texts
from yoloscope.cli.runs import recipe as recipes
from yoloscope.cli.runs import words

_SHELL = frozenset("\"'$`\\{}!")
_ID_CHARS = 8


def script(recipe: recipes.Recipe, *, with_packages: bool) -> str:
    """Return a script for ``sh``; without packages it takes the Python that is found first."""
    lines = [
        "#!/bin/sh",
        *_head(recipe),
        "set -eu",
        *_missing(recipe),
        "",
        *_code(recipe),
        "",
        *(_packages(recipe) if with_packages else [_comment("again.present")]),
        *_environment(recipe),
        "",
        *_command(recipe),
    ]
    return "\n".join(lines) + "\n"


def _head(recipe: recipes.Recipe) -> Iterator[str]:
    yield _comment("again.title", name=recipe.name, run=recipe.run, attempt=recipe.attempt)
    if recipe.machine:
        yield _comment("again.machine", machine=_joined(recipe.machine))
    if recipe.container:
        yield _comment("again.container", image=recipe.container)
    if recipe.seeds:
        yield _comment("again.seeds", seeds=_joined(recipe.seeds))
    for part, told in recipe.data.items():
        numbers = words.raw(told)
        if "images" in numbers:
            digest = str(numbers.get("file_list_sha256") or "–")
            yield _comment("again.data", part=part, images=numbers["images"], digest=digest)
    if recipe.start_epoch > 0:
        yield _comment("again.resumed", epoch=f"{recipe.start_epoch:g}")


def _missing(recipe: recipes.Recipe) -> Iterator[str]:
    needed = [one for one in recipe.missing if not _is_variable(one)]
    if needed:
        yield ""
        yield _comment("again.missing")
    for one in needed:
        key = {"repository": "again.what_repository", "folder": "again.what_folder"}.get(one.what)
        what = texts.text(key) if key else texts.text("again.what_word", what=one.what)
        told = texts.text("fact", name=what, value=texts.text(f"again.why_{one.why}"))
        yield f': "${{{one.variable}:?{_plain(told)}}}"'


def _code(recipe: recipes.Recipe) -> Iterator[str]:
    yield _comment("again.code")
    code = recipe.code
    if code is None:
        yield 'cd -- "$FOLDER"'
        return
    folder = f"yoloscope-{_plain(recipe.run)[:_ID_CHARS]}"
    source = shlex.quote(code.remote) if code.remote else '"$REPOSITORY"'
    yield f"git clone --no-checkout -- {source} {shlex.quote(folder)}"
    yield f"cd {shlex.quote(folder)}"
    yield f"git checkout --detach {code.commit}"
    if code.dirty:
        yield _comment("again.dirty", digest=code.diff_sha256 or "–")
    if code.untracked:
        yield _comment("again.untracked", count=code.untracked)
    if code.folder is None:
        yield 'cd -- "$FOLDER"'
    elif code.folder:
        yield f"cd -- {shlex.quote('/'.join(code.folder))}"


def _packages(recipe: recipes.Recipe) -> Iterator[str]:
    release = (recipe.python or "3").split(".")
    interpreter = "python" + ".".join(part for part in release[:2] if part.isdigit())
    indexes = [f"--extra-index-url {shlex.quote(index)} " for index in recipe.indexes]
    yield _comment("again.packages", python=recipe.python or "3")
    yield f'"${{PYTHON:-{interpreter}}}" -m venv .venv-yoloscope'
    yield ". .venv-yoloscope/bin/activate"
    yield f"python -m pip install {''.join(indexes)}-r /dev/stdin <<'END'"
    yield from (f"{name}=={version}" for name, version in recipe.packages.items())
    yield "END"
    if recipe.unpinned:
        yield _comment("again.unpinned", packages=" ".join(recipe.unpinned))


def _environment(recipe: recipes.Recipe) -> Iterator[str]:
    missing = [one.variable for one in recipe.missing if _is_variable(one)]
    if recipe.environment or missing:
        yield ""
        yield _comment("again.environment")
    yield from (f"export {name}={shlex.quote(value)}" for name, value in recipe.environment.items())
    yield from (_comment("again.variable_missing", name=name) for name in missing)


def _command(recipe: recipes.Recipe) -> Iterator[str]:
    yield _comment("again.command")
    if recipe.processes > 1:
        yield _comment("again.processes", count=recipe.processes)
    yield "exec " + " ".join(_word(word) for word in recipe.command)


def _word(word: recipes.Word) -> str:
    if word.variable is None:
        return shlex.quote(word.before)
    return (shlex.quote(word.before) if word.before else "") + f'"${{{word.variable}}}"'


def _is_variable(missing: recipes.Missing) -> bool:
    """Tell whether an environment variable's value is missing, which a training may well do without."""
    return missing.what == missing.variable


def _comment(key: str, **values: object) -> str:
    """Return a comment of one line, whatever the record holds: a line break in a name would make a command of its rest."""
    told = texts.text(key, **values)
    return "# " + "".join(letter if letter.isprintable() else "?" for letter in told)


def _plain(text: str) -> str:
    """Return a text without what a shell reads within double quotes."""
    return "".join(letter if letter.isprintable() and letter not in _SHELL else "?" for letter in text)


def _joined(values: dict[str, object]) -> str:
    told = (
        (key, value if isinstance(value, str) else msgspec.json.encode(value).decode()) for key, value in values.items()
    )
    return ", ".join(f"{key}={value}" for key, value in told)
