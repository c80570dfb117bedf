"""What a rule would change, as arguments of the framework in use: without what would have no effect, and with a word on each that is left out.

Rules speak Ultralytics' language; `arguments` translates, `as_command` writes what a person would type.
"""

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple

import msgspec

from yoloscope.diagnose import dialects, facts
from yoloscope.diagnose.texts.text import Told

Changes = Mapping[str, object]


class Dropped(msgspec.Struct, frozen=True):
    """One change that was left out, or taken otherwise than it was asked for, and why."""

    key: str
    value: object
    why: Told


class Advised(msgspec.Struct, frozen=True):
    """Arguments by the names of the framework in use, and what is missing among them."""

    arguments: dict[str, object]
    dropped: tuple[Dropped, ...] = ()


def arguments(changes: Changes, known: facts.Facts) -> Advised:
    """Return the changes in the words of the framework in use, within what it allows.

    A change that would do nothing is dropped and explained: a rate under ``optimizer=auto`` (which gets the optimizer that is in effect beside it),
    clipping that exists, workers beyond the CPUs or the batches, mosaic under ``rect``, flags that this version has not.
    """
    dropped: list[Dropped] = []
    wanted = _with_optimizer(changes, known)
    kept: dict[str, object] = {}
    for key, value in wanted.items():
        why = next((why for check in _CHECKS if (why := check(_Asked(key, value, wanted, known))) is not None), None)
        if why is not None:
            dropped.append(Dropped(key, value, why))
            continue
        fitted, note = _fitted(key, value, known)
        if note is not None:
            dropped.append(Dropped(key, value, note))
        if note is None or not _is_same(key, fitted, known):
            kept[key] = fitted
    translate = _DIALECTS.get(known.framework)
    return Advised(kept, tuple(dropped)) if translate is None else translate(kept, dropped)


def as_command(framework: str, given: Mapping[str, object]) -> str:
    """Return what a person would add to the command line, ``""`` for no arguments."""
    if not given:
        return ""
    if framework == "yolov5":
        return _yolov5_command(given)
    if framework == "mmengine":
        flags = [key for key in given if key.startswith("--")]
        options = [f"{key}={_written(value)}" for key, value in given.items() if not key.startswith("--")]
        return " ".join(["python tools/train.py CONFIG", *flags, *(["--cfg-options", *options] if options else [])])
    return " ".join(["yolo train …", *(f"{key}={_written(value)}" for key, value in given.items())])


def _yolov5_command(given: Mapping[str, object]) -> str:
    words = ["python train.py …"]
    for key, value in given.items():
        if key.startswith("--"):
            words += [key] if value is True else [key, _written(value)]
    written = [f"{key}: {_written(value)}" for key, value in given.items() if not key.startswith("--")]
    return " ".join([*words, "--hyp hyp.yaml", f"({', '.join(written)})"] if written else words)


def _written(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _with_optimizer(changes: Changes, known: facts.Facts) -> dict[str, object]:
    """Return the changes with the optimizer that the framework chose itself, where a rate would otherwise be ignored."""
    owned = [key for key in ("lr0", "momentum") if key in changes]
    if known.framework != "ultralytics" or not known.is_auto or not owned or "optimizer" in changes:
        return dict(changes)
    told = known.settings.get("optimizer")
    rate = changes.get("lr0")
    by_rate = "AdamW" if isinstance(rate, int | float) and rate < 0.005 else "SGD"
    return {"optimizer": told if isinstance(told, str) and told.lower() != "auto" else by_rate, **changes}


class _Asked(NamedTuple):
    """One change among others, and what is known of the run."""

    key: str
    value: object
    wanted: Changes
    known: facts.Facts


def _repeats(one: _Asked) -> Told | None:
    if not _is_same(one.key, one.value, one.known):
        return None
    return Told(f"{one.key} is {_written(one.value)} already", f"{one.key} 已经是 {_written(one.value)}")


def _is_same(key: str, value: object, known: facts.Facts) -> bool:
    """Tell whether an argument has this value now; of what ``optimizer=auto`` ignores nothing does."""
    if known.is_auto and key in ("optimizer", *dialects.AUTO_OWNS):
        return False
    now = known.value(key)
    if isinstance(now, bool) or isinstance(value, bool):
        return now is value
    if isinstance(now, int | float) and isinstance(value, int | float):
        return abs(float(now) - float(value)) <= 1e-9 * max(1.0, abs(float(value)))
    return now is not None and str(now).lower() == str(value).lower()


def _ignored_by_auto(one: _Asked) -> Told | None:
    if (
        one.known.framework != "ultralytics"
        or not one.known.is_auto
        or "optimizer" in one.wanted
        or one.key not in dialects.AUTO_OWNS
    ):
        return None
    return Told(f"optimizer=auto sets {one.key} itself", f"optimizer=auto 会自己决定 {one.key}")


def _clips_already(one: _Asked) -> Told | None:
    if one.key not in dialects.CLIPPING or one.known.framework not in ("ultralytics", "yolov5", ""):
        return None
    return Told("gradients are clipped at norm 10 already", "框架已经在范数 10 处裁剪梯度")


def _off_by_rect(one: _Asked) -> Told | None:
    rect = one.wanted.get("rect", one.known.value("rect"))
    if (
        one.known.framework not in ("ultralytics", "yolov5")
        or rect is not True
        or one.key not in dialects.RECT_OFF
        or not one.value
    ):
        return None
    return Told(f"rect=True switches {one.key} off", f"rect=True 会关闭 {one.key}")


def _of_another_task(one: _Asked) -> Told | None:
    task = one.known.value("task")
    if one.known.framework != "ultralytics" or not isinstance(task, str):
        return None
    if task == "classify":
        return (
            None
            if one.key not in dialects.NOT_OF_CLASSIFY
            else Told(f"{one.key} has no effect in classification", f"分类任务中 {one.key} 不起作用")
        )
    if one.key in dialects.OF_CLASSIFY:
        return Told(f"{one.key} works in classification alone", f"{one.key} 只对分类任务起作用")
    if one.key == "copy_paste" and one.value and task == "detect":
        return Told("copy_paste needs outlines, boxes have none", "copy_paste 需要轮廓标注，边框标注没有")
    return None


def _unknown_here(one: _Asked) -> Told | None:
    """An ``args.yaml`` of Ultralytics holds every argument of its release."""
    if one.known.framework != "ultralytics" or one.key in dialects.CLIPPING:
        return None
    if one.key in dialects.NEVER:
        return Told(f"Ultralytics has no {one.key}", f"Ultralytics 没有 {one.key}")
    is_whole = "lr0" in one.known.given and "mosaic" in one.known.given
    is_old = _version(one.known.version) < dialects.SINCE.get(one.key, ())
    if (is_whole and one.key not in one.known.given) or (not is_whole and one.known.version and is_old):
        return Told(f"this version of Ultralytics has no {one.key}", f"这个版本的 Ultralytics 没有 {one.key}")
    return None


def _no_number(one: _Asked) -> Told | None:
    if not isinstance(one.value, float) or math.isfinite(one.value):
        return None
    return Told(f"{one.key} would be no number", f"{one.key} 不是有效数值")


def _batch_by_itself(one: _Asked) -> Told | None:
    if one.key != "batch" or not isinstance(one.value, int | float) or one.value >= 1 or one.known.gpus in (None, 1):
        return None
    return Told("the batch is found automatically on a single card alone", "自动选择 batch 只支持单卡")


_CHECKS: tuple[Callable[[_Asked], Told | None], ...] = (
    _no_number,
    _clips_already,
    _unknown_here,
    _of_another_task,
    _off_by_rect,
    _ignored_by_auto,
    _batch_by_itself,
    _repeats,
)


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".")[:3] if part.isdigit())


def _fitted(key: str, value: object, known: facts.Facts) -> tuple[object, Told | None]:
    """Return a value within what is allowed, and a word where it had to be changed."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value, None
    if key == "workers":
        return _workers(value, known)
    if key in dialects.FRACTIONS:
        return _noted(key, value, min(max(float(value), 0.0), 1.0))
    if key not in dialects.WHOLE or (key == "batch" and 0 < value < 1):
        return value, None
    whole = max(round(value), dialects.WHOLE[key])
    if key == "imgsz":
        return 32 * max(1, round(whole / 32)), None
    if key == "close_mosaic" and known.epochs is not None:
        whole = min(whole, known.epochs)
    return _noted(key, value, whole)


def _noted(key: str, asked: float, fitted: float) -> tuple[object, Told | None]:
    is_rounded = isinstance(fitted, int) and abs(asked - fitted) < 1
    return fitted, None if is_rounded or asked == fitted else _limit(key, fitted)


def _limit(key: str, fitted: float) -> Told:
    return Told(f"{key} ends at {_written(fitted)}", f"{key} 的取值止于 {_written(fitted)}")


def _workers(value: float, known: facts.Facts) -> tuple[object, Told | None]:
    """A loader starts no more than the CPUs of its card and the batches of an epoch allow."""
    limits = [known.cpus // max(known.gpus or 1, 1)] if known.cpus else []
    batches = known.number("batches")
    limits += [int(batches)] if batches else []
    most = min(limits, default=int(value))
    if value <= most:
        return max(int(value), 0), None
    return most, Told(
        f"no more than {most} workers are started here: CPUs by card, and batches, limit them",
        f"这里最多启动 {most} 个加载进程：受每卡 CPU 数和 batch 数限制",
    )


def _to_yolov5(kept: Mapping[str, object], dropped: list[Dropped]) -> Advised:
    found: dict[str, object] = {}
    for key, value in kept.items():
        if key == "cls_pw":
            found["--image-weights"] = True
        elif key == "box" and isinstance(value, int | float) and value > 1:
            found["box"] = value * dialects.YOLOV5_BOX
        elif key == "optimizer" and value not in dialects.YOLOV5_OPTIMIZERS:
            dropped.append(Dropped(key, value, Told(f"YOLOv5 has no {value}", f"YOLOv5 没有 {value}")))
        elif key in dialects.YOLOV5_FLAGS:
            found |= {} if value is False else {dialects.YOLOV5_FLAGS[key]: value}
        elif key in dialects.YOLOV5_HYPERPARAMETERS:
            found[key] = value
        else:
            dropped.append(Dropped(key, value, Told(f"YOLOv5 has no {key}", f"YOLOv5 没有 {key}")))
    return Advised(found, tuple(dropped))


def _to_mmengine(kept: Mapping[str, object], dropped: list[Dropped]) -> Advised:
    found: dict[str, object] = {}
    for key, value in kept.items():
        if key == "amp":
            found |= {"--amp": True} if value else {"optim_wrapper.type": "OptimWrapper"}
        elif key in dialects.MMENGINE or key in dialects.CLIPPING:
            found[dialects.MMENGINE.get(key, dialects.MMENGINE["max_norm"])] = value
        else:
            why = Told(
                f"{key} is a matter of your config's pipeline or schedule", f"{key} 要在配置文件的流程或调度里改"
            )
            dropped.append(Dropped(key, value, why))
    return Advised(found, tuple(dropped))


def _to_torch(kept: Mapping[str, object], dropped: list[Dropped]) -> Advised:
    """A program of one's own has no arguments that we know: its advice is the text."""
    why = Told("set it in your own code", "请在你自己的代码里修改")
    return Advised({}, (*dropped, *(Dropped(key, value, why) for key, value in kept.items())))


_DIALECTS: Mapping[str, Callable[[Mapping[str, object], list[Dropped]], Advised]] = {
    "yolov5": _to_yolov5,
    "mmengine": _to_mmengine,
    "torch": _to_torch,
}
