"""Files that others wrote, read as rows: no file is ever executed, and none is trusted."""
