# Every target does its own set-up, and a second run finds nothing to do.
# `make help` lists them.

PORT ?= 8000
JOBS ?= 2
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# The first Python here that is new enough; PYTHON=… chooses another.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)

DASHBOARD := src/bridgecore/entrypoints/dashboard/index.html
DASHBOARD_TYPES := dashboard/src/api/schema.gen.ts
DASHBOARD_SOURCES := $(shell find dashboard \( -name node_modules -o -name dist -o -name e2e \) -prune \
	-o -type f -not -name '*.gen.ts' -print 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help run up dev setup dashboard test test-oldest test-dashboard test-browser test-sdk check check-dashboard lint format types \
	contracts openapi docs drift migrate migration bench clean

help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  \033[1m%-14s\033[0m %s\n", $$1, $$2}' \
		$(MAKEFILE_LIST)
	@echo; echo "  PORT=8000      port of the API for run and dev"
	@echo "  JOBS=2         processes that tests use"

run: setup dashboard ## Start the whole platform with demo data (PORT=8000)
	@$(BIN)/bridgecore up --port $(PORT)

dev: setup ## The same, starting the API again when a source file changes
	@$(BIN)/bridgecore up --port $(PORT) --reload

setup: $(READY) ## Make .venv with every requirement, hashes checked

$(READY): requirements-dev.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; name one with PYTHON=…" >&2; exit 1; }
	@.ci/install $(PYTHON) $(VENV)
	@touch $@

ifneq ($(wildcard dashboard/package.json),)
dashboard: $(DASHBOARD) ## Build the dashboard into the package that serves it

dashboard/node_modules/.ready: dashboard/package-lock.json
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null || \
		{ echo "Node 20 or newer is needed for the dashboard" >&2; exit 1; }
	@echo "Installing the dashboard's packages"
	@cd dashboard && npm ci --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@

$(DASHBOARD_TYPES): openapi.json dashboard/node_modules/.ready
	@cd dashboard && npm run --silent generate

$(DASHBOARD): dashboard/node_modules/.ready $(DASHBOARD_TYPES) $(DASHBOARD_SOURCES)
	@echo "Building the dashboard"
	@cd dashboard && npm run --silent build -- --logLevel warn
	@rm -rf $(@D) && cp -R dashboard/dist $(@D)
	@touch $@

test-dashboard: $(DASHBOARD_TYPES)
	@cd dashboard && npm run --silent test

check-dashboard: $(DASHBOARD_TYPES)
	@cd dashboard && npm run --silent lint && npm run --silent typecheck

test-browser: setup dashboard ## Try every page of the dashboard in Chromium
	@cd dashboard && npm run --silent e2e
else
dashboard test-dashboard check-dashboard test-browser:
	@:
endif

test: setup test-dashboard test-sdk ## Run every test (JOBS=2 processes)
	$(BIN)/pytest -n $(JOBS) --dist loadfile

ifneq ($(wildcard sdk/typescript/package.json),)
sdk/typescript/node_modules/.ready: sdk/typescript/package-lock.json
	@cd sdk/typescript && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

test-sdk: sdk/typescript/node_modules/.ready
	@cd sdk/typescript && npm run --silent test --if-present
else
test-sdk:
	@:
endif

test-oldest: setup ## Run what speaks to the servers on PostgreSQL 15 and Redis 7
	@.ci/other-servers

check: lint types contracts drift check-dashboard ## Lint, format, strict types, import contracts, drift, migrations

lint: setup ## Lint, and see that every file is formatted
	$(BIN)/ruff check
	$(BIN)/ruff format --check

format: setup ## Format every file and mend what can be mended
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

types: setup ## Check types, strictly
	$(BIN)/mypy

contracts: setup ## Check who imports whom
	$(BIN)/lint-imports

drift: setup ## See that openapi.json, the reference pages and the migrations fit the code
	$(BIN)/bridgecore openapi --check
	$(BIN)/bridgecore reference --check
	$(BIN)/bridgecore migrations check

openapi: setup ## Write openapi.json
	$(BIN)/bridgecore openapi

docs: setup ## Write the generated pages of docs/reference
	$(BIN)/bridgecore reference

migrate: setup ## Bring the database to the newest revision
	$(BIN)/bridgecore migrate

migration: setup ## Write a new revision from the models: make migration name="add colours"
	@test -n "$(name)" || { echo 'say what it does: make migration name="add colours"' >&2; exit 2; }
	$(BIN)/bridgecore migrations new "$(name)"

bench: setup ## Measure against named baselines
	$(BIN)/python -m bench

clean: ## Remove what was built; the data in .bridgecore stays
	rm -rf $(VENV) dashboard/node_modules sdk/typescript/node_modules \
		src/bridgecore/entrypoints/dashboard .mypy_cache .ruff_cache .pytest_cache
