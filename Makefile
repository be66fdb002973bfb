# The portal's commands; `make help` lists them.

VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
LEDGER ?= demonstration

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run admin dev test test-all lint test-sqlite test-postgresql test-browser \
	screenshots guide bench bench-full lock format messages clean

# Plain http is allowed here and nowhere else.
run admin: export PORTAL_LOCAL = 1

# Invented amounts never enter the file of the published record. A DATABASE_URL of your own wins.
ifeq ($(LEDGER),demonstration)
ifeq ($(value DATABASE_URL)$(shell grep -Es '^(export )?DATABASE_URL=.' .env),)
run admin: export DATABASE_URL = sqlite:///demonstration.sqlite3
endif
endif

# $(call install,FILE): pip install the lock FILE, unless the copy of it that the virtual environment
# keeps is the same. A system without ensurepip lends its own pip.
define install
@cmp -s $(1) $(VENV)/$(1) || { \
	echo "Installing $(1) ..."; \
	pip="$(BIN)/python -m pip"; \
	$$pip --version >/dev/null 2>&1 || pip="$$($(BIN)/python -c \
		'import sys; print(sys._base_executable)') -m pip --python $(BIN)/python"; \
	$$pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r $(1) \
		&& cp $(1) $(VENV)/$(1); }
endef

# $(call step,NAME,COMMAND): one step of `make test`.
define step
@echo "== $(1)"; $(2) || { echo "make test: $(1) failed" >&2; exit 1; }
endef

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# A system's own Python is built for speed, which one built for a version manager seldom is.
PYTHONS := $(or $(PYTHON),/usr/bin/python3 python3 python3.13 python3.12 python3.11)
IS_NEW := import sys; sys.exit(sys.version_info < (3, 11))

$(BIN)/python:
	@for python in $(PYTHONS) ""; do \
		$$python -c '$(IS_NEW)' 2>/dev/null || continue; \
		$$python -c 'import ensurepip' 2>/dev/null && pip= && break; \
		$$python -m pip --version >/dev/null 2>&1 && pip=--without-pip && break; \
	done; \
	if [ -z "$$python" ]; then \
		echo "Python 3.11 or newer with pip is missing: install it (on Debian, the package" \
			"python3-venv), or name it with PYTHON=/path/to/python" >&2; \
		exit 1; \
	fi; \
	$$python -m venv --clear $$pip $(VENV)

.env:
	@umask 077 && key=$$(head -c 4096 /dev/urandom | LC_ALL=C tr -dc A-Za-z0-9 | head -c 60) \
		&& echo "SECRET_KEY=$$key" >.env

run: .env $(BIN)/python ## serve the portal here; PORT=8000, LEDGER=demonstration or published
	@$(BIN)/python -c 'import socket; socket.create_server(("127.0.0.1", $(PORT)))' 2>/dev/null || { \
		echo "Port $(PORT) is taken: choose another, as in make run PORT=8001" >&2; exit 1; }
	$(call install,requirements.txt)
	@$(BIN)/python manage.py prepare --ledger $(LEDGER)
	@echo "The portal is at http://127.0.0.1:$(PORT)/ (Ctrl-C stops it)"
	@exec $(BIN)/gunicorn mptf_portal.wsgi --bind 127.0.0.1:$(PORT) --workers 2 \
		--no-control-socket --log-level warning

admin: .env $(BIN)/python ## create an officer and an approver of what `make run` serves; same LEDGER
	$(call install,requirements.txt)
	@$(BIN)/python manage.py prepare --ledger $(LEDGER)
	@$(BIN)/python manage.py create_desk_accounts

dev: $(BIN)/python ## install the tools that the other targets use
	$(call install,requirements-dev.txt)
	@$(BIN)/python -m tests.vnu

PYTEST = $(BIN)/python -m pytest --quiet $(EXAMPLES)
REPORTS := .pytest_cache
QUICK = not slow
TEST_MANAGE := env DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python manage.py
PRODUCTION := env DJANGO_SETTINGS_MODULE=mptf_portal.settings ENV_FILE= PORTAL_LOCAL=0 DEBUG=0 ALLOWED_HOSTS=portal.example.org \
	EMAIL_URL=smtp+tls://mail.example.org:587 \
	SECRET_KEY=only-to-check-the-settings-and-long-enough-for-that-0123456789
count = $$(grep -o '<testcase classname="tests$(2)' $(REPORTS)/$(1).xml | wc -l)

test: lint test-sqlite test-postgresql ## check everything on SQLite and in the browser, and on PostgreSQL what rests on it
	@echo "$(call count,sqlite,[.]) tests on SQLite, of them $(call count,sqlite,[.]browser) in the browser, and" \
		"$(call count,postgresql,[.]) on PostgreSQL: all passed"

test-all: QUICK =
test-all: EXAMPLES = --hypothesis-profile thorough
test-all: test ## the same with the slow tests, all of them on both, and more generated ledgers

lint: dev ## check style, templates, types, imports, migrations and settings
	$(call step,ruff check,$(BIN)/ruff check --quiet .)
	$(call step,ruff format,$(BIN)/ruff format --check --quiet .)
	$(call step,djade,find templates -type f -exec $(BIN)/djade --check --target-version 5.2 {} +)
	$(call step,djhtml,$(BIN)/djhtml --check --tabwidth 2 templates)
	$(call step,djlint,$(BIN)/djlint --lint --quiet templates)
	$(call step,lint-imports,$(BIN)/lint-imports --no-logo)
	$(call step,mypy,$(BIN)/mypy)
	$(call step,makemigrations --check,$(TEST_MANAGE) makemigrations --check --dry-run)
	$(call step,check,$(TEST_MANAGE) check --fail-level WARNING)
	$(call step,check --deploy,$(PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING)

test-sqlite: dev ## run the tests on SQLite, those in the browser among them
	$(call step,pytest on SQLite and in the browser,env -u DATABASE_URL $(PYTEST) -n 2 --dist worksteal \
		-m "$(QUICK)" --junit-xml=$(REPORTS)/sqlite.xml)

test-postgresql: dev ## run the tests on a PostgreSQL of their own
	$(call step,pytest on PostgreSQL,$(BIN)/python -m tests.postgres $(PYTEST) -n 2 --dist worksteal \
		-m "not browser $(if $(QUICK),and $(QUICK) and not either)" --junit-xml=$(REPORTS)/postgresql.xml)

test-browser: dev ## run of them those that need Chromium
	$(call step,pytest in the browser,env -u DATABASE_URL $(PYTEST) -n 2 --dist worksteal -m "browser $(if $(QUICK),and $(QUICK))")

screenshots: dev ## picture every kind of page into screenshots/: phone, desk, dark, print, right to left
	@env -u DATABASE_URL $(PYTEST) tests/browser/screenshots.py

guide: dev ## take the pictures of the officer's guide anew, into docs/img/desk/
	@rm -f docs/img/desk/*.png
	@env -u DATABASE_URL GUIDE=$(CURDIR)/docs/img/desk $(PYTEST) -m browser \
		$$(grep -lw picture tests/browser/test_*.py)

bench: dev ## measure speed beside a bare Django view, in about two minutes
	@$(BIN)/python -m tests.bench

bench-full: dev ## measure every page at every size, in about a quarter of an hour
	@$(BIN)/python -m tests.bench --full

LOCK = pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)

lock: ## resolve pyproject.toml into requirements*.txt; UPGRADE=1 takes newer versions
	@command -v uv >/dev/null || { \
		echo "make lock needs uv: pip install uv (only here; nothing else uses it)" >&2; exit 1; }
	uv pip compile $(LOCK) --output-file requirements.txt
	uv pip compile $(LOCK) --extra dev --constraint requirements.txt --output-file requirements-dev.txt

format: dev ## put code and templates into their one form
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format --quiet .
	@find templates -type f -exec $(BIN)/djade --target-version 5.2 {} + || true
	@$(BIN)/djhtml --tabwidth 2 templates || true

messages: dev ## collect the texts to translate into locale/
	@command -v xgettext >/dev/null || { \
		echo "make messages needs GNU gettext: install the package gettext" >&2; exit 1; }
	@mkdir -p locale
	@$(TEST_MANAGE) makemessages --locale fr --locale es --locale ru --locale zh_Hans --locale ar \
		--add-location file --no-wrap

clean: ## remove the virtual environment and caches; .env and the databases stay
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis staticfiles
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
