"""What things are: frozen records shared by the trainer, the server and the files between them. No I/O, no numpy."""
