"""What every process of ours shares at its start: settings files, connections, logs, metrics."""
