"""What the findings of `rules.metrics` say."""

from yoloscope.diagnose.texts.text import Text, Told

TEXTS: dict[str, Text] = {
    "G06": Text(
        title=Told("Precision and recall are far apart", "精确率与召回率失衡"),
        what=Told("One kind of error dominates.", "某一类错误占了大头。"),
        why=Told(
            "It says where to look: at what is missed, or at what is reported without being there.",
            "这说明该往哪里看：是漏掉的多，还是误报的多。",
        ),
        evidence={
            "misses": Told(
                "Over the last {epochs} epochs precision is {precision:.2f} and recall {recall:.2f}: what it reports is right, but it misses much.",
                "最近 {epochs} 个 epoch 精确率 {precision:.2f}、召回率 {recall:.2f}：报出来的基本对，但漏得多。",
            ),
            "false_alarms": Told(
                "Over the last {epochs} epochs recall is {recall:.2f} and precision {precision:.2f}: it finds the objects, and much that is none.",
                "最近 {epochs} 个 epoch 召回率 {recall:.2f}、精确率 {precision:.2f}：目标找得到，但误报多。",
            ),
        },
        advice={
            "misses": Told(
                "Look at what is missed: small or hidden objects want a larger imgsz, and objects that nobody labelled in the training set teach the model to be silent. In use, a "
                "lower conf trades precision for recall.",
                "看看漏了什么：小目标、被遮挡的目标需要更大的 imgsz；训练集里漏标的目标会教模型“别报”。部署时调低 conf，可以用精确率换召回率。",
            ),
            "false_alarms": Told(
                "Look at the false alarms: objects that nobody labelled in the validation set, classes that are easily taken for each other, or backgrounds that were never shown. Add up to 10 % "
                "images without objects.",
                "看看误报了什么：验证集里漏标的目标、容易混淆的类别，或从没见过的背景。可以加入不超过 10% 的无目标图片。",
            ),
        },
        closes=Told("They come within 0.25 of each other.", "两者之差回到 0.25 以内。"),
        source="Ultralytics guide to performance metrics; 6 % of public trainings end with such a gap.",
    ),
    "G07": Text(
        title=Told("Objects are found, boxes sit loosely", "找得到，框不准"),
        what=Told(
            "mAP50 is fair, mAP50-95 far behind: boxes overlap enough to count, not enough to be tight.",
            "mAP50 尚可，mAP50-95 差得远：框大致重叠，但不够贴合。",
        ),
        why=Told("Whoever measures or crops by these boxes needs them tight.", "要靠这些框做测量或裁剪，就必须贴合。"),
        evidence={
            "": Told(
                "mAP50-95 is {map:.3f}, only {ratio:.0%} of mAP50 ({map50:.3f}), over the last {epochs} epochs; 98 % of trainings are above 45 %.",
                "最近 {epochs} 个 epoch，mAP50-95 为 {map:.3f}，只有 mAP50（{map50:.3f}）的 {ratio:.0%}；98% 的训练都高于 45%。",
            ),
            "displaced": Told(
                "Objects are found, but {displaced:.0%} of the boxes near one do not fit it, over {epochs} epochs. On the training images boxes fit (mean CIoU {ciou:.2f}).",
                "目标找得到，但最近 {epochs} 个 epoch 里，目标附近的框有 {displaced:.0%} 对不上；而在训练图片上框是准的（平均 CIoU {ciou:.2f}）。",
            ),
        },
        advice={
            "": Told(
                "Check first whether the labels themselves are tight and drawn the same way by all. Then box=10, a larger imgsz, and mosaics closed earlier (close_mosaic=20).",
                "先检查标注本身是否贴合、各人画法是否一致。然后试 box=10、更大的 imgsz，以及更早关闭 mosaic（close_mosaic=20）。",
            ),
            "displaced": Told(
                "Draw the boxes of some training and some validation labels on their images: in one of the two they are shifted or of another size. Corners written as centres, an offset of a crop, "
                "or pixels of another resolution are the usual causes.",
                "把训练集和验证集的一些标注框分别画到图片上：其中一边的框有偏移或大小不对。常见原因是把角点当成中心、裁剪留下的偏移，或按另一种分辨率算的像素。",
            ),
        },
        closes=Told("mAP50-95 rises above 45 % of mAP50.", "mAP50-95 回到 mAP50 的 45% 以上。"),
        source="Ultralytics guide to performance metrics; 2 % of public trainings.",
    ),
    "G08": Text(
        title=Told("Single classes fall behind", "个别类别掉队"),
        what=Told(
            "Most classes are learnt, some are not, or were and are forgotten.",
            "大多数类别学会了，个别类别没学会，或者学会了又忘了。",
        ),
        why=Told(
            "The mean hides it: mAP looks fair while a class cannot be used.",
            "平均值会掩盖问题：mAP 看着还行，某个类别却没法用。",
        ),
        evidence={
            "below": Told(
                "AP50 of {names}: {lowest:.2f} at the lowest, where the median class has {median:.2f}. The lowest has {instances} objects in the validation set.",
                "{names} 的 AP50 最低只有 {lowest:.2f}，而各类别的中位数为 {median:.2f}。最低的类别在验证集里有 {instances} 个目标。",
            ),
            "below_counted": Told(
                "AP50 of {names}: {lowest:.2f} at the lowest, where the median class has {median:.2f}. The lowest has {trained} objects to learn from and {instances} in the validation set.",
                "{names} 的 AP50 最低只有 {lowest:.2f}，而各类别的中位数为 {median:.2f}。最低的类别有 {trained} 个训练目标、{instances} 个验证目标。",
            ),
            "fallen": Told(
                "AP50 of {name} is {last:.2f}; in epoch {best_epoch} it was {best:.2f}. mAP rises meanwhile, and its usual waver does not explain it.",
                "{name} 的 AP50 为 {last:.2f}，第 {best_epoch} 个 epoch 时曾是 {best:.2f}。同期 mAP 在涨，平时的波动解释不了。",
            ),
        },
        advice={
            "": Told(
                "See in the confusion matrix what the class is taken for: background means too few or missing labels, another class means labels that are not kept apart. Add images of the "
                "class; if there are none, weight it (Ultralytics cls_pw=0.25, YOLOv5 --image-weights).",
                "在混淆矩阵里看它被认成了什么：认成背景，说明样本太少或有漏标；认成别的类别，说明两类标注没分清。补充该类图片；补不了就加权（Ultralytics 用 cls_pw=0.25，YOLOv5 用 --image-weights）。",
            ),
            "fallen": Told(
                "See in the confusion matrix which class took its place. Labels of the two that are not kept apart are the usual cause.",
                "在混淆矩阵里看是哪个类别取代了它，常见原因是这两类标注没分清。",
            ),
        },
        closes=Told(
            "The class comes back within a quarter of the median, or near its best.",
            "该类别回到中位数的四分之一以上，或接近自身最好水平。",
        ),
        source="A proposal; classes are tested together by Benjamini and Hochberg (1995).",
    ),
    "G09": Text(
        title=Told("Small objects are missed", "小目标漏检"),
        what=Told(
            "Recall of small objects falls or stays far behind that of larger ones.",
            "小目标的召回率在下降，或远低于更大的目标。",
        ),
        why=Told(
            "A few pixels on the network's grid are hard to see, whatever the number of epochs.",
            "在网络的网格上只剩几个像素，训练再久也难看清。",
        ),
        evidence={
            "falls": Told(
                "Recall of small objects fell by {fall:.2f} in {epochs} epochs to {small:.2f}; recall of all ({whole:.2f}) did not.",
                "{epochs} 个 epoch 内小目标召回率下降 {fall:.2f}，现为 {small:.2f}；总体召回率（{whole:.2f}）没有下降。",
            ),
            "low": Told(
                "Recall of small objects is {small:.2f}, of medium ones {medium:.2f} (mean of {epochs} epochs).",
                "小目标召回率 {small:.2f}，中目标 {medium:.2f}（{epochs} 个 epoch 平均）。",
            ),
        },
        advice={
            "": Told(
                "A larger imgsz helps most. Then less shrinking by augmentation (scale=0.25, mosaic=0.5), large images cut into tiles, or a model with a P2 head. "
                "With multi_scale on, small objects vanish in the smaller sizes.",
                "最有效的是更大的 imgsz。然后减少增强带来的缩小（scale=0.25、mosaic=0.5）、把大图切块，或用带 P2 检测头的模型。开了 multi_scale 时，小目标会在小尺寸下消失。",
            )
        },
        closes=Told(
            "Recall of small objects stops falling and reaches half of that of medium ones.",
            "小目标召回率不再下降，并达到中目标的一半。",
        ),
        source="A proposal; sizes as COCO counts them. Ultralytics issues #20657, #22164, #12757.",
    ),
    "G13": Text(
        title=Told("The validation set is small or mAP wavers", "验证集太小，或 mAP 抖动大"),
        what=Told(
            "Differences between epochs, or between runs, may be chance.", "epoch 之间、训练之间的差别可能只是偶然。"
        ),
        why=Told(
            "Chasing such differences leads nowhere, and best.pt is partly a lucky epoch.",
            "追着这种差别调参没有意义，best.pt 也有几分运气。",
        ),
        evidence={
            "noise": Told(
                "From epoch to epoch mAP50-95 wavers by {noise:.3f} (one sigma); nine in ten trainings waver by less than 0.028.",
                "mAP50-95 在相邻 epoch 间波动 {noise:.3f}（一倍标准差）；九成训练的波动小于 0.028。",
            ),
            "few": Told(
                "The validation set holds {instances} objects in {images} images.",
                "验证集只有 {images} 张图片、{instances} 个目标。",
            ),
            "rare": Told(
                "{rare} classes have fewer than 20 objects in the validation set; {name} has {instances}.",
                "有 {rare} 个类别在验证集里不到 20 个目标；{name} 只有 {instances} 个。",
            ),
        },
        advice={
            "": Told(
                "Move more images into the validation set: 200 objects at least, 20 of each class.",
                "多分些图片给验证集：至少 200 个目标，每类至少 20 个。",
            ),
            "noise": Told(
                "Do not trust differences below {twice:.3f}. A larger validation set helps; so does comparing means over several epochs instead of single ones.",
                "小于 {twice:.3f} 的差别不要当真。扩大验证集有用；比较时看多个 epoch 的平均，而不是单个 epoch。",
            ),
        },
        closes=Told("mAP wavers by less than 0.02, or the set is larger.", "mAP 波动小于 0.02，或验证集变大。"),
        source="P90 of 80 public trainings is 0.028; numbers of objects are a proposal.",
    ),
}
