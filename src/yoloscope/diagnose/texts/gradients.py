"""What the findings of `rules.gradients` say."""

from yoloscope.diagnose.texts.text import Text, Told

TEXTS: dict[str, Text] = {
    "N07": Text(
        title=Told("Gradients vanish on their way to the first layers", "梯度在传到前面几层时消失"),
        what=Told(
            "The first layers receive next to no gradient, while the last ones do.",
            "最后几层有梯度，最前面几层却几乎没有。",
        ),
        why=Told(
            "Layers without gradient do not learn: the model is trained in its last part only.",
            "没有梯度的层学不到东西，实际上只有模型的后半部分在训练。",
        ),
        evidence={
            "": Told(
                "In {share:.0%} of the last {samples} samples the gradient of {first} was next to nothing: {first_norm:.1e}, against {last_norm:.1e} in {last}.",
                "最近 {samples} 次采样中有 {share:.0%}，{first} 的梯度几乎为零：{first_norm:.1e}，而 {last} 为 {last_norm:.1e}。",
            )
        },
        advice={
            "": Told(
                'Check in this order: is freeze set; does the start say that pretrained weights were loaded ("Transferred x/y items"); '
                "does a run with amp=False show the same (FP16 turns small gradients into zeros); is a part of your own model detached or badly initialised.",
                "按这个顺序查：是否设了 freeze；启动时是否显示预训练权重已载入（“Transferred x/y items”）；amp=False 时是否也这样（FP16 会把小梯度变成 0）；自定义模块是否被 detach 或初始化不当。",
            )
        },
        closes=Told("Six epochs in which the first layers receive a gradient.", "连续 6 个 epoch 最前面几层都有梯度。"),
        source="SageMaker Debugger VanishingGradient (1e-7); AUTOTRAINER (1e-3 and 1e-4); DeepDiagnosis (1e-7).",
    ),
    "N08": Text(
        title=Told("Steps do not fit the size of the weights", "更新量与权重不相称"),
        what=Told(
            "In most layer groups one optimizer step changes the weights by far more, or far less, than about a thousandth of their size.",
            "在多数层组里，优化器一步带来的变化远大于或远小于权重的千分之一左右。",
        ),
        why=Told(
            "Steps far above make training unstable, steps far below waste the time of the card. Early in a training from scratch large steps are ordinary.",
            "步子太大，训练不稳；步子太小，白费显卡时间。从零训练的初期，步子大一些是正常的。",
        ),
        evidence={
            "hot": Told(
                "One step changes {groups} by {ratio:.1e} of their size (median); about {aim:.0e} is usual.",
                "{groups} 每一步变化为自身的 {ratio:.1e}（中位数），一般在 {aim:.0e} 左右。",
            ),
            "cold": Told(
                "One step changes {groups} by only {ratio:.1e} of their size (median); about {aim:.0e} is usual.",
                "{groups} 每一步只变化自身的 {ratio:.1e}（中位数），一般在 {aim:.0e} 左右。",
            ),
        },
        advice={
            "hot": Told(
                "If the loss falls well, leave it. If it swings or stands still, multiply the learning rate by {factor:.2g}.",
                "如果损失下降正常，就不用动。如果在震荡或停住不降，把学习率乘以 {factor:.2g}。",
            ),
            "cold": Told(
                "If the loss falls slowly, multiply the learning rate by {factor:.2g}. For fine-tuning with most of the knowledge in place small steps can be what you want.",
                "如果损失下降很慢，把学习率乘以 {factor:.2g}。如果只是微调，小步子可能正是你想要的。",
            ),
        },
        closes=Told("Six epochs with fitting steps in most groups.", "连续 6 个 epoch 多数层组的步子合适。"),
        source="Ratio of 1e-3 from Stanford's cs231n notes; SageMaker's limits of 10 and 1e-8 never speak.",
    ),
    "N09": Text(
        title=Told("Some weights are not trained", "有权重没有被训练"),
        what=Told(
            "Parameters that should be trained do not change from step to step.",
            "应当参与训练的参数，每一步之后都没有变化。",
        ),
        why=Told(
            "What does not move cannot learn. Usually they are missing in the optimizer, or their learning rate is 0.",
            "不动的参数学不到东西。通常是它们没有放进优化器，或者学习率为 0。",
        ),
        evidence={
            "": Told(
                "{groups} moved by at most {ratio:.1e} of their size in one step, {epochs} epochs in a row; other groups do move.",
                "连续 {epochs} 个 epoch，{groups} 每一步最多只变化自身的 {ratio:.1e}；其他层组在变化。",
            ),
            "all": Told(
                "No layer group moves: at most {ratio:.1e} of its size in one step, {epochs} epochs in a row.",
                "所有层组都没有动：连续 {epochs} 个 epoch，每一步最多只变化自身的 {ratio:.1e}。",
            ),
        },
        advice={
            "": Told(
                "Check freeze, and whether the optimizer was made after these layers were added. If you freeze them on purpose, dismiss this.",
                "检查 freeze，以及优化器是否在加入这些层之后才创建。如果是有意冻结，忽略即可。",
            ),
            "all": Told(
                "The learning rate in effect is close to 0, or every step is thrown away (AMP overflow). Look at the curve of the learning rate first. "
                "With optimizer=auto lr0 has no effect.",
                "实际学习率接近 0，或者每一步都因 AMP 溢出被丢掉。先看学习率曲线。optimizer=auto 时 lr0 不起作用。",
            ),
        },
        closes=Told("Six epochs in which all groups move.", "连续 6 个 epoch 所有层组都有变化。"),
        source="SageMaker Debugger UnchangedTensor (rtol 1e-5, atol 1e-8).",
    ),
    "N11": Text(
        title=Told("The learning rate ends before the learning", "学习率提前耗尽"),
        what=Told(
            "The learning rate is next to nothing, though loss or mAP still improve.",
            "学习率几乎降到零，而损失或 mAP 还在变好。",
        ),
        why=Told(
            "What is left to learn can no longer be learnt in this run: the schedule was too short.",
            "剩下能学的，这次训练已经学不到了：学习率计划太短。",
        ),
        evidence={
            "": Told(
                "The rate is at {share:.1%} of its peak and steps are {ratio:.1e} of the weights; "
                "in {epochs} epochs the training loss still fell by {fall:.1%} and mAP50-95 changed by {rise:+.3f}.",
                "学习率只剩峰值的 {share:.1%}，每步只变化权重的 {ratio:.1e}；最近 {epochs} 个 epoch 训练损失仍下降了 {fall:.1%}，mAP50-95 变化 {rise:+.3f}。",
            ),
            "cut": Told(
                "The rate is at {share:.1%} of its peak with {left} of {budget} epochs to go. Unless it restarts, no schedule means that.",
                "还剩 {left} 个 epoch（共 {budget} 个），学习率却只有峰值的 {share:.1%}。除非学习率会重新升高，否则正常的计划不会这样。",
            ),
            "early": Told(
                "With much of the budget of {budget} epochs left, the rate is at {share:.1%} of its peak; "
                "in {epochs} epochs the training loss still fell by {fall:.1%} and mAP50-95 changed by {rise:+.3f}.",
                "{budget} 个 epoch 的预算还剩不少，学习率却只剩峰值的 {share:.1%}；最近 {epochs} 个 epoch 训练损失仍下降了 {fall:.1%}，mAP50-95 变化 {rise:+.3f}。",
            ),
        },
        advice={
            "": Told(
                "Next time plan more epochs, or let the rate end higher (lrf=0.1). Resuming a finished run does not lengthen it: start a new one from best.pt.",
                "下次多安排一些 epoch，或让学习率收尾高一些（lrf=0.1）。已完成的训练用 resume 不能延长：请从 best.pt 新开一次。",
            ),
            "cut": Told(
                "Look for what lowered the rate: a scheduler that steps each batch instead of each epoch, a callback, or a schedule planned for fewer epochs. Then set it back.",
                "查一查是什么把学习率降了下来：每个 batch 而不是每个 epoch 调一次的调度器、某个回调，或按更少的 epoch 安排的计划。然后调回去。",
            ),
            "early": Told(
                "Stop, and start anew from best.pt with a slower decay: cos_lr=True and lrf=0.1. What is left of this run will change little.",
                "停下，从 best.pt 新开一次，让学习率降得慢一些：cos_lr=True，lrf=0.1。这次剩下的 epoch 不会再有多大变化。",
            ),
        },
        closes=Told(
            "The learning rate is above 5 % of its peak, or nothing improves any more.",
            "学习率回到峰值的 5% 以上，或不再有改进。",
        ),
        source="Proposed here.",
    ),
}
