"""Scripts that measure what the product costs; `make bench` prints tables for docs/performance.md."""
