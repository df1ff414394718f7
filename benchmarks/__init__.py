"""Measurements, not tests: what the engine costs beside the least that could do the same (`make bench`)."""
