"""Which printed lines may leave where free text is withheld: progress, that is numbers, units, bars, and the words of the field's own tables.

A line leaves as it is or as ``<text>``. A row that begins with one word and goes on with numbers is that of a class, and stays, whatever the
word is. Where free text is allowed, folders are cut off absolute paths. Called by `reduction` at both ends; each rule leaves its own results alone.
"""

import re

_BARS = "\u2500-\u259f\u25a0-\u25ff\u2800-\u28ff"
_UNITS = frozenset(
    [
        "it/s",
        "s/it",
        "its/s",
        "img/s",
        "imgs/s",
        "images/s",
        "batch/s",
        "batches/s",
        "B/s",
        "kB/s",
        "KB/s",
        "MB/s",
        "GB/s",
        "KiB/s",
        "MiB/s",
        "GiB/s",
        "k",
        "K",
        "M",
        "G",
        "T",
        "B",
        "kB",
        "KB",
        "MB",
        "GB",
        "TB",
        "KiB",
        "MiB",
        "GiB",
        "TiB",
        "ms",
        "us",
        "µs",
        "ns",
        "s",
        "sec",
        "m",
        "min",
        "h",
        "d",
        "day",
        "days",
        "x",
        "px",
        "W",
        "°C",
        "C",
    ]
)
_NUMBERS = frozenset(("nan", "NaN", "inf"))
_RUN = re.compile(r"[A-Za-zµ°]+(?:/[A-Za-z]+)?|[^A-Za-zµ°]+")
_PLAIN = re.compile(rf"[\d.,/:;<>~=|%+*_?#\\\[\](){{}}{_BARS}-]+", re.ASCII)
_TABLE_WORDS = frozenset(
    [
        "epoch",
        "epochs",
        "gpu_mem",
        "box_loss",
        "cls_loss",
        "dfl_loss",
        "obj_loss",
        "seg_loss",
        "pose_loss",
        "kobj_loss",
        "angle_loss",
        "rle_loss",
        "sem_loss",
        "giou_loss",
        "l1_loss",
        "train_loss",
        "val_loss",
        "loss",
        "instances",
        "size",
        "class",
        "images",
        "labels",
        "img_size",
        "box",
        "obj",
        "cls",
        "dfl",
        "seg",
        "box(p",
        "mask(p",
        "pose(p",
        "p",
        "r",
        "map50",
        "map50-95",
        "map",
        "map@.5",
        "map@.5:.95",
        "map@0.5",
        "map@0.5:0.95",
        "top1_acc",
        "top5_acc",
        "classes",
        "accuracy",
        "lr",
        "iter",
        "step",
        "eta",
        "time",
        "speed",
        "preprocess",
        "inference",
        "postprocess",
        "per",
        "image",
        "batch",
        "train",
        "val",
        "all",
        "info",
    ]
)
_ALSO_A_CLASS = frozenset(
    [
        "instances",
        "size",
        "class",
        "images",
        "labels",
        "box",
        "obj",
        "seg",
        "p",
        "r",
        "time",
        "speed",
        "image",
        "batch",
        "train",
        "val",
        "info",
        "iter",
        "step",
        "classes",
    ]
)
_SENTENCES = re.compile(
    r"Starting training for \d+ epochs\.\.\.|\d+ epochs completed in [\d.]+ hours\.|Closing dataloader mosaic|Using \d+ dataloader workers"
    r"|Using \d+ train, \d+ val images for fraction=[\d.]+ at imgsz=\d+|Image sizes \d+ train, \d+ val"
    r"|EarlyStopping: Training stopped early as no improvement observed in last \d+ epochs\. Best results observed at epoch \d+, "
    r"best model saved as best\.pt\.",
    re.ASCII,
)
"""Whole lines of Ultralytics' that tell how far a training is."""
_ABSOLUTE = re.compile(
    r"(?<![\w.<>/\\-])(?:~|[A-Za-z]:)?[/\\]{1,2}(?:[^\s/\\'\"`:*?<>|,;()\[\]{}=]+[/\\]{1,2})*(?P<name>[^\s/\\'\"`:*?<>|,;()\[\]{}=]*)"
)
_QUOTED = re.compile(r"(?<=(['\"]))(?:~|[A-Za-z]:)?[/\\][^'\"]*[/\\](?P<name>[^'\"/\\]*)(?=\1)")
"""A path between quotes may hold blanks and brackets."""
_ADDRESS = re.compile(r"\b[A-Za-z][A-Za-z0-9+.-]{0,20}://\S*")


def is_progress(line: str) -> bool:
    """Tell whether every word of a line is harmless: of tables, bars, times and numbers, or it is a sentence of a framework's own."""
    if _SENTENCES.fullmatch(line):
        return True
    words: list[str] = []
    before = ""
    for token in line.split():
        if not _is_numbers(token, before=before):
            word = _table_word(token)
            if word is None:
                return False
            words.append(word)
        before = token
    return len(set(words)) != 1 or words[0] not in _ALSO_A_CLASS


def _is_numbers(token: str, *, before: str = "") -> bool:
    """Tell whether a token holds numbers with their units, times, bars and marks alone; a unit follows a number, which may be the token `before`."""
    for run in _RUN.findall(token):
        if not run[0].isalpha() and run[0] != "°":
            if not _PLAIN.fullmatch(run):
                return False
        elif run not in _NUMBERS and not (
            (before[-1:].isdigit() or before.endswith("?")) and (run in _UNITS or run in {"e", "E"})
        ):
            return False
        before = run
    return True


def _table_word(token: str) -> str | None:
    """Return the word of a table that a token is, maybe with a number behind it, None if it is none."""
    word = token.lower().rstrip(".,;:)|")
    if word in _TABLE_WORDS:
        return word
    for mark in ":=":
        head, found, rest = token.partition(mark)
        if found and head.lower().rstrip(")") in _TABLE_WORDS and _is_numbers(rest):
            return head.lower().rstrip(")")
    return None


def with_short_paths(line: str) -> str:
    """Return a line whose absolute paths have become ``<path>/name``; addresses of the web stay."""
    if "/" not in line and "\\" not in line:
        return line
    kept: list[str] = []
    at = 0
    for address in _ADDRESS.finditer(line):
        kept += [_without_folders(line[at : address.start()]), _local(address[0])]
        at = address.end()
    return "".join([*kept, _without_folders(line[at:])])


def _without_folders(text: str) -> str:
    return _ABSOLUTE.sub(_short, _QUOTED.sub(_short, text))


def _short(path: re.Match[str]) -> str:
    text = path[0]
    if not text.strip("/\\"):
        return text
    return f"<path>/{path['name']}" if path["name"] else "<path>"


def _local(address: str) -> str:
    """Return an address; that of a file is a path."""
    if not address.lower().startswith("file:"):
        return address
    return f"<path>/{address.rpartition('/')[2]}"
