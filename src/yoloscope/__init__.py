"""yoloscope: see every training of a vision model while it runs."""
