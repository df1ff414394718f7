"""Types and calls of the three clients, made of what the engine says about itself: `python -m clients.generate`."""
