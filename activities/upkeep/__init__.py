"""What keeps orders going: the sweep, fresh runs, reconciliation, forgetting."""
