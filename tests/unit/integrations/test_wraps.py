"""A method of one object is replaced for a while."""

import gc
import pickle
import weakref

from yoloscope.integrations import wraps


class Trainer:
    def step(self, number: int) -> int:
        return number + 1


def doubled(original: wraps.Method, number: int) -> int:
    return 2 * original(number)  # type: ignore[operator]


def test_a_wrapped_method_is_called_around_and_put_back() -> None:
    one, other = Trainer(), Trainer()
    wrap = wraps.Wrap(doubled)
    wrap.put_on(one, "step")
    wrap.put_on(one, "step")  # once is enough
    assert (one.step(1), other.step(1)) == (4, 2)
    assert wrap.owner is one
    wrap.take_off()
    wrap.take_off()
    assert vars(one) == {}
    assert one.step(1) == 2


def test_what_was_there_before_comes_back() -> None:
    one, mine = Trainer(), lambda number: number - 1
    one.step = mine  # type: ignore[method-assign]
    wrap = wraps.Wrap(doubled)
    wrap.put_on(one, "step")
    assert one.step(1) == 0
    wrap.take_off()
    assert one.step is mine


def test_a_wrapper_that_was_wrapped_only_passes_calls_on() -> None:
    one, wrap = Trainer(), wraps.Wrap(doubled)
    wrap.put_on(one, "step")
    ours = one.step
    one.step = lambda number: ours(number) + 100  # type: ignore[method-assign]
    wrap.take_off()
    assert one.step(1) == 102
    wrap.put_on(one, "step")
    assert one.step(1) == 204


def test_what_is_no_method_stays() -> None:
    one, wrap = Trainer(), wraps.Wrap(doubled)
    wrap.put_on(one, "missing")
    wrap.take_off()
    assert vars(one) == {}


def test_the_object_is_not_kept_alive_and_can_be_pickled_afterwards() -> None:
    one, wrap = Trainer(), wraps.Wrap(doubled)
    wrap.put_on(one, "step")
    wrap.take_off()
    assert pickle.loads(pickle.dumps(one)).step(1) == 2
    wrap.put_on(one, "step")
    gone = weakref.ref(one)
    del one
    gc.collect()
    assert gone() is None
    wrap.take_off()
