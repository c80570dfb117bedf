"""What A01 says: a rate or a batch to try next."""

from yoloscope.diagnose.texts.text import Text, Told

TEXTS: dict[str, Text] = {
    "A01": Text(
        title=Told("A learning rate or batch to try next", "下次可以试的学习率或 batch"),
        what=Told(
            "How far a step moves the weights, and how much gradients differ between batches, tell which rate and batch fit.",
            "每步把权重移动多少、各 batch 的梯度相差多大，可以看出怎样的学习率和 batch 更合适。",
        ),
        why=Told(
            "It is one place to look, found without a search; the run itself need not be wrong.",
            "不用搜索就能得到一个值得尝试的取值；当前训练不一定有问题。",
        ),
        evidence={
            "lower": Told(
                "A step moves the weights by {ratio:.1e} of their size; about {aim:.0e} is usual. Try lr {lr:g} ({least:g} to {most:g}) instead of {now:.3g}.",
                "每步更新量约为权重的 {ratio:.1e}，通常在 {aim:.0e} 左右。学习率可以从 {now:.3g} 降到 {lr:g}（{least:g}～{most:g}）。",
            ),
            "higher": Told(
                "A step moves the weights by only {ratio:.1e} of their size; about {aim:.0e} is usual. Try lr {lr:g} ({least:g} to {most:g}) instead of {now:.3g}.",
                "每步更新量只有权重的 {ratio:.1e}，通常在 {aim:.0e} 左右。学习率可以从 {now:.3g} 升到 {lr:g}（{least:g}～{most:g}）。",
            ),
            "batch": Told(
                "Gradients of {batch} images are mostly noise (noise scale {noise:.0f}): {larger} images a batch lose little.",
                "{batch} 张图片的梯度以噪声为主（噪声尺度 {noise:.0f}），batch 用 {larger} 也几乎没有损失。",
            ),
        },
        advice={
            "": Told(
                "Change this one thing in the next run and compare; do not change a run that goes well.",
                "下次训练只改这一处再比较；当前训练如果正常就不要动。",
            ),
            "batch": Told(
                "If memory allows, use the larger batch with the rate beside it; the rate grows with the root of the batch.",
                "显存允许的话，用更大的 batch 并相应调整学习率：学习率按 batch 的平方根增加。",
            ),
        },
        closes=Told("Closes when rate and batch fit.", "学习率和 batch 合适后关闭。"),
        source="update ratio of 1e-3: cs231n; noise scale: McCandlish et al. 2018; limits proposed",
    ),
}
