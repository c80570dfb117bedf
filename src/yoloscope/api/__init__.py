"""Reading a server and acting on its runs from Python: ``yoloscope.Api``, and what the command line does the same with."""
