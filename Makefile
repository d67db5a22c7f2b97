# make run    the whole site on this machine, with private PostgreSQL and Valkey, until Ctrl-C
# make demo   the same once: sends samples and fails unless every one ended as expected
# make test   everything that CI runs        make test-fast   the inner loop
# make as-a-user  the wheel in clean virtualenvs, with every set of extras that the docs name
# make matrix  the fast suite on each Python found here and on Django 5.2, 6.0 and 6.1
# make check  format, lint, types, contracts, migrations        make clean  remove what runs and tests made

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
export WORKERS ?= auto

# Any Python that is new enough; `make PYTHON=…` chooses another.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11 python3.14 python; do \
	$$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$python && break; done)

# Enough for Django to start; nothing connects.
CHECK_ENV := LOCAL=1 SECRET_KEY=check DATABASE_URL=sqlite://:memory: GITHUB_APP_ID=1 GITHUB_CLIENT_ID=check \
	GITHUB_APP_NAME=check GITHUB_WEBHOOK_SECRET=check GITHUB_PRIVATE_KEY=check

.PHONY: run demo test test-fast test-backends as-a-user matrix check format browser bench clean install
.DEFAULT_GOAL := run

install: $(INSTALLED)

$(INSTALLED): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer with the venv module is needed" >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

run: $(INSTALLED)
	@exec $(BIN)/python -m deploy.run

demo: $(INSTALLED)
	@exec $(BIN)/python -m deploy.run --once

test: check browser test-backends
	$(BIN)/python -m pytest -n $(WORKERS)

test-fast: $(INSTALLED)
	$(BIN)/python -m pytest -n $(WORKERS) -m "not slow"

# The tests of models and inbox once more, on SQLite and on each server that this machine runs.
test-backends: $(INSTALLED)
	$(BIN)/python -m tests.support.backends

# The suite has one set of extras; these are all of them.
as-a-user: $(INSTALLED)
	AS_A_USER=all $(BIN)/python -m pytest tests/acceptance/test_as_a_user.py

# MATRIX="tests/unit" runs only those tests.
matrix: $(INSTALLED)
	$(BIN)/python -m tests.support.matrix $(MATRIX)

check: $(INSTALLED)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(CHECK_ENV) $(BIN)/python manage.py makemigrations --check --dry-run
	$(CHECK_ENV) $(BIN)/python manage.py check --fail-level ERROR

format: $(INSTALLED)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Debian's Chromium for the tests marked `browser`. Without it they are skipped, and say so.
browser:
	@command -v chromedriver >/dev/null 2>&1 && command -v chromium >/dev/null 2>&1 && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
		apt-get install -y -qq --no-install-recommends chromium chromium-driver >/dev/null; \
	fi || true; \
	command -v chromium >/dev/null 2>&1 || echo "no Chromium here: the browser tests will be skipped"

# Ours beside what people write by hand and what others made, on private servers; writes docs/benchmarks/.
# BENCH=--quick checks in a few minutes that everything runs, and leaves its results under .local.
BENCH_OUTPUT ?= $(if $(filter --quick,$(BENCH)),.local/bench-quick,docs/benchmarks)
bench: $(INSTALLED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,bench]'
	$(BIN)/python -m benchmarks $(BENCH) --output $(BENCH_OUTPUT)
	$(BIN)/python -m benchmarks.bench_retention $(filter --quick,$(BENCH)) --output $(BENCH_OUTPUT)
	$(BIN)/python -m benchmarks --report --output $(BENCH_OUTPUT)
	$(BIN)/python -m benchmarks.bench_markdown

clean:
	rm -rf .local staticfiles .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache build dist
	find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +
