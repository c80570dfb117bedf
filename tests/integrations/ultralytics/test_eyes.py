"""What is made of a model's answer: boxes in parts of the picture whatever its shape, of heads with and without suppression."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

pytestmark = [pytest.mark.slow, pytest.mark.torch, pytest.mark.xdist_group("ultralytics")]
SIZE = 64


class Head:
    """What is read of a detection head."""

    def __init__(self, *, end2end: bool) -> None:
        self.nc = 2
        self.end2end = end2end
        self.shape = "before"


def looked(answer: list, path: Path, *, end2end: bool = False, channels: int = 3) -> tuple[list, np.ndarray, Head]:
    """Return what eyes see with a model that answers the same always, the pixels it was shown, and its head."""
    import torch  # noqa: PLC0415  # takes seconds

    from yoloscope.integrations.ultralytics.suspects import eyes  # noqa: PLC0415  # as above

    head, shown = Head(end2end=end2end), []

    class Model:
        model = (head,)

        def parameters(self) -> Iterator:
            return iter([torch.zeros(1)])

        def __call__(self, batch) -> tuple:
            assert not torch.is_grad_enabled()
            head.shape, head.anchors = "after", 1
            shown.append(batch.numpy())
            return (torch.tensor(answer, dtype=torch.float32).expand(len(batch), -1, -1), {"raw": 1})

    seen = eyes.Eyes(Model(), imgsz=SIZE, channels=channels).look([str(path), "nowhere.png"])
    return seen, shown[0], head


@pytest.fixture
def wide(tmp_path: Path) -> Path:
    """A picture twice as wide as high, red on the left, blue on the right."""
    pixels = np.zeros((40, 80, 3), np.uint8)
    pixels[:, :40, 0] = pixels[:, 40:, 2] = 255
    Image.fromarray(pixels).save(tmp_path / "图 a.png")
    return tmp_path / "图 a.png"


def test_a_picture_is_fitted_into_a_grey_square_and_boxes_come_back_to_it(wide: Path) -> None:
    # centre, size, two chances; two predictions
    answer = [[[16.0, 48.0], [32.0, 24.0], [32.0, 8.0], [32.0, 8.0], [0.9, 0.1], [0.2, 0.05]]]
    seen, shown, head = looked(answer, wide)
    assert seen[1] is None
    assert seen[0].boxes == pytest.approx(
        np.array([[0.0, 0.0, 0.5, 1.0], [44 / 64, 4 / 32, 52 / 64, 12 / 32]]), abs=1e-5
    )
    assert seen[0].chances == pytest.approx(np.array([[0.9, 0.2], [0.1, 0.05]]))
    assert shown.shape == (1, 3, SIZE, SIZE)
    assert shown[0, :, 0, 0] == pytest.approx(114 / 255)
    assert shown[0, :, 32, 8].tolist() == [1, 0, 0]  # red, green, blue
    assert shown[0, :, 32, 56].tolist() == [0, 0, 1]
    assert vars(head) == vars(Head(end2end=False))  # what the validation finds is what it left


def test_only_the_surest_are_kept(wide: Path) -> None:
    count = 500
    chances = np.linspace(0, 0.9, count)
    answer = [
        [np.full(count, 32.0), np.full(count, 32.0), np.full(count, 8.0), np.full(count, 8.0), chances, chances / 2]
    ]
    [seen, _], _, _ = looked(np.array(answer).tolist(), wide)
    assert seen.chances.shape == (100, 2)
    assert seen.chances[:, 0].min() == pytest.approx(chances[400])


def test_a_head_without_suppression_answers_edges_and_one_class(wide: Path) -> None:
    answer = [[[0.0, 16.0, 32.0, 48.0, 0.8, 1.0], [32.0, 16.0, 64.0, 48.0, 0.3, 0.0]]]
    [seen, _], _, _ = looked(answer, wide, end2end=True)
    assert seen.boxes == pytest.approx(np.array([[0, 0, 0.5, 1], [0.5, 0, 1, 1]]))
    assert seen.chances == pytest.approx(np.array([[0, 0.8], [0.3, 0]]))


def test_grey_pictures_have_one_channel(wide: Path) -> None:
    answer = [[[16.0], [32.0], [8.0], [8.0], [0.9], [0.2]]]
    _, shown, _ = looked(answer, wide, channels=1)
    assert shown.shape == (1, 1, SIZE, SIZE)


def test_what_is_no_picture_is_not_seen(tmp_path: Path, wide: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"\x89PNG" + bytes(90))
    from yoloscope.integrations.ultralytics.suspects import eyes  # noqa: PLC0415  # as above

    with pytest.raises(StopIteration):
        eyes.Eyes(SimpleNamespace(model=[Head(end2end=False)], parameters=lambda: iter(())), imgsz=SIZE, channels=3)
    assert eyes._fitted(str(tmp_path / "broken.png"), size=SIZE, channels=3) is None
    assert eyes._fitted(str(tmp_path), size=SIZE, channels=3) is None
