"""Versions and limits of the ingest protocol. Both towers read them from here."""

MAGIC = b"YSCW"
VERSION = 1
PACKED_VERSION = 2
"""Of bodies that hold packed rows (`packing`); servers of this release take both."""
WATCH_VERSION = 3
"""Of bodies that tell what happens around the numbers: printed lines, the ``life`` section, other ranks, a stalled training."""
MEDIA_VERSION = 4
"""Of bodies that tell of items (`records.media`)."""
CONTROL_VERSION = 5
"""Of bodies that tell what became of commands (`records.command`)."""
VERSIONS = (VERSION, PACKED_VERSION, WATCH_VERSION, MEDIA_VERSION, CONTROL_VERSION)
BODY_MAX_BYTES = 8 * 1024 * 1024
"""A body's size, as sent and after unpacking."""
FRAME_MAX_BYTES = BODY_MAX_BYTES
BATCHES_MAX = 256
"""Batches in one body: lanes of one writer, far more than threads that log at once."""
ROW_NAMES_MAX = 4_096
LINES_MAX = 1_000
"""Printed lines in one event."""
LINE_MAX_CHARS = 2_000
CONTENT_TYPE = "application/vnd.yoloscope.frames"
INGEST_PATH = "/api/v1/ingest"
MACHINES_PATH = "/api/v1/machines"
WAITS_PATH = "/api/v1/machines/{host}/waiting"
"""The trainings that are to go on on a machine, as people ask for it."""
STARTS_PATH = "/api/v1/machines/{host}/starts"
"""The same for the machine's agent, by long polling, and what became of each."""
AGENT_HEADER = "Yoloscope-Agent"
"""Tells the agents of a machine apart, of which each user may have one: any word, another each time that one begins."""
NO_RECORD = "no_record"
"""What an agent says of a training that it cannot start because it does not know it: that of another user may."""
POLICY_PATH = "/api/v1/projects/{project}/policy"
CONTROL_PATH = "/api/v1/runs/{run}/control"
"""A WebSocket on which a sidecar is handed the commands of its run."""
WAITING_PATH = "/api/v1/runs/{run}/commands/waiting"
"""The same by long polling, for networks that let no WebSocket through."""
TAKEN_PATH = "/api/v1/runs/{run}/commands/taken"
BLOBS_PATH = "/api/v1/runs/{run}/blobs/{digest}"
BLOB_CHUNK_MAX_BYTES = 4 * 1024 * 1024
"""What one request of an upload brings at most."""
POLICY_PROBLEM = "urn:yoloscope:problem:policy"
VERSION_PROBLEM = "urn:yoloscope:problem:frame-version"
DIGEST_PROBLEM = "urn:yoloscope:problem:digest-mismatch"
FLUSH_WATCHED_MS = 100
FLUSH_UNWATCHED_MS = 1_500
