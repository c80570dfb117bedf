"""What the findings of `rules.numerics` say."""

from yoloscope.diagnose.texts.text import Text, Told

TEXTS: dict[str, Text] = {
    "N01": Text(
        title=Told("Training loss is NaN or infinite", "训练损失出现 NaN 或无穷大"),
        what=Told(
            "A part of the training loss is no number any more, or jumped to more than a thousand times its usual value.",
            "训练损失中至少有一项不再是有效数值，或突然超过平常值的一千倍。",
        ),
        why=Told(
            "One such step can ruin all weights. Ultralytics then reloads last.pt and repeats the epoch, three times at most and never in the first epoch; "
            "other training loops go on with what is broken.",
            "这样的一步就可能毁掉全部权重。Ultralytics 会重新载入 last.pt 并重跑这个 epoch，最多三次，且第一个 epoch 不会这样做；其他训练循环则会带着坏权重继续跑下去。",
        ),
        evidence={
            "start": Told(
                "{names} broke at step {step}, before the training had really begun.",
                "{names} 在第 {step} 步就出错了，训练才刚刚开始。",
            ),
            "explosion": Told(
                "{names} broke at step {step}. Just before, the gradients had grown to more than five times their usual size.",
                "{names} 在第 {step} 步出错。此前不久，梯度已涨到平常的五倍以上。",
            ),
            "single": Told(
                "{names} broke at step {step}, and the gradients before it were ordinary: it looks like one bad batch.",
                "{names} 在第 {step} 步出错，而此前的梯度一切正常，看起来是某个 batch 有问题。",
            ),
            "epoch": Told(
                "{names} broke in epoch {epoch}. Only the values of whole epochs are known, so the batch cannot be named.",
                "{names} 在第 {epoch} 个 epoch 出错。这里只有整个 epoch 的数值，无法指出是哪个 batch。",
            ),
            "loop": Told(
                "{names} broke again in epoch {epoch}, though epochs were repeated {repeats} times already.",
                "已经重跑了 {repeats} 次，{names} 在第 {epoch} 个 epoch 仍然出错。",
            ),
        },
        advice={
            "start": Told(
                "So early it is nearly always the data or half precision. Look at train_batch0.jpg and at labels with zero or huge boxes. "
                "Then start once with amp=False: if that runs, FP16 is the cause. A passed AMP check does not exclude it.",
                "这么早出错，原因几乎总在数据或半精度。先看 train_batch0.jpg，查一查面积为零或大得离谱的框。再用 amp=False 跑一次：能跑通，就是 FP16 的问题。AMP 检查通过并不能排除它。",
            ),
            "explosion": Told(
                "Restart from the last good checkpoint with a third of the learning rate and a longer warm-up. "
                "Adding gradient clipping changes nothing: Ultralytics and YOLOv5 clip at norm 10 already.",
                "从最后一个正常的 checkpoint 重新开始，学习率降到三分之一，预热加长。不必再加梯度裁剪：Ultralytics 和 YOLOv5 本来就按范数 10 裁剪。",
            ),
            "single": Told(
                "Look at the images and labels of this batch first. If it comes back with other data, try amp=False. "
                "If the epoch was repeated and went well, the training can go on.",
                "先检查这个 batch 的图片和标注。如果换了数据还会出现，再试 amp=False。如果这个 epoch 已重跑且正常，训练可以继续。",
            ),
            "epoch": Told(
                "If later epochs are finite, the training has recovered and can go on. If not, restart from the last good checkpoint with amp=False, "
                "and with a third of the learning rate if that does not help.",
                "如果之后的 epoch 数值正常，说明已经恢复，可以继续。否则从最后一个正常的 checkpoint 用 amp=False 重新开始；还不行，再把学习率降到三分之一。",
            ),
            "loop": Told(
                "Stop: repeating does not help. Take a checkpoint from before, check that its weights are finite, then lower the learning rate to a third and "
                "set amp=False. Look for the batch that is the same each time.",
                "先停下，重跑已经没有用。找一个更早的 checkpoint，确认权重都是有效数值，再把学习率降到三分之一并设 amp=False。看看每次出错的是不是同一个 batch。",
            ),
        },
        closes=Told("Fifty batches in a row with finite losses.", "连续 50 个 batch 的损失都恢复正常。"),
        source="Ultralytics issues #280, #1148, #1149 and BaseTrainer._handle_nan_recovery; AUTOTRAINER (loss > 1e3); runmedic.",
    ),
    "N02": Text(
        title=Told("Only the validation loss is NaN or infinite", "只有验证损失出现 NaN 或无穷大"),
        what=Told(
            "The validation loss is no number in several epochs, while the training loss is.",
            "有好几个 epoch 的验证损失不是有效数值，而训练损失正常。",
        ),
        why=Told(
            "Validation runs in FP16 while AMP is on, and its loss can overflow without harm: mAP is computed from boxes and scores, not from the loss.",
            "开启 AMP 时，验证以 FP16 进行，损失溢出并不要紧：mAP 由框和得分算出，与损失无关。",
        ),
        evidence={
            "": Told(
                "{names} had no finite value in {epochs} epochs; the training loss is finite, and mAP50-95 reached {best:.3f} in epoch {best_epoch}.",
                "{names} 有 {epochs} 个 epoch 不是有效数值；训练损失正常，mAP50-95 在第 {best_epoch} 个 epoch 达到 {best:.3f}。",
            ),
            "stuck": Told(
                "{names} had no finite value in {epochs} epochs, and mAP50-95 has not risen since epoch {best_epoch} ({best:.3f}).",
                "{names} 有 {epochs} 个 epoch 不是有效数值，而且 mAP50-95 从第 {best_epoch} 个 epoch（{best:.3f}）起就没有再升。",
            ),
        },
        advice={
            "": Told(
                "Do not stop the run; judge it by mAP. If you need the curve, start the next run with amp=False.",
                "不必停下，看 mAP 就好。如果需要这条曲线，下次训练用 amp=False。",
            ),
            "stuck": Told(
                "Validate last.pt once in full precision (half=False). If mAP is better there, train with amp=False; if not, overflow is not what holds it back.",
                "用全精度（half=False）验证一次 last.pt。如果 mAP 更好，就用 amp=False 训练；如果一样，卡住的原因不在溢出。",
            ),
        },
        closes=Told("Six epochs with finite validation losses.", "连续 6 个 epoch 的验证损失恢复正常。"),
        source="9 of 123 public trainings; Ultralytics issues #9223, #21765, #8422.",
    ),
    "N03": Text(
        title=Told("Weights are NaN or infinite", "权重中出现 NaN 或无穷大"),
        what=Told("Some parameters of the model are no numbers any more.", "模型有一部分参数已经不是有效数值。"),
        why=Told(
            "No further step can repair them. The moving average that is validated and saved replaces NaN by zero, so that metrics and checkpoints may look alive.",
            "再训练多少步也修不好。用于验证和保存的滑动平均会把 NaN 换成 0，所以指标和 checkpoint 看上去可能还正常。",
        ),
        evidence={
            "": Told(
                "{count:.0f} values of the weights are not finite at step {step}.",
                "第 {step} 步时，权重中有 {count:.0f} 个数值不是有效数值。",
            ),
            "epoch": Told(
                "{count:.0f} values of the weights are not finite at the end of epoch {epoch}.",
                "第 {epoch} 个 epoch 结束时，权重中有 {count:.0f} 个数值不是有效数值。",
            ),
        },
        advice={
            "": Told(
                "Stop. Go back to a checkpoint whose weights are all finite (check that after loading it) and find out what came before: "
                "a NaN loss, exploding gradients or a faulty card.",
                "先停下。退回到权重全部有效的 checkpoint（载入后检查一遍），再找之前发生了什么：损失变成 NaN、梯度爆炸，还是显卡故障。",
            )
        },
        closes=Told(
            "500 batches with finite weights, as after a restart.", "连续 500 个 batch 权重正常，例如重新开始之后。"
        ),
        source="SageMaker Debugger ExplodingTensor; nan_to_num in the moving average of Ultralytics.",
    ),
    "N04": Text(
        title=Told("Half precision overflows often", "半精度频繁溢出"),
        what=Told(
            "GradScaler keeps halving its scale, because gradients do not fit into FP16.",
            "梯度超出 FP16 的范围，GradScaler 不断把缩放系数减半。",
        ),
        why=Told(
            "Each overflow is a step that is thrown away, and with a small scale the little gradients are lost as zeros.",
            "每溢出一次就白跑一步；缩放系数太小时，较小的梯度会变成 0 丢掉。",
        ),
        evidence={
            "": Told(
                "{overflows} overflows in the last 1,000 batches; the scale is {scale:.0f} now.",
                "最近 1,000 个 batch 溢出了 {overflows} 次，当前缩放系数为 {scale:.0f}。",
            ),
            "low": Told(
                "The scale has fallen to {scale:.0f}; below {least:.0f} small gradients get lost.",
                "缩放系数已降到 {scale:.0f}；低于 {least:.0f} 时，小梯度会丢失。",
            ),
        },
        advice={
            "": Told(
                "On cards that can, train in BF16; else set amp=False, which costs time and memory. If neither is possible, lower the learning rate to a third.",
                "显卡支持的话用 BF16 训练；否则设 amp=False，会多花时间和显存。都不行就把学习率降到三分之一。",
            )
        },
        closes=Told(
            "Fewer than three overflows in 1,000 batches, and a scale of 128 or more.",
            "1,000 个 batch 内溢出少于 3 次，且缩放系数不低于 128。",
        ),
        source="trainsight's amp_monitor; limits proposed here.",
    ),
    "N05": Text(
        title=Told("Gradients explode", "梯度爆炸"),
        what=Told(
            "Again and again the gradient norm before clipping is more than ten times its median, far outside its usual spread.",
            "裁剪前的梯度范数多次超过中位数的十倍，远远超出平常的波动。",
        ),
        why=Told(
            "Clipping bounds the length of such a step, not its direction: the step is taken towards a few extreme examples.",
            "裁剪只限制这一步的长度，不改变方向：这一步会朝着少数极端样本走。",
        ),
        evidence={
            "": Told(
                "{count} of the last 1,000 batches had more than ten times the usual gradient norm ({usual:.3g}).",
                "最近 1,000 个 batch 中有 {count} 个的梯度范数超过平常值（{usual:.3g}）的十倍。",
            ),
            "loss": Told(
                "{count} of the last 1,000 batches had more than ten times the usual gradient norm ({usual:.3g}), "
                "and the loss of the last 20 batches is {rise:.0%} above that of the 20 before.",
                "最近 1,000 个 batch 中有 {count} 个的梯度范数超过平常值（{usual:.3g}）的十倍，最近 20 个 batch 的损失又比之前 20 个高 {rise:.0%}。",
            ),
        },
        advice={
            "": Told(
                "Look at the labels of those batches: tiny, huge or misplaced boxes are the usual cause. Then a longer warm-up and a third of the learning rate. "
                "Clipping at norm 10 is on already.",
                "先看这些 batch 的标注：过小、过大或位置错误的框是常见原因。然后加长预热，学习率降到三分之一。按范数 10 的裁剪已经开着。",
            ),
            "loss": Told(
                "The weights are being damaged now. Go back to the last good checkpoint, with a third of the learning rate and a longer warm-up, "
                "and look at the labels of those batches. Clipping at norm 10 is on already.",
                "权重正在受损。退回最后一个正常的 checkpoint，学习率降到三分之一，预热加长，并检查这些 batch 的标注。按范数 10 的裁剪已经开着。",
            ),
        },
        closes=Told("Fewer than three such batches among the last 1,000.", "最近 1,000 个 batch 中这样的少于 3 个。"),
        source="trainspotter (z > 10), runmedic (10 x), AUTOTRAINER; the logarithm's z is ours.",
    ),
    "N06": Text(
        title=Told("Gradients are clipped all the time", "梯度长期被裁剪"),
        what=Told(
            "Nearly every step is clipped, and the gradients are large even if divided by the images of a batch.",
            "几乎每一步都被裁剪，而且即使按每个 batch 的图片数平均，梯度仍然很大。",
        ),
        why=Told(
            "The loss of YOLO is summed over the batch, so that norms above 10 are ordinary. Far above, the length of each step is set by the clipping: "
            "with SGD the learning rate then works differently than you think; with Adam it matters little.",
            "YOLO 的损失按 batch 求和，范数超过 10 很平常。但远超 10 时，每一步的长度由裁剪决定：对 SGD 来说，学习率的实际作用会和你想的不同；对 Adam 影响不大。",
        ),
        evidence={
            "": Told(
                "{share:.0%} of the batches were clipped at {ceiling:.0f}; the median norm is {norm:.3g}, or {per_image:.3g} an image.",
                "{share:.0%} 的 batch 按 {ceiling:.0f} 被裁剪；范数中位数为 {norm:.3g}，平均每张图 {per_image:.3g}。",
            ),
            "flat": Told(
                "{share:.0%} of the batches were clipped at {ceiling:.0f} (median norm {norm:.3g}, {per_image:.3g} an image), and the training loss stands still.",
                "{share:.0%} 的 batch 按 {ceiling:.0f} 被裁剪（范数中位数 {norm:.3g}，平均每张图 {per_image:.3g}），而训练损失没有下降。",
            ),
        },
        advice={
            "": Told(
                "Nothing needs to be done while the loss falls. Compare norms of two runs only after dividing them by batch size and accumulation.",
                "只要损失在降就不用管。比较两次训练的范数时，先除以 batch 大小和梯度累积步数。",
            ),
            "flat": Told(
                "Check labels and pretrained weights first: gradients of this size say that predictions are far off. Then try AdamW, which does not depend on their size.",
                "先检查标注和预训练权重：梯度这么大，说明预测差得很远。再试试 AdamW，它不受梯度大小影响。",
            ),
        },
        closes=Told(
            "Fewer than 80 % of the batches clipped, or less than 30 an image.",
            "被裁剪的 batch 少于 80%，或平均每张图低于 30。",
        ),
        source="max_norm=10 in the trainers of Ultralytics and YOLOv5; trainspotter (80 %); own recordings.",
    ),
    "N14": Text(
        title=Told("The loss of single batches jumps", "个别 batch 的损失突然跳高"),
        what=Told(
            "Single batches have more than twice the usual loss, far outside its spread.",
            "个别 batch 的损失超过平常的两倍，远超正常波动。",
        ),
        why=Told(
            "A spike now and then is harmless. Several in 1,000 batches usually come from the same few images with wrong labels.",
            "偶尔跳一下没关系。1,000 个 batch 内多次出现，通常是少数几张标注有误的图片造成的。",
        ),
        evidence={
            "": Told(
                "{count} of the last {batches} batches had more than {ratio:.0f} times the usual loss.",
                "最近 {batches} 个 batch 中有 {count} 个的损失超过平常的 {ratio:.0f} 倍。",
            )
        },
        advice={
            "": Told(
                "Look at the images of those batches, and at the label suspects of this run if they are collected. If spikes fall on different images each time, "
                "lower the learning rate or raise the batch size.",
                "看看这些 batch 里的图片；如果收集了可疑标注，也看一看。如果每次跳的都不是同样的图片，就降低学习率或加大 batch。",
            )
        },
        closes=Told("1,000 batches without a spike.", "1,000 个 batch 内不再跳高。"),
        source="trainspotter (z > 6), runmedic (z > 8 and 1.5 x), trainpulse (5 x mean).",
    ),
}
