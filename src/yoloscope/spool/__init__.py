"""Crash-safe files between a training and its sidecar: what `log` accepted is in a mapped file when it returns."""
