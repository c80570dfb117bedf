"""What the findings of `rules.components` say."""

from yoloscope.diagnose.texts.text import Text, Told

_BOXES = Told(
    "Look at labels.jpg and train_batch0.jpg before anything else: boxes given as corners instead of centre and size, pixels instead of fractions, "
    'or shifted class columns are the usual cause. If the boxes are right, lengthen the warm-up, and check that the weights were loaded ("Transferred x/y items").',
    "先看 labels.jpg 和 train_batch0.jpg：常见原因是把角点当成中心加宽高、用了像素而不是比例，或类别列错位。框没问题的话，再加长预热，并确认权重已载入（“Transferred x/y items”）。",
)

TEXTS: dict[str, Text] = {
    "L01": Text(
        title=Told("Box loss starts too high", "边框损失起点过高"),
        what=Told(
            "The box loss says that predicted boxes overlap their targets far less than in comparable trainings at this point.",
            "从边框损失看，预测框与目标的重叠程度远低于同类训练此时的水平。",
        ),
        why=Told(
            "With pretrained weights the first epoch already finds most objects roughly. If it does not, labels are more often wrong than the model.",
            "有预训练权重时，第一个 epoch 就能大致框住多数目标。做不到的话，多半是标注有问题，而不是模型。",
        ),
        evidence={
            "start": Told(
                "{name} began at {loss:.3g}: a mean CIoU of {ciou:.2f}. 99 % of trainings from pretrained weights begin above {usual:.2f}.",
                "{name} 起点为 {loss:.3g}，相当于平均 CIoU {ciou:.2f}。用预训练权重的训练，99% 起点高于 {usual:.2f}。",
            ),
            "scratch": Told(
                "{name} began at {loss:.3g}: a mean CIoU of {ciou:.2f}. Even from scratch, trainings nearly always begin above {usual:.2f}.",
                "{name} 起点为 {loss:.3g}，相当于平均 CIoU {ciou:.2f}。即使从零训练，起点也几乎都高于 {usual:.2f}。",
            ),
            "tenth": Told(
                "In epoch {epoch} {name} is still {loss:.3g}, a mean CIoU of {ciou:.2f}; 95 % of trainings are above {usual:.2f} by epoch 10.",
                "到第 {epoch} 个 epoch，{name} 仍为 {loss:.3g}，相当于平均 CIoU {ciou:.2f}；95% 的训练在第 10 个 epoch 已高于 {usual:.2f}。",
            ),
        },
        advice={
            "": _BOXES,
            "tenth": Told(
                "Check the boxes in train_batch0.jpg first. If they are right, the objects may be very small for this input size: try a larger imgsz.",
                "先看 train_batch0.jpg 里的框。框没问题的话，目标相对输入尺寸可能太小：试试更大的 imgsz。",
            ),
        },
        closes=Told("Box loss falls below the limit.", "边框损失降到界限以下。"),
        source="First epochs of 123 public trainings; box_loss = gain x (1 - CIoU) in Ultralytics' loss.py.",
    ),
    "L03": Text(
        title=Told("Classes are solved, background is not", "会分类，但分不清前景和背景"),
        what=Told(
            "The model tells classes apart, but not objects from background, and mAP stands still.",
            "模型能分清类别，却分不清目标和背景，mAP 停住不动。",
        ),
        why=Told(
            "What costs mAP then are false alarms and missed objects. More training of the same kind does not change that.",
            "这时拉低 mAP 的是误检和漏检，照原样继续训练改变不了。",
        ),
        evidence={
            "obj": Told(
                "cls is down to {cls:.4f}, but obj ({obj:.4f}) has fallen by only {obj_fall:.0%} since epoch 5, and mAP50 has stayed at {map50:.3f} for {epochs} epochs.",
                "cls 已降到 {cls:.4f}，但 obj（{obj:.4f}）从第 5 个 epoch 以来只降了 {obj_fall:.0%}，mAP50 已有 {epochs} 个 epoch 停在 {map50:.3f}。",
            ),
            "errors": Told(
                "{share:.0%} of all errors are false alarms on background or missed objects (precision {precision:.2f}, recall {recall:.2f}); "
                "class loss changed by {change:+.1%} in {epochs} epochs.",
                "{share:.0%} 的错误是误检背景或漏检（精确率 {precision:.2f}，召回率 {recall:.2f}）；{epochs} 个 epoch 内分类损失变化 {change:+.1%}。",
            ),
        },
        advice={
            "obj": Told(
                "Look for missing labels first: each unlabelled object teaches that it is background. Then add 5 to 10 % background images, best those with false alarms. "
                "Only then raise obj, or set fl_gamma=1.5. That obj is above cls is ordinary by itself.",
                "先查漏标：没标的目标会教模型把它当成背景。再加 5% 到 10% 的背景图，最好选误检的那些。最后才调高 obj 或设 fl_gamma=1.5。obj 比 cls 高本身是正常的。",
            ),
            "errors": Told(
                "Look for missing labels first: each unlabelled object teaches that it is background. Then add 5 to 10 % background images, best those with false alarms; "
                "where objects are missed, a larger imgsz.",
                "先查漏标：没标的目标会教模型把它当成背景。再加 5% 到 10% 的背景图，最好选误检的那些；漏检多的话，加大 imgsz。",
            ),
        },
        closes=Told(
            "mAP50 rises again, or background errors fall below 60 %.", "mAP50 重新上升，或背景类错误降到 60% 以下。"
        ),
        source="Mission situation; YOLOv5 tips for best training results; issue #11682.",
    ),
    "L04": Text(
        title=Told("Box loss falls, class loss does not", "边框损失下降，分类损失不动"),
        what=Told(
            "The model learns where objects are, but not which ones.",
            "模型在学目标在哪里，却没有学会它们是什么。",
        ),
        why=Told(
            "Usually classes are confused in the labels, too alike, or far too unequal in number.",
            "通常是类别标错、类别太像，或各类数量相差太大。",
        ),
        evidence={
            "": Told(
                "In {epochs} epochs box loss fell by {box_fall:.1%}, class loss changed by {cls_change:+.1%} (now {cls:.3g}); there are {classes} classes.",
                "{epochs} 个 epoch 内，边框损失下降 {box_fall:.1%}，分类损失变化 {cls_change:+.1%}（当前 {cls:.3g}），共 {classes} 个类别。",
            ),
            "gain": Told(
                "The gain of the class loss is {gain:.3g}; {usual:.3g} is usual. With {classes} classes it hardly counts in what is trained.",
                "分类损失的增益只有 {gain:.3g}，通常为 {usual:.3g}。共 {classes} 个类别，分类在训练中几乎不起作用。",
            ),
            "confused": Told(
                "Over the last {epochs} epochs, {share:.0%} of the boxes that fit an object carry the wrong class, and that share does not fall. "
                "Class loss in validation ({val_cls:.3g}) is not much higher than in training ({cls:.3g}).",
                "最近 {epochs} 个 epoch，位置正确的框中有 {share:.0%} 类别不对，而且这个比例没有下降。验证的分类损失（{val_cls:.3g}）并不比训练（{cls:.3g}）高多少。",
            ),
            "zero": Told(
                "There are {classes} classes, but class loss has been exactly 0 for {epochs} epochs: classes are not trained at all.",
                "共有 {classes} 个类别，分类损失却连续 {epochs} 个 epoch 恰好为 0：分类根本没有在训练。",
            ),
        },
        advice={
            "": Told(
                "Look at the confusion matrix, and at the class ids in train_batch0.jpg. Rare classes need more images; classes that people confuse are better joined. "
                "Then give classes more weight.",
                "先看混淆矩阵和 train_batch0.jpg 里的类别序号。少见的类别要多收图；人都分不清的类别不如合并。然后再加大分类的权重。",
            ),
            "gain": Told(
                "Set cls back to 0.5 and start again: so small a gain leaves classes, and with them confidence, almost untrained.",
                "把 cls 改回 0.5 重新训练：增益这么小，分类连同置信度几乎得不到训练。",
            ),
            "confused": Told(
                "Look at the class ids of the training labels first, in train_batch0.jpg: the same kind of object labelled as different classes is the usual cause. "
                "If the labels are right, the classes look too alike at this size: try a larger imgsz, or join them.",
                "先看 train_batch0.jpg 里训练标注的类别序号：同一种目标被标成不同类别是最常见的原因。标注没问题的话，就是这些类别在这个尺寸下太像：加大 imgsz，或合并类别。",
            ),
            "zero": Told(
                "The gain of the class loss is 0. Set it back and start again: no confidence is trained without it, so that mAP stays at 0.",
                "分类损失的增益为 0。改回来重新训练：没有它，置信度也得不到训练，mAP 会一直是 0。",
            ),
        },
        closes=Told("Class loss moves for six epochs.", "连续 6 个 epoch 分类损失有变化。"),
        source="Mission situation; 0 of 80 public trainings. Kinds of errors: TIDE (Bolya et al. 2020); their limits from own trainings with mixed-up labels.",
    ),
    "L07": Text(
        title=Told("DFL loss stays at chance", "DFL 损失停在随机水平"),
        what=Told(
            "The distribution from which box edges are read is still uniform: the model has no idea where they are.",
            "用来读出框边位置的分布仍是均匀的：模型完全不知道边在哪里。",
        ),
        why=Told(
            "Edges that lie further from the anchor point than 16 strides cannot be told at all, and without loaded weights learning takes longer.",
            "框边离锚点超过 16 个步长就无法表示；权重没有载入时，也会学得更慢。",
        ),
        evidence={
            "": Told(
                "In epoch {epoch} DFL loss is {loss:.2f}; a uniform distribution gives {uniform:.2f}.",
                "第 {epoch} 个 epoch 的 DFL 损失为 {loss:.2f}，均匀分布为 {uniform:.2f}。",
            )
        },
        advice={
            "": Told(
                "Check in this order: objects that fill the image at a large imgsz, strides of a model of your own, and whether weights were loaded. "
                "If the learning rate is high, lower it to a third.",
                "按这个顺序查：imgsz 很大时是否有占满画面的目标，自定义模型的步长，权重是否载入。学习率偏高的话，降到三分之一。",
            )
        },
        closes=Told("DFL loss is clearly below that of a uniform distribution.", "DFL 损失明显低于均匀分布。"),
        source="ln 16 times the gain; 95 % quantile from scratch is 4.18 in the first epoch.",
    ),
    "L08": Text(
        title=Told("Losses are low, mAP is poor", "损失很低，mAP 却很差"),
        what=Told(
            "The model fits its training images well, but does badly in validation.",
            "模型对训练图片拟合得很好，验证结果却很差。",
        ),
        why=Told(
            "So large a gap is rarely overfitting alone. Most often training and validation do not mean the same: labels, order of classes, or another kind of images.",
            "差距这么大，很少只是过拟合。多半是训练和验证对不上：标注、类别顺序，或图片来源不同。",
        ),
        evidence={
            "": Told(
                "Training boxes reach a mean CIoU of {ciou:.2f} and class loss is {cls:.3g}, lower than usual ({cls_low:.3g}), but mAP50 is {map50:.3f} (best {best:.3f}).",
                "训练集的平均 CIoU 达到 {ciou:.2f}，分类损失 {cls:.3g} 低于一般水平（{cls_low:.3g}），mAP50 却只有 {map50:.3f}（最好 {best:.3f}）。",
            ),
            "confused": Told(
                "Over the last {epochs} epochs, {share:.0%} of the boxes that fit an object carry the wrong class, while class loss is {cls:.3g} in training and {val_cls:.3g} in validation.",
                "最近 {epochs} 个 epoch，位置正确的框中有 {share:.0%} 类别不对；训练的分类损失为 {cls:.3g}，验证却有 {val_cls:.3g}。",
            ),
            "zero": Told(
                "Training boxes reach a mean CIoU of {ciou:.2f} and class loss is {cls:.3g}, lower than usual ({cls_low:.3g}), but mAP50 is still {map50:.3f}.",
                "训练集的平均 CIoU 达到 {ciou:.2f}，分类损失 {cls:.3g} 低于一般水平（{cls_low:.3g}），mAP50 却仍为 {map50:.3f}。",
            ),
        },
        advice={
            "": Told(
                "Look at val_batch0_labels.jpg: are the boxes there, and are the classes right? Then the order of names in data.yaml, and whether validation images are of the same kind. "
                "Then conf, iou and max_det of the validation. Last, too few training images.",
                "先看 val_batch0_labels.jpg：框在不在，类别对不对。再看 data.yaml 里 names 的顺序，以及验证图片是否同一来源。然后看验证用的 conf、iou、max_det。最后考虑训练图片是否太少。",
            ),
            "confused": Told(
                "The two splits do not mean the same classes. Compare class ids in val_batch0_labels.jpg with those of the same objects in train_batch0.jpg, and the order of names where "
                "the validation labels were made.",
                "两个集合的类别对不上。对比 val_batch0_labels.jpg 与 train_batch0.jpg 中同类目标的类别序号，再查生成验证标注时 names 的顺序。",
            ),
            "zero": Told(
                "A mAP of 0 with good losses is nearly always a matter of data.yaml: the path of val, the order of names, or validation labels that are missing. "
                "On GTX 16xx cards try amp=False.",
                "损失很好而 mAP 为 0，几乎总是 data.yaml 的问题：val 路径、names 顺序，或缺少验证标注。GTX 16xx 显卡请试 amp=False。",
            ),
        },
        closes=Told("mAP50 reaches 0.3, or losses rise.", "mAP50 达到 0.3，或损失上升。"),
        source="Mission situation; medians of public trainings; limits proposed here.",
    ),
}
