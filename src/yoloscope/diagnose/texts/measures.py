"""The sentences of the measures' audit. ``{rule}`` is the title of the rule whose finding was the reason."""

from collections.abc import Mapping

from yoloscope.diagnose.texts.text import Told

ACTS: Mapping[str, Told] = {
    "rollback": Told(
        "go back to the last good checkpoint with a third of the learning rate",
        "回到最近一个完好的 checkpoint，学习率降到三分之一",
    ),
    "set lr_factor": Told("lower the learning rate to a third", "把学习率降到三分之一"),
    "set epochs": Told("jump to the last epochs, those without mosaics", "直接跳到最后不用 mosaic 的阶段"),
    "stop resumable": Told("stop the training so that it can be resumed", "停掉训练，之后可以恢复"),
    "stop evaluate": Told("end the training with its final evaluation", "做完最终评估后结束训练"),
}
"""By verb and what says how."""
SENTENCES: Mapping[str, Told] = {
    "would": Told("{rule} ({id}): it would have asked to {act}.", "{rule}（{id}）：原本会要求{act}。"),
    "acted": Told("{rule} ({id}): it asked to {act}.", "{rule}（{id}）：已要求{act}。"),
    "limited": Told(
        "{rule} ({id}): it did not {act}, because it may act only {most:.0f} times in a run.",
        "{rule}（{id}）：没有{act}，因为每次训练最多只能出手 {most:.0f} 次。",
    ),
    "refused": Told(
        "{rule} ({id}): it asked to {act}, which did not happen: {reason}.",
        "{rule}（{id}）：已要求{act}，但没有执行：{reason}。",
    ),
    "set": Told("Set to “{mode}”, at most {most:.0f} acts a run.", "设为“{mode}”，每次训练最多出手 {most:.0f} 次。"),
    "spared": Told("The run is left alone from now on.", "从现在起不再干预这次训练。"),
    "unspared": Told("The run is no longer left alone.", "重新允许干预这次训练。"),
}
MODES: Mapping[str, Told] = {
    "off": Told("off", "关闭"),
    "would": Told("only say what it would do", "只记录会怎么做"),
    "on": Told("on", "开启"),
}
