"""What was learnt as sentences, in English and Chinese. Called by the insights routes; every number in them is in the answer beside them."""

import msgspec

from yoloscope.query import learnt, outcomes, weights
from yoloscope.records import names

_MINUS = "−"
_MANY = 3


class Sentence(msgspec.Struct, frozen=True):
    """One sentence in both languages."""

    en: str
    zh: str


_VERDICT = {
    "helped": ("It helped.", "有帮助。"),
    "hurt": ("It hurt.", "有害。"),
    "no_clear_effect": ("No clear effect.", "没有明确的影响。"),
    "aliased": ("What made the difference cannot be told apart.", "无法区分是哪一项造成的。"),
}
_IGNORED: dict[outcomes.Reason, tuple[str, str]] = {
    "in_progress": ("still in progress", "仍在进行"),
    "crashed": ("crashed or failed before the planned epochs were done", "在完成计划的 epoch 之前崩溃或失败"),
    "ended_early": ("stopped by hand before the planned epochs were done", "在完成计划的 epoch 之前被手动停止"),
    "no_metric": ("without this metric", "没有这个指标"),
    "not_a_number": ("with NaN or infinity as result", "结果为 NaN 或无穷大"),
    "copy": (
        "copies: settings, data, seed and result of another run",
        "与其他训练重复：设置、数据、随机种子和结果都相同",
    ),
}
_WEIGHT = {
    "matters": ("{name}: {share} of the spread of {metric}{among} ({values} values, {n} runs, p = {p}).{same}",
                "{name}：解释了{among} {metric} 差异的 {share}（{values} 个取值，{n} 次训练，p = {p}）。{same}"),
    "no_sign": ("{name}: no sign that it matters to {metric}{among} ({values} values, {n} runs, p = {p}).{same}",
                "{name}：没有迹象表明它影响{among} {metric}（{values} 个取值，{n} 次训练，p = {p}）。{same}"),
    "too_few_runs": ("{name}: too few runs to tell ({values} values, {n} runs).{same}",
                     "{name}：训练太少，无法判断（{values} 个取值，{n} 次训练）。{same}"),
    "only_with_data": ("{name}: changes only together with the data, so nothing can be told.{same}",
                       "{name}：只随数据一起变化，无法判断。{same}"),
}  # fmt: skip


def ignored(reason: outcomes.Reason) -> Sentence:
    """Return why a run is left out."""
    return Sentence(*_IGNORED[reason])


def of_effect(one: learnt.Effect, *, metric: outcomes.Metric, knows_data: bool) -> Sentence:
    """Return what came of a change, with interval and number of runs."""
    means = names.meaning(metric.name)
    change = f"{one.setting} {one.to.text} instead of {one.from_.text}"
    change_zh = f"{one.setting} 取 {one.to.text} 而非 {one.from_.text}"
    if one.verdict == "too_few_runs" or one.difference is None or one.low is None or one.high is None:
        return Sentence(
            f"{change}: too few runs to tell ({one.n_to} against {one.n_from}).",
            f"{change_zh}：训练太少，无法判断（{one.n_to} 次对 {one.n_from} 次）。",
        )
    mean, low, high = _numbers((one.difference, one.low, one.high), points=metric.points)
    unit, unit_zh = (" points", " 个百分点") if metric.points else ("", "")
    data, data_zh = (
        ("on the same data", "相同数据上") if knows_data else ("on data that was not recorded", "未记录数据的")
    )
    equal, equal_zh = _equal(one)
    along, along_zh = _along(one)
    verdict, verdict_zh = _VERDICT[one.verdict]
    return Sentence(
        f"{change}{along}: {means.title_en} {mean}{unit} (95 % {low}…{high}), {one.n_to} against {one.n_from} runs {data}{equal}. {verdict}",
        f"{change_zh}{along_zh}：{means.title_zh} {mean}{unit_zh}（95% 置信区间 {low}～{high}），{data_zh} {one.n_to} 次对 {one.n_from} 次训练{equal_zh}。{verdict_zh}",
    )


def of_weight(one: weights.Weight, *, metric: outcomes.Metric, data_sets: int) -> Sentence:
    """Return how much a setting weighs."""
    means = names.meaning(metric.name)
    within = data_sets > 1 and one.kind != "data"
    told = {
        "name": one.setting,
        "share": f"{(one.share or 0) * 100:.0f} %",
        "values": one.values,
        "n": one.n,
        "p": f"{one.p or 0:.2g}",
    }
    english, chinese = _WEIGHT[one.verdict]
    same, same_zh = ("", "")
    if one.same:
        same = f" It always changed together with {_listed(one.same, ' and ', ', ')}: they cannot be told apart."
        same_zh = f"它总是与 {_listed(one.same, '、', '、')} 一起变化，无法区分。"
    among, among_zh = (" among runs on the same data", "相同数据上") if within else ("", "")
    return Sentence(
        english.format(**told, metric=means.title_en, among=among, same=same),
        chinese.format(**told, metric=means.title_zh, among=among_zh, same=same_zh),
    )


def _equal(one: learnt.Effect) -> tuple[str, str]:
    if one.basis == "unmatched":
        return ", which differ in other settings too", "，其他设置也有不同"
    left = f"; {one.left_out} more have no equal" if one.left_out else ""
    left_zh = f"；另有 {one.left_out} 次没有可对照的训练" if one.left_out else ""
    return f", equal in all other settings{left}", f"，其他设置相同{left_zh}"


def _along(one: learnt.Effect) -> tuple[str, str]:
    always = [alias for alias in one.aliases if alias.always]
    mostly = [alias.setting for alias in one.aliases if not alias.always]
    if always:
        told = [_change(alias) for alias in always]
        return (
            f", always together with {_listed([en for en, _ in told], ' and ', ', ')}",
            f"（总是同时 {_listed([zh for _, zh in told], '、', '、')}）",
        )
    if mostly:
        return (
            f", mostly along with other values of {_listed(mostly, ' and ', ', ')}",
            f"（{_listed(mostly, '、', '、')} 也大多随之变化）",
        )
    return "", ""


def _change(alias: learnt.Alias) -> tuple[str, str]:
    low, high = (level.text if level else "–" for level in (alias.from_, alias.to))
    return f"{alias.setting} {high} instead of {low}", f"{alias.setting} 取 {high} 而非 {low}"


def _listed(words: list[str], last: str, between: str) -> str:
    kept = words if len(words) <= _MANY else [*words[:_MANY], f"… (+{len(words) - _MANY})"]
    return between.join(kept[:-1]) + last + kept[-1] if len(kept) > 1 else kept[0]


def _numbers(values: tuple[float, float, float], *, points: bool) -> tuple[str, str, str]:
    """Return a difference and its interval with signs, to the places that the interval's width makes sense of."""
    scale = 100 if points else 1
    width = (values[2] - values[1]) * scale
    digits = 1 if width >= 1 else 2 if width >= 0.1 else 3
    kept = [f"{value * scale:+.{digits}f}" if points else f"{value:+.3g}" for value in values]
    mean, low, high = (text.replace("-", _MINUS) for text in kept)
    return mean, low, high
