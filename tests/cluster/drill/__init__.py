"""The cluster drill: load on the deployed topology while every process of it is killed, paused and restarted in turn.

python -m tests.cluster.drill --seed 1 [--shoppers 6] [--lives 40] [--quiet-seconds 4]

asking.py     a good client: repeats with its key until it is answered for good, and minds every 5xx
mixed.py      random lives through every face (place, pay, ship, return, edit), each step held against the book
money.py      the money drill's lives: a simulated Stripe with faults, its ledger against ours and the book's
hooks.py      a receiver of webhooks that now and then refuses, and what must have come, in which order
breaking.py   kills, pauses and restarts each process in turn; then a rolling restart of all of them
rest.py       what must be so once all is calm: nothing stuck, nothing behind, stock exact
run.py        all of it, and the verdict
"""
