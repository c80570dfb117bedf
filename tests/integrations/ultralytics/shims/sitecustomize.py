"""Gives numpy back its old name for the trapezoidal rule, which Ultralytics before 8.3 calls."""

import numpy as np

if not hasattr(np, "trapz"):
    setattr(np, "trapz", np.trapezoid)  # noqa: B010
