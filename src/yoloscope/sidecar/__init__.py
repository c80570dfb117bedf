"""Beside each training: one process that carries its spool to the server, however long that takes."""
