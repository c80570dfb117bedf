"""The local blob store: bytes known by their SHA-256, small ones as rows of one SQLite file, large ones as files."""
