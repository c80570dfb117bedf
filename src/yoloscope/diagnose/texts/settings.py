"""What V01 says: recall that arguments give away."""

from yoloscope.diagnose.texts.text import Text, Told

TEXTS: dict[str, Text] = {
    "V01": Text(
        title=Told("Validation throws detections away", "验证参数丢掉了检测结果"),
        what=Told(
            "conf, iou (of NMS) or max_det cut what the model finds before it is counted.",
            "conf、iou（NMS 阈值）或 max_det 在统计之前就截掉了模型的检测结果。",
        ),
        why=Told(
            "Recall and mAP then have a ceiling that no training can pass, and runs with other settings cannot be compared.",
            "召回率和 mAP 因此有了上限，怎么训练都过不去，也无法与其他设置的训练比较。",
        ),
        evidence={
            "conf": Told(
                "conf={conf:g} in validation: the curve that AP is the area of is cut there; 0.001 is usual.",
                "验证时 conf={conf:g}：PR 曲线在这里被截断，AP 偏低；通常用 0.001。",
            ),
            "max_det": Told(
                "max_det={max_det}, and an image has {mean:.0f} objects on average (the fullest of them {fullest}).",
                "max_det={max_det}，而每张图平均有 {mean:.0f} 个目标（最多的一张有 {fullest} 个）。",
            ),
            "nms_low": Told(
                "NMS removes neighbours that overlap by more than {iou:g}; with {mean:.0f} objects an image, {missed:.0%} are missed.",
                "重叠超过 {iou:g} 的相邻框会被 NMS 去掉；每张图约 {mean:.0f} 个目标，漏检了 {missed:.0%}。",
            ),
            "nms_high": Told(
                "NMS keeps what overlaps up to {iou:g}, and {share:.0%} of all detections are doubles.",
                "重叠不超过 {iou:g} 的框都会被保留，{share:.0%} 的检测是重复的。",
            ),
        },
        advice={
            "conf": Told(
                "Leave conf out while training and validating; choose it afterwards from the curve over confidence, for prediction only.",
                "训练和验证时不要设置 conf；训练后再根据置信度曲线为预测选一个。",
            ),
            "max_det": Told("Raise max_det to {fits}, in prediction too.", "把 max_det 提高到 {fits}，预测时也一样。"),
            "nms_low": Told(
                "Raise iou to 0.7, and look whether close neighbours are found then.",
                "把 iou 提高到 0.7，再看相邻的目标能否检出。",
            ),
            "nms_high": Told("Lower iou to 0.7.", "把 iou 降到 0.7。"),
        },
        closes=Told("Closes when the argument no longer cuts anything.", "参数不再截断结果后关闭。"),
        source="validator of Ultralytics (conf 0.001, iou 0.7, max_det 300); limits proposed",
    ),
}
