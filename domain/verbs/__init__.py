"""The verbs: for each, what it asks of a provider (`plan_…`, may refuse) and what it does (`apply_…`).

A verb without a `plan_…` asks no provider; its `apply_…` refuses by itself. domain/lifecycle.py is the table of all.
"""
