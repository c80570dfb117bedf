"""What the findings of `rules.generalisation` say."""

from yoloscope.diagnose.texts.text import Text, Told

_MEASURED = "Calibrated on 69 public trainings of YOLO detectors."

TEXTS: dict[str, Text] = {
    "G01": Text(
        title=Told("Overfitting begins", "开始过拟合"),
        what=Told(
            "The model keeps getting better on the training images and worse on the validation images.",
            "模型在训练图片上越来越好，在验证图片上却越来越差。",
        ),
        why=Told(
            "From here on it learns the training set by heart. More epochs of the same kind cost time and rarely give mAP.",
            "从这里开始，模型是在背训练集。照原样再训练下去只花时间，mAP 很少再涨。",
        ),
        evidence={
            "": Told(
                "val/cls_loss is {rise:.0%} above its low of epoch {least_epoch}, while the training loss fell by {fall:.1%} in the last {epochs} epochs. "
                "mAP50-95 is {now:.3f}; its best was {best:.3f} in epoch {best_epoch}.",
                "val/cls_loss 比第 {least_epoch} 个 epoch 的最低点高 {rise:.0%}，而最近 {epochs} 个 epoch 训练损失还降了 {fall:.1%}。"
                "mAP50-95 现为 {now:.3f}，最好的是第 {best_epoch} 个 epoch 的 {best:.3f}。",
            ),
            "few": Told(
                "There are only {images} training images, each seen {times} times; the validation loss is {behind:.2f} times the training loss. The best mAP50-95 is {best:.3f}, of epoch {best_epoch}.",
                "训练图片只有 {images} 张，每张已看过 {times} 遍；验证损失是训练损失的 {behind:.2f} 倍。mAP50-95 最好为 {best:.3f}（第 {best_epoch} 个 epoch）。",
            ),
        },
        advice={
            "": Told(
                "Keep best.pt (epoch {best_epoch}); you can stop now and lose little. For the next run: more or more varied images help most. Without them, stronger "
                "augmentation (mixup, degrees, copy_paste with masks), twice the weight_decay, a smaller model, or freeze=10. Set patience below the number of epochs so "
                "that the next run stops by itself.",
                "保留 best.pt（第 {best_epoch} 个 epoch），现在停下损失不大。下一次训练：更多、更多样的图片最有效；没有的话，加强数据增强（mixup、degrees，有掩膜时用 copy_paste）、"
                "weight_decay 加倍、换小一点的模型，或 freeze=10。把 patience 设得小于总 epoch 数，下次会自己停。",
            ),
            "few": Told(
                "Collect more images before anything else: hundreds a class, in all lights and places where the model will work. Until then pretrained weights, freeze=10 and strong augmentation "
                "(mosaic, mixup) get most out of these.",
                "先多收图片：每类几百张，覆盖模型要用到的光照和场景。在那之前，用预训练权重、freeze=10 和较强的数据增强（mosaic、mixup）能从现有图片里学到最多。",
            ),
        },
        closes=Told(
            "Validation loss comes down again, or mAP50-95 sets a new best.", "验证损失重新下降，或 mAP50-95 再创新高。"
        ),
        source=f"Ultralytics issues #3370, #1867, #16081. {_MEASURED} Chosen among 15 pairs of thresholds on such data.",
    ),
    "G02": Text(
        title=Told("Training loss falls, mAP stands still", "训练损失在降，mAP 不动"),
        what=Told(
            "The two curves drift apart like scissors: less loss no longer means more mAP.",
            "两条曲线像剪刀一样张开：损失再降，mAP 也不再涨。",
        ),
        why=Told(
            "What the model still learns does not help on images that it has not seen.",
            "模型还在学的东西，对没见过的图片已经没有帮助。",
        ),
        evidence={
            "": Told(
                "In the last {epochs} epochs the training loss fell by {fall:.1%}, but mAP50-95 has gained less than 0.002 for {stale} epochs and stays at {now:.3f}.",
                "最近 {epochs} 个 epoch 训练损失降了 {fall:.1%}，但 mAP50-95 已有 {stale} 个 epoch 涨幅不到 0.002，停在 {now:.3f}。",
            ),
            "mosaic_ahead": Told(
                "In the last {epochs} epochs the training loss fell by {fall:.1%}, but mAP50-95 has gained less than 0.002 for {stale} epochs and stays at {now:.3f}. "
                "Mosaics are switched off after epoch {closes}.",
                "最近 {epochs} 个 epoch 训练损失降了 {fall:.1%}，但 mAP50-95 已有 {stale} 个 epoch 涨幅不到 0.002，停在 {now:.3f}。mosaic 会在第 {closes} 个 epoch 后关闭。",
            ),
            "val_rises": Told(
                "In the last {epochs} epochs the training loss fell by {fall:.1%} and the validation loss rose; mAP50-95 has gained less than 0.002 for {stale} epochs "
                "and stays at {now:.3f}.",
                "最近 {epochs} 个 epoch 训练损失降了 {fall:.1%}，验证损失却在升；mAP50-95 已有 {stale} 个 epoch 涨幅不到 0.002，停在 {now:.3f}。",
            ),
        },
        advice={
            "": Told(
                "{left} epochs are left and will hardly pay. Keep best.pt (epoch {best_epoch}). For the next run add data or augmentation before you add epochs.",
                "还剩 {left} 个 epoch，多半不划算。保留 best.pt（第 {best_epoch} 个 epoch）。下一次先加数据或数据增强，再考虑加 epoch。",
            ),
            "mosaic_ahead": Told(
                "Closing the mosaics may still add some accuracy. If time is short, go there directly: start from best.pt (epoch {best_epoch}) with mosaic=0 for about ten epochs. "
                "For the next run add data or augmentation before you add epochs.",
                "关闭 mosaic 之后精度还可能再涨一点。赶时间的话直接跳过去：从 best.pt（第 {best_epoch} 个 epoch）开始，mosaic=0 再训练约十个 epoch。下一次先加数据或数据增强，再考虑加 epoch。",
            ),
            "val_rises": Told(
                "This is overfitting in the making. Keep best.pt (epoch {best_epoch}); stop unless the closing of the mosaics is near. Next time: more data, stronger "
                "augmentation, twice the weight_decay.",
                "这是过拟合的苗头。保留 best.pt（第 {best_epoch} 个 epoch）；除非马上要关闭 mosaic，否则可以停了。下次：加数据、加强数据增强、weight_decay 加倍。",
            ),
        },
        closes=Told("mAP50-95 rises by more than 0.002 again.", "mAP50-95 再次上涨超过 0.002。"),
        source=f"{_MEASURED} Uncorrected Mann-Kendall tests in conjunction.",
    ),
    "G03": Text(
        title=Told("Converged: the rest can be saved", "已收敛，可以提前停"),
        what=Told("mAP has stopped rising well before the end of the budget.", "离训练结束还早，mAP 已经不再上涨。"),
        why=Told("The card could be doing something else.", "这张卡可以去做别的事。"),
        evidence={
            "": Told(
                "mAP50-95 has gained less than 0.005 for {stale} epochs; its best is {best:.3f} from epoch {best_epoch}. {left} epochs are left, about {hours:.1f} h.",
                "mAP50-95 已有 {stale} 个 epoch 涨幅不到 0.005，最好的是第 {best_epoch} 个 epoch 的 {best:.3f}。还剩 {left} 个 epoch，约 {hours:.1f} 小时。",
            ),
            "mosaic_ahead": Told(
                "mAP50-95 has gained less than 0.005 for {stale} epochs; its best is {best:.3f} from epoch {best_epoch}. {left} epochs are left, about {hours:.1f} h, the last {closing} "
                "of them without mosaics.",
                "mAP50-95 已有 {stale} 个 epoch 涨幅不到 0.005，最好的是第 {best_epoch} 个 epoch 的 {best:.3f}。还剩 {left} 个 epoch，约 {hours:.1f} 小时，其中最后 {closing} 个不用 mosaic。",
            ),
        },
        advice={
            "": Told(
                "Stop and keep best.pt. A run like this needs fewer epochs next time.",
                "可以停了，保留 best.pt。下一次同样的训练用更少的 epoch 就够。",
            ),
            "mosaic_ahead": Told(
                "Stop, or jump to the last stage: start from best.pt with mosaic=0 for {closing} epochs, which may still add a little. A run like this needs fewer epochs next time.",
                "可以停了；或者直接进入最后阶段：从 best.pt 开始，mosaic=0 再训练 {closing} 个 epoch，也许还能涨一点。下一次同样的训练用更少的 epoch 就够。",
            ),
        },
        closes=Told("mAP50-95 rises by more than 0.005 again.", "mAP50-95 再次上涨超过 0.005。"),
        source=_MEASURED,
    ),
    "G04": Text(
        title=Told("mAP is 0", "mAP 为 0"),
        what=Told(
            "After many epochs the model finds nothing that the validation labels confirm.",
            "训练了很多 epoch，模型仍找不到任何与验证标注相符的目标。",
        ),
        why=Told(
            "Trainings that are at 0 by now hardly ever recover. The cause nearly always lies in labels, paths or class numbers.",
            "到这时还是 0 的训练，几乎都不会自己好起来。原因多半在标注、路径或类别序号上。",
        ),
        evidence={
            "": Told(
                "The highest mAP50 of {epochs} epochs is {most:.4f}, and the training loss has not fallen either.",
                "{epochs} 个 epoch 里最高的 mAP50 只有 {most:.4f}，训练损失也没有下降。",
            ),
            "loss_falls": Told(
                "The highest mAP50 of {epochs} epochs is {most:.4f}, although the training loss falls.",
                "{epochs} 个 epoch 里最高的 mAP50 只有 {most:.4f}，而训练损失在下降。",
            ),
        },
        advice={
            "": Told(
                "Stop. Look at train_batch0.jpg: are boxes on the objects, is anything labelled at all? Check that coordinates are normalised, that class numbers begin at 0 and "
                "match names and nc, and that the learning rate is not 0. On GTX 16xx cards try amp=False.",
                "停下来。看 train_batch0.jpg：框在目标上吗？到底有没有标注？检查坐标是否归一化、类别序号是否从 0 开始并与 names、nc 一致、学习率是否为 0。GTX 16xx 系列显卡试试 amp=False。",
            ),
            "loss_falls": Told(
                "Stop. The training set is learnt, so look at the validation set: val path in data.yaml, labels beside the images, same class order. Compare val_batch0_labels.jpg with "
                "val_batch0_pred.jpg. On GTX 16xx cards try amp=False; with single_cls check the class numbers.",
                "停下来。训练集学得动，所以先查验证集：data.yaml 里的 val 路径、标注文件是否在、类别顺序是否一致。对比 val_batch0_labels.jpg 和 val_batch0_pred.jpg。"
                "GTX 16xx 系列显卡试试 amp=False；用了 single_cls 要检查类别序号。",
            ),
        },
        closes=Told("mAP50 reaches 0.01.", "mAP50 达到 0.01。"),
        source="Ultralytics issue #1148 and its text on AMP checks (zero mAP); 2 of 69 public trainings, neither of which came to anything.",
    ),
    "G05": Text(
        title=Told("mAP is stuck at a low level", "mAP 卡在低位"),
        what=Told("The model learns a little and then no more.", "模型学到一点，就再也上不去。"),
        why=Told(
            "Waiting seldom helps: something keeps it down, most often labels, object size or a model that is too small.",
            "等下去一般没用：有什么在拖后腿，多半是标注、目标太小，或模型太小。",
        ),
        evidence={
            "": Told(
                "The highest mAP50 of {epochs} epochs is {most:.3f}.",
                "{epochs} 个 epoch 里最高的 mAP50 只有 {most:.3f}。",
            ),
            "peers": Told(
                "mAP50-95 is {now:.3f} and has hardly moved for {epochs} epochs; nine in ten of {peers} earlier runs were above {low:.3f} by now.",
                "mAP50-95 为 {now:.3f}，{epochs} 个 epoch 几乎没动；之前的 {peers} 次训练里，九成此时都高于 {low:.3f}。",
            ),
        },
        advice={
            "": Told(
                "Look at the labels first (train_batch0.jpg, labels.jpg). If they are right, compare object sizes with imgsz: small objects need a larger one. Then try a larger model or "
                "pretrained weights.",
                "先看标注（train_batch0.jpg、labels.jpg）。没问题的话，比一比目标大小和 imgsz：小目标需要更大的 imgsz。再试大一点的模型或预训练权重。",
            ),
            "peers": Told(
                "Compare the settings with those of the better runs: what was changed is the first suspect. Then the labels, and imgsz.",
                "对比更好的那些训练的设置：改了什么，就先怀疑什么。然后查标注和 imgsz。",
            ),
        },
        closes=Told(
            "mAP50 reaches 0.05, or rises as in earlier runs.", "mAP50 达到 0.05，或像之前的训练那样继续上涨。"
        ),
        source="A proposal; 3 of 69 public trainings, all of which ended below 0.06.",
    ),
    "G10": Text(
        title=Told("A jump that is to be expected", "意料之中的跳变"),
        what=Told(
            "Curves step up or down because the training itself changed here.",
            "曲线在这里跳了一下，是因为训练本身换了阶段。",
        ),
        why=Told("It is no fault. But compare values only within a stage.", "这不是问题，但数值只能在同一阶段内比较。"),
        evidence={
            "": Told(
                "{name} moved by {step:+.0%} when the stage changed before epoch {epoch}, {sigmas:.0f} times its usual waver.",
                "第 {epoch} 个 epoch 换阶段时，{name} 变化 {step:+.0%}，是平时波动的 {sigmas:.0f} 倍。",
            ),
            "mosaic": Told(
                "{name} moved by {step:+.0%} when mosaics were switched off before epoch {epoch}, {sigmas:.0f} times its usual waver.",
                "第 {epoch} 个 epoch 关闭 mosaic 时，{name} 变化 {step:+.0%}，是平时波动的 {sigmas:.0f} 倍。",
            ),
            "resume": Told(
                "{name} moved by {step:+.0%} where the training was resumed before epoch {epoch}, {sigmas:.0f} times its usual waver.",
                "第 {epoch} 个 epoch 恢复训练时，{name} 变化 {step:+.0%}，是平时波动的 {sigmas:.0f} 倍。",
            ),
        },
        advice={
            "": Told("Nothing to do.", "不用处理。"),
            "mosaic": Told(
                "Nothing to do: whole images are easier or harder than stitched ones, so losses go either way. If validation gets worse for good, try close_mosaic=0 or 20.",
                "不用处理：整图和拼接图难度不同，损失升降都正常。如果验证指标从此变差，试试 close_mosaic=0 或 20。",
            ),
            "resume": Told(
                "Nothing to do if it comes down again within a few epochs. If not, check that the optimizer's state was restored, which resume=True does and weights alone do not.",
                "几个 epoch 内回落就不用管。回不去的话，检查优化器状态是否恢复了：resume=True 会恢复，只载入权重不会。",
            ),
        },
        closes=Told("Six epochs later.", "六个 epoch 之后。"),
        source="Ultralytics issues #14110, #14886, #16713, #17649, #11806; half of 69 public trainings show such a step.",
    ),
    "G11": Text(
        title=Told("Phase of the training", "训练阶段"),
        what=Told(
            "A healthy training falls fast, then converges slowly, then stays on a plateau.",
            "健康的训练先快速下降，再缓慢收敛，最后进入平台期。",
        ),
        why=Told("It tells what may still be expected of the remaining epochs.", "由此可知剩下的 epoch 还能指望什么。"),
        evidence={
            "": Told(
                "80 % of the expected drop of the training loss was done in epoch {slow_from}: from there on it converges slowly.",
                "第 {slow_from} 个 epoch 时，训练损失预期降幅已完成 80%，此后进入缓慢收敛。",
            ),
            "plateau": Told(
                "80 % of the drop of the training loss was done in epoch {slow_from}, 95 % in epoch {plateau_from}: it is on its plateau.",
                "训练损失的降幅在第 {slow_from} 个 epoch 完成 80%，第 {plateau_from} 个 epoch 完成 95%，已进入平台期。",
            ),
            "long": Told(
                "In epoch {epoch} of {budget} the training loss is still in its fast fall, which usually ends by a third of the budget.",
                "到第 {epoch}/{budget} 个 epoch，训练损失仍在快速下降；通常到三分之一左右就该放缓。",
            ),
            "short": Told(
                "The fast fall ended in epoch {slow_from} already, with mAP50-95 never above {map:.3f}.",
                "快速下降在第 {slow_from} 个 epoch 就结束了，而 mAP50-95 最高只有 {map:.3f}。",
            ),
        },
        advice={
            "": Told("Nothing to do.", "不用处理。"),
            "long": Told(
                "The budget is short or the learning rate low: more epochs next time, or a rate two to three times as high.",
                "epoch 太少或学习率偏低：下次多给些 epoch，或把学习率提高到两三倍。",
            ),
            "short": Told(
                "The learning rate may decay too soon or be too low, or there is little to learn from: check lrf, warmup_epochs and the labels.",
                "学习率可能衰减太早或太低，也可能数据里没多少可学的：检查 lrf、warmup_epochs 和标注。",
            ),
        },
        closes=Told("The training ends.", "训练结束。"),
        source="Power law through the training loss; medians of public trainings: 80 % at epoch 31 to 41, 95 % at 65 to 75.",
    ),
    "G12": Text(
        title=Told("Still improving at the end", "结束时仍在进步"),
        what=Told("mAP was still rising when the last stage began.", "进入最后阶段时，mAP 还在涨。"),
        why=Told(
            "The budget ended before the model did: there is accuracy left.",
            "模型还没到头，预算先到头了：精度还有余地。",
        ),
        evidence={
            "": Told(
                "mAP50-95 rose by {gain:.3f} in the last {epochs} epochs, steadily.",
                "最近 {epochs} 个 epoch，mAP50-95 稳步上涨了 {gain:.3f}。",
            ),
        },
        advice={
            "": Told(
                "Train longer: about {more} epochs instead of {budget}. Resuming does not extend a finished run; start a new one from best.pt. On public trainings the second half "
                "of the budget brings 5 % (median).",
                "训练久一点：用约 {more} 个 epoch，而不是 {budget} 个。resume 不能延长已结束的训练，要从 best.pt 新开一次。公开训练中，后一半 epoch 带来的提升中位数为 5%。",
            )
        },
        closes=Told("Nothing in this run.", "本次训练内不会关闭。"),
        source="A proposal; 17 of 69 public trainings.",
    ),
}
