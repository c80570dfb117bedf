"""What a ``data.yaml`` names: classes, and the images of each split, found as trainers find them.

Folders are walked with links followed, each once, so that a link to a folder above ends. Lists are texts of paths, one a line.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import cast

import msgspec

from yoloscope import errors
from yoloscope.importers import contract, plain_yaml

SUFFIXES = frozenset(
    ["avif", "bmp", "dng", "heic", "heif", "jp2", "jpeg", "jpeg2000", "jpg", "mpo", "pfm", "png", "tif", "tiff", "webp"]
)
"""Of files that Ultralytics takes for images."""
IMAGES_MAX = 2_000_000
LIST_BYTES_MAX = 512 * 2**20
_NAMES = ("data.yaml", "data.yml", "dataset.yaml", "dataset.yml")


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """``images`` by split, sorted; a split that cannot be found is not there. ``keypoints`` are the columns of a label behind its box, 0 for none."""

    path: Path
    titles: tuple[str, ...]
    images: Mapping[str, Sequence[str]]
    keypoints: int = 0
    faults: tuple[contract.Fault, ...] = ()


def is_data_set(path: Path) -> bool:
    """Tell whether a path is a ``data.yaml``, or a folder that holds one; never raises."""
    try:
        found = _file_of(path)
        keys = plain_yaml.read(found) if found is not None else {}
    except (errors.ImportFault, OSError):
        return False
    return "train" in keys and ("names" in keys or "nc" in keys)


def read(path: Path) -> Layout:
    """Return what a ``data.yaml`` names.

    Raises:
        ImportFault: if it cannot be read, names no class, or none of its splits can be found.
    """
    file = _file_of(path)
    if file is None:
        raise errors.ImportFault(f"{path} is no data.yaml, and holds none", zh=f"{path} 不是 data.yaml，目录中也没有")
    told = plain_yaml.read(file)
    of_names: list[contract.Fault] = []
    titles = _titles(told, file=file, faults=of_names)
    faults: list[contract.Fault] = []
    images = {split: found for split in ("train", "val") if (found := _split(told, split, file=file, faults=faults))}
    if not images:
        first = faults[0]
        raise errors.ImportFault(f"{file}: {first.en}", zh=f"{file}：{first.zh}")
    return Layout(path=file, titles=titles, images=images, keypoints=_keypoints(told), faults=(*of_names, *faults))


def label_of(image: str) -> str:
    """Return where the label of an image is looked for: below ``labels`` in place of the last ``images``, else beside it."""
    stem = image.rpartition(".")[0]
    before, folder, after = stem.rpartition(f"{os.sep}images{os.sep}")
    return f"{before}{os.sep}labels{os.sep}{after}.txt" if folder else f"{stem}.txt"


def _file_of(path: Path) -> Path | None:
    try:
        if path.is_dir():
            return next((path / name for name in _NAMES if (path / name).is_file()), None)
        return path if path.suffix.lower() in (".yaml", ".yml") and path.is_file() else None
    except OSError:
        return None


def _titles(told: Mapping[str, object], *, file: Path, faults: list[contract.Fault]) -> tuple[str, ...]:
    names, count = told.get("names"), told.get("nc")
    if isinstance(names, Mapping):
        by_number = cast("Mapping[object, object]", names)
        found = {number: str(name) for key, name in by_number.items() if (number := _whole(key)) is not None}
        if sorted(found) != list(range(len(by_number))):
            faults.append(
                contract.Fault(str(file), "the numbers in names do not run from 0", "names 的序号不是从 0 连续编号")
            )
        titles = tuple(found[number] for number in sorted(found))
    elif isinstance(names, list):
        titles = tuple(str(name) for name in cast("list[object]", names))
    else:
        titles = ()
    whole = _whole(count)
    if titles and whole is not None and whole != len(titles):
        faults.append(
            contract.Fault(
                str(file), f"nc is {whole}, but names has {len(titles)}", f"nc 为 {whole}，但 names 有 {len(titles)} 个"
            )
        )
    if not titles and whole and whole <= plain_yaml.NODES_MAX:
        titles = tuple(f"class_{number}" for number in range(whole))
    if not titles:
        raise errors.ImportFault(
            f"{file} has neither names nor nc: no class is known", zh=f"{file} 中没有 names 或 nc，无法知道类别"
        )
    return titles


def _whole(value: object) -> int | None:
    """Return a count or a number of a class; ``None`` for what is none."""
    word = str(value)
    return int(word) if word.isdecimal() and len(word) < 10 else None


def _keypoints(told: Mapping[str, object]) -> int:
    shape = told.get("kpt_shape")
    sizes = cast("list[object]", shape) if isinstance(shape, list) else []
    if len(sizes) != 2 or not all(isinstance(size, int) and 0 < size < 10_000 for size in sizes):
        return 0
    return cast("int", sizes[0]) * cast("int", sizes[1])


def _split(told: Mapping[str, object], split: str, *, file: Path, faults: list[contract.Fault]) -> list[str]:
    entry = told.get(split, told.get("validation") if split == "val" else None)
    entries = cast("list[object]", entry) if isinstance(entry, list) else [entry]
    named = [one for one in entries if isinstance(one, str) and one]
    if not named:
        faults.append(contract.Fault(str(file), f"{split} names no path", f"{split} 没有给出路径"))
    found: set[str] = set()
    for one in named:
        place = _found(one, roots=_roots(told, file=file))
        if place is None:
            faults.append(
                contract.Fault(
                    str(file), f"{split} is {one}, which does not exist", f"{split} 指向 {one}，但该路径不存在"
                )
            )
            continue
        found.update(_images_at(place, roots=_roots(told, file=file)))
        if len(found) > IMAGES_MAX:
            raise errors.ImportFault(
                f"{place} holds more than {IMAGES_MAX} images", zh=f"{place} 中的图片超过 {IMAGES_MAX} 张"
            )
    if named and not found and not (faults and f"{split} is" in faults[-1].en):
        faults.append(contract.Fault(str(file), f"{split} holds no image", f"{split} 中没有图片"))
    return sorted(found)


def _roots(told: Mapping[str, object], *, file: Path) -> list[Path]:
    """Return where paths may begin: ``path`` beside the file or where one stands, then the file's own folder."""
    root = told.get("path")
    named = [file.parent / root, Path(root)] if isinstance(root, str) and root else []
    return [*(place for place in named if _is_there(place)), file.parent]


def _found(entry: str, *, roots: Sequence[Path]) -> Path | None:
    """Return the first place that exists; Roboflow writes one ``../`` too many."""
    tried = [root / entry for root in roots]
    tried += [root / entry[3:] for root in roots if entry.startswith("../")]
    return next((place for place in tried if _is_there(place)), None)


def _is_there(place: Path) -> bool:
    try:
        return place.exists()
    except (OSError, ValueError):  # a loop of links, a zero byte
        return False


def _images_at(place: Path, *, roots: Sequence[Path]) -> Iterator[str]:
    if place.is_dir():
        yield from _walked(str(place.resolve()), seen=set())
    elif place.suffix.lower() == ".txt":
        yield from _listed(place, roots=roots)
    elif _is_image(place.name):
        yield str(place.resolve())


def _walked(folder: str, *, seen: set[tuple[int, int]]) -> Iterator[str]:
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        try:
            about = os.stat(here)  # noqa: PTH116  # a Path each costs ten times as much
            if (about.st_dev, about.st_ino) in seen:
                continue
            seen.add((about.st_dev, about.st_ino))
            with os.scandir(here) as entries:
                inner = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in inner:
            if _is_image(entry.name):
                yield entry.path
            elif _is_folder(entry):
                waiting.append(entry.path)


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _listed(file: Path, *, roots: Sequence[Path]) -> Iterator[str]:
    try:
        if not file.is_file() or file.stat().st_size > LIST_BYTES_MAX:
            raise errors.ImportFault(
                f"{file} is no list of images that can be read", zh=f"{file} 不是可以读取的图片列表"
            )
        text = file.read_bytes().decode("utf-8-sig", "surrogateescape")
    except OSError as fault:
        raise errors.ImportFault(
            f"{file} cannot be read: {fault.strerror}", zh=f"{file} 无法读取：{fault.strerror}"
        ) from fault
    for line in text.splitlines():
        name = line.strip()
        if not _is_image(name) or "\0" in name:
            continue
        if not os.path.isabs(name):  # noqa: PTH117
            name = (
                str(file.parent / name)
                if name.startswith("./")
                else str(_found(name, roots=[*roots, file.parent]) or file.parent / name)
            )
        yield os.path.normpath(name)


def _is_image(name: str) -> bool:
    return name.rpartition(".")[2].lower() in SUFFIXES
