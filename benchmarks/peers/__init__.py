"""The engine beside Restate, DBOS, Medusa and Vendure: `python -m benchmarks peers`. `run.py` says how it measures."""
