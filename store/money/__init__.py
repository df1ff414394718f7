"""What was asked of payment providers, and what they said by themselves."""
