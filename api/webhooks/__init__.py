"""Webhooks: endpoints of the shop's own, as they are shown, and those that payment providers send us."""
