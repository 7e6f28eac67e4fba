# The commands of the project. `make` alone lists them.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAGE := bundle.tmp
# Unpacked from a bundle (make bundle): packages and data come from there, and nothing from the internet.
ifneq ($(wildcard bundle/wheels),)
export PIP_NO_INDEX := 1
export PIP_FIND_LINKS := $(CURDIR)/bundle/wheels
export TRAINYARD_MIRROR ?= file://$(CURDIR)/bundle/data
endif
TEST_STAMPS := $(VENV)/.test-stamp $(VENV)/.catalogs-stamp
PIP := $(BIN)/python -m pip install --disable-pip-version-check --progress-bar off
# What pip says, shortened to what takes long or goes wrong; the exit code is pip's.
SHORTLY = awk '/^ *(Downloading|Using cached) .*[0-9][0-9]\.[0-9] MB/ { print "  " $$0; fflush() } \
	/^Installing collected packages/ { print "  Unpacking " NF - 3 " packages…"; fflush() } \
	/^ERROR|^WARNING: Retrying|No space left/ { print; fflush() } /^pip ended / { code = $$3 } END { exit code }'
# Tests, linters and measurements never touch the data of `make run`.
SCRATCH = TRAINYARD_DATA=$$(mktemp -d) LOG_LEVEL=WARNING

.DEFAULT_GOAL := help
.PHONY: help run test check lint translations check-trainer check-sqlite check-postgresql check-others check-browser check-product soak format bench bench-gpu screenshot bundle clean

help: ## List these commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-18s %s\n", $$1, $$2 }'

run: $(VENV)/.catalogs-stamp ## Start Trainyard on this machine: http://127.0.0.1:8000 (PORT, HOST, TRAINYARD_DATA)
	@exec $(BIN)/python manage.py up

test: lint ## Everything that must hold before a commit
	@echo "Three lanes of tests side by side; each tells what it found when it is done, after ten to fifteen minutes on two cores."
	@$(MAKE) --no-print-directory --jobs=3 --output-sync=recurse check-others check-trainer check-sqlite

# What a change of the working day is likely to break, in a minute and a half; no worker, no PostgreSQL, no browser.
QUICK = tests/test_docs.py $(addprefix tests/trainer/, data events networks spec system validation) \
	$(addprefix tests/web/, datasets experiments http launches metrics run_tables runs spec_ui ui)

check: lint ## For the working day: style, types, import rules, and the tests that are quick
	$(BIN)/python -m pytest -q $(QUICK)

lint: $(TEST_STAMPS) ## Style, types and who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(SCRATCH) $(BIN)/mypy
	$(SCRATCH) PYTHONPATH=. $(BIN)/lint-imports --no-logo

PRODUCT = tests/work/product

check-trainer: $(TEST_STAMPS) ## The trainer, which knows no database
	$(BIN)/python -m pytest -q tests/trainer

check-sqlite: $(TEST_STAMPS) ## The site, its workers and whatever no other lane has, on SQLite
	$(BIN)/python -m pytest -q --ignore=tests/trainer --ignore=tests/browser --ignore=$(PRODUCT)

check-postgresql: $(TEST_STAMPS) ## What depends on the database, on PostgreSQL
	TEST_DATABASE=postgresql $(BIN)/python -m pytest -q -m "not one_database" tests/web tests/work

# One after the other: the browser's tests wait for pages that a busier machine would show too late.
check-others: $(TEST_STAMPS)
	@$(MAKE) --no-print-directory check-postgresql
	@$(MAKE) --no-print-directory check-browser
	@$(MAKE) --no-print-directory check-product

check-browser: $(TEST_STAMPS) ## The story, in a real browser (CHROMIUM=path)
	@$(BIN)/python -m tests.browser.chromium
	$(BIN)/python -m pytest -q tests/browser

check-product: $(TEST_STAMPS) ## What `make run` starts, as a whole
	$(BIN)/python -m pytest -q $(PRODUCT)

soak: $(TEST_STAMPS) ## Hours of killed trainings (RUNS, 200) and workers, lost databases, dead connections, odd requests
	$(BIN)/python -m tests.soak.campaign --runs $(or $(RUNS),200)
	$(BIN)/python -m tests.soak.faults
	$(BIN)/python -m tests.soak.broker
	$(BIN)/python -m tests.soak.api_contract

format: $(VENV)/.test-stamp ## Lay out the code and repair what can be repaired without thought
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

translations: $(VENV)/.run-stamp ## Bring the catalogs of translations up to date with the code
	@$(SCRATCH) $(BIN)/python manage.py catalogs update

bench: $(TEST_STAMPS) ## Measure, and write docs/benchmarks.md and docs/accuracy.md
	@$(BIN)/python -m tests.browser.chromium
	$(BIN)/python -m bench

bench-gpu: $(VENV)/.test-stamp ## Measure training on a GPU, and write docs/benchmarks.md; without one it does nothing
	$(BIN)/python -m bench.gpu

screenshot: $(TEST_STAMPS) ## Make docs/screenshot.png from the running product
	@$(BIN)/python -m tests.browser.chromium
	$(BIN)/python -m bench.screenshot

bundle: $(VENV)/.run-stamp ## Pack all that a machine without internet needs into trainyard-bundle.tar (DATASETS=names, or none)
	rm -rf $(STAGE) && mkdir $(STAGE)
	git archive --prefix=trainyard/ HEAD | tar --extract --directory=$(STAGE)
	$(BIN)/python -m pip download --quiet --disable-pip-version-check -r requirements.txt --dest $(STAGE)/trainyard/bundle/wheels
	$(if $(filter none,$(DATASETS)),,$(BIN)/python -m trainer download $(DATASETS) --mirror $(STAGE)/trainyard/bundle/data)
	tar --create --file=trainyard-bundle.tar --directory=$(STAGE) trainyard
	rm -rf $(STAGE)
	@echo "trainyard-bundle.tar is complete. Copy it, unpack it, and in its folder: make run"

clean: ## Remove the virtual environment and caches; data stays
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Trainyard needs Python 3.11 or later; '$(PYTHON)' is missing or older." \
			"Name another one: make PYTHON=python3.12 run" >&2; exit 1; }
	@echo "Making a virtual environment in $(VENV)…"
	@$(PYTHON) -m venv $(VENV) || { \
		echo "$(PYTHON) cannot make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv" >&2; \
		rm -rf $(VENV); exit 1; }

$(VENV)/.run-stamp: requirements.txt | $(BIN)/python
	@echo "Installing what requirements.txt names into $(VENV): 2.6 GB of disk, some minutes, once…"
	@{ $(PIP) -r requirements.txt; echo "pip ended $$?"; } 2>&1 | $(SHORTLY)
	@touch $@

$(VENV)/.catalogs-stamp: $(wildcard trainer/locale/*/*/*.po webapp/locale/*/*/*.po) $(VENV)/.run-stamp
	@$(SCRATCH) $(BIN)/python manage.py catalogs compile
	@touch $@

$(VENV)/.test-stamp: requirements-test.txt $(VENV)/.run-stamp
	@echo "Installing what requirements-test.txt names as well: 1.1 GB more…"
	@{ $(PIP) -r requirements-test.txt; echo "pip ended $$?"; } 2>&1 | $(SHORTLY)
	@touch $@
