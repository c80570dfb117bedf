"""Other tools' protocols, each translated to batches and handed to ingest."""
