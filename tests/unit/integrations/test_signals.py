"""What rules read of gradients, weights and inputs, computed from hand-made tensors."""

import importlib
from types import SimpleNamespace
from typing import TYPE_CHECKING

import hypothesis
import pytest
from hypothesis import strategies

if TYPE_CHECKING:
    import torch

    from yoloscope.integrations import tensors
    from yoloscope.integrations.ultralytics.producers import amp_scale, contract, noise_scale, nonfinite, repeats

pytestmark = [pytest.mark.torch, pytest.mark.slow]
PRODUCERS = "yoloscope.integrations.ultralytics.producers"
BROKEN = [float("nan"), float("inf"), float("-inf")]


@pytest.fixture(scope="module", autouse=True)
def imported() -> None:
    """Import torch once a test runs: collecting alone must not take seconds."""
    globals()["torch"] = pytest.importorskip("torch")
    for name in ("amp_scale", "contract", "noise_scale", "nonfinite", "repeats"):
        globals()[name] = importlib.import_module(f"{PRODUCERS}.{name}")
    globals()["tensors"] = importlib.import_module("yoloscope.integrations.tensors")


class Run:
    def __init__(self) -> None:
        self.rows: list[dict[str, float]] = []

    def log(self, values: dict[str, float], **place: object) -> None:
        self.rows.append(values)


def context() -> "contract.Context":
    return contract.Context(Run(), moment=contract.Moment(), titles={}, epochs=9)  # type: ignore[arg-type]


class Scaler:
    """Halves its scale when told so, and counts who asks."""

    def __init__(self) -> None:
        self.now = 1024.0
        self.asked = 0

    def is_enabled(self) -> bool:
        return True

    def get_scale(self) -> float:
        self.asked += 1
        return self.now

    def scale(self, outputs: "torch.Tensor") -> "torch.Tensor":
        return outputs * self.now


@hypothesis.given(
    strategies.lists(
        strategies.lists(strategies.one_of(strategies.floats(width=32), strategies.sampled_from(BROKEN)), max_size=6),
        min_size=1,
        max_size=5,
    )
)
def test_values_that_are_not_finite_are_counted_whatever_the_others_are(lists: list[list[float]]) -> None:
    """Also beside values whose squares overflow single precision."""
    expected = sum(not -float("inf") < value < float("inf") for one in lists for value in one)
    assert tensors.count_nonfinite([torch.tensor(one, dtype=torch.float32) for one in lists]) == expected


def of_model(*, scaler: object = None) -> SimpleNamespace:
    model, average = torch.nn.Linear(2, 2), torch.nn.BatchNorm1d(2)
    return SimpleNamespace(model=model, ema=SimpleNamespace(ema=average), scaler=scaler)


def stepped(producer: "nonfinite.Nonfinite", trainer: SimpleNamespace, norm: float = 1.0) -> dict[str, object]:
    numbers: dict[str, object] = {"grad/norm": norm}
    producer.step(trainer)  # type: ignore[arg-type]
    producer.row(trainer, numbers)  # type: ignore[arg-type]
    return numbers


def test_weights_are_looked_at_in_the_first_step_of_an_epoch_and_each_fiftieth() -> None:
    producer, trainer = nonfinite.Nonfinite(context()), of_model()
    looked = [at for at in range(120) if "weights/nonfinite" in stepped(producer, trainer)]
    assert looked == [0, 50, 100]
    producer.begin(trainer)  # type: ignore[arg-type]
    assert stepped(producer, trainer)["weights/nonfinite"] == 0.0


def test_weights_gradients_and_the_moving_average_are_counted() -> None:
    producer, trainer = nonfinite.Nonfinite(context()), of_model()
    with torch.no_grad():
        trainer.model.weight[0, 0] = float("nan")
        trainer.ema.ema.running_var[1] = float("inf")
    trainer.model.bias.grad = torch.tensor([float("inf"), 1.0])
    assert stepped(producer, trainer)["weights/nonfinite"] == 3.0


def test_gradients_are_left_out_where_a_scaler_looks_for_overflows() -> None:
    producer, trainer = nonfinite.Nonfinite(context()), of_model(scaler=Scaler())
    trainer.model.bias.grad = torch.tensor([float("inf"), 1.0])
    assert stepped(producer, trainer, norm=float("inf"))["weights/nonfinite"] == 0.0
    assert "weights/nonfinite" not in stepped(producer, trainer)


def test_a_norm_that_breaks_brings_one_look_at_the_next_step() -> None:
    producer, trainer = nonfinite.Nonfinite(context()), of_model()
    stepped(producer, trainer)
    assert "weights/nonfinite" not in stepped(producer, trainer, norm=float("nan"))
    with torch.no_grad():
        trainer.model.weight[0] = float("nan")
    looks = [stepped(producer, trainer, norm=float("nan")).get("weights/nonfinite") for _ in range(4)]
    assert looks == [2.0, None, None, None]


def test_the_scale_is_asked_for_seldom_and_at_every_overflow() -> None:
    scaler = Scaler()
    producer, trainer = amp_scale.AmpScale(context()), SimpleNamespace(scaler=scaler)
    producer.start(trainer)  # type: ignore[arg-type]
    told = {}
    for at in range(120):
        numbers: dict[str, object] = {"grad/norm": 1.0}
        if at in (20, 21, 90):
            scaler.now /= 2
            numbers["grad/norm"] = float("inf")
        producer.row(trainer, numbers)  # type: ignore[arg-type]
        if "amp/scale" in numbers:
            told[at] = numbers["amp/scale"]
    assert told == {0: 1024.0, 20: 512.0, 21: 256.0, 71: 256.0, 90: 128.0}
    assert scaler.asked == len(told)


def test_nothing_is_told_of_a_scale_without_a_scaler_or_a_step() -> None:
    producer = amp_scale.AmpScale(context())
    producer.start(SimpleNamespace(scaler=None))  # type: ignore[arg-type]
    assert producer.is_done
    numbers: dict[str, object] = {"train/box_loss": 1.0}
    amp_scale.AmpScale(context()).row(SimpleNamespace(scaler=Scaler()), numbers)  # type: ignore[arg-type]
    assert numbers == {"train/box_loss": 1.0}


@pytest.mark.parametrize("scale", [4.0, 32.0, 200.0])
def test_the_noise_scale_of_gradients_with_known_noise_is_found(scale: float) -> None:
    """A gradient of length 1 and noise of variance `scale` an image; the gradients shrink a thousandfold on the way."""
    generator = torch.Generator().manual_seed(0)
    true = torch.randn(20_000, generator=generator)
    true /= true.norm()
    means = noise_scale.Means()
    for at in range(100):
        level = 10 ** (-3 * at / 100)
        noise = torch.randn((4, 20_000), generator=generator) * (scale / 20_000 / 8) ** 0.5
        few, whole = (true + noise[0]).norm() * level, (true + noise.mean(0)).norm() * level
        means.add(float(few), 8, float(whole), 32)
    assert means.scale == pytest.approx(scale, rel=0.05)


def test_too_few_pairs_or_broken_ones_tell_nothing() -> None:
    means = noise_scale.Means()
    for _ in range(noise_scale.LEAST - 1):
        means.add(2.0, 4, 1.5, 16)
    means.add(float("inf"), 4, 1.0, 16)
    means.add(0.0, 4, 0.0, 16)
    assert means.scale is None
    means.add(2.0, 4, 1.5, 16)
    assert means.scale == pytest.approx((4 - 2.25) / (1 / 4 - 1 / 16) / ((16 * 2.25 - 4 * 4) / 12))


def test_where_the_small_gradients_are_no_larger_there_is_no_estimate() -> None:
    means = noise_scale.Means()
    for _ in range(20):
        means.add(1.0, 4, 1.5, 16)
    assert means.scale is None


class Accumulating:
    """Plays the events of steps of some batches of four images each."""

    def __init__(self, batches: int, *, accumulate: int, scaler: object = None) -> None:
        self.context = context()
        self.producer = noise_scale.NoiseScale(self.context)
        self.model = torch.nn.Linear(1, 1, bias=False)
        loader = range(batches)
        self.trainer = SimpleNamespace(model=self.model, accumulate=accumulate, train_loader=loader, scaler=scaler)
        self.producer.start(self.trainer)  # type: ignore[arg-type]

    def begin(self) -> None:
        self.producer.begin(self.trainer)  # type: ignore[arg-type]

    def batch(self, gradient: float, *, steps: bool = False, images: int = 4) -> None:
        weight = self.model.weight
        scale = self.trainer.scaler.now if self.trainer.scaler else 1.0
        before = torch.zeros(1, 1) if weight.grad is None else weight.grad
        self.producer.batch(self.trainer, {"img": [0] * images})  # type: ignore[arg-type]
        weight.grad = before + gradient * scale
        if steps:
            self.context.moment.norm = weight.grad.norm() / scale
            weight.grad = None
            self.producer.stepped(self.trainer)  # type: ignore[arg-type]
        self.producer.row(self.trainer, {})  # type: ignore[arg-type]

    def pairs(self) -> list[tuple[float, ...]]:
        return [tuple(float(one) for one in pair) for pair in self.producer._pairs]


@pytest.mark.parametrize("scaler", [None, Scaler()])
def test_first_and_last_norms_of_each_fourth_step_are_kept(scaler: object) -> None:
    played = Accumulating(18, accumulate=2, scaler=scaler)
    played.begin()
    for at in range(9):
        played.batch(3.0 + at)
        played.batch(1.0, steps=True, images=2)
    assert played.pairs() == [(3.0, 4.0, 4.0, 6.0), (7.0, 4.0, 8.0, 6.0), (11.0, 4.0, 12.0, 6.0)]


def test_steps_of_a_warm_up_and_those_begun_in_an_earlier_epoch_are_left_out() -> None:
    played = Accumulating(6, accumulate=3)
    played.begin()
    played.batch(1.0)
    played.batch(1.0, steps=True)  # of two batches: the warm-up
    played.batch(5.0)
    played.begin()  # the next epoch
    played.batch(5.0)
    played.batch(5.0, steps=True)
    assert played.pairs() == []


def test_images_that_come_again_are_compared_by_their_files() -> None:
    made = repeats.Repeats(context())
    rows = made.context.run.rows  # type: ignore[attr-defined]
    images = torch.rand((10, 3, 16, 16), generator=torch.Generator().manual_seed(1))
    names = [f"{at}.jpg" for at in range(10)]

    def epoch(shown: "torch.Tensor", files: list[str]) -> None:
        made.begin(None)  # type: ignore[arg-type]
        made.batch(None, {"img": shown, "im_file": files})  # type: ignore[arg-type]
        made.epoch(None)  # type: ignore[arg-type]

    epoch(images, names)
    assert rows == []
    epoch(images.flip(0) + 0.5 / 255, names[::-1])
    assert rows.pop() == {"inputs/repeat_share": 1.0}
    changed = images.clone()
    changed[:2] = changed[:2].flip(3)
    changed[2] += 5 / 255
    epoch(changed, names)
    assert rows.pop() == {"inputs/repeat_share": 5 / 8}
    epoch(images[:, :, :8], names)
    assert rows.pop() == {"inputs/repeat_share": 0.0}
    epoch(images[:3], names[:3])
    assert rows == []  # too few of them came again
