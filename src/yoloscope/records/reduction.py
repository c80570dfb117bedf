"""A batch reduced to what a policy lets leave, and the check that one is.

The sidecar reduces, the server checks; both ends use these rules, of which each leaves alone what it has made: reducing twice is
reducing once. Nothing is ever dropped that has a sequence number, and no number is changed. An item that may not leave becomes a `Skip`;
of one that may only the name is changed, as a series' name is.

Where ``text`` is withheld, a text that is not `harmless` becomes ``<text>``, and a path or file name ``<path>`` with a known ending:
``<path>.yaml``. Names of options and keys stay. Else absolute paths become ``<path>/name`` and the rest stays.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import cast

import msgspec

from yoloscope.records import differences, frames, harmless, media, printed, row
from yoloscope.records.differences import Forbidden as Forbidden  # noqa: PLC0414 - a part of this module
from yoloscope.records.policy import Policy

TEXT = "<text>"
PATH = "<path>"
_MARKS = (TEXT, PATH, "***")
_KNOWN_ENDINGS = (
    ".py .ipynb .sh .yaml .yml .json .jsonl .toml .ini .cfg .txt .csv .tsv .xml .md .log .pt .pth .ckpt "
    ".onnx .engine .torchscript .safetensors .npy .npz .jpg .jpeg .png .bmp .tif .tiff .webp .gif .dng "
    ".heic .mp4 .avi .mov .mkv .zip .tar .gz .ndjson .cache .parquet .db .h5 .pkl .whl .sif"
)
_ENDINGS = frozenset(_KNOWN_ENDINGS.split())
_CLASS_SERIES = re.compile(r"((?:.*?/)??class/)(.+)(/[^/]+)\Z", re.DOTALL)
_INDEX = re.compile(r"(?:0|[1-9][0-9]{0,8})\Z")
_OPTION = re.compile(r"--?|-[A-Za-z]{1,2}|--[A-Za-z][A-Za-z0-9_-]{0,60}")
_OPTION_WITH_VALUE = re.compile(r"(?:-{0,2}|\+{1,2})[A-Za-z_][A-Za-z0-9_.-]{0,60}")
_REDUCED_PATH = re.compile(r"<path>(?:(\.[a-z0-9]+)?(?:-\d+)?|/(.+))\Z")
_LIKE_A_PATH = re.compile(r"(?:[/~]|\.{1,2}[/\\]|[A-Za-z]:[/\\]|\\\\)")
_RELEASE = re.compile(r"\d[\w.+!-]{0,63}")
"""Of a package, whose builders put their own words behind the numbers."""
_SPECIAL: dict[str, re.Pattern[str]] = {
    **dict.fromkeys(("python", "trainer_python", "torch", "ultralytics", "cuda"), _RELEASE),
    "platform": re.compile(r"[\w.+~-]{1,200}"),
    "source": re.compile(
        r"local|unknown|[0-9a-fA-F:.]{3,45}(%\w{1,20})?"
    ),  # the address that a plain client sends from, as the server saw it
}

IndexOf = Callable[[str], int]


def reduced(batch: row.Batch, *, policy: Policy, index_of: IndexOf, bare: bool = False) -> row.Batch:
    """Return a batch as it may leave, with the same sequence numbers.

    `index_of` gives the number of a class by its name. `bare` takes every text for free text: what a server accepts whose
    `harmless` words are others.
    """
    of_word = _bare if bare else shown if policy.text else word
    reducer = _Reducer(policy, index_of=index_of, of_word=of_word)
    entries = tuple(reducer.entry(entry) for entry in batch.entries)
    return msgspec.structs.replace(batch, entries=entries)


def forbidden(batch: row.Batch, *, policy: Policy) -> Forbidden | None:
    """Return what a batch holds that the policy forbids, None if nothing."""
    lets_words_in = policy.text and policy.summaries and policy.class_names == "text"
    reducer = _Reducer(policy, index_of=_own_index, of_word=_itself if policy.text else word)
    for number, entry in enumerate(batch.entries):
        place = f"entries[{number}]"
        if isinstance(entry, media.Item):
            found = _forbidden_item(entry, policy=policy, place=place)
        elif lets_words_in:  # also what an older sidecar reduced by other rules
            continue
        elif isinstance(entry, row.Matrix):
            found = _forbidden_name(entry.names, policy=policy, place=f"{place}.names")
        else:
            found = differences.difference(_parts(entry), _parts(reducer.entry(entry)), place=place)
        if found is not None:
            return found
    return None


def withheld(item: media.Item, *, policy: Policy) -> str | None:
    """Return why an item may not leave, nor any of its parts; None if it may, perhaps under another name."""
    if not (policy.summaries if item.is_summary else policy.media):
        return "is a summary" if item.is_summary else "is of a media kind"
    if not policy.text and (item.kind == "text" or "text" in item.needs):
        return "holds free text"
    return "tells names of classes" if policy.class_names != "text" and "class_names" in item.needs else None


def word(text: str) -> str:
    """Return a text as it may leave where free text is withheld."""
    if harmless.is_harmless(text) or _is_reduced(text):
        return text
    if "://" in text:
        return TEXT
    name = PurePosixPath(text.replace("\\", "/")).name
    if "/" in text or "\\" in text:
        return f"{PATH}/{name}" if name and harmless.is_harmless(name) else PATH + _ending(name)
    ending = _ending(text)
    return PATH + ending if ending else TEXT


def command_line(words: Sequence[str]) -> list[str]:
    """Return the words of a command line as they may leave where free text is withheld: options stay, values are reduced."""
    return [_argument(said, of_word=word) for said in words]


def shown(text: str) -> str:
    """Return a text as it may leave where free text does: a path as ``<path>/name``, all else as it is."""
    apart = "/" in text or "\\" in text
    if not apart or "://" in text or "\n" in text or text.startswith(PATH):
        return text
    name = PurePosixPath(text.replace("\\", "/")).name
    return f"{PATH}/{name}" if _LIKE_A_PATH.match(text) or _ending(name) else text


def label(text: str, *, policy: Policy, index_of: IndexOf | None = None) -> str:
    """Return the name of an axis or a column as it may leave: a class in it as its number, a path or file name as its ending."""
    match = None if policy.class_names == "text" else _CLASS_SERIES.match(text)
    if match:
        return f"{match[1]}{(index_of or _own_index)(match[2])}{match[3]}"
    return text if policy.text or not _is_place(text) else PATH + _ending(text)


def class_of(name: str) -> str | None:
    """Return the class that a series' name tells, None if it tells none."""
    match = _CLASS_SERIES.match(name)
    return match[2] if match else None


def is_index(text: str) -> bool:
    """Tell whether a class stands as its number."""
    return bool(_INDEX.match(text))


class _Reducer:
    """The rules of one policy."""

    def __init__(self, policy: Policy, *, index_of: IndexOf, of_word: Callable[[str], str]) -> None:
        self._policy = policy
        self._index_of = index_of
        self._of_word = of_word
        self._tells = of_word is word  # else all texts fare alike

    def entry(self, entry: row.Entry) -> row.Entry:
        if isinstance(entry, row.Matrix):
            return self._matrix(entry)
        if isinstance(entry, row.Updated):
            return row.Updated(entry.section, self._section(entry))
        if isinstance(entry, row.Printed):
            return msgspec.structs.replace(entry, lines=tuple(self._line(line) for line in entry.lines))
        if isinstance(entry, media.Item):
            return self._item(entry)
        return self._fate(entry)

    def _fate(self, entry: row.Ended | row.Acted | row.Skip) -> row.Entry:
        if isinstance(entry, row.Acted):
            return msgspec.structs.replace(entry, result=self._mapping(entry.result))
        if isinstance(entry, row.Ended) and entry.reason is not None:
            return msgspec.structs.replace(entry, reason=self._reason(entry.reason))
        return entry

    def _matrix(self, matrix: row.Matrix) -> row.Matrix:
        if self._policy.class_names == "text" or not any("class/" in name for name in matrix.names):
            return matrix
        return msgspec.structs.replace(matrix, names=tuple(self._series(name) for name in matrix.names))

    def _item(self, item: media.Item) -> media.Item | row.Skip:
        is_taken_for_text = self._of_word is _bare and bool(item.needs)
        if is_taken_for_text or withheld(item, policy=self._policy) is not None:
            return row.Skip(1)
        if self._policy.class_names == "text" or "class/" not in item.name:
            return item
        return msgspec.structs.replace(item, name=self._series(item.name))

    def _series(self, name: str) -> str:
        match = _CLASS_SERIES.match(name)
        return f"{match[1]}{self._index_of(match[2])}{match[3]}" if match else name

    def _section(self, updated: row.Updated) -> dict[str, object]:
        given = updated.values
        if updated.section == "provenance":
            if not self._policy.summaries:
                given = {key: value for key, value in given.items() if key != "data"}
            return {key: self._origin(key, value) for key, value in given.items()}
        if updated.section == "life":
            return {key: self._seen(value) for key, value in given.items()}
        return self._mapping(given)

    def _line(self, line: str) -> str:
        """Return a line that the training printed."""
        if self._of_word is _bare:
            return TEXT
        if self._policy.text:
            return printed.with_short_paths(line)
        return line if printed.is_progress(line) else TEXT

    def _seen(self, value: object) -> object:
        """Return what was seen of the process; stacks have a form of their own."""
        if not isinstance(value, dict) or self._of_word is _bare:
            return self._value(cast("object", value))
        parts = cast("dict[str, object]", value)
        lines = parts.get("lines")
        rest = self._mapping({key: part for key, part in parts.items() if key != "lines"})
        if not isinstance(lines, list | tuple):
            return rest if lines is None else {**rest, "lines": self._value(lines)}
        said = cast("Sequence[object]", lines)
        shown = [
            frames.reduced(one, text=self._policy.text) if isinstance(one, str) else self._value(one) for one in said
        ]
        return {**rest, "lines": shown}

    def _origin(self, key: str, value: object) -> object:
        """Return one part of the provenance; some have a form of their own."""
        if key == "command" and self._of_word in {word, shown}:
            return self._command(value)
        if not self._tells:
            return self._value(value)
        special = _SPECIAL.get(key)
        if special is not None and isinstance(value, str):
            return value if special.fullmatch(value) else word(value)
        if key == "packages" and isinstance(value, dict):
            return {name: self._version(version) for name, version in cast("dict[str, object]", value).items()}
        if key == "git" and isinstance(value, dict):
            return {name: self._git(name, part) for name, part in cast("dict[str, object]", value).items()}
        return self._value(value)

    def _command(self, value: object) -> object:
        """Return a command line; the name of an option stays beside its value."""
        if not isinstance(value, list):
            return self._value(value)
        said = cast("list[object]", value)
        return [_argument(one, of_word=self._of_word) if isinstance(one, str) else self._value(one) for one in said]

    def _git(self, key: str, value: object) -> object:
        """Return a part of the state of a repository: a branch called like a harmless word still tells what is worked on."""
        return TEXT if key in {"branch", "remote"} and isinstance(value, str) else self._value(value)

    def _version(self, version: object) -> object:
        if not isinstance(version, str):
            return self._value(version)
        return version if _RELEASE.fullmatch(version) else TEXT

    def _value(self, value: object) -> object:
        if isinstance(value, str):
            return self._of_word(value)
        if isinstance(value, bytes):  # the catalogue keeps them as base64, which anybody reads
            return value if self._policy.text and self._of_word is not _bare else TEXT
        if isinstance(value, list | tuple):
            return [self._value(item) for item in cast("Sequence[object]", value)]
        if isinstance(value, dict):
            return self._mapping(cast("dict[str, object]", value))
        return value

    def _mapping(self, values: Mapping[str, object]) -> dict[str, object]:
        found: dict[str, object] = {}
        numbers: dict[str, int] = {}
        for key, value in values.items():
            if key == "per_class" and isinstance(value, dict):
                found[key] = self._per_class(cast("dict[str, object]", value))
            else:
                found[self._key(key, taken=found, numbers=numbers)] = self._value(value)
        return found

    def _per_class(self, values: Mapping[str, object]) -> dict[str, object]:
        if self._policy.class_names == "text":
            return {title: self._value(value) for title, value in values.items()}
        return {self._class(title): self._value(value) for title, value in values.items()}

    def _class(self, title: object) -> str:
        """Return the number of a class; msgpack also lets keys be numbers."""
        text = title.decode(errors="replace") if isinstance(title, bytes) else str(title)
        return str(self._index_of(text))

    def _key(self, key: object, *, taken: Mapping[str, object], numbers: dict[str, int]) -> str:
        """Return a key as text; one that is a path or a file name is reduced, and stays apart from others that are.

        `numbers` keeps the last number given to each form, because a search from the start would take the square of all keys.
        """
        if self._policy.text:
            return cast("str", key)
        if not isinstance(key, bytes):
            text = str(key)
            if not _is_place(text):
                return cast("str", key)
            plain = PATH + _ending(text)
        else:
            plain = TEXT
        if plain not in taken:
            return plain
        number = numbers.get(plain, 1) + 1
        while f"{plain}-{number}" in taken:
            number += 1
        numbers[plain] = number
        return f"{plain}-{number}"

    def _reason(self, reason: str) -> str:
        if self._tells and harmless.is_harmless_reason(reason):
            return reason
        return reason if self._policy.text else TEXT


def _bare(text: str) -> str:
    del text
    return TEXT


def _itself(text: str) -> str:
    return text


def _argument(said: str, *, of_word: Callable[[str], str]) -> str:
    if _OPTION.fullmatch(said):
        return said
    name, equals, value = said.partition("=")
    if equals and _OPTION_WITH_VALUE.fullmatch(name) and not _ending(name):
        return f"{name}={of_word(value)}"
    return of_word(said)


def _ending(name: str) -> str:
    ending = PurePosixPath(name).suffix.lower()
    return ending if ending in _ENDINGS else ""


def _is_reduced(text: str) -> bool:
    match = _REDUCED_PATH.match(text)
    if match is None:
        return text in _MARKS
    if match[2] is not None:
        return harmless.is_harmless(match[2])
    return match[1] is None or match[1] in _ENDINGS


def _is_place(name: str) -> bool:
    return not _is_reduced(name) and bool(name.startswith(PATH) or _LIKE_A_PATH.match(name) or _ending(name))


def _own_index(title: str) -> int:
    """Return the number that a class's title is; a title that is none changes by it, which the check finds."""
    return int(title) if is_index(title) else -1


def _forbidden_item(item: media.Item, *, policy: Policy, place: str) -> Forbidden | None:
    why = withheld(item, policy=policy)
    if why is None:
        return _forbidden_name((item.name,), policy=policy, place=f"{place}.name")
    fix = "send a skip in its place, or allow it: `yoloscope policy PROJECT` shows and changes what may leave"
    return Forbidden(place, why, fix)


def _forbidden_name(names: Sequence[str], *, policy: Policy, place: str) -> Forbidden | None:
    if policy.class_names == "text":
        return None
    for name in names:
        title = class_of(name)
        if title is not None and not is_index(title):
            return Forbidden(
                place,
                f"{name[:80]!r} tells the name of a class",
                "send the number of the class, such as class/0/AP50, or allow it: yoloscope policy PROJECT --class-names text",
            )
    return None


def _parts(entry: row.Entry) -> object:
    if isinstance(entry, row.Updated):
        return {"values": {entry.section: entry.values}}
    if isinstance(entry, row.Printed):
        return {"lines": entry.lines}
    if isinstance(entry, row.Acted):
        return {"result": entry.result}
    return {"reason": entry.reason} if isinstance(entry, row.Ended) else {}
