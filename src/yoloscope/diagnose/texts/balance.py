"""What the findings of `rules.balance` say."""

from yoloscope.diagnose.texts.text import Text, Told

_STEADY = Told(
    "Look first at the labels behind this part. Then a longer warm-up and a third of the learning rate. "
    "Keep the gain as it is (box=7.5): a smaller gain hides the swing and does not heal it.",
    "先检查与这一项有关的标注。然后加长预热，学习率降到三分之一。增益保持不变（box=7.5）：调小只会把震荡藏起来，并不能治好。",
)
_EXPLODING = Told(
    "The explosion of the gradients is the cause, this is what it does. Follow the advice on the gradients: check the boxes of those batches, lower the rate, "
    "lengthen the warm-up. Do not just lower the gain.",
    "原因是梯度爆炸，这里只是它的表现。按梯度那一条处理：检查那些 batch 的框，降低学习率，加长预热。不要只调小增益。",
)

TEXTS: dict[str, Text] = {
    "L02": Text(
        title=Told("One part makes the whole loss swing", "总损失的震荡来自其中一项"),
        what=Told(
            "The total loss goes up and down by more than half of its level, and most of that comes from one part.",
            "总损失大幅上下波动，幅度超过自身水平的一半，而且主要来自其中一项。",
        ),
        why=Told(
            "The part that swings shows where to look: box points to labels and rate, cls to classes, obj to missing labels.",
            "哪一项在震荡，就说明该查哪里：box 查标注框和学习率，cls 查类别，obj 查漏标。",
        ),
        evidence={
            "epochs": Told(
                "In {window} epochs the total loss swung between {low:.3g} and {high:.3g}; {share:.0%} of that comes from {driver}.",
                "{window} 个 epoch 内，总损失在 {low:.3g} 到 {high:.3g} 之间震荡，其中 {share:.0%} 来自 {driver}。",
            ),
            "batches": Told(
                "In the last {window} batches the total loss swung between {low:.3g} and {high:.3g}; {share:.0%} of that comes from {driver}.",
                "最近 {window} 个 batch，总损失在 {low:.3g} 到 {high:.3g} 之间震荡，其中 {share:.0%} 来自 {driver}。",
            ),
            "epochs_explosion": Told(
                "In {window} epochs the total loss swung between {low:.3g} and {high:.3g}; {share:.0%} of that comes from {driver}. "
                "Gradients exploded {explosions} times in the last 1,000 batches.",
                "{window} 个 epoch 内，总损失在 {low:.3g} 到 {high:.3g} 之间震荡，其中 {share:.0%} 来自 {driver}。最近 1,000 个 batch 梯度爆炸了 {explosions} 次。",
            ),
            "batches_explosion": Told(
                "In the last {window} batches the total loss swung between {low:.3g} and {high:.3g}; {share:.0%} of that comes from {driver}. "
                "Gradients exploded {explosions} times in the last 1,000 batches.",
                "最近 {window} 个 batch，总损失在 {low:.3g} 到 {high:.3g} 之间震荡，其中 {share:.0%} 来自 {driver}。最近 1,000 个 batch 梯度爆炸了 {explosions} 次。",
            ),
        },
        advice={"": _STEADY, "epochs_explosion": _EXPLODING, "batches_explosion": _EXPLODING},
        closes=Told(
            "The total loss swings by less than 60 % of its level for six epochs.",
            "连续 6 个 epoch 总损失的波动不到自身水平的 60%。",
        ),
        source="Proposed here; none of 58 public trainings turns as often, nor do our healthy recordings.",
    ),
    "L05": Text(
        title=Told("Class loss rises again", "分类损失后期反弹"),
        what=Told(
            "The class loss of the training set rises again, while the box loss goes on falling.",
            "训练集的分类损失又升上来了，而边框损失还在下降。",
        ),
        why=Told(
            "The two share their features. If only classes get worse, something changed that concerns classes: a rate, an augmentation that mixes images, the data.",
            "两者共用特征。只有分类变差，说明有影响分类的东西变了：学习率、混合图片的数据增强，或数据本身。",
        ),
        evidence={
            "": Told(
                "Since epoch {since} class loss rose by {rise:.1%}, while box loss fell by {box_fall:.1%}.",
                "从第 {since} 个 epoch 起，分类损失上升 {rise:.1%}，而边框损失下降 {box_fall:.1%}。",
            )
        },
        advice={
            "": Told(
                "See what began in that epoch: a step of the learning rate, mosaic, a change by hand. A smoother schedule (cos_lr=True) and less mixup help most often. "
                "A rise just after mosaic closes is expected and is not meant here.",
                "看看那个 epoch 发生了什么：学习率跳变、mosaic，还是有人手动改了设置。更平滑的学习率（cos_lr=True）和更少的 mixup 往往有用。mosaic 刚关闭后的上升是正常的，不在此列。",
            )
        },
        closes=Told("Six epochs in which class loss does not rise.", "连续 6 个 epoch 分类损失不再上升。"),
        source="Mission situation; 0 of 80 public trainings before mosaic closes.",
    ),
    "L06": Text(
        title=Told("Loss weights hide what happens", "损失权重掩盖了真实变化"),
        what=Told(
            "The weights of the loss change during the training, so that the sum no longer says whether the model gets better.",
            "训练途中损失权重在变，总和已经不能说明模型是否在变好。",
        ),
        why=Told(
            "An adaptive weight can make the total fall just by counting a bad part less.",
            "自适应权重只要少算变差的那一项，就能让总损失下降。",
        ),
        evidence={
            "masked": Told(
                "In {epochs} epochs the total fell by {fall:.1%}, but {component} without its weight rose by {rise:.1%}; its weight went from {from:.3g} to {to:.3g}.",
                "{epochs} 个 epoch 内，总损失下降 {fall:.1%}，但 {component} 去掉权重后上升了 {rise:.1%}；它的权重从 {from:.3g} 变为 {to:.3g}。",
            ),
            "weights": Told(
                "In {epochs} epochs the weight of {component} changed {factor:.1f}-fold, from {from:.3g} to {to:.3g}.",
                "{epochs} 个 epoch 内，{component} 的权重变化了 {factor:.1f} 倍，从 {from:.3g} 变为 {to:.3g}。",
            ),
            "branches": Told(
                "This model shifts from one branch to the other while it trains: the share of the one-to-many branch went from {from:.2f} to {to:.2f} in {epochs} epochs.",
                "这个模型训练时会从一个分支逐渐转到另一个：{epochs} 个 epoch 内，one-to-many 分支的占比从 {from:.2f} 变为 {to:.2f}。",
            ),
        },
        advice={
            "masked": Told(
                "Judge by the parts without weights, and by mAP. Fix the weights, or bound them below, so that no part can be switched off.",
                "看去掉权重后的各项和 mAP。把权重固定，或给它设下限，免得某一项被关掉。",
            ),
            "weights": Told(
                "If that is meant, compare parts divided by their weights only. If not, find out who changes the weight and bound it.",
                "如果是有意为之，比较时先把各项除以权重。如果不是，找出是谁在改，并加以限制。",
            ),
            "branches": Told(
                "That is by design. Levels of the losses drift with it: compare mAP, not losses, between early and late epochs.",
                "这是设计如此。损失的水平会随之漂移：比较前后期请看 mAP，不要看损失。",
            ),
        },
        closes=Told("Weights stay as they are for six epochs.", "连续 6 个 epoch 权重不变。"),
        source="Mission situation; loss schedule of YOLO26 in Ultralytics 8.4; limits proposed here.",
    ),
}
