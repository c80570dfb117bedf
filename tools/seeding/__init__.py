"""Fills a folder with runs by our own SDK: recorded trainings told again, one with every kind of item, and made-up ones for scale."""
