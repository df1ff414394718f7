"""The command line and what every process shares: settings, policy file, logs, connections, the launcher."""

__version__ = "0.2.0"
