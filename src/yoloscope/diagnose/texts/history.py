"""What the findings of `rules.history` say."""

from yoloscope.diagnose.texts.text import Text, Told

_NEAREST_EN = " Nearest runs: {nearest}. Set otherwise than in the nearest: {differences}."
_NEAREST_ZH = "最接近的训练：{nearest}。与最接近者的不同设置：{differences}。"

TEXTS: dict[str, Text] = {
    "H02": Text(
        title=Told("Behind earlier runs", "落后于以往训练"),
        what=Told(
            "Earlier runs on the same data were further at this point.", "同一数据上以往的训练，此时已经走得更远。"
        ),
        why=Told(
            "Runs that far behind seldom catch up. Something was changed that does not help.",
            "落后这么多很少追得上，说明改动里有不起好作用的。",
        ),
        evidence={
            "": Told(
                "In epoch {epoch} mAP50-95 is {now:.3f}; {peers} earlier runs had {median:.3f} (median), the worst {worst:.3f}: {z:.1f} robust sigma below."
                + _NEAREST_EN,
                "第 {epoch} 个 epoch，mAP50-95 为 {now:.3f}；以往 {peers} 次训练此时中位数 {median:.3f}、最差 {worst:.3f}，低了 {z:.1f} 个稳健标准差。"
                + _NEAREST_ZH,
            ),
            "few": Told(
                "In epoch {epoch} mAP50-95 is {now:.3f}; the worst of {peers} earlier runs had {worst:.3f}. So few runs give a hint, no more."
                + _NEAREST_EN,
                "第 {epoch} 个 epoch，mAP50-95 为 {now:.3f}；以往 {peers} 次训练中最差的此时也有 {worst:.3f}。次数太少，只能算提示。"
                + _NEAREST_ZH,
            ),
            "start": Told(
                "{name} began at {start:.3g}; {peers} earlier runs began at {median:.3g} (median)." + _NEAREST_EN,
                "{name} 起点为 {start:.3g}；以往 {peers} 次训练起点中位数 {median:.3g}。" + _NEAREST_ZH,
            ),
            "slower": Told(
                "A batch takes {seconds:.3g} s, {times:.1f} times as long as in {peers} earlier runs of the same size ({median:.3g} s)."
                + _NEAREST_EN,
                "每个 batch 用时 {seconds:.3g} 秒，是以往 {peers} 次同规格训练（{median:.3g} 秒）的 {times:.1f} 倍。"
                + _NEAREST_ZH,
            ),
        },
        advice={
            "": Told(
                "Begin with what is set otherwise: change it back, one thing at a time. If nothing is, look at the data and at the weights that were loaded. Stopping now saves the rest.",
                "先从不同的设置查起：一次改回一项。设置都一样的话，查数据和载入的权重。现在停下能省掉剩下的时间。",
            ),
            "few": Told(
                "Watch it for some more epochs, and look at what is set otherwise.",
                "再看几个 epoch，同时留意不同的设置。",
            ),
            "start": Told(
                "A start that differs so much usually means other weights, other classes or other labels: check what was loaded.",
                "起点差这么多，通常是权重、类别或标注不一样：检查载入的是什么。",
            ),
            "slower": Told(
                "See whether the card is shared, the disk is slower, or more workers are needed; the findings on data loading tell which.",
                "看看是不是有人共用这张卡、磁盘变慢，或 worker 不够；关于数据加载的发现会说明是哪一种。",
            ),
        },
        closes=Told("It comes back into the range of the earlier runs.", "回到以往训练的范围之内。"),
        source="Median stopping, and Optuna's MedianPruner with five startup runs; from 19 runs on the conformal rank p <= 1/(n+1).",
    ),
    "H03": Text(
        title=Told("These settings failed before", "这套设置以前失败过"),
        what=Told(
            "An earlier run with nearly the same settings ended with a critical finding.",
            "以往有一次设置几乎相同的训练，以严重问题告终。",
        ),
        why=Told(
            "What failed once with these settings will probably fail again.", "同样的设置失败过一次，多半还会失败。"
        ),
        evidence={
            "": Told(
                "{name} ended with {failed}. What differs from it: {differences}.",
                "{name} 以 {failed} 告终。与它的不同：{differences}。",
            ),
            "same": Told(
                "{name} ended with {failed}, with the same settings.", "{name} 以 {failed} 告终，设置完全相同。"
            ),
        },
        advice={
            "": Told(
                "Read what that run was advised before you spend the time, and change that first.",
                "花时间之前，先看看那次训练得到的建议，把该改的改掉。",
            )
        },
        closes=Told("The settings are changed.", "设置有了改变。"),
        source="Gower (1971) over the settings that differ among the project's runs; the limit is a proposal.",
    ),
}
