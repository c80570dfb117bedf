"""What T01 and T02 say: layers of a PyTorch training of one's own."""

from yoloscope.diagnose.texts.text import Text, Told

TEXTS: dict[str, Text] = {
    "T01": Text(
        title=Told("Units have died", "神经元失活"),
        what=Told(
            "Most units of a layer give zero for almost every input.", "某一层的大部分神经元对几乎所有输入都输出 0。"
        ),
        why=Told(
            "A dead unit has no gradient: it does not come back, and the layer is as small as what is left.",
            "失活的神经元没有梯度，不会恢复；这一层实际上只剩下其余的部分。",
        ),
        evidence={
            "": Told(
                "{share:.0%} of the units in {layer} are dead; {layers} of {of} layers have more than half.",
                "{layer} 中 {share:.0%} 的神经元已失活；{of} 层里有 {layers} 层超过一半。",
            )
        },
        advice={
            "": Told(
                "Lower the learning rate by three and warm it up; LeakyReLU or SiLU instead of ReLU; normalise before the activation; look for large negative biases.",
                "把学习率降到三分之一并加预热；用 LeakyReLU 或 SiLU 代替 ReLU；在激活前加归一化；检查是否有很大的负偏置。",
            )
        },
        closes=Told(
            "Closes when fewer than half of the units of each layer are dead.", "每层失活比例都低于一半后关闭。"
        ),
        source="SageMaker Debugger DeadRelu (1 % of inputs, 50 % of a layer); AutoTrainer (0.7)",
    ),
    "T02": Text(
        title=Told("The weights began badly", "权重初始化不当"),
        what=Told(
            "Layers began on very different scales, and the loss does not move.",
            "各层初始权重的尺度相差很大，而损失没有下降。",
        ),
        why=Told(
            "Signals vanish or explode on their way through such layers, before training can mend it.",
            "信号经过这些层时会消失或爆炸，训练来不及补救。",
        ),
        evidence={
            "": Told(
                "The variance of the weights differs {spread:.0f} times between {widest} and {narrowest}, with fan-in taken out, and the loss has not fallen in {epochs} epochs.",
                "按输入数归一后，{widest} 与 {narrowest} 的权重方差相差 {spread:.0f} 倍，{epochs} 个 epoch 后损失仍未下降。",
            )
        },
        advice={
            "": Told(
                "Initialise with kaiming_normal_ (ReLU and its like) or xavier_uniform_ (tanh, sigmoid), biases with 0; or start from pretrained weights and check that they were loaded.",
                "用 kaiming_normal_（ReLU 一类）或 xavier_uniform_（tanh、sigmoid）初始化，偏置置 0；或者从预训练权重开始，并确认权重确实加载了。",
            )
        },
        closes=Told("Closes when the loss falls.", "损失开始下降后关闭。"),
        source="SageMaker Debugger PoorWeightInitialization (variance ratio 10), here of weights times the root of fan-in and with a loss that stands still",
    ),
}
