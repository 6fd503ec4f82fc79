# Each target installs its requirements into .venv, with uv if available or installable by pip, else with pip.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SOURCES := bench studies tests benchmarks docs supernet_bench.py

.PHONY: help demo test lint slow coverage lowest format bench docs

help:
	@echo "make demo      train two small supernets on digits, rank cells, draw the figures (under five minutes, offline)"
	@echo "make test      the quick tests (about a minute and a half on two cores)"
	@echo "make slow      the tests on real data"
	@echo "make coverage  the quick tests, and which lines of which file they do not run"
	@echo "make lowest    the wheel with the oldest versions of what it needs: every command's help, a run, a score"
	@echo "make bench     speed of the hot paths against plain references (under fifteen minutes)"
	@echo "make docs      the site of this version, into docs/_build (open docs/_build/index.html)"
	@echo "make lint      ruff and mypy"

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "error: $$($(PYTHON) --version) is too old; needed: 3.11 or newer; use: make PYTHON=python3.12 demo"; exit 1; }
	@if command -v uv >/dev/null; then uv venv -q --python $$(command -v $(PYTHON)) $(VENV); \
	else $(PYTHON) -m venv $(VENV) && { $(BIN)/python -m pip install -q uv || echo "without uv: pip takes longer"; }; fi

$(VENV)/.demo: pyproject.toml constraints.txt | $(VENV)/bin/python
	@$(call install,.)
	@touch $@

$(VENV)/.test: pyproject.toml constraints.txt | $(VENV)/bin/python
	@$(call install,.[test])
	@touch $@ $(VENV)/.demo

# Which PyTorch uv installs: auto is that of this machine's driver, without a card the one without CUDA's 5 GB.
export UV_TORCH_BACKEND ?= auto

# Bytecode is kept, also where the environment forbids it: without it every process compiles PyTorch anew, in seconds.
export PYTHONDONTWRITEBYTECODE :=

# install REQUIREMENT: the clone itself, editable, with pinned versions
install = $(call install_by,$(BIN)/python,-c constraints.txt -e '$(1)')
# install_by PYTHON,ARGUMENTS
define install_by
UV=$$(command -v uv || echo $(BIN)/uv); if [ -x "$$UV" ]; then \
  set -- pip install -q --python $(1) $(2); \
  if [ "$$UV_TORCH_BACKEND" != auto ]; then "$$UV" "$$@"; else \
    "$$UV" "$$@" 2>/dev/null || { \
      echo "PyTorch's own builds cannot be had; installing the usual one, with CUDA"; \
      env -u UV_TORCH_BACKEND "$$UV" "$$@"; }; fi; \
else $(1) -m pip install -q $(2); fi
endef

demo: $(VENV)/.demo
	$(BIN)/supernet-bench run baseline --preset demo --seeds 0-1
	$(BIN)/supernet-bench plot baseline --preset demo --seeds 0-1

test: $(VENV)/.test
	$(BIN)/python -m pytest

slow: $(VENV)/.test
	$(BIN)/python -m pytest -m slow --timeout 1200 -n 2

bench: $(VENV)/.test
	@for part in predict search channels train score table build; do $(BIN)/python -m benchmarks.$$part || exit; done

docs: $(VENV)/.test
	$(BIN)/python -m sphinx -q -W --keep-going -b html docs docs/_build/$$($(BIN)/python -c 'import bench; print(bench.__version__)')
	$(BIN)/python docs/versions.py docs/_build

coverage: $(VENV)/.test
	$(BIN)/python -m pytest --cov=bench --cov=studies --cov-report=term:skip-covered

# The oldest versions that pyproject.toml allows, in an environment of their own with the wheel; needs uv.
lowest: | $(VENV)/bin/python
	@UV=$$(command -v uv || echo $(BIN)/uv); rm -rf .venv-lowest; "$$UV" venv -q --python $(BIN)/python .venv-lowest
	@$(call install_by,.venv-lowest/bin/python,--resolution lowest-direct -e .)
	@UV=$$(command -v uv || echo $(BIN)/uv); "$$UV" build -q --wheel --out-dir .venv-lowest/wheel . && \
	  "$$UV" pip install -q --python .venv-lowest/bin/python --no-deps --reinstall .venv-lowest/wheel/*.whl
	cp tests/minimal_install.py .venv-lowest/ && cd .venv-lowest && bin/python minimal_install.py

lint: $(VENV)/.test
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy

format: $(VENV)/.test
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)
