# Armed Policing Strategic Threat and Risk Assessment. `make` alone says what can be made.
# Needs only make and Python 3.11 to 3.14; everything else goes into .venv from requirements.lock.

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help assessment test check lint bench lab dashboard data digests pictures dictionary lock clean .venv

# The assessment asked for: make assessment YEAR=2027 AS_AT=2027-11-01 SCENARIO=heightened
FORCE ?= data/cumbria
YEAR ?= 2026
AS_AT ?= 2026-11-01
SCENARIO ?= baseline
OUT ?= outputs

# Notebooks and test files run side by side; a file's tests stay together.
PROCESSES ?= logical
PYTEST = $(BIN)/pytest -n $(PROCESSES) --dist loadscope
NBVAL := --nbval-lax --nbval-current-env

BIN := .venv/bin
INSTALLED := .venv/.installed
READY := .venv/.ready
NOTEBOOKS = $(wildcard notebooks/*.ipynb)
STRIPPED := --keep-id --keep-count --extra-keys "metadata.papermill cell.metadata.papermill cell.metadata.execution"
# A name on the PATH may be a shim of an interpreter that is not there: each is tried, not only looked up.
USABLE := import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))
CANDIDATES := $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11 python

help: ## say what can be made
	@awk -F ':.*## ' '/^[.a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

.venv: $(READY) ## the virtual environment, from requirements.lock (other goals make it themselves)

$(INSTALLED): requirements.lock
	@for python in $(CANDIDATES); do \
		if $$python -c '$(USABLE)' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
		echo "make: no Python 3.11 to 3.14 with its venv module among: $(CANDIDATES)." \
			"Install one (Debian: apt-get install python3 python3-venv) or say make PYTHON=/where/it/is" >&2; \
		exit 1; \
	fi; \
	echo "Making .venv with $$($$found --version), about two minutes ..."; \
	$$found -m venv --clear .venv
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --only-binary :all: --require-hashes -r requirements.lock
	@touch $@

$(READY): pyproject.toml $(INSTALLED)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@# The queueing kernels are compiled here and kept, so that nobody waits for it at the first assessment.
	@$(BIN)/python -c 'from apstra.queueing import hypercube; hypercube([1.0], [range(7)], 1.0)'
	@$(BIN)/python -c 'import numpy as np; from apstra.queueing.committed import settle_each; one = np.ones((1, 1, 1)); \
		found = tuple(np.zeros(n) for n in ((1, 2), (1, 1, 1), (1, 1), (1, 1), (1, 2), 1)); \
		settle_each((one, one[0, 0], one, one[0], one[0]), np.zeros(1, int), np.ones((1, 1), int), 1e-4, 60, found)'
	@touch $@

assessment: $(READY) ## the annual assessment and risk register of the worked force, into outputs/
	@$(BIN)/apstra run --force $(FORCE) --year $(YEAR) --as-at $(AS_AT) --scenario $(SCENARIO) --out $(OUT); \
	code=$$?; [ $$code -eq 2 ] || exit $$code

test: $(READY) ## all tests, the notebooks among them; COVERED=1 measures how much of the package they reach
ifdef COVERED
	@$(PYTEST) --cov=apstra tests
	@$(PYTEST) $(NBVAL) notebooks
else
	@$(PYTEST) $(NBVAL) tests notebooks
endif

check: lint ## everything a change must pass: lint, types, floors, notebooks, tests with coverage
	@$(MAKE) test COVERED=1

lint: $(READY) ## format, lint, types, floors, stripped notebooks
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/nbstripout --verify $(STRIPPED) $(NOTEBOOKS)

bench: $(READY) ## speed and memory beside peers or floors: queueing, simulation, deployment, demand, capability, ledger, the workbench, the whole run
	@for name in queueing simulation deployment demand capability ledger workbench run; do $(BIN)/python tests/benchmarks/bench_$$name.py || exit 1; done

lab: $(READY) ## JupyterLab on the workbook
	@$(BIN)/jupyter lab --ServerApp.root_dir=. notebooks/09_assessment.ipynb

# Voilà has no login: it answers this machine alone, and ends a kernel ten minutes after its page was closed.
# It is started beside voila.json, which it reads: its pages may load nothing from another machine.
DASHBOARD := --Voila.ip=127.0.0.1 --MappingKernelManager.cull_idle_timeout=600 --MappingKernelManager.cull_interval=60

dashboard: $(READY) ## the workbench, the tables and the chief officer's page in a browser (Voilà), on this machine alone
	@cd notebooks && ../$(BIN)/voila $(DASHBOARD) .

digests: $(READY) ## what nbval compares, anew, after results changed on purpose
	@$(BIN)/python tests/store_digests.py

data: $(READY) ## the worked force's illustrative tables anew, the same from the same seed
	@$(BIN)/python data/make_cumbria.py

pictures: $(READY) ## the pictures of the README anew (needs Chromium)
	@$(BIN)/python tests/pictures/make_pictures.py

dictionary: $(READY) ## data/README.md anew from the declarations in apstra/schema
	@$(BIN)/python -c 'from apstra import data; data.write_dictionary()'

lock: $(READY) ## requirements.lock anew from pyproject.toml; UPGRADE=1 takes the newest of everything
	@$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")' \
	| $(BIN)/uv pip compile pyproject.toml - --quiet --universal --python-version 3.11 --fork-strategy fewest \
		--all-extras --no-build --no-strip-extras --generate-hashes --no-annotate --no-emit-index-url --no-emit-find-links \
		--custom-compile-command "make lock" $(if $(UPGRADE),--upgrade) --output-file requirements.lock

clean: ## remove what can be made again: .venv, outputs, caches
	rm -rf .venv outputs build *.egg-info .coverage .*_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +
