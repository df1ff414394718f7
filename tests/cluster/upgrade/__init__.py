"""The upgrade drill: a cluster with open orders in every stage led through docs/upgrades.md, under load.

python -m tests.cluster.upgrade [--orders 200] [--seed 1]

runbook.py    docs/upgrades.md's own commands, by the heading they stand under
stages.py     the orders: brought into their stages before, ended after, a third of them under each release
run.py        from the release before, through ramp, drain, roll back and an incompatible workflow, to the verdict
"""
