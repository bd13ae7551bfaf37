# The developer's words; CI calls the same ones.
#   make demo    set up, train the demo bot, serve it on http://127.0.0.1:5005
#   make test    set up what tests need, run them
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
PORT ?= 5005
DEMO ?= demo
TORCH ?= torch==2.13.0

.PHONY: help setup demo test test-slow lint format bench docs clean

help:
	@echo "make setup | demo | test | test-slow | lint | format | bench | docs | clean"

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: apt-get install python3 python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)

# Stamps make a second run fast: nothing is installed again unless pyproject.toml changed.
$(VENV)/.base: pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check -e .
	@touch $@

# PyTorch first, so that nothing else chooses its build. Without a GPU, say where CPU builds are:
#   make test PIP_INDEX_URL=… or PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu
$(VENV)/.test: pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check '$(TORCH)'
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[test]'
	@touch $@ $(VENV)/.base

$(VENV)/.dev: $(VENV)/.test
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

setup: $(VENV)/.base
	@echo "Ready: $(BIN)/chatwright --help"

demo: $(VENV)/.base
	@test -d $(DEMO) || $(BIN)/chatwright init $(DEMO) --template customer-service --language both
	@cd $(DEMO) && $(CURDIR)/$(BIN)/chatwright train && $(CURDIR)/$(BIN)/chatwright serve --port $(PORT)

test: $(VENV)/.test
	$(BIN)/pytest -n 2 --dist loadfile

test-slow: $(VENV)/.test
	$(BIN)/pytest -m slow

lint: $(VENV)/.dev
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/ruff format --check src tests benchmarks
	$(BIN)/pyright

format: $(VENV)/.dev
	$(BIN)/ruff check --fix src tests benchmarks
	$(BIN)/ruff format src tests benchmarks

bench: $(VENV)/.test
	@for script in nlu serve load crash complaints; do $(BIN)/python benchmarks/$$script.py || exit 1; done

docs: $(VENV)/.dev
	$(BIN)/mkdocs build --strict

clean:
	rm -rf $(VENV) $(DEMO) build dist site .pytest_cache .ruff_cache .hypothesis
