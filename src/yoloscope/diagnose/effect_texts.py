"""What came of a command as a sentence, in English and Chinese. Called by the server; every number in it is in the effect beside it."""

from yoloscope.diagnose.texts.text import Told
from yoloscope.records import names
from yoloscope.records.effect import Effect, Verdict, Why

_VERDICT: dict[Verdict, Told] = {
    "helped": Told("It helped.", "有帮助。"),
    "harmed": Told("It harmed.", "有害。"),
    "none": Told("That is within the noise: no clear effect.", "在噪声范围之内：没有明确的效果。"),
}
_UNKNOWN: dict[Why, Told] = {
    "ended": Told(
        "The training ended after {epochs} of {of} epochs: the effect is not known.",
        "训练只走了 {of} 个 epoch 中的 {epochs} 个就结束了：效果未知。",
    ),
    "again": Told(
        "The training was changed again too close to it: the effects cannot be told apart.",
        "训练在前后不久又被改动过：无法区分各自的效果。",
    ),
    "resumed": Told(
        "Another process went on with the training meanwhile, from a checkpoint: the effect is not known.",
        "期间训练由另一个进程从检查点继续：效果未知。",
    ),
    "mosaic": Told(
        "Mosaics were closed meanwhile, which moves {series} by itself: the effect is not known.",
        "期间关闭了 mosaic，{series} 会因此变化：效果未知。",
    ),
    "no_curve": Told("There is no curve by which to tell the effect.", "没有可以用来判断效果的曲线。"),
    "too_short": Told(
        "No epoch was complete before it: there is nothing to compare with.",
        "在此之前没有完整的 epoch：没有可以比较的对象。",
    ),
}
_MENDED: dict[Why, Told] = {
    "broken": Told("{series} is NaN or infinite.", "{series} 是 NaN 或无穷大。"),
    "back": Told("{series} is {after}, {change} its best level of {before} before it went wrong.", "{series} 为 {after}，比出问题之前的最好水平 {before} {change}。"),
    "mended": Told("{series} is finite again: {after}.", "{series} 恢复正常：{after}。"),
    "worse": Told("{series} has gone on getting worse: {after}.", "{series} 继续变差：{after}。"),
    "not_back": Told("{series} is {after}, {change} its best level of {before} before it went wrong.", "{series} 为 {after}，比出问题之前的最好水平 {before} {change}。"),
}  # fmt: skip
_NOT_COMPARABLE = Told(
    "There are neither three runs like this nor five undisturbed epochs before it: whether that is more than usual is not known.",
    "没有三次同类训练，之前也没有五个不受干扰的 epoch：无法判断这是否超出正常。",
)
_NO_RUNS = Told(
    "There are not three runs like this, and a metric has no trend of its own to go by: whether that is more than usual is not known.",
    "没有三次同类训练可比，指标本身的走势又不足为凭：无法判断这是否超出正常。",
)


_ALL = -0.995
"""A fall that would be shown as one of 100 %, which is one to nothing."""


def sentence(of: Effect) -> Told:
    """Return what came of a command, or has so far."""
    if of.verdict == "measuring":
        return Told(
            f"Measuring on {of.series}: {of.epochs} of {of.of} epochs.",
            f"正在用 {of.series} 测量效果：{of.of} 个 epoch 中的 {of.epochs} 个。",
        )
    if of.why in _UNKNOWN:
        told = _UNKNOWN[of.why]
        values = {"epochs": of.epochs, "of": of.of, "series": of.series}
        return Told(told.en.format(**values), told.zh.format(**values))
    if of.verdict == "unknown":
        moved, why = _moved(of), _NO_RUNS if names.meaning(of.series).direction == "higher" else _NOT_COMPARABLE
        return Told(f"{moved.en}. {why.en}", f"{moved.zh}。{why.zh}")
    said, verdict = _mended(of) if of.why in _MENDED else _compared(of), _VERDICT[of.verdict]
    if of.why in _MENDED and of.verdict == "none":
        verdict = Told("It did not help.", "没有帮助。")
    return Told(f"{said.en} {verdict.en}", f"{said.zh}{verdict.zh}")


def _mended(of: Effect) -> Told:
    told, change = _MENDED[of.why], of.change or 0.0
    side = ("above", "高") if change >= 0 else ("below", "低")
    both = {"series": of.series, "before": _shown(of.before), "after": _shown(of.after)}
    return Told(
        told.en.format(**both, change=f"{_percent(change)} {side[0]}"),
        told.zh.format(**both, change=f"{side[1]} {_percent(change)}"),
    )


def _compared(of: Effect) -> Told:
    moved = _moved(of)
    if of.expected is None:
        return Told(f"{moved.en}.", f"{moved.zh}。")
    en, zh = _noun(of.expected)
    if of.basis == "runs":
        return Told(
            f"{moved.en}; {en} would be normal here (median of {of.runs} runs).",
            f"{moved.zh}；这里正常是{zh}（{of.runs} 次训练的中位数）。",
        )
    return Told(f"{moved.en}; {en} was to be expected by its trend before.", f"{moved.zh}；按之前的走势应为{zh}。")


def _moved(of: Effect) -> Told:
    if of.change is None:
        was, now = _shown(of.before), _shown(of.after)
        return Told(f"{of.series} went from {was} to {now} in {of.span} epochs", f"{of.series} 在 {of.span} 个 epoch 内从 {was} 变为 {now}")  # fmt: skip
    en, zh = ("fell", "降了") if of.change < 0 else ("rose", "升了")
    by = _percent(of.change)
    return Told(f"{of.series} {en} {by} in {of.span} epochs", f"{of.series} 在 {of.span} 个 epoch 内{zh} {by}")


def _noun(change: float) -> tuple[str, str]:
    by = _percent(change)
    return (f"a fall of {by}", f"下降 {by}") if change < 0 else (f"a rise of {by}", f"上升 {by}")


def _percent(change: float) -> str:
    share = 100 * abs(change)
    if -1 < change < _ALL:
        return "> 99 %"
    return f"{share:,.0f} %" if share >= 9.95 else f"{share:.1f} %"


def _shown(value: float | None) -> str:
    return "0" if value is None else f"{value:.4g}"
