"""What the findings of `rules.optimisation` say."""

from yoloscope.diagnose.texts.text import Text, Told

_LR = Told(
    "Lower the learning rate first ({lr:.3g} is at least three times what is usual, {usual:.3g}) and lengthen the warm-up; then raise the batch size if memory allows. "
    "With optimizer=auto lr0 has no effect: name an optimizer as well.",
    "先降学习率（现在 {lr:.3g}，至少是常用值 {usual:.3g} 的三倍），再加长预热；显存允许的话加大 batch。optimizer=auto 时 lr0 不起作用，要同时指定优化器。",
)
_WARM = Told(
    "The learning rate ({lr:.3g}) is not unusual. Lengthen the warm-up and lower the rate to a third, look at the labels of a few batches, "
    "and raise the batch size if it is below 8.",
    "学习率（{lr:.3g}）并不反常。加长预热，把学习率降到三分之一，抽几个 batch 看看标注；batch 小于 8 的话加大一些。",
)

TEXTS: dict[str, Text] = {
    "N10": Text(
        title=Told("The loss swings wildly at the start", "训练前期损失剧烈震荡"),
        what=Told(
            "Early in the training the loss goes up and down far more than usual, instead of falling.",
            "训练刚开始，损失没有稳步下降，而是大起大落，远超平常。",
        ),
        why=Told(
            "Steps that are too long throw away the pretrained features in the first minutes. Some runs recover, but end lower.",
            "步子太大，开头几分钟就会毁掉预训练特征。有的训练之后能恢复，但最终结果会差一些。",
        ),
        evidence={
            "batches_high": Told(
                "Over the last {batches} batches the loss spreads by {variation:.0%} around its trend, at a learning rate of {lr:.3g} (usual: {usual:.3g}).",
                "最近 {batches} 个 batch，损失在趋势线上下波动 {variation:.0%}，学习率为 {lr:.3g}（常用 {usual:.3g}）。",
            ),
            "batches": Told(
                "Over the last {batches} batches the loss spreads by {variation:.0%} around its trend; healthy trainings show 20 to 30 %.",
                "最近 {batches} 个 batch，损失在趋势线上下波动 {variation:.0%}；正常训练为 20% 到 30%。",
            ),
            "epochs_high": Told(
                "Over {epochs} epochs the loss spreads by {variation:.0%} around its trend, at a learning rate of {lr:.3g} (usual: {usual:.3g}).",
                "{epochs} 个 epoch 内，损失在趋势线上下波动 {variation:.0%}，学习率为 {lr:.3g}（常用 {usual:.3g}）。",
            ),
            "epochs": Told(
                "Over {epochs} epochs the loss spreads by {variation:.0%} around its trend; of ordinary trainings 99 % stay below 12 %.",
                "{epochs} 个 epoch 内，损失在趋势线上下波动 {variation:.0%}；99% 的普通训练低于 12%。",
            ),
        },
        advice={"batches_high": _LR, "epochs_high": _LR, "": _WARM},
        closes=Told("The loss falls steadily, or the early phase is over.", "损失稳步下降，或前期阶段已过。"),
        source="Epochs: 3 of 80 public trainings are above 12 %. Batches: own recordings, 17 to 30 % healthy, 148 % with a rate of 0.5.",
    ),
    "N12": Text(
        title=Told("The training loss does not fall", "训练损失不下降"),
        what=Told(
            "The sum of the training losses has not fallen for many epochs, though much of the budget is left and mAP is not high yet.",
            "训练损失之和已有很多个 epoch 没有下降，而预算还剩不少，mAP 也不高。",
        ),
        why=Told(
            "A model that has not learnt the training set yet should still get better on it. Waiting rarely helps.",
            "模型还没学会训练集，本应继续变好。干等通常没有用。",
        ),
        evidence={
            "": Told(
                "In {epochs} epochs the training loss changed by {rise:+.1%}: from {from:.3g} to {to:.3g}.",
                "{epochs} 个 epoch 内，训练损失变化 {rise:+.1%}：从 {from:.3g} 到 {to:.3g}。",
            ),
            "rising": Told(
                "In {epochs} epochs the training loss rose by {rise:.1%}: from {from:.3g} to {to:.3g}.",
                "{epochs} 个 epoch 内，训练损失上升了 {rise:.1%}：从 {from:.3g} 到 {to:.3g}。",
            ),
            "hot": Told(
                "In {epochs} epochs the training loss changed by {rise:+.1%} (from {from:.3g} to {to:.3g}), and single steps are too large for the weights.",
                "{epochs} 个 epoch 内，训练损失变化 {rise:+.1%}（从 {from:.3g} 到 {to:.3g}），而且每一步对权重来说都太大。",
            ),
            "cold": Told(
                "In {epochs} epochs the training loss changed by {rise:+.1%} (from {from:.3g} to {to:.3g}), and single steps are tiny for the weights.",
                "{epochs} 个 epoch 内，训练损失变化 {rise:+.1%}（从 {from:.3g} 到 {to:.3g}），而且每一步对权重来说都太小。",
            ),
        },
        advice={
            "": Told(
                "First make sure that something is trained at all: freeze, and the curve of the learning rate. Then look at the labels of train_batch0.jpg. "
                "Only then vary the learning rate by a factor of three, one way and the other.",
                "先确认确实在训练：看 freeze 和学习率曲线。再看 train_batch0.jpg 的标注。最后才去调学习率，乘三和除三各试一次。",
            ),
            "rising": Told(
                "Lower the learning rate to a third. If the loss still rises, something changes while it trains: augmentation, multi_scale, or a loss weight of your own.",
                "学习率降到三分之一。如果损失还在升，就是训练途中有东西在变：数据增强、multi_scale，或自定义的损失权重。",
            ),
            "hot": Told("Lower the learning rate to a third.", "学习率降到三分之一。"),
            "cold": Told(
                "Raise the learning rate threefold. With optimizer=auto name the optimizer too, for lr0 has no effect there.",
                "学习率提高到三倍。optimizer=auto 时 lr0 不起作用，要同时指定优化器。",
            ),
        },
        closes=Told("The training loss falls by 1 % or more over the window.", "窗口内训练损失下降 1% 以上。"),
        source="SageMaker Debugger LossNotDecreasing, with limits for epochs; 8 of 80 public trainings.",
    ),
    "N13": Text(
        title=Told("The training loss diverges", "训练损失发散"),
        what=Told(
            "The training loss has been rising for many epochs and is far above its best.",
            "训练损失持续上升，已远高于最好时的水平。",
        ),
        why=Told(
            "The weights are getting worse. What the model knew is being lost, and it rarely finds back by itself.",
            "权重在变坏，模型学到的东西正在丢失，很少能自己恢复。",
        ),
        evidence={
            "": Told(
                "The training loss is {now:.3g} in epoch {epoch}; its mean is {times:.1f} times the best value ({least:.3g}).",
                "第 {epoch} 个 epoch 的训练损失为 {now:.3g}；平均值是最好时（{least:.3g}）的 {times:.1f} 倍。",
            ),
            "validation": Told(
                "In epoch {epoch} the validation loss is {val:.3g}, the training loss {train:.3g}: what is validated and saved is useless.",
                "第 {epoch} 个 epoch 的验证损失为 {val:.3g}，训练损失为 {train:.3g}：用来验证和保存的权重已经不能用了。",
            ),
        },
        advice={
            "": Told(
                "Stop, and go on from best.pt with a third of the learning rate. If it diverges again at the same epoch, look for what changes there: "
                "a schedule, an augmentation, data that are read only then.",
                "停下，从 best.pt 继续，学习率降到三分之一。如果又在同一个 epoch 发散，查一查那时有什么变化：学习率计划、数据增强，或那时才读到的数据。",
            ),
            "validation": Told(
                "The steps are too large: begin again with a third of the learning rate, or less, and a warm-up of some epochs. What is saved now is not worth resuming from.",
                "步子太大：把学习率降到三分之一或更低，加几个 epoch 的预热，重新开始。现在保存的权重不值得续训。",
            ),
        },
        closes=Told("Six epochs in which the loss is back near its best.", "连续 6 个 epoch 损失回到接近最好的水平。"),
        source="trainspotter (1.5 x); 3 of 80 public trainings were ever so high.",
    ),
    "N15": Text(
        title=Told("Steps are mostly noise", "梯度以噪声为主"),
        what=Told(
            "The gradients of different images agree so little that one batch hardly tells the direction.",
            "不同图片的梯度很不一致，一个 batch 几乎说明不了该往哪个方向走。",
        ),
        why=Told(
            "The loss then jitters around its level instead of falling. A larger batch or a lower rate averages the noise out.",
            "损失会在原地抖动而不下降。加大 batch 或降低学习率，可以把噪声平均掉。",
        ),
        evidence={
            "": Told(
                "The gradient noise scale is {scale:.3g} images, {times:.0f} times the effective batch of {batch:.0f}; the loss jitters by {variation:.1%} from epoch to epoch.",
                "梯度噪声尺度为 {scale:.3g} 张图，是有效 batch（{batch:.0f}）的 {times:.0f} 倍；损失在 epoch 之间抖动 {variation:.1%}。",
            )
        },
        advice={
            "": Told(
                "Raise the batch two- to fourfold, or nbs where memory is short, and the learning rate with it: by the square root with Adam, in proportion with SGD. "
                "Or keep both and lower the rate.",
                "把 batch 加大到两到四倍，显存不够就加大 nbs；学习率一起提高：Adam 按平方根，SGD 按比例。也可以都不动，只降学习率。",
            )
        },
        closes=Told(
            "The noise scale falls below ten batches, or the loss is steady.",
            "噪声尺度降到 batch 的十倍以下，或损失平稳。",
        ),
        source="McCandlish et al. 2018, An Empirical Model of Large-Batch Training; limits proposed here.",
    ),
}
