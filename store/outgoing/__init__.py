"""What leaves the engine: the outbox, webhook endpoints and deliveries."""
