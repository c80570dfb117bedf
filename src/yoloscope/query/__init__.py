"""Reads shaped for screens: curves over a window, rows of the run table. Sees the store through its ports only."""
