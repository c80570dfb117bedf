"""The composition root: HTTP and WebSocket in front of ingest and queries, thin."""
