"""Who may call, which requests were claimed, which workers are alive, and ids from outside."""
