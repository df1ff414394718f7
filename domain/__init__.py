"""The order, pure: no clock, no randomness, no I/O. Imports nothing of ours from outside this folder."""
