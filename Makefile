# `make help` lists the targets. Everything runs in .venv, made here; nothing needs root or a hub.
PYTHON ?= python3.11
BUILD := build
V := .venv/bin

.DEFAULT_GOAL := help
.PHONY: bench-export help setup setup-dev demo serve sample-gallery test check format clean lock

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

setup: .venv/.server ## make .venv with what running needs

setup-dev: .venv/.dev ## add what tests, linting and export need

sample-gallery: setup
	$(V)/python -m export repository --out $(BUILD)/repository
	$(V)/python -m index_builder build samples/gallery --gallery $(BUILD)/gallery \
	  --repository $(BUILD)/repository

demo: sample-gallery ## classify the sample screens on a real Triton server
	$(V)/python -m samples.demo --build $(BUILD)

serve: sample-gallery ## leave a server over the sample gallery running until Ctrl-C
	$(V)/python -m vislex serve --repository $(BUILD)/repository --gallery $(BUILD)/gallery

test: setup-dev ## run the whole test suite
	$(V)/python -m pytest

check: setup-dev ## lint and type-check
	$(V)/ruff check .
	$(V)/ruff format --check .
	$(V)/mypy

format: setup-dev ## format the code
	$(V)/ruff check --fix .
	$(V)/ruff format .

bench-export: setup-dev ## measure the full-size encoder's variants (minutes, 8 GB of memory)
	$(V)/python -m export bench --work $(BUILD)/bench-export --report docs/benchmarks.md

clean: ## remove what make made, downloads aside
	rm -rf .venv build

.venv/bin/python:
	$(PYTHON) -m venv .venv

# --no-deps: the lock lists every package, less those that only their users' other features need
# (a second OpenCV, for one, would overwrite the headless one).
.venv/.server: requirements/server.txt pyproject.toml client/pyproject.toml | .venv/bin/python
	@echo 'installing what running needs into .venv (about 650 MB)'
	$(V)/pip install -q --no-deps -r requirements/server.txt
	$(V)/pip install -q --no-deps --no-build-isolation -e client -e .
	@touch $@

.venv/.dev: requirements/dev.txt .venv/.server
	@echo 'installing what tests and export need (torch among it)'
	$(V)/pip install -q --no-deps -r requirements/dev.txt
	$(V)/pip install -q torch==2.13.0
	@touch $@

lock: ## resolve requirements/*.in again
	$(PYTHON) -m venv build/lock && build/lock/bin/pip install -q uv
	for set in server dev; do build/lock/bin/uv pip compile -q --python-version 3.11 --no-annotate \
	  --override requirements/overrides.txt requirements/$$set.in -o requirements/$$set.txt; done
	cat requirements/files-only.txt >> requirements/server.txt
