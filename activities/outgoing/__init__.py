"""What leaves the engine: mails and webhooks."""
