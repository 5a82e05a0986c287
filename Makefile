# Everything a person or a machine does with this repository. Each target sets up what it needs.
# Settings come from the environment (docs/handbook/settings.md); targets are described in docs/handbook/operations.md.

PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11 python3.14; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
BIN := .venv/bin
SETUP = @if [ -z "$(PYTHON)" ]; then echo "Python 3.11 or later is needed: install it, or name one: make $@ PYTHON=/path/to/python3" >&2; exit 1; fi; \
	$(PYTHON) tools/setup.py

.DEFAULT_GOAL := help
.PHONY: help run demo setup test test-vllm lint format bench docs sheets clean

help: ## Say what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-9s %s\n", $$1, $$2}'

run: ## Set up and start the marketplace; Ctrl-C stops it
	$(SETUP) run
	@exec $(BIN)/oeuvre run

demo: ## Do the main job once, from works to a paid download, and print each step
	$(SETUP) run
	@exec $(BIN)/oeuvre demo

setup: ## Set up for development, without running anything
	$(SETUP) development

test: ## Run every test, with the real base models
	$(SETUP) development
	$(BIN)/studio models pull --default
	$(BIN)/pytest $(ARGS)

test-vllm: ## Test past one machine, with the real vLLM's CPU build (Linux, x86-64)
	$(SETUP) development
	$(BIN)/studio models pull --default
	$(PYTHON) tools/vllm_env.py
	$(BIN)/pytest tests/vllm -s $(ARGS)

lint: ## Check style, types, imports, templates, migrations
	$(SETUP) development
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/djlint --check --lint src
	$(BIN)/oeuvre manage makemigrations --check --dry-run

format: ## Put code and templates into shape
	$(SETUP) development
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/djlint --reformat --quiet src

bench: ## Measure every claim and write benchmarks/RESULTS.md
	$(SETUP) development
	$(BIN)/python benchmarks/run_all.py

docs: ## Write the generated parts of the documentation and check its links
	$(SETUP) development
	$(BIN)/python tools/docs.py
	$(BIN)/pytest tests/test_docs.py

sheets: ## Draw the handbook's contact sheets of pictures and designs again
	$(SETUP) development
	$(BIN)/python tools/sheets.py

clean: ## Remove the virtual environment and caches; the data in .oeuvre stay
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
