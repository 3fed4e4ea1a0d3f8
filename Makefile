# `make` alone lists the commands.
PYTHON ?= python3
BIN := .venv/bin
SERVE ?= 1
PORT ?= 8000
PACK_ID ?= swingsigma

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo run worker login test test-postgres test-browser lint fix lint-packs test-pack prove bench bench-backtest crosscheck check clean

help:            ## list the commands
	@grep -hE '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 16

# An environment is whole when its stamp is newer than what it was made from.
.venv/stamp: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Sigma needs Python 3.11 or newer; this is " + sys.version.split()[0])'
	@echo "making the environment in .venv …"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

.venv/stamp-dev: .venv/stamp
	@echo "adding the tools for tests …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

setup: .venv/stamp              ## make the environment
setup-dev: .venv/stamp-dev      ## the same, with what tests and lint need

demo: setup                     ## from nothing to ranked signals in the browser (SERVE=0 ends after the list)
	@$(BIN)/python manage.py quickstart --port $(PORT) $(if $(filter 0,$(SERVE)),--no-serve)

run: setup                      ## web process and worker, until Ctrl-C
	@$(BIN)/python manage.py serve --port $(PORT)

worker: setup                   ## a worker alone
	@$(BIN)/python manage.py worker

login: setup                    ## a new one-time login link
	@$(BIN)/python manage.py login --port $(PORT)

test: setup-dev                 ## the tests (SQLite; DATABASE_URL=postgres://… for PostgreSQL)
	@$(BIN)/python manage.py warm_kernels
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m "not browser and not postgres"

test-postgres: setup-dev        ## database and job tests; needs DATABASE_URL=postgres://…
	@$(BIN)/python manage.py warm_kernels
	@$(BIN)/python -m pytest -n 2 --dist loadfile tests/accounts tests/api tests/signals -m "not browser"
	@$(BIN)/python -m pytest tests/postgres -m "not browser"

test-browser: setup-dev         ## journeys in a real Chromium
	@$(BIN)/python manage.py warm_kernels
	@$(BIN)/python -m pytest tests/browser -m browser

lint: setup-dev                 ## style, types, templates, arrows between modules
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/djlint --quiet --lint templates
	@$(BIN)/lint-imports
	@$(BIN)/python manage.py makemigrations --check --dry-run
	@$(BIN)/python manage.py lint_packs

fix: setup-dev                  ## mend what the tools can mend
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(BIN)/djlint --quiet --reformat templates

lint-packs: setup               ## what is wrong with the packs, by file and line
	@$(BIN)/python manage.py lint_packs

test-pack: setup                ## lint, preview, scan and backtest a pack on a small demo market (PACK_ID=swingsigma)
	@$(BIN)/python manage.py test_pack $(PACK_ID)

prove: setup                    ## prove that nothing leaks; certificates and canaries
	@$(BIN)/python manage.py migrate --verbosity 0
	@$(BIN)/python manage.py warm_kernels
	@$(BIN)/python manage.py prove --all

bench: setup-dev                ## speed side by side with peers; prints JSON lines
	@$(BIN)/python benchmarks/run.py
	@$(BIN)/python benchmarks/newbar.py

bench-backtest: setup-dev       ## speed of backtests and sweeps beside vectorbt
	@$(BIN)/python benchmarks/backtest.py

crosscheck: setup-dev           ## 300 order lists and 200 rules in vectorbt and backtrader, to the cent
	@$(BIN)/python benchmarks/crosscheck.py

check: lint test test-browser   ## all that CI runs on SQLite, in CI's order

clean:                          ## forget the environment and the caches, keep var/
	@rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache *.egg-info
