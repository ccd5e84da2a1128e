# The two commands are `make up` and `make test`; `make help` lists the rest.
PYTHON ?= python3
BIN := .venv/bin
.DEFAULT_GOAL := help
.PHONY: help up test check lint types contracts openapi migrate bench lock clean

help: ## List the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 12

.venv/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Kepan needs python3 >= 3.11 (PYTHON=/path/to/python3.12 make …)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "python3 can not make virtual environments: install python3-venv (Debian) and try again"; exit 1; }
	$(PYTHON) -m venv .venv
	@touch $@

.venv/installed: .venv/made requirements.lock deploy/kepan
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@cp deploy/kepan $(BIN)/kepan && chmod 755 $(BIN)/kepan
	@touch $@

.venv/installed-dev: .venv/installed requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

up: .venv/installed ## Install, start everything, stay in the foreground (KEPAN_PORT, KEPAN_HOME, KEPAN_DEMO)
	@exec $(BIN)/kepan up

test: .venv/installed-dev ## Install, run every test on a real PostgreSQL that the tests start
	$(BIN)/python -m pytest

lint: .venv/installed-dev ## Style and left-overs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/installed-dev ## mypy --strict
	$(BIN)/mypy

contracts: .venv/installed-dev ## Who may import whom; committed OpenAPI documents
	$(BIN)/lint-imports --no-cache
	$(BIN)/kepan openapi --check

check: lint types contracts test ## All that CI runs

openapi: .venv/installed-dev ## Write the OpenAPI documents anew
	$(BIN)/kepan openapi

migrate: .venv/installed ## Upgrade the schemas of KEPAN_DATABASE_URL
	$(BIN)/kepan migrate

bench: .venv/installed-dev ## Measure, side by side in one run
	$(BIN)/python -m tests.bench

lock: ## Write the two lock files anew (needs uv); they hold hashes and name no index
	uv lock --quiet
	uv export --quiet --no-dev --no-emit-project --no-annotate --no-header --output-file requirements.lock >/dev/null
	uv export --quiet --no-emit-project --no-annotate --no-header --output-file requirements-dev.lock >/dev/null
	rm uv.lock

clean: ## Remove the environment and the local run's home
	rm -rf .venv .kepan
