"""A data set read from its files, before a run: `scan.scan` reads ``data.yaml``, labels and images, and counts what rules ask for."""
