"""The command line's groups, one file each; layers are imported inside the commands."""
