"""The one door for points: what comes in is checked, stored exactly once, then acknowledged."""
