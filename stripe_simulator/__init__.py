"""A stand-in for Stripe's API: a separate HTTP server with the states, refusals, key memory and webhooks of Stripe.

Why: no peer obtainable offline behaves like Stripe where money is lost (key memory, over-refunds, lapsed holds,
answers lost after the charge). It is spoken to only over HTTP, through the real `stripe` library; nothing here is
imported by the engine, and nothing of the engine is imported here. Each object keeps to Stripe's published schema.
"""
