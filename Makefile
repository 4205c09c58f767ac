# Everything one does with this project; `make help` lists it. A machine needs Python 3.11 to 3.13 and make, nothing else.

PYTHON ?= python3
ARGS   ?=
TIMES  ?= 30
CORES  := $(shell getconf _NPROCESSORS_ONLN)
BIN    := .venv/bin
PIP    := $(BIN)/python -m pip install --disable-pip-version-check --no-input
LOCK   := $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes \
          --no-emit-index-url --no-emit-find-links --no-header

.DEFAULT_GOAL := help
.PHONY: help run test test-fast test-slow repeat chaos bench check format contracts chart lock sbom screenshots clean

help:  ## List what can be done
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "  PYTHON=python3.12 chooses another Python; ARGS='-k name' is passed on to the tests."

run: .venv/installed  ## Start everything on this machine, and say where to look
	@$(BIN)/registan up

# More of them than there are cores, because many tests wait: for a server to begin, for a session to end.
WORKERS ?= $(shell echo $$(($(CORES) + ($(CORES) + 1) / 2)))
TESTS   := $(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup --durations=40

test: .venv/installed-dev  ## Run every test, on a real PostgreSQL and a real Kafka
	$(TESTS) $(ARGS)

test-fast: .venv/installed-dev  ## Run the tests that need no server
	$(BIN)/python -m pytest tests/unit -n $(CORES) $(ARGS)

test-slow: .venv/installed-dev  ## Run tests/slow, too long for every day, and properties with examples never tried before
	$(TESTS) tests/slow tests/unit tests/contract tests/integration -m 'slow or hypothesis' --hypothesis-profile search --verbose -rs $(ARGS)

repeat: .venv/installed-dev  ## Run a test many times, to see that none depends on chance: TEST='tests/chaos -k frozen' TIMES=30
	$(TESTS) $(TEST) --times $(TIMES) $(ARGS)

chaos: .venv/installed-dev  ## Kill, freeze and starve it, in full size; SCENARIO=08 SEED=1 SABOTAGE=no-relay-lock
	$(BIN)/python -m pytest tests/chaos/test_*$(SCENARIO)_*.py --full -s $(if $(SEED),--seed $(SEED)) $(if $(SABOTAGE),--sabotage $(SABOTAGE),--ledgers docs/reliability.md) $(ARGS)

bench: .venv/installed-dev .venv-bench/installed  ## Measure what it can do beside ceilings and peers; ONLY='relay latency' measures some of it
	$(BIN)/python -m tests.benchmarks $(ONLY) --folder docs/benchmarks --document docs/performance.md

check: .venv/installed-dev  ## Lint, format, types and the rules of imports between layers
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/installed-dev  ## Format the code and mend what can be mended
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

contracts: .venv/installed-dev  ## Write the JSON Schemas and the AsyncAPI document again
	$(BIN)/registan contracts export

chart: .venv/installed-dev  ## Write what the Helm chart takes from the plan of topics and permissions
	$(BIN)/registan kafka plan --format chart > deploy/chart/files/kafka.json

lock: .venv/installed-dev  ## Pin all packages and jars again, with hashes
	$(LOCK) pyproject.toml -o requirements.lock
	$(LOCK) pyproject.toml --extra local -o requirements-local.lock
	$(LOCK) pyproject.toml --extra dev --extra local -o requirements-dev.lock
	$(LOCK) --group bench -o requirements-bench.lock
	$(BIN)/python -m deploy.local.jars

sbom: .venv/installed-dev  ## List all that a service is made of, in build/registan.cdx.json (CycloneDX)
	@mkdir -p build
	$(BIN)/cyclonedx-py requirements requirements.lock --pyproject pyproject.toml --of JSON -o build/registan.cdx.json

screenshots: .venv/installed-dev  ## Take the pictures of the documents again, with Debian's Chromium
	@$(BIN)/python -m scripts.screenshots

clean:  ## Remove what was installed and built; the data in .registan/ stay
	rm -rf .venv .venv-bench build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -not -path './.git/*' -type d -prune -exec rm -rf {} +

.venv/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON). Install Python 3.11, 3.12 or 3.13, or name one: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || { \
	  echo "Registan needs Python 3.11, 3.12 or 3.13, but $(PYTHON) is $$($(PYTHON) -V 2>&1). Name another one: make PYTHON=python3.12"; exit 1; }
	@echo "Making .venv with $$($(PYTHON) -V)"
	@$(PYTHON) -m venv .venv

# The project itself is installed with what is pinned, setuptools included: nothing arrives that the lock does not name.
# Its bytecode is written as pip writes that of others, for machines on which Python may not do so by itself.
.venv/installed: requirements-local.lock pyproject.toml | .venv/bin/python
	$(PIP) --require-hashes -r requirements-local.lock
	@$(PIP) --quiet --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q deploy services shared
	@touch $@

.venv/installed-dev: requirements-dev.lock pyproject.toml | .venv/bin/python
	$(PIP) --require-hashes -r requirements-dev.lock
	@$(PIP) --quiet --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q deploy services shared
	@touch $@ .venv/installed

# Peers of the benchmarks: they need older versions of what we need, so they have an environment of their own.
.venv-bench/installed: requirements-bench.lock | .venv/bin/python
	@.venv/bin/python -m venv .venv-bench
	.venv-bench/bin/python -m pip install --disable-pip-version-check --no-input --require-hashes -r requirements-bench.lock
	@touch $@
