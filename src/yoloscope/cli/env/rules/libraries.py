"""Rules on versions that break trainings together, and on what Ultralytics itself sends."""

from yoloscope.cli.env import facts, versions
from yoloscope.cli.env.rules.finding import UNKNOWN, Finding

TRAPZ_GONE, TRAPZ_MENDED = (2, 4), (8, 3, 112)
"""numpy took `np.trapz` away; Ultralytics 8.3.106 still calls it, 8.3.112 does not."""
WEIGHTS_ONLY, WEIGHTS_MENDED = (2, 6), (8, 3)
"""torch loads weights only unless told otherwise; Ultralytics 8.2.0 does not tell it, 8.3.0 does."""


def torchvision(of: facts.Facts) -> Finding:
    """Torchvision belongs to the release and the build of torch."""
    torch, vision = (versions.release(of.versions.get(name)) for name in ("torch", "torchvision"))
    if torch is None or vision is None or len(torch) < 2 or len(vision) < 2:
        return UNKNOWN
    values = {"torch": of.versions["torch"], "vision": of.versions["torchvision"]}
    minor = torch[1] + (15 if torch[0] == 2 else 1)  # 2.0 came with 0.15, 1.13 with 0.14, and each next with the next
    if torch[0] in {1, 2} and vision[:2] != (0, minor):
        return Finding("problem", "other", {**values, "fits": f"0.{minor}"})
    builds = [versions.build(str(value)) for value in values.values()]
    if None not in builds and builds[0] != builds[1]:
        return Finding("problem", "build", values)
    return Finding("ok", "ok", values)


def numpy_trapz(of: facts.Facts) -> Finding:
    """Ultralytics does not call what numpy has taken away."""
    numpy, ultralytics = (versions.release(of.versions.get(name)) for name in ("numpy", "ultralytics"))
    if numpy is None or ultralytics is None:
        return UNKNOWN
    values = {"numpy": of.versions["numpy"], "ultralytics": of.versions["ultralytics"]}
    breaks = numpy >= TRAPZ_GONE and ultralytics < TRAPZ_MENDED
    return Finding("problem", "breaks", values) if breaks else Finding("ok", "ok", values)


def weights_only(of: facts.Facts) -> Finding:
    """Ultralytics can load its own checkpoints with this torch."""
    torch, ultralytics = (versions.release(of.versions.get(name)) for name in ("torch", "ultralytics"))
    if torch is None or ultralytics is None:
        return UNKNOWN
    values = {"torch": of.versions["torch"], "ultralytics": of.versions["ultralytics"]}
    if torch < WEIGHTS_ONLY or ultralytics >= WEIGHTS_MENDED:
        return Finding("ok", "ok", values)
    forced = of.variables.get("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "").lower() in {"1", "y", "yes", "true"}
    return Finding("ok", "forced") if forced else Finding("problem", "breaks", values)


def opencv(of: facts.Facts) -> Finding:
    """One package holds cv2."""
    installed = [name for name in of.versions if name.startswith("opencv") and of.versions[name]]
    if len(installed) > 1:
        return Finding("warning", "twice", {"packages": ", ".join(installed)})
    return Finding("ok", "ok", {"package": installed[0]}) if installed else Finding("ok", "none")


def ultralytics_sends(of: facts.Facts) -> Finding:
    """Ultralytics itself sends nothing out."""
    if of.versions.get("ultralytics") is None:
        return Finding("ok", "missing")
    if of.senders:
        return Finding("warning", "integrations", {"names": ", ".join(of.senders)})
    if of.variables.get("YOLO_OFFLINE", "").lower() == "true":
        return Finding("ok", "offline")
    if not of.settings_written:
        return Finding("warning", "unwritten")
    return Finding("warning", "sync") if of.sync else Finding("ok", "ok")
