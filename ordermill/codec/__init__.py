"""The codec server: Temporal's web UI and command line read encrypted payloads through it, for who may."""
