# Two commands matter: `make up` and `make test`. Both work on a machine with Python 3.11+ and make, nothing else.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
PACKAGES := protos $(wildcard libs/*) services/identity services/people services/catalog services/scheduling services/booking services/gateway suite
SOURCES := requirements.lock $(wildcard protos/pyproject.toml libs/*/pyproject.toml services/*/pyproject.toml suite/pyproject.toml)
PROTOS := $(shell find protos/ambulo -name '*.proto') protos/hatch_build.py
CLIENT := services/gateway/openapi.json libs/client/hatch_build.py
S ?=
PORT ?= 8000
TRACE ?=
LARGE ?=
T ?=
WRITERS ?=
REQUESTS ?=
KILL ?=

.DEFAULT_GOAL := help
.PHONY: help up reset demo protos migrate psql trace test e2e lint format openapi features bench profile lock verify storm

help: ## Show this
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n\033[1m%s\033[0m\n", substr($$0, 5)} /^[a-zA-Z0-9_-]+:.*## / {printf "  \033[36m%-10s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

##@ Start
up: .venv/ready ## Bring the whole suite up, with demo clinics; Ctrl-C stops it; PORT=8010, TRACE=1
	@$(BIN)/ambulo up --port $(PORT) $(if $(TRACE),--trace)

reset: .venv/ready ## Drop all state of `make up`
	@$(BIN)/ambulo reset

demo: .venv/ready ## Load the demo clinics into the running suite
	@$(BIN)/ambulo demo

##@ Work
protos: .venv/ready ## Generate code from the protos again
	@$(BIN)/python protos/hatch_build.py

migrate: .venv/ready ## Migrate the running suite's databases; S=booking for one
	@$(BIN)/ambulo migrate $(S)

trace: .venv/ready ## Show where a request's time went; ID=its X-Request-Id; needs `make up TRACE=1`
	@$(BIN)/ambulo trace $(ID)

psql: .venv/ready ## Open a database of the running suite; S=booking
	@test -n "$(S)" || { echo "Say which: make psql S=booking" >&2; exit 2; }
	@$(BIN)/ambulo psql $(S)

lock: ## Write requirements.lock anew from the pyproject files
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--group build --group check pyproject.toml $(filter %/pyproject.toml,$(SOURCES)) \
		$(foreach package,$(PACKAGES),--no-emit-package $(notdir $(package))) -o requirements.lock

##@ Check
test: .venv/ready ## Run every test there is; S=booking and T=domain narrow it
	@$(BIN)/python checks/run.py "$(S)" "$(T)"

e2e: .venv/ready ## Only the journeys through the gateway
	@$(BIN)/pytest tests-e2e

lint: .venv/ready ## ruff, mypy, import-linter, own checks, buf
	@$(BIN)/python checks/lint.py

format: .venv/ready ## Format and fix what can be fixed
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

openapi: .venv/ready ## Write services/gateway/openapi.json, and the Python client from it
	@$(BIN)/python -m gateway.openapi
	@$(BIN)/python libs/client/hatch_build.py

features: .venv/ready ## Which features are covered by which journeys
	@$(BIN)/python checks/features.py

verify: .venv/ready ## Check what the running suite keeps against itself; writes a signed report
	@$(BIN)/ambulo verify

storm: .venv/ready ## Many writers, few resources; WRITERS=200 REQUESTS=10000, KILL=1 kills everything meanwhile; writes .ambulo/storm.json
	@$(BIN)/python tests-e2e/storm.py $(WRITERS:%=--writers %) $(REQUESTS:%=--requests %) $(if $(KILL),--kill)

bench: .venv/ready ## Measure; writes .ambulo/bench.json; LARGE=1 with five million appointments, too
	@$(BIN)/python tests-e2e/bench.py $(if $(LARGE),large)

profile: .venv/ready ## Where the time of a booking goes; WHAT=availability for the other question
	@$(BIN)/python tests-e2e/where_time_goes.py $(WHAT)

# uv installs the lock into .venv; the workspace's own packages follow, editable, built with what the lock brought.
.venv/ready: $(SOURCES) $(PROTOS) $(CLIENT)
	@test -x $(BIN)/uv || ./checks/bootstrap.sh $(PYTHON)
	@$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation $(PACKAGES:%=-e ./%)
	@touch $@
