"""What the findings of `rules.inputs` say."""

from yoloscope.diagnose.texts.text import Text, Told

TEXTS: dict[str, Text] = {
    "G14": Text(
        title=Told("Augmentation is asked for and does nothing", "数据增强已配置但未生效"),
        what=Told(
            "The images that the network sees are not changed as the arguments say.",
            "网络看到的图片，并没有按参数所说的那样变化。",
        ),
        why=Told(
            "Without augmentation a detector learns small data sets by heart.",
            "没有数据增强，检测器很容易把小数据集背下来。",
        ),
        evidence={
            "": Told(
                "{asked} have no effect in the pipeline that is in use.", "{asked} 在实际使用的数据管线里没有作用。"
            ),
            "rect": Told(
                "{asked} have no effect: rect=True switches them off.", "{asked} 没有作用：被 rect=True 关掉了。"
            ),
            "no_masks": Told(
                "{asked} has no effect: it needs masks, and the labels have boxes only.",
                "{asked} 没有作用：它需要掩膜，而标注只有框。",
            ),
            "no_flip_idx": Told(
                "{asked} have no effect: the data set names no flip_idx.", "{asked} 没有作用：数据集没有给出 flip_idx。"
            ),
            "repeats": Told(
                "{share:.0%} of a few fixed samples looked exactly as in an earlier epoch, although {asked} are set.",
                "设置了 {asked}，但几张固定样本里有 {share:.0%} 和之前的 epoch 完全一样。",
            ),
            "easy": Told(
                "From epoch {first} to {last} the training loss was only {ratio:.0%} of the validation loss. With mosaic=1 training images should be the harder ones.",
                "第 {first} 到 {last} 个 epoch，训练损失只有验证损失的 {ratio:.0%}。mosaic=1 时，训练图片本该更难。",
            ),
        },
        advice={
            "": Told(
                "Look at train_batch0.jpg. Set to 0 what does nothing, so that the settings tell the truth.",
                "看 train_batch0.jpg。没有作用的就设为 0，让配置如实反映训练。",
            ),
            "rect": Told(
                "Set rect=False: mosaic, mixup and cutmix work again, and images are shuffled, which rect prevents too.",
                "设 rect=False：mosaic、mixup、cutmix 就会生效；rect 还会让图片不再打乱，也一并恢复。",
            ),
            "no_masks": Told("Set it to 0, or label outlines instead of boxes.", "把它设为 0，或者改标轮廓而不是框。"),
            "no_flip_idx": Told(
                "Name flip_idx in data.yaml: which keypoint is which in a mirror.",
                "在 data.yaml 里写明 flip_idx：镜像后每个关键点对应哪一个。",
            ),
            "repeats": Told(
                "Look at train_batch0.jpg and train_batch1.jpg. Suspect a data set or loader of your own that skips the transforms, images cached after augmentation, or workers "
                "that all draw the same random numbers. Custom albumentations need the package installed.",
                "看 train_batch0.jpg 和 train_batch1.jpg。常见原因：自己写的 Dataset 或 loader 跳过了变换、缓存的是增强后的图片，或各个 worker 用了相同的随机数。自定义 albumentations 需要先安装该包。",
            ),
            "easy": Told(
                "Look at train_batch0.jpg: are images stitched? If they are, the validation images are harder or labelled otherwise than the training images: compare them.",
                "看 train_batch0.jpg：图片是拼接的吗？如果是，说明验证图片更难，或标注方式与训练集不同，对比一下。",
            ),
        },
        closes=Told("What is asked for is in effect.", "配置的增强确实生效。"),
        source="Ultralytics dataset.py and issues #1222, #11090, #9892; the ratio is a proposal, below it for 2 of 69 public trainings.",
    ),
}
