# `make help` lists the targets. Everything runs in .venv, made here; nothing needs root or a hub.
PYTHON ?= python3.11
BUILD := build
V := .venv/bin

.DEFAULT_GOAL := help
.PHONY: audit bench bench-export check clean demo format help load lock sample-gallery serve setup setup-dev soak test test-client test-faults test-long

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

WORKERS ?= 2
test: setup-dev ## run the whole test suite, by two workers (6 minutes on 2 fast cores)
	$(V)/python -m pytest -n $(WORKERS) --no-loadscope-reorder --durations=10

test-long: setup-dev ## run the long variants of what `make test` runs short (3 minutes)
	$(V)/python -m pytest -m long tests/parity tests/server

test-client: ## run the client's own tests on another Python, such as PYTHON=python3.9
	$(PYTHON) -m venv $(BUILD)/client && $(BUILD)/client/bin/pip install -q -e client pytest pillow
	$(BUILD)/client/bin/python -m pytest --noconftest tests/unit/client/test_*.py

test-faults: setup-dev ## break things: killed workers, floods, 10,000 mutated images and requests (30 minutes)
	$(V)/python -m pytest -m 'long or not long' tests/faults
	VISLEX_KILLS=2000 $(V)/python -m pytest tests/unit/gallery/test_kill.py \
	  tests/unit/index_builder/test_pipeline.py

audit: ## look the locked packages up among known vulnerabilities (asks pypi.org)
	$(PYTHON) -m venv $(BUILD)/audit && $(BUILD)/audit/bin/pip install -q pip-audit
	$(BUILD)/audit/bin/pip-audit --strict --no-deps --disable-pip \
	  -r requirements/server.txt -r requirements/dev.txt || { echo 'not clean, or not audited:' \
	  'where a package was "not found on PyPI", the index in use serves no advisories'; exit 1; }

.PHONY: chart-readme promtool test-helm
# Debian's promtool, unpacked without root; where it is there, the rules are tested with it.
export PATH := $(CURDIR)/$(BUILD)/promtool/usr/bin:$(PATH)

test-helm: setup-dev ## test the chart, the Dockerfile and what they start
	$(V)/python -m pytest tests/helm

promtool: ## fetch Debian's promtool into build/, for the tests of the alert rules
	mkdir -p $(BUILD)/promtool
	cd $(BUILD)/promtool && apt-get download prometheus && dpkg -x prometheus_*.deb .

chart-readme: setup-dev ## write the table of values into the chart's README
	$(V)/python -m helm.readme

check: setup-dev ## lint and type-check
	$(V)/ruff check .
	$(V)/ruff format --check .
	$(V)/mypy

format: setup-dev ## format the code
	$(V)/ruff check --fix .
	$(V)/ruff format .

bench-export: setup-dev ## measure the full-size encoder's variants (minutes, 8 GB of memory)
	$(V)/python -m export bench --work $(BUILD)/bench-export --out docs/benchmarks.md

bench: setup-dev sample-gallery ## measure the served pipeline beside its models and the libraries (4 minutes)
	$(V)/python -m loadtest.bench --repository $(BUILD)/repository --gallery $(BUILD)/gallery \
	  --out $(BUILD)/bench.json \
	  $(if $(wildcard $(BUILD)/bench-export/checkpoint),--so400m $(BUILD)/bench-export)

load: setup-dev sample-gallery ## 60 s of Locust against a server on port 8001, or one of its own
	$(V)/python -m loadtest.load --out $(BUILD)/load --duration-seconds 60

soak: setup-dev sample-gallery ## does memory stay flat over 20,000 images of mixed sizes (hours)
	$(V)/python -m loadtest.soak --requests 20000

clean: ## remove what make made, downloads aside
	rm -rf .venv build

.venv/bin/python:
	$(PYTHON) -m venv .venv

# --no-deps: the lock lists every package, less those that only their users' other features need
# (a second OpenCV, for one, would overwrite the headless one). Each has its hash, which makes pip
# refuse a file that is another.
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

lock: ## resolve requirements/*.in again, with the hash of every file
	$(PYTHON) -m venv build/lock && build/lock/bin/pip install -q uv
	for set in server dev; do build/lock/bin/uv pip compile -q --python-version 3.11 --no-annotate \
	  --generate-hashes --override requirements/overrides.txt requirements/$$set.in \
	  -o requirements/$$set.txt; done
	build/lock/bin/uv pip compile -q --python-version 3.11 --no-annotate --no-header --universal \
	  --no-deps --generate-hashes requirements/files-only.txt -o build/lock/files-only.txt
	cat build/lock/files-only.txt >> requirements/server.txt
