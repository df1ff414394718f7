"""The deployed topology without containers: what docker-compose.yml runs, in processes on loopback, several of each.

server.py     the real Temporal server and its schema tool, compiled once and kept in a cache
compose.py    docker-compose.yml as Compose resolves it: the environment, commands and mounted files of each service
postgres.py   PostgreSQL, set up by the same script as the container
topology.py   every process: started, killed, paused, ended, each by its own pid
proxy.py      the loopback proxy in front of the APIs and of Temporal's frontends
__main__.py   `make cluster`: all of it in the foreground until Ctrl-C
drill/        the load and the breaks, and what must hold in the end
"""
