"""How records become bytes: frames, their codec, and the limits both sides keep."""
