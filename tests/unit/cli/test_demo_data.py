"""The demo's data set: real scans, true labels, the same bytes for the same seed."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from yoloscope.cli.demo import data


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return data.make(tmp_path_factory.mktemp("digits"), train=24, val=8).parent


def boxes(path: Path) -> list[tuple[int, list[float]]]:
    lines = (line.split() for line in path.read_text().splitlines())
    return [(int(kind), [float(value) for value in values]) for kind, *values in lines]


def test_every_picture_has_labels_of_known_classes_inside_it(made: Path) -> None:
    for split, count in (("train", 24), ("val", 8)):
        pictures = sorted((made / "images" / split).iterdir())
        assert count == len(pictures)
        for picture in pictures:
            labels = boxes(made / "labels" / split / f"{picture.stem}.txt")
            assert labels
            for kind, (x, y, w, h) in labels:
                assert kind in range(len(data.CLASSES))
                assert x - w / 2 >= 0 <= y - h / 2
                assert x + w / 2 <= 1 >= y + h / 2


def test_a_box_holds_ink_that_is_brighter_than_what_surrounds_it(made: Path) -> None:
    for path in (made / "labels" / "train").glob("*.txt"):
        picture = np.asarray(Image.open(made / "images" / "train" / f"{path.stem}.png"), dtype=float)
        outside = np.ones(picture.shape, dtype=bool)
        regions = []
        for _, (x, y, w, h) in boxes(path):
            left, top = round((x - w / 2) * data.SIZE_PX), round((y - h / 2) * data.SIZE_PX)
            region = (slice(top, top + round(h * data.SIZE_PX)), slice(left, left + round(w * data.SIZE_PX)))
            regions.append(region)
            outside[region] = False
        assert all(picture[region].max() > picture[outside].mean() + 50 for region in regions)


def test_the_same_seed_gives_the_same_bytes(made: Path, tmp_path: Path) -> None:
    data.make(tmp_path, train=24, val=8)
    for path in made.rglob("*.*"):
        if path.suffix in {".png", ".txt"}:
            assert path.read_bytes() == (tmp_path / path.relative_to(made)).read_bytes()


def test_no_scan_is_in_both_halves() -> None:
    pools = data._digit_pools(seed=data.SEED)
    train, val = ({scan.tobytes() for kind in pools[split] for scan in kind} for split in ("train", "val"))
    assert train
    assert val
    assert not train & val


def test_the_description_names_classes_and_halves(made: Path) -> None:
    text = (made / "data.yaml").read_text()
    assert f"path: {made}" in text
    assert all(f"{index}: {name}" in text for index, name in enumerate(data.CLASSES))
