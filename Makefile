# What a person types; CI types the same.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
ARGS ?=

.PHONY: help setup demo up test check bench lock clean
help:  ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-7s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY)  ## make .venv with the locked versions

$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "wiki_activity needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make setup PYTHON=python3.12")'
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "This Python has no ensurepip. On Debian or Ubuntu: apt-get install python3-venv"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.5'
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes --compile-bytecode requirements.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup  ## everything, against a simulated Wikimedia and Slack
	$(BIN)/wiki-activity demo $(ARGS)

up: setup  ## everything, against the real Wikimedia
	$(BIN)/wiki-activity up $(ARGS)

test: setup  ## the tests
	$(BIN)/python -m pytest -n 2 --dist worksteal $(ARGS)

check: setup  ## what CI runs: format, lint, types, layers, definitions, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	DAGSTER_HOME= $(BIN)/dagster definitions validate -m wiki_activity.definitions
	$(MAKE) test

bench: setup  ## one table of speeds and accuracies, as ratios within one run
	$(BIN)/python -m benchmarks $(ARGS)

lock:  ## renew requirements.txt from pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --extra dev --generate-hashes --no-emit-index-url \
	    --no-annotate --custom-compile-command 'make lock' --upgrade pyproject.toml --output-file requirements.txt

clean:  ## remove what setup and the tools made
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist
