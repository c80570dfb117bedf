"""Pure mathematics on arrays: no I/O, no clock, no state."""
