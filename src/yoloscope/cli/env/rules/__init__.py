"""The rules of ``yoloscope env``, in the order in which they are read; each threshold says beside it why it has its value."""

from yoloscope.cli.env import facts
from yoloscope.cli.env.rules import cards, libraries, machine, serving
from yoloscope.cli.env.rules.finding import Finding, Rule, State

__all__ = ["RULES", "Finding", "State", "judged"]

RULES: dict[str, Rule] = {
    "torch_import": cards.torch_import,
    "cuda_build": cards.cuda_build,
    "cuda_driver": cards.cuda_driver,
    "cuda_seen": cards.cuda_seen,
    "cudnn": cards.cudnn,
    "architectures": cards.architectures,
    "gpu_numbers": cards.gpu_numbers,
    "torchvision": libraries.torchvision,
    "numpy_trapz": libraries.numpy_trapz,
    "weights_only": libraries.weights_only,
    "opencv": libraries.opencv,
    "disk": machine.disk,
    "spool_place": machine.spool_place,
    "shared_memory": machine.shared_memory,
    "memory": machine.memory,
    "open_files": machine.open_files,
    "server": serving.server,
    "clock": serving.clock,
    "releases": serving.releases,
    "proxy": serving.proxy,
    "ultralytics_sends": libraries.ultralytics_sends,
}


def judged(of: facts.Facts) -> dict[str, Finding]:
    """Return what each rule says."""
    return {name: rule(of) for name, rule in RULES.items()}
