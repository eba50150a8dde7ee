# Two commands for a newcomer: `make demo`, `make test`. Needs Python 3.11 to 3.13 with venv, and make.
PYTHON ?= python3
BIN := .venv/bin
UV := $(shell command -v uv 2>/dev/null)

.PHONY: demo setup test test-long check docs bench score messages

demo: .venv/run.stamp
	@$(BIN)/python manage.py demo

setup: .venv/dev.stamp

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info[:2] <= (3, 13) else "Dabiao needs Python 3.11 to 3.13, this is %d.%d: set PYTHON=python3.11 / 需要 Python 3.11 至 3.13" % sys.version_info[:2])'
	$(if $(UV),uv venv -q --python $(PYTHON) .venv,$(PYTHON) -m venv .venv)

define install
	$(if $(UV),uv pip install -p .venv --require-hashes -r $(1),$(BIN)/python -m pip install --disable-pip-version-check --require-hashes -r $(1))
endef

.venv/run.stamp: requirements.lock | .venv/bin/python
	$(call install,requirements.lock)
	@touch $@

.venv/dev.stamp: requirements-dev.lock .venv/run.stamp | .venv/bin/python
	$(call install,requirements-dev.lock)
	@touch $@

# On SQLite always; again on PostgreSQL and Redis when they answer, and it says so when they don't.
test: .venv/dev.stamp
	$(BIN)/python -m pytest -n auto --dist loadgroup -m "not needs_services and not long"
	@$(BIN)/python -m tests.services

# The long counts: kills, fuzzing, random comparisons.
test-long: .venv/dev.stamp
	$(BIN)/python -m pytest -n auto --dist loadgroup -m long

check: .venv/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python -c "import yaml; services = yaml.safe_load(open('docker-compose.yml', encoding='utf-8'))['services']; assert {'web', 'worker', 'beat', 'postgres', 'redis'} <= set(services), services"

# docs/methods.md, from the docstrings and tables of evaluation/.
docs: .venv/dev.stamp
	$(BIN)/python -m evaluation.methods >docs/methods.md

# How well plans are read: invented sentences, and the five plans where their texts lie beside the checkout.
score: .venv/dev.stamp
	@$(BIN)/python -m tests.goals.plan_reader.score

bench: .venv/dev.stamp
	$(BIN)/python -m benchmarks

# The strings of the interface, collected and compiled; needs gettext.
messages: .venv/dev.stamp
	$(BIN)/python manage.py makemessages -l en --no-obsolete --add-location file -i .venv -i typings -i tests -i benchmarks
	$(BIN)/python manage.py compilemessages -l en -l zh_Hans -i .venv
