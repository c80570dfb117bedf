"""The clauses of the one sentence that answers for a run; `answer` chooses and joins them."""

from collections.abc import Mapping

from yoloscope.diagnose.texts.text import Told

HEADS: Mapping[str, Told] = {
    "fast": Told("Epoch {epoch} of {budget}, still falling fast", "第 {epoch}/{budget} 个 epoch，仍在快速下降"),
    "slow": Told("Epoch {epoch} of {budget}, converging slowly", "第 {epoch}/{budget} 个 epoch，正在缓慢收敛"),
    "plateau": Told("Epoch {epoch} of {budget}, on its plateau", "第 {epoch}/{budget} 个 epoch，已进入平台期"),
    "budget": Told("Epoch {epoch} of {budget}", "第 {epoch}/{budget} 个 epoch"),
    "epoch": Told("Epoch {epoch}", "第 {epoch} 个 epoch"),
    "ended": Told("Ended at epoch {epoch}", "已结束，共 {epoch} 个 epoch"),
    "ended_early": Told("Ended at epoch {epoch} of {budget}", "已结束，完成 {epoch}/{budget} 个 epoch"),
}
JUDGEMENTS: Mapping[str, Told] = {
    "healthy": Told("all looks normal", "一切正常"),
    "healthy_low": Told(
        "no rule found anything wrong, but mAP is low, and wrong labels cannot be seen from what was logged: look at some, or run yoloscope doctor data.yaml",
        "没有规则发现问题，但 mAP 偏低，而仅凭已记录的数据看不出标注对错：请抽查一些标注，或运行 yoloscope doctor data.yaml",
    ),
    "healthy_inside": Told(
        "all looks normal, within the range of {peers} earlier runs", "一切正常，处于以往 {peers} 次训练的范围之内"
    ),
    "healthy_ahead": Told(
        "all looks normal, ahead of all {peers} earlier runs", "一切正常，领先于以往全部 {peers} 次训练"
    ),
    "healthy_behind": Told(
        "nothing is wrong as such, but it is behind all {peers} earlier runs",
        "没有明显问题，但落后于以往全部 {peers} 次训练",
    ),
    "warning": Told("one thing needs a look: {title}", "有一处需要留意：{title}"),
    "warnings": Told("{count} things need a look, first of all: {title}", "有 {count} 处需要留意，首先是：{title}"),
    "critical": Told("something is badly wrong: {title}", "有严重问题：{title}"),
}
PASTS: Mapping[str, Told] = {
    "after": Told(
        "what was wrong before is over: {past}, until epoch {closed}",
        "先前的问题已经过去：{past}，到第 {closed} 个 epoch 为止",
    ),
    "once": Told("what was wrong before is over: {past}", "先前的问题已经过去：{past}"),
}
UNKNOWN: Mapping[str, Told] = {
    "nothing": Told(
        "Nothing has been logged by epoch yet, so there is nothing to judge", "还没有按 epoch 的记录，无从判断"
    ),
    "few": Told("too early to judge", "现在判断为时过早"),
    "few_ended": Told("too few epochs to judge by", "epoch 太少，无法判断"),
    "no_map": Told("no mAP is logged, so how good it is cannot be told", "没有记录 mAP，无法判断好坏"),
    "no_loss": Told(
        "no training loss is logged, so whether it is healthy cannot be told", "没有记录训练损失，无法判断是否健康"
    ),
    "zero": Told(
        "mAP is still 0, as it often is early in a training from scratch, so it is too early to judge",
        "mAP 仍为 0，从零训练的早期常见，现在判断为时过早",
    ),
    "zero_ended": Told(
        "mAP never left 0, and there were too few epochs to say why", "mAP 一直是 0，epoch 太少，说不清原因"
    ),
}
LEVELS: Mapping[str, Told] = {
    "forecast": Told(
        "mAP50-95 is {now:.3f} and will probably end near {final:.2f} ({low:.2f} to {high:.2f})",
        "mAP50-95 现为 {now:.3f}，预计最终约 {final:.2f}（{low:.2f}–{high:.2f}）",
    ),
    "now": Told("mAP50-95 is {now:.3f}", "mAP50-95 现为 {now:.3f}"),
    "early": Told("mAP50-95 is {now:.3f}, too early for a forecast", "mAP50-95 现为 {now:.3f}，预测最终结果还太早"),
    "best": Told(
        "the best mAP50-95 is {best:.3f}, from epoch {best_epoch}",
        "最好的 mAP50-95 是第 {best_epoch} 个 epoch 的 {best:.3f}",
    ),
}
RESTS: Mapping[str, Told] = {
    "later": Told("after epoch {enough} there is little more to gain", "第 {enough} 个 epoch 之后提升很小"),
    "later_mosaic": Told(
        "after epoch {enough} there is little more to gain, except what closing the mosaics after epoch {closes} may add",
        "第 {enough} 个 epoch 之后提升很小，除非第 {closes} 个 epoch 后关闭 mosaic 还能带来一些",
    ),
    "now": Told("the remaining {left} epochs are hardly worth the time", "剩下的 {left} 个 epoch 基本不值得再等"),
    "now_mosaic": Told(
        "the remaining {left} epochs are hardly worth the time, except what closing the mosaics after epoch {closes} may add",
        "剩下的 {left} 个 epoch 基本不值得再等，除非第 {closes} 个 epoch 后关闭 mosaic 还能带来一些",
    ),
    "end": Told("it is worth going on to the end", "值得训练到最后"),
    "critical": Told("look at that before you spend more time on it", "先处理它，再决定要不要继续花时间"),
}
