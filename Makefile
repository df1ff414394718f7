# Every command of a fresh machine: Python 3.11+ and make, nothing else to set up.
# A .venv is made from the lock files; its stamp carries the lock's checksum, so it is installed once per lock.

PYTHON ?= python3
BIN := .venv/bin
UP := .venv/.up-$(shell cksum < requirements-up.lock | cut -d' ' -f1)
DEV := .venv/.dev-$(shell cksum < requirements-dev.lock | cut -d' ' -f1)
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps
COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url --no-annotate \
	--python-version 3.11 pyproject.toml

# Without compiled files every process of ours would compile all it imports at each start.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
include make/localstripe.mk
.PHONY: help up test check demo story bench book faults restores lock migrate smoke clients generate clean format image
.PHONY: cluster cluster-test cluster-upgrade

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 18

up: export ORDERMILL_LOG_JSON ?= false
up: $(UP) ## run everything in the foreground until Ctrl-C
	@exec $(BIN)/python -m ordermill up

demo: $(UP) ## drive one order through its whole life, a 30-day return window included
	@exec $(BIN)/python -m ordermill demo

story: $(UP) ## 45 days of one order as a timeline, its own clock moved: hold, edit, exchange, claim, store credit; KEEP=yes
	@exec $(BIN)/python -m ordermill story $(if $(KEEP),--keep)

migrate: $(UP) ## bring the database to the current schema
	@exec $(BIN)/python -m ordermill migrate

test: $(DEV) ## pass every test
	$(BIN)/python -m pytest

bench: $(DEV) ## measure the engine against the bare workflow
	$(BIN)/python -m benchmarks

book: $(DEV) ## lead thousands of random orders against a second, independent account (LIVES=100000 for more)
	$(BIN)/python -m tests.book.walk --runs $(or $(LIVES),20000)

restores: $(DEV) ## back an engine up under load, kill it, restore it, over and over (ROUNDS=8 DATABASE=sqlite)
	$(BIN)/python -m tests.faults.drill.restores --rounds $(or $(ROUNDS),8) --database $(or $(DATABASE),sqlite)

faults: $(DEV) ## kill worker, Temporal and API at every step of exchanges, claims and edits; takes most of an hour
	FAULTS=all $(BIN)/python -m pytest -n 0 tests/faults/test_after_sale.py

smoke: $(DEV) ## `make up` on free ports, one order from placed to returned by curl, Ctrl-C, nothing left
	@bash tests/smoke.sh

clients: $(DEV) ## pass the JavaScript, Go and Python clients' own tests against an engine; needs Node 20+ and Go 1.19+
	@command -v node >/dev/null || { echo "make clients needs Node.js 20 or newer (node) on PATH; it installs nothing" >&2; exit 1; }
	@command -v go >/dev/null || { echo "make clients needs Go 1.19 or newer (Debian: golang-go) on PATH; it installs nothing" >&2; exit 1; }
	$(BIN)/python -m pytest -n 0 tests/clients

# Fixed versions, fetched when they are asked for: what a client needs to be made, not to run.
generate: $(DEV) ## make the clients' types and calls of the engine's OpenAPI, and compile a TypeScript caller; needs npx (Node 20+)
	$(BIN)/python -m clients.generate
	npx --yes -p typescript@5.9.3 tsc -p clients/js

cluster: $(DEV) ## the deployed topology without containers, until Ctrl-C: Temporal's roles, PostgreSQL, 2 APIs, 3 workers; needs Go 1.26+
	@exec $(BIN)/python -m tests.cluster

cluster-test: $(DEV) ## kill, pause and restart every process of a cluster under load, then count (SEED=2 for another); a quarter of an hour
	$(BIN)/python -m tests.cluster.drill --seed $(or $(SEED),1)
	$(BIN)/python -m pytest -n 0 tests/cluster

cluster-upgrade: $(DEV) ## lead a cluster with 200 open orders through docs/upgrades.md, under load
	$(BIN)/python -m tests.cluster.upgrade

check: $(DEV) ## format, lint, types, layers, security, compose file and Dockerfile
	@! git grep -nE '^(<<<<<<<|>>>>>>>) ' -- . || { echo 'conflict markers left from a merge' >&2; exit 1; }
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(BIN)/bandit -q -c pyproject.toml -r .
	@# The values exist for this validation only; compose itself refuses to start without yours.
	ORDERMILL_DB_PASSWORD=check TEMPORAL_DB_PASSWORD=check POSTGRES_PASSWORD=check \
		$(BIN)/docker-compose -f docker-compose.yml config -q
	$(BIN)/hadolint Dockerfile

image: $(DEV) ## make the image's file tree without a container engine and place an order in it as an unprivileged user
	$(BIN)/python -m pytest -n 0 tests/architecture/test_image.py

format: $(DEV) ## let ruff write the format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix-only --quiet .

# Each lock holds the one before it at the same versions: the image, `make up`, the tests and checks.
lock: $(DEV) ## pin every dependency by hash; no registry address is recorded
	$(COMPILE) -o requirements.lock
	$(COMPILE) --group up -c requirements.lock -o requirements-up.lock
	$(COMPILE) --group up --group test --group quality -c requirements-up.lock -o requirements-dev.lock

clean: ## remove caches and virtual environments; orders in .ordermill/ stay
	rm -rf .venv .venv-localstripe /var/tmp/ordermill-image-$$(id -u) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The `ordermill` command of this clone: `.venv/bin/ordermill keys create …`, or plain `ordermill` in an active venv.
define COMMAND
@printf '#!/bin/sh\nPYTHONPATH="%s" exec "%s" -m ordermill "$$@"\n' "$(CURDIR)" "$(CURDIR)/$(BIN)/python" > $(BIN)/ordermill
@chmod +x $(BIN)/ordermill
endef

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Ordermill needs Python 3.11 or newer; set PYTHON=… to one" >&2; exit 1; }
	$(PYTHON) -m venv .venv

# What `make up` needs is a part of the dev lock: one install stamps both.
$(UP): | $(BIN)/python
	$(PIP_INSTALL) -r requirements-up.lock
	$(COMMAND)
	@touch $@

$(DEV): | $(BIN)/python
	$(PIP_INSTALL) -r requirements-dev.lock
	$(COMMAND)
	@touch $@ $(UP)
