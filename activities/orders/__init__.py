"""One command on one order, whole."""
