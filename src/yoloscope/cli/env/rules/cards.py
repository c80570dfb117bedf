"""Rules on torch, driver and graphics cards."""

from collections.abc import Sequence

from yoloscope.cli.env import facts, versions
from yoloscope.cli.env.rules.finding import UNKNOWN, Finding

DIFFERENCE_MOST = 5e-3
"""Relative to the largest result. Sums of float32 in another order differ by 1e-6, those that an environment forces into TF32 by 1e-3; a
card that counts wrongly is off by far more."""


def torch_import(of: facts.Facts) -> Finding:
    """Torch can be imported."""
    if of.versions.get("torch") is None:
        return Finding("unknown", "missing")
    if not of.probed:
        return Finding("unknown", "skipped")
    if of.torch is not None:
        return Finding("ok", "ok", {"version": of.torch.version})
    if of.hung is not None:
        return Finding("problem", "hung_cards" if of.hung == "start" else "hung")
    return Finding("problem", "failed", {"error": of.torch_error or "–"})


def cuda_build(of: facts.Facts) -> Finding:
    """A machine with a card has a torch that can use it."""
    if of.torch is None or of.cards_on_bus is None:
        return UNKNOWN
    build = of.torch.cuda or of.torch.hip
    if of.cards_on_bus == 0:
        return Finding("ok", "no_card")
    if build is None:
        return Finding("problem", "cpu_only", {"version": of.torch.version, "cards": of.cards_on_bus})
    return Finding("ok", "ok", {"cuda": build, "cards": of.cards_on_bus})


def cuda_driver(of: facts.Facts) -> Finding:
    """The driver is new enough for the CUDA that torch was built for."""
    if of.torch is None:
        return UNKNOWN
    built = versions.release(of.torch.cuda)
    if built is None:
        return Finding("ok", "no_cuda")
    if of.cards_on_bus == 0:
        return Finding("ok", "none")
    if of.driver_cuda is None:
        return Finding("problem", "no_driver", {"built": of.torch.cuda}) if of.cards_on_bus else UNKNOWN
    values = {"built": of.torch.cuda, "driver": ".".join(map(str, of.driver_cuda))}
    if built[0] > of.driver_cuda[0]:
        return Finding("problem", "too_old", values)
    return Finding("warning", "older", values) if built[:2] > of.driver_cuda else Finding("ok", "ok", values)


def cuda_seen(of: facts.Facts) -> Finding:
    """Torch sees the cards of the machine."""
    if of.torch is None or of.cards_on_bus is None:
        return UNKNOWN
    if of.cards_on_bus == 0 or of.torch.cuda is None:
        return Finding("ok", "none")
    if of.torch.available:
        return Finding("ok", "ok", {"seen": len(of.torch.cards), "cards": of.cards_on_bus})
    if hides_all(of.variables.get("CUDA_VISIBLE_DEVICES"), cards=of.cards_on_bus):
        return Finding("warning", "hidden", {"value": of.variables["CUDA_VISIBLE_DEVICES"]})
    return Finding("problem", "unseen", {"cards": of.cards_on_bus, "reason": of.torch.reason or "–"})


def hides_all(value: str | None, *, cards: int) -> bool:
    """Tell whether ``CUDA_VISIBLE_DEVICES`` leaves no card: all from the first entry on that is none are hidden."""
    if value is None:
        return False
    first = value.partition(",")[0].strip()
    is_card = int(first) < cards if first.isascii() and first.isdigit() else first.startswith(("GPU-", "MIG-"))
    return not is_card


def cudnn(of: facts.Facts) -> Finding:
    """CuDNN can be loaded."""
    if of.torch is None:
        return UNKNOWN
    if of.torch.cuda is None or not of.torch.available:
        return Finding("ok", "unused")
    if of.torch.cudnn is None:
        return Finding("problem", "missing", {"reason": of.torch.reason or "–"})
    return Finding("ok", "ok", {"version": of.torch.cudnn})


def architectures(of: facts.Facts) -> Finding:
    """Torch holds code for every card."""
    if of.torch is None or (of.torch.cards and not of.torch.architectures):
        return UNKNOWN
    named = [card for card in of.torch.cards if card.capability]
    unfit = [card for card in named if not runs_on(of.torch.architectures, card.capability)]
    if unfit:
        return Finding(
            "problem",
            "unfit",
            {"card": unfit[0].name, "capability": unfit[0].capability, "built": " ".join(of.torch.architectures)},
        )
    return Finding("ok", "ok", {"cards": len(named)}) if named else Finding("ok", "none")


def runs_on(built: Sequence[str], capability: str) -> bool:
    """Tell whether code of some of these architectures runs on a card.

    ``sm_80`` is code for 8.0 and later ones of the same generation; ``compute_80`` can be translated for all later ones.
    Source: CUDA C++ programming guide, binary and PTX compatibility.
    """
    card = tuple(int(part) for part in capability.split("."))
    for name in built:
        kind, _, digits = name.partition("_")
        number = "".join(letter for letter in digits if letter.isdigit())
        if len(number) < 2:
            continue
        made_for = (int(number[:-1]), int(number[-1]))
        if (kind == "sm" and made_for[0] == card[0] and made_for <= card) or (kind == "compute" and made_for <= card):
            return True
    return False


def gpu_numbers(of: facts.Facts) -> Finding:
    """Every card computes what the CPU computes."""
    if of.torch is None:
        return UNKNOWN
    if of.hung is not None and of.hung.startswith("cuda"):
        return Finding("problem", "hung", {"card": of.hung})
    for card in of.torch.cards:
        if card.difference is None:
            return Finding("problem", "failed", {"card": card.name, "error": card.error or "–"})
        if card.difference > DIFFERENCE_MOST:
            return Finding("problem", "wrong", {"card": card.name, "difference": f"{card.difference:.2g}"})
    if not of.torch.cards:
        return Finding("ok", "none")
    worst = max(card.difference or 0.0 for card in of.torch.cards)
    return Finding("ok", "ok", {"cards": len(of.torch.cards), "difference": f"{worst:.1g}"})
