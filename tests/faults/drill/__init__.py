"""The command drill: repeatable commands under kills, resets and terminations, and at the end a count of what was done.

    python -m tests.faults.drill --commands 5000 --seed 1 [--database postgresql] [--kills 60] [--resets 60]

Repeatable is a command that does its work again when it is done again: a note, one more unit sent, one more line. Those
show whether an acknowledged command happened once. Each carries an Idempotency-Key and is repeated until it is answered.

    lives.py      what is asked of each order, drawn from the seed
    clients.py    asks it over HTTP, and keeps what was answered
    breaking.py   kills processes, resets and terminates workflows meanwhile
    checking.py   compares what was answered with what is there
"""
